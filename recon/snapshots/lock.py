"""One run at a time in a workspace. The lock belongs to the process: when that dies, however it dies, the lock is free."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from recon.errors import WorkspaceError
from recon.snapshots.parts import make_folder


@contextlib.contextmanager
def hold(workspace: Path) -> Iterator[None]:
    """Hold the workspace's lock. Raises WorkspaceError, naming the holder, where another run has it, or where the workspace cannot be written."""
    file = workspace / "store" / ".lock"
    try:
        make_folder(file.parent)
        handle = file.open("a+", encoding="utf-8")
    except OSError as error:
        raise WorkspaceError(
            str(workspace), f"cannot be written: {error.strerror}", "check who may write there and whether the disk is mounted read-only"
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "another process"
            raise WorkspaceError(str(workspace), f"a run is going on here: {holder}", "wait for it to end; a dead process holds no lock") from None
        handle.truncate(0)
        handle.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z\n")
        handle.flush()
        yield
