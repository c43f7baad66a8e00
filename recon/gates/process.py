"""The process in which Great Expectations runs: started early, asked late, never waited for in vain."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from recon.config import WorkspaceSettings

MEMORY = "1GB"
"""What its engine may take beside that of the run; it spills beyond that."""


class GatesFailed(Exception):
    """The process could not be started, or ended before it had answered."""


class Process:
    """Great Expectations in a process of its own. `start` returns at once: it loads while the run goes on."""

    def __init__(self, settings: WorkspaceSettings, scratch: Path) -> None:
        self._settings, self._scratch = settings, scratch
        self._child: subprocess.Popen[str] | None = None
        self._said: IO[bytes] | None = None
        self._questions: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._waiting = 0

    def start(self) -> None:
        """Start it, unless it is started. That it cannot be is said when its answers are wanted."""
        if self._child:
            return
        command = [sys.executable, "-m", "recon.gates.expectations"]
        # Where recon was imported from a folder, the process finds it there too.
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with contextlib.suppress(OSError):
            # DuckDB makes the folder that it spills into, and not the one above.
            self._scratch.parent.mkdir(parents=True, exist_ok=True)
            self._said = self._said or tempfile.TemporaryFile()  # noqa: SIM115  (it lives as long as the process)
            # A Ctrl-C is for the run, which ends it: so it is no part of the run's group.
            self._child = subprocess.Popen(  # noqa: S603  (its own interpreter and module)
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True, encoding="utf-8", env=environment, process_group=0
            )
            # While it loads it reads nothing, and the run does not wait for that.
            threading.Thread(target=self._write, args=(self._child,), daemon=True).start()
            self._questions.put({"memory_limit": MEMORY, "temp_directory": str(self._scratch), "threads": self._settings.threads or os.cpu_count() or 1})

    def ask(self, question: Mapping[str, Any]) -> None:
        """A question (recon.gates.expectations.validate); returns at once."""
        self.start()
        self._questions.put(question)
        self._waiting += 1

    def answers(self) -> Iterator[list[dict[str, Any]] | str]:
        """The answers to all that was asked, in order, or why a question has none. Raises GatesFailed where the process ended."""
        if self._child is None:
            raise GatesFailed("Great Expectations could not be started")
        assert self._child.stdout is not None
        while self._waiting:
            line = self._child.stdout.readline()
            if not line:
                raise GatesFailed(f"Great Expectations ended early: {self._last_words()}")
            self._waiting -= 1
            answer = json.loads(line)
            yield answer["results"] if "results" in answer else str(answer["error"])

    def stop(self) -> None:
        """End it, whatever it is at."""
        if self._said:
            self._said.close()
        if self._child is None:
            return
        self._questions.put(None)
        with contextlib.suppress(OSError):
            self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            assert stream is not None
            with contextlib.suppress(OSError):
                stream.close()
        self._child = None

    def _write(self, child: subprocess.Popen[str]) -> None:
        """Hand over questions as it takes them. That it is gone is found when it does not answer."""
        assert child.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            while (question := self._questions.get()) is not None:
                child.stdin.write(json.dumps(question, default=str) + "\n")
                child.stdin.flush()

    def _last_words(self) -> str:
        assert self._said is not None
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "it said nothing"
