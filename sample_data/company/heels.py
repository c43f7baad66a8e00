"""What is left in a tank goes into the next batch of its kind: so a batch can have come a long way."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from company import clock, mes
from company.clock import minutes
from company.orders import Order
from company.plant import Material, Plant
from company.quality import LIKE_ANY_OTHER

IN_A_ROW = 6
"""Batches of a row, each with the heel of the one before."""
SHARE = Decimal("0.02")
"""Of an order's quantity."""
SUITS = (*LIKE_ANY_OTHER, "under-delivery within tolerance", "by-product message lost", "average posted in place of the weight")
"""What may have befallen an order that leaves a heel or takes one."""


def leave_heels(orders: list[Order], seed: int) -> None:
    """Of semi-finished goods, in the tanks where most is made. The order lists what it takes over, and both systems know of it."""
    rng = random.Random(f"{seed}/heels")
    rows = sorted(_rows(orders), key=len, reverse=True)
    for row in rows[: max(1, round(len(orders) * 0.0003))]:
        for before, order in pairwise(row):
            _take_over(before, order, rng)


def _rows(orders: list[Order]) -> list[list[Order]]:
    """Orders of a plant for one material, each begun when the batch before was free, cut into pieces."""
    rows: dict[tuple[Plant, Material], list[Order]] = {}
    last = clock.FIRST_CUT - timedelta(days=1)
    begun = [(order.started_at, order.completed_at, order) for order in orders if order.material.kind == "HALB" and order.story in SUITS]
    for started, completed, order in sorted(((s, c, o) for s, c, o in begun if s and c), key=lambda one: one[:2]):
        row = rows.setdefault((order.plant, order.material), [])
        if started >= clock.OPENING and completed < last and (not row or _free(row[-1]) <= started):
            row.append(order)
    return [row[first : first + IN_A_ROW] for row in rows.values() for first in range(0, len(row), IN_A_ROW)]


def _free(order: Order) -> datetime:
    assert order.completed_at is not None
    return max(order.completed_at + timedelta(hours=4), (order.accepted_at or order.completed_at) + timedelta(hours=2))


def _take_over(before: Order, order: Order, rng: random.Random) -> None:
    assert order.started_at is not None
    material = order.material
    order.recipe = replace(order.recipe, components=(*order.recipe.components, (material, SHARE)))
    quantity, at = mes.weighed(order.planned * SHARE / material.mes_factor, material), order.started_at + minutes(2, 6, rng)
    order.events.append(mes.record(order, "consumption", material, before.batch, material.store, quantity, at, rng))
