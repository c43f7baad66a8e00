"""Every source's raw tables → canonical tables, by its pack; on a night after the first, only what a change can have touched.

What a table lost on the way is said, never hidden.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import duckdb

from recon.canonical import clients, crosswalks, staging
from recon.canonical.packs import Mapping, Pack, RawTable
from recon.canonical.remap import Before, Source, is_read_on, remap
from recon.canonical.schema import canonical_tables
from recon.canonical.staging import identifier, literal
from recon.canonical.statement import know_source, schemas_anew
from recon.config import SourceSettings
from recon.model import CanonicalState, JsonObject, Snapshot, SourceSnapshot, Supply
from recon.snapshots.current import canonical_rows
from recon.snapshots.manifest import canonical_of, snapshot_of

__all__ = ["Before", "before", "map_sources"]

PLANT = "plant"
"""Column of the flat shapes that names the SAP plant of a row."""


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
    typed: Callable[[SourceSnapshot], None] = lambda _: None,
    mapped: Callable[[Supply], None] = lambda _: None,
) -> tuple[list[Supply], Snapshot]:
    """Map every source of the snapshot. Refused rows are added to the table `refused` of `connection`.

    earlier: what earlier nights left of each source (`before`). typed, mapped: told of each source whose raw tables are typed, and of each table that is
    mapped, as soon as they are. Returns what each source supplies, and the snapshot with how its tables were understood and
    what they lost. Raises RuleError where a pack's SQL does not run or does not return what it must: that is the pack's fault, not the data's. Raises
    ConfigurationError or ManyErrors where a crosswalk of the workspace above `store` is wrong.
    """
    staging.prepare(connection)
    supplies: list[Supply] = []
    sources: dict[str, SourceSnapshot] = {}
    for name, read in sorted(snapshot.sources.items()):
        pack = packs[settings[name].pack]
        source = Source(store, read, settings[name], pack, (earlier or {}).get(name), crosswalks.read(store.parent, name, pack))
        _stage(connection, source)
        typed(source.read)
        for mapping in source.pack.mappings:
            progress(f"{name}: {source.pack.schema}.{mapping.table}")
            supplies.append(_supply(connection, source, mapping))
            mapped(supplies[-1])
        refused = dict(connection.execute("SELECT raw_table, count(*) FROM refused WHERE source = ? GROUP BY ALL", [name]).fetchall())
        sources[name] = replace(
            source.read,
            tables={
                table: replace(one, refused=refused.get(table, 0), problem=one.problem or source.problems.get(table, (None, False))[0])
                for table, one in source.read.tables.items()
            },
        )
    return supplies, Snapshot({name: sources[name] for name in snapshot.sources})


def _stage(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Type all raw tables of a source, and tell how they differ from the night before."""
    horizons = {name: read.complete_from for name, read in source.read.tables.items() if read.complete_from}
    know_source(connection, source.settings.time_zone, source.settings.without, horizons, source.crosswalk)
    schemas_anew(connection, "typed", "changed", "done")
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


def _of_unknown_plants(connection: duckdb.DuckDBPyConnection, source: Source, table: RawTable) -> str | None:
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


def _supply(connection: duckdb.DuckDBPyConnection, source: Source, mapping: Mapping) -> Supply:
    table = f"{source.pack.schema}.{mapping.table}"
    lost = [source.problems[name] for name in mapping.reads if name in source.problems]
    there = {name: list(read.base.columns) for name, read in source.read.tables.items() if read.base and read.base.rows}
    broken = source.read.problem or next((problem for problem, fatal in lost if fatal), None) or mapping.lacks(there)
    if broken:
        return Supply(source.read.name, table, None, broken, mapping.reads)
    state, remapped = remap(connection, source, mapping)
    shown = canonical_rows(source.store, state, list(canonical_tables()[mapping.table].all_columns))
    if is_read_on(source.pack, mapping.table):
        connection.execute(f"CREATE OR REPLACE VIEW done.{identifier(mapping.table)} AS {shown}")
    homeless = source.homeless[mapping.table]
    if homeless:
        _refuse_homeless(connection, source.read.name, mapping.table, shown)
        lost.append((f"{homeless} row{'s' if homeless > 1 else ''} of {mapping.table} without a plant", False))
    return Supply(source.read.name, table, state, next((problem for problem, _ in lost), None), mapping.reads, remapped)


def _refuse_homeless(connection: duckdb.DuckDBPyConnection, source: str, table: str, rows: str) -> None:
    """Rows that belong to no plant could belong to any: they are refused, counted, and make the table incomplete. rows: SELECT of the table's."""
    connection.execute(f"""
        INSERT INTO refused
        SELECT {literal(source)}, split_part(row_ref, ':', 1), TRY_CAST(split_part(row_ref, ':', 3) AS BIGINT), {literal(f"{table} without a plant")}, row_ref
        FROM ({rows}) WHERE plant IS NULL""")
