"""What becomes of finished batches: deliveries to customers, reservations for samples, and stock that lies elsewhere or belongs to somebody."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from company import clock
from company.agenda import Agenda
from company.clock import minutes
from company.orders import Key, Order
from company.plant import LINDAU, PLANTS, SCENT
from company.qms import Qms
from company.quality import HARMLESS
from company.register import Register
from company.sap import Delivery, Reservation, Sap, Special

CUSTOMERS = ("0000100017", "0000100023", "0000100042", "0000100055")
SUPPLIER = "0000700012"
SUBCONTRACTOR = "0000700031"
CONSIGNMENTS = 3
"""Lots of bergamot oil that lie in Lindau and are still the supplier's."""
ELSEWHERE = ("E", "O", "W", "plant")
"""Sales order, subcontractor, customer consignment, and the other plant."""


def ship(orders: list[Order], nights: int, qms: Qms, sap: Sap, agenda: Agenda, register: Register, seed: int) -> None:
    """A batch that quality will hold or reject is delivered before that, to the second before a hold, and never all of it."""
    rng = random.Random(f"{seed}/shipping")
    end = clock.cut(nights)
    turn = 0
    held: dict[Key, datetime] = {}
    for hold in qms.holds:
        if hold.scope == "batch":
            key = hold.material.number, hold.batch
            held[key] = min(held.get(key, hold.opened_at), hold.opened_at)
    for number in range(CONSIGNMENTS):
        at = clock.between(clock.OPENING, clock.FIRST_CUT - timedelta(days=1), rng)
        agenda.at(at, partial(sap.consign, at, LINDAU, SCENT, f"{77_001 + number:010d}", Decimal(rng.randint(20, 60)), Special("K", SUPPLIER)))
    for order in orders:
        if order.story not in HARMLESS or order.material.kind != "FERT" or order.completed_at is None or order.used_up or order.material.serial_profile:
            continue
        free = (order.accepted_at or order.completed_at) + timedelta(hours=5)
        trouble = qms.troubled.get(order.number)
        last = trouble - timedelta(hours=2) if trouble else free + timedelta(days=6)
        if last <= free or free > end:
            continue
        share = (order.planned * Decimal(rng.randint(5, 15)) / 100).quantize(Decimal(1))
        for delivery in range(rng.choice((0, 1, 1, 2))):
            at = clock.between(free, last, rng)
            if delivery == 0 and trouble and held.get((order.material.number, order.batch)) == trouble:
                at = trouble - timedelta(seconds=1)
                register.note("delivered just before a hold", at)
            _deliver(order, share, at, sap, agenda, rng)
        if trouble:
            continue
        at = clock.between(free, last, rng)
        if turn % 2:
            _set_aside(order, at, sap, agenda, rng)
        else:
            _move(order, share, ELSEWHERE[turn // 2 % len(ELSEWHERE)], at, sap, agenda)
        turn += 1


def _deliver(order: Order, quantity: Decimal, at: datetime, sap: Sap, agenda: Agenda, rng: random.Random) -> None:
    created = at - minutes(60, 240, rng)
    day = clock.local(at, order.plant.zone).date()
    delivery = Delivery("", order.plant, rng.choice(CUSTOMERS), order.material, order.batch, quantity, created, day)
    agenda.at(created, partial(sap.create_delivery, delivery))
    agenda.at(at, partial(sap.issue_delivery, at, delivery))


def _set_aside(order: Order, at: datetime, sap: Sap, agenda: Agenda, rng: random.Random) -> None:
    """Samples for marketing: reserved, and mostly fetched some days later."""
    reservation = Reservation("", order.plant, order.material, order.batch, Decimal(rng.randint(6, 24)), at, (at + timedelta(days=2)).date())
    agenda.at(at, partial(sap.reserve, reservation))
    if rng.random() < 0.5:
        fetched = at + minutes(600, 2400, rng)
        agenda.at(fetched, partial(sap.withdraw, fetched, reservation))


def _move(order: Order, quantity: Decimal, where: str, at: datetime, sap: Sap, agenda: Agenda) -> None:
    if where == "plant":
        other = PLANTS[1 - PLANTS.index(order.plant)]
        agenda.at(at, partial(sap.send_to_plant, at, order.plant, other, order.material, order.batch, quantity))
        return
    special = {"E": Special("E", f"00000{order.number[-5:]}", "000010"), "O": Special("O", SUBCONTRACTOR), "W": Special("W", CUSTOMERS[0])}[where]
    agenda.at(at, partial(sap.move_to_special, at, order.plant, order.material, order.batch, quantity, special))
