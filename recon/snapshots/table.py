"""Reading one table: whole or from its watermark on, and what came of it as the table's state tonight."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from recon.config import TableSettings
from recon.errors import SourceError
from recon.model import TableSnapshot
from recon.snapshots import advance
from recon.snapshots.advance import State
from recon.snapshots.digest import columns_of
from recon.snapshots.parts import incoming
from recon.sources.interface import Reading, RefusedRow, Source, moved_back


@dataclass
class Wanted:
    """One table as the pack and the site want it, and what is known of it."""

    name: str
    key: tuple[str, ...]
    """Columns by which the pack tells its rows apart."""
    settings: TableSettings
    earlier: TableSnapshot | None
    """Its state on the last night on which it could be read; None: there is none."""
    refused: list[RefusedRow] = field(default_factory=list)
    """Filled by `read`."""
    let: Callable[[], None] = lambda: None
    """Called now and then; raises where the reading has to be given up."""

    @property
    def asked(self) -> str | None:
        """Digest of what decides which rows a read from a watermark on gives; None for a table without one."""
        if not self.settings.watermark:
            return None
        told = json.dumps([self.settings.watermark, self.settings.query, self.key])
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def read(source: Source, table: Wanted, store: Path, connection: duckdb.DuckDBPyConnection) -> TableSnapshot:
    """Read a table of an opened source. What the source cannot give is the `problem` of the result, and `table.refused` is filled.

    Raises WorkspaceError where the store cannot be written, IntegrityError where an earlier part is gone or damaged, and what `table.let` raises.
    """
    complete_from: datetime | None = None
    try:
        complete_from = source.complete_from(table.name)
        found = _increment(source, table, store, connection) if _goes_on(table) else None
        if found is None:
            table.refused.clear()
            found = _whole(source, table, store, connection)
    except SourceError as error:
        return TableSnapshot(table.name, None, complete_from, len(table.refused), told(error, store.parent), unread=len(table.refused))
    return replace(found, complete_from=complete_from, refused=len(table.refused), unread=len(table.refused), drift=drift(table.earlier, found))


def told(error: SourceError, workspace: Path) -> str:
    """The message as it is kept: paths in the workspace are relative, as recon.toml has them, so that it says the same wherever the workspace lies."""
    return re.sub(rf"(?<![\w./-]){re.escape(str(workspace))}/", "", str(error)) if workspace.name else str(error)


def drift(earlier: TableSnapshot | None, now: TableSnapshot) -> tuple[str, ...]:
    """How the columns of a table differ from those of an earlier night, in words; their order does not matter."""
    if earlier is None or earlier.base is None or now.base is None:
        return ()
    then, here = earlier.columns, now.columns
    gone = [f"{name} is gone" for name in then if name not in here]
    came = [f"{name} is new" for name in here if name not in then]
    return (*gone, *came, *(f"{name} is {here[name]}, was {kind}" for name, kind in then.items() if here.get(name, kind) != kind))


def _goes_on(table: Wanted) -> bool:
    """Whether only what is new has to be read. What refused rows were, and what changed in secret, shows when a table is read whole."""
    before, wanted = table.earlier, table.settings
    if before is None or before.base is None or before.watermark is None or before.unread or before.asked != table.asked or not (table.asked and table.key):
        return False
    return before.interrupted or before.increments + 1 < wanted.full_every


def _increment(source: Source, table: Wanted, store: Path, connection: duckdb.DuckDBPyConnection) -> TableSnapshot | None:
    """Read from the watermark on; None where the table has to be read whole all the same."""
    before = table.earlier
    assert before is not None
    assert before.base is not None
    assert before.watermark is not None
    reading = source.read(table.name, moved_back(before.watermark, table.settings.overlap))
    names = {name.upper(): name for name in reading.schema.names}
    if any(column.upper() not in names for column in table.key):
        return None
    key = [names[column.upper()] for column in table.key]
    broken: list[SourceError] = []
    with ExitStack() as stack:
        file = stack.enter_context(_rows(store, reading, table, broken))
        if columns_of(file, connection) != before.columns:
            return None
        swept: Path | None = None
        if table.settings.sweep and not broken:
            keys = source.keys(table.name, key)
            swept = stack.enter_context(_rows(store, keys, table, broken))
            if keys.refused:
                return None
        state = advance.increment(store, State(before.base, before.delta, before.dead), file, key, None if broken else swept, connection)
    if state is None:
        return None
    found = _snapshot(table, state, reading.watermark or before.watermark, before.increments + 1)
    return _interrupted(found, broken[0], store) if broken else found


def _whole(source: Source, table: Wanted, store: Path, connection: duckdb.DuckDBPyConnection) -> TableSnapshot:
    before = table.earlier
    reading = source.read(table.name)
    broken: list[SourceError] = []
    with _rows(store, reading, table, broken) as file:
        if not broken:
            earlier = State(before.base, before.delta, before.dead) if before and before.base else None
            return _snapshot(table, advance.whole(store, earlier, file, connection), reading.watermark, 0)
        if reading.watermark is None:
            raise broken[0]
        if before and before.base and before.watermark:
            # The earlier state reaches further than what came tonight.
            return _interrupted(replace(before, overlays=()), broken[0], store)
        return _interrupted(_snapshot(table, advance.whole(store, None, file, connection), reading.watermark, 0), broken[0], store)


def _snapshot(table: Wanted, state: State, watermark: str | None, increments: int) -> TableSnapshot:
    return TableSnapshot(
        table.name, state.base, None, 0, None, delta=state.delta, dead=state.dead, watermark=watermark, asked=table.asked, increments=increments
    )


def _interrupted(found: TableSnapshot, error: SourceError, store: Path) -> TableSnapshot:
    return replace(found, interrupted=True, problem=f"the reading broke off, and the next run goes on from there: {told(error, store.parent)}")


@contextmanager
def _rows(store: Path, reading: Reading, table: Wanted, broken: list[SourceError]) -> Iterator[Path]:
    """The rows that come, in a file of the store; where the source breaks off, the reason is put into `broken` and nothing raised."""
    with closing(_unbroken(reading, table, broken)) as batches, incoming(store, batches, reading.schema) as file:
        yield file


def _unbroken(reading: Reading, table: Wanted, broken: list[SourceError]) -> Generator[pa.RecordBatch, None, None]:
    try:
        for batch in reading.batches:
            table.let()
            yield batch
    except SourceError as error:
        broken.append(error)
    finally:
        if isinstance(reading.batches, Generator):
            reading.batches.close()  # before the source is: it may have a cursor open
    table.refused += reading.refused
