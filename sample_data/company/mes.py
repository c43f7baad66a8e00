"""The MES: runs an order and records every dose, every pallet and the end."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from company.clock import minutes
from company.lots import Lots
from company.orders import Event, Order, Passage
from company.plant import Material


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


def execute(order: Order, start: datetime, duration: timedelta, shape: Shape, lots: Lots, rng: random.Random) -> None:
    """Consumption over the first three quarters, output towards the end, completion at the end."""
    order.started_at = start
    for index, (material, per_unit) in enumerate(order.recipe.components):
        need = order.planned * per_unit * Decimal(rng.randint(985, 1015)) / 1000
        if index == 1 and shape.own_lot is not None:
            shares: list[tuple[str | None, Decimal]] = [(lots.buy(material, shape.own_lot, start), need)]
        elif index == 0 and material.kind == "ROH" and rng.random() < 0.3:
            shares = [(lots.buy(material, need * 2, start), need / 2), (lots.take(material, need, start, need * shape.spare), need / 2)]
        else:
            shares = [(lots.take(material, need * Decimal("1.01"), start, need * shape.spare), need)]
        for batch, share in shares:
            portions = 1 if index == 1 else rng.randint(2, 3) if index == 0 else rng.randint(1, 2)
            for moment, portion in zip(_moments(start, duration, 0.03, 0.75, portions, rng), _portions(share, portions, rng), strict=True):
                quantity = _weighed(portion / material.mes_factor, material)
                order.events.append(record(order, "consumption", material, batch, material.store, quantity, moment, rng))
    made = order.material
    receipts = shape.receipts or rng.randint(1, 3)
    total = order.planned * shape.yield_share / made.mes_factor
    for moment, portion in zip(_moments(start, duration, 0.6, 0.97, receipts, rng), _output_portions(total, receipts, made), strict=True):
        order.events.append(record(order, "output", made, order.batch, made.store, portion, moment, rng))
    order.completed_at = start + duration
    if rng.random() < 0.35:
        order.partial_confirmation_at = start + duration * 0.5


def _moments(start: datetime, duration: timedelta, first: float, last: float, count: int, rng: random.Random) -> list[datetime]:
    """`count` moments, one in each equal stretch of the part of the run from `first` to `last`."""
    step = (last - first) / count
    return [start + timedelta(seconds=int(duration.total_seconds() * (first + step * (number + rng.random())))) for number in range(count)]


def _portions(total: Decimal, count: int, rng: random.Random) -> list[Decimal]:
    weights = [Decimal(rng.randint(80, 120)) for _ in range(count)]
    return [total * weight / sum(weights) for weight in weights]


def _output_portions(total: Decimal, count: int, material: Material) -> list[Decimal]:
    """Equal ones, the last takes the rest, so that the sum is exact."""
    portion = _weighed(total / count, material)
    return [portion] * (count - 1) + [_weighed(total, material) - portion * (count - 1)]


def _weighed(quantity: Decimal, material: Material) -> Decimal:
    """As finely as the MES measures this material, and never nothing."""
    step = Decimal(1).scaleb(-material.mes_decimals)
    return max(quantity.quantize(step, ROUND_HALF_UP), step)


def take_back(event: Event, rng: random.Random) -> Event:
    """The MES takes an event back some minutes later."""
    return record(
        event.order, event.kind, event.material, event.batch, event.location, event.quantity, event.occurred_at + minutes(6, 25, rng), rng, reverses=event
    )


def work_order(order: Order, at: datetime) -> tuple[str, datetime, Decimal] | None:
    """Status, last change and quantity reported of an order as the MES knew it at `at`; None: it had not got it yet."""
    if order.received_at is None or order.received_at > at:
        return None
    outputs = [event for event in order.outputs() if event.recorded_at <= at]
    changes = [order.received_at, *(event.recorded_at for event in outputs)]
    status = "received"
    if order.started_at is not None and order.started_at <= at:
        status = "running"
        changes.append(order.started_at)
    if order.completed_at is not None and order.completed_at <= at:
        status = "complete"
        changes.append(order.completed_at)
    produced = sum((event.signed for event in outputs), Decimal(0))
    return status, max(changes), produced


def links(order: Order, at: datetime) -> dict[tuple[str, str], datetime]:
    """Genealogy of an order at `at`: input (material, batch) → when the later of its two ends was recorded."""
    output_since = _since(order.outputs(), at)
    if output_since is None:
        return {}
    found: dict[tuple[str, str], datetime] = {}
    for material, batch in {event.key: None for event in order.consumptions()}:
        if batch is not None:
            since = _since([event for event in order.consumptions() if event.key == (material, batch)], at)
            if since is not None:
                found[material, batch] = max(since, output_since)
    return found


def _since(events: list[Event], at: datetime) -> datetime | None:
    """Since when there has been something, net of what was taken back; None: there is nothing."""
    net, since = Decimal(0), None
    for event in sorted(events, key=lambda event: event.recorded_at):
        if event.recorded_at <= at:
            net += event.signed
            since = None if net == 0 else since or event.recorded_at
    return since
