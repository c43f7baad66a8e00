"""A PostgreSQL server, natively: one REPEATABLE READ, READ ONLY transaction, rows by COPY in the server's own text.

The server writes every value as text without loss, libpq hands it over row by row, and Arrow's CSV parser makes columns of it; nothing loops over
values in Python. docs/decisions/0013 has the figures of this and the other ways.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa
from psycopg import pq
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.interface import RefusedRow
from recon.sources.sql.address import Address
from recon.sources.sql.database import Column, schema_of, whole_numbers
from recon.sources.sql.exact import plain
from recon.sources.sql.words import explained
from recon.sources.text import refuse

BLOCK = 4 << 20
"""Bytes of rows that become a batch."""
MAX_ROW = 16 << 20
"""A row beyond this is refused."""
_SILENCE = 60.0
"""Seconds beyond the statement's time in which nothing comes from the server, after which it is taken for gone."""

_INTEGERS = {20, 21, 23}  # int8, int2, int4
_FLOATS = {700, 701}  # float4, float8
_BOOL, _BYTEA, _MONEY = 16, 17, 790

_NEW_DIALECT: Callable[..., sa.Dialect] = PGDialect
DIALECT = _NEW_DIALECT(paramstyle="named")
"""For the text of statements; with this style of parameters it doubles no percent signs."""

TABLES = """
    SELECT c.relname, CASE WHEN pg_table_is_visible(c.oid) THEN NULL ELSE n.nspname END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY (current_schemas(false)) AND pg_table_is_visible(c.oid)"""
"""Name and schema of what the search path leads to."""

# The clock of a standby is that of the last transaction it has replayed: what the primary did since is not there.
CLOCK = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_xact_replay_timestamp() ELSE now() END"
NOW = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN clock_timestamp() END"
"""A standby's own clock is another machine's than the one that its rows were written by."""

SESSION = {
    "statement_timeout": "{milliseconds}",
    "idle_in_transaction_session_timeout": "0",  # other sources may keep this one waiting
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
"""Settings of the transaction, so that values have one text whatever the server's or the account's defaults are."""


class _Said(Exception):
    """An error of the server in the midst of a COPY."""

    def __init__(self, state: str, message: str) -> None:
        self.state, self.message = state, message
        super().__init__(message)


def session(settings: SourceSettings) -> str:
    """A SELECT that makes the settings of SESSION for the rest of the transaction."""
    milliseconds = int(settings.statement_timeout.total_seconds() * 1000)
    return "SELECT " + ", ".join(f"set_config('{name}', '{value.format(milliseconds=milliseconds)}', true)" for name, value in SESSION.items())


class PostgresqlServer:
    """A server whose tables are all read from one snapshot."""

    def __init__(self, address: Address, settings: SourceSettings) -> None:
        """Log in and take the snapshot. Raises SourceError."""
        assert address.url is not None
        self._address, self._settings = address, settings
        connects: Callable[..., sa.Dialect] = PGDialect_psycopg
        _, arguments = connects().create_connect_args(address.url)
        seconds = max(2, int(settings.connect_timeout.total_seconds()))  # libpq takes no less
        # A server that vanishes without a word is noticed within two minutes.
        alive = {"keepalives_idle": 30, "keepalives_interval": 15, "keepalives_count": 5, "client_encoding": "utf8"}
        with self.foreseen(address.where):
            self._connection = psycopg.connect(**{"application_name": "recon", "connect_timeout": seconds, **alive, **arguments})
        try:
            with self.foreseen(address.where):
                self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                self._connection.read_only = True
                # The first statement takes the snapshot.
                self._rows(session(settings))
                self._clock: datetime | None = self._rows(CLOCK)[0][0]
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Closing the connection rolls back."""
        self._connection.close()

    def clock(self) -> datetime:
        if self._clock is None:
            raise SourceError(self._address.where, "is a standby that has replayed nothing yet", "declare the source's as_of, or read the primary")
        return self._clock.astimezone(UTC)

    def now(self) -> datetime | None:
        said: datetime | None = self._rows(NOW)[0][0]
        return said.astimezone(UTC) if said else None

    def tables(self) -> list[sa.TableClause]:
        return [sa.table(name, schema=schema) for name, schema in self._rows(TABLES)]

    def columns(self, rows: sa.FromClause, where: str) -> list[Column]:
        """As the server describes the result, a table's or a query's, before there is any row."""
        described = sa.select(sa.text("*")).select_from(rows).limit(0)
        with self._connection.cursor(binary=True) as cursor:
            with self._undoable():
                cursor.execute(_text(described).encode())
            return [_column(column.name, column.type_code) for column in cursor.description or ()]

    def since(self, rows: sa.FromClause, column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
        """The literal has no type of its own: the server gives it the column's."""
        return column >= sa.literal(value, sa.String())

    def among(self, rows: sa.FromClause, column: Column, values: Sequence[str]) -> sa.ColumnElement[bool]:
        """Literals without a type of their own, which the server gives the column's."""
        literals = whole_numbers(values) if pa.types.is_integer(column.type) else values
        return sa.column(column.name).in_([sa.literal(value) for value in literals])

    def first(self, query: str) -> Any:
        with self._undoable():
            found = self._rows(query)
        return found[0][0] if found else None

    def batches(self, statement: sa.Select[Any], columns: list[Column], refused: list[RefusedRow], where: str) -> Iterator[pa.RecordBatch]:
        """Rows of more than MAX_ROW bytes are refused."""
        schema = schema_of(columns)
        convert = pyarrow.csv.ConvertOptions(
            column_types={field.name: field.type for field in schema}, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        )
        parse = pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
        for block in self._copy(_text(statement), refused, where):
            read = pyarrow.csv.ReadOptions(column_names=schema.names, block_size=len(block) + 1, use_threads=False)
            table = pyarrow.csv.read_csv(pa.BufferReader(block), read, parse, convert)
            for index, column in enumerate(columns):
                if column.binary:
                    table = table.set_column(index, column.name, plain(table.column(index).combine_chunks()))
            yield from table.to_batches()

    @contextmanager
    def foreseen(self, where: str) -> Iterator[None]:
        try:
            yield
        except _Said as error:
            raise explained(where, error.state, self._address.told(error.message), self._settings) from None
        except psycopg.Error as error:
            message = error.diag.message_primary or str(error)
            raise explained(where, error.sqlstate or "", self._address.told(message), self._settings) from None
        except pa.ArrowInvalid as error:
            raise explained(where, "", self._address.told(str(error)), self._settings) from None
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(where, f"cannot be read: {type(error).__name__}") from None

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a small query. Asked for in binary form, which the server does for a single statement only."""
        with self._connection.cursor(binary=True) as cursor:
            return cursor.execute(query.encode()).fetchall()

    @contextmanager
    def _undoable(self) -> Iterator[None]:
        """What fails inside is undone alone: the transaction, and with it the snapshot, lives on for the other tables."""
        self._connection.execute("SAVEPOINT reading")
        try:
            yield
        except BaseException:
            if not self._connection.closed:
                self._connection.execute("ROLLBACK TO SAVEPOINT reading")
            raise
        self._connection.execute("RELEASE SAVEPOINT reading")

    def _copy(self, statement: str, refused: list[RefusedRow], where: str) -> Iterator[bytearray]:
        """The rows of a statement as CSV without header, in blocks of whole rows."""
        server = self._connection.pgconn
        with self._undoable():
            finished = False
            server.send_query_params(f"COPY (\n{statement}\n) TO STDOUT (FORMAT csv)".encode(), None)
            try:
                self._result(pq.ExecStatus.COPY_OUT)
                block, number = bytearray(), 0
                while True:
                    size, row = server.get_copy_data(1)
                    if size == 0:
                        self._wait()
                    elif size > MAX_ROW:
                        number += 1
                        reason = f"it has {size:,} bytes; more than {MAX_ROW >> 20} MiB is no row of a table"
                        refuse(refused, number, reason, bytes(row[:1000]).decode("utf-8", "replace"), where)
                    elif size > 0:
                        number += 1
                        block += row
                        if len(block) >= BLOCK:
                            yield block
                            block = bytearray()
                    else:
                        break
                if block:
                    yield block
                self._result(pq.ExecStatus.COMMAND_OK)
                finished = True
            finally:
                if not finished:
                    self._abandon()
                while server.status == pq.ConnStatus.OK and server.get_result():
                    pass

    def _result(self, expected: pq.ExecStatus) -> None:
        """Wait for the next result. Raises _Said when it is an error."""
        server = self._connection.pgconn
        while server.flush():
            self._wait(writing=True)
        while server.is_busy():
            self._wait()
        result = server.get_result()
        if result is None or result.status != expected:
            field = pq.DiagnosticField
            state, message = (result.error_field(f) or b"" for f in (field.SQLSTATE, field.MESSAGE_PRIMARY)) if result else (b"", b"")
            raise _Said(state.decode(), message.decode("utf-8", "replace") or server.get_error_message().strip() or "the connection to the server was lost")

    def _wait(self, writing: bool = False) -> None:
        """Wait for the server while other threads go on."""
        server = self._connection.pgconn
        patience = self._settings.statement_timeout.total_seconds() + _SILENCE
        poll = select.poll()
        poll.register(server.socket, select.POLLIN | (select.POLLOUT if writing else 0))
        if not poll.poll(patience * 1000):
            raise _Said("", "server closed the connection: nothing came from it any more")
        server.consume_input()

    def _abandon(self) -> None:
        """Nobody wants the rest of the rows: have the server stop, and throw away what is on its way."""
        server = self._connection.pgconn
        if server.status != pq.ConnStatus.OK or server.transaction_status != pq.TransactionStatus.ACTIVE:
            return
        server.get_cancel().cancel()
        while server.transaction_status == pq.TransactionStatus.ACTIVE:
            result = server.get_result()
            if result is None:
                break
            if result.status == pq.ExecStatus.COPY_OUT:
                while server.get_copy_data(0)[0] > 0:
                    pass


def _text(statement: sa.Select[Any]) -> str:
    return str(statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


def _column(name: str, oid: int) -> Column:
    column: sa.ColumnElement[Any] = sa.column(name)
    if oid in _INTEGERS:
        return Column(name, pa.int64(), column)
    if oid in _FLOATS:
        return Column(name, pa.string(), column, binary=True)
    if oid == _BOOL:
        return Column(name, pa.string(), sa.cast(column, sa.Text()))  # COPY alone writes t and f
    if oid == _BYTEA:
        return Column(name, pa.string(), sa.func.encode(column, sa.literal("hex", sa.String())))
    if oid == _MONEY:
        return Column(name, pa.string(), sa.cast(column, sa.Numeric()))  # its text follows the server's locale
    return Column(name, pa.string(), column)
