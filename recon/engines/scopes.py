"""Values that differ by order type or material group: which entries hold for which keys.

A rule's SQL joins `params` by plant and knows nothing of this. It runs once for every set of entries that occurs, its *scope*, and of each run the keys
that belong to the scope are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from recon.rule import Override, Pairing

_SQL = Path(__file__).parent / "scopes.sql"

Scope = tuple[int, ...]
"""Places in the list of overrides of the narrow ones that hold, in their order; empty: none does."""


def lay_out(connection: duckdb.DuckDBPyConnection, plants: Sequence[str], overrides: Sequence[Override]) -> list[Scope]:
    """Make order_kind, material_kind and scope for plants of `cut`; returns the scopes that occur, first the empty one."""
    connection.execute("CREATE OR REPLACE TEMP TABLE override (number INTEGER, plants VARCHAR[], order_types VARCHAR[], material_groups VARCHAR[])")
    rows = [
        (number, list(plants if one.plants is None else one.plants), _list(one.order_types), _list(one.material_groups))
        for number, one in enumerate(overrides)
        if one.narrow
    ]
    connection.executemany("INSERT INTO override VALUES (?, ?, ?, ?)", rows)
    connection.execute(_SQL.read_text(encoding="utf-8"))
    return [(), *(tuple(row[0]) for row in connection.execute("SELECT DISTINCT entries FROM scope ORDER BY entries").fetchall())]


def of_scope(sql: str, pairing: Pairing, scope: Scope) -> str:
    """SELECT of the rows of `sql`, which has the key of `pairing`, that are of the scope. Keys whose scope nobody can tell are of none."""
    return f"SELECT r.* FROM ({sql}\n) r {_kinds(pairing)} WHERE coalesce(s.entries, []) = {list(scope)}::INTEGER[] AND {_unclear(pairing)} IS NULL"


def unclear(sql: str, pairing: Pairing) -> str:
    """SELECT of the rows of `sql`, which has the key of `pairing`, whose scope nobody can tell, each with the reason in its `not_evaluated`."""
    told = f"coalesce(r.not_evaluated, {_unclear(pairing)}) AS not_evaluated"
    return f"SELECT r.* REPLACE ({told}) FROM ({sql}\n) r {_kinds(pairing)} WHERE {_unclear(pairing)} IS NOT NULL"


def some_unclear(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether there is an order or a material of which SAP does not say clearly what kind it is."""
    found = connection.execute("""
        SELECT EXISTS (FROM order_kind WHERE type_unclear IS NOT NULL OR material_unclear IS NOT NULL)
            OR EXISTS (FROM material_kind WHERE group_unclear IS NOT NULL)""").fetchone()
    return bool(found and found[0])


def _kinds(pairing: Pairing) -> str:
    """Joins from rows r to the kinds of their order (o) and material (m), and to their scope (s)."""
    order = "o.system = r.system AND o.order_no = r.order_no" if "order_no" in pairing.front.key else "false"
    material = f'r."{pairing.material}"' if pairing.material else "o.material"
    return f"""
        LEFT JOIN order_kind o ON {order}
        LEFT JOIN material_kind m ON m.system = r.system AND m.material = {material}
        LEFT JOIN scope s
          ON s.plant = r.plant AND s.order_type IS NOT DISTINCT FROM o.order_type AND s.material_group IS NOT DISTINCT FROM m.material_group"""


def _unclear(pairing: Pairing) -> str:
    """SQL of the reason why nobody can tell the scope of a row; NULL: it is clear. What no entry selects by that could hold for the row does not matter."""
    group_unclear = "m.group_unclear" if pairing.material else "coalesce(o.material_unclear, m.group_unclear)"
    of_type = _could_hold("order_types", f"e.material_groups IS NULL OR {group_unclear} IS NOT NULL OR list_contains(e.material_groups, m.material_group)")
    of_group = _could_hold("material_groups", "e.order_types IS NULL OR o.type_unclear IS NOT NULL OR list_contains(e.order_types, o.order_type)")
    return f"""coalesce(
        CASE WHEN o.type_unclear IS NOT NULL AND {of_type} THEN o.type_unclear END,
        CASE WHEN {group_unclear} IS NOT NULL AND {of_group} THEN {group_unclear} END)"""


def _could_hold(selected: str, otherwise: str) -> str:
    """SQL of whether an entry that selects by one thing could hold for a row, by its plant and by what else the entry (e) selects by."""
    entries = f"(SELECT list(one) FROM override one WHERE one.{selected} IS NOT NULL)"
    return f"coalesce(len(list_filter({entries}, lambda e: list_contains(e.plants, r.plant) AND ({otherwise}))) > 0, false)"


def _list(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)
