"""Taking a snapshot: every table that a pack wants, from every source at once, into raw parts. What cannot be read is said, and the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import duckdb
import pyarrow as pa

from recon.config import Settings, SourceSettings, TableSettings
from recon.errors import ConfigurationError, SourceError
from recon.model import Snapshot, SourceSnapshot, TableSnapshot
from recon.snapshots import table
from recon.snapshots.journal import Journal
from recon.snapshots.table import Wanted
from recon.sources.interface import RefusedRow, Source

Opener = Callable[[str, SourceSettings, Path], Source]
"""(name, settings, workspace) → the opened source."""

REFUSED = pa.schema([("source", pa.string()), ("raw_table", pa.string()), ("row", pa.int64()), ("reason", pa.string()), ("raw", pa.string())])
"""Columns of the refused rows, as in refused.parquet."""


@runtime_checkable
class _Closing(Protocol):
    def close(self) -> None: ...


@runtime_checkable
class _Versioned(Protocol):
    def version(self, table: str) -> str | None:
        """What is another when the table's data are; None: it cannot be told. Raises nothing."""


class _Stopped(Exception):
    """Another source has ended the snapshot."""


@dataclass
class _Taken:
    """One source as it was read, with the rows it refused by table."""

    source: SourceSnapshot
    refused: dict[str, list[RefusedRow]] = field(default_factory=dict)


@dataclass
class _Taking:
    """What reading any source needs."""

    workspace: Path
    connection: duckdb.DuckDBPyConnection
    open_source: Opener
    journal: Journal
    stop: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        """Raises _Stopped where the snapshot has ended."""
        if self.stop.is_set():
            raise _Stopped


def take(
    settings: Settings,
    workspace: Path,
    connection: duckdb.DuckDBPyConnection,
    packs: Mapping[str, Mapping[str, Sequence[str]]],
    open_source: Opener,
    earlier: Mapping[str, Mapping[str, TableSnapshot]] | None = None,
    journal: Journal | None = None,
) -> tuple[Snapshot, pa.Table]:
    """Read tonight's state of all sources into the workspace's store.

    packs: pack → the raw tables it reads, each with its key; open_source: how a source is opened (`recon.sources.open_source`); earlier: source →
    table → its last known state, which tonight's is told as a change of; journal: what a killed run has read already, and where what is read is noted.
    Gives the snapshot and the refused rows (REFUSED, ordered by source, table and row).
    A SourceError becomes the `problem` of its table, or of its source and all of its tables. Raises ConfigurationError for an unknown pack,
    WorkspaceError where the store cannot be written, and IntegrityError where an earlier part is gone or damaged.
    """
    for name, source in settings.sources.items():
        if source.pack not in packs:
            raise ConfigurationError(f"sources.{name}.pack", f"there is no pack {source.pack!r}", f"known here: {', '.join(sorted(packs))}")
    taking = _Taking(workspace, connection, open_source, journal or Journal(None))

    def one(name: str) -> _Taken:
        source = settings.sources[name]
        before = (earlier or {}).get(name, {})
        wanted = [
            Wanted(table, tuple(key), source.tables.get(table, TableSettings()), before.get(table), let=taking.go_on)
            for table, key in sorted(packs[source.pack].items())
            if table not in source.without
        ]
        return _take_source(taking, name, source, wanted)

    taken = _at_once(taking, settings.workspace.sources_at_once or len(settings.sources), settings.sources, one)
    return Snapshot({name: found.source for name, found in taken.items()}), _refused_table(taken)


Result = TypeVar("Result")


def _at_once(taking: _Taking, limit: int, names: Iterable[str], work: Callable[[str], Result]) -> dict[str, Result]:
    """Do the work for every name, so many at once. The first that fails ends all: what it raised is raised when the others have stopped."""
    with ThreadPoolExecutor(max_workers=limit, thread_name_prefix="reading") as pool:
        futures: dict[str, Future[Result]] = {name: pool.submit(work, name) for name in names}
        try:
            finished, _ = wait(futures.values(), return_when=FIRST_EXCEPTION)
        except BaseException:
            taking.stop.set()  # an interrupt
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        if any(future.exception() for future in finished):
            taking.stop.set()  # a store that cannot be written: the others need not be read to their end
            pool.shutdown(cancel_futures=True)
    errors = [error for future in futures.values() if not future.cancelled() and (error := future.exception())]
    if errors:
        raise next((error for error in errors if not isinstance(error, _Stopped)), errors[0])
    return {name: future.result() for name, future in futures.items()}


def _take_source(taking: _Taking, name: str, settings: SourceSettings, wanted: Sequence[Wanted]) -> _Taken:
    taking.go_on()
    noted = taking.journal.of(name, settings, wanted)
    if known := noted.whole():
        return _taken(name, settings, *known, wanted)
    with ExitStack() as stack:
        try:
            source = taking.open_source(name, settings, taking.workspace)
            if isinstance(source, _Closing):
                stack.callback(source.close)
            as_of, skew = source.as_of(), source.skew()
        except SourceError as error:
            snapshots = {one.name: TableSnapshot(one.name, None, None, 0, f"the whole source was not read: {error.what}") for one in wanted}
            return _Taken(SourceSnapshot(name, settings.system, tuple(settings.plants), settings.pack, None, snapshots, table.told(error, taking.workspace)))
        tables = {one.name: one for one in wanted}

        def one(table_name: str) -> TableSnapshot:
            taking.go_on()
            version = source.version(table_name) if isinstance(source, _Versioned) else None
            found = noted.table(table_name, as_of, version)
            if found is None:
                with closing(taking.connection.cursor()) as cursor:
                    found = table.read(source, tables[table_name], taking.workspace / "store", cursor)
                if found.problem is None or _is_absent(source, table_name):
                    noted.note(tables[table_name], found, as_of, skew, version)
            return found

        return _taken(name, settings, as_of, skew, _at_once(taking, settings.parallel, tables, one), wanted)


def _is_absent(source: Source, table: str) -> bool:
    """The source has no such table, however often it is asked."""
    try:
        return table not in source.tables()
    except SourceError:
        return False


def _taken(name: str, settings: SourceSettings, as_of: datetime, skew: timedelta | None, tables: dict[str, TableSnapshot], wanted: Sequence[Wanted]) -> _Taken:
    source = SourceSnapshot(name, settings.system, tuple(settings.plants), settings.pack, as_of, tables, None, skew)
    return _Taken(source, {one.name: one.refused for one in wanted})


def _refused_table(taken: Mapping[str, _Taken]) -> pa.Table:
    rows = [
        (name, table, row.row, row.reason, row.raw)
        for name, one in sorted(taken.items())
        for table, refused in sorted(one.refused.items())
        for row in sorted(refused, key=lambda row: row.row)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(REFUSED)
    return pa.table([pa.array(values, column.type) for values, column in zip(columns, REFUSED, strict=True)], schema=REFUSED)
