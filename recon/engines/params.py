"""The relation `params` that a pairing or rule joins: a row for each plant that is judged (system, plant), and a column for each parameter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from recon.errors import RuleError
from recon.rule import Override


def set_params(
    connection: duckdb.DuckDBPyConnection,
    plants: Collection[str],
    params: Mapping[str, Any],
    overrides: Sequence[Override],
    chosen: Collection[int],
    where: str,
) -> None:
    """Make `params` for plants of `cut`: the site's values, over them those of the plants' own entries and of the narrow ones that are chosen.

    chosen: places of narrow entries in `overrides`. where: whose parameters they are, for messages. Raises RuleError where a value has no type that
    a rule could use.
    """
    held = [one for number, one in enumerate(overrides) if not one.narrow or number in chosen]
    # A column has one type, whichever of the values the plants of tonight have.
    fractional = {name for values in (params, *(one.values for one in overrides)) for name, value in values.items() if isinstance(value, float | Decimal)}
    groups: dict[str, list[str]] = {_columns(params, fractional, where): []}
    for plant in plants:
        values = dict(params)
        for one in held:
            if one.plants is None or plant in one.plants:
                values |= one.values
        groups.setdefault(_columns(values, fractional, where), []).append(plant)
    rows = (f"SELECT system, plant{columns} FROM cut WHERE plant IN ({_listed(names)})" for columns, names in groups.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE params AS {' UNION ALL '.join(rows)}")


def _columns(values: Mapping[str, Any], fractional: Collection[str], where: str) -> str:
    """SQL of the columns after system and plant, each with a type that does not depend on its value."""
    told = ((name, Decimal(value) if name in fractional and isinstance(value, int) else value) for name, value in values.items())
    return "".join(f", {_literal(value, where)} AS {name}" for name, value in told)


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(_text, texts)) or "NULL"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _literal(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"CAST({value} AS BIGINT)"
    if isinstance(value, float | Decimal):
        return f"CAST('{Decimal(str(value)):f}' AS DECIMAL(12, 6))"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return "CAST([" + ", ".join(map(_text, value)) + "] AS VARCHAR[])"
    raise RuleError(where, f"has a parameter {value!r} that is no number, text, yes or no, or list of texts")
