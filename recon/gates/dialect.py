"""DuckDB for SQLAlchemy, as far as Great Expectations needs it: one connection, reads only, PostgreSQL's SQL.

DuckDB speaks PostgreSQL's dialect closely enough that its statements run as they are; what differs is how columns are looked up. A pattern (`~`) has to match
the whole value here, as `regexp_full_match` does, and suites write patterns from ^ to $ so that both readings are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.pool import StaticPool

_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "BIGINT": sa.BIGINT,
    "BOOLEAN": sa.BOOLEAN,
    "DATE": sa.DATE,
    "DECIMAL": sa.DECIMAL,
    "DOUBLE": sa.DOUBLE,
    "INTEGER": sa.INTEGER,
    "TIME": sa.TIME,
    "TIMESTAMP": sa.TIMESTAMP,
    "VARCHAR": sa.VARCHAR,
}


class _Cursor:
    """A DB-API cursor over a DuckDB one."""

    rowcount = -1

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._duckdb = connection

    @property
    def description(self) -> list[Any] | None:
        return self._duckdb.description

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        self._duckdb.execute(statement, list(parameters) or None)

    def fetchone(self) -> Any:
        return self._duckdb.fetchone()

    def fetchmany(self, size: int = 1) -> list[Any]:
        return self._duckdb.fetchmany(size)

    def fetchall(self) -> list[Any]:
        return self._duckdb.fetchall()

    def close(self) -> None:
        self._duckdb.close()


class _Connection:
    """A DB-API connection; nothing is ever written, so there is nothing to commit."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._duckdb = connection

    def cursor(self) -> _Cursor:
        return _Cursor(self._duckdb.cursor())

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Driver:
    """What SQLAlchemy takes for the DB-API module."""

    apilevel, threadsafety, paramstyle = "2.0", 1, "qmark"
    Error = duckdb.Error


class DuckDBDialect(PGDialect):
    """PostgreSQL's dialect, spoken to DuckDB. Its name stays, since Great Expectations decides by it what it can ask."""

    driver = "duckdb"
    default_paramstyle = "qmark"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        return _Driver

    def initialize(self, connection: Any) -> None:
        self.default_schema_name, self.server_version_info = "main", (15,)

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> bool:
        found = connection.exec_driver_sql("SELECT 1 FROM duckdb_views() WHERE view_name = ?", (table_name,))
        return found.first() is not None

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> list[Any]:
        rows = connection.exec_driver_sql(f'DESCRIBE "{table_name}"').fetchall()
        return [{"name": row[0], "type": _type(row[1]), "nullable": True, "default": None} for row in rows]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **_: Any) -> Any:
        return {"constrained_columns": [], "name": None}


def _type(kind: str) -> sa.types.TypeEngine[Any]:
    name, _, sizes = kind.partition("(")
    if name == "DECIMAL":
        precision, scale = (int(size) for size in sizes.rstrip(")").split(","))
        return sa.DECIMAL(precision, scale)
    return _TYPES.get(name, sa.types.NullType)()


registry.register("recon.duckdb", __name__, "DuckDBDialect")


def engine_over(connection: duckdb.DuckDBPyConnection) -> sa.Engine:
    """An engine whose every connection is this one."""
    return sa.create_engine("recon+duckdb://", creator=lambda: _Connection(connection), poolclass=StaticPool)
