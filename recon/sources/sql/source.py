"""A database as a source: which statement reads a table, a query, an increment or the keys. How it is run, the kind of database knows."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.columns import check_names
from recon.sources.interface import Reading
from recon.sources.moments import in_utc, measured, parse_moment
from recon.sources.sql.database import Column, Database, schema_of

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)

ASKED_AT_ONCE = 500
"""Values in one statement of a second look; some systems take no more than a thousand."""


class SqlSource:
    """A database whose tables, or declared queries, are the raw tables of a pack."""

    def __init__(self, name: str, settings: SourceSettings, where: str, database: Database) -> None:
        """`where` names the source in messages; the database is open."""
        self._name, self._settings, self._where, self._database = name, settings, where, database
        self._open: Generator[pa.RecordBatch, None, None] | None = None

    def close(self) -> None:
        """Let go of the snapshot and the connection."""
        self._stop()
        self._database.close()

    def as_of(self) -> datetime:
        """The declared SELECT's one moment, of the same snapshot; without one, the server's clock when the snapshot was taken."""
        where = f"{self._where}, as_of"
        with self._database.foreseen(where):
            if not self._settings.as_of:
                return self._database.clock()
            value = self._database.first(_single(self._settings.as_of, where))
        if value is None:
            raise SourceError(where, "the SELECT gives no moment", "it must give one row with one timestamp")
        return parse_moment(value.isoformat() if isinstance(value, date) else value, self._settings.time_zone, where)

    def skew(self) -> timedelta | None:
        """What recon.toml declares; else the server's clock is held against this machine's."""
        if self._settings.skew is not None:
            return self._settings.skew
        with self._database.foreseen(f"{self._where}, its clock"):
            if self._database.now() is None:  # and the connection is warm when it is measured
                return None
            return measured(lambda: self._database.now() or datetime.now(UTC))

    def complete_from(self, table: str) -> datetime | None:
        """What recon.toml declares for the table, or else for the source."""
        own = self._settings.tables.get(table)
        moment = (own.complete_from if own else None) or self._settings.complete_from
        return in_utc(moment, self._settings.time_zone) if moment else None

    def tables(self) -> list[str]:
        """Tables and views of the database, and tables with a declared query."""
        return sorted({*(table.name for table in self._found), *(name for name, own in self._settings.tables.items() if own.query)})

    def read(self, table: str, since: str | None = None) -> Reading:
        """Read the table, or its query. Integer columns of the catalogue are int64, all others exact text. A reading ends where the next one begins.

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

    def reread(self, table: str, column: str, values: Sequence[str]) -> Reading:
        """Rows of the table, or of its query, whose column has one of the values, in types as `read` gives them; ASKED_AT_ONCE values a statement."""
        self._stop()
        where = f"{self._where}, table {table}"
        with self._database.foreseen(where):
            rows = self._rows(table, where)
            columns = self._database.columns(rows, where)
            check_names([one.name for one in columns], where)
            by = _named(columns, column, where)
            selected = sa.select(*(one.expression.label(one.name) for one in columns)).select_from(rows)
            asked = [values[start : start + ASKED_AT_ONCE] for start in range(0, len(values), ASKED_AT_ONCE)]
            statements = [selected.where(self._database.among(rows, by, some)) for some in asked]
        reading = Reading(batches=iter(()), schema=schema_of(columns))
        batches = itertools.chain.from_iterable(self._database.batches(statement, columns, reading.refused, where) for statement in statements)
        reading.batches = self._open = self._marking(batches, reading, None, where)
        return reading

    def _reading(self, table: str, wanted: Sequence[str] | None, watermark: str | None, since: str | None, where: str) -> Reading:
        self._stop()
        with self._database.foreseen(where):
            rows = self._rows(table, where)
            columns = self._database.columns(rows, where)
            check_names([column.name for column in columns], where)
            if wanted is not None:
                columns = [_named(columns, name, where) for name in wanted]
            statement = sa.select(*(column.expression.label(column.name) for column in columns)).select_from(rows)
            if watermark:
                watermark = _named(columns, watermark, where).name
                column: sa.ColumnClause[Any] = sa.column(watermark, _selectable=rows)
                statement = statement.order_by(column)
                if since is not None:
                    statement = statement.where(sa.or_(column.is_(None), self._database.since(rows, column, since)))
        reading = Reading(batches=iter(()), schema=schema_of(columns))
        batches = self._database.batches(statement, columns, reading.refused, where)
        reading.batches = self._open = self._marking(batches, reading, watermark, where)
        return reading

    def _stop(self) -> None:
        """A reading that nobody has finished is stopped at the server before anything else is asked of it."""
        if self._open:
            self._open.close()
            self._open = None

    def _marking(self, batches: Iterator[pa.RecordBatch], reading: Reading, watermark: str | None, where: str) -> Generator[pa.RecordBatch, None, None]:
        """Let batches pass, keep the watermark of those that were taken, and put what the driver says into words."""
        with self._database.foreseen(where):
            for batch in batches:
                yield batch
                if watermark and len(there := batch[watermark].drop_null()):
                    reading.watermark = str(there[-1].as_py())

    def _rows(self, table: str, where: str) -> sa.FromClause:
        """The table, or its query as a subselect: what stands there can only be read."""
        own = self._settings.tables.get(table)
        if own and own.query:
            return sa.text(_single(own.query, where).replace(":", "\\:")).columns().subquery("declared")
        return self._table(table, where)

    def _table(self, table: str, where: str) -> sa.TableClause:
        """The table of this name; databases fold case, so one that differs in nothing else is meant too."""
        declare = f"declare sources.{self._name}.tables.{table}.query"
        exact = [found for found in self._found if found.name == table]
        alike = exact or [found for found in self._found if found.name.lower() == table.lower()]
        if len(alike) == 1:
            return alike[0]
        if alike:
            what = f"several tables are called so: {', '.join(sorted(str(found.fullname) for found in alike))}"
            raise SourceError(where, what, declare)
        near = difflib.get_close_matches(table, [found.name for found in self._found], n=1, cutoff=0.6)
        tip = f"did you mean {near[0]}? " if near else ""
        raise SourceError(where, "there is no such table", f"{tip}{declare} if it has another name")

    @cached_property
    def _found(self) -> list[sa.TableClause]:
        with self._database.foreseen(self._where):
            return self._database.tables()


def _single(query: str, where: str) -> str:
    """A declared query as it can stand in parentheses: without its last semicolon, and with an end to a comment. Raises SourceError for more than one."""
    query = query.strip().rstrip("; \n") + "\n"
    bare = _QUOTED.sub(" ", query)
    depth = list(itertools.accumulate((letter == "(") - (letter == ")") for letter in bare if letter in "()"))
    if ";" in bare or min(depth, default=0) < 0 or (depth and depth[-1]):
        raise SourceError(where, "the declared query is not one whole SELECT", "a source takes one statement, whose parentheses close")
    return query


def _named(columns: list[Column], name: str, where: str) -> Column:
    for column in columns:
        if column.name.lower() == name.lower():
            return column
    names = [column.name for column in columns]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    raise SourceError(where, f"has no column {name}", f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}")
