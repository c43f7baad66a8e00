"""A folder of extracts, one file a table, and what says as of when they are: a sidecar, or the files' names."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from recon.config import Form, SourceSettings, TableSettings, signed_duration
from recon.errors import SourceError
from recon.sources.columns import Naming
from recon.sources.csv_text import read_csv
from recon.sources.delivered import Delivered, file_error
from recon.sources.extract import Extract
from recon.sources.file_names import NamePattern
from recon.sources.interface import Reading
from recon.sources.json_text import read_json
from recon.sources.list_text import read_list
from recon.sources.moments import in_utc, parse_moment
from recon.sources.parquet import read_parquet


def _read_excel(extract: Extract) -> Reading:
    # fastexcel brings a library of its own: only workspaces that have such a file load it.
    from recon.sources.excel import read_excel

    return read_excel(extract)


READERS: dict[str, Callable[[Extract], Reading]] = {
    "csv": read_csv,
    "list": read_list,
    "json": read_json,
    "parquet": read_parquet,
    "excel": _read_excel,
}
"""`layout` of a form → its reader."""
ENDINGS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".xlsx": "excel",
}
"""Ending of a file's name → its layout where the form declares none; looked for in this order."""
ARCHIVES = (".gz", ".zip")
SIDECAR = "extract.json"
_MAX_SIDECAR = 1 << 20


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
        """What the sidecar declares, or the names of the files: then the oldest of the tables' newest files."""
        patterns = {table: pattern for table in self.tables() if (pattern := self._pattern(table)) and pattern.has_moment}
        if not patterns:
            self._check_source_pattern()
            return self._declared_as_of
        moments = []
        for table, pattern in patterns.items():
            pattern.check()
            moments.append(self._newest(table, pattern)[1])
        if len(patterns) < len(self.tables()):
            moments.append(self._declared_as_of)
        return min(moments)

    def skew(self) -> timedelta | None:
        """What the sidecar declares, or else recon.toml; a folder has no clock that could be asked."""
        declared = self._sidecar.get("skew")
        if declared is None:
            return self._settings.skew
        try:
            return signed_duration(declared)
        except ValueError as error:
            where = f"source {self._name} ({self._sidecar_file}: skew)"
            raise SourceError(where, str(error), 'write how far the clock was ahead as "90s" or "3m", or how far behind as "-90s"') from None

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
        """Tables with a declared file, and every file whose name is of the declared pattern, or else whose ending is known."""
        declared = {own.file: table for table, own in self._settings.tables.items() if own.file}
        names = [name for name in self._names() if name != self._sidecar_file.name and name not in declared]
        if self._settings.file:
            pattern = NamePattern(self._settings.file, f"sources.{self._name}.file")
            pattern.check()
            found = pattern.tables(names)
        else:
            found = {stem for name in names if (stem := _table_of(name))} - {_table_of(file) for file in declared}
        return sorted(found | set(declared.values()))

    def read(self, table: str, since: str | None = None) -> Reading:
        """Read the table's file in its declared form, always whole."""
        extract = self._extract(table)
        if since is not None:
            raise SourceError(extract.where, "a file is always read whole: it cannot be read from a watermark on")
        layout = extract.form.layout or ENDINGS.get(Path(extract.delivered.name).suffix.lower(), "csv")
        return READERS[layout](extract)

    def keys(self, table: str, columns: Sequence[str]) -> Reading:
        """These columns of the whole file."""
        whole = self.read(table)
        for column in columns:
            if column not in whole.schema.names:
                raise SourceError(f"source {self._name}, table {table} ({self._file(table)})", f"has no column {column}")
        batches = (batch.select(list(columns)) for batch in whole.batches)
        return Reading(batches, pa.schema([whole.schema.field(column) for column in columns]), whole.refused)

    def _extract(self, table: str) -> Extract:
        file, own = self._file(table), self._settings.tables.get(table) or TableSettings()
        key = f"sources.{self._name}.tables.{table}"
        form: Form = self._settings.form_of(table)
        delivered = Delivered(file, f"source {self._name}, table {table} ({file})", own.member, f"{key}.member")
        return Extract(delivered, form, Naming(table, form.labels, own.columns, f"{key}.columns"), own.sheet, key)

    def version(self, table: str) -> str | None:
        """Which file it is, and its size and time stamps to the nanosecond: what a run that is resumed tells by whether it is still the same."""
        try:
            there = self._file(table).stat()
        except (SourceError, OSError):
            return None
        return f"{there.st_dev}:{there.st_ino}:{there.st_size}:{there.st_mtime_ns}:{there.st_ctime_ns}"

    def _file(self, table: str) -> Path:
        where = f"source {self._name}, table {table}"
        if pattern := self._pattern(table):
            if not pattern.has_moment:
                return self._folder / pattern.pattern.replace("{table}", table)
            pattern.check()
            return self._folder / self._newest(table, pattern)[0]
        there = [name for name in self._names() if _table_of(name) == table and name != self._sidecar_file.name]
        if len(there) > 1:
            what = f"both {there[0]} and {there[1]} are in {self._folder}"
            raise SourceError(where, what, f"say which with sources.{self._name}.tables.{table}.file")
        if there:
            return self._folder / there[0]
        near = [name for name in self._names() if _table_of(name).lower() == table.lower()]
        tip = f"there is {near[0]}: names are case-sensitive; declare it as" if near else "check that the extract has arrived; if its name differs, declare"
        what = f"there is no {table}.csv, nor one with another ending that is known, in {self._folder}"
        raise SourceError(where, what, f"{tip} sources.{self._name}.tables.{table}.file")

    def _names(self) -> list[str]:
        """Names of what lies in the folder, those of known endings first and in their order."""
        try:
            names = sorted(entry.name for entry in self._folder.iterdir())
        except OSError as error:
            raise file_error(error, f"source {self._name} ({self._folder})") from None
        order = list(ENDINGS)
        return sorted(names, key=lambda name: order.index(suffix) if (suffix := Path(name).suffix) in order else len(order))

    def _pattern(self, table: str) -> NamePattern | None:
        own = self._settings.tables.get(table)
        if own and own.file:
            return NamePattern(own.file, f"sources.{self._name}.tables.{table}.file")
        return NamePattern(self._settings.file, f"sources.{self._name}.file") if self._settings.file else None

    def _newest(self, table: str, pattern: NamePattern) -> tuple[str, datetime]:
        newest = pattern.newest(self._names(), table, self._settings.time_zone)
        if newest is None:
            what = f"there is no file named like {pattern.pattern.replace('{table}', table)} in {self._folder}"
            raise SourceError(f"source {self._name}, table {table}", what, f"check that the extract has arrived, and {pattern.where}")
        return newest

    def _check_source_pattern(self) -> None:
        """Raises SourceError where files are to be dated by their names and none is there."""
        if self._settings.file and "%" in self._settings.file:
            what = f"no file in {self._folder} is named like {self._settings.file}, so nothing says as of when the source is"
            raise SourceError(f"source {self._name}", what, f"check that the extract has arrived, and sources.{self._name}.file")

    @property
    def _declared_as_of(self) -> datetime:
        return parse_moment(self._sidecar.get("as_of"), self._settings.time_zone, f"source {self._name} ({self._sidecar_file}: as_of)")

    @property
    def _sidecar_file(self) -> Path:
        return self._folder / (self._settings.as_of or SIDECAR)

    @cached_property
    def _sidecar(self) -> dict[str, Any]:
        where = f"source {self._name} ({self._sidecar_file})"
        try:
            if self._sidecar_file.stat().st_size > _MAX_SIDECAR:
                raise SourceError(where, f"is larger than {_MAX_SIDECAR >> 20} MiB", 'it must read like {"as_of": "2026-03-10T01:00:00Z"}')
            content = json.loads(self._sidecar_file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            if self._settings.file and "%" in self._settings.file:
                return {}
            todo = 'let the extract write {"as_of": "2026-03-10T01:00:00Z"} beside its files as the last of them; a file\'s time stamp is not believed'
            raise SourceError(where, "is missing, so nothing says as of when the files are", todo) from None
        except OSError as error:
            raise file_error(error, where) from None
        except (ValueError, RecursionError) as error:
            raise SourceError(where, f"is not JSON: {error}", 'it must read like {"as_of": "2026-03-10T01:00:00Z"}') from None
        if not isinstance(content, dict):
            raise SourceError(where, "is not a JSON object", 'it must read like {"as_of": "2026-03-10T01:00:00Z"}')
        return content


def _table_of(name: str) -> str:
    """Table that a file of this name holds, where its ending is known; else ''."""
    path = Path(name)
    packed = path.suffix.lower() in ARCHIVES
    if packed:
        path = Path(path.stem)
    if path.suffix.lower() in ENDINGS:
        return path.stem
    return path.name if packed and name.lower().endswith(".zip") else ""
