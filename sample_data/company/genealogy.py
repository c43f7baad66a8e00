"""What somebody who knew everything would say of the batches and their links at a cut, over all orders: where they came from, when, and how much.

Each side is judged by its own record. What an extract holds of a batch twice and differently, in a unit that nothing converts, or not at all because the batch
is older than the history, is said too: nobody can judge that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

from company import clock, mes
from company.judgement import FIRES, IN_FLIGHT, RECEIPTS, Verdict, issued, tolerance
from company.orders import Key, Order
from company.register import Incident
from company.sap import Line
from company.simulation import Company

CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of two stations of a MES may differ; SAP is judged by days."""

Place = tuple[str, str, str | None]
"""Plant, material and batch."""


@dataclass(frozen=True)
class Doubt:
    """A key of a rule over batches that cannot be judged."""

    subject: str
    """As causes.yaml calls it."""
    cause: str
    """The row of causes.yaml that says why."""
    plant: str
    key: dict[str, str | None]


@dataclass(frozen=True)
class _Row:
    """What a movement adds to a batch."""

    quantity: Decimal | None
    """None: in a unit that nothing converts."""
    at: datetime
    """When it was recorded."""
    happened: datetime
    inward: bool
    consumed: bool
    order: str | None
    cause: str | None
    """Why it cannot be trusted."""
    stands: bool
    """It was not taken back."""


@dataclass
class _Ledger:
    """A batch by the record of one side."""

    rows: list[_Row] = field(default_factory=list)

    def sum(self, settled_until: datetime | None = None, *, inward: bool | None = None, consumed: bool | None = None) -> Decimal:
        return sum(
            (
                row.quantity
                for row in self.rows
                if row.quantity is not None
                and (inward is None or row.inward is inward)
                and (consumed is None or row.consumed is consumed)
                and (settled_until is None or row.at <= settled_until)
            ),
            Decimal(0),
        )

    def coming(self, settled_until: datetime, *, inward: bool) -> Decimal:
        rows = [row for row in self.rows if row.inward is inward and row.at > settled_until]
        return sum((row.quantity for row in rows if row.quantity is not None and row.quantity > 0), Decimal(0))

    def inward(self) -> list[_Row]:
        return [row for row in self.rows if row.inward]

    def cause(self, *, inward: bool = False) -> str | None:
        return next((row.cause for row in self.rows if row.cause and (row.inward or not inward)), None)

    def came_at(self) -> datetime | None:
        return min((row.happened for row in self.inward() if row.stands and row.quantity is not None and row.quantity > 0), default=None)


Judged = tuple[Verdict | Doubt, str, set[str]]
"""What is said, the plant, and the orders that it may come from."""


FoundLink = tuple[Key, Key, datetime, list[datetime], str | None]
"""Output, input, when the link came to be, when the input was consumed, and why it cannot be trusted."""


class Judge:
    """One night's view of all batches."""

    def __init__(self, company: Company, night: int) -> None:
        self.company, self.night = company, night
        self.cut, self.seen = clock.cut(night), clock.as_of("mes", night)
        self.settled = self.cut - clock.SETTLE_MOVEMENT
        self.orders = {order.number: order for order in company.orders}
        self.ledgers: dict[str, dict[Place, _Ledger]] = {"sap": defaultdict(_Ledger), "mes": defaultdict(_Ledger)}
        self._links_of: dict[tuple[str, str], list[FoundLink]] = {}
        self._read_sap()
        self._read_mes()

    def _read_sap(self) -> None:
        ambiguous = {id(document.lines[0]) for event in self.company.register.misread for document in self.company.sap.documents_of(event.event_id)}
        reversed_ = {id(line.reverses) for lines in self.company.sap.batch_lines.values() for line in lines if line.reverses and self.visible(line)}
        self.misread_lines = ambiguous
        for lines in self.company.sap.batch_lines.values():
            for line in lines:
                if self.visible(line):
                    self._enter(line, ambiguous, reversed_)

    def visible(self, line: Line) -> bool:
        return clock.SAP_SELECTION <= line.document.posted_at <= self.cut

    def _enter(self, line: Line, ambiguous: set[int], reversed_: set[int]) -> None:
        kind = line.movement_type
        moved_within = kind.startswith(("3", "4")) or kind in ("541", "631")
        if moved_within and kind != "301":
            return
        cause = "conflicting duplicate in the extract" if id(line) in ambiguous else None
        row = _Row(
            quantity=-issued(line),
            at=line.document.posted_at,
            happened=datetime.combine(line.document.posting_date, time()),
            inward=kind in RECEIPTS or (kind == "301" and line.automatic),
            consumed=kind in ("261", "262") and line.order_no is not None,
            order=line.order_no,
            cause=cause,
            stands=id(line) not in reversed_,
        )
        self.ledgers["sap"][line.plant, line.material.number, line.batch].rows.append(row)

    def _read_mes(self) -> None:
        for order in self.company.orders:
            events = [event for event in order.events if clock.HORIZON <= event.recorded_at <= self.seen]
            back = {id(event.reverses) for event in events if event.reverses}
            for event in events:
                if event.batch is not None and event.material.batch_managed:
                    unknown, inward = event.unit == "ROL", event.kind in ("output", "by-product")
                    row = _Row(
                        quantity=None if unknown else event.signed if inward else -event.signed,
                        at=event.recorded_at,
                        happened=event.occurred_at,
                        inward=inward,
                        consumed=event.kind == "consumption",
                        order=order.number,
                        cause="unit without conversion" if unknown else None,
                        stands=id(event) not in back,
                    )
                    self.ledgers["mes"][order.plant.number, event.material.number, event.batch].rows.append(row)

    def _balance(self, side: str, place: Place) -> tuple[_Ledger, _Ledger, str | None]:
        """What went out, what came in and why neither can be trusted: what a MES has no receipt of itself came in as SAP says."""
        own = self.ledgers[side][place]
        if side == "sap" or own.inward():
            return own, own, own.cause()
        came = self.ledgers["sap"].get(place, _Ledger())
        return own, came, own.cause() or came.cause(inward=True)

    def _older(self, place: Place) -> bool:
        made = self.company.sap.made_on.get((place[1], place[2] or ""))
        known = self.company.sap.batches.get((place[1], place[2] or ""))
        return made is not None and known is not None and known[1] <= self.cut and datetime.combine(made, time()) < clock.HORIZON

    def judged(self) -> Iterator[Judged]:
        """Verdicts and doubts with their plant and the orders that they may come from."""
        for side in ("sap", "mes"):
            for place in list(self.ledgers[side]):
                yield from self._batch(side, place)
            yield from self._links(side)
            yield from self._made_of_nothing(side)

    def _batch(self, side: str, place: Place) -> Iterator[Judged]:
        own, came, cause = self._balance(side, place)
        key = ("side", side), ("material", place[1]), ("batch", place[2])
        orders = {row.order for ledger in self.ledgers.values() for row in ledger.get(place, _Ledger()).rows if row.order}
        subject = place[1], place[2]
        used = -own.sum(self.settled, consumed=True)
        older = "batch older than the history" if self._older(place) else None
        if used > 0 and (cause or came.sum(inward=True) <= 0):
            returning = sum((r.quantity or Decimal(0) for r in own.rows if r.consumed and r.at > self.settled and (r.quantity or 0) > 0), Decimal(0))
            # One that several orders consumed may be the mistake of any of them.
            several = len({row.order for row in own.rows if row.consumed}) > 1
            yield from self._say("GEN-004", "consumed batch", key, cause or older, used - returning <= 0, subject, place[0], orders, several)
        put_in, taken = came.sum(self.settled, inward=True), -own.sum(self.settled, inward=False)
        if cause or (came.sum(inward=True) > 0 and taken - put_in > tolerance(put_in)):
            coming = came.coming(self.settled, inward=True) + own.coming(self.settled, inward=False)
            yield from self._say("GEN-007", "batch", key, cause or older, taken - put_in - coming <= tolerance(put_in), subject, place[0], orders)

    def _say(
        self,
        rule: str,
        subject: str,
        key: tuple[tuple[str, str | None], ...],
        cause: str | None,
        moving: bool,
        batch: Key,
        plant: str,
        orders: set[str],
        alone: bool = False,
    ) -> Iterator[Judged]:
        if cause:
            yield Doubt(subject, cause, plant, dict(key)), plant, orders
        else:
            yield Verdict(rule, key, IN_FLIGHT if moving else FIRES, batch, alone), plant, orders

    def _links(self, side: str) -> Iterator[Judged]:
        """Links that have settled, with when the input was first used; of an input that came in by this side's record."""
        found: dict[tuple[str, Key, Key], tuple[list[datetime], set[str], str | None]] = {}
        for order in self.company.orders:
            for output, used, since, times, cause in self.links_of(side, order):
                if since <= self.settled:
                    at, orders, why = found.setdefault((order.plant.number, output, used), ([], set(), None))
                    found[order.plant.number, output, used] = [*at, *times], orders | {order.number}, why or cause
        for (plant, output, used), (at, orders, link_cause) in found.items():
            ledger = self.ledgers[side].get((plant, *used))
            if ledger is None or not ledger.inward():
                continue
            cause, came = link_cause or ledger.cause(), ledger.came_at()
            late = came is not None and at and came > min(at) + (CLOCKS_APART if side == "mes" else timedelta(0))
            if cause or late:
                key = (
                    ("side", side),
                    ("output_material", output[0]),
                    ("output_batch", output[1]),
                    ("input_material", used[0]),
                    ("input_batch", used[1]),
                )
                older = "batch older than the history" if self._older((plant, *used)) else None
                moving = all(row.at > self.settled for row in ledger.inward())
                yield from self._say("GEN-006", "link in time", key, cause or older, moving, used, plant, orders)

    def links_of(self, side: str, order: Order) -> list[FoundLink]:
        """Those of an order that one system has."""
        found = self._links_of.get((side, order.number))
        if found is None:
            found = self._links_of[side, order.number] = list(self._find_links(side, order))
        return found

    def _find_links(self, side: str, order: Order) -> Iterator[FoundLink]:
        if side == "mes":
            for (output, used), since in mes.links(order, self.seen).items():
                if since >= clock.HORIZON:
                    events = [event for event in order.consumptions() if event.key == used and clock.HORIZON <= event.recorded_at <= self.settled]
                    back = {id(event.reverses) for event in order.events if event.reverses and event.recorded_at <= self.seen}
                    yield output, used, since, [event.occurred_at for event in events if not event.reverses and id(event) not in back], None
            return
        if order.unplanned:
            return
        lines = [line for line in self.company.sap.orders[order.number].lines if line.batch is not None and self.visible(line)]
        ends: dict[bool, dict[Key, list[Line]]] = {True: defaultdict(list), False: defaultdict(list)}
        for line in lines:
            if line.movement_type in (*RECEIPTS, "261", "262"):
                ends[line.movement_type in RECEIPTS][line.material.number, line.batch].append(line)
        for output, received in ends[True].items():
            for used, consumed in ends[False].items():
                unsure = any(id(line) in self.misread_lines for line in (*received, *consumed))
                nets = -sum((issued(x) for x in received), Decimal(0)), sum((issued(x) for x in consumed), Decimal(0))
                if all(net > 0 for net in nets) or unsure:
                    since = max(line.document.posted_at for line in (*received, *consumed))
                    days = [datetime.combine(line.document.posting_date, time()) for line in self._standing(consumed)]
                    yield output, used, since, days, "conflicting duplicate in the extract" if unsure else None

    def _standing(self, lines: list[Line]) -> list[Line]:
        """Settled ones that nothing took back; where there is none, all of them."""
        back = {id(line.reverses) for line in lines if line.reverses}
        issues = [line for line in lines if line.direction == "H"]
        return [line for line in issues if id(line) not in back and line.document.posted_at <= self.settled] or issues

    def _made_of_nothing(self, side: str) -> Iterator[Judged]:
        """A batch that was made by an order with batches among its components, and has no input."""
        for order in self.company.orders:
            outputs = {event.key for event in order.events if event.kind == "output"} | {(order.material.number, order.batch)}
            for output in sorted(outputs, key=lambda key: (key[0], key[1] or "")):
                rows = [row for row in self.ledgers[side].get((order.plant.number, *output), _Ledger()).rows if row.inward and row.order == order.number]
                if not rows:
                    continue
                key = ("side", side), ("material", output[0]), ("batch", output[1])
                made = sum((row.quantity or Decimal(0) for row in rows if row.at <= self.settled), Decimal(0))
                incident = self.company.register.of_order.get(order.number)
                cause = self._spoilt_output(incident, output)
                if cause or (made > 0 and not any(link[0] == output and link[4] is None for link in self.links_of(side, order))):
                    low = made + sum((row.quantity or Decimal(0) for row in rows if row.at > self.settled and (row.quantity or 0) < 0), Decimal(0))
                    yield from self._say("GEN-003", "produced batch", key, cause, low <= 0, output, order.plant.number, {order.number})

    def _spoilt_output(self, incident: Incident | None, output: Key) -> str | None:
        """Why the output of an order cannot be judged on either side."""
        if incident is None or incident.cause not in ("before history", "conflicting duplicate in the extract"):
            return None
        return incident.cause if not incident.events or any(event.key == output and event.kind == "output" for event in incident.events) else None
