"""What changed between two nights, and which driver keys that leads to."""

from __future__ import annotations

from pathlib import Path

import duckdb

from recon.canonical.packs import Mapping, RawTable
from recon.canonical.staging import identifier, literal, state_rows
from recon.model import Part, TableSnapshot
from recon.snapshots.parts import part_path


def is_there(store: Path, table: TableSnapshot | None) -> bool:
    """Whether the typed parts of an earlier night's table can still be read."""
    if table is None or table.typed is None:
        return False
    named = [one.part for one in table.typed.parts.values()] + ([table.dead] if table.dead else [])
    return all(part_path(store, part.digest).is_file() for part in named)


def changed_rows(connection: duckdb.DuckDBPyConnection, store: Path, table: RawTable, before: TableSnapshot, now: TableSnapshot) -> int:
    """Make changed.<table>: typed rows, old and new versions, that differ between two nights. Returns how many rows changed, an update being one.

    Rows that keep their values while another row with their key comes, goes or changes are among them: it may have been their twin.
    """
    if (before.base, before.delta, before.dead) == (now.base, now.delta, now.dead):
        return 0
    old, new = _differing(store, before, now)
    names = ", ".join(identifier(column) for column in (*table.columns, "problems"))
    target = f"changed.{identifier(table.name)}"
    count = _differences(connection, target, *(f"SELECT {names} FROM ({rows}) WHERE _refused IS NULL" for rows in (old, new)))
    assert before.typed is not None
    assert now.typed is not None
    if count and (before.typed.repeats or now.typed.repeats):
        same = " AND ".join(f"t.{identifier(column)} IS NOT DISTINCT FROM c.{identifier(column)}" for column in table.key)
        for state in (before, now):
            assert state.typed is not None
            rows = f"({state_rows(store, state, state.typed)}) t SEMI JOIN {target} c ON {same}"
            connection.execute(f"INSERT INTO {target} SELECT NULL, {names} FROM {rows} WHERE _refused IS NULL")
    return count


def changed_canonical_rows(connection: duckdb.DuckDBPyConnection, name: str, columns: list[str]) -> int:
    """Make changed.<name> from what an increment replaced and placed: rows that are shown and differ in more than where they were read. Returns how many."""
    names = ", ".join(identifier(column) for column in columns if column != "row_ref")
    return _differences(connection, f"changed.{identifier(name)}", *(f"SELECT {names} FROM {table} WHERE _shown" for table in ("replaced", "placed")))


def find_drivers(connection: duckdb.DuckDBPyConnection, mapping: Mapping, changed: dict[str, int]) -> None:
    """Make the table `driver`: the mapping's keys (k1, k2 …) that a changed row leads to. changed: input → how many of its rows changed.

    A key of which a part is empty that may not be is none.
    """
    names = [f"k{number}" for number in range(1, len(mapping.key) + 1)]
    paths = []
    for one in mapping.inputs:
        if not changed[one.name]:
            continue
        if one.columns:
            taken = ", ".join(f"CAST({identifier(column) if column else 'NULL'} AS VARCHAR)" for column in one.columns)
            paths.append(f"SELECT {taken} FROM changed.{identifier(one.changed)}")
        else:
            paths.append(f"SELECT {', '.join(f'CAST({name} AS VARCHAR)' for name in names)} FROM ({one.sql}) path({', '.join(names)})")
    there = " AND ".join(f"{name} IS NOT NULL" for name, part in zip(names, mapping.key, strict=True) if part not in mapping.empty) or "true"
    found = " UNION ".join(paths) or f"SELECT {', '.join('CAST(NULL AS VARCHAR)' for _ in names)} WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE driver AS SELECT * FROM ({found}) found({', '.join(names)}) WHERE {there}")


def origin(mapping: Mapping, columns: list[str]) -> str:
    """SQL of `_origin`: the driver key as one text, NULL where a part of it is that may not be empty."""
    texts = []
    for part, column in zip(mapping.key, columns, strict=True):
        value = f"CAST({column} AS VARCHAR)"
        prefixed = f"strlen({value}) || ':' || {value}"
        texts.append(f"coalesce({prefixed}, 'N')" if part in mapping.empty else prefixed if len(columns) > 1 else value)
    return " || ".join(texts)


def _differences(connection: duckdb.DuckDBPyConnection, target: str, old: str, new: str) -> int:
    """Make the table `target` of the rows that one of two queries has more often than the other. Returns how many changed, an update being one."""
    connection.execute(f"""
        CREATE OR REPLACE TABLE {target} AS
        SELECT sum(_came) AS _came, * EXCLUDE (_came) FROM (SELECT -1 AS _came, * FROM ({old}) UNION ALL SELECT 1, * FROM ({new})) GROUP BY ALL
        HAVING sum(_came) <> 0""")
    counted = connection.execute(f"""
        SELECT greatest(coalesce(sum(_came) FILTER (_came > 0), 0), coalesce(-sum(_came) FILTER (_came < 0), 0)) FROM {target}""").fetchone()
    assert counted is not None
    return int(counted[0])


def _differing(store: Path, before: TableSnapshot, now: TableSnapshot) -> tuple[str, str]:
    """SQL of rows that may differ, old and new; what two nights have in common by its name is left out."""
    assert before.base is not None
    assert now.base is not None
    assert before.typed is not None
    assert now.typed is not None
    if before.typed.parts[before.base.digest] != now.typed.parts[now.base.digest]:
        return state_rows(store, before, before.typed), state_rows(store, now, now.typed)
    base = now.typed.parts[now.base.digest].part
    old, new = [_numbered(store, base, now.dead, before.dead)], [_numbered(store, base, before.dead, now.dead)]
    if (before.delta and before.delta.digest) != (now.delta and now.delta.digest):
        old += [f"SELECT * FROM {_file(store, before.typed.parts[before.delta.digest].part)}"] if before.delta else []
        new += [f"SELECT * FROM {_file(store, now.typed.parts[now.delta.digest].part)}"] if now.delta else []
    return " UNION ALL ".join(old), " UNION ALL ".join(new)


def _numbered(store: Path, base: Part, within: Part | None, without: Part | None) -> str:
    """Rows of the base whose numbers are in one part of numbers and not in the other."""
    rows = f"SELECT * FROM {_file(store, base)}"
    if within is None or within == without:
        return f"{rows} WHERE false"
    numbers = f"SELECT _row FROM {_file(store, within)}" + (f" EXCEPT SELECT _row FROM {_file(store, without)}" if without else "")
    return f"{rows} b SEMI JOIN ({numbers}) n ON n._row = b._row"


def _file(store: Path, part: Part) -> str:
    return f"read_parquet({literal(part_path(store, part.digest))})"
