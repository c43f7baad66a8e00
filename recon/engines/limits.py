"""What the machine refuses, memory and disk, as one message each. Everything else that goes wrong here is a bug and stays one."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from recon.errors import WorkspaceError, place

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EIO)


@contextmanager
def foreseen(workspace: Path) -> Iterator[None]:
    """Turn what the disk under `workspace` and the memory refuse into a WorkspaceError."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        todo = "raise workspace.memory_limit in recon.toml, or free disk space: what does not fit into memory spills to store/"
        raise WorkspaceError(place(workspace), _first_line(error), todo) from None
    except duckdb.IOException as error:
        raise WorkspaceError(place(workspace), _first_line(error), "check the disk's free space and who may write there, and run again") from None
    except OSError as error:
        if error.errno in _FULL:
            todo = "free disk space, or raise the account's limit, and run again"
        elif error.errno in _FORBIDDEN:
            todo = "check who may write there and whether the disk is mounted read-only, and run again"
        else:
            raise
        raise WorkspaceError(str(error.filename or place(workspace)), f"cannot be written: {error.strerror}", todo) from None


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
