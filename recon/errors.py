"""Every failure recon foresees: where it happened, what is wrong, what to do next, and the exit code it leads to.

A child of ReconError is shown to the user as one message, never as a traceback. Anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the process tells its scheduler (the whole table is in the README)."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    INTEGRITY = 4
    COULD_NOT_RUN = 5
    INTERRUPTED = 130
    TERMINATED = 143


def place(folder: Path) -> str:
    """A folder as messages name it: as it was given, and the current one by its name."""
    return str(folder) if folder != Path() else folder.resolve().name or "/"


class ReconError(Exception):
    """A foreseen failure.

    where: file, file:line, source, table or key; what: what is wrong; todo: what the reader can do about it.
    """

    exit_code = ExitCode.COULD_NOT_RUN

    def __init__(self, where: str, what: str, todo: str = "") -> None:
        self.where, self.what, self.todo = where, what, todo
        super().__init__(f"{where}: {what}" + (f"\n  Tip: {todo}" if todo else ""))


class ConfigurationError(ReconError):
    """recon.toml, a command line argument or a missing workspace."""

    exit_code = ExitCode.USAGE


class RuleError(ReconError):
    """A rule, pairing, pack or case file that does not say what it must."""

    exit_code = ExitCode.USAGE


class SourceError(ReconError):
    """A source or one of its tables could not be read as declared. The night goes on without it: what needs it is not evaluated."""

    exit_code = ExitCode.INCOMPLETE


class IntegrityError(ReconError):
    """Stored bytes are not what their digest or the audit chain says."""

    exit_code = ExitCode.INTEGRITY


class WorkspaceError(ReconError):
    """The workspace cannot be used: lock held, disk full or read-only, run unknown."""

    exit_code = ExitCode.COULD_NOT_RUN


class ManyErrors(ReconError):
    """Everything wrong that was found in one go, reported together; its exit code is that of the first."""

    def __init__(self, errors: list[ReconError]) -> None:
        self.errors = errors
        self.exit_code = errors[0].exit_code
        Exception.__init__(self, "\n".join(str(error) for error in errors))
