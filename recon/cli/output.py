"""Standard output as a stream that may be gone."""

from __future__ import annotations

import os
import sys


def stop_printing() -> None:
    """The reader of our output has gone, as in `recon findings | head`: what is still to be printed goes nowhere, at the end of the process too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
