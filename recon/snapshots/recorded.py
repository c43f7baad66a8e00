"""What a finished run had read, in place of the sources: its tables, the rows that their readers refused, and the answers to its second look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pyarrow.parquet as pq

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.model import JsonObject, Overlay, Part, Snapshot, TableSnapshot
from recon.snapshots.manifest import snapshot_of
from recon.snapshots.parts import ROW_NUMBER, read_part
from recon.sources.interface import Reading, Source


class Recorded:
    """A run as its files and the parts of its manifest tell it."""

    def __init__(self, store: Path, folder: Path, run: JsonObject, manifest: JsonObject) -> None:
        """store: where the parts lie; folder: that of the run, with `run` and `manifest` out of it. Raises IntegrityError where the manifest is not whole."""
        self.folder = folder
        self._store = store
        self._snapshot = snapshot_of(manifest)
        looked: Mapping[str, Any] = (run.get("second_look") or {}).get("sources", {})
        self._unanswered = {name: str(one["problem"]) for name, one in looked.items() if one["problem"]}
        self._asked: dict[str, set[tuple[str, str]]] = {}

    @property
    def snapshot(self) -> Snapshot:
        """What was read, as it was before anybody had understood any of it."""
        sources = {
            name: replace(source, tables={table: _as_read(one) for table, one in source.tables.items()}) for name, source in self._snapshot.sources.items()
        }
        return Snapshot(sources)

    @property
    def parts(self) -> list[Part]:
        """The parts that were read, those of the second look among them."""
        tables = [table for source in self._snapshot.sources.values() for table in source.tables.values()]
        read = [part for table in tables for part in (table.base, table.delta, table.dead) if part]
        return read + [part for table in tables for overlay in table.overlays for part in (overlay.asked, overlay.rows)]

    @property
    def unread(self) -> Path | None:
        """File of the rows that the readers refused; None: an earlier recon kept none."""
        file = self.folder / "unread.parquet"
        return file if file.is_file() else None

    def asked(self, source: str) -> set[tuple[str, str]] | None:
        """(canonical column, value) of all that the second look had asked a source for, which nothing more is known of; None: it did not answer.

        Among the values as the source writes them, which are those of the part, the canonical ones are always too.
        """
        if source in self._unanswered:
            return None
        if source not in self._asked:
            self._asked[source] = {
                (overlay.column.lower(), value)
                for overlay in self._overlays(source).values()
                for value in pq.read_table(read_part(self._store, overlay.asked)).column("value").to_pylist()
            }
        return self._asked[source]

    def answers(self, source: str, table: str, column: str) -> bool:
        """Whether the second look asked the source for this table by this column, and what it said is known."""
        return source in self._unanswered or (table, column.upper()) in self._overlays(source)

    def open(self, name: str, settings: SourceSettings, workspace: Path) -> Source:
        """A source that says again what it said at the second look. Raises SourceError where it did not answer then, with the same words."""
        if name in self._unanswered:
            where, _, what = self._unanswered[name].partition(": ")
            raise SourceError(where, what)
        return _Answers(name, self._overlays(name), self._store)

    def _overlays(self, source: str) -> dict[tuple[str, str], Overlay]:
        """(raw table, column in capitals) → what was read again."""
        read = self._snapshot.sources.get(source)
        return {(table, one.column.upper()): one for table, read_table in (read.tables if read else {}).items() for one in read_table.overlays}


class _Answers:
    """One source, which can be asked for nothing but what it was asked for at the second look."""

    def __init__(self, name: str, overlays: Mapping[tuple[str, str], Overlay], store: Path) -> None:
        self._where, self._overlays, self._store = f"source {name}", overlays, store

    def as_of(self) -> datetime:
        return max(one.as_of for one in self._overlays.values())

    def reread(self, table: str, column: str, values: Sequence[str]) -> Reading:
        overlay = self._overlays.get((table, column.upper()))
        if overlay is None:
            self._knows_no_more()
        rows = pq.read_table(read_part(self._store, overlay.rows)).drop_columns([ROW_NUMBER])
        return Reading(iter(rows.to_batches()), rows.schema)

    def skew(self) -> timedelta | None:
        return None

    def complete_from(self, table: str) -> datetime | None:
        return None

    def tables(self) -> list[str]:
        return sorted({table for table, _ in self._overlays})

    def read(self, table: str, since: str | None = None) -> Reading:
        self._knows_no_more()

    def keys(self, table: str, columns: Sequence[str]) -> Reading:
        self._knows_no_more()

    def _knows_no_more(self) -> NoReturn:
        raise SourceError(self._where, "is replayed, and was not asked for that on the night")


def _as_read(table: TableSnapshot) -> TableSnapshot:
    """The table before mapping. What kept it from being read is its problem then; all else is found again."""
    problem = table.problem if table.base is None or table.interrupted else None
    return replace(table, refused=table.unread, problem=problem, needed=True, typed=None, overlays=())
