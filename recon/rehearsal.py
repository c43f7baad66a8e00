"""What a run could judge now, found out without one: every source is asked for its moment, and the first rows of every table go through reader and staging.

Nothing of it is kept; what is read lies in a folder for temporary files while it is looked at.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import duckdb

from recon.canonical import clients, staging
from recon.canonical.packs import Pack, RawTable
from recon.config import Settings, SourceSettings, WorkspaceSettings
from recon.engines import duckdb as engine
from recon.errors import SourceError
from recon.findings import collect, cuts
from recon.model import CanonicalState, Part, Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.ruleset.load import RuleSet
from recon.snapshots.parts import write_part
from recon.snapshots.take import Opener
from recon.sources.interface import Source

_FIRST_ROWS = 500
"""Rows of a table that are looked at: a header, a delimiter or a form that is declared wrong shows in them."""


@dataclass
class Tried:
    """One source, as far as its first rows tell."""

    name: str
    as_of: datetime | None = None
    skew: timedelta | None = None
    """How far its clock is ahead; None: not known."""
    error: SourceError | None = None
    """Why the whole source cannot be read; None: it can."""
    lacking: list[str] = field(default_factory=list)
    """Tables of its pack that it does not hold, and that nobody declared it to be without."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Table → why it could not be used at all, for those that are there."""
    columns: dict[str, list[str]] = field(default_factory=dict)
    """Table → its columns, for those whose rows could be looked at."""
    refused: dict[str, str] = field(default_factory=dict)
    """Table → the first of its rows that would be refused, which makes the table incomplete."""


@dataclass(frozen=True)
class Prospect:
    """What the rules could do."""

    rules: int
    """Active rules that compare what sources deliver."""
    judged: int
    """Those that could be judged at every plant."""
    partly: int
    """Those that could be judged at some plant only."""
    reasons: dict[str, tuple[str, ...]]
    """Why not → the rules it keeps from being judged somewhere."""


def try_sources(settings: Settings, packs: Mapping[str, Pack], workspace: Path, opener: Opener) -> Iterator[Tried]:
    """Every source in turn. Raises nothing that a source foresees."""
    for name, source in settings.sources.items():
        with tempfile.TemporaryDirectory(prefix="recon-") as folder, engine.connect(WorkspaceSettings()) as connection:
            staging.prepare(connection)
            connection.execute("CREATE SCHEMA IF NOT EXISTS typed")
            yield _try(name, source, packs[source.pack], workspace, Path(folder), connection, opener)


def needed(rules: RuleSet, pack: Pack) -> set[str]:
    """Raw tables of the pack that an active rule depends on."""
    read = {*collect.ALWAYS_READ}.union(*(rule.pairing.tables for rule in rules.rules.values() if rule.in_force))
    return {table for mapping in pack.mappings if f"{pack.schema}.{mapping.table}" in read for table in mapping.reads}


def prospect(tried: Mapping[str, Tried], settings: Settings, rules: RuleSet, packs: Mapping[str, Pack], reference: datetime) -> Prospect:
    """What a run for `reference` (UTC) could judge, by what was tried."""
    supplies = [supply for name in tried for supply in _supplies(tried[name], packs[settings.sources[name].pack])]
    sources = {name: settings.sources[name] for name in tried}
    snapshot = Snapshot(
        {name: SourceSnapshot(name, one.system, tuple(one.plants), one.pack, tried[name].as_of, {}, None, tried[name].skew) for name, one in sources.items()}
    )
    intake = cuts.Intake(settings, snapshot, supplies, reference)
    judged = partly = 0
    reasons: dict[str, list[str]] = {}
    # What a night notes of its own intake can be judged whatever comes, and nobody runs one for that alone.
    active = [rule for rule in rules.rules.values() if rule.in_force and not rule.pairing.noted]
    for rule in active:
        ready = cuts.readiness(rule.pairing, intake)
        able = sum(not one.reasons for one in ready)
        judged += able == len(ready) > 0
        partly += 0 < able < len(ready)
        for reason in dict.fromkeys(reason for one in ready for reason in one.reasons):
            reasons.setdefault(reason, []).append(rule.id)
    return Prospect(len(active), judged, partly, {reason: tuple(ids) for reason, ids in reasons.items()})


def _try(name: str, settings: SourceSettings, pack: Pack, workspace: Path, store: Path, connection: duckdb.DuckDBPyConnection, opener: Opener) -> Tried:
    found = Tried(name)
    with ExitStack() as stack:
        try:
            source = opener(name, settings, workspace)
            close = getattr(source, "close", None)
            if close:
                stack.callback(close)
            found.as_of, found.skew = source.as_of(), source.skew()
            held = set(source.tables())
        except SourceError as error:
            found.error = error
            return found
        # Databases fold names, and so does their reader.
        known = {table.lower() for table in held} if settings.kind == "sql" else held
        wanted = set(pack.tables) - set(settings.without)
        found.lacking = sorted(table for table in wanted if (table.lower() if settings.kind == "sql" else table) not in known)
        of_client: dict[str, str] = {}
        for table in pack.tables.values():
            if table.name in wanted and table.name not in found.lacking:
                client = _try_table(found, source, table, settings, store, connection)
                of_client |= {table.name: client} if client else {}
        if mixed := clients.across_tables(name, of_client):
            found.unusable |= dict.fromkeys(of_client, mixed)
    return found


def _try_table(found: Tried, source: Source, table: RawTable, settings: SourceSettings, store: Path, connection: duckdb.DuckDBPyConnection) -> str | None:
    """The SAP client of the table's rows, where they have one."""
    try:
        source.complete_from(table.name)
        reading = source.read(table.name)
        with ExitStack() as stack:
            close = getattr(reading.batches, "close", None)
            if close:  # what reads on would outlive its source otherwise
                stack.callback(close)
            batches = (batch.slice(0, _FIRST_ROWS) for batch in islice(reading.batches, 1))
            part = write_part(store, batches, reading.schema, connection)
    except SourceError as error:
        found.unusable[table.name] = str(error)
        return None
    staged = staging.stage(connection, store, found.name, table, TableSnapshot(table.name, part, None, 0, None), settings)
    if part.rows:
        found.columns[table.name] = list(part.columns)
    if staged.problem:
        found.unusable[table.name] = staged.problem
    elif reading.refused:
        found.refused[table.name] = f"line {reading.refused[0].row}: {reading.refused[0].reason}"
    elif staged.refused:
        first = connection.execute("SELECT row, reason FROM refused WHERE raw_table = ? ORDER BY row LIMIT 1", [table.name]).fetchone()
        found.refused[table.name] = staged.others or (f"row {first[0]}: {first[1]}" if first else "")
    return staged.client


def _supplies(tried: Tried, pack: Pack) -> Iterator[Supply]:
    """What the source would contribute."""
    something = CanonicalState(Part("", 0, {}), None, None, 0, "", (), 0)
    for mapping in pack.mappings:
        problem = str(tried.error) if tried.error else next((_problem(tried, table) for table in mapping.reads if _problem(tried, table)), None)
        problem = problem or mapping.lacks(tried.columns)
        yield Supply(tried.name, f"{pack.schema}.{mapping.table}", None if problem else something, problem, mapping.reads)


def _problem(tried: Tried, table: str) -> str | None:
    if table in tried.lacking:
        return f"there is no table {table}"
    if table in tried.unusable:
        return tried.unusable[table]
    return f"a row of {table} would be refused: {tried.refused[table]}" if table in tried.refused else None
