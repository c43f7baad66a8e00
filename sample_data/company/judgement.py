"""What somebody who knew everything would say of an order or a batch at a cut.

Works on what the simulated systems remember, with the times at which things happened there, never on what the extracts say. It is asked
about all orders; truth.py holds its answers against the damages in the register, and refuses what no damage explains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from company import clock, mes
from company.orders import Event, Key, Order
from company.qms import Disposition, Hold, Qms
from company.sap import CLOSED, CONFIRMED, DELETED, DELIVERED, FREE, RELEASED, TECHNICALLY_COMPLETE, Line, Lot, Sap, SapOrder

RECEIPTS = ("101", "102", "531")
FIRES, IN_FLIGHT = "fires", "in flight"

Flow = list[tuple[datetime, Decimal]]
"""Signed quantities in the base unit and when they were entered."""


@dataclass(frozen=True)
class Verdict:
    """A mismatch at a cut."""

    rule: str
    key: tuple[tuple[str, str | None], ...]
    """Names and values after system and plant."""
    mood: str
    """FIRES or IN_FLIGHT."""
    subject: Key | None
    """Consumed or produced batch it is about; None: the order as a whole."""
    alone: bool = False
    """Nobody can say which of several mismatches it comes from: it hangs under none."""


@dataclass(frozen=True)
class Side:
    """The sum of what one system has, and what it may yet become."""

    settled: Decimal
    low: Decimal
    high: Decimal

    @property
    def has_some(self) -> bool:
        return bool(self.settled or self.low or self.high)


def side(flow: Flow, cut: datetime, seen: datetime, settle: timedelta = clock.SETTLE_MOVEMENT) -> Side:
    settled = sum((quantity for at, quantity in flow if at <= cut - settle), Decimal(0))
    moving = [quantity for at, quantity in flow if cut - settle < at <= seen]
    return Side(settled, settled + sum((q for q in moving if q < 0), Decimal(0)), settled + sum((q for q in moving if q > 0), Decimal(0)))


def tolerance(quantity: Decimal) -> Decimal:
    return max(Decimal("0.001"), abs(quantity) * Decimal("0.005"))


def compare(mes_flow: Flow, sap_flow: Flow, night: int) -> tuple[str | None, bool, bool]:
    """(FIRES, IN_FLIGHT or None, MES has some, SAP has some)."""
    cut = clock.cut(night)
    in_mes, in_sap = side(mes_flow, cut, clock.as_of("mes", night)), side(sap_flow, cut, clock.as_of("sap", night))
    return differ(in_mes, in_sap, tolerance(in_mes.settled)), in_mes.has_some, in_sap.has_some


def differ(in_mes: Side, in_sap: Side, allowed: Decimal) -> str | None:
    """FIRES, or IN_FLIGHT where what is moving may explain it."""
    if abs(in_mes.settled - in_sap.settled) <= allowed:
        return None
    return IN_FLIGHT if max(in_mes.low, in_sap.low) - min(in_mes.high, in_sap.high) <= allowed else FIRES


def judge_order(order: Order, known: SapOrder, sap: Sap, night: int) -> Iterator[Verdict]:
    """All mismatches of an order the MES runs."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    if order.created_at > cut:
        return
    yield from _download(order, cut, seen)
    yield from _package(order, known, cut, seen)
    yield from _cancelled(order, known, cut, seen)
    yield from _still_open(order, known, cut, seen)
    yield from _incomplete(order, known, cut)
    if order.started_at is None or order.started_at > seen:
        return
    if order.unreleased:
        young = order.started_at > cut - clock.SETTLE_ORDER
        yield Verdict("ORD-003", (("order_no", order.number),), IN_FLIGHT if young else FIRES, None)
    yield from _completion(order, known, cut, seen)
    yield from _after_the_end(order, known, cut, seen)
    yield from _output(order, known, night)
    yield from _consumption(order, known, night)
    yield from _events(order, sap, cut)
    yield from _links(order, known, cut, seen)


def judge_unplanned(order: Order, night: int) -> Iterator[Verdict]:
    """Of an order that SAP does not know: that it is there, once it has been for a while."""
    if order.received_at is not None and clock.HORIZON <= order.received_at <= clock.cut(night) - clock.SETTLE_ORDER:
        yield Verdict("ORD-002", (("order_no", order.number),), FIRES, None)


def judge_twice(order: Order, night: int) -> Iterator[Verdict]:
    """Of an order that two MES have: that it is open in both, said of each plant."""
    seen = clock.as_of("mes", night)
    if order.also_in is not None and order.received_at is not None and order.received_at <= seen and (order.completed_at is None or order.completed_at > seen):
        moving = mes.work_order(order, seen)[1] > clock.cut(night) - clock.SETTLE_ORDER
        yield Verdict("ORD-016", (("order_no", order.number),), IN_FLIGHT if moving else FIRES, None)


def _incomplete(order: Order, known: SapOrder, cut: datetime) -> Iterator[Verdict]:
    if order.lacks and known.active(RELEASED, cut):
        changed = max(change.at for change in known.statuses if change.at <= cut)
        yield Verdict("ORD-010", (("order_no", order.number),), IN_FLIGHT if changed > cut - clock.SETTLE_ORDER else FIRES, None)


def _after_the_end(order: Order, known: SapOrder, cut: datetime, seen: datetime) -> Iterator[Verdict]:
    """What the MES has recorded, and not taken back, since SAP ended the order."""
    ends = [change.at for change in known.statuses if change.status in (TECHNICALLY_COMPLETE, CLOSED) and change.active and change.at <= cut]
    if not ends or not (known.active(TECHNICALLY_COMPLETE, cut) or known.active(CLOSED, cut)):
        return
    recorded: dict[str, dict[Key, Flow]] = defaultdict(lambda: defaultdict(list))
    for event in order.events:
        if min(ends) < event.recorded_at <= seen:
            recorded[event.kind][event.key].append((event.recorded_at, event.signed))
    for report in order.reports:
        if min(ends) < report.recorded_at <= seen:
            recorded["confirmation"][report.report_id, None].append((report.recorded_at, Decimal(1)))
    for kind, flows in recorded.items():
        moments = [at for flow in flows.values() if sum(quantity for _, quantity in flow) for at, _ in flow]
        if moments:
            settled = cut - clock.SETTLE_ORDER
            moving = all(at > settled for at in moments) or max(change.at for change in known.statuses if change.at <= cut) > settled
            yield Verdict("ORD-006", (("order_no", order.number), ("activity_class", kind)), IN_FLIGHT if moving else FIRES, None)


def _download(order: Order, cut: datetime, seen: datetime) -> Iterator[Verdict]:
    soon = order.scheduled_start <= clock.local(cut + clock.DOWNLOAD_HORIZON).date()
    if soon and order.released_at <= cut - clock.SETTLE_ORDER and (order.received_at is None or order.received_at > seen):
        yield Verdict("ORD-001", (("order_no", order.number),), FIRES, None)


def _package(order: Order, known: SapOrder, cut: datetime, seen: datetime) -> Iterator[Verdict]:
    """What the MES was told, until it has started."""
    if order.received_at is not None and order.received_at <= seen and order.told is not None and (order.started_at is None or order.started_at > seen):
        changed = max(order.received_at, *(change.at for change in known.statuses if change.at <= cut))
        yield Verdict("ORD-012", (("order_no", order.number),), IN_FLIGHT if changed > cut - clock.SETTLE_ORDER else FIRES, None)


def _cancelled(order: Order, known: SapOrder, cut: datetime, seen: datetime) -> Iterator[Verdict]:
    """No order is ever cancelled in the MES."""
    if order.received_at is not None and order.received_at <= seen and known.active(DELETED, cut):
        changed = max(order.received_at, *(change.at for change in known.statuses if change.at <= cut))
        yield Verdict("ORD-014", (("order_no", order.number),), IN_FLIGHT if changed > cut - clock.SETTLE_ORDER else FIRES, None)


def _still_open(order: Order, known: SapOrder, cut: datetime, seen: datetime) -> Iterator[Verdict]:
    if order.received_at is None or order.received_at > seen or (order.completed_at is not None and order.completed_at <= seen):
        return
    in_mes = mes.work_order(order, seen)
    closed_by_hand = known.delivery_completed_at is not None and known.delivery_completed_at <= cut
    if closed_by_hand or any(known.active(status, cut) for status in (CONFIRMED, DELIVERED, TECHNICALLY_COMPLETE)):
        changed = max(in_mes[1], *(change.at for change in known.statuses if change.at <= cut))
        moving = changed > cut - clock.SETTLE_ORDER
        yield Verdict("ORD-005", (("order_no", order.number),), IN_FLIGHT if moving else FIRES, None)


def _completion(order: Order, known: SapOrder, cut: datetime, seen: datetime) -> Iterator[Verdict]:
    if order.completed_at is None or order.completed_at > seen:
        return
    closed_by_hand = known.delivery_completed_at is not None and known.delivery_completed_at <= cut
    enough = known.received_by(cut) >= order.planned * (1 - order.tolerance / 100)
    if known.active(CONFIRMED, cut) and (known.active(DELIVERED, cut) or closed_by_hand or enough):
        return
    changed = max(change.at for change in known.statuses if change.at <= cut)
    moving = max(order.completed_at, changed) > cut - clock.SETTLE_ORDER
    yield Verdict("ORD-004", (("order_no", order.number),), IN_FLIGHT if moving else FIRES, None)


def _output(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    made = [event for event in order.events if event.kind == "output"]
    for subject in sorted({(order.material.number, order.batch), *(event.key for event in made)}):
        mood, _, _ = compare(reported([event for event in made if event.key == subject]), posted(known, ("101", "102"), subject), night)
        if mood:
            key = ("order_no", order.number), ("material", subject[0]), ("batch", subject[1])
            yield Verdict("ORD-009", key, mood, subject)


def consumption_keys(order: Order, known: SapOrder) -> list[Key]:
    """Everything either side consumed for the order."""
    in_sap = [(line.material.number, line.batch) for line in known.lines if line.movement_type in ("261", "262")]
    return sorted({*(event.key for event in order.consumptions()), *in_sap}, key=lambda key: (key[0], key[1] or ""))


def _consumption(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    for subject in consumption_keys(order, known):
        in_mes_flow = reported([event for event in order.consumptions() if event.key == subject])
        in_sap_flow = posted(known, ("261", "262"), subject)
        mood, in_mes, in_sap = compare(in_mes_flow, in_sap_flow, night)
        if mood:
            rule = "CON-001" if in_mes and in_sap else "CON-002" if in_mes else "CON-003"
            key = ("order_no", order.number), ("component", subject[0]), ("batch", subject[1])
            yield Verdict(rule, key, mood, subject)
            if _taken_back_on_one_side(in_mes_flow, in_sap_flow, clock.cut(night)):
                yield Verdict("CON-006", key, mood, subject)


def _taken_back_on_one_side(in_mes_flow: Flow, in_sap_flow: Flow, cut: datetime) -> bool:
    """What was booked agrees, what was taken back of it does not."""
    settled = [[quantity for at, quantity in flow if at <= cut - clock.SETTLE_MOVEMENT] for flow in (in_mes_flow, in_sap_flow)]
    in_mes, in_sap = (sum((q for q in flow if q > 0), Decimal(0)) for flow in settled)
    back_in_mes, back_in_sap = (sum((q for q in flow if q < 0), Decimal(0)) for flow in settled)
    return abs(in_mes - in_sap) <= tolerance(in_mes) < abs(back_in_mes - back_in_sap)


def _events(order: Order, sap: Sap, cut: datetime) -> Iterator[Verdict]:
    """Doses that were posted more than once, or by a wrong unit. Neither happens close enough to a cut to be moving."""
    for event in order.consumptions():
        if event.reverses or event.recorded_at > cut:
            continue
        documents = [document for document in sap.documents_of(event.event_id) if document.posted_at <= cut]
        charged = sum((issued(line) for document in documents for line in document.lines), Decimal(0))
        if len(documents) > 1 and charged - event.base > tolerance(event.base):
            yield Verdict("CON-005", (("order_no", order.number), ("component", event.key[0]), ("reference", event.event_id)), FIRES, event.key)
        elif charged and any(abs(charged / event.base / factor - 1) <= Decimal("0.001") for factor in _unit_factors(event)):
            yield Verdict("CON-011", (("order_no", order.number), ("component", event.key[0]), ("batch", event.key[1])), FIRES, event.key)


def _unit_factors(event: Event) -> set[Decimal]:
    factors = {Decimal(numerator) / Decimal(denominator) for _, numerator, denominator in event.material.conversions} | {event.material.mes_factor}
    return {factor for one in factors if one != 1 for factor in (one, 1 / one)}


def _links(order: Order, known: SapOrder, cut: datetime, seen: datetime) -> Iterator[Verdict]:
    """A link is asked for once it has settled; then it counts in SAP as soon as it is there, moving or not."""
    lines = [line for line in known.lines if line.document.posted_at <= cut]
    for (made, subject), since in mes.links(order, seen).items():
        receipts = [line for line in lines if line.movement_type in RECEIPTS and (line.material.number, line.batch) == made]
        received = -sum(issued(line) for line in receipts)
        used = sum(issued(line) for line in lines if line.movement_type in ("261", "262") and (line.material.number, line.batch) == subject)
        if since <= cut - clock.SETTLE_LINK and (used <= 0 or received <= 0):
            key = (
                ("order_no", order.number),
                ("output_material", made[0]),
                ("output_batch", made[1]),
                ("input_material", subject[0]),
                ("input_batch", subject[1]),
            )
            yield Verdict("GEN-001", key, FIRES, subject)


def reported(events: list[Event]) -> Flow:
    return [(event.recorded_at, event.signed) for event in events]


def posted(known: SapOrder, types: tuple[str, str], subject: Key) -> Flow:
    sign = 1 if types[0] == "261" else -1
    return [
        (line.document.posted_at, sign * issued(line)) for line in known.lines if line.movement_type in types and (line.material.number, line.batch) == subject
    ]


def issued(line: Line) -> Decimal:
    return line.quantity if line.direction == "H" else -line.quantity


@dataclass
class Quality:
    """All that is on record about one batch, in order of time."""

    holds: list[Hold] = field(default_factory=list)
    dispositions: list[Disposition] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)


def records(qms: Qms, lots: list[Lot]) -> dict[tuple[str, str, str], Quality]:
    """By plant, material and batch."""
    found: dict[tuple[str, str, str], Quality] = defaultdict(Quality)
    for hold in qms.holds:
        found[hold.plant.number, hold.material.number, hold.batch].holds.append(hold)
    for disposition in qms.dispositions:
        found[disposition.order.plant.number, disposition.order.material.number, disposition.order.batch].dispositions.append(disposition)
    for lot in lots:
        found[lot.plant.number, lot.material.number, lot.batch].lots.append(lot)
    return found


def judge_batch(plant: str, subject: tuple[str, str], quality: Quality, sap: Sap, night: int) -> Iterator[Verdict]:
    """Whether a held or rejected batch can still be used."""
    cut, seen = clock.cut(night), clock.as_of("qms", night)
    places: dict[str, tuple[Decimal, datetime]] = {}
    for line in sap.batch_lines.get(subject, []):
        if line.plant == plant and line.document.posted_at <= cut:
            before = places.get(line.location, (Decimal(0), cut))[0]
            change = Decimal(0) if line.stock != FREE else -issued(line)
            places[line.location] = before + change, line.document.posted_at
    free = [changed for quantity, changed in places.values() if quantity > 0]
    if not free:
        return
    key = ("material", subject[0]), ("batch", subject[1])
    holds = [hold for hold in quality.holds if hold.scope == "batch" and hold.in_qms and hold.opened_at <= seen]
    opened = [hold.opened_at for hold in holds if hold.closed_at is None or hold.closed_at > seen]
    if opened:
        yield Verdict("STK-001", key, _stock_mood([*opened, *free], cut), subject)
    rejections = []
    decided = [disposition for disposition in quality.dispositions if disposition.decided_at <= seen]
    if decided and decided[-1].decision == "rejected":
        rejections.append(decided[-1].decided_at)
    valued = sorted((at, valuation) for lot in quality.lots for at, valuation in lot.decisions if at <= cut)
    if valued and valued[-1][1] == "R":
        rejections.append(valued[-1][0])
    if rejections:
        yield Verdict("STK-002", key, _stock_mood([*rejections, *free], cut), subject)


def _stock_mood(changes: list[datetime], cut: datetime) -> str:
    return IN_FLIGHT if max(changes) > cut - clock.SETTLE_STOCK else FIRES
