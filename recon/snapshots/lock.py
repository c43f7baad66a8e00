"""One run at a time in a workspace. The lock belongs to the process: when that dies, however it dies, the lock is free.

Only runs take it. Commands that read never ask for it: what they read is immutable or replaced in one step.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from recon.errors import WorkspaceError, place
from recon.snapshots.parts import make_folder


@dataclass(frozen=True)
class Holder:
    """A process that has the lock, or had it until it was killed."""

    process: int
    host: str
    since: str
    """UTC, to the second."""

    def __str__(self) -> str:
        return f"process {self.process} on {self.host}, since {self.since}"

    def lives(self) -> bool | None:
        """Whether the process is there; None: it is another machine's."""
        if self.host != socket.gethostname():
            return None
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it is another account's
        return True


@contextlib.contextmanager
def hold(workspace: Path) -> Iterator[Holder | None]:
    """Hold the workspace's lock; gives the holder before where it was killed.

    Raises WorkspaceError, naming the holder, where another run has the lock, or where the workspace cannot be written.
    """
    file = workspace / "store" / ".lock"
    try:
        make_folder(file.parent)
        handle = file.open("a+", encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            place(workspace), f"cannot be written: {error.strerror}", "check who may write there and whether the disk is mounted read-only"
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(workspace, _read(handle.name)) from None
        before = _read(handle.name)
        handle.truncate(0)
        handle.write(json.dumps(asdict(Holder(os.getpid(), socket.gethostname(), f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z"))) + "\n")
        handle.flush()
        try:
            yield before
        finally:
            handle.truncate(0)  # who ends by itself leaves no name behind


def _read(file: str) -> Holder | None:
    try:
        return Holder(**json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _held(workspace: Path, holder: Holder | None) -> WorkspaceError:
    where = place(workspace)
    if holder is None:
        return WorkspaceError(where, "a run is going on here", "wait for it to end; a dead process holds no lock")
    lives = holder.lives()
    if lives is None:
        todo = f"wait for it to end; look for it on {holder.host}: whether it is alive cannot be seen from here"
    elif lives:
        todo = "it is alive: wait for it to end"
    else:
        todo = "that process is gone, but another one that it started still holds the lock: find it with `fuser store/.lock` and end it"
    return WorkspaceError(where, f"a run is going on here: {holder}", todo)
