"""What a source is, on one screen. A reader turns one protocol into Arrow batches and guesses nothing.

Read-only by construction: the protocol has no way to write. Values stay as the source gave them; text stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import pyarrow as pa


@dataclass(frozen=True)
class RefusedRow:
    """A row the reader could not hand over. It is kept, counted, and never silently dropped."""

    row: int
    """Line of a text file, or number of the record, counted from 1."""
    reason: str
    """What is wrong with it, in a sentence a person can act on."""
    raw: str
    """The row as far as it could be read, cut at 1,000 characters."""


@dataclass
class Reading:
    """One table while it is read: `batches` is consumed once; `refused` is complete when `batches` is exhausted."""

    batches: Iterator[pa.RecordBatch]
    """Rows in the source's own order, all with `schema`; memory is bounded by the batch."""
    schema: pa.Schema
    """One field for each column of the source, under the source's own name."""
    refused: list[RefusedRow] = field(default_factory=list)
    watermark: str | None = None
    """Greatest watermark of the batches that were taken so far, as the source writes it. It holds after an interrupted read too, because rows
    come in its order. None: no such batch yet, or the table has no watermark."""


class Source(Protocol):
    """A system that recon reads. Every method may raise SourceError; none changes anything at the source."""

    def as_of(self) -> datetime:
        """The moment, in UTC, whose state this source shows: the server's clock, or what a file's sidecar or name declares."""

    def skew(self) -> timedelta | None:
        """How far the clock that its moments come from is ahead of this machine's, in whole seconds; None: neither declared nor measurable."""

    def complete_from(self, table: str) -> datetime | None:
        """Events before this moment (UTC) are missing from `table`; None: nothing is missing."""

    def tables(self) -> list[str]:
        """Names of the tables this source holds, as the pack calls them."""

    def read(self, table: str, since: str | None = None) -> Reading:
        """Read one table whole; with `since`, only its rows whose watermark is at or after it or missing, in the watermark's order.

        since: a `Reading.watermark` of an earlier night, moved back by the table's overlap. A table without a declared watermark, and a source
        whose tables cannot have one (files), raise SourceError where `since` is given.
        """

    def keys(self, table: str, columns: Sequence[str]) -> Reading:
        """Only these columns of all rows: what is there no more was deleted. Raises SourceError for a column that the table does not have."""


@runtime_checkable
class Rereading(Source, Protocol):
    """A source that can be asked for some of its rows again: what the second look needs."""

    def reread(self, table: str, column: str, values: Sequence[str]) -> Reading:
        """Rows of the table whose column has one of these values, as `read` would give them now. It may give rows of other values too, where the source
        compares otherwise than letter by letter. Raises SourceError for a column that the table does not have."""


_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:([T ])(\d{2}:\d{2})(:\d{2})?([.]\d+)?)?(Z|[+-]\d{2}(?::?\d{2})?)?")


def moved_back(watermark: str, overlap: timedelta) -> str:
    """A timestamp or date in ISO form moved back by `overlap`, a date by whole days, in the form it has; a counter stays as it is."""
    match = _MOMENT.fullmatch(watermark)
    if not match:
        return watermark
    day, separator, minute, second, fraction, zone = (part or "" for part in match.groups())
    try:
        moment = datetime.fromisoformat(f"{day}T{minute or '00:00'}{second}") - overlap
    except (ValueError, OverflowError):
        return watermark
    form = f"%H:%M{':%S' if second else ''}"
    return f"{moment.date()}{separator}{moment.strftime(form) if minute else ''}{fraction}{zone}"
