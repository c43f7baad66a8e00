"""What a source is, on one screen. A reader turns one protocol into Arrow batches and guesses nothing.

Read-only by construction: the protocol has no way to write. Values stay as the source gave them; text stays text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

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


class Source(Protocol):
    """A system that recon reads. Every method may raise SourceError; none changes anything at the source."""

    def as_of(self) -> datetime:
        """The moment, in UTC, whose state this source shows: the server's clock, or what a file's sidecar or name declares."""

    def complete_from(self, table: str) -> datetime | None:
        """Events before this moment (UTC) are missing from `table`; None: nothing is missing."""

    def tables(self) -> list[str]:
        """Names of the tables this source holds, as the pack calls them."""

    def read(self, table: str) -> Reading:
        """Read one table whole."""
