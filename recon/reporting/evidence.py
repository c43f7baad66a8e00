"""The evidence of one finding, side by side: the values that were compared, and the canonical rows behind them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from recon.reporting import words

SYSTEMS = {"sap": "SAP", "mes": "MES", "qms": "QMS", "wms": "WMS"}
SIDES = SYSTEMS | {"recon": "recon"}
_KNOWN = ("system", "plant", "source", "row_ref", "ambiguous", "problems")
"""Fields that say what the reader knows already; shown where they say something unusual."""
QUANTITIES = frozenset({
    "quantity", "taken_back", "required", "expected", "unrestricted", "restricted", "in_inspection", "available", "allocated", "awaited", "stock", "not_posted",
    "posted", "in", "out",
})  # fmt: skip
"""Compared fields that are in the unit of the finding, or in the side's own where it has a field `unit`.

What an order plans, what it made and what is confirmed is none of them: each system has it in the unit of its own order.
"""


@dataclass(frozen=True)
class Rows:
    """Canonical rows of one table, without the columns that are empty in all of them."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], str], ...]
    """Values as text, and where the row was read."""


@dataclass(frozen=True)
class Side:
    """What one system says."""

    title: str
    compared: dict[str, str]
    """Field → value as text."""
    tables: tuple[Rows, ...]
    count: int
    """Source rows in all; more than are shown where there are many."""
    digest: str


def sides_of(compared: str | None, counts: str | None, rows: list[dict[str, Any]], unit: str | None = None) -> tuple[Side, ...]:
    """From a finding's `evidence`, `rows` and unit, and its rows of evidence.parquet, to its sides in the order SAP, MES, QMS, WMS, recon."""
    values, counted = _object(compared), _object(counts)
    sides = []
    for side, title in SIDES.items():
        own = [row for row in rows if row["side"] == side]
        # A rule over all sides has columns of those, too, that know nothing of the thing. Of two sides the silent one is what the finding is about.
        silent = side not in values or (values.keys() >= SYSTEMS.keys() and all(value is None for value in values[side].values()))
        if silent and side not in counted and not own:
            continue
        tables = tuple(_rows(table, [row for row in own if row["canonical_table"] == table]) for table in dict.fromkeys(row["canonical_table"] for row in own))
        about = counted.get(side) or {}
        said = values.get(side) or {}
        compared_here = {name: _measured(name, value, said.get("unit") or unit) for name, value in said.items()}
        sides.append(Side(title, compared_here, tables, int(about.get("count") or 0), str(about.get("digest") or "")))
    return tuple(sides)


def _rows(table: str, rows: list[dict[str, Any]]) -> Rows:
    read = [(_object(row["row"]), row["row_ref"] or "") for row in rows]
    names = dict.fromkeys(name for row, _ in read for name in row if name not in _KNOWN)
    columns = tuple(sorted((name for name in names if any(row.get(name) is not None for row, _ in read)), key=lambda name: name.endswith("_at")))
    return Rows(table, columns, tuple((tuple(_text(row.get(name)) for name in columns), row_ref) for row, row_ref in read))


def _object(text: str | None) -> dict[str, Any]:
    """A JSON object with its numbers exact."""
    value = json.loads(text, parse_float=Decimal, parse_int=Decimal) if text else {}
    return value if isinstance(value, dict) else {}


def _measured(name: str, value: object, unit: str | None) -> str:
    """A compared value, with its unit where it is a quantity."""
    return words.quantity(value, unit) if name in QUANTITIES and isinstance(value, Decimal) else _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return words.number(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
