"""A SQLite file: opened read-only, and all tables of a night from one transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.interface import RefusedRow
from recon.sources.sql.address import Address
from recon.sources.sql.database import Column, schema_of, whole_numbers
from recon.sources.sql.exact import texts
from recon.sources.text import refuse

BATCH = 20_000
"""Rows fetched at a time."""
_STEPS = 100_000
"""Instructions of SQLite's machine between two looks at the clock."""


class SqliteFile:
    """A database in a file, which nothing here can write to."""

    def __init__(self, address: Address, settings: SourceSettings) -> None:
        """Open it and take its snapshot. Raises SourceError."""
        self._where, self._patience = address.where, settings.connect_timeout.total_seconds()
        self._allowed, self._deadline = settings.statement_timeout, float("inf")
        if not address.file.is_file():
            raise SourceError(self._where, "there is no such database file", "check the source's url in recon.toml and whether the share is mounted")
        uri = f"file:{quote(str(address.file.absolute()))}?mode=ro"

        def connect() -> sqlite3.Connection:
            # Threads take turns: a source is read by one thread at a time, not always the one that opened it.
            connection = sqlite3.connect(uri, uri=True, timeout=self._patience, check_same_thread=False, isolation_level=None)
            connection.set_progress_handler(lambda: time.monotonic() > self._deadline, _STEPS)
            return connection

        self._engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
        try:
            with self.foreseen(self._where):
                self._connection = self._engine.connect().execution_options(stream_results=True)
                self._connection.exec_driver_sql("BEGIN")
                # BEGIN alone takes no snapshot: the first read does.
                self._connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        except SourceError:
            self._engine.dispose()
            raise

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def clock(self) -> datetime:
        """Raises SourceError: a file may be a copy of last week's, so who has it must say as of when it is."""
        now = "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
        what = "a SQLite file has no clock that tells as of when it is"
        raise SourceError(self._where, what, f"declare the source's as_of: a SELECT of one timestamp; where the file is the live database itself, {now}")

    def now(self) -> datetime | None:
        """None: whoever wrote the file did so by a clock that it does not tell."""
        return None

    def tables(self) -> list[sa.TableClause]:
        inspector = sa.inspect(self._connection)
        return [sa.table(name) for name in (*inspector.get_table_names(), *inspector.get_view_names())]

    def columns(self, rows: sa.FromClause, where: str) -> list[Column]:
        """A table's from the catalogue. A query has none: all its columns are text."""
        if isinstance(rows, sa.TableClause):
            found = sa.inspect(self._connection).get_columns(rows.name)
            names = [(column["name"], isinstance(column["type"], sa.Integer)) for column in found]
        else:
            # The query itself, for in a subselect SQLite gives a name that comes twice another one.
            assert isinstance(rows, sa.Subquery)
            assert isinstance(rows.element, sa.Executable)
            with closing(self._start(rows.element)) as result:
                names = [(name, False) for name in list(result.keys())]
        return [Column(name, pa.int64() if integer else pa.string(), sa.column(name)) for name, integer in names]

    def since(self, rows: sa.FromClause, column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
        """Compared in the type that the column's values have: SQLite sorts every text after every number."""
        kind = self._connection.execute(sa.select(sa.func.typeof(sa.func.max(column))).select_from(rows)).scalar_one()
        match kind:
            case "integer":
                return column >= int(Decimal(value))
            case "real":
                return column >= float(value)
        return column >= value

    def among(self, rows: sa.FromClause, column: Column, values: Sequence[str]) -> sa.ColumnElement[bool]:
        """As texts and as integers: a column of no declared type compares neither with the other."""
        return sa.column(column.name, _selectable=rows).in_([*values, *whole_numbers(values)])

    def first(self, query: str) -> Any:
        row = self._start(sa.text(query.replace(":", "\\:"))).first()
        return row[0] if row else None

    def batches(self, statement: sa.Select[Any], columns: list[Column], refused: list[RefusedRow], where: str) -> Iterator[pa.RecordBatch]:
        """Rows that hold something else than an integer in an integer column are refused."""
        schema, done = schema_of(columns), 0
        with closing(self._start(statement)) as result:
            for rows in result.yield_per(BATCH).partitions():
                values: list[Sequence[Any]] = list(zip(*rows, strict=True))
                wrong = _not_integers(values, schema)
                for index, name in sorted(wrong.items()):
                    value = values[schema.get_field_index(name)][index]
                    refuse(refused, done + index + 1, f"{name} is declared an integer and holds {value!r}", repr(tuple(rows[index])), where)
                if wrong:
                    values = list(zip(*(row for index, row in enumerate(rows) if index not in wrong), strict=True))
                done += len(rows)
                if values:
                    arrays = [pa.array(v, pa.int64()) if pa.types.is_integer(f.type) else texts(v) for v, f in zip(values, schema, strict=True)]
                    yield pa.record_batch(arrays, schema=schema)

    @contextmanager
    def foreseen(self, where: str) -> Iterator[None]:
        """The text is the database's own: it quotes neither the URL nor the statement."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self._explained(where, str(error.orig)) from None
        except sqlite3.Error as error:
            raise self._explained(where, str(error)) from None
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(where, f"cannot be read: {type(error).__name__}") from None

    def _start(self, statement: sa.Executable) -> sa.CursorResult[Any]:
        self._deadline = time.monotonic() + self._allowed.total_seconds()
        return self._connection.execute(statement)

    def _explained(self, where: str, message: str) -> SourceError:
        if "locked" in message or "busy" in message:
            todo = f"a writer kept it locked for {self._patience:g} s: let the night run start when the load is over, or read a copy"
        elif "not a database" in message or "malformed" in message:
            todo = "the file is not SQLite or was damaged or copied while it was written"
        elif "decode" in message:
            todo = "a text in it is not UTF-8: declare a query that leaves the column out or casts it to BLOB"
        elif "no such" in message or "syntax" in message:
            todo = "check the table's query in recon.toml"
        elif "interrupted" in message:
            message = f"a statement ran longer than {self._allowed}"
            todo = "declare a lighter query or a watermark, or raise the source's statement_timeout"
        else:
            todo = ""
        return SourceError(where, f"the database says: {message}", todo)


def _not_integers(columns: list[Sequence[Any]], schema: pa.Schema) -> dict[int, str]:
    """Rows that do not fit an integer column, with the name of the first such column."""
    wrong: dict[int, str] = {}
    for values, column in zip(columns, schema, strict=True):
        if pa.types.is_integer(column.type) and not set(map(type, values)) <= {int, type(None)}:
            for index, value in enumerate(values):
                if value is not None and type(value) is not int:
                    wrong.setdefault(index, column.name)
    return wrong
