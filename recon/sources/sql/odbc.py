"""Any database with an ODBC driver: pyodbc asks for its kind and catalogue, arrow-odbc reads its rows in bulk from one transaction.

ODBC has no type for a moment with its offset, and drivers make of truth values and of decimals without a declared size what they like. What a
system's driver would lose is therefore cast to text by the server; where recon does not know how, the column is refused, never read wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import arrow_odbc
import pyarrow as pa
import pyodbc
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.interface import RefusedRow
from recon.sources.moments import parse_moment
from recon.sources.sql.address import Address
from recon.sources.sql.database import Column, schema_of, whole_numbers
from recon.sources.sql.exact import plain, text_array
from recon.sources.sql.systems import System, systems
from recon.sources.sql.words import explained

ROWS = 10_000
"""Rows of a batch at most."""
BUFFER = 64 << 20
"""Bytes that the rows of a batch may take in the driver's buffers, where every text takes the longest one's place."""
_SHORT = 256
"""Bytes of the longest answer to a small question."""
_KINDS = ("TABLE", "BASE TABLE", "VIEW", "MATVIEW", "MATERIALIZED VIEW", "FOREIGN TABLE", "SYNONYM")
_INTEGERS = (pyodbc.SQL_TINYINT, pyodbc.SQL_SMALLINT, pyodbc.SQL_INTEGER, pyodbc.SQL_BIGINT)
_OF_SYSTEM = ("information_schema", "pg_catalog", "pg_toast", "sys")


class _Said(Exception):
    """What the driver said, when nothing of it holds on to a cursor any more."""


class OdbcDatabase:
    """A database whose tables are all read from one transaction of one connection."""

    def __init__(self, address: Address, settings: SourceSettings) -> None:
        """Log in for the catalogue, for the snapshot where it can be handed on, and for the rows. Raises SourceError."""
        self._address, self._settings = address, settings
        self._seconds = int(settings.connect_timeout.total_seconds())
        self._rows: arrow_odbc.Connection | None = None
        self._keeper: arrow_odbc.Connection | None = None
        with ExitStack() as opened, self.foreseen(address.where):
            self._catalogue = opened.enter_context(closing(pyodbc.connect(address.odbc, timeout=self._seconds, autocommit=True, readonly=True)))
            self._system = self._known(self._catalogue.getinfo(pyodbc.SQL_DBMS_NAME))
            self._rows = self._keeper = self._log_in(*self._system.begin)
            self._clock: Any = self._one(self._system.clock) if self._system.clock else None
            self._snapshot: str = (self._one(self._system.export) if self._system.export else None) or ""
            # While the keeper is idle it holds the snapshot, and other connections can take it up.
            self._rows = self._take_up() if self._snapshot else self._keeper
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Closing the connections rolls back."""
        self._rows = self._keeper = None
        self._opened.close()

    def clock(self) -> datetime:
        if self._clock is None:
            raise SourceError(self._address.where, "its clock cannot be asked", "declare the source's as_of: a SELECT of one timestamp with its offset")
        return parse_moment(self._clock, "UTC", self._address.where)

    def now(self) -> datetime | None:
        query = self._system.now or self._system.clock
        with self._contained():
            said = self._one(query) if query else None
        return parse_moment(said, "UTC", self._address.where) if said else None

    def tables(self) -> list[sa.TableClause]:
        with self._catalogue.cursor() as cursor:
            found = [(row.table_name, row.table_schem or "") for row in cursor.tables().fetchall() if row.table_type in _KINDS]
        return [sa.table(name, schema=schema or None) for name, schema in found if schema.lower() not in _OF_SYSTEM]

    def columns(self, rows: sa.FromClause, where: str) -> list[Column]:
        """By the server's own catalogue where recon knows how to ask it, else as ODBC describes them."""
        if isinstance(rows, sa.TableClause):
            columns = self._table_columns(rows, where)
            with self._contained():  # the catalogue tells of tables too that the account may not read
                self._described(sa.select(*(column.expression.label(column.name) for column in columns)).select_from(rows))
            return columns
        with self._contained():
            described = self._described(sa.select(sa.text("*")).select_from(rows))
            if self._system.query_kind and len(set(described.names)) == len(described.names):
                return [self._column(name, kind, False, where) for name, kind in zip(described.names, self._query_kinds(rows, described.names), strict=True)]
        return [self._column(field.name, "", pa.types.is_integer(field.type), where) for field in described]

    def since(self, rows: sa.FromClause, column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
        """A literal, which every server gives the type of what it is compared with; a number as a number."""
        with self._contained():
            (kind,) = self._described(sa.select(column).select_from(rows)).types
        number = pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind)
        return column >= (sa.literal_column(value) if number and re.fullmatch(r"-?\d+(\.\d+)?", value) else sa.literal(value, sa.String()))

    def among(self, rows: sa.FromClause, column: Column, values: Sequence[str]) -> sa.ColumnElement[bool]:
        """Literals, of numbers where the column holds numbers."""
        named: sa.ColumnClause[Any] = sa.column(column.name)
        with self._contained():
            (kind,) = self._described(sa.select(named).select_from(rows)).types
        number = pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind)
        return named.in_([sa.literal(value) for value in (whole_numbers(values) if number else values)])

    def first(self, query: str) -> Any:
        declared = sa.text(query.replace(":", "\\:")).columns().subquery("declared")
        (column, *_) = self.columns(declared, f"{self._address.where}, as_of")
        with self._contained():
            return self._one(self._text(sa.select(column.expression.label(column.name)).select_from(declared)))

    def batches(self, statement: sa.Select[Any], columns: list[Column], refused: list[RefusedRow], where: str) -> Iterator[pa.RecordBatch]:
        """Where a text is longer than the source's longest_text, the driver's error ends the reading; nothing is cut."""
        schema = schema_of(columns)
        with self._contained():
            for batch in self._fetch(self._text(statement), ROWS, self._settings.longest_text):
                yield pa.record_batch([_array(values, column) for values, column in zip(batch.columns, columns, strict=True)], schema=schema)

    @contextmanager
    def foreseen(self, where: str) -> Iterator[None]:
        try:
            yield
        except _Said as error:
            raise self._explained(where, error) from None
        except (arrow_odbc.Error, pyodbc.Error) as error:
            raise self._explained(where, error) from None
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(where, f"cannot be read: {type(error).__name__}") from None

    def _explained(self, where: str, error: Exception) -> SourceError:
        said = " ".join(str(error.args[-1] if error.args else error).split())
        state = re.search(r"State: (\w{5})|\[(\w{5})\]", said)
        message = re.sub(r"^.*?Message: |^(\[[^\]]*\] ?)+", "", said)
        message = re.sub(r"^ERROR: |;? ?(Error while executing the query)?( \(\d+\) \(SQL\w+\).*)?$", "", message)
        return explained(where, (state[1] or state[2]) if state else "", self._address.told(message), self._settings)

    @contextmanager
    def _contained(self) -> Iterator[None]:
        """An error inside costs the connection, for drivers do not survive every error; another one takes up the snapshot, where the system hands it on."""
        if self._rows is None:
            if not self._snapshot:
                raise SourceError(self._address.where, "the snapshot was lost when another table could not be read", "mend that one first")
            self._rows = self._take_up()
        try:
            yield
        except GeneratorExit:  # nobody wants the rest of the rows
            raise
        except BaseException:
            self._rows = None
            raise

    def _log_in(self, *begin: str) -> arrow_odbc.Connection:
        """A connection in a transaction that has begun so."""
        given = {key.strip().lower() for key in re.findall(r"([^=;]+)=", self._address.odbc)}
        added = [f"{key}={value}" for key, value in self._system.driver.items() if key.lower() not in given]
        connection_string = ";".join([self._address.odbc.rstrip(";"), *added])
        connection = arrow_odbc.connect(connection_string, login_timeout_sec=self._seconds, autocommit=self._system.explicit)
        for statement in begin:
            list(_read(connection, statement, self._settings))
        return connection

    def _take_up(self) -> arrow_odbc.Connection:
        """Another connection in the keeper's snapshot."""
        first, *others = self._system.begin
        return self._log_in(first, self._system.adopt.format(self._snapshot), *others)

    def _known(self, name: str) -> System:
        """What recon knows of the system, with what recon.toml declares."""
        begin = (self._settings.begin,) if self._settings.begin else ()
        for known, system in systems(self._settings).items():
            if name.lower().startswith(known.lower()):
                return replace(system, begin=(*begin, *system.begin[len(begin) :]))
        if not begin:
            todo = 'declare the source\'s begin, such as "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"'
            raise SourceError(self._address.where, f"recon does not know what begins a read-only snapshot on {name}", todo)
        dialect = DefaultDialect(paramstyle="named")
        quote = str(self._catalogue.getinfo(pyodbc.SQL_IDENTIFIER_QUOTE_CHAR)).strip()
        dialect.identifier_preparer.initial_quote = dialect.identifier_preparer.final_quote = quote
        return System(dialect, begin)

    def _table_columns(self, table: sa.TableClause, where: str) -> list[Column]:
        with self._catalogue.cursor() as cursor:
            if self._system.table_kinds:
                found = cursor.execute(self._system.table_kinds, self._system.dialect.identifier_preparer.format_table(table)).fetchall()
                return [self._column(name, kind, False, where) for name, kind in found]
            # The name is a pattern to ODBC, in which _ stands for any letter.
            rows = [row for row in cursor.columns(table=table.name, schema=table.schema).fetchall() if row.table_name == table.name]
            return [self._column(row.column_name, row.type_name.lower(), row.data_type in _INTEGERS, where) for row in rows]

    def _query_kinds(self, rows: sa.FromClause, names: list[str]) -> list[str]:
        """Types of a query's columns, which the server knows before there is any row."""
        quoted = [self._system.dialect.identifier_preparer.quote_identifier(name) for name in names]
        kinds = ", ".join(f"CAST({self._system.query_kind.format('declared.' + name)} AS VARCHAR(200)) AS k{i}" for i, name in enumerate(quoted))
        nothing = sa.select(sa.text(kinds.replace(":", "\\:"))).select_from(sa.outerjoin(sa.select(sa.literal_column("1")).subquery("one"), rows, sa.false()))
        (batch,) = self._fetch(self._text(nothing), 1, _SHORT)
        return [values[0].as_py() for values in batch.columns]

    def _column(self, name: str, kind: str, integer: bool, where: str) -> Column:
        column: sa.ColumnElement[Any] = sa.column(name)
        if integer or kind in ("smallint", "integer", "bigint"):
            return Column(name, pa.int64(), column)
        exact = self._system.exact(column, kind)
        if exact is None and re.search(r"time ?zone|timestamptz|timetz|datetimeoffset", kind):
            raise SourceError(where, f"the column {name} is a {kind}, and ODBC would lose its zone", "declare a query that casts it to text with its offset")
        return Column(name, pa.string(), column if exact is None else exact, binary=kind in ("real", "double precision"))

    def _text(self, statement: sa.Select[Any]) -> str:
        return str(statement.compile(dialect=self._system.dialect, compile_kwargs={"literal_binds": True}))

    def _one(self, statement: str) -> Any:
        """First value of the first row, if the statement has any."""
        batches = list(self._fetch(statement, 1, _SHORT))
        return batches[0].column(0)[0].as_py() if batches else None

    def _described(self, statement: sa.Select[Any]) -> pa.Schema:
        """Names and types of a result, without its rows."""
        reader = self._start(self._text(statement.where(sa.text("1 = 0"))), 1, _SHORT)
        list(reader)
        return reader.schema

    def _fetch(self, statement: str, rows: int, longest: int) -> Iterator[pa.RecordBatch]:
        """Batches of a statement. What the driver raises becomes _Said once the reader and its cursor are gone, as the connection soon will be."""
        reader: arrow_odbc.BatchReader | None = None
        said = ""
        try:
            reader = self._start(statement, rows, longest)
            yield from reader
        except arrow_odbc.Error as error:
            said = str(error)
        finally:
            del reader
        if said:
            raise _Said(said)

    def _start(self, statement: str, rows: int, longest: int) -> arrow_odbc.BatchReader:
        assert self._rows is not None  # _contained has seen to it
        return _read(self._rows, statement, self._settings, rows, longest)


def _read(connection: arrow_odbc.Connection, statement: str, settings: SourceSettings, rows: int = 1, longest: int = _SHORT) -> arrow_odbc.BatchReader:
    return connection.read_arrow_batches(
        statement,
        batch_size=rows,
        max_bytes_per_batch=BUFFER,
        max_text_size=longest,
        max_binary_size=longest,
        falliable_allocations=True,
        fetch_concurrently=rows > 1,
        query_timeout_sec=max(1, int(settings.statement_timeout.total_seconds())),
    )


def _array(values: pa.Array, column: Column) -> pa.Array:
    if pa.types.is_integer(column.type):
        return values.cast(pa.int64())
    return plain(text_array(values)) if column.binary else text_array(values)
