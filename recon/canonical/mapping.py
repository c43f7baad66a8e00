"""Every source's raw parts → canonical parts, by its pack. What a table lost on the way is said, never hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from recon.canonical import staging
from recon.canonical.packs import Mapping, Pack
from recon.canonical.schema import canonical_tables
from recon.canonical.staging import identifier, literal
from recon.config import SourceSettings
from recon.errors import RuleError
from recon.model import Part, Snapshot, SourceSnapshot, Supply
from recon.snapshots.current import current
from recon.snapshots.parts import part_path, write_part_from_query


def map_sources(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    snapshot: Snapshot,
    settings: dict[str, SourceSettings],
    packs: dict[str, Pack],
    progress: Callable[[str], None] = lambda _: None,
) -> list[Supply]:
    """Map every source of the snapshot. Refused rows are added to the table `refused` of `connection`.

    Raises RuleError where a pack's SQL does not run or does not return the table's columns: that is the pack's fault, not the data's.
    """
    staging.prepare(connection)
    connection.execute("CREATE OR REPLACE TEMP TABLE incomplete (source VARCHAR, raw_table VARCHAR, problem VARCHAR)")
    connection.execute("CREATE SCHEMA IF NOT EXISTS mapped")
    supplies: list[Supply] = []
    for name, source in sorted(snapshot.sources.items()):
        pack = packs[settings[name].pack]
        problems = _stage_source(connection, store, source, settings[name], pack)
        if problems:
            connection.executemany("INSERT INTO incomplete VALUES (?, ?, ?)", [(name, table, problem) for table, (problem, _) in problems.items()])
        for mapping in pack.mappings:
            progress(f"{name}: {pack.schema}.{mapping.table}")
            lost = [problems[table] for table in mapping.reads if table in problems]
            broken = source.problem or next((problem for problem, fatal in lost if fatal), None)
            if broken:
                _map_nothing(connection, mapping.table)
                supplies.append(Supply(name, f"{pack.schema}.{mapping.table}", None, broken, mapping.reads))
                continue
            part = _map(connection, store, mapping, source)
            homeless = _without_plant(connection, mapping, source)
            if homeless:
                lost.append((f"{homeless} row{'s' if homeless > 1 else ''} of {mapping.table} without a plant", False))
            supplies.append(Supply(name, f"{pack.schema}.{mapping.table}", part, next((problem for problem, _ in lost), None), mapping.reads))
    return supplies


def with_losses(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> Snapshot:
    """The snapshot that was mapped on `connection`, each table with all the rows that were refused of it and what keeps it from being complete."""
    refused = {(row[0], row[1]): row[2] for row in connection.execute("SELECT source, raw_table, count(*) FROM refused GROUP BY ALL").fetchall()}
    lost = {(row[0], row[1]): row[2] for row in connection.execute("SELECT source, raw_table, problem FROM incomplete").fetchall()}
    sources = {
        name: replace(
            source,
            tables={
                table: replace(read, refused=refused.get((name, table), 0), problem=read.problem or lost.get((name, table)))
                for table, read in source.tables.items()
            },
        )
        for name, source in snapshot.sources.items()
    }
    return Snapshot(sources)


def _stage_source(
    connection: duckdb.DuckDBPyConnection, store: Path, source: SourceSnapshot, settings: SourceSettings, pack: Pack
) -> dict[str, tuple[str, bool]]:
    """Stage all raw tables of a source; returns table → (problem, whether nothing of it can be used)."""
    zone = literal(settings.time_zone)
    connection.execute(f"CREATE OR REPLACE MACRO utc(day, clock) AS timezone('UTC', timezone({zone}, CAST(day AS DATE) + coalesce(clock, TIME '00:00:00')))")
    problems: dict[str, tuple[str, bool]] = {}
    for table in pack.tables.values():
        read = source.tables.get(table.name)
        if read is None or read.base is None:
            problems[table.name] = ((read.problem if read else source.problem) or f"{table.name} was not read", True)
            staging.empty(connection, table)
            continue
        staged = staging.stage(connection, source.name, table, read.base, current(store, read), settings.form_of(table.name), settings.time_zone)
        refused = read.refused + staged.refused
        if staged.problem:
            problems[table.name] = (staged.problem, True)
            staging.empty(connection, table)
        elif refused or read.problem:
            problems[table.name] = (read.problem or f"{refused} row{'s' if refused > 1 else ''} of {table.name} refused", False)
    return problems


def _without_plant(connection: duckdb.DuckDBPyConnection, mapping: Mapping, source: SourceSnapshot) -> int:
    """Rows that belong to no plant could belong to any: they are refused, counted, and make the table incomplete."""
    reason = f"{mapping.table} without a plant"
    count = connection.execute(f"""
        INSERT INTO refused
        SELECT {literal(source.name)}, split_part(row_ref, ':', 1), TRY_CAST(split_part(row_ref, ':', 3) AS BIGINT), {literal(reason)}, row_ref
        FROM mapped.{identifier(mapping.table)} WHERE plant IS NULL""").fetchone()
    assert count is not None
    return int(count[0])


def _map_nothing(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    columns = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in canonical_tables()[table].all_columns.items())
    connection.execute(f"CREATE OR REPLACE VIEW mapped.{identifier(table)} AS SELECT {columns} WHERE false")


def _map(connection: duckdb.DuckDBPyConnection, store: Path, mapping: Mapping, source: SourceSnapshot) -> Part:
    shape = canonical_tables()[mapping.table]
    constants = {"system": literal(source.system), "source": literal(source.name)}
    columns = ", ".join(f"CAST({constants.get(name) or 'm.' + identifier(name)} AS {kind}) AS {identifier(name)}" for name, kind in shape.all_columns.items())
    plants = ", ".join(literal(plant) for plant in (*source.plants, "*"))
    key = ["plant", *(identifier(column) for column in shape.key)]
    query = f"SELECT {columns} FROM ({mapping.sql}) m WHERE m.plant IN ({plants}) OR m.plant IS NULL"
    try:
        part = write_part_from_query(store, f"{query} ORDER BY {', '.join([*key, 'row_ref'])}", connection)
        rows = f"read_parquet({literal(part_path(store, part.digest))})"
        if _has_twins(connection, rows, key):
            part = write_part_from_query(store, _marked(rows, shape.all_columns, key), connection)
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException, duckdb.ConversionException) as error:
        raise RuleError(
            str(mapping.file),
            str(error).split("\n\n")[0],
            "every mapping returns plant, changed_at, row_ref, problems, ambiguous and the columns of schema.sql",
        ) from None
    connection.execute(f"CREATE OR REPLACE VIEW mapped.{identifier(mapping.table)} AS SELECT * FROM read_parquet({literal(part_path(store, part.digest))})")
    return part


def _has_twins(connection: duckdb.DuckDBPyConnection, rows: str, key: Sequence[str]) -> bool:
    return connection.execute(f"SELECT 1 FROM {rows} WHERE NOT ambiguous GROUP BY {', '.join(key)} HAVING count(*) > 1 LIMIT 1").fetchone() is not None


def _marked(rows: str, columns: dict[str, str], key: Sequence[str]) -> str:
    """Rows with one logical key collapse where they agree in everything but their origin, and are ambiguous where they do not."""
    said = ", ".join(identifier(name) for name in columns if name not in ("row_ref", "ambiguous"))
    order = ", ".join(identifier(name) for name in columns)
    return f"""
        SELECT {order} FROM (
            SELECT {said}, row_ref, ambiguous OR count(*) OVER (PARTITION BY {", ".join(key)}) > 1 AS ambiguous
            FROM (SELECT {said}, min(row_ref) AS row_ref, bool_or(ambiguous) AS ambiguous FROM {rows} GROUP BY {said})
        ) ORDER BY {", ".join([*key, "row_ref"])}"""
