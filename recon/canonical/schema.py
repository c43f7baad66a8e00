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
    columns: dict[str, list[tuple[str, str, str | None]]] = {}
    for name, *column in connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
    ).fetchall():
        columns.setdefault(name, []).append((column[0], column[1], column[2]))
    tables = {
        name: CanonicalTable(
            name, {column: kind for column, kind, _ in columns[name]}, tuple(key), comment, {column: said for column, _, said in columns[name] if said}
        )
        for name, comment, key in connection.execute(
            """
            SELECT t.table_name, t.comment, k.constraint_column_names
            FROM duckdb_tables() t JOIN duckdb_constraints() k ON k.table_name = t.table_name AND k.constraint_type = 'PRIMARY KEY' ORDER BY t.table_name
            """
        ).fetchall()
    }
    connection.close()
    return tables
