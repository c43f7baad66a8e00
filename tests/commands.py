"""recon as its users start it: a process of its own, its exit code, and what it says on both streams."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAIN = "from recon.cli import main; main()"

Ended = subprocess.CompletedProcess[str]


def recon(
    *arguments: str,
    workspace: Path | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    largest_file: int | None = None,
) -> Ended:
    """Start recon and wait for its end. `environment` is added to the test's own; largest_file: bytes beyond which the process may write no file."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({largest_file}, {largest_file})); " if largest_file else ""
    command = [sys.executable, "-c", limit + MAIN, *(["-w", str(workspace)] if workspace else []), *arguments]
    return subprocess.run(
        command, cwd=cwd, env=surroundings(environment), input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a started recon: the source tree is importable, wherever it is started."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **(more or {})}


def run(workspace: Path, moment: datetime, environment: Mapping[str, str] | None = None, largest_file: int | None = None) -> Ended:
    """`recon run` for a moment."""
    return recon("run", "--as-of", as_of(moment), workspace=workspace, environment=environment, largest_file=largest_file)


def as_of(moment: datetime) -> str:
    """A moment in UTC as the command line takes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def message(ended: Ended) -> str:
    """The one message with which recon gave up; fails where it left a traceback, or said more or less than one thing."""
    assert "Traceback" not in ended.stdout + ended.stderr, ended.stderr
    found = ended.stderr.split("recon: ")
    assert len(found) == 2, ended.stderr
    return found[1]
