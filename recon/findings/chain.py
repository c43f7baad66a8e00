"""The audit chain as pure values: an event's hash covers its content and the hash of the event before it (docs/findings.md publishes the encoding)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

CHAIN_VERSION = "1"
START = "0" * 64
"""What the first event names as its predecessor."""


@dataclass(frozen=True)
class Head:
    """The newest event: what reports print and what is anchored outside."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Event:
    """One line of the audit log."""

    seq: int
    """1, 2, 3 … without a gap."""
    kind: str
    """'created', 'run', 'waive', 'unwaive'."""
    run_id: str | None
    at_cut: str | None
    """Run events: the reference moment, ISO 8601 in UTC."""
    payload: str
    """JSON as `as_text` writes it."""
    previous_hash: str
    hash: str

    def problem(self, before: Head) -> str | None:
        """Why this event cannot be the one that follows `before`; None where it can."""
        if self.seq != before.seq + 1:
            return f"follows event {before.seq}: what was between them is gone, or they changed places"
        if self.previous_hash != before.hash:
            return f"names a predecessor that event {before.seq} is not"
        if self.hash != event_hash(self.seq, self.kind, self.run_id, self.at_cut, self.payload, self.previous_hash):
            return "has a content that its hash does not fit"
        return None


def event_hash(seq: int, kind: str, run_id: str | None, at_cut: str | None, payload: str, previous_hash: str) -> str:
    """SHA-256 in hex over the fields, each length-prefixed and NULL tagged as in a finding's identity."""
    fields = (CHAIN_VERSION, str(seq), kind, run_id, at_cut, payload, previous_hash)
    text = "".join("-" if field is None else f"{len(field.encode())}:{field}" for field in fields)
    return hashlib.sha256(text.encode()).hexdigest()


def as_text(payload: dict[str, Any]) -> str:
    """One text for one payload: sorted keys, no blanks."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class RowsDigest:
    """Digest of rows in their order, fed in portions: SHA-256 over one JSON array a row, each ended by a line feed."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()
        self.rows = 0

    def add(self, rows: Iterable[Iterable[str | date | None]]) -> None:
        """Take in the next rows; dates enter as ISO 8601."""
        for row in rows:
            values = [value.isoformat() if isinstance(value, date) else value for value in row]
            self._sha.update(json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
            self.rows += 1

    def hex(self) -> str:
        """64 hex digits for everything taken in so far."""
        return self._sha.hexdigest()
