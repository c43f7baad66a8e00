"""What a finished run had read, in place of the sources: its tables, the rows that their readers refused, and the answers to its second look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.model import JsonObject, Overlay, Part, Snapshot, TableSnapshot
from recon.snapshots.manifest import snapshot_of
from recon.snapshots.parts import ROW_NUMBER, read_part
from recon.snapshots.second_look import Asked
from recon.sources.interface import Reading, Source


class Recorded:
    """A run as its files and the parts of its manifest tell it."""

    def __init__(self, store: Path, folder: Path, run: JsonObject, manifest: JsonObject) -> None:
        """store: where the parts lie; folder: that of the run, with `run` and `manifest` out of it. Raises IntegrityError where the manifest is not whole."""
        self.folder = folder
        self._store = store
        self._snapshot = snapshot_of(manifest)
        self._looked: Mapping[str, Any] = (run.get("second_look") or {}).get("sources", {})
        self._unanswered = {name: str(one["problem"]) for name, one in self._looked.items() if one["problem"]}

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

    def asked(self, source: str) -> Asked | None:
        """What the second look had asked a source for, and nothing more is known of it; None: it did not answer."""
        if source in self._unanswered:
            return None
        told = self._looked.get(source, {})
        return Asked(told.get("asked", {}), told.get("looks", []))

    def open(self, name: str, settings: SourceSettings, workspace: Path) -> Source:
        """A source that says again what it said at the second look. Raises SourceError where it did not answer then, with the same words."""
        if name in self._unanswered:
            where, _, what = self._unanswered[name].partition(": ")
            raise SourceError(where, what)
        return _Answers(name, self._overlays(name), self._store)

    def _overlays(self, source: str) -> dict[tuple[str, str], list[Overlay]]:
        """(raw table, column in capitals) → what was read again, for some values each time."""
        read = self._snapshot.sources.get(source)
        found: dict[tuple[str, str], list[Overlay]] = {}
        for table, read_table in (read.tables if read else {}).items():
            for one in read_table.overlays:
                found.setdefault((table, one.column.upper()), []).append(one)
        return found


class _Answers:
    """One source, which can be asked for nothing but what it was asked for at the second look."""

    def __init__(self, name: str, overlays: Mapping[tuple[str, str], Sequence[Overlay]], store: Path) -> None:
        self._where, self._overlays, self._store = f"source {name}", overlays, store

    def as_of(self) -> datetime:
        return max(one.as_of for several in self._overlays.values() for one in several)

    def reread(self, table: str, column: str, values: Sequence[str]) -> Reading:
        """All of it is of one moment: a value that was asked for more than once had the same rows each time."""
        left, found = {*values}, list[pa.Table]()
        for overlay in self._overlays.get((table, column.upper()), ()):
            known = left.intersection(pq.read_table(read_part(self._store, overlay.asked)).column("value").to_pylist())
            rows = pq.read_table(read_part(self._store, overlay.rows)).drop_columns([ROW_NUMBER])
            found.append(rows.filter(pc.is_in(rows.column(overlay.column).cast(pa.string()), pa.array(sorted(known), pa.string()))))
            left -= known
        if left or not found:
            self._knows_no_more()
        rows = pa.concat_tables(found)
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
