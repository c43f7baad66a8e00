"""One mapping on one night: nothing, where nothing that it reads has changed; what the changes can have touched, over what was there; or the whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb

from recon.canonical import changes, staging, states
from recon.canonical.crosswalks import Crosswalk
from recon.canonical.packs import Mapping, Pack, asked_of
from recon.canonical.schema import canonical_tables
from recon.canonical.staging import literal
from recon.canonical.statement import as_seen, blamed_on, check_origins, count, origin, query, restrict, show
from recon.config import SourceSettings
from recon.model import CanonicalState, Remapped, SourceSnapshot, Typed
from recon.snapshots.current import canonical_rows
from recon.snapshots.parts import part_path

VERSION = 1
"""Raised where mapping itself gives other rows for the same pack and data: then everything is mapped anew."""

RENEWED_AFTER = 30
"""Increments after which a table is mapped as a whole, so that its rows do not name raw parts that nothing else needs any more."""


@dataclass(frozen=True)
class Before:
    """What the last night that mapped a source left of it."""

    tables: SourceSnapshot
    states: dict[str, CanonicalState]
    """By schema.table."""


@dataclass
class Source:
    """One source while it is mapped."""

    store: Path
    read: SourceSnapshot
    settings: SourceSettings
    pack: Pack
    before: Before | None
    crosswalk: Crosswalk
    """What the site's own codes mean."""
    problems: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Raw table → what is wrong, and whether nothing of it can be used."""
    changed: dict[str, int | None] = field(default_factory=dict)
    """Input → how many of its rows differ from the night before; None: nobody can tell, or all may."""
    counts: dict[str, int] = field(default_factory=dict)
    """Input → how many rows it has, of those that a mapping read whole."""
    homeless: dict[str, int] = field(default_factory=dict)
    """Canonical table → how many of its rows belong to no plant."""
    declarations: dict[str, str] = field(default_factory=dict)
    """Canonical table → digest of everything but rows that it depends on."""


def remap(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> tuple[CanonicalState, Remapped]:
    """The state of the table that a mapping fills, and how much of it was mapped. Raises RuleError where the pack is at fault."""
    declaration = source.declarations[mapping.table] = _declaration(source, mapping)
    earlier = source.before.states.get(f"{source.pack.schema}.{mapping.table}") if source.before else None
    changed = {one.name: _changed(connection, source, one.name, one.mapped) for one in mapping.inputs}
    counts = {name: count for name, count in changed.items() if count is not None}
    if (
        earlier
        and earlier.declaration == declaration
        and earlier.increments < RENEWED_AFTER
        and len(counts) == len(changed)
        and _is_there(source.store, earlier)
    ):
        if not any(counts.values()):
            return _unchanged(connection, source, mapping, earlier)
        return _increment(connection, source, mapping, earlier, counts)
    return _whole(connection, source, mapping)


def _whole(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> tuple[CanonicalState, Remapped]:
    shape = canonical_tables()[mapping.table]
    source.changed[f"mapped.{mapping.table}"] = None
    show(connection, mapping)
    with blamed_on(mapping):
        base = states.written(connection, source.store, shape, _statement(connection, source, mapping))
    check_origins(connection, mapping, f"read_parquet({literal(part_path(source.store, base.digest))})")
    state = CanonicalState(base, None, None, 0, source.declarations[mapping.table], _raw_parts(source, mapping), 0)
    for one in mapping.inputs:
        if one.name not in source.counts:
            source.counts[one.name] = count(connection, as_seen(one))
    read = sum(source.counts[one.name] for one in mapping.inputs)
    return _counted(connection, source, mapping, state), Remapped(read, source.counts[mapping.inputs[0].name], base.rows)


def _unchanged(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping, earlier: CanonicalState) -> tuple[CanonicalState, Remapped]:
    source.changed[f"mapped.{mapping.table}"] = 0
    return _counted(connection, source, mapping, earlier), Remapped(0, 0, 0)


def _increment(
    connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping, earlier: CanonicalState, changed: dict[str, int]
) -> tuple[CanonicalState, Remapped]:
    """Map the driver keys that a changed row leads to, and put their rows in the place of those that they gave before."""
    shape = canonical_tables()[mapping.table]
    show(connection, mapping)
    with blamed_on(mapping):
        changes.find_drivers(connection, mapping, changed)
    keys = [f"k{number}" for number in range(1, len(mapping.key) + 1)]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE driver_origin AS SELECT {origin(mapping, keys)} AS _origin FROM driver")
    driving = restrict(connection, mapping, keys)
    with blamed_on(mapping):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {_statement(connection, source, mapping)}")
    check_origins(connection, mapping, "made")
    name = f"mapped.{mapping.table}"
    is_read = is_read_on(source.pack, mapping.table)
    base, delta, dead = states.carried_on(connection, source.store, shape, earlier, compared=is_read)
    if is_read:
        source.changed[name] = changes.changed_canonical_rows(connection, name.replace(".", "_"), list(shape.all_columns))
    refers = tuple(sorted({*earlier.refers, *_raw_parts(source, mapping)}))
    state = CanonicalState(base, delta, dead, 0, earlier.declaration, refers, earlier.increments + 1)
    return _counted(connection, source, mapping, state), Remapped(sum(changed.values()), driving, count(connection, "made"))


def is_read_on(pack: Pack, table: str) -> bool:
    """Whether another mapping of the pack reads the canonical table."""
    return any(one.mapped == table for mapping in pack.mappings for one in mapping.inputs)


def _changed(connection: duckdb.DuckDBPyConnection, source: Source, name: str, mapped: str | None) -> int | None:
    """How many rows of an input differ from the night before, told once a night."""
    if name not in source.changed:
        assert mapped is None
        now, earlier = source.read.tables.get(name), source.before.tables.tables.get(name) if source.before else None
        if now and now.typed and earlier and changes.is_there(source.store, earlier):
            source.changed[name] = changes.changed_rows(connection, source.store, source.pack.tables[name], earlier, now)
        else:
            # A table that the source is without has no rows to change.
            source.changed[name] = 0 if name in source.settings.without else None
    return source.changed[name]


def _declaration(source: Source, mapping: Mapping) -> str:
    """Digest of everything but rows that decides what the mapping returns."""
    shape = canonical_tables()[mapping.table]
    typed = {name: _typed_of(source, name) for name in mapping.reads}
    said = {
        "version": VERSION,
        "engine": duckdb.__version__,
        "table": f"{source.pack.schema}.{mapping.table}",
        "columns": shape.all_columns,
        "logical key": shape.key,
        "sql": mapping.sql,
        "key": [mapping.key, mapping.empty],
        "inputs": [asdict(one) for one in mapping.inputs],
        "typed": {name: typed.declaration if typed else None for name, typed in typed.items()},
        "without": sorted({*source.settings.without} & {*mapping.reads}),
        "mapped": {one.mapped: source.declarations[one.mapped] for one in mapping.inputs if one.mapped},
        "source": [source.read.name, source.read.system, source.read.plants, source.settings.time_zone, source.settings.client_of_rows],
        "units": staging.units_text(),
        "history": _horizons(source, mapping),
    }
    if asked := asked_of(mapping):
        said["codes"] = {name: sorted(source.crosswalk.get(name, {}).items()) for name in sorted(asked)}
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _horizons(source: Source, mapping: Mapping) -> list[str]:
    """Where the history of its tables begins; it means something to a mapping that asks for it alone, and may move on every night."""
    if "complete_from(" not in mapping.sql:
        return []
    return [str(read.complete_from) for name in mapping.reads if (read := source.read.tables.get(name))]


def _typed_of(source: Source, name: str) -> Typed | None:
    read = source.read.tables.get(name)
    return read.typed if read else None


def _raw_parts(source: Source, mapping: Mapping) -> tuple[str, ...]:
    read = [source.read.tables[name] for name in mapping.reads if name in source.read.tables]
    return tuple(sorted({part.digest for one in read for part in (one.base, one.delta) if part}))


def _is_there(store: Path, state: CanonicalState) -> bool:
    return all(part_path(store, part.digest).is_file() for part in (state.base, state.delta, state.dead) if part)


def _counted(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping, state: CanonicalState) -> CanonicalState:
    counted = connection.execute(f"SELECT count(*), count(plant) FROM ({canonical_rows(source.store, state, ['plant'])})").fetchone()
    assert counted is not None
    rows, at_home = map(int, counted)
    source.homeless[mapping.table] = rows - at_home
    return replace(state, rows=rows)


def _statement(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> str:
    return query(connection, mapping, source.read.system, source.read.name, source.read.plants)
