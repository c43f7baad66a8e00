"""A process that is told to end before it has begun anything ends at once, without a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from recon.errors import ExitCode
from tests import commands


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)])
@pytest.mark.parametrize("module", ["recon.signals", "click", "duckdb"])
def test_a_signal_while_modules_are_imported(module: str, number: signal.Signals, code: ExitCode) -> None:
    """Ctrl-C in the first second, or a scheduler's SIGTERM: the exit code says which, and nobody reads of imports."""
    command = [sys.executable, "-X", "importtime", "-m", "recon", "rules", "list"]
    with subprocess.Popen(command, env=commands.surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if module in line:
                # The next module was read from its beginning to its end, so the first steps after this one were done.
                process.stderr.readline()
                process.send_signal(number)
                break
        told = process.stderr.read()
    assert process.returncode == code, told[-2000:]
    assert "Traceback" not in told
    assert told.splitlines()[-1].startswith("recon: ")
