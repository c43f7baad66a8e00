"""The statement that a mapping's SQL becomes, and what it sees: its inputs as raw.<table> and mapped.<table>, whole or only the rows of some keys.

The whole tables are typed.<table> (recon.canonical.staging) and done.<table>, what the pack has mapped before.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb

from recon.canonical import packs
from recon.canonical.crosswalks import NO_CROSSWALK, Crosswalk
from recon.canonical.packs import Input
from recon.canonical.schema import MAPPING_COLUMNS, CanonicalTable, canonical_tables
from recon.canonical.staging import identifier, literal
from recon.errors import RuleError

_RETURNED = [name for name in MAPPING_COLUMNS if name not in ("system", "source")]


def know_source(
    connection: duckdb.DuckDBPyConnection, zone: str, without: Sequence[str], horizons: Mapping[str, datetime], crosswalk: Crosswalk = NO_CROSSWALK
) -> None:
    """What SQL may ask about its source: utc(day, clock) of its time zone, is_without(raw table), complete_from(raw table), meaning(code list, code).

    horizons: raw table → from when on its events are complete; crosswalk: code list → the site's own code → what it means. Another code means itself.
    """
    utc = f"timezone('UTC', timezone({literal(zone)}, CAST(day AS DATE) + coalesce(clock, TIME '00:00:00')))"
    missing = ", ".join(literal(table) for table in without)
    since = "".join(f" WHEN raw_table = {literal(name)} THEN TIMESTAMP '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}'" for name, at in horizons.items())
    meant = [(name, code, meaning) for name, codes in crosswalk.items() for code, meaning in codes.items()]
    own = "".join(f" WHEN code_list = {literal(name)} AND code = {literal(code)} THEN {literal(meaning)}" for name, code, meaning in meant)
    connection.execute(f"CREATE OR REPLACE MACRO meaning(code_list, code) AS CASE{own or ' WHEN false THEN NULL'} ELSE code END")
    connection.execute(f"CREATE OR REPLACE MACRO utc(day, clock) AS {utc}")
    connection.execute(f"CREATE OR REPLACE MACRO is_without(raw_table) AS list_contains(CAST([{missing}] AS VARCHAR[]), raw_table)")
    connection.execute(f"CREATE OR REPLACE MACRO complete_from(raw_table) AS CASE{since or ' WHEN false THEN CAST(NULL AS TIMESTAMP)'} END")


def show(connection: duckdb.DuckDBPyConnection, mapping: packs.Mapping) -> None:
    """What the mapping reads, and nothing else, as raw.<table> and mapped.<table>."""
    schemas_anew(connection, "raw", "mapped")
    for one in mapping.inputs:
        connection.execute(f"CREATE VIEW {as_seen(one)} AS SELECT * FROM {_whole(one)}")


def restrict(connection: duckdb.DuckDBPyConnection, mapping: packs.Mapping, keys: Sequence[str]) -> int:
    """Leave of the inputs that hold the key only the rows of the keys in `driver`. Returns how many rows of the driving table those are."""
    for one in mapping.inputs:
        if one.columns:
            same = " AND ".join(_same(part in mapping.empty, column, key) for part, column, key in zip(mapping.key, one.columns, keys, strict=True))
            kept = identifier(f"kept {one.name}")
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {kept} AS SELECT t.* FROM {as_seen(one)} t SEMI JOIN driver d ON {same}")
            connection.execute(f"CREATE OR REPLACE VIEW {as_seen(one)} AS SELECT * FROM {kept}")
    driving = mapping.inputs[0]
    return count(connection, as_seen(driving) if driving.columns else "driver")


def query(connection: duckdb.DuckDBPyConnection, mapping: packs.Mapping, system: str, source: str, plants: Sequence[str]) -> str:
    """SELECT of the table's columns, in order and of their types, and of `_origin`; columns that the mapping leaves out are NULL.

    Raises RuleError where it does not return what it must.
    """
    shape = canonical_tables()[mapping.table]
    returned = {str(row[0]).lower(): str(row[0]) for row in connection.execute(f"DESCRIBE SELECT * FROM ({mapping.sql}) m").fetchall()}
    _returns_what_it_must(mapping, shape, list(returned))
    constants = {"system": literal(system), "source": literal(source)}
    values = {name: constants.get(name) or (f"m.{identifier(returned[name])}" if name in returned else "NULL") for name in shape.all_columns}
    columns = ", ".join(f"CAST({values[name]} AS {kind}) AS {identifier(name)}" for name, kind in shape.all_columns.items())
    known = ", ".join(literal(plant) for plant in (*plants, "*"))
    key = origin(mapping, [f"m.{identifier(column)}" for column in mapping.key])
    return f"SELECT {columns}, {key} AS _origin FROM ({mapping.sql}) m WHERE m.plant IN ({known}) OR m.plant IS NULL"


def origin(mapping: packs.Mapping, columns: list[str]) -> str:
    """SQL of `_origin`: the driver key as one text, NULL where a part of it is that may not be empty."""
    texts = []
    for part, column in zip(mapping.key, columns, strict=True):
        value = f"CAST({column} AS VARCHAR)"
        prefixed = f"strlen({value}) || ':' || {value}"
        texts.append(f"coalesce({prefixed}, 'N')" if part in mapping.empty else prefixed if len(columns) > 1 else value)
    return " || ".join(texts)


@contextmanager
def blamed_on(mapping: packs.Mapping) -> Iterator[None]:
    """SQL of a pack that does not run is the pack's fault; what the machine refuses is not."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        todo = "a mapping sees the raw and mapped tables that its front matter reads, and its SQL is DuckDB's"
        raise RuleError(str(mapping.file), str(error).split("\n\n")[0], todo) from None


def check_origins(connection: duckdb.DuckDBPyConnection, mapping: packs.Mapping, rows: str) -> None:
    """Raises RuleError where a row does not say which key it comes from."""
    if connection.execute(f"SELECT 1 FROM {rows} WHERE _origin IS NULL LIMIT 1").fetchone():
        todo = "name what may be empty, empty: [columns of the key], or leave it out of the key"
        raise RuleError(str(mapping.file), f"returns rows of which a part of the key {', '.join(mapping.key)} is empty", todo)


def as_seen(one: Input) -> str:
    """The input as the mapping's SQL names it."""
    return f"mapped.{identifier(one.mapped)}" if one.mapped else f"raw.{identifier(one.name)}"


def count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    """How many rows a relation has."""
    counted = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
    assert counted is not None
    return int(counted[0])


def schemas_anew(connection: duckdb.DuckDBPyConnection, *schemas: str) -> None:
    """Empty schemas of these names."""
    for schema in schemas:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")


def _whole(one: Input) -> str:
    return f"done.{identifier(one.mapped)}" if one.mapped else f"typed.{identifier(one.name)}"


def _same(may_be_empty: bool, column: str | None, key: str) -> str:
    if column is None:
        return f"d.{key} IS NULL"
    return f"CAST(t.{identifier(column)} AS VARCHAR) {'IS NOT DISTINCT FROM' if may_be_empty else '='} d.{key}"


def _returns_what_it_must(mapping: packs.Mapping, shape: CanonicalTable, returned: list[str]) -> None:
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
