"""The MES: runs an order and records every dose, every pallet and the end."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from company import clock
from company.clock import minutes
from company.lots import Lots
from company.orders import Event, Key, Order, Passage, Report
from company.plant import Material, Step

Link = tuple[Key, Key]
"""Material and batch of what came out, and of what went in."""


def usual_passage(rng: random.Random) -> Passage:
    """Some seconds, now and then up to ten minutes."""
    return Passage(timedelta(seconds=min(600, 4 + int(rng.expovariate(1 / 90)))))


def record(
    order: Order,
    kind: str,
    material: Material,
    batch: str | None,
    location: str,
    quantity: Decimal,
    at: datetime,
    rng: random.Random,
    reverses: Event | None = None,
) -> Event:
    """One event, `quantity` in the unit the MES counts the material in."""
    return Event(
        order,
        kind,
        material,
        batch,
        location,
        quantity,
        material.mes_unit,
        quantity * material.mes_factor,
        at,
        at + timedelta(seconds=rng.randint(1, 40)),
        usual_passage(rng),
        reverses,
    )


@dataclass(frozen=True)
class Shape:
    """How an order is to be run, where its story depends on it."""

    receipts: int | None = None
    """Number of output events; None: as it comes."""
    yield_share: Decimal = Decimal(1)
    spare: int = 0
    """How many times the consumption must be in the lot once more, for mistakes."""
    own_lot: Decimal | None = None
    """Size of a lot bought for the second component alone."""
    overdose: Decimal = Decimal(1)
    """How much of the first component goes in, for what the recipe says."""


def execute(order: Order, start: datetime, duration: timedelta, shape: Shape, lots: Lots, rng: random.Random) -> None:
    """Consumption of what is dosed over the first three quarters, output towards the end, completion at the end."""
    order.started_at = start
    for index, (material, per_unit) in enumerate(order.recipe.components):
        if material.backflushed:
            continue
        need = order.planned * shape.yield_share * per_unit * Decimal(rng.randint(985, 1015)) / 1000 * (shape.overdose if index == 0 else 1)
        if index == 1 and shape.own_lot is not None:
            shares: list[tuple[str | None, Decimal]] = [(lots.buy(material, shape.own_lot, start), need)]
        elif index == 0 and material.kind == "ROH" and rng.random() < 0.3:
            shares = [(lots.buy(material, need * 2, start), need / 2), (lots.take(material, need, start, need * shape.spare), need / 2)]
        else:
            shares = [(lots.take(material, need * Decimal("1.01"), start, need * shape.spare), need)]
        for batch, share in shares:
            portions = 1 if index == 1 else rng.randint(2, 3) if index == 0 else 1
            for moment, portion in zip(_moments(start, duration, 0.03, 0.75, portions, rng), _portions(share, portions, rng), strict=True):
                quantity = weighed(portion / material.mes_factor, material)
                order.events.append(record(order, "consumption", material, batch, material.store, quantity, moment, rng))
    made = order.material
    receipts = shape.receipts or rng.randint(1, 3)
    total = order.planned * shape.yield_share / made.mes_factor
    for moment, portion in zip(_moments(start, duration, 0.6, 0.97, receipts, rng), _output_portions(total, receipts, made), strict=True):
        order.events.append(record(order, "output", made, order.batch, made.store, portion, moment, rng))
    order.completed_at = start + duration
    _report(order, start, duration, rng)


def _report(order: Order, start: datetime, duration: timedelta, rng: random.Random) -> None:
    """Each operation is reported when it ends, the last one often in between too; where the last is a milestone, it alone is reported."""
    recipe, made = order.recipe, sum((event.signed for event in order.outputs()), Decimal(0))
    scrap = (order.planned * rng.choice((5, 10, 20)) / 1000).quantize(Decimal(1)) if rng.random() < 0.3 else Decimal(0)
    rework = (order.planned * rng.choice((2, 5)) / 1000).quantize(Decimal(1)) if rng.random() < 0.1 else Decimal(0)
    for step in recipe.steps[-1:] if recipe.milestone else recipe.steps:
        begin, end = (start + timedelta(seconds=int(duration.total_seconds() * share)) for share in (step.first, step.last))
        is_last = step is recipe.steps[-1]
        done = Decimal(0)
        if is_last and rng.random() < 0.35:
            between = start + timedelta(seconds=int(duration.total_seconds() * 0.85))
            done = sum((event.signed for event in order.outputs() if event.recorded_at <= between), Decimal(0))
            if done:
                report(order, step, done, Decimal(0), Decimal(0), False, begin, between, usual_passage(rng), rng)
        passage = order.confirmation if is_last else usual_passage(rng)
        report(order, step, made - done, scrap if is_last else Decimal(0), rework if is_last else Decimal(0), True, begin, end, passage, rng)


def report(
    order: Order,
    step: Step,
    quantity: Decimal,
    scrap: Decimal,
    rework: Decimal,
    final: bool,
    begin: datetime,
    at: datetime,
    passage: Passage,
    rng: random.Random,
) -> Report:
    """One confirmation; that of the last operation works out what is backflushed."""
    lasted = int((at - begin).total_seconds()) // 60
    first = step is order.recipe.steps[0]
    minutes = (rng.randint(5, 30), lasted, 0) if first else (0, lasted, lasted * rng.randint(1, 3))
    row = Report(step, quantity, scrap, rework, final, minutes, begin, at, passage)
    order.reports.append(row)
    backflush(order, row, rng)
    return row


def make_besides(order: Order, rng: random.Random) -> None:
    """Co-products and by-products come out well before the product, in a batch of the same number; now and then a container is spilt."""
    assert order.started_at is not None
    assert order.completed_at is not None
    at = order.started_at + timedelta(seconds=int((order.completed_at - order.started_at).total_seconds() * 0.45))
    for material, per_unit, is_co_product in order.recipe.by_products:
        quantity = weighed(order.planned * per_unit * rng.randint(90, 110) / 100 / material.mes_factor, material)
        kind = "output" if is_co_product else "by-product"
        if not clock.OUTAGE[0] - timedelta(minutes=20) <= at < clock.OUTAGE[1]:
            order.events.append(record(order, kind, material, order.batch, material.store, quantity, at, rng))
    dose = order.consumptions()[0]
    if rng.random() < 0.15 and dose.batch is not None and not clock.OUTAGE[0] - timedelta(minutes=20) <= dose.occurred_at < clock.OUTAGE[1]:
        order.events.append(spill(order, dose, rng))


def pump_back(order: Order, rng: random.Random) -> Event:
    """A fiftieth of what was made goes in again, once the last of it is booked."""
    last, material = order.outputs()[-1], order.material
    at = last.recorded_at + minutes(15, 20, rng)
    event = record(order, "consumption", material, order.batch, material.store, weighed(order.planned / 50 / material.mes_factor, material), at, rng)
    order.events.append(event)
    return event


def spill(order: Order, dose: Event, rng: random.Random) -> Event:
    """A little of what a dose was taken from is scrapped."""
    quantity = weighed(dose.quantity / 50, dose.material)
    return record(order, "scrap", dose.material, dose.batch, dose.material.store, quantity, dose.occurred_at + minutes(1, 5, rng), rng)


def backflush(order: Order, row: Report, rng: random.Random) -> None:
    """What the report says was used of what nobody counts."""
    if row.step is order.recipe.steps[-1]:
        for material, per_unit in order.recipe.components:
            used = (abs(row.quantity) + abs(row.scrap)) * per_unit / material.mes_factor
            if material.backflushed and used:
                wrong = next((event for event in reversed(order.events) if event.calculated and event.material is material), None) if row.cancels else None
                event = record(order, "consumption", material, None, material.store, used, row.recorded_at, rng, wrong)
                event.recorded_at, event.calculated, event.passage = row.recorded_at, True, row.passage
                order.events.append(event)


def cancel_report(order: Order, wrong: Report, at: datetime, rng: random.Random) -> Report:
    """The MES takes a confirmation back."""
    setup, machine, labour = wrong.minutes
    row = Report(
        wrong.step, -wrong.quantity, -wrong.scrap, -wrong.rework, False, (-setup, -machine, -labour), wrong.started_at, at, usual_passage(rng), cancels=wrong
    )
    order.reports.append(row)
    backflush(order, row, rng)
    return row


def _moments(start: datetime, duration: timedelta, first: float, last: float, count: int, rng: random.Random) -> list[datetime]:
    """`count` moments, one in each equal stretch of the part of the run from `first` to `last`."""
    step = (last - first) / count
    return [start + timedelta(seconds=int(duration.total_seconds() * (first + step * (number + rng.random())))) for number in range(count)]


def _portions(total: Decimal, count: int, rng: random.Random) -> list[Decimal]:
    weights = [Decimal(rng.randint(80, 120)) for _ in range(count)]
    return [total * weight / sum(weights) for weight in weights]


def _output_portions(total: Decimal, count: int, material: Material) -> list[Decimal]:
    """Equal ones, the last takes the rest, so that the sum is exact."""
    portion = weighed(total / count, material)
    return [portion] * (count - 1) + [weighed(total, material) - portion * (count - 1)]


def weighed(quantity: Decimal, material: Material) -> Decimal:
    """As finely as the MES measures this material, and never nothing."""
    step = Decimal(1).scaleb(-material.mes_decimals)
    return max(quantity.quantize(step, ROUND_HALF_UP), step)


def take_back(event: Event, rng: random.Random) -> Event:
    """The MES takes an event back some minutes later."""
    return record(
        event.order, event.kind, event.material, event.batch, event.location, event.quantity, event.occurred_at + minutes(6, 25, rng), rng, reverses=event
    )


def work_order(order: Order, at: datetime) -> tuple[str, datetime, Decimal]:
    """Status, last change and quantity made of an order as the MES knew it at `at`, when it had got it."""
    assert order.received_at is not None
    outputs = [event for event in order.outputs() if event.material is order.material and event.recorded_at <= at]
    changes = [order.received_at, *(event.recorded_at for event in outputs), *(row.recorded_at for row in order.reports if row.recorded_at <= at)]
    status = "received"
    if order.started_at is not None and order.started_at <= at:
        status = "running"
        changes.append(order.started_at)
    if order.completed_at is not None and order.completed_at <= at:
        status = "complete"
        changes.append(order.completed_at)
    produced = sum((event.signed for event in outputs), Decimal(0))
    return status, max(changes), produced


def operation(order: Order, step: Step, at: datetime) -> tuple[str, datetime | None, datetime | None, datetime]:
    """Status, beginning, end and last change of an operation as the MES knew it at `at`."""
    assert order.received_at is not None
    if order.started_at is None or order.completed_at is None:
        return "waiting", None, None, order.received_at
    length = (order.completed_at - order.started_at).total_seconds()
    begun, ended = (order.started_at + timedelta(seconds=int(length * share)) for share in (step.first, step.last))
    changes = [order.received_at, begun, ended, *(row.recorded_at for row in order.reports if row.step is step)]
    status = "complete" if ended <= at else "running" if begun <= at else "waiting"
    return status, begun if begun <= at else None, ended if ended <= at else None, max(moment for moment in changes if moment <= at)


def reported(order: Order, step: Step, at: datetime) -> tuple[Decimal, Decimal, Decimal]:
    """Good quantity, scrap and rework of an operation, as reported until `at`."""
    last = order.recipe.steps[-1] if order.recipe.milestone else step
    rows = [row for row in order.reports if row.step is last and row.recorded_at <= at]
    good, scrap, rework = (sum(values, Decimal(0)) for values in ([r.quantity for r in rows], [r.scrap for r in rows], [r.rework for r in rows]))
    return good, scrap, rework


def links(order: Order, at: datetime) -> dict[Link, datetime]:
    """Genealogy of an order at `at`: (output, input) → when the later of the two was recorded."""
    made = [*order.outputs(), *order.besides()]
    found: dict[Link, datetime] = {}
    for output, events in {event.key: [other for other in made if other.key == event.key] for event in made}.items():
        output_since = _since(events, at)
        for used in {event.key: None for event in order.consumptions()} if output_since else ():
            since = _since([event for event in order.consumptions() if event.key == used], at) if used[1] is not None else None
            if since is not None and output_since is not None:
                entered = order.unlinked.get(used, since)
                if entered is not None and entered <= at:
                    found[output, used] = max(since, output_since, entered)
    return found


def _since(events: list[Event], at: datetime) -> datetime | None:
    """Since when there has been something, net of what was taken back; None: there is nothing."""
    net, since = Decimal(0), None
    for event in sorted(events, key=lambda event: event.recorded_at):
        if event.recorded_at <= at:
            net += event.signed
            since = None if net == 0 else since or event.recorded_at
    return since
