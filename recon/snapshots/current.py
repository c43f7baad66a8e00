"""The state of a table as SQL: the rows of its base that are not dead, and those of its delta."""

from __future__ import annotations

from pathlib import Path

from recon.model import Part, TableSnapshot
from recon.snapshots.parts import part_path

DIGITS = 12
"""As many digits of a part's digest tell it from others in a reference to a row."""


def current(store: Path, table: TableSnapshot) -> str:
    """SELECT of the current rows: `_part` (the first digits of the digest of the part that holds the row), `_row` and the table's columns.

    The table must have a base.
    """
    assert table.base is not None
    rows = _rows(store, table.base)
    if table.dead:
        rows += f" b ANTI JOIN read_parquet({_literal(part_path(store, table.dead.digest))}) d ON b._row = d._row"
    if table.delta:
        rows += f" UNION ALL {_rows(store, table.delta)}"
    return rows


def _rows(store: Path, part: Part) -> str:
    return f"SELECT {_literal(part.digest[:DIGITS])} AS _part, * FROM read_parquet({_literal(part_path(store, part.digest))})"


def _literal(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"
