"""Runs pairings and rules on DuckDB, over canonical tables that are Parquet parts.

What a pairing's SQL sees: its canonical tables as <schema>.<table>, and what was prepared of whole chains (engines/genealogy) as trace.<name>, each row with
`moving`, a message also with `service_level`; pairings that it builds on as pairing.<name>; the relation `cut` (system, plant, cut, settled_until,
complete_from, day) with the plants that can be judged; the relation `params` (system, plant, and a column for each parameter). A rule sees its pairing as
pairing.<name>, and its own `params`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb

from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.config import ALL_OTHERS, SERVICE_LEVEL, WorkspaceSettings
from recon.engines import scopes
from recon.engines.params import set_params
from recon.errors import ConfigurationError, RuleError
from recon.rule import Override, Pairing, Rule

FEW_ROWS = 100_000
"""Up to as many rows, a night plans its statements for longer than it runs them: threads would only wait for one another."""

RESULT_TAIL = ("difference", "quantity", "unit", "in_flight")
SIDES = ("sap", "mes", "qms", "wms", "recon")
"""Whose values evidence is made of; recon: what it has noted itself."""


@dataclass(frozen=True)
class Cut:
    """Up to when one plant is judged by the rules over one pairing. All times are UTC, the day is the plant's."""

    system: str
    plant: str
    cut: datetime
    settled_until: datetime
    complete_from: datetime | None
    day: date
    """The calendar day at the plant when the cut was."""


def connect(settings: WorkspaceSettings, scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that never reaches out: no extension is loaded or fetched. `scratch` is where it spills."""
    config: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    if settings.threads:
        config["threads"] = settings.threads
    if scratch:
        config["temp_directory"] = str(scratch)
    try:
        connection = duckdb.connect(config=config)
        if settings.memory_limit:
            connection.execute(f"SET memory_limit = '{settings.memory_limit.replace(chr(39), '')}'")
    except duckdb.Error as error:
        raise ConfigurationError("recon.toml: workspace", str(error).splitlines()[0], "memory_limit is a size such as 4GB") from None
    # Where Python was started without a script, DuckDB takes its output for a person's and draws a bar in it.
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


def suit(connection: duckdb.DuckDBPyConnection, settings: WorkspaceSettings, rows: int) -> bool:
    """Use one thread for a night of few rows, where the site has not said how many. rows: those of all raw tables. Returns whether they are few."""
    few = rows <= FEW_ROWS
    if few and settings.threads is None:
        connection.execute("SET threads = 1")
    return few


def load_canonical(
    connection: duckdb.DuckDBPyConnection,
    rows: Mapping[str, Sequence[str]],
    service_levels: Mapping[str, timedelta] = MappingProxyType({}),
    few: bool = False,
) -> None:
    """Make canonical."<schema>.<table>" for every canonical table: the rows of all its sources, or empty in the right shape.

    rows: schema.table → for each source that supplies it, a SELECT of its rows (`recon.snapshots.current.canonical_rows`).
    service_levels: `Settings.service_levels`, which SQL asks by service_level(workflow, interface).
    few: the rows are few (FEW_ROWS): they are taken into memory, since every statement would otherwise open the parts of all that it names.
    """
    _declare_service_levels(connection, service_levels)
    connection.execute("CREATE SCHEMA IF NOT EXISTS canonical; CREATE SCHEMA IF NOT EXISTS pairing; CREATE SCHEMA IF NOT EXISTS trace")
    connection.execute(Path(__file__).with_name("noted.sql").read_text(encoding="utf-8"))
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for table in canonical_tables().values():
            name = f"{schema}.{table.name}"
            columns = ", ".join(f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in table.all_columns.items())
            body = " UNION ALL ".join(rows.get(name, ())) or f"SELECT {columns} WHERE false"
            # One does not replace the other, so all of a night are of one kind, whatever a part of it supplies.
            connection.execute(f'CREATE OR REPLACE {"TABLE" if few else "VIEW"} canonical."{name}" AS {body}')


def _declare_service_levels(connection: duckdb.DuckDBPyConnection, service_levels: Mapping[str, timedelta]) -> None:
    """Make the macro service_level(workflow, interface): the INTERVAL that a message may wait, by its workflow or else its interface or else ALL_OTHERS."""
    connection.execute("CREATE OR REPLACE TABLE service_levels (name VARCHAR, level INTERVAL)")
    connection.executemany("INSERT INTO service_levels VALUES (?, ?)", [*({ALL_OTHERS: SERVICE_LEVEL} | dict(service_levels)).items()])
    connection.execute(f"""
        CREATE OR REPLACE MACRO service_level(workflow, interface) AS coalesce(
            (SELECT level FROM service_levels WHERE name = workflow AND name <> '{ALL_OTHERS}'),
            (SELECT level FROM service_levels WHERE name = interface AND name <> '{ALL_OTHERS}'),
            (SELECT level FROM service_levels WHERE name = '{ALL_OTHERS}'))""")


def run_pairing(
    connection: duckdb.DuckDBPyConnection, pairing: Pairing, cuts: Sequence[Cut], params: Mapping[str, Any], overrides: Sequence[Override] = ()
) -> None:
    """Compute pairing.<name>; what it builds on is there already. Raises RuleError where its SQL does not run, or returns a key twice.

    params: the site's values. overrides: those that hold tonight for some keys in place of them, later ones before earlier ones.
    """
    see(connection, cuts, pairing.sees, pairing.plantless)
    table = f'pairing."{pairing.name}"'
    _compute(connection, f"TABLE {table}", pairing, pairing, cuts, params, overrides)
    _columns(connection, table, (*pairing.key, "changed_at", "not_evaluated"), (), pairing.file)
    _unique(connection, table, pairing.key, pairing.file)


def run_rule(connection: duckdb.DuckDBPyConnection, rule: Rule, cuts: Sequence[Cut], params: Mapping[str, Any], overrides: Sequence[Override] = ()) -> str:
    """Run a rule over its pairing, which was computed last; returns the name of the table with its result. Raises RuleError.

    params, overrides: as for the pairing.
    """
    result = f'"result {rule.id}"'
    _compute(connection, f"TEMP TABLE {result}", rule, rule.pairing, cuts, params, overrides)
    columns = _columns(connection, result, (*rule.key, "changed_at", "not_evaluated"), RESULT_TAIL, rule.file)
    evidence = columns[len(rule.key) + 2 : -len(RESULT_TAIL)]
    stray = [name for name in evidence if name.split("_")[0] not in SIDES]
    if stray:
        raise RuleError(str(rule.file), f"returns {', '.join(stray)}", "evidence columns begin with sap_, mes_, qms_, wms_ or recon_")
    _unique(connection, result, rule.key, rule.file)
    return result


def _compute(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    thing: Rule | Pairing,
    pairing: Pairing,
    cuts: Sequence[Cut],
    params: Mapping[str, Any],
    overrides: Sequence[Override],
) -> None:
    """Make the table of what a rule or pairing returns, each row by the values that hold for its key. table: its name, after TABLE or TEMP TABLE."""
    plants = sorted({cut.plant for cut in cuts})
    if not any(one.narrow for one in overrides):
        set_params(connection, plants, params, overrides, (), str(thing.file))
        _execute(connection, f"CREATE OR REPLACE {table} AS {thing.sql}", thing.file)
        return
    sql, name = thing.sql.rstrip().rstrip(";"), table.partition("TABLE ")[2]
    for scope in scopes.lay_out(connection, plants, overrides):
        set_params(connection, plants, params, overrides, scope, str(thing.file))
        rows = scopes.of_scope(sql, pairing, scope)
        _execute(connection, f"INSERT INTO {name} {rows}" if scope else f"CREATE OR REPLACE {table} AS {rows}", thing.file)
    if scopes.some_unclear(connection):
        set_params(connection, plants, params, overrides, (), str(thing.file))
        # A key whose values nobody can tell is not judged. A rule says so of every such key, since any of them might have fired.
        keys = f"SELECT {', '.join(pairing.key)}, changed_at, not_evaluated FROM pairing.{pairing.name}"
        _execute(connection, f"INSERT INTO {name} BY NAME {scopes.unclear(sql if thing is pairing else keys, pairing)}", thing.file)


def see(connection: duckdb.DuckDBPyConnection, cuts: Sequence[Cut], tables: Sequence[str], plantless: bool = False) -> None:
    """Show canonical tables and prepared relations, named as schema.table, as the pairing at hand sees them. plantless: it is about what has no plant."""
    connection.execute("CREATE OR REPLACE TABLE cut (system VARCHAR, plant VARCHAR, cut TIMESTAMP, settled_until TIMESTAMP, complete_from TIMESTAMP, day DATE)")
    if cuts:
        rows = [(c.system, c.plant, c.cut, c.settled_until, c.complete_from, c.day) for c in cuts]
        connection.executemany("INSERT INTO cut VALUES (?, ?, ?, ?, ?, ?)", rows)
    # By the plants in words: joined to `cut`, every table that a pairing names would be one more join, whether or not anybody asks what moves.
    # Where nothing is judged by plant, a system has one cut, and the rows of all its plants have it.
    settled = "".join(
        f" WHEN t.system = {_literal(c.system)}{'' if plantless else f' AND t.plant = {_literal(c.plant)}'}"
        f" THEN TIMESTAMP '{c.settled_until:%Y-%m-%d %H:%M:%S.%f}'"
        for c in cuts
    )
    # A row that belongs to no plant, or whose time is unknown, does not move.
    moving = f"coalesce(t.changed_at > CASE{settled} END, false)" if cuts else "false"
    for name in tables:
        schema, _, table = name.partition(".")
        waits = ", service_level(t.workflow, t.interface) AS service_level" if table == "message" else ""
        connection.execute(f'CREATE OR REPLACE VIEW {schema}."{table}" AS SELECT t.*, {moving} AS moving{waits} FROM canonical."{name}" t')


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _execute(connection: duckdb.DuckDBPyConnection, sql: str, file: Path) -> None:
    try:
        connection.execute(sql)
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise  # the machine's fault, not the rule's
    except duckdb.Error as error:
        raise RuleError(str(file), str(error).split("\n\n")[0]) from None


def _columns(connection: duckdb.DuckDBPyConnection, relation_name: str, first: Sequence[str], last: Sequence[str], file: Path) -> list[str]:
    columns = [row[0] for row in connection.execute(f"DESCRIBE {relation_name}").fetchall()]
    if tuple(columns[: len(first)]) != tuple(first):
        raise RuleError(str(file), f"returns {', '.join(columns[: len(first)])}", f"its first columns have to be {', '.join(first)}")
    if last and tuple(columns[-len(last) :]) != tuple(last):
        raise RuleError(str(file), f"ends with {', '.join(columns[-len(last) :])}", f"its last columns have to be {', '.join(last)}")
    return columns


def _unique(connection: duckdb.DuckDBPyConnection, relation_name: str, key: Sequence[str], file: Path) -> None:
    names = ", ".join(f'"{column}"' for column in key)
    twice = connection.execute(f"SELECT {names} FROM {relation_name} GROUP BY {names} HAVING count(*) > 1 ORDER BY ALL LIMIT 1").fetchone()
    if twice:
        raise RuleError(str(file), f"returns the key {dict(zip(key, twice, strict=True))} more than once", "a result is unique on its key")


def population(connection: duckdb.DuckDBPyConnection, pairing: Pairing) -> dict[tuple[str, str], int]:
    """(system, plant) → how many things the pairing compares there."""
    rows = connection.execute(f'SELECT system, plant, count(*) FROM pairing."{pairing.name}" GROUP BY ALL').fetchall()
    return {(row[0], row[1]): row[2] for row in rows}
