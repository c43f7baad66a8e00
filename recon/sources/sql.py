"""A database, read through SQLAlchemy. SQLite so far: opened read-only, and all tables of a night from one transaction."""

from __future__ import annotations

import difflib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources import secrets
from recon.sources.columns import check_names
from recon.sources.interface import Reading, RefusedRow
from recon.sources.moments import in_utc, parse_moment
from recon.sources.text import refuse

BATCH = 20_000
"""Rows fetched at a time."""
BUSY_SECONDS = 30.0
"""How long to wait for a writer that has the database locked."""


class SqlSource:
    """A database whose tables, or declared queries, are the raw tables of a pack."""

    def __init__(self, name: str, settings: SourceSettings, workspace: Path) -> None:
        """Open the database and hold one snapshot of it until `close`. Raises SourceError; no message tells a secret."""
        assert settings.url is not None  # the settings have checked it
        self._name, self._settings = name, settings
        referred = secrets.is_reference(settings.url)
        # A URL that came from a reference is named by the reference alone.
        self._where = f"source {name} ({settings.url})" if referred else f"source {name}"
        text = secrets.resolve(settings.url, workspace, self._where) if referred else settings.url
        file = self._sqlite_file(text, workspace, referred)
        if not referred:
            self._where = f"source {name} ({file})"
        if not file.is_file():
            raise SourceError(self._where, "there is no such database file", f"check sources.{name}.url in recon.toml and whether the share is mounted")
        uri = f"file:{quote(str(file.absolute()))}?mode=ro"

        def connect() -> sqlite3.Connection:
            # Threads take turns: a source is read by one thread at a time, not always the one that opened it.
            return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)

        self._engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
        try:
            with self._foreseen():
                self._connection = self._engine.connect().execution_options(stream_results=True)
                self._connection.exec_driver_sql("BEGIN")
                # BEGIN alone takes no snapshot: the first read does.
                self._connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
            self._opened = datetime.now(UTC)
        except SourceError:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Let go of the snapshot and the file."""
        self._connection.close()
        self._engine.dispose()

    def as_of(self) -> datetime:
        """The declared SELECT's one moment, of the same snapshot; without one, this machine's clock when the snapshot was taken."""
        if not self._settings.as_of:
            return self._opened
        where = f"{self._where}, as_of"
        with self._foreseen(where):
            row = self._connection.exec_driver_sql(self._settings.as_of).first()
        if row is None or row[0] is None:
            raise SourceError(where, "the SELECT gives no moment", "it must give one row with one timestamp")
        return parse_moment(row[0], self._settings.time_zone, where)

    def complete_from(self, table: str) -> datetime | None:
        """What recon.toml declares for the table, or else for the source."""
        own = self._settings.tables.get(table)
        moment = (own.complete_from if own else None) or self._settings.complete_from
        return in_utc(moment, self._settings.time_zone) if moment else None

    def tables(self) -> list[str]:
        """Tables and views of the database, and tables with a declared query."""
        with self._foreseen():
            inspector = sa.inspect(self._connection)
            return sorted({*inspector.get_table_names(), *inspector.get_view_names(), *(t for t, own in self._settings.tables.items() if own.query)})

    def read(self, table: str, since: str | None = None) -> Reading:
        """Read the table, or its query. Integer columns of the catalogue are int64, all others exact text; a query has no catalogue: all text.

        Rows that hold something else than an integer in an integer column (SQLite lets them) are refused.
        """
        own = self._settings.tables.get(table)
        watermark = own.watermark if own else None
        where = f"{self._where}, table {table}"
        if since is not None and watermark is None:
            raise SourceError(where, "has no watermark to read from", f"declare sources.{self._name}.tables.{table}.watermark")
        return self._reading(table, None, watermark, since, where)

    def keys(self, table: str, columns: Sequence[str]) -> Reading:
        """These columns of all rows, of the same snapshot, in types as `read` gives them."""
        return self._reading(table, columns, None, None, f"{self._where}, table {table}")

    def _reading(self, table: str, wanted: Sequence[str] | None, watermark: str | None, since: str | None, where: str) -> Reading:
        own = self._settings.tables.get(table)
        with self._foreseen(where):
            if own and own.query:
                rows: sa.FromClause = sa.text(own.query.strip().rstrip(";").replace(":", "\\:")).columns().subquery()
                names, integers = list(self._connection.exec_driver_sql(own.query).keys()), set[str]()
            else:
                rows = sa.table(table)
                names, integers = self._catalogue(table, where)
            check_names(names, where)
            for name in [*(wanted or ()), *([watermark] if watermark else ())]:
                if name not in names:
                    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
                    raise SourceError(where, f"has no column {name}", f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}")
            statement = sa.select(*(sa.column(name) for name in wanted or names)).select_from(rows)
            if watermark:
                column: sa.ColumnClause[Any] = sa.column(watermark)
                statement = statement.order_by(column)
                if since is not None:
                    statement = statement.where(sa.or_(column.is_(None), column >= self._bound(rows, column, since)))
            result = self._connection.execute(statement)
        schema = pa.schema([(name, pa.int64() if name in integers else pa.string()) for name in wanted or names])
        reading = Reading(batches=iter(()), schema=schema)
        reading.batches = _marking(self._batches(result, schema, reading.refused, where), reading, watermark)
        return reading

    def _bound(self, rows: sa.FromClause, column: sa.ColumnClause[Any], since: str) -> Any:
        """`since` in the type that the column's values have: SQLite sorts every text after every number."""
        kind = self._connection.execute(sa.select(sa.func.typeof(sa.func.max(column))).select_from(rows)).scalar_one()
        match kind:
            case "integer":
                return int(Decimal(since))
            case "real":
                return float(since)
        return since

    def _catalogue(self, table: str, where: str) -> tuple[list[str], set[str]]:
        inspector = sa.inspect(self._connection)
        try:
            columns = inspector.get_columns(table)
        except sa.exc.NoSuchTableError:
            near = difflib.get_close_matches(table, self.tables(), n=1, cutoff=0.6)
            tip = f"did you mean {near[0]}? " if near else ""
            raise SourceError(where, "there is no such table", f"{tip}declare sources.{self._name}.tables.{table}.query if it has another name") from None
        return [column["name"] for column in columns], {column["name"] for column in columns if isinstance(column["type"], sa.Integer)}

    def _batches(self, result: sa.CursorResult[Any], schema: pa.Schema, refused: list[RefusedRow], where: str) -> Iterator[pa.RecordBatch]:
        done = 0
        with self._foreseen(where), closing(result):
            for rows in result.yield_per(BATCH).partitions():
                columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
                wrong = _not_integers(columns, schema)
                for index, name in sorted(wrong.items()):
                    value = columns[schema.get_field_index(name)][index]
                    refuse(refused, done + index + 1, f"{name} is declared an integer and holds {value!r}", repr(tuple(rows[index])), where)
                if wrong:
                    columns = list(zip(*(row for index, row in enumerate(rows) if index not in wrong), strict=True))
                done += len(rows)
                if columns:
                    arrays = [pa.array(v, pa.int64()) if pa.types.is_integer(f.type) else _as_text(v) for v, f in zip(columns, schema, strict=True)]
                    yield pa.record_batch(arrays, schema=schema)

    def _sqlite_file(self, text: str, workspace: Path, referred: bool) -> Path:
        try:
            url = sa.make_url(text)
        except (sa.exc.ArgumentError, ValueError):  # its message quotes the URL
            raise SourceError(self._where, "the URL cannot be understood", "write it as sqlite:///path/to/file.db") from None
        if url.password and not referred:
            raise SourceError(self._where, "the URL holds a password", f'keep the URL outside recon.toml: sources.{self._name}.url = "env:NAME"')
        if url.get_backend_name() != "sqlite":
            what = f"databases of kind {url.get_backend_name()} are not read yet"
            raise SourceError(self._where, what, "use a SQLite file, or deliver extracts to a `files` source")
        if not url.database or url.database == ":memory:":
            raise SourceError(self._where, "the URL names no database file", "write it as sqlite:///path/to/file.db")
        return workspace / url.database

    @contextmanager
    def _foreseen(self, where: str = "") -> Iterator[None]:
        """Turn what the driver says into a SourceError. The text is the database's own: it quotes neither the URL nor the statement."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise _driver_error(where or self._where, str(error.orig)) from None
        except sqlite3.Error as error:
            raise _driver_error(where or self._where, str(error)) from None
        except sa.exc.SQLAlchemyError as error:
            raise SourceError(where or self._where, f"cannot be read: {type(error).__name__}") from None


def _marking(batches: Iterator[pa.RecordBatch], reading: Reading, watermark: str | None) -> Iterator[pa.RecordBatch]:
    """Let batches pass and keep the watermark of those that were taken."""
    for batch in batches:
        yield batch
        if watermark:
            there = batch[watermark].drop_null()
            if len(there):
                reading.watermark = str(there[-1].as_py())


def _driver_error(where: str, message: str) -> SourceError:
    if "locked" in message or "busy" in message:
        todo = f"a writer kept it locked for {BUSY_SECONDS:g} s: let the night run start when the load is over, or read a copy"
    elif "not a database" in message or "malformed" in message:
        todo = "the file is not SQLite or was damaged or copied while it was written"
    elif "decode" in message:
        todo = "a text in it is not UTF-8: declare a query that leaves the column out or casts it to BLOB"
    elif "no such" in message or "syntax" in message:
        todo = "check the table's query in recon.toml"
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


def _as_text(values: Sequence[Any]) -> pa.Array:
    """A column as text: numbers with exactly the digits that tell them apart, binary as hexadecimal digits."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds == {int}:
        return pc.cast(pa.array(values, pa.int64()), pa.string())
    # SQLite keeps 10.0 in a NUMERIC column as the integer 10, so that columns of numbers are mixtures.
    return pa.array([value if value is None or type(value) is str else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        text = repr(value)
        return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")
    return str(value)
