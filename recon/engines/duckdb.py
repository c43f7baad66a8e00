"""Runs pairings and rules on DuckDB, over canonical tables that are Parquet parts.

What a pairing's SQL sees: its canonical tables as <schema>.<table>, and what was prepared of whole chains (engines/genealogy) as trace.<name>, each row with
`moving`; pairings that it builds on as pairing.<name>; the relation `cut` (system, plant, cut, settled_until, complete_from, day) with the plants that
can be judged; the relation `params` (system, plant, and a column for each parameter). A rule sees its pairing as pairing.<name>, and its own `params`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.config import WorkspaceSettings
from recon.errors import ConfigurationError, RuleError
from recon.rule import Pairing, Rule

RESULT_TAIL = ("difference", "quantity", "unit", "in_flight")
SIDES = ("sap", "mes", "qms", "wms")


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
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def load_canonical(connection: duckdb.DuckDBPyConnection, rows: Mapping[str, Sequence[str]]) -> None:
    """Make canonical."<schema>.<table>" for every canonical table: the rows of all its sources, or empty in the right shape.

    rows: schema.table → for each source that supplies it, a SELECT of its rows (`recon.snapshots.current.canonical_rows`).
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS canonical; CREATE SCHEMA IF NOT EXISTS pairing; CREATE SCHEMA IF NOT EXISTS trace")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for table in canonical_tables().values():
            name = f"{schema}.{table.name}"
            columns = ", ".join(f'CAST(NULL AS {kind}) AS "{column}"' for column, kind in table.all_columns.items())
            body = " UNION ALL ".join(rows.get(name, ())) or f"SELECT {columns} WHERE false"
            connection.execute(f'CREATE OR REPLACE VIEW canonical."{name}" AS {body}')


def run_pairing(connection: duckdb.DuckDBPyConnection, pairing: Pairing, cuts: Sequence[Cut], params: Mapping[str, Any]) -> None:
    """Compute pairing.<name>; what it builds on is there already. Raises RuleError where its SQL does not run, or returns a key twice."""
    see(connection, cuts, pairing.sees)
    set_params(connection, cuts, params, str(pairing.file))
    _execute(connection, f'CREATE OR REPLACE TABLE pairing."{pairing.name}" AS {pairing.sql}', pairing.file)
    _columns(connection, f'pairing."{pairing.name}"', (*pairing.key, "changed_at", "not_evaluated"), (), pairing.file)
    _unique(connection, f'pairing."{pairing.name}"', pairing.key, pairing.file)


def run_rule(connection: duckdb.DuckDBPyConnection, rule: Rule, cuts: Sequence[Cut], params: Mapping[str, Any]) -> str:
    """Run a rule over its pairing; returns the name of the table with its result. Raises RuleError."""
    set_params(connection, cuts, params, str(rule.file))
    result = f'"result {rule.id}"'
    _execute(connection, f"CREATE OR REPLACE TEMP TABLE {result} AS {rule.sql}", rule.file)
    columns = _columns(connection, result, (*rule.key, "changed_at", "not_evaluated"), RESULT_TAIL, rule.file)
    evidence = columns[len(rule.key) + 2 : -len(RESULT_TAIL)]
    stray = [name for name in evidence if name.split("_")[0] not in SIDES]
    if stray:
        raise RuleError(str(rule.file), f"returns {', '.join(stray)}", "evidence columns begin with sap_, mes_, qms_ or wms_")
    _unique(connection, result, rule.key, rule.file)
    return result


def set_params(connection: duckdb.DuckDBPyConnection, cuts: Sequence[Cut], params: Mapping[str, Any], where: str) -> None:
    """Make the relation `params`: one row for each plant that is judged."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE params AS SELECT system, plant{_parameter_columns(params, where)} FROM cut")


def see(connection: duckdb.DuckDBPyConnection, cuts: Sequence[Cut], tables: Sequence[str]) -> None:
    """Show canonical tables and prepared relations, named as schema.table, as the pairing at hand sees them."""
    connection.execute("CREATE OR REPLACE TABLE cut (system VARCHAR, plant VARCHAR, cut TIMESTAMP, settled_until TIMESTAMP, complete_from TIMESTAMP, day DATE)")
    if cuts:
        rows = [(c.system, c.plant, c.cut, c.settled_until, c.complete_from, c.day) for c in cuts]
        connection.executemany("INSERT INTO cut VALUES (?, ?, ?, ?, ?, ?)", rows)
    for name in tables:
        schema, _, table = name.partition(".")
        # A row that belongs to no plant, or whose time is unknown, does not move.
        connection.execute(f"""
            CREATE OR REPLACE VIEW {schema}."{table}" AS
            SELECT t.*, coalesce(t.changed_at > c.settled_until, false) AS moving
            FROM canonical."{name}" t LEFT JOIN cut c ON c.system = t.system AND c.plant = t.plant""")


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


def _parameter_columns(params: Mapping[str, Any], where: str) -> str:
    """SQL of the columns of `params` after system and plant, each with a type that does not depend on its value."""
    return "".join(f", {_literal(value, where)} AS {key}" for key, value in params.items())


def _literal(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"CAST({value} AS BIGINT)"
    if isinstance(value, float | Decimal):
        return f"CAST('{Decimal(str(value)):f}' AS DECIMAL(12, 6))"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return "CAST([" + ", ".join(_literal(entry, where) for entry in value) + "] AS VARCHAR[])"
    raise RuleError(where, f"has a parameter {value!r} that is no number, text, yes or no, or list of texts")


def population(connection: duckdb.DuckDBPyConnection, pairing: Pairing) -> dict[tuple[str, str], int]:
    """(system, plant) → how many things the pairing compares there."""
    rows = connection.execute(f'SELECT system, plant, count(*) FROM pairing."{pairing.name}" GROUP BY ALL').fetchall()
    return {(row[0], row[1]): row[2] for row in rows}
