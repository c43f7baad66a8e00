"""What a run has read, noted table by table in its half-built folder: a run that resumes a killed one reads only the rest.

A table is noted when it was read to its end, and taken from there where nothing could make it another: the settings, the pack's key, the state of
the night before, and the version of recon are the same, and so are its parts. Of a source that can tell (files), the moment that it shows and
the table's file have to be the same as well. A source that cannot (a database) gives all its tables from one moment: it is taken when all were noted, and
read again as a whole otherwise.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from recon import __version__
from recon.config import SourceSettings
from recon.model import JsonObject, TableSnapshot
from recon.snapshots.manifest import json_of_table, table_of_json
from recon.snapshots.parts import make_folder, part_path, write_whole
from recon.snapshots.table import Wanted
from recon.sources.interface import RefusedRow

FOLDER = "read"
"""Name of the journal's folder in that of a half-built run."""


@dataclass
class _Entry:
    """One table that was read to its end."""

    as_of: datetime
    skew: timedelta | None
    version: str | None
    snapshot: TableSnapshot
    refused: list[RefusedRow]


class Journal:
    """The journal of the run that is built in `partial`; None: nothing is noted, and nothing known."""

    def __init__(self, partial: Path | None) -> None:
        self._folder = partial / FOLDER if partial else None

    def of(self, source: str, settings: SourceSettings, wanted: Sequence[Wanted]) -> Noted:
        """What is noted of a source that is still asked for the same, and where more of it is noted."""
        noted = Noted(self._folder, source, settings, {one.name: one for one in wanted})
        noted.load()
        return noted

    def remove(self) -> None:
        """The run is whole: the journal has done its work."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


@dataclass
class Noted:
    """The entries of one source."""

    folder: Path | None
    source: str
    settings: SourceSettings
    wanted: dict[str, Wanted]
    entries: dict[str, _Entry] = field(default_factory=dict)

    def load(self) -> None:
        """Read the entries that still hold. One that cannot be read is none: the table is read again."""
        for table in self.wanted.values() if self.folder else ():
            try:
                entry = json.loads(self._file(table).read_text(encoding="utf-8"))
                if entry["told"] != self._told(table):
                    continue
                snapshot = table_of_json(table.name, entry["snapshot"])
                refused = [RefusedRow(**row) for row in entry["refused"]]
                skew = None if entry["skew"] is None else timedelta(seconds=entry["skew"])
                found = _Entry(datetime.fromisoformat(entry["as_of"]), skew, entry["version"], snapshot, refused)
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if all(part_path(self._store, part.digest).is_file() for part in (snapshot.base, snapshot.delta, snapshot.dead) if part):
                self.entries[table.name] = found

    def whole(self) -> tuple[datetime, timedelta | None, dict[str, TableSnapshot]] | None:
        """The moment, the skew and the tables of a source that shows one moment, where all of it is noted."""
        moments = {(entry.as_of, entry.skew) for entry in self.entries.values()}
        if len(moments) != 1 or set(self.entries) != set(self.wanted) or any(entry.version is not None for entry in self.entries.values()):
            return None
        return *moments.pop(), {name: self._taken(name) for name in self.wanted}

    def table(self, name: str, as_of: datetime, version: str | None) -> TableSnapshot | None:
        """What is noted of a table whose source shows this moment, and this version of it; None: it has to be read."""
        entry = self.entries.get(name)
        if entry is None or version is None or (entry.as_of, entry.version) != (as_of, version):
            return None
        return self._taken(name)

    def note(self, table: Wanted, found: TableSnapshot, as_of: datetime, skew: timedelta | None, version: str | None) -> None:
        """Keep a table that was read to its end, or is known not to be there."""
        if self.folder is None:
            return
        entry: JsonObject = {
            "told": self._told(table),
            "as_of": as_of.isoformat(),
            "skew": None if skew is None else skew.total_seconds(),
            "version": version,
            "snapshot": json_of_table(found),
            "refused": [asdict(row) for row in table.refused],
        }
        make_folder(self.folder)
        write_whole(self._file(table), json.dumps(entry).encode())

    def _taken(self, name: str) -> TableSnapshot:
        entry = self.entries[name]
        self.wanted[name].refused[:] = entry.refused
        return entry.snapshot

    @property
    def _store(self) -> Path:
        assert self.folder is not None
        return self.folder.parents[2]

    def _file(self, table: Wanted) -> Path:
        assert self.folder is not None
        return self.folder / f"{hashlib.sha256(json.dumps([self.source, table.name]).encode()).hexdigest()}.json"

    def _told(self, table: Wanted) -> str:
        """Digest of everything but the source that the table's snapshot depends on."""
        earlier = json_of_table(table.earlier) if table.earlier else None
        told = json.dumps([__version__, self.settings.model_dump(mode="json"), table.key, earlier], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()
