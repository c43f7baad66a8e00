"""Orders the MES never sees: maintenance and repacking (PM01), whose consumption clerks post in SAP."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from functools import partial

from company import clock
from company.agenda import Agenda
from company.lots import Lots
from company.orders import Order, Passage
from company.plant import LINDAU, OIL, RECIPES, SURFACTANT
from company.register import Register
from company.sap import Sap

FIRST_ORDER = 8_000_011


def repair(count: int, nights: int, sap: Sap, agenda: Agenda, register: Register, seed: int) -> list[Order]:
    """`count` such orders, released like any other and consuming a little of a batch."""
    rng = random.Random(f"{seed}/maintenance")
    lots = Lots(LINDAU, sap, agenda, rng, first_number=900_000)
    orders: list[Order] = []
    for start in sorted(clock.between(clock.OPENING, clock.cut(nights) - timedelta(hours=8), rng) for _ in range(count)):
        day = clock.local(start).date()
        released = clock.office_hours(day - timedelta(days=1), rng)
        order = Order(
            LINDAU,
            f"{FIRST_ORDER + len(orders)}",
            "PM01",
            RECIPES[0],
            "",
            Decimal(1),
            Decimal(0),
            released - timedelta(hours=20),
            released,
            day,
            "",
            Passage(None),
            Passage(None),
        )
        orders.append(order)
        material = rng.choice((OIL, SURFACTANT))
        quantity = Decimal(rng.randint(500, 9000)) / 1000
        batch = lots.take(material, quantity, start, Decimal(0))
        agenda.at(order.created_at, partial(sap.create, order))
        agenda.at(released, partial(sap.release, order.number, released))
        agenda.at(start, partial(sap.issue, start, order.number, material, batch, material.store, (quantity,), day, "", "MBAUER"))
        register.note("order type not run by the MES", start)
    return orders
