"""What a night did, as JSON lines in logs/<run>.jsonl: for a log collector, and for whoever asks in the morning why it took so long.

Every line has `at` (UTC), `event` and `run_id`. Addresses, passwords and rows of the sources never come here: errors that recon foresees carry none, and of
others only the kind is told.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from recon import __version__
from recon.config import FILE_NAME
from recon.errors import ExitCode, ManyErrors, ReconError
from recon.snapshots.parts import make_folder

FOLDER = "logs"


class NightLog:
    """The log of one night. A night that fails before it has its name is logged under the moment at which it began.

    Lines that the disk does not take are lost and said so once on standard error: the night itself is worth more than its log.
    """

    def __init__(self, workspace: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = workspace / FOLDER
        self._clock = clock
        self._began = clock()
        self._begun_at = datetime.now(UTC)
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._file: IO[str] | None = None
        self._logger: Any = None
        self._lost = False
        self.seconds_of: dict[str, float] = {}
        """Step → how long it took."""

    @property
    def seconds(self) -> float:
        """Since the night began."""
        return self._clock() - self._began

    def __enter__(self) -> Self:
        self.say("started", version=__version__, process=os.getpid(), host=socket.gethostname())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            self.say("failed", **_told(error), seconds=round(self.seconds, 3))
        self.name(f"{self._begun_at:%Y%m%dT%H%M%SZ}")
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()

    def name(self, run_id: str) -> None:
        """The run has its name, and the log its file; a run that is called again goes on in the same file."""
        if self._logger is not None or self._lost or not self._folder.with_name(FILE_NAME).is_file():
            return  # what is no workspace gets no folder
        import structlog

        try:
            make_folder(self._folder)
            descriptor = os.open(self._folder / f"{run_id}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        except OSError as error:
            self._lose(error)
            return
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(self._file),
            processors=[_in_order, structlog.processors.JSONRenderer(ensure_ascii=False)],
            wrapper_class=structlog.BoundLoggerBase,
        ).bind(run_id=run_id)
        for at, fields in self._waiting:
            self._write(at, fields)
        self._waiting.clear()

    def say(self, event: str, **fields: Any) -> None:
        """Write one line."""
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        if self._logger is None:
            self._waiting.append((at, {"event": event, **fields}))
        else:
            self._write(at, {"event": event, **fields})

    @contextlib.contextmanager
    def step(self, name: str, figures: Callable[[], dict[str, Any]]) -> Iterator[None]:
        """One step of the night: how long it took, and what it came to. A step that fails says how long it took until then."""
        began = self._clock()
        try:
            yield
        except BaseException:
            self.say("step failed", step=name, seconds=round(self._clock() - began, 3))
            raise
        self.seconds_of[name] = round(self._clock() - began, 3)
        self.say("step", step=name, seconds=self.seconds_of[name], **figures())

    def _write(self, at: str, fields: dict[str, Any]) -> None:
        if self._lost:
            return
        event = fields.pop("event")
        try:
            self._logger._proxy_to_logger("msg", event, at=at, **fields)
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        self._lost = True
        sys.stderr.write(f"the log in {self._folder} cannot be written: {error.strerror}; the night goes on without\n")


def _in_order(_: Any, __: str, fields: Any) -> Any:
    """What every line has comes first."""
    return {"at": fields.pop("at"), "event": fields.pop("event"), "run_id": fields.pop("run_id"), **fields}


def keep(workspace: Path, nights: int) -> None:
    """Remove all but the newest `nights` logs."""
    logs = sorted((workspace / FOLDER).glob("[0-9]*T[0-9]*Z.jsonl"))
    for file in logs[: max(0, len(logs) - nights)]:
        with contextlib.suppress(OSError):
            file.unlink()


def _told(error: BaseException) -> dict[str, Any]:
    """An error as fields of a line. What recon does not foresee may quote anything, so only its kind is told."""
    if isinstance(error, ManyErrors):
        return {"error": type(error).__name__, "exit_code": int(error.exit_code), "problems": [str(each) for each in error.errors]}
    if isinstance(error, ReconError):
        return {"error": type(error).__name__, "exit_code": int(error.exit_code), "where": error.where, "what": error.what, "todo": error.todo}
    if isinstance(error, KeyboardInterrupt):
        terminated = type(error).__name__ == "Terminated"
        return {"error": "interrupted", "exit_code": int(ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED)}
    return {"error": type(error).__name__, "exit_code": int(ExitCode.COULD_NOT_RUN)}
