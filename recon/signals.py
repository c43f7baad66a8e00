"""What Ctrl-C and a scheduler's SIGTERM do: the process ends by itself, in order, with an exit code that says which it was.

Imports nothing slow, so that they mean the same from the first moment on.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from recon.errors import ExitCode

_received: list[int] = []


class Terminated(KeyboardInterrupt):
    """SIGTERM: whatever tidies up after Ctrl-C tidies up after this."""


def end_at_once() -> None:
    """While nothing was begun there is nothing to tidy up: both signals end the process where it stands, even in the midst of an import."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _at_once)


def listen() -> None:
    """From here on both signals raise, so that what was begun is tidied up."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)


def ended() -> ExitCode:
    """The exit code of a process that was interrupted; says so on standard error. An engine turns what a signal raised into an error of its own."""
    if _received:
        sys.stderr.write("recon: terminated; nothing half-done was published\n")
        return ExitCode.TERMINATED
    sys.stderr.write("recon: interrupted; nothing half-done was published\n")
    return ExitCode.INTERRUPTED


def _terminate(number: int, _: FrameType | None) -> None:
    _received.append(number)
    signal.signal(number, signal.SIG_IGN)  # a second one must not disturb the tidying up; SIGKILL is there for impatience
    raise Terminated


def _at_once(number: int, _: FrameType | None) -> None:
    if number == signal.SIGTERM:
        _received.append(number)
    code = ended()
    sys.stderr.flush()
    os._exit(code)
