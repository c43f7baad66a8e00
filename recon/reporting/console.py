"""What every answer on a terminal is printed with: the console, a table, a table that does not fit, and a text of a source that is safe to show."""

from __future__ import annotations

import os
import sys

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from recon.reporting import words

_PIPE_WIDTH = 120
"""Columns of a file or a pipe, unless COLUMNS says otherwise."""
_UNBOUNDED = 100_000
"""Columns that any table has room in."""


class Terminal(Console):
    """A console that leaves a closed pipe to the command: rich would end with 1, which says here that there are findings."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(*, error: bool = False) -> Console:
    """Where tables and lines go: standard output, or standard error; as wide as the terminal, COLUMNS, or a pipe takes."""
    stream = sys.stderr if error else sys.stdout
    columns = os.environ.get("COLUMNS", "")
    width = None if stream.isatty() else int(columns) if columns.isdecimal() and int(columns) else _PIPE_WIDTH
    return Terminal(file=stream, width=width, highlight=False, markup=False, emoji=False)


def listing(*columns: str, right: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Table:
    """An empty table. right: columns with figures; whole: those that are never broken."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold", no_wrap=column in whole)
    return table


def print_fitting(out: Console, table: Table) -> None:
    """Print a table, on its side where its columns do not fit: a line a column, and as many rows beside each other as there is room for."""
    if table.row_count == 0 or Measurement.get(out, out.options.update_width(_UNBOUNDED), table).maximum <= out.width:
        out.print(table)
        return
    heads = [Text(str(column.header)) for column in table.columns]
    columns = [[one if isinstance(one, Text) else Text(str(one)) for one in column.cells] for column in table.columns]
    rows = list(zip(*columns, strict=True))
    left, title = out.width - max(head.cell_len for head in heads) - 2, table.title
    while rows:
        beside, room = 0, left
        for row in rows:
            room -= max(one.cell_len for one in row) + 2
            if beside and room < 0:
                break
            beside += 1
        turned = Table(box=None, pad_edge=False, show_header=False, title=title, title_justify="left", padding=(0, 2, 0, 0))
        turned.add_column(style="bold", no_wrap=True)
        for _ in range(beside):
            turned.add_column(overflow="fold")
        for number, head in enumerate(heads):
            # A column that nobody fills would be a line of nothing.
            if any(row[number].plain for row in rows[:beside]):
                turned.add_row(head, *(row[number] for row in rows[:beside]))
        out.print(turned)
        out.print()
        rows, title = rows[beside:], None


def cell(text: object, style: str = "") -> Text:
    """Text of a source as it may be shown: without what would steer a terminal."""
    return Text(words.plain(text), style=style)
