"""What recon knows of the systems behind ODBC drivers: how each begins a read-only snapshot, tells its clock, and what its driver would lose."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mssql.base import MSDialect
from sqlalchemy.dialects.mysql.base import MySQLDialect
from sqlalchemy.dialects.oracle.base import OracleDialect
from sqlalchemy.dialects.postgresql.base import PGDialect

from recon.config import SourceSettings

FETCH = 10_000
"""Rows that a driver fetches at a time from the server's cursor."""

Exact = Callable[[sa.ColumnElement[Any], str], sa.ColumnElement[Any] | None]
"""(column, its type as the server's catalogue names it) → a text of it made by the server; None: the driver loses nothing."""


@dataclass(frozen=True)
class System:
    """What recon knows of one kind of database behind an ODBC driver."""

    dialect: sa.Dialect
    """How it quotes names and writes literals."""
    begin: tuple[str, ...]
    """What begins one read-only snapshot."""
    clock: str = ""
    """A SELECT of its clock as text, with an offset; empty: the source must declare its as_of."""
    now: str = ""
    """The same of its clock at the asking, where `clock` is the transaction's; empty: `clock` tells it. NULL: it cannot be told."""
    explicit: bool = False
    """Whether `begin` starts the transaction itself, so that the driver must not."""
    export: str = ""
    """A SELECT of the snapshot's name, by which another connection takes it up; empty or no name: the first error ends the snapshot."""
    adopt: str = ""
    """What takes up the snapshot {}, directly after the first statement of `begin`."""
    driver: dict[str, str] = field(default_factory=dict)
    """Keywords for the connection string, unless it has them: rows from a cursor of the server."""
    table_kinds: str = ""
    """A SELECT of name and type of a table's columns, the table's quoted name being its parameter; empty: ODBC's own catalogue suffices."""
    query_kind: str = ""
    """An expression for the type of a query's column {}; empty: the driver's description of the result must suffice."""
    exact: Exact = lambda column, kind: None


def systems(settings: SourceSettings) -> dict[str, System]:
    """Name of the system as its driver tells it → what recon knows."""
    mysql = System(
        _dialect(MySQLDialect),
        ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
        "SELECT concat(utc_timestamp(6), '+00:00')",
    )
    return {
        "PostgreSQL": _postgresql(settings),
        "MySQL": mysql,
        "MariaDB": mysql,
        "Microsoft SQL Server": System(
            _dialect(MSDialect), ("SET TRANSACTION ISOLATION LEVEL SNAPSHOT",), "SELECT convert(varchar(40), sysutcdatetime(), 126) + 'Z'"
        ),
        "Oracle": System(
            _dialect(OracleDialect),
            ("SET TRANSACTION READ ONLY",),
            """SELECT to_char(sys_extract_utc(systimestamp), 'YYYY-MM-DD"T"HH24:MI:SS.FF6"Z"') FROM dual""",
        ),
    }


def _dialect(kind: Callable[..., sa.Dialect]) -> sa.Dialect:
    """For the text of statements; with this style of parameters it doubles no percent signs."""
    return kind(paramstyle="named")


def _postgresql(settings: SourceSettings) -> System:
    from recon.sources.sql.postgresql import CLOCK, NOW, session

    return System(
        _dialect(PGDialect),
        ("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", session(settings)),
        f"SELECT CAST(moment AS VARCHAR(40)) FROM ({CLOCK}) AS clock (moment)",
        f"SELECT CAST(moment AS VARCHAR(40)) FROM ({NOW}) AS clock (moment)",
        explicit=True,
        export="SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_export_snapshot() END",  # a standby has none to give
        adopt="SET TRANSACTION SNAPSHOT '{}'",
        # 7.4-0: after an error the driver must not roll back by itself and go on in a new, writable transaction.
        driver={"UseDeclareFetch": "1", "Fetch": str(FETCH), "Protocol": "7.4-0"},
        table_kinds="""
            SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
            WHERE attrelid = CAST(? AS regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
        query_kind="pg_typeof({})",
        exact=_exact_postgresql,
    )


def _exact_postgresql(column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[Any] | None:
    """Casts to VARCHAR(n) cut, so n is what the type can need at most; it keeps the driver's buffers small."""
    if sized := re.fullmatch(r"numeric\((\d+),\d+\)", kind):
        return sa.cast(column, sa.String(int(sized[1]) + 3))
    kind = re.sub(r"\(\d+\)", "", kind)
    match kind:
        case "smallint" | "integer" | "bigint" | "text" | "character varying" | "character" | "name":
            return None
        case "bytea":
            return sa.func.encode(column, sa.literal("hex", sa.String()))
        case "money":
            return sa.cast(sa.cast(column, sa.Numeric()), sa.Text())
        case "boolean" | "date" | "uuid" | "real" | "double precision":
            return sa.cast(column, sa.String(40))
    if kind.startswith(("timestamp", "time ")):
        return sa.cast(column, sa.String(40))
    return sa.cast(column, sa.Text())
