"""A night killed at any moment loses nothing: the next start gives the same findings, byte for byte."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recon.findings.ledger import FILE_NAME, Ledger
from tests import commands, nights

STEPS = {
    "read": "reading ",
    "map": ": sap.",
    "judge": "comparing: ",
    "settle, write, publish, record": " of them changed",
    "report": "writing the report",
}
"""Step → what its progress lines say; the kill comes a random moment after one of them."""
KILLS = 30


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after an undisturbed first night, with the second delivered."""
    workspace = tmp_path_factory.mktemp("before") / "workspace"
    nights.run_night(nights.SMALL, 1, workspace)
    nights.deliver(nights.SMALL, 2, workspace)
    return workspace


@pytest.fixture(scope="module")
def undisturbed(before: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the second night finds when nobody disturbs it."""
    workspace = tmp_path_factory.mktemp("undisturbed") / "workspace"
    shutil.copytree(before, workspace)
    return (nights.run_night(nights.SMALL, 2, workspace).folder / "findings.parquet").read_bytes()


@pytest.mark.long
@pytest.mark.parametrize("kill", range(KILLS))
def test_killed_and_run_again(kill: int, before: Path, undisturbed: bytes, tmp_path: Path) -> None:
    """SIGKILL inside a step, then a plain run: the same findings, a ledger that verifies, and nothing half-built left behind."""
    dice = random.Random(kill)
    step = list(STEPS)[kill % len(STEPS)]
    workspace = tmp_path / "workspace"
    shutil.copytree(before, workspace)
    reference = nights.deliver(nights.SMALL, 2, workspace)
    start_and_kill(workspace, commands.as_of(reference), STEPS[step], line=dice.randrange(4), delay=dice.random() * 0.25)

    again = commands.run(workspace, reference)
    assert again.returncode == 1, again.stderr
    folder = workspace / "store" / "runs" / f"{reference:%Y%m%dT%H%M%SZ}"
    assert (folder / "findings.parquet").read_bytes() == undisturbed
    assert nights.found_findings(folder) == nights.told_findings(nights.SMALL, 2)
    with Ledger.open(workspace / FILE_NAME) as ledger:
        assert ledger.verify([ledger.head().hash]) == 3, "the making of the ledger and two runs"
    assert [str(left) for left in workspace.rglob(".*") if left.name != ".lock"] == []
    assert (workspace / "reports" / folder.name / "index.html").is_file()


def start_and_kill(workspace: Path, moment: str, says: str, line: int, delay: float) -> None:
    """Start a run, wait for the given one of the progress lines that say `says`, wait a little longer, and kill it."""
    command = [sys.executable, "-c", commands.MAIN, "-w", str(workspace), "run", "--as-of", moment]
    with subprocess.Popen(command, env=commands.surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        seen = 0
        for said in process.stderr:
            seen += says in said
            if seen > line or (seen and says not in said):
                break
        time.sleep(delay)
        process.kill()
