"""What happens at the very edge of what a rule allows, and is still lawful: each is done to what happens anyway, and counted."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from company import clock, mes
from company.agenda import Agenda
from company.orders import Event, Key, Order, Passage
from company.plant import LINDAU, PEORIA, PLANTS, Material, Plant
from company.qms import INSPECTORS, Hold, Qms, number_holds
from company.quality import HARMLESS, REPORTED_WRONGLY
from company.register import Register
from company.sap import BLOCKED, FREE, Sap

SUITS = (*HARMLESS, *REPORTED_WRONGLY, "under-delivery within tolerance", "short delivery closed by hand")
"""What may have befallen an order: each of its doses is in both systems, and agrees."""
REASON = "Rückfrage beim Lieferanten"
A_SECOND = timedelta(seconds=1)

Lot = tuple[Plant, Material, str]


def _last() -> datetime:
    """All but expiry is over by then, and has settled."""
    return clock.FIRST_CUT - timedelta(days=1)


def _times(orders: list[Order]) -> int:
    return max(3, round(len(orders) * 0.0014))


def across_moments(orders: list[Order], register: Register, seed: int) -> None:
    """The line books a little more in the last second of a period, or before the clock skips an hour, and takes it back in the first second after."""
    rng = random.Random(f"{seed}/across")
    used: set[str] = set()
    ends = [(plant, clock.midnight(clock.NEXT_PERIOD, plant.zone), "across the end of a period") for plant in PLANTS]
    for plant, moment, kind in (*ends, (PEORIA, clock.CLOCK_CHANGE, "across the hour that the clock skips")):
        share = _times(orders) if kind.endswith("skips") or plant is LINDAU else _times(orders) // 2
        for dose in _finished_before(orders, plant, moment, used)[:share]:
            used.add(dose.order.number)
            quantity = mes.weighed(dose.quantity / 20, dose.material)
            more = mes.record(dose.order, "consumption", dose.material, dose.batch, dose.location, quantity, moment - A_SECOND, rng)
            back = mes.record(dose.order, "consumption", dose.material, dose.batch, dose.location, quantity, moment, rng, more)
            more.recorded_at, more.passage = moment + 2 * A_SECOND, Passage(3 * A_SECOND)
            back.recorded_at, back.passage = moment + 20 * A_SECOND, Passage(10 * A_SECOND)
            dose.order.events += [more, back]
            register.note(kind, moment)


def _finished_before(orders: list[Order], plant: Plant, moment: datetime, used: set[str]) -> list[Event]:
    """A dose of each order that was completed by then, the latest first. A planner may complete those technically that nothing befell, two days later."""
    done: list[tuple[datetime, Event]] = []
    for order in orders:
        completed = order.completed_at
        if order.plant is plant and order.story in SUITS and order.number not in used and completed is not None and clock.OPENING < completed < moment:
            dose = _plain_dose(order)
            if dose is not None and (order.story or completed > moment - timedelta(days=1)):
                done.append((completed, dose))
    return [dose for _, dose in sorted(done, key=lambda one: one[0], reverse=True)]


def _plain_dose(order: Order) -> Event | None:
    """Of the first component, with nothing odd about it."""
    doses = order.consumptions()
    back = {id(event.reverses) for event in doses}
    first = [event for event in doses if event.material is order.recipe.components[0][0] and event.batch is not None and not event.calculated]
    plain = [event for event in first if not event.reverses and id(event) not in back and event.passage.batch is None and not event.passage.lines]
    return plain[-1] if plain and not any(event.passage.by_hand for event in doses) else None


def posted_as_late_as_agreed(orders: list[Order], register: Register, seed: int) -> None:
    """A message comes at the last second of the service level of its workflow."""
    rng = random.Random(f"{seed}/as late as agreed")
    doses = []
    for order in orders:
        dose = _plain_dose(order) if order.story in SUITS and order.story != "reversed pair" else None
        if dose is not None and clock.OPENING < dose.occurred_at < _last():
            doses.append(dose)
    for dose in rng.sample(doses, min(len(doses), _times(orders))):
        posted = dose.occurred_at + clock.AGREED["consumption"]
        dose.passage.delay = posted - dose.recorded_at
        register.note("posted as late as agreed", posted)


def hold_between_uses(orders: list[Order], qms: Qms, register: Register, seed: int) -> None:
    """Quality holds a lot a second after one order has used it, and lets it go in the second in which the next order does."""
    rng = random.Random(f"{seed}/between uses")
    pauses: list[tuple[Lot, datetime, datetime]] = []
    for (plant, material, batch), events in _clean(orders, register).items():
        uses = sorted(event.occurred_at for event in events)
        apart = [(one, other) for one, other in pairwise(uses) if one > clock.OPENING and other - one > timedelta(hours=1) and other < _last()]
        pauses += [((plant, material, batch), *max(apart, key=lambda pause: pause[1] - pause[0]))] if apart else []
    for (plant, material, batch), used, needed in rng.sample(pauses, min(len(pauses), _times(orders))):
        qms.holds.append(Hold(plant, material, batch, "batch", REASON, rng.choice(INSPECTORS), used + A_SECOND, needed))
        register.note("hold between two uses", needed)
    number_holds(qms)


def last_day(orders: list[Order], sap: Sap, agenda: Agenda, register: Register, seed: int) -> None:
    """A lot that nobody needs any more is good until the day of the first cut, and blocked in the shift that follows."""
    rng = random.Random(f"{seed}/last day")
    at_line = {(plant, material, batch) for _, plant, material, batch, _ in register.line_side}
    lots = []
    for lot, events in _clean(orders, register).items():
        if lot not in at_line and max(event.recorded_at for event in events) < _last():
            lots.append((lot, min(event.occurred_at for event in events)))
    for (plant, material, batch), since in rng.sample(lots, min(len(lots), _times(orders))):
        last = clock.local(clock.FIRST_CUT, plant.zone).date()
        agenda.at(since, partial(sap.made_on.__setitem__, (material.number, batch), last - timedelta(days=material.shelf_days)))
        at = clock.office_hours(last, rng, zone=plant.zone) if plant is LINDAU else clock.office_hours(last + timedelta(days=1), rng, zone=plant.zone)
        agenda.at(at, partial(sap.restock, at, plant, material, batch, "344", FREE, BLOCKED, "QHUBER"))
        register.note("last day of shelf life", _last())


def _clean(orders: list[Order], register: Register) -> dict[Lot, list[Event]]:
    """Lots that were bought, with their uses, where each of them is as it should be."""
    uses: dict[Lot, list[Event]] = defaultdict(list)
    spoilt: set[tuple[Plant, Key]] = set()
    for order in orders:
        incident = register.of_order.get(order.number)
        spoilt |= {(order.plant, key) for key in incident.touched} if incident else set()
        for event in _dosed(order.events):
            lot = event.key
            uses[order.plant, event.material, event.batch or ""].append(event)
            if order.completed_at is None or (incident is not None and not incident.events):
                spoilt.add((order.plant, lot))
    taken = {(plant, (material.number, batch)) for plant, material, batch in uses if (material.number, batch) in register.of_batch}
    return {lot: events for lot, events in uses.items() if (lot[0], (lot[1].number, lot[2])) not in spoilt | taken}


def _dosed(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event.material.kind == "ROH" and event.batch is not None]
