"""The state of a table as SQL: the rows of its base that are not dead, and those of its delta."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recon.model import CanonicalState, Part, TableSnapshot
from recon.snapshots.parts import part_path

DIGITS = 12
"""As many digits of a part's digest tell it from others in a reference to a row."""


def current(store: Path, table: TableSnapshot) -> str:
    """SELECT of the current rows: `_part` (the first digits of the digest of the part that holds the row), `_row` and the table's columns.

    The table must have a base.
    """
    assert table.base is not None
    rows = f"SELECT {literal(table.base.digest[:DIGITS])} AS _part, * FROM {file_of(store, table.base)}"
    if table.dead:
        rows += f" base ANTI JOIN {file_of(store, table.dead)} dead USING (_row)"
    if table.delta:
        rows += f" UNION ALL SELECT {literal(table.delta.digest[:DIGITS])}, * FROM {file_of(store, table.delta)}"
    return rows


def file_of(store: Path, part: Part) -> str:
    """The part as an SQL relation."""
    return f"read_parquet({literal(part_path(store, part.digest))})"


def canonical_rows(store: Path, state: CanonicalState, columns: Sequence[str]) -> str:
    """SELECT of the current rows of a canonical table that are shown, with the columns named."""
    names = ", ".join(identifier(name) for name in columns)
    if not state.declaration:  # of the first manifests: one part, and nothing hidden in it
        return f"SELECT {names} FROM {file_of(store, state.base)}"
    if not state.dead:
        rows = f"SELECT {names} FROM {file_of(store, state.base)} WHERE _shown"
    else:
        base = f"read_parquet({literal(part_path(store, state.base.digest))}, file_row_number = true)"
        rows = f"SELECT {names} FROM {base} b ANTI JOIN {file_of(store, state.dead)} d ON d._row = b.file_row_number + 1 WHERE _shown"
    return rows if not state.delta else f"{rows} UNION ALL SELECT {names} FROM {file_of(store, state.delta)} WHERE _shown"


def literal(value: str | Path) -> str:
    """A text as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
