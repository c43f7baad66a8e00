"""What somebody who knew everything would say of each component of an order over all its batches, as judgement.py does of the batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from company import clock, mes
from company.judgement import FIRES, IN_FLIGHT, Flow, Side, Verdict, consumption_keys, differ, issued, side, tolerance
from company.orders import Event, Key, Order
from company.plant import Material, sap_quantity
from company.sap import CONFIRMED, DELIVERED, TECHNICALLY_COMPLETE, Line, SapOrder

OFF_PLAN, SMALLEST_VALUE = Decimal("0.05"), Decimal(50)
"""How far consumption may be from what the yield needs, in parts and in the plant's currency."""


def judge_components(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """All mismatches of the components of an order that the MES runs."""
    if order.started_at is None or order.started_at > clock.as_of("mes", night):
        return
    keys = consumption_keys(order, known)
    for component in sorted({material for material, _ in keys}):
        of_it = [_Batch(order, known, key, night) for key in keys if key[0] == component]
        yield from _mistaken(order, component, of_it)
        yield from _displaced(order, component, of_it)
    yield from _unlisted(order, known, night)
    yield from _off_plan(order, known, night)
    yield from _absent(order, known, night)
    yield from _not_linked(order, known, night)
    yield from _besides(order, known, night)


class _Batch:
    """What both systems have of a batch that went into an order."""

    def __init__(self, order: Order, known: SapOrder, key: Key, night: int) -> None:
        self.night = night
        self.events, self.lines = visible_events(order, key, night), visible_lines(known, key, night)
        self.in_mes, self.in_sap = sides([(e.recorded_at, e.signed) for e in self.events], [(x.document.posted_at, issued(x)) for x in self.lines], night)
        self.allowed = tolerance(self.in_mes.settled)
        self.more_in_sap = max(self.in_sap.settled - self.in_mes.settled, Decimal(0))
        self.more_in_mes = max(self.in_mes.settled - self.in_sap.settled, Decimal(0))
        self.firm = differ(self.in_mes, self.in_sap, self.allowed) == FIRES


def visible_events(order: Order, key: Key, night: int) -> list[Event]:
    """Consumption that the MES's extract holds."""
    return [event for event in order.consumptions() if event.key == key and clock.HORIZON <= event.recorded_at <= clock.as_of("mes", night)]


def visible_lines(known: SapOrder, key: Key, night: int) -> list[Line]:
    """Consumption that SAP's extract holds."""
    lines = [line for line in known.lines if line.movement_type in ("261", "262") and (line.material.number, line.batch) == key]
    return [line for line in lines if clock.SAP_SELECTION <= line.document.posted_at <= clock.cut(night)]


def sides(in_mes: Flow, in_sap: Flow, night: int) -> tuple[Side, Side]:
    return side(in_mes, clock.cut(night), clock.as_of("mes", night)), side(in_sap, clock.cut(night), clock.as_of("sap", night))


def _mistaken(order: Order, component: str, batches: list[_Batch]) -> Iterator[Verdict]:
    """Each side has more of some batch. Either both have one that the other never named, or one has and the sums agree all the same."""
    sums_agree = abs(sum((b.in_mes.settled - b.in_sap.settled for b in batches), Decimal(0))) <= tolerance(sum((b.in_mes.settled for b in batches), Decimal(0)))

    def mistaken(seen: list[_Batch]) -> bool:
        more = any(b.more_in_sap > b.allowed for b in seen) and any(b.more_in_mes > b.allowed for b in seen)
        sap_alone = any(not b.events and b.in_sap.settled > b.allowed for b in seen)
        mes_alone = any(not b.lines and b.in_mes.settled > b.allowed for b in seen)
        return more and ((sap_alone and mes_alone) or ((sap_alone or mes_alone) and sums_agree))

    if mistaken(batches):
        firm = mistaken([batch for batch in batches if batch.firm])
        yield Verdict("CON-004", (("order_no", order.number), ("component", component)), FIRES if firm else IN_FLIGHT, None)


def _displaced(order: Order, component: str, batches: list[_Batch]) -> Iterator[Verdict]:
    """The quantity is right, the month is not. The MES's day is the one on which it happened, SAP's the posting day."""
    in_mes: list[tuple[date, datetime, Decimal]] = [
        (clock.local(event.occurred_at, order.plant.zone).date(), event.recorded_at, event.signed) for batch in batches for event in batch.events
    ]
    in_sap = [(line.document.posting_date, line.document.posted_at, issued(line)) for batch in batches for line in batch.lines]
    if not in_mes or not in_sap:
        return
    months = {(day.year, day.month) for day, _, _ in (*in_mes, *in_sap)}
    by_month = [sides(_of_month(in_mes, month), _of_month(in_sap, month), batches[0].night) for month in months]
    whole = sum((one.settled for one, _ in by_month), Decimal(0))
    allowed = tolerance(whole)
    displaced = sum((max(one.settled - other.settled, Decimal(0)) for one, other in by_month), Decimal(0))
    if abs(whole - sum((other.settled for _, other in by_month), Decimal(0))) <= allowed < displaced:
        apart = max(max(one.low, other.low) - min(one.high, other.high) for one, other in by_month)
        yield Verdict("CON-010", (("order_no", order.number), ("component", component)), IN_FLIGHT if apart <= allowed else FIRES, None)


def _of_month(rows: list[tuple[date, datetime, Decimal]], month: tuple[int, int]) -> Flow:
    return [(at, quantity) for day, at, quantity in rows if (day.year, day.month) == month]


def _unlisted(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    listed = {material.number for material, _ in order.recipe.components}
    for component in sorted({material for material, _ in consumption_keys(order, known)} - listed):
        batches = [_Batch(order, known, key, night) for key in consumption_keys(order, known) if key[0] == component]
        in_mes, in_sap = [b.in_mes for b in batches], [b.in_sap for b in batches]
        if any(sum((one.settled for one in whole), Decimal(0)) > 0 for whole in (in_mes, in_sap)):
            leaving = all(sum((one.low for one in whole), Decimal(0)) <= 0 for whole in (in_mes, in_sap))
            yield Verdict("CON-012", (("order_no", order.number), ("material", component)), IN_FLIGHT if leaving else FIRES, None)


def delivered(known: SapOrder, cut: datetime) -> bool:
    return known.active(DELIVERED, cut) or (known.delivery_completed_at is not None and known.delivery_completed_at <= cut)


def _off_plan(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """Actual against what the yield needs, once nothing more is coming. The MES is believed where somebody measures."""
    cut = clock.cut(night)
    if not delivered(known, cut):
        return
    last = [row.quantity for row in known.confirmations if row.step is order.recipe.steps[-1] and row.at <= cut]
    achieved = max(sum(last, Decimal(0)), known.received_by(cut))
    order_moves = max(change.at for change in known.statuses if change.at <= cut) > cut - clock.SETTLE_MOVEMENT
    for material, per_unit in order.recipe.components:
        if not counts_yet(known, material, cut):
            continue
        expected = sap_quantity(order.planned * per_unit) * achieved / order.planned
        actual = _actual(order, known, material, night)
        allowed = max(Decimal("0.001"), expected * OFF_PLAN)
        apart = abs(actual.settled - expected)
        if apart > allowed and apart * material.price / material.price_unit >= SMALLEST_VALUE:
            moving = order_moves or (actual.low <= expected + allowed and actual.high >= expected - allowed)
            yield Verdict("CON-007", (("order_no", order.number), ("component", material.number)), IN_FLIGHT if moving else FIRES, None)


def counts_yet(known: SapOrder, material: Material, cut: datetime) -> bool:
    """What is backflushed comes with the last confirmation."""
    return not material.backflushed or known.active(CONFIRMED, cut)


def _absent(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """What the MES should have measured, and nothing of it went into an order that is complete; SAP does not say that it is done with it either."""
    if not complete_in_mes(order, night):
        return
    cut = clock.cut(night)
    ended = known.active(CONFIRMED, cut) or known.active(TECHNICALLY_COMPLETE, cut)
    for material, _ in order.recipe.components:
        keys = [key for key in consumption_keys(order, known) if key[0] == material.number]
        taken = [sides([(event.recorded_at, event.signed) for event in visible_events(order, key, night)], [], night)[0].high for key in keys]
        posted = sum(
            issued(line) for line in known.lines if line.material is material and line.movement_type in ("261", "262") and line.document.posted_at <= cut
        )
        if not material.backflushed and sum(taken, Decimal(0)) <= 0 and not (ended and posted):
            yield Verdict("GEN-009", (("order_no", order.number), ("component", material.number)), FIRES, None)


def _actual(order: Order, known: SapOrder, material: Material, night: int) -> Side:
    keys = [key for key in consumption_keys(order, known) if key[0] == material.number]
    events = [event for key in keys for event in visible_events(order, key, night)]
    lines = [line for key in keys for line in visible_lines(known, key, night)]
    in_mes, in_sap = sides([(e.recorded_at, e.signed) for e in events], [(x.document.posted_at, issued(x)) for x in lines], night)
    return in_mes if events and not material.backflushed else in_sap


def complete_in_mes(order: Order, night: int) -> bool:
    """And nothing has changed since."""
    seen = clock.as_of("mes", night)
    return (
        order.received_at is not None
        and order.completed_at is not None
        and order.completed_at <= seen
        and mes.work_order(order, seen)[1] <= clock.cut(night) - clock.SETTLE_LINK
    )


def _not_linked(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """What SAP issued to an order that is complete, and the MES links to nothing."""
    if not complete_in_mes(order, night):
        return
    linked = {used for (_, used), since in mes.links(order, clock.as_of("mes", night)).items() if since >= clock.HORIZON}
    for key in consumption_keys(order, known):
        _, in_sap = sides([], [(line.document.posted_at, issued(line)) for line in visible_lines(known, key, night)], night)
        if key[1] is not None and in_sap.settled > 0 and key not in linked:
            names = ("order_no", order.number), ("input_material", key[0]), ("input_batch", key[1])
            yield Verdict("GEN-002", names, IN_FLIGHT if in_sap.low <= 0 else FIRES, key)


def _besides(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """Scrap, by-products and co-products of the MES that SAP did not post."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    for rule, kinds, types in (("CON-008", ("output", "by-product"), ("101", "531")), ("CON-009", ("scrap",), ("551",))):
        events = [event for event in order.events if event.kind in kinds and (rule == "CON-009" or event.material is not order.material)]
        for material in dict.fromkeys(event.material for event in events):
            in_mes = side([(event.recorded_at, event.signed) for event in events if event.material is material], cut, seen)
            lines = [line for line in known.lines if line.movement_type in types and line.material is material]
            in_sap = side([(line.document.posted_at, line.quantity) for line in lines], cut, cut)
            allowed = tolerance(in_mes.settled)
            if in_mes.settled - in_sap.settled > allowed:
                mood = IN_FLIGHT if in_mes.low - in_sap.high <= allowed else FIRES
                yield Verdict(rule, (("order_no", order.number), ("material", material.number)), mood, None)
