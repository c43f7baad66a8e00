"""A plain table on the terminal, for answers of any shape."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from recon.reporting import words
from recon.reporting.console import Terminal


def print_rows(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their names; NULL is blank. Texts are printed as they are, never as markup, and without what a terminal would obey."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(Text(words.plain(name)))
    for row in rows:
        table.add_row(*(Text(words.plain(value)) for value in row))
    # In a file or a pipe nothing needs to fit a screen.
    console = Terminal() if sys.stdout.isatty() else Terminal(width=1000)
    console.print(table)
