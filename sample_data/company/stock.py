"""What somebody who knew everything would say of stock at a cut: what of a held, rejected or expired batch is still offered, used, delivered or lies elsewhere,
how each lot was decided, and whether the warehouse has what SAP has.

Whether a held or rejected batch is unrestricted in SAP (STK-001, STK-002) is in judgement.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from company import clock, extract_wms, serials
from company.clock import SETTLE_DECISION, SETTLE_KEPT, SETTLE_STOCK
from company.extract_mes import TOLD as TOLD_MES
from company.extract_qms import ARRIVES
from company.extract_sap_shipping import handling_units
from company.judgement import FIRES, IN_FLIGHT, Quality, Verdict, issued
from company.orders import Event
from company.plant import FINISHED_STORE, LINE_SIDE, PLANTS
from company.qms import Hold
from company.sap import BLOCKED, FREE, INSPECTION, MANAGING, Line, Lot, Special
from company.simulation import Company

BatchKey = tuple[str, str]
Owner = tuple[str, str, str]
"""Plant, material and batch."""
Said = tuple[str, BatchKey, Verdict]
"""Plant and batch that a verdict is about."""

TOLERANCE = Decimal("0.001")
RELEASING = ("01", "04", "05", "08")
"""Inspection types after whose decision a batch may leave."""
CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True)
class Stop:
    """A hold of the batch or of a location, or a rejection in one of the systems."""

    since: datetime
    until: datetime | None
    location: str = ""
    """Where only that is held."""
    hold: bool = True

    def stands(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or self.until > at)


@dataclass
class _Amount:
    """What lies at one place of one stock type, and when its place was last touched."""

    quantity: Decimal
    changed: datetime


Kept = dict[tuple[str, str, Special | None, str], _Amount]
"""By plant, location, whose it is, and stock type."""


def judge_stock(company: Company, quality: dict[Owner, Quality], night: int) -> Iterator[Said]:
    """All mismatches of stock; quality: all that is on record about each batch."""
    yield from _Judge(company, quality, night).judged()


class _Judge:
    """One night's view of all stock."""

    def __init__(self, company: Company, quality: dict[Owner, Quality], night: int) -> None:
        self.company, self.quality = company, quality
        self.cut = clock.cut(night)
        self.in_qms, self.in_mes, self.in_wms = (clock.as_of(source, night) for source in ("qms", "mes", "wms"))
        self.in_wms -= extract_wms.TOLD
        self.lots: dict[BatchKey, list[Lot]] = defaultdict(list)
        for lot in company.sap.lots:
            if lot.created_at <= self.cut:
                self.lots[lot.material.number, lot.batch].append(lot)
        self.brought: dict[tuple[str, BatchKey], list[tuple[datetime, Decimal]]] = defaultdict(list)
        for at, plant, material, batch, quantity in company.register.line_side:
            self.brought[plant.number, (material.number, batch)].append((at, quantity))
        self.at_line: dict[tuple[str, BatchKey], list[Event]] = defaultdict(list)
        for order in company.orders:
            for event in order.events:
                if event.location == LINE_SIDE and event.batch is not None:
                    self.at_line[order.plant.number, (event.material.number, event.batch)].append(event)
        self.uses: dict[Owner, list[Event]] = defaultdict(list)
        held = {(hold.plant.number, hold.material.number, hold.batch) for hold in company.qms.holds}
        for order in company.orders:
            for event in order.consumptions():
                place = order.plant.number, event.key[0], event.key[1] or ""
                if place in held and clock.HORIZON <= event.recorded_at <= self.in_mes:
                    self.uses[place].append(event)

    def judged(self) -> Iterator[Said]:
        for lot in self.company.sap.lots:
            if lot.created_at <= self.cut:
                yield from self._lot(lot)
        for key, lines in self.company.sap.batch_lines.items():
            # The warehouse shows a few minutes more than SAP: a batch may be there alone.
            yield from self._warehouse(key, lines)
            yield from self._line(key, lines)
            if not any(line.document.posted_at <= self.cut for line in lines):
                continue
            if lines[0].material.inspected:
                yield from self._kept_back(key, self._kept(lines))
            yield from self._expired(key, lines)
        for (plant, *subject), known in self.quality.items():
            key = subject[0], subject[1]
            lines = self.company.sap.batch_lines.get(key, [])
            yield from self._held(plant, key, known, lines)
        yield from self._deliveries()
        for earlier, later in self.company.register.named_twice:
            key = later.material.number, later.batch
            made = max(event.recorded_at for event in (*earlier.outputs(), *later.outputs()))
            if made <= self.in_mes:
                named = (("material", key[0]), ("serial_no", later.last_piece))
                yield later.plant.number, key, Verdict("GEN-008", named, IN_FLIGHT if self._young(made, clock.SETTLE_MOVEMENT) else FIRES, key)
        for order in self.company.orders:
            key = order.material.number, order.batch
            begun = next((event.recorded_at for event in order.outputs()), None)
            if key in self.company.register.misdated and begun is not None and begun <= self.in_mes and self.company.sap.batches[key][1] <= self.cut:
                yield order.plant.number, key, Verdict("STK-020", (("material", key[0]), ("batch", key[1])), FIRES, key)

    def _young(self, at: datetime, settle: timedelta = SETTLE_STOCK) -> bool:
        return at > self.cut - settle

    def _kept(self, lines: list[Line]) -> Kept:
        """SAP's stock at the cut; a place counts as touched whatever moved there."""
        kept: Kept = {}
        touched: dict[tuple[str, str], datetime] = {}
        for line in lines:
            if line.document.posted_at <= self.cut:
                place = line.plant, line.location, line.special, line.stock
                before = kept.get(place)
                kept[place] = _Amount((before.quantity if before else Decimal(0)) - issued(line), line.document.posted_at)
                touched[line.plant, line.location] = line.document.posted_at
        for (plant, location, _, _), amount in kept.items():
            amount.changed = touched[plant, location]
        return {place: amount for place, amount in kept.items() if amount.quantity}

    # what lies on a batch

    def _stops(self, plant: str, key: BatchKey) -> list[Stop]:
        """All that the systems can tell of by now, whether over or not."""
        known = self.quality.get((plant, *key))
        if known is None:
            return []
        stops = [
            Stop(hold.opened_at, hold.closed_at, hold.location)
            for hold in known.holds
            if hold.scope in ("batch", "location") and hold.opened_at <= self.in_qms and hold.in_qms
        ]
        decisions = [one for one in known.dispositions if one.decided_at <= self.in_qms]
        for one, following in pairwise([*decisions, None]):
            if one is not None and one.decision == "rejected":
                stops.append(Stop(one.decided_at, following.decided_at if following else None, hold=False))
        for lot in known.lots:
            made = [decision for decision in lot.decisions if decision[0] <= self.cut]
            if made and made[-1][1] == "R":
                stops.append(Stop(made[-1][0], None, hold=False))
        return stops

    def _held(self, plant: str, key: BatchKey, known: Quality, lines: list[Line]) -> Iterator[Said]:
        yield from self._offered(plant, key, lines)
        holds = [hold for hold in known.holds if hold.opened_at <= self.in_qms]
        yield from self._told(plant, key, known.holds)
        yield from self._part(plant, key, [hold for hold in holds if hold.in_qms and not self._over(hold) and hold.scope != "batch"], lines)
        yield from self._pieces(plant, key, [hold for hold in holds if not self._over(hold)])
        yield from self._elsewhere(plant, key, [hold for hold in holds if hold.in_qms and not self._over(hold) and hold.scope == "batch"], lines)
        yield from self._consumed(plant, key, holds, lines)
        restricts = [one.decided_at for one in known.dispositions if one.restricts and one.decided_at <= self.in_qms]
        restricted = self.company.sap.restricted.get(key)
        here = any(place[0] == plant for place in self._kept(lines))
        if restricts and here and (restricted is None or restricted > self.cut):
            yield plant, key, Verdict("STK-005", (("material", key[0]), ("batch", key[1])), IN_FLIGHT if self._young(restricts[-1]) else FIRES, key)

    def _over(self, hold: Hold) -> bool:
        return hold.closed_at is not None and hold.closed_at <= self.cut

    def _offered(self, plant: str, key: BatchKey, lines: list[Line]) -> Iterator[Said]:
        """By the warehouse, bin by bin."""
        for (where, _, batch, kind), bin_, _, changed in extract_wms.bins(self.company, {key: lines}, self.in_wms):
            stops = [stop for stop in self._stops(plant, key) if (stop.until is None or stop.until > self.cut) and stop.location in ("", FINISHED_STORE)]
            if where == plant and kind == "01" and stops:
                young = self._young(changed) or all(self._young(stop.since) for stop in stops)
                yield plant, key, Verdict("STK-013", (("material", key[0]), ("batch", batch), ("bin", bin_)), IN_FLIGHT if young else FIRES, key)

    def _told(self, plant: str, key: BatchKey, holds: list[Hold]) -> Iterator[Said]:
        """Whether the quality system and the MES hold the same: the whole of it, or a part."""
        told: dict[str, list[tuple[bool, bool, bool]]] = {"qms": [], "mes": []}
        for side, seen, later in (("qms", self.in_qms, timedelta(0)), ("mes", self.in_mes, TOLD_MES)):
            for hold in holds:
                if (hold.in_qms if side == "qms" else hold.in_mes) and hold.opened_at + later <= seen:
                    closed = hold.closed_at + later if hold.closed_at else None
                    closed = None if closed and closed > seen else closed
                    is_open = closed is None or closed > self.cut
                    told[side].append((is_open, hold.scope == "batch", self._young(closed or hold.opened_at + later)))

        def some(side: str, *, whole: bool = False, settled: bool = False) -> bool:
            return any(is_open and (is_whole or not whole) and not (young and settled) for is_open, is_whole, young in told[side])

        def ended(side: str) -> bool:
            return any(young and not is_open for is_open, _, young in told[side])

        held_whole = some("qms", whole=True)
        if (some("qms") and not some("mes")) or (held_whole and not some("mes", whole=True)) or (some("mes") and not some("qms")):
            if not some("qms"):
                young = not some("mes", settled=True) or ended("qms")
            elif held_whole:
                young = not some("qms", whole=True, settled=True) or ended("mes")
            else:
                young = not some("qms", settled=True) or ended("mes")
            yield plant, key, Verdict("STK-011", (("material", key[0]), ("batch", key[1])), IN_FLIGHT if young else FIRES, key)

    def _part(self, plant: str, key: BatchKey, holds: list[Hold], lines: list[Line]) -> Iterator[Said]:
        """Less of it is restricted than is held."""
        if not holds:
            return
        stock = [(place, amount) for place, amount in self._kept(lines).items() if place[0] == plant]
        here = {hold.location for hold in holds if hold.scope == "location"}
        here_settled = {hold.location for hold in holds if hold.scope == "location" and not self._young(hold.opened_at)}
        missing = []
        for settled in (False, True):
            free = [(place, amount.quantity) for place, amount in stock if place[3] == FREE and not (settled and self._young(amount.changed))]
            restricted = sum((amount.quantity for place, amount in stock if place[3] != FREE and place[1] not in here), Decimal(0))
            asked = sum(
                (hold.quantity or Decimal(0) for hold in holds if hold.scope != "location" and not (settled and self._young(hold.opened_at))), Decimal(0)
            )
            available = sum((quantity for _, quantity in free), Decimal(0))
            available_here = sum((quantity for place, quantity in free if place[1] in (here_settled if settled else here)), Decimal(0))
            missing.append(max(available_here, min(available, asked - restricted)))
        if missing[0] > TOLERANCE:
            yield plant, key, Verdict("STK-012", (("material", key[0]), ("batch", key[1])), IN_FLIGHT if missing[1] <= TOLERANCE else FIRES, key)

    def _pieces(self, plant: str, key: BatchKey, holds: list[Hold]) -> Iterator[Said]:
        """A piece or pallet on hold that some system calls available."""
        sap = self.company.sap
        for hold in holds:
            changes: list[datetime] = []
            if hold.scope == "serial":
                order = next(order for order in self.company.orders if (order.material.number, order.batch) == key)
                blocked = sap.blocked_pieces.get(hold.serial_no)
                for seen in (self.cut, self.in_wms):
                    if blocked is None or blocked > seen:
                        changes += [since for serial_no, since in serials.received(order, sap, seen) if serial_no == hold.serial_no]
                if hold.opened_at + TOLD_MES > self.in_mes:
                    changes += [event.recorded_at for serial_no, event in serials.made(order) if serial_no == hold.serial_no]
            elif hold.scope == "container":
                for seen in (self.cut, self.in_wms):
                    changes += [unit[1] for unit in handling_units(sap, seen) if unit[0] == hold.handling_unit and not unit[7]]
            if changes:
                young = self._young(hold.opened_at) or all(self._young(change) for change in changes)
                named = (("material", key[0]), ("serial_no", hold.serial_no or None), ("handling_unit", hold.handling_unit.lstrip("0") or None))
                yield plant, key, Verdict("STK-016", named, IN_FLIGHT if young else FIRES, key)

    def _elsewhere(self, plant: str, key: BatchKey, holds: list[Hold], lines: list[Line]) -> Iterator[Said]:
        """With a partner or at another plant, and nobody holds it there."""
        if not holds:
            return
        kept = self._kept(lines)
        lying: dict[str, list[datetime]] = defaultdict(list)
        for (where, _, special, kind), amount in kept.items():
            if kind == FREE and amount.quantity > 0:
                if special is not None and special.indicator in ("O", "W"):
                    if where == plant:
                        changed = max(other.changed for place, other in kept.items() if place[0] == where)
                        lying[special.partner.lstrip("0")].append(changed)
                elif where != plant and not any(stop.hold and not stop.location for stop in self._stops(where, key)):
                    lying[where].append(amount.changed)
        for place, changes in lying.items():
            young = all(self._young(hold.opened_at) for hold in holds) or all(self._young(change) for change in changes)
            yield plant, key, Verdict("STK-018", (("material", key[0]), ("batch", key[1]), ("place", place)), IN_FLIGHT if young else FIRES, key)

    def _consumed(self, plant: str, key: BatchKey, holds: list[Hold], lines: list[Line]) -> Iterator[Said]:
        """Used while it was held: by the MES's time, or by SAP's where that alone has it."""
        whole = [Stop(hold.opened_at, hold.closed_at) for hold in holds if hold.scope == "batch" and hold.in_qms]
        if not whole:
            return
        used: dict[str, Decimal] = defaultdict(Decimal)
        for event in self.uses[plant, key[0], key[1]]:
            if any(stop.stands((event.reverses or event).occurred_at) for stop in whole):
                used[event.order.number] += event.signed
        reported = {(event.order.number, event.event_id) for event in self.uses[plant, key[0], key[1]]}
        for line in lines:
            visible = clock.SAP_SELECTION <= line.document.posted_at <= self.cut and line.plant == plant and line.movement_type in ("261", "262")
            if visible and line.order_no and not self._recorded(line.order_no, line.document.reference, reported):
                document = (line.reverses or line).document
                moment = min(document.posted_at, clock.midnight(document.posting_date) + timedelta(days=1))
                used[line.order_no] += issued(line) if any(stop.stands(moment) for stop in whole) else 0
        for order_no, amount in used.items():
            if amount > 0:
                yield plant, key, Verdict("STK-006", (("material", key[0]), ("batch", key[1]), ("order_no", order_no)), FIRES, key)

    def _recorded(self, order_no: str, reference: str, reported: set[tuple[str, str]]) -> bool:
        """The MES has the same use: that event, or any of the order where SAP names none."""
        return (order_no, reference) in reported if reference else any(number == order_no for number, _ in reported)

    # deliveries

    def _deliveries(self) -> Iterator[Said]:
        for delivery in self.company.sap.deliveries:
            if delivery.created_at > self.cut:
                continue
            plant, key = delivery.plant.number, (delivery.material.number, delivery.batch)
            named = (("material", key[0]), ("batch", key[1]), ("delivery", delivery.number.lstrip("0")))
            stops = [stop for stop in self._stops(plant, key) if stop.location in ("", delivery.material.store)]
            if delivery.issued_at is None or delivery.issued_at > self.cut:
                if any(stop.until is None or stop.until > self.cut for stop in stops) or self._is_expired(key, self.cut.date()):
                    yield plant, key, Verdict("STK-014", named, FIRES, key)
                continue
            if any(stop.stands(delivery.issued_at) for stop in stops):
                yield plant, key, Verdict("STK-007", named, FIRES, key)
            if any(lot.kind in RELEASING for lot in self.lots[key]) and self._undecided(key, delivery.issued_at + CLOCKS_APART):
                yield plant, key, Verdict("STK-019", named, IN_FLIGHT if self._young(delivery.issued_at) else FIRES, key)
        for one in self.company.sap.reservations:
            key = one.material.number, one.batch
            if one.created_at <= self.cut and (one.withdrawn_at is None or one.withdrawn_at > self.cut):
                stops = [stop for stop in self._stops(one.plant.number, key) if stop.location in ("", one.material.store)]
                if any(stop.until is None or stop.until > self.cut for stop in stops):
                    nothing = (("material", key[0]), ("batch", key[1]), ("delivery", None))
                    yield one.plant.number, key, Verdict("STK-014", nothing, FIRES, key)

    def _undecided(self, key: BatchKey, by: datetime) -> bool:
        """Nobody had accepted or rejected it by then; of each lot SAP remembers its last decision alone."""
        known = [self.quality[plant.number, *key] for plant in PLANTS if (plant.number, *key) in self.quality]
        if any(one.decided_at <= min(by, self.in_qms) for quality in known for one in quality.dispositions):
            return False
        made = [[at for at, _ in lot.decisions if at <= self.cut] for lot in self.lots[key]]
        return not any(moments and moments[-1] <= by for moments in made)

    # expiry

    def _is_expired(self, key: BatchKey, today: date) -> bool:
        """On its last day it is still good."""
        material, since = self.company.sap.batches[key]
        made = self.company.sap.made_on.get(key)
        return since <= self.cut and made is not None and made + timedelta(days=material.shelf_days) < today

    def _expired(self, key: BatchKey, lines: list[Line]) -> Iterator[Said]:
        if not self._is_expired(key, self.cut.date()):
            return
        free: dict[str, list[datetime]] = defaultdict(list)
        for (plant, _, _, kind), amount in self._kept(lines).items():
            if kind == FREE and amount.quantity > 0:
                free[plant].append(amount.changed)
        for plant, changes in free.items():
            zone = next(one.zone for one in PLANTS if one.number == plant)
            if not self._is_expired(key, clock.local(self.cut, zone).date()):
                continue
            young = all(self._young(change) for change in changes)
            yield plant, key, Verdict("STK-009", (("material", key[0]), ("batch", key[1])), IN_FLIGHT if young else FIRES, key)

    # inspection

    def _lot(self, lot: Lot) -> Iterator[Said]:
        key, plant, named = (lot.material.number, lot.batch), lot.plant.number, (("lot", lot.number),)
        made = [decision for decision in lot.decisions if decision[0] <= self.cut]
        known = self.quality.get((plant, *key), Quality())
        told = [one for one in known.dispositions if one.lot == lot.number and one.decided_at <= self.in_qms]
        if told or (lot.kind == "04" and lot.created_at + ARRIVES <= self.in_qms):
            in_sap = {"A": "accepted", "R": "rejected"}[made[-1][1]] if made else None
            in_qms = told[-1].decision if told else None
            if in_sap != in_qms:
                sap_young = self._young(made[-1][0] if made else lot.created_at, SETTLE_DECISION)
                qms_young = bool(told) and self._young(told[-1].decided_at, SETTLE_DECISION)
                young = sap_young if in_qms is None else qms_young if in_sap is None else sap_young or qms_young
                yield plant, key, Verdict("STK-004", named, IN_FLIGHT if young else FIRES, key)
        released = sum((quantity for at, quantity in lot.released if at <= self.cut), Decimal(0))
        held = any(hold.in_qms and hold.opened_at <= self.in_qms and not self._over(hold) for hold in known.holds)
        not_posted = made and self._open(lot) and (made[-1][1] == "R" or not held)
        if not_posted or (not made and released > 0):
            young = self._young(max(lot.created_at, made[-1][0]) if made else lot.created_at, SETTLE_DECISION)
            yield plant, key, Verdict("STK-010", named, IN_FLIGHT if young else FIRES, key)

    def _open(self, lot: Lot) -> bool:
        """It manages stock, and that is not posted yet."""
        return lot.kind in MANAGING and (lot.stock_posted_at is None or lot.stock_posted_at > self.cut)

    def _kept_back(self, key: BatchKey, kept: Kept) -> Iterator[Said]:
        """Blocked or in inspection, and nothing behind it."""
        for plant, kind in sorted({(place[0], place[3]) for place in kept if place[3] in (INSPECTION, BLOCKED)}):
            known = self.quality.get((plant, *key), Quality())
            lots = [lot for lot in known.lots if lot.created_at <= self.cut]
            valued = [decision for lot in lots for decision in lot.decisions if decision[0] <= self.cut]
            told = [one for one in known.dispositions if one.decided_at <= self.in_qms]
            holds = [hold for hold in known.holds if hold.opened_at <= self.in_qms]
            if (
                any(not self._over(hold) for hold in holds)
                or any(not any(at <= self.cut for at, _ in lot.decisions) or self._open(lot) for lot in lots)
                or (valued and max(valued)[1] == "R")
                or (told and told[-1].decision == "rejected")
            ):
                continue
            changes = [
                min(amount.changed for place, amount in kept.items() if (place[0], place[3]) == (plant, kind)),
                *(hold.closed_at + TOLD_MES for hold in holds if hold.closed_at),
                *(lot.created_at for lot in lots),
                *(at for at, _ in valued),
                *(one.decided_at for one in told),
            ]
            young = any(self._young(change, SETTLE_KEPT) for change in changes)
            named = (("material", key[0]), ("batch", key[1]), ("stock_type", extract_wms.STOCK_TYPES[kind]))
            yield plant, key, Verdict("STK-003", named, IN_FLIGHT if young else FIRES, key)

    # the line

    def _line(self, key: BatchKey, lines: list[Line]) -> Iterator[Said]:
        """What lies at the line, less what the MES used and SAP has not posted yet."""
        for plant in PLANTS:
            brought = [(at, quantity) for at, quantity in self.brought[plant.number, key] if at <= self.in_mes]
            here = [line for line in lines if line.plant == plant.number and line.document.posted_at <= self.cut]
            lying = [line for line in here if line.location == LINE_SIDE]
            if not brought and not lying:
                continue
            taken = [event for event in self.at_line[plant.number, key] if event.recorded_at <= self.in_mes]
            owed = Decimal(0)
            for order_no in {event.order.number for event in taken}:
                used = sum((e.signed for e in taken if e.order.number == order_no and e.kind == "consumption"), Decimal(0))
                posted = sum((issued(x) for x in here if x.order_no == order_no and x.movement_type in ("261", "262")), Decimal(0))
                owed += max(used - posted, Decimal(0))
            in_mes = sum((quantity for _, quantity in brought), Decimal(0)) - sum((event.signed for event in taken), Decimal(0))
            in_sap = -sum((issued(line) for line in lying), Decimal(0)) - owed
            if abs(in_mes - in_sap) > max(TOLERANCE, abs(in_mes) * Decimal("0.005")):
                changes = [*(at for at, _ in brought), *(line.document.posted_at for line in lying), *(event.recorded_at for event in taken)]
                named = (("material", key[0]), ("batch", key[1]), ("storage_location", LINE_SIDE))
                young = self._young(max(changes), clock.SETTLE_MOVEMENT)
                yield plant.number, key, Verdict("STK-008", named, IN_FLIGHT if young else FIRES, key)

    # the warehouse

    def _warehouse(self, key: BatchKey, lines: list[Line]) -> Iterator[Said]:
        """What lies in its store, by stock type."""
        in_sap: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        in_wms: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        young: set[str] = set()
        if not any(line.location == FINISHED_STORE for line in lines):
            return
        for line in lines:
            if line.location == FINISHED_STORE and line.document.posted_at <= self.cut:
                if line.special is None:
                    in_sap[line.plant, extract_wms.STOCK_TYPES[line.stock]] -= issued(line)
                if self._young(line.document.posted_at):
                    young.add(line.plant)
        for (plant, _, _, kind), _, quantity, changed in extract_wms.bins(self.company, {key: lines}, self.in_wms):
            in_wms[plant, kind] += quantity
            if self._young(changed):
                young.add(plant)
        for plant, kind in sorted({*in_sap, *in_wms}):
            if abs(in_sap[plant, kind] - in_wms[plant, kind]) > TOLERANCE:
                named = (("material", key[0]), ("batch", key[1]), ("stock_type", kind))
                yield plant, key, Verdict("STK-015", named, IN_FLIGHT if plant in young else FIRES, key)
