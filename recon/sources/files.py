"""A folder of extracts: CSV, JSON or JSON lines, one file a table, and a sidecar that says as of when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.csv_text import read_csv
from recon.sources.interface import Reading
from recon.sources.json_text import read_json
from recon.sources.moments import in_utc, parse_moment
from recon.sources.text import file_error

READERS = {".csv": read_csv, ".json": read_json, ".jsonl": read_json}
"""Ending of a file's name → its reader; looked for in this order."""
SIDECAR = "extract.json"


class FilesSource:
    """A folder that extracts are delivered into. The files' own time stamps are never believed."""

    def __init__(self, name: str, settings: SourceSettings, workspace: Path) -> None:
        """Raises SourceError where the folder is not there."""
        assert settings.path is not None  # the settings have checked it
        self._name, self._settings = name, settings
        self._folder = workspace / settings.path
        if not self._folder.is_dir():
            todo = f"check sources.{name}.path in recon.toml and whether the share is mounted"
            raise SourceError(f"source {name} ({self._folder})", "there is no such folder", todo)

    def as_of(self) -> datetime:
        """What the sidecar declares."""
        return parse_moment(self._sidecar.get("as_of"), self._settings.time_zone, f"source {self._name} ({self._sidecar_file}: as_of)")

    def complete_from(self, table: str) -> datetime | None:
        """The nearest declaration: of the table in recon.toml, of the table or of "*" in the sidecar, of the source in recon.toml."""
        own = self._settings.tables.get(table)
        if own and own.complete_from:
            return in_utc(own.complete_from, self._settings.time_zone)
        declared = self._sidecar.get("complete_from") or {}
        where = f"source {self._name} ({self._sidecar_file}: complete_from)"
        if not isinstance(declared, dict):
            raise SourceError(where, "is not an object of tables and moments", 'write it as {"*": "2026-01-01T00:00:00Z", "MSEG": …}')
        if value := declared.get(table) or declared.get("*"):
            return parse_moment(value, self._settings.time_zone, where)
        return in_utc(self._settings.complete_from, self._settings.time_zone) if self._settings.complete_from else None

    def tables(self) -> list[str]:
        """Tables with a declared file, and every file whose ending is known."""
        try:
            found = {file.stem for file in self._folder.iterdir() if file.suffix in READERS and file.name != self._sidecar_file.name}
        except OSError as error:
            raise file_error(error, f"source {self._name} ({self._folder})") from None
        declared = {own.file: table for table, own in self._settings.tables.items() if own.file}
        return sorted((found - {Path(file).stem for file in declared}) | set(declared.values()))

    def read(self, table: str, since: str | None = None) -> Reading:
        """Read the table's file in its declared form, always whole."""
        file = self._file(table)
        if since is not None:
            raise SourceError(f"source {self._name}, table {table} ({file})", "a file is always read whole: it cannot be read from a watermark on")
        return READERS.get(file.suffix, read_csv)(file, self._settings.form_of(table), f"source {self._name}, table {table} ({file})")

    def keys(self, table: str, columns: Sequence[str]) -> Reading:
        """These columns of the whole file."""
        whole = self.read(table)
        for column in columns:
            if column not in whole.schema.names:
                raise SourceError(f"source {self._name}, table {table} ({self._file(table)})", f"has no column {column}")
        batches = (batch.select(list(columns)) for batch in whole.batches)
        return Reading(batches, pa.schema([whole.schema.field(column) for column in columns]), whole.refused)

    def version(self, table: str) -> str | None:
        """Which file it is, and its size and time stamps to the nanosecond: what a run that is resumed tells by whether it is still the same."""
        try:
            there = self._file(table).stat()
        except (SourceError, OSError):
            return None
        return f"{there.st_dev}:{there.st_ino}:{there.st_size}:{there.st_mtime_ns}:{there.st_ctime_ns}"

    def _file(self, table: str) -> Path:
        own = self._settings.tables.get(table)
        if own and own.file:
            return self._folder / own.file
        there = [file for suffix in READERS if (file := self._folder / f"{table}{suffix}").is_file()]
        where = f"source {self._name}, table {table}"
        if len(there) > 1:
            what = f"both {there[0].name} and {there[1].name} are in {self._folder}"
            raise SourceError(where, what, f"say which with sources.{self._name}.tables.{table}.file")
        if there:
            return there[0]
        near = sorted(file.name for file in self._folder.iterdir() if file.stem.lower() == table.lower())
        tip = f"there is {near[0]}: names are case-sensitive; declare it as" if near else "check that the extract has arrived; if its name differs, declare"
        raise SourceError(where, f"there is no {table}.csv, .json or .jsonl in {self._folder}", f"{tip} sources.{self._name}.tables.{table}.file")

    @property
    def _sidecar_file(self) -> Path:
        return self._folder / (self._settings.as_of or SIDECAR)

    @cached_property
    def _sidecar(self) -> dict[str, Any]:
        where = f"source {self._name} ({self._sidecar_file})"
        try:
            content = json.loads(self._sidecar_file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            todo = 'let the extract write {"as_of": "2026-03-10T01:00:00Z"} beside its files as the last of them; a file\'s time stamp is not believed'
            raise SourceError(where, "is missing, so nothing says as of when the files are", todo) from None
        except OSError as error:
            raise file_error(error, where) from None
        except ValueError as error:
            raise SourceError(where, f"is not JSON: {error}", 'it must read like {"as_of": "2026-03-10T01:00:00Z"}') from None
        if not isinstance(content, dict):
            raise SourceError(where, "is not a JSON object", 'it must read like {"as_of": "2026-03-10T01:00:00Z"}')
        return content
