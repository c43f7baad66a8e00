"""Taking a snapshot: every table that a pack wants, from every source at once, into raw parts. What cannot be read is said, and the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import duckdb
import pyarrow as pa

from recon.config import Settings, SourceSettings
from recon.errors import ConfigurationError, SourceError
from recon.model import Part, Snapshot, SourceSnapshot, TableSnapshot
from recon.snapshots.parts import write_part
from recon.sources.interface import RefusedRow, Source

Opener = Callable[[str, SourceSettings, Path], Source]
"""(name, settings, workspace) → the opened source."""

REFUSED = pa.schema([("source", pa.string()), ("raw_table", pa.string()), ("row", pa.int64()), ("reason", pa.string()), ("raw", pa.string())])
"""Columns of the refused rows, as in refused.parquet."""


@runtime_checkable
class _Closing(Protocol):
    def close(self) -> None: ...


class _Stopped(Exception):
    """Another source has ended the snapshot."""


@dataclass
class _Taken:
    """One source as it was read, with the rows it refused by table."""

    source: SourceSnapshot
    refused: dict[str, list[RefusedRow]] = field(default_factory=dict)


def take(
    settings: Settings, workspace: Path, connection: duckdb.DuckDBPyConnection, packs: Mapping[str, Iterable[str]], open_source: Opener
) -> tuple[Snapshot, pa.Table]:
    """Read tonight's state of all sources into the workspace's store.

    packs: pack → names of the raw tables it reads; open_source: how a source is opened (`recon.sources.open_source`).
    Gives the snapshot and the refused rows (REFUSED, ordered by source, table and row).
    A SourceError becomes the `problem` of its table, or of its source and all of its tables. Raises ConfigurationError for an unknown pack
    and WorkspaceError where the store cannot be written.
    """
    for name, source in settings.sources.items():
        if source.pack not in packs:
            raise ConfigurationError(f"sources.{name}.pack", f"there is no pack {source.pack!r}", f"known here: {', '.join(sorted(packs))}")
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=len(settings.sources), thread_name_prefix="source") as pool:
        futures = {
            name: pool.submit(_take_source, open_source, name, source, workspace, connection.cursor(), _wanted(source, packs), stop)
            for name, source in settings.sources.items()
        }
        try:
            taken = _results(futures)
        except BaseException:
            stop.set()  # an interrupt, or a store that cannot be written: the other sources need not be read to their end
            raise
    return Snapshot({name: one.source for name, one in taken.items()}), _refused_table(taken)


def _wanted(source: SourceSettings, packs: Mapping[str, Iterable[str]]) -> list[str]:
    """The tables of its pack, but for those that the site declares it does not have."""
    return sorted(set(packs[source.pack]) - set(source.without))


def _results(futures: dict[str, Future[_Taken]]) -> dict[str, _Taken]:
    wait(futures.values(), return_when=FIRST_EXCEPTION)
    failed = [future for future in futures.values() if future.done() and future.exception()]
    return {name: future.result() for name, future in futures.items()} if not failed else {"": failed[0].result()}


def _take_source(
    opener: Opener, name: str, settings: SourceSettings, workspace: Path, connection: duckdb.DuckDBPyConnection, tables: list[str], stop: threading.Event
) -> _Taken:
    refused: dict[str, list[RefusedRow]] = {}
    problem: str | None = None
    as_of: datetime | None = None
    snapshots: dict[str, TableSnapshot] = {}
    with ExitStack() as stack:
        try:
            source = opener(name, settings, workspace)
            if isinstance(source, _Closing):
                stack.callback(source.close)
            as_of = source.as_of()
        except SourceError as error:
            problem = str(error)
            snapshots = {table: TableSnapshot(table, None, None, 0, f"the whole source was not read: {error.what}") for table in tables}
        else:
            for table in tables:
                refused[table] = []
                snapshots[table] = _take_table(source, table, workspace / "store", connection, refused, stop)
    return _Taken(SourceSnapshot(name, settings.system, tuple(settings.plants), settings.pack, as_of, snapshots, problem), refused)


def _take_table(
    source: Source, table: str, store: Path, connection: duckdb.DuckDBPyConnection, refused: dict[str, list[RefusedRow]], stop: threading.Event
) -> TableSnapshot:
    part: Part | None = None
    complete_from: datetime | None = None
    problem: str | None = None
    try:
        complete_from = source.complete_from(table)
        reading = source.read(table)
        refused[table] = reading.refused
        part = write_part(store, _until(stop, reading.batches), reading.schema, connection)
    except SourceError as error:
        problem = str(error)
    return TableSnapshot(table, part, complete_from, len(refused[table]), problem)


def _until(stop: threading.Event, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if stop.is_set():
            raise _Stopped
        yield batch


def _refused_table(taken: Mapping[str, _Taken]) -> pa.Table:
    rows = [
        (name, table, row.row, row.reason, row.raw)
        for name, one in sorted(taken.items())
        for table, refused in sorted(one.refused.items())
        for row in sorted(refused, key=lambda row: row.row)
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(REFUSED)
    return pa.table([pa.array(values, column.type) for values, column in zip(columns, REFUSED, strict=True)], schema=REFUSED)
