"""Plans the orders, runs them in the MES, and lets their stories happen."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from company import catch_weight, clock, damages, mes, oddities
from company.agenda import Agenda
from company.clock import minutes
from company.lots import Lots
from company.mes import Shape, usual_passage
from company.orders import Order, Passage
from company.plant import LINDAU, PEORIA, RECIPES, SOAP, Plant, Recipe
from company.register import Register
from company.sap import Sap
from company.scene import Scene
from company.stories import Slot, slots

FIRST_ORDER = 1_000_101
FIRST_EVENT, FIRST_BOOKED = 40_000_001, 45_000_001
"""Numbers of what the line records by itself, and of what people book at its terminal."""
PEORIA_SHARE = 0.25

HAPPEN = damages.HAPPEN | catch_weight.HAPPEN | oddities.HAPPEN
"""Everyday orders, and those whose story is only when they run, have nothing here."""

NEVER_RUN = ("order download lost", "order download late", "order changed after download", "cancelled after download", "beyond the download horizon",
             "order made up in the MES", "technically completed too early", "released incomplete", "downloaded to both plants")  # fmt: skip

ONLY = {
    "receipt message doubled": ("300402", "BODYOIL-100"),
    "receipt posted in the wrong unit": ("BODYOIL-100",),
    "average posted in place of the weight": ("HB-GEL", "200104", "200105"),
    "dose rounded to nothing": ("300402",),
    "dosed too much": ("HB-GEL", "300401", "300402", "BODYOIL-100"),
    "doses never recorded": ("BODYOIL-100", "300404"),
    "operation report lost": ("HB-GEL", "200104", "300401", "300402", "BODYOIL-100"),
    "confirmation keyed wrongly": ("200101", "200102", "HB-GEL", "200104", "200105", "BODYOIL-100", "300404"),
    "late within the settle time": ("400101",),
    "component left out": ("HB-GEL", "300401"),
    "backflush failed": ("300401", "300402"),
    "pumped back into the tank": ("200101", "200102", "200104", "200105"),
    "marked rework": ("200101", "200102", "200104", "200105"),
    "by-product message lost": ("200101", "200102"),
    "trifle lost": ("200101", "200102"),
    "unit without conversion": ("300402", "BODYOIL-100"),
    "under-delivery within tolerance": ("200101", "200102", "300404"),
    "inside tolerance by one step": ("200101", "200102", "HB-GEL", "200104", "300401", "BODYOIL-100", "300404"),
    "consumption posted in the wrong unit 0": ("200101", "200102", "HB-GEL", "300401", "BODYOIL-100"),
    "consumption posted in the wrong unit 1": ("300401", "BODYOIL-100"),
}
"""Stories (and variants) that need a certain component, unit or stock type: what may be made then."""


def produce(count: int, nights: int, sap: Sap, agenda: Agenda, register: Register, seed: int) -> list[Order]:
    """All orders that the MES runs or should run, with their events; what clerks do in SAP is put on the agenda."""
    rng = random.Random(f"{seed}/production")
    supplies = {LINDAU: Lots(LINDAU, sap, agenda, rng), PEORIA: Lots(PEORIA, sap, agenda, rng, first_number=500_000)}
    orders: list[Order] = []
    taken: dict[tuple[str, str], int] = {}
    for slot in slots(count, nights, rng):
        plant = PEORIA if rng.random() < PEORIA_SHARE and slot.story != "before history" else LINDAU
        lots = supplies[plant]
        order = _plan(plant, f"{FIRST_ORDER + len(orders)}", slot, rng)
        order.batch = _batch(order, taken)
        orders.append(order)
        order.unplanned = slot.story == "order made up in the MES"
        if not order.unplanned:
            agenda.at(order.created_at, partial(sap.create, order))
            agenda.at(order.released_at, partial(sap.release, order.number, order.released_at))
        if slot.story not in NEVER_RUN and not (slot.story == "before history" and slot.variant):
            mes.execute(order, slot.start, slot.duration, _shape(slot, order), lots, rng)
            if slot.story == "":
                mes.make_besides(order, rng)
        happen = HAPPEN.get(slot.story)
        if happen:
            happen(Scene(order, slot, sap, agenda, lots, register, rng))
        if order.completed_at is not None and slot.story == "before history":
            # Its release is no active status any more, and only the history of its statuses says when it was.
            _complete_technically(order, order.completed_at, sap, agenda, rng)
        elif order.completed_at is not None:
            _afterwards(order, order.completed_at, sap, agenda, lots, register, rng)
    number_events(orders, FIRST_EVENT)
    return orders


def _plan(plant: Plant, number: str, slot: Slot, rng: random.Random) -> Order:
    recipe = _recipe(slot, rng)
    low, high, step = recipe.lot
    planned = Decimal(rng.randrange(low, high + 1, step))
    released, day = _dates(plant, slot, rng)
    created = clock.office_hours((released - timedelta(days=rng.randint(1, 4))).date(), rng, zone=plant.zone)
    return Order(
        plant, number, recipe.order_type, recipe, "", planned, Decimal(5), created, released, day, slot.story, Passage(minutes(1, 9, rng)), usual_passage(rng)
    )


def _dates(plant: Plant, slot: Slot, rng: random.Random) -> tuple[datetime, date]:
    """When the order is released, always in the day shift, and the day it is to start."""
    start = clock.local(slot.start).date()
    match slot.story:
        case "beyond the download horizon":
            return clock.office_hours((clock.FIRST_CUT - timedelta(days=rng.randint(1, 4))).date(), rng, zone=plant.zone), start
        case "order download late":  # in the afternoon before the cut
            released = clock.office_hours(start - timedelta(days=2), rng, first=12, zone=plant.zone)
        case _ if slot.story in NEVER_RUN:
            # So early that what happens to it then has settled by the cut, in Peoria too.
            released = clock.office_hours(start - timedelta(days=2 if slot.night > 1 else rng.randint(2, 10)), rng, last=10, zone=plant.zone)
        case _:
            return clock.office_hours(start - timedelta(days=rng.randint(1, 2)), rng, zone=plant.zone), start
    return released, clock.local(released).date() + timedelta(days=2)


def _batch(order: Order, taken: dict[tuple[str, str], int]) -> str:
    """Year, day and a count within material and day: different materials have batches of the same number."""
    day = f"{order.scheduled_start:%y%j}"
    taken[order.material.number, day] = count = taken.get((order.material.number, day), 0) + 1
    return f"{day}{count:03d}"


def _recipe(slot: Slot, rng: random.Random) -> Recipe:
    if slot.story == "before history":
        allowed = [recipe for recipe in RECIPES if recipe.output.kind == "HALB"]
    else:
        only = ONLY.get(slot.story) or ONLY.get(f"{slot.story} {slot.variant}")
        kind = "FERT" if slot.finished_goods or (slot.story and rng.random() < 0.6) else "HALB"
        allowed = [recipe for recipe in RECIPES if (recipe.output.number in only if only else recipe.output.kind == kind)]
    return rng.choice(allowed)


def _shape(slot: Slot, order: Order) -> Shape:
    """What the story needs to be there."""
    match slot.story, slot.variant:
        case "receipt message lost", 0:
            return Shape(receipts=1)
        case "receipt message lost", _:
            return Shape(receipts=3)
        case "conflicting duplicate in the extract", _:
            return Shape(receipts=2)
        case ("consumption message doubled", _) | ("average posted in place of the weight", _) | ("reversal message lost", 0):
            return Shape(spare=1)
        case "dosed too much", _:
            return Shape(overdose=Decimal("1.25"))
        case "consumption posted in the wrong unit", 0:
            return Shape(own_lot=(order.planned * order.recipe.components[1][1] * 1200 + 1).quantize(Decimal(1)))
        case "under-delivery within tolerance", _:
            return Shape(yield_share=Decimal("0.97"))
        case "short delivery closed by hand", _:
            return Shape(yield_share=Decimal("0.85"))
    return Shape()


def _afterwards(order: Order, completed: datetime, sap: Sap, agenda: Agenda, lots: Lots, register: Register, rng: random.Random) -> None:
    """Quality releases what is inspected, later orders may use it, and a planner completes the order technically."""
    free = completed + timedelta(hours=4)
    if order.material.inspected:
        decided = completed + minutes(5 * 60, 12 * 60, rng)
        order.accepted_at = decided
        posted = decided + minutes(1, 9, rng)
        agenda.at(posted, lambda: sap.release_from_inspection(posted, order))
        register.note("transfer from inspection to unrestricted", posted)
        free = decided + timedelta(hours=2)  # after which the warehouse may bring it to a line, up to an hour and a half ahead of need
    order.used_up = order.story == "" and (order.material.serial_profile != "" or (order.material is SOAP and rng.random() < 0.4))
    if order.material.kind == "HALB" or (order.used_up and order.material is SOAP):
        lots.make(order.material, order.batch, order.planned, free)
    if order.story == "" and rng.random() < 0.7:
        _complete_technically(order, completed, sap, agenda, rng)


def _complete_technically(order: Order, completed: datetime, sap: Sap, agenda: Agenda, rng: random.Random) -> None:
    teco = clock.office_hours((completed + timedelta(days=rng.randint(2, 4))).date(), rng, zone=order.plant.zone)
    agenda.at(teco, lambda: sap.complete_technically(order.number, teco))


def number_events(orders: list[Order], first: int) -> None:
    """The MES counts its events as it records them: all that have no number yet."""
    events = sorted((event for order in orders for event in order.events if not event.event_id), key=lambda event: (event.recorded_at, event.order.number))
    for number, event in enumerate(events, first):
        event.event_id = f"MV{number}"
    for order in orders:
        for number, report in enumerate(sorted(order.reports, key=lambda report: report.recorded_at), 1):
            report.report_id = f"MC{order.number}{number}0"
