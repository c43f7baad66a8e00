"""Every source's raw tables → canonical tables, by its pack; on a night after the first, only what a change can have touched.

What a table lost on the way is said, never hidden.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC
from pathlib import Path

import duckdb

from recon.canonical import changes, clients, staging, states
from recon.canonical.packs import Mapping, Pack, RawTable
from recon.canonical.schema import MAPPING_COLUMNS, CanonicalTable, canonical_tables
from recon.canonical.staging import identifier, literal
from recon.config import SourceSettings
from recon.errors import RuleError
from recon.model import CanonicalState, JsonObject, Remapped, Snapshot, SourceSnapshot, Supply, TableSnapshot, Typed
from recon.snapshots.current import canonical_rows
from recon.snapshots.manifest import canonical_of, snapshot_of
from recon.snapshots.parts import part_path

VERSION = 1
"""Raised where mapping itself gives other rows for the same pack and data: then everything is mapped anew."""

RENEWED_AFTER = 30
"""Increments after which a table is mapped as a whole, so that its rows do not name raw parts that nothing else needs any more."""

PLANT = "plant"
"""Column of the flat shapes that names the SAP plant of a row."""

_RETURNED = [name for name in MAPPING_COLUMNS if name not in ("system", "source")]


@dataclass(frozen=True)
class Before:
    """What the last night that mapped a source left of it."""

    tables: SourceSnapshot
    states: dict[str, CanonicalState]
    """By schema.table."""


@dataclass
class _Source:
    """One source while it is mapped."""

    store: Path
    read: SourceSnapshot
    settings: SourceSettings
    pack: Pack
    before: Before | None
    problems: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Raw table → what is wrong, and whether nothing of it can be used."""
    changed: dict[str, int | None] = field(default_factory=dict)
    """Input → how many of its rows differ from the night before; None: nobody can tell, or all may."""
    declarations: dict[str, str] = field(default_factory=dict)
    """Canonical table → digest of everything but rows that it depends on."""


def before(manifests: Iterable[JsonObject]) -> dict[str, Before]:
    """Source → what the newest of the manifests that mapped it tells. manifests: those of earlier runs, newest first."""
    found: dict[str, Before] = {}
    for manifest in manifests:
        by_source: dict[str, dict[str, CanonicalState]] = {}
        for table, of_table in canonical_of(manifest).items():
            for source, state in of_table.items():
                by_source.setdefault(source, {})[table] = state
        snapshot = snapshot_of(manifest)
        found |= {source: Before(snapshot.sources[source], tables) for source, tables in by_source.items() if source not in found}
    return found


def map_sources(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    snapshot: Snapshot,
    settings: dict[str, SourceSettings],
    packs: dict[str, Pack],
    earlier: dict[str, Before] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[list[Supply], Snapshot]:
    """Map every source of the snapshot. Refused rows are added to the table `refused` of `connection`.

    earlier: what earlier nights left of each source (`before`). Returns what each source supplies, and the snapshot with how its tables were understood and
    what they lost. Raises RuleError where a pack's SQL does not run or does not return what it must: that is the pack's fault, not the data's.
    """
    staging.prepare(connection)
    supplies: list[Supply] = []
    sources: dict[str, SourceSnapshot] = {}
    for name, read in sorted(snapshot.sources.items()):
        source = _Source(store, read, settings[name], packs[settings[name].pack], (earlier or {}).get(name))
        _stage(connection, source)
        for mapping in source.pack.mappings:
            progress(f"{name}: {source.pack.schema}.{mapping.table}")
            supplies.append(_supply(connection, source, mapping))
        refused = dict(connection.execute("SELECT raw_table, count(*) FROM refused WHERE source = ? GROUP BY ALL", [name]).fetchall())
        sources[name] = replace(
            source.read,
            tables={
                table: replace(one, refused=refused.get(table, 0), problem=one.problem or source.problems.get(table, (None, False))[0])
                for table, one in source.read.tables.items()
            },
        )
    return supplies, Snapshot({name: sources[name] for name in snapshot.sources})


def _stage(connection: duckdb.DuckDBPyConnection, source: _Source) -> None:
    """Type all raw tables of a source, and tell how they differ from the night before."""
    zone = literal(source.settings.time_zone)
    connection.execute(f"CREATE OR REPLACE MACRO utc(day, clock) AS timezone('UTC', timezone({zone}, CAST(day AS DATE) + coalesce(clock, TIME '00:00:00')))")
    without = ", ".join(literal(table) for table in source.settings.without)
    connection.execute(f"CREATE OR REPLACE MACRO is_without(raw_table) AS list_contains(CAST([{without}] AS VARCHAR[]), raw_table)")
    horizons = "".join(f" WHEN raw_table = {literal(name)} THEN {_horizon(read)}" for name, read in source.read.tables.items() if read.complete_from)
    connection.execute(f"CREATE OR REPLACE MACRO complete_from(raw_table) AS CASE{horizons or ' WHEN false THEN CAST(NULL AS TIMESTAMP)'} END")
    _schemas_anew(connection, "typed", "changed", "done")
    tables = dict(source.read.tables)
    of_client: dict[str, str] = {}
    for table in source.pack.tables.values():
        read = tables.get(table.name)
        if table.name in source.settings.without:
            staging.empty(connection, table)
            continue
        if read is None or read.base is None:
            source.problems[table.name] = ((read.problem if read else source.read.problem) or f"{table.name} was not read", True)
            staging.empty(connection, table)
            continue
        earlier = source.before.tables.tables.get(table.name) if source.before else None
        staged = staging.stage(connection, source.store, source.read.name, table, read, source.settings, earlier.typed if earlier else None)
        tables[table.name] = replace(read, typed=staged.typed)
        of_client |= {table.name: staged.client} if staged.client else {}
        refused = read.refused + staged.refused
        if staged.problem:
            source.problems[table.name] = (staged.problem, True)
        elif refused or read.problem:
            source.problems[table.name] = (read.problem or staged.others or f"{refused} row{'s' if refused > 1 else ''} of {table.name} refused", False)
        elif unknown := _of_unknown_plants(connection, source, table):
            source.problems[table.name] = (unknown, False)
    mixed = clients.across_tables(source.read.name, of_client)
    if mixed:
        source.problems |= dict.fromkeys(of_client, (mixed, True))
    source.read = replace(source.read, tables=tables)


def _of_unknown_plants(connection: duckdb.DuckDBPyConnection, source: _Source, table: RawTable) -> str | None:
    """What to say of rows whose plant nobody declared: they may well be meant for one that is, so they are not passed over.

    SAP's own tables hold all plants of a client, and none that does not exist; in the column `plant` of the flat shapes anything may stand.
    """
    if PLANT not in table.columns:
        return None
    known = [*source.read.plants, *source.settings.other_plants, "*"]
    found = connection.execute(
        f"SELECT {PLANT}, count(*) FROM typed.{identifier(table.name)} WHERE NOT list_contains(CAST(? AS VARCHAR[]), {PLANT}) GROUP BY ALL ORDER BY 2 DESC, 1",
        [known],
    ).fetchall()
    if not found:
        return None
    rows = sum(count for _, count in found)
    near = difflib.get_close_matches(found[0][0], source.read.plants, n=1, cutoff=0.5)
    tip = f" (is it {near[0]}?)" if near else ""
    named = ", ".join(plant for plant, _ in found[:3]) + (", …" if len(found) > 3 else "")
    said = f"{rows} row{'s' if rows > 1 else ''} of {table.name} of the plant {named}{tip}"
    return f"{said}, which recon.toml declares neither among the source's plants nor its other_plants"


def _horizon(read: TableSnapshot) -> str:
    assert read.complete_from is not None
    return f"TIMESTAMP '{read.complete_from.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"


def _supply(connection: duckdb.DuckDBPyConnection, source: _Source, mapping: Mapping) -> Supply:
    table = f"{source.pack.schema}.{mapping.table}"
    lost = [source.problems[name] for name in mapping.reads if name in source.problems]
    broken = source.read.problem or next((problem for problem, fatal in lost if fatal), None)
    if broken:
        return Supply(source.read.name, table, None, broken, mapping.reads)
    state, remapped = _map(connection, source, mapping)
    shown = canonical_rows(source.store, state, list(canonical_tables()[mapping.table].all_columns))
    connection.execute(f"CREATE OR REPLACE VIEW done.{identifier(mapping.table)} AS {shown}")
    homeless = _without_plant(connection, source.read.name, mapping.table)
    if homeless:
        lost.append((f"{homeless} row{'s' if homeless > 1 else ''} of {mapping.table} without a plant", False))
    return Supply(source.read.name, table, state, next((problem for problem, _ in lost), None), mapping.reads, remapped)


def _without_plant(connection: duckdb.DuckDBPyConnection, source: str, table: str) -> int:
    """Rows that belong to no plant could belong to any: they are refused, counted, and make the table incomplete."""
    reason = f"{table} without a plant"
    count = connection.execute(f"""
        INSERT INTO refused
        SELECT {literal(source)}, split_part(row_ref, ':', 1), TRY_CAST(split_part(row_ref, ':', 3) AS BIGINT), {literal(reason)}, row_ref
        FROM done.{identifier(table)} WHERE plant IS NULL""").fetchone()
    assert count is not None
    return int(count[0])


def _map(connection: duckdb.DuckDBPyConnection, source: _Source, mapping: Mapping) -> tuple[CanonicalState, Remapped]:
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


def _whole(connection: duckdb.DuckDBPyConnection, source: _Source, mapping: Mapping) -> tuple[CanonicalState, Remapped]:
    shape = canonical_tables()[mapping.table]
    source.changed[f"mapped.{mapping.table}"] = None
    _show(connection, mapping)
    with _blamed_on(mapping):
        base = states.written(connection, source.store, shape, _query(connection, source, mapping))
    _has_origins(connection, mapping, f"read_parquet({literal(part_path(source.store, base.digest))})")
    state = CanonicalState(base, None, None, 0, source.declarations[mapping.table], _raw_parts(source, mapping), 0)
    read = {one.name: _count(connection, _as_seen(one.name)) for one in mapping.inputs}
    return _counted(connection, source, mapping, state), Remapped(sum(read.values()), read[mapping.inputs[0].name], base.rows)


def _unchanged(connection: duckdb.DuckDBPyConnection, source: _Source, mapping: Mapping, earlier: CanonicalState) -> tuple[CanonicalState, Remapped]:
    source.changed[f"mapped.{mapping.table}"] = 0
    return earlier, Remapped(0, 0, 0)


def _increment(
    connection: duckdb.DuckDBPyConnection, source: _Source, mapping: Mapping, earlier: CanonicalState, changed: dict[str, int]
) -> tuple[CanonicalState, Remapped]:
    """Map the driver keys that a changed row leads to, and put their rows in the place of those that they gave before."""
    shape = canonical_tables()[mapping.table]
    _show(connection, mapping)
    with _blamed_on(mapping):
        changes.find_drivers(connection, mapping, changed)
    keys = [f"k{number}" for number in range(1, len(mapping.key) + 1)]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE driver_origin AS SELECT {changes.origin(mapping, keys)} AS _origin FROM driver")
    driving = _restrict(connection, mapping, keys)
    with _blamed_on(mapping):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {_query(connection, source, mapping)}")
    _has_origins(connection, mapping, "made")
    name = f"mapped.{mapping.table}"
    is_read = any(one.name == name for other in source.pack.mappings for one in other.inputs)
    base, delta, dead = states.carried_on(connection, source.store, shape, earlier, compared=is_read)
    if is_read:
        source.changed[name] = changes.changed_canonical_rows(connection, name.replace(".", "_"), list(shape.all_columns))
    refers = tuple(sorted({*earlier.refers, *_raw_parts(source, mapping)}))
    state = CanonicalState(base, delta, dead, 0, earlier.declaration, refers, earlier.increments + 1)
    return _counted(connection, source, mapping, state), Remapped(sum(changed.values()), driving, _count(connection, "made"))


def _changed(connection: duckdb.DuckDBPyConnection, source: _Source, name: str, mapped: str | None) -> int | None:
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


def _show(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """What the mapping reads, and nothing else, as raw.<table> and mapped.<table>."""
    _schemas_anew(connection, "raw", "mapped")
    for one in mapping.inputs:
        whole = f"done.{identifier(one.mapped)}" if one.mapped else f"typed.{identifier(one.name)}"
        connection.execute(f"CREATE VIEW {_as_seen(one.name)} AS SELECT * FROM {whole}")


def _restrict(connection: duckdb.DuckDBPyConnection, mapping: Mapping, keys: Sequence[str]) -> int:
    """Leave of the inputs that hold the key only the rows of the keys in `driver`. Returns how many rows of the driving table those are."""
    for one in mapping.inputs:
        if one.columns:
            same = " AND ".join(_same(part in mapping.empty, column, key) for part, column, key in zip(mapping.key, one.columns, keys, strict=True))
            kept = identifier(f"kept {one.name}")
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {kept} AS SELECT t.* FROM {_as_seen(one.name)} t SEMI JOIN driver d ON {same}")
            connection.execute(f"CREATE OR REPLACE VIEW {_as_seen(one.name)} AS SELECT * FROM {kept}")
    driving = mapping.inputs[0]
    return _count(connection, _as_seen(driving.name) if driving.columns else "driver")


def _same(may_be_empty: bool, column: str | None, key: str) -> str:
    if column is None:
        return f"d.{key} IS NULL"
    return f"CAST(t.{identifier(column)} AS VARCHAR) {'IS NOT DISTINCT FROM' if may_be_empty else '='} d.{key}"


def _query(connection: duckdb.DuckDBPyConnection, source: _Source, mapping: Mapping) -> str:
    """SELECT of the table's columns, in order and of their types, and of `_origin`; columns that the mapping leaves out are NULL."""
    shape = canonical_tables()[mapping.table]
    returned = {str(row[0]).lower(): str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM ({mapping.sql}) m").fetchall()}
    _returns_what_it_must(mapping, shape, list(returned))
    constants = {"system": literal(source.read.system), "source": literal(source.read.name)}
    values = {name: constants.get(name) or (f"m.{identifier(returned[name])}" if name in returned else "NULL") for name in shape.all_columns}
    columns = ", ".join(f"CAST({values[name]} AS {kind}) AS {identifier(name)}" for name, kind in shape.all_columns.items())
    plants = ", ".join(literal(plant) for plant in (*source.read.plants, "*"))
    key = changes.origin(mapping, [f"m.{identifier(column)}" for column in mapping.key])
    return f"SELECT {columns}, {key} AS _origin FROM ({mapping.sql}) m WHERE m.plant IN ({plants}) OR m.plant IS NULL"


@contextmanager
def _blamed_on(mapping: Mapping) -> Iterator[None]:
    """SQL of a pack that does not run is the pack's fault; what the machine refuses is not."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        todo = "a mapping sees the raw and mapped tables that its front matter reads, and its SQL is DuckDB's"
        raise RuleError(str(mapping.file), str(error).split("\n\n")[0], todo) from None


def _returns_what_it_must(mapping: Mapping, shape: CanonicalTable, returned: list[str]) -> None:
    missing = [name for name in _RETURNED if name not in returned]
    if missing:
        raise RuleError(str(mapping.file), f"does not return {', '.join(missing)}", f"every mapping returns {', '.join(_RETURNED)}")
    unkeyed = [column for column in mapping.key if column.lower() not in returned]
    if unkeyed:
        todo = "a mapping returns the columns of its key besides those of its table: they tell what a row comes from"
        raise RuleError(str(mapping.file), f"does not return {', '.join(unkeyed)} of its key", todo)
    known = {*shape.all_columns, *(column.lower() for column in mapping.key)}
    stray = [name for name in returned if name not in known]
    if stray:
        near = difflib.get_close_matches(stray[0], shape.all_columns, n=1)
        todo = f"did you mean {near[0]}?" if near else "see schema.sql"
        raise RuleError(str(mapping.file), f"returns {', '.join(stray)}, which {mapping.table} does not have", todo)


def _has_origins(connection: duckdb.DuckDBPyConnection, mapping: Mapping, rows: str) -> None:
    if connection.execute(f"SELECT 1 FROM {rows} WHERE _origin IS NULL LIMIT 1").fetchone():
        todo = "name what may be empty, empty: [columns of the key], or leave it out of the key"
        raise RuleError(str(mapping.file), f"returns rows of which a part of the key {', '.join(mapping.key)} is empty", todo)


def _declaration(source: _Source, mapping: Mapping) -> str:
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
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _horizons(source: _Source, mapping: Mapping) -> list[str]:
    """Where the history of its tables begins; it means something to a mapping that asks for it alone, and may move on every night."""
    if "complete_from(" not in mapping.sql:
        return []
    return [str(read.complete_from) for name in mapping.reads if (read := source.read.tables.get(name))]


def _typed_of(source: _Source, name: str) -> Typed | None:
    read = source.read.tables.get(name)
    return read.typed if read else None


def _raw_parts(source: _Source, mapping: Mapping) -> tuple[str, ...]:
    read = [source.read.tables[name] for name in mapping.reads if name in source.read.tables]
    return tuple(sorted({part.digest for one in read for part in (one.base, one.delta) if part}))


def _is_there(store: Path, state: CanonicalState) -> bool:
    return all(part_path(store, part.digest).is_file() for part in (state.base, state.delta, state.dead) if part)


def _counted(connection: duckdb.DuckDBPyConnection, source: _Source, mapping: Mapping, state: CanonicalState) -> CanonicalState:
    return replace(state, rows=_count(connection, f"({canonical_rows(source.store, state, ['plant'])})"))


def _as_seen(name: str) -> str:
    schema, _, table = name.rpartition(".")
    return f"{schema or 'raw'}.{identifier(table)}"


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    counted = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
    assert counted is not None
    return int(counted[0])


def _schemas_anew(connection: duckdb.DuckDBPyConnection, *schemas: str) -> None:
    for schema in schemas:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")
