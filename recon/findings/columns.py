"""Which columns of a raw table are not what they were, until somebody says that they are right or they are back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from recon.config import Settings
from recon.findings.cuts import day_of
from recon.model import Snapshot, TableSnapshot


@dataclass(frozen=True)
class Drift:
    """The columns of one table beside those that it had before they changed."""

    before: Mapping[str, str]
    """Name → type before the first change that still stands; those of tonight where none does."""
    now: Mapping[str, str]
    """Name → type tonight, or, where it could not be read, on the last night on which it could."""
    since: date | None
    """Day that the source showed when they were first found changed; None: they are not."""
    unread: str | None = None
    """Why nobody knows what they are tonight."""

    @property
    def changes(self) -> dict[str, str]:
        """Column → added, dropped or retyped."""
        added = {name: "added" for name in self.now if name not in self.before}
        dropped = {name: "dropped" for name in self.before if name not in self.now}
        return added | dropped | {name: "retyped" for name, kind in self.before.items() if self.now.get(name, kind) != kind}


Drifts = Mapping[tuple[str, str], Drift]
"""(source, raw table) → its columns."""


def drifted(settings: Settings, snapshot: Snapshot, earlier: Mapping[str, Mapping[str, TableSnapshot]], standing: Drifts) -> dict[tuple[str, str], Drift]:
    """The columns of every table that was read tonight, and of those that were not and had changed before.

    earlier: each table on the last night on which it could be read. standing: what had changed by the night before. A change stands until the columns are
    what they were, or `accept_columns_from` of the table, a day not before the change and not after tonight's, says that they are right.
    """
    found: dict[tuple[str, str], Drift] = {}
    for name, source in snapshot.sources.items():
        day = day_of(settings, name, source.as_of)
        for table, read in source.tables.items():
            stands = standing.get((name, table))
            if read.base is None or day is None:
                if stands:
                    found[name, table] = Drift(stands.before, stands.now, stands.since, read.problem or source.problem or "it was not read")
                continue
            now = _columns(read)
            known = earlier.get(name, {}).get(table)
            before, since = (stands.before, stands.since) if stands else (_columns(known) if known else now, None)
            since = since or day
            own = settings.sources[name].tables.get(table)
            accepted = own.accept_columns_from if own else None
            drift = Drift(now if accepted and since <= accepted <= day else before, now, since)
            found[name, table] = drift if drift.changes else Drift(now, now, None)
    return found


def _columns(read: TableSnapshot) -> dict[str, str]:
    return {name: kind for name, kind in read.columns.items() if name != "_row"}
