"""What the sources hand over: read into raw parts, mapped to canonical ones, looked at by gates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from recon.canonical import mapping
from recon.canonical.schema import canonical_tables
from recon.engines import duckdb as engine
from recon.findings import collect, cuts, files
from recon.gates import effects, gated
from recon.gates.gatekeeper import create_relations
from recon.gates.suite import digest
from recon.model import Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.night.state import Night
from recon.ruleset import load as ruleset
from recon.snapshots import manifest, trust
from recon.snapshots.current import canonical_rows, literal
from recon.snapshots.journal import Journal
from recon.snapshots.parts import make_folder
from recon.snapshots.take import take
from recon.sources import open_source


def read(night: Night) -> None:
    """Read every source into raw parts."""
    make_folder(night.partial)
    night.progress(f"reading {', '.join(night.settings.sources)}")
    tables = {name: {table.name: table.key for table in pack.tables.values()} for name, pack in night.packs.items()}
    earlier = manifest.latest_tables(night.store)
    if night.suites and not earlier:
        night.gates.start()
    night.snapshot, refused = take(night.settings, night.workspace, night.connection, tables, open_source, earlier, Journal(night.partial))
    night.connection.register("refused_by_readers", refused)
    know_refused(night, "refused_by_readers")
    night.connection.unregister("refused_by_readers")
    rows_of = {name: sum(table.rows or 0 for table in source.tables.values()) for name, source in night.snapshot.sources.items()}
    night.few = engine.suit(night.connection, night.settings.workspace, sum(rows_of.values()))
    for name, source in night.snapshot.sources.items():
        night.progress(f"read {name}: {source.problem or f'{rows_of[name]:,} rows in {len(source.tables)} tables, as of {source.as_of:%Y-%m-%d %H:%M}Z'}")
    if night.suites and _has_changed(night.snapshot, earlier):
        night.gates.start()


def know_refused(night: Night, by_readers: str) -> None:
    """Begin `refused`, which the steps after add to, with the rows that never became rows of a part; `unread` keeps these apart."""
    night.connection.execute(f"CREATE TABLE unread AS SELECT * FROM {by_readers}; CREATE TABLE refused AS FROM unread")


def map_to_canonical(night: Night) -> None:
    """Map the raw parts to canonical parts."""
    runs = (night.store / "runs" / run_id for run_id in reversed(trust.published(night.store)[-manifest.REMEMBERED :]))
    earlier = mapping.before(manifest.read_manifest(folder) for folder in runs)
    typed, mapped = partial(_show_raw, night), partial(_show_canonical, night)
    night.supplies, understood = mapping.map_sources(
        night.connection, night.store, night.snapshot, night.settings.sources, night.packs, earlier, night.progress, typed, mapped
    )
    night.snapshot = _needs_marked(understood, night.rules, night.supplies)
    engine.load_canonical(night.connection, canonical_tables_of(night), night.settings.service_levels, night.few)


def gate(night: Night) -> None:
    """Look whether the rows are what rules may rely on, and take from the rules what is not."""
    create_relations(night.connection)
    rows, held = canonical_tables_of(night), dict[str, list[Any]]()
    for supply in night.supplies:
        if supply.state:
            parts = (supply.state.base, supply.state.delta, supply.state.dead)
            held.setdefault(supply.table, []).append((supply.source, [part.digest if part else None for part in parts]))
    tables = {table: (" UNION ALL ".join(rows[table]), digest(held[table])) for table in held}
    night.verdicts = night.gatekeeper.decide(tables, _looked_at_before(night), night.progress)
    if night.verdicts.refused:
        engine.load_canonical(night.connection, canonical_tables_of(night), night.settings.service_levels, night.few)


def _looked_at_before(night: Night) -> dict[tuple[str, str], int | str]:
    """(source, table of a suite) → how many rows gates looked at on the night before, or why tonight's are not compared with them."""
    before = files.previous_run(night.store)
    file = night.store / "runs" / before / "gates.parquet" if before else None
    told: dict[tuple[str, str], int | str] = {}
    if file and file.is_file():
        query = f"SELECT DISTINCT source, gated, looked_at FROM read_parquet({literal(file)}) WHERE looked_at > 0"  # none is no measure
        told = {(source, table): rows for source, table, rows in night.connection.execute(query).fetchall()}
    doubted = cuts.doubts(night.settings, night.snapshot, files.believed(night.store), night.worklists)
    told |= {(source, name): f"{doubt} (INT-007)" for (source, table), doubt in doubted.items() for name in night.suites if name.partition("/")[2] == table}
    for supply in night.supplies:
        if raw := [name for name in supply.reads if (supply.source, name) in doubted]:
            told[supply.source, supply.table] = f"the number of rows of {', '.join(raw)} is not believed (INT-007)"
    return told


def _has_changed(snapshot: Snapshot, earlier: Mapping[str, Mapping[str, TableSnapshot]]) -> bool:
    """Whether any table holds other rows than on the night before: only then will gates have something new to look at."""
    return any(
        read.base and (before := earlier.get(name, {}).get(table)) and (read.base, read.delta, read.dead) != (before.base, before.delta, before.dead)
        for name, source in snapshot.sources.items()
        for table, read in source.tables.items()
    )


def canonical_tables_of(night: Night) -> dict[str, list[str]]:
    """schema.table → a SELECT of what each source supplies of it."""
    rows: dict[str, list[str]] = {}
    for supply, of_source in rows_supplied(night):
        rows.setdefault(supply.table, []).append(of_source)
    return rows


def rows_supplied(night: Night) -> Iterator[tuple[Supply, str]]:
    """What each source supplies of each canonical table, and a SELECT of its rows, with what gates said of them."""
    for supply in night.supplies:
        if supply.state:
            columns = list(canonical_tables()[supply.table.partition(".")[2]].all_columns)
            of_source = canonical_rows(night.store, supply.state, columns)
            if supply.table in night.verdicts.refused:
                of_source = effects.with_refusals(of_source, supply.source, supply.table)
            yield supply, of_source


def _needs_marked(snapshot: Snapshot, rules: ruleset.RuleSet, supplies: list[Supply]) -> Snapshot:
    """The snapshot, saying of each raw table whether an active rule depends on it."""
    read = {*collect.ALWAYS_READ}.union(*(rule.pairing.tables for rule in rules.rules.values() if rule.in_force))
    needed = {(supply.source, name) for supply in supplies if supply.table in read for name in supply.reads}
    sources = {
        name: replace(source, tables={table: replace(one, needed=(name, table) in needed) for table, one in source.tables.items()})
        for name, source in snapshot.sources.items()
    }
    return Snapshot(sources)


def _show_raw(night: Night, source: SourceSnapshot) -> None:
    """Raw tables that a suite is about, as they were typed."""
    pack = night.packs[source.pack]
    for name, suite in night.suites.items():
        family, _, table = name.partition("/")
        if table in source.tables and table in pack.tables and family in pack.family:
            shape = pack.tables[table]
            found = gated.of_raw(night.store, source.name, source.plants, suite, shape.key, tuple(shape.columns), source.tables[table])
            if found:
                night.gatekeeper.show(found)


def _show_canonical(night: Night, supply: Supply) -> None:
    """A canonical table that a suite is about, as it was mapped. An empty one of which the source is declared to be without all that gives it rows is right."""
    suite = night.suites.get(supply.table)
    if suite and supply.state and (supply.state.rows or not _is_rightly_empty(night, supply)):
        night.gatekeeper.show(gated.of_canonical(night.store, supply.source, night.snapshot.sources[supply.source].plants, suite, supply.state))


def _is_rightly_empty(night: Night, supply: Supply) -> bool:
    source = night.settings.sources[supply.source]
    pack = night.packs[source.pack]
    return all(mapping.is_rightly_empty(source.without) for mapping in pack.mappings if f"{pack.schema}.{mapping.table}" == supply.table)
