"""Any database with an ODBC driver: pyodbc asks for its kind and catalogue, arrow-odbc reads its rows in bulk from one transaction.

ODBC has no type for a moment with its offset, and drivers make of truth values and of decimals without a declared size what they like. What a
system's driver would lose is therefore cast to text by the server; where recon does not know how, the column is refused, never read wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.mssql.base import MSDialect
from sqlalchemy.dialects.mysql.base import MySQLDialect
from sqlalchemy.dialects.oracle.base import OracleDialect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.default import DefaultDialect

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.interface import RefusedRow
from recon.sources.moments import parse_moment
from recon.sources.sql.address import Address
from recon.sources.sql.database import Column, schema_of
from recon.sources.sql.exact import plain, text_array
from recon.sources.sql.words import explained

try:  # libodbc, which both load, is the system's
    import arrow_odbc
    import pyodbc
except (ImportError, OSError):
    raise SourceError("ODBC", "libodbc is not installed", "apt-get install unixodbc, or dnf install unixODBC, and your database's driver") from None

ROWS = 10_000
"""Rows of a batch at most."""
BUFFER = 64 << 20
"""Bytes that the rows of a batch may take in the driver's buffers, where every text takes the longest one's place."""
_SHORT = 256
"""Bytes of the longest answer to a small question."""

Exact = Callable[[sa.ColumnElement[Any], str, int], sa.ColumnElement[Any] | None]
"""(column, the catalogue's name of its type, its size) → a text of it made by the server; None: the driver loses nothing."""


def _as_it_is(column: sa.ColumnElement[Any], kind: str, size: int) -> sa.ColumnElement[Any] | None:
    return None


def _postgresql(column: sa.ColumnElement[Any], kind: str, size: int) -> sa.ColumnElement[Any] | None:
    # Casts to VARCHAR(n) cut, so n is what the type can need at most; it keeps the driver's buffers small.
    match kind:
        case "text" | "varchar" | "bpchar" | "char" | "name":
            return None
        case "numeric" if 0 < size <= 1000:
            return sa.cast(column, sa.String(size + 3))
        case "timestamptz" | "timestamp" | "date" | "time" | "timetz" | "bool" | "uuid":
            return sa.cast(column, sa.String(40))
        case "bytea":
            return sa.func.encode(column, sa.literal("hex", sa.String()))
        case "float4" | "float8":
            return sa.cast(column, sa.String(30))
    return sa.cast(column, sa.Text())


@dataclass(frozen=True)
class System:
    """What recon knows of one kind of database behind an ODBC driver."""

    dialect: sa.Dialect
    """How it quotes names and writes literals."""
    begin: tuple[str, ...]
    """What makes the transaction one read-only snapshot."""
    clock: str
    """A SELECT of its clock as text, with an offset."""
    driver: dict[str, str] = field(default_factory=dict)
    """Keywords for the connection string, unless it has them: rows from a cursor of the server."""
    exact: Exact = _as_it_is
    query_exact: Callable[[sa.ColumnElement[Any]], sa.ColumnElement[Any]] | None = None
    """How a query's columns, of which ODBC does not tell the server's own types, are made text; None: as the driver gives them."""


def _systems(settings: SourceSettings) -> dict[str, System]:
    """Name of the system as its driver tells it → what recon knows."""
    from recon.sources.sql.postgresql import CLOCK, session

    postgresql = System(
        PGDialect(paramstyle="named"),
        ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", session(settings)),
        f"SELECT CAST(moment AS VARCHAR(40)) FROM ({CLOCK}) AS clock (moment)",
        {"UseDeclareFetch": "1", "Fetch": str(ROWS), "TextAsLongVarchar": "1", "MaxLongVarcharSize": str(settings.longest_text)},
        _postgresql,
        lambda column: sa.cast(column, sa.Text()),
    )
    mysql = System(
        MySQLDialect(paramstyle="named"),
        ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",),
        "SELECT concat(utc_timestamp(6), '+00:00')",
    )
    return {
        "PostgreSQL": postgresql,
        "MySQL": mysql,
        "MariaDB": mysql,
        "Microsoft SQL Server": System(
            MSDialect(paramstyle="named"), ("SET TRANSACTION ISOLATION LEVEL SNAPSHOT",), "SELECT convert(varchar(40), sysutcdatetime(), 126) + 'Z'"
        ),
        "Oracle": System(
            OracleDialect(paramstyle="named"),
            ("SET TRANSACTION READ ONLY",),
            """SELECT to_char(sys_extract_utc(systimestamp), 'YYYY-MM-DD"T"HH24:MI:SS.FF6"Z"') FROM dual""",
        ),
    }


class OdbcDatabase:
    """A database whose tables are all read from one transaction of one connection."""

    def __init__(self, address: Address, settings: SourceSettings) -> None:
        """Log in twice: for the catalogue, and for the rows. Raises SourceError."""
        self._address, self._settings = address, settings
        seconds = int(settings.connect_timeout.total_seconds())
        with self.foreseen(address.where):
            self._catalogue = pyodbc.connect(address.odbc, timeout=seconds, autocommit=True, readonly=True)
        try:
            with self.foreseen(address.where):
                self._system = self._known(self._catalogue.getinfo(pyodbc.SQL_DBMS_NAME))
                given = {key.strip().lower() for key in re.findall(r"([^=;]+)=", address.odbc)}
                added = [f"{key}={value}" for key, value in self._system.driver.items() if key.lower() not in given]
                # Never committed: what closes the connection rolls back.
                self._rows = arrow_odbc.connect(";".join([address.odbc.rstrip(";"), *added]), login_timeout_sec=seconds, autocommit=False)
                for statement in self._system.begin:
                    self._one(statement)
                self._clock: Any = self._one(self._system.clock) if self._system.clock else None
        except BaseException:
            self._catalogue.close()
            raise

    def close(self) -> None:
        """Closing the connections rolls back."""
        self._catalogue.close()
        del self._rows

    def clock(self) -> datetime:
        if self._clock is None:
            raise SourceError(self._address.where, "its clock cannot be asked", "declare the source's as_of: a SELECT of one timestamp with its offset")
        return parse_moment(self._clock, "UTC", self._address.where)

    def tables(self) -> list[sa.TableClause]:
        with self._catalogue.cursor() as cursor:
            found = cursor.tables().fetchall()
            named = [(row.table_name, row.table_schem) for row in found if row.table_type in ("TABLE", "VIEW", "MATVIEW", "FOREIGN TABLE", "BASE TABLE")]
        own = [(name, schema) for name, schema in named if (schema or "").lower() not in ("information_schema", "pg_catalog", "sys")]
        return [sa.table(name, schema=schema or None) for name, schema in own]

    def columns(self, rows: sa.FromClause, where: str) -> list[Column]:
        """A table's by the catalogue. Of a query ODBC tells too little: its columns are text, made by the server where recon knows how."""
        if isinstance(rows, sa.TableClause):
            with self._catalogue.cursor() as cursor:
                # The name is a pattern to ODBC, in which _ stands for any letter.
                found = [row for row in cursor.columns(table=rows.name, schema=rows.schema).fetchall() if row.table_name == rows.name]
            return [self._column(row.column_name, row.data_type, row.type_name, row.column_size or 0, where) for row in found]
        described = self._text(sa.select(sa.text("*")).select_from(rows).where(sa.text("1 = 0")))
        names = self._start(described, 1, _SHORT).schema.names
        text = self._system.query_exact or (lambda column: column)
        return [Column(name, pa.string(), text(sa.column(name))) for name in names]

    def since(self, rows: sa.FromClause, column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
        """A literal, which every server gives the type of what it is compared with; a number as a number."""
        return column >= (sa.literal_column(value) if re.fullmatch(r"-?\d+", value) and self._is_number(rows, column) else sa.literal(value, sa.String()))

    def first(self, query: str) -> Any:
        if self._system.query_exact:
            declared = sa.text(query.replace(":", "\\:")).columns(sa.column("moment")).subquery("declared")
            name = self._start(query, 1, _SHORT).schema.names[0]
            query = self._text(sa.select(self._system.query_exact(sa.column(name))).select_from(declared))
        return self._one(query)

    def batches(self, statement: sa.Select[Any], columns: list[Column], refused: list[RefusedRow], where: str) -> Iterator[pa.RecordBatch]:
        """Where a text is longer than the source's longest_text, the driver's error ends the reading; nothing is cut."""
        reader = self._start(self._text(statement), ROWS, self._settings.longest_text)
        for batch in reader:
            yield pa.record_batch([_array(values, column) for values, column in zip(batch.columns, columns, strict=True)], schema=schema_of(columns))

    @contextmanager
    def foreseen(self, where: str) -> Iterator[None]:
        try:
            yield
        except (arrow_odbc.Error, pyodbc.Error) as error:
            said = str(error.args[-1] if error.args else error)
            state = re.search(r"State: (\w{5})|\[(\w{5})\]", said)
            message = re.sub(r"^.*?Message: |^(\[[^\]]*\] ?)+", "", " ".join(said.split()))
            message = re.sub(r" ?\(\d+\) ?\(SQL\w+\).*$", "", message)
            raise explained(where, (state[1] or state[2]) if state else "", self._address.told(message), self._settings) from None
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(where, f"cannot be read: {type(error).__name__}") from None

    def _known(self, name: str) -> System:
        """What recon knows of the system, with what recon.toml declares."""
        for known, system in _systems(self._settings).items():
            if name.lower().startswith(known.lower()):
                return system if not self._settings.begin else System(**{**vars(system), "begin": (self._settings.begin,)})
        if not self._settings.begin:
            todo = 'declare the source\'s begin, such as "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"'
            raise SourceError(self._address.where, f"recon does not know what makes a read-only snapshot on {name}", todo)
        dialect = DefaultDialect(paramstyle="named")
        quote = str(self._catalogue.getinfo(pyodbc.SQL_IDENTIFIER_QUOTE_CHAR)).strip()
        dialect.identifier_preparer.initial_quote = dialect.identifier_preparer.final_quote = quote
        return System(dialect, (self._settings.begin,), "")

    def _column(self, name: str, data_type: int, kind: str, size: int, where: str) -> Column:
        column = sa.column(name)
        if data_type in (pyodbc.SQL_TINYINT, pyodbc.SQL_SMALLINT, pyodbc.SQL_INTEGER, pyodbc.SQL_BIGINT):
            return Column(name, pa.int64(), column)
        exact = self._system.exact(column, kind.lower(), size)
        if exact is None and re.search(r"time ?zone|timestamptz|timetz", kind, re.IGNORECASE):
            what = f"the column {name} is a {kind}, and ODBC would lose its zone"
            raise SourceError(where, what, "declare a query that casts it to text with its offset")
        return Column(name, pa.string(), column if exact is None else exact, binary=kind.lower() in ("float4", "float8"))

    def _is_number(self, rows: sa.FromClause, column: sa.ColumnElement[Any]) -> bool:
        kind = self._start(self._text(sa.select(column).select_from(rows).where(sa.text("1 = 0"))), 1, _SHORT).schema.types[0]
        return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))

    def _text(self, statement: sa.Select[Any]) -> str:
        return str(statement.compile(dialect=self._system.dialect, compile_kwargs={"literal_binds": True}))

    def _one(self, statement: str) -> Any:
        """First value of the first row, if the statement has any."""
        for batch in self._start(statement, 1, _SHORT):
            return batch.column(0)[0].as_py()
        return None

    def _start(self, statement: str, rows: int, longest: int) -> arrow_odbc.BatchReader:
        seconds = max(1, int(self._settings.statement_timeout.total_seconds()))
        many = {"batch_size": rows, "max_bytes_per_batch": BUFFER, "max_text_size": longest, "max_binary_size": longest}
        start = partial(self._rows.read_arrow_batches, statement, query_timeout_sec=seconds, fetch_concurrently=rows > 1, falliable_allocations=True)
        return start(**many)


def _array(values: pa.Array, column: Column) -> pa.Array:
    if pa.types.is_integer(column.type):
        return values.cast(pa.int64())
    return plain(text_array(values)) if column.binary else text_array(values)
