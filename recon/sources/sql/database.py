"""What SqlSource needs of a kind of database, on one screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
import sqlalchemy as sa

from recon.sources.interface import RefusedRow

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Column:
    """A column of a table or query, and how its values are asked for so that none of them changes on its way."""

    name: str
    type: pa.DataType
    """int64 for the catalogue's integers, string for all others."""
    expression: sa.ColumnElement[Any]
    """What stands in the SELECT: the column, or a cast of it where the driver would lose something."""
    binary: bool = False
    """A binary number, whose text may have an exponent."""


def schema_of(columns: list[Column]) -> pa.Schema:
    """The schema that batches of these columns have."""
    return pa.schema([(column.name, column.type) for column in columns])


def whole_numbers(values: Sequence[str]) -> list[int]:
    """Those of the values that are written as a whole number without leading zeros: no other text is one in a column of integers."""
    return [int(value) for value in values if _WHOLE.fullmatch(value)]


class Database(Protocol):
    """A database that is open: one read-only snapshot, held until `close`. Errors of the driver pass through `foreseen` alone."""

    def tables(self) -> list[sa.TableClause]:
        """Tables and views, with their schema where the name needs one."""

    def columns(self, rows: sa.FromClause, where: str) -> list[Column]:
        """Columns of a table of `tables`, or of a query's subselect, with the types that the catalogue says, never the rows. Raises SourceError."""

    def since(self, rows: sa.FromClause, column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
        """The condition that `column` is at or after `value`, compared as the column compares."""

    def among(self, rows: sa.FromClause, column: Column, values: Sequence[str]) -> sa.ColumnElement[bool]:
        """The condition that a column of `rows` has one of these values, written so that an index of the column serves."""

    def clock(self) -> datetime:
        """The moment (UTC) of the snapshot, by the server's clock. Raises SourceError where nothing tells it."""

    def now(self) -> datetime | None:
        """What the clock that the rows' moments come from says now (UTC), and not when the snapshot was taken; None: it cannot be asked."""

    def first(self, query: str) -> Any:
        """First value of the first row of a declared query, a text, datetime or number; None: there is no row."""

    def batches(self, statement: sa.Select[Any], columns: list[Column], refused: list[RefusedRow], where: str) -> Iterator[pa.RecordBatch]:
        """Rows of the statement, which selects `columns`, streamed from a cursor of the server, in bounded memory."""

    def foreseen(self, where: str) -> AbstractContextManager[None]:
        """Turns what the driver raises into SourceError."""

    def close(self) -> None:
        """Let go of the snapshot. Nothing was changed, so nothing is committed."""
