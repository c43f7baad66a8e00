"""schema.sql, read by the engine itself: names, types, logical keys and comments of the canonical tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

FILE = Path(__file__).with_name("schema.sql")
SCHEMAS = ("sap", "mes", "qms", "wms")

MAPPING_COLUMNS = {
    "system": "VARCHAR",
    "source": "VARCHAR",
    "plant": "VARCHAR",
    "changed_at": "TIMESTAMP",
    "row_ref": "VARCHAR",
    "problems": "VARCHAR",
    "ambiguous": "BOOLEAN",
}
"""Columns that every canonical table has besides its own."""


@dataclass(frozen=True)
class CanonicalTable:
    """Shape of one canonical table."""

    name: str
    columns: dict[str, str]
    """Own columns, name → DuckDB type."""
    key: tuple[str, ...]
    """Logical key within a system, source and plant."""
    comment: str
    """Begins with `state` or `event`, and ends with where changed_at comes from."""
    comments: dict[str, str]
    """Column → meaning; a column without one has a name that means the same in every table (the head of schema.sql lists them)."""

    @property
    def all_columns(self) -> dict[str, str]:
        """Mapping columns first, then its own."""
        return MAPPING_COLUMNS | {name: kind for name, kind in self.columns.items() if name not in MAPPING_COLUMNS}


@cache
def canonical_tables() -> dict[str, CanonicalTable]:
    """Every table of schema.sql by name."""
    connection = duckdb.connect()
    connection.execute(FILE.read_text(encoding="utf-8"))
    tables: dict[str, CanonicalTable] = {}
    for name, comment in connection.execute("SELECT table_name, comment FROM duckdb_tables() ORDER BY table_name").fetchall():
        described = "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
        columns = connection.execute(described, [name]).fetchall()
        key = connection.execute(
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE table_name = ? AND constraint_type = 'PRIMARY KEY'", [name]
        ).fetchone()
        assert key is not None
        kinds = {column: kind for column, kind, _ in columns}
        tables[name] = CanonicalTable(name, kinds, tuple(key[0]), comment, {column: said for column, _, said in columns if said})
    connection.close()
    return tables
