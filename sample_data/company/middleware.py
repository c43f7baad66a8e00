"""The middleware: carries releases to the MES, and what the MES does to SAP."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from company import clock
from company.agenda import Agenda
from company.orders import Event, Order, Report
from company.plant import LINE_SIDE, sap_quantity
from company.quality import REPORTED_WRONGLY
from company.register import Register
from company.sap import Sap

BROUGHT = (
    *("", "late within the settle time", "split under one reference", "under-delivery within tolerance", "short delivery closed by hand"),
    *REPORTED_WRONGLY,
)
"""What may befall an order whose components the warehouse brings to the line: the line's books and SAP's agree all the same."""


FAST_ENOUGH_FOR = 20_000
"""Orders whose messages the interface works off one by one, three seconds each."""


class Middleware:
    """Puts each message on the agenda of the system it goes to, at the moment it will arrive."""

    def __init__(self, sap: Sap, agenda: Agenda, register: Register, rng: random.Random) -> None:
        self._sap, self._agenda, self._register, self._rng = sap, agenda, register, rng
        self._waiting, self._orders = 0, 0

    def carry(self, orders: list[Order]) -> None:
        """All messages of all orders, in the order in which they were sent."""
        self._orders = len(orders)
        for event in sorted((event for order in orders for event in order.sent()), key=lambda event: event.event_id):
            self._movement(event)
        for order in orders:
            self._confirmations(order)

    def _movement(self, event: Event) -> None:
        passage = event.passage
        if passage.by_hand:
            passage.delay = timedelta(minutes=self._rng.randint(3, 25))
        arrival = passage.arrival(event.recorded_at)
        if arrival is None:
            return
        taken_back = event.reverses and event.reverses.passage.arrival(event.reverses.recorded_at)
        if taken_back and taken_back >= arrival:  # a message that takes another one back waits for it
            arrival = taken_back + timedelta(seconds=1)
            passage.delay = arrival - event.recorded_at
        if clock.OUTAGE[0] <= arrival < clock.OUTAGE[1] and not passage.by_hand:
            arrival = self._queue(event)
        lines = passage.lines or (sap_quantity(event.base),)
        if sum(lines) == 0:
            return  # SAP posts no zero quantities, and the interface counts that as success
        day = clock.local(event.occurred_at, event.order.plant.zone).date()
        for copy in range(passage.copies):
            at = arrival + timedelta(seconds=47 * copy)
            self._agenda.at(at, partial(self._post, event, at, lines, day))

    def _queue(self, event: Event) -> datetime:
        """The interface is down: the message waits, and leaves the queue in turn once it is up again."""
        self._waiting += 1
        event.passage.queued = True
        # Three seconds each; a company with far more orders has an interface that is as much faster, so that the backlog is gone within the hour.
        arrival = clock.BACKLOG_FROM + timedelta(seconds=3 * self._waiting * FAST_ENOUGH_FOR // max(FAST_ENOUGH_FOR, self._orders))
        event.passage.delay = arrival - event.recorded_at
        return arrival

    def _post(self, event: Event, at: datetime, lines: tuple[Decimal, ...], day: date) -> None:
        reference, user = ("", "MBAUER") if event.passage.by_hand else (event.event_id, "MES_RFC")
        if event.kind == "scrap":
            self._sap.scrap(at, event.order, event.material, event.batch, event.location, lines[0], day, reference)
        elif event.kind != "consumption" and event.material is not event.order.material:
            self._sap.receive_besides(at, event.order, event.material, event.batch, lines[0], event.kind == "output", day, reference)
        elif event.kind == "output":
            self._sap.receive(at, event.order, lines, day, reference, user)
        elif event.reverses:
            origin = "" if event.passage.by_hand or event.reverses.passage.queued else event.reverses.event_id
            self._sap.take_back(at, event.order.number, event.material, event.batch, event.location, lines[0], day, reference, user, origin)
        else:
            self._sap.issue(at, event.order.number, event.material, event.passage.batch or event.batch, event.location, lines, day, reference, user)

    def _confirmations(self, order: Order) -> None:
        for report in order.reports:
            at = report.passage.arrival(report.recorded_at)
            if at is not None:
                self._agenda.at(at, partial(self._confirm, order, report, at))

    def _confirm(self, order: Order, report: Report, at: datetime) -> None:
        if report.cancels:
            self._sap.cancel_confirmation(order.number, at, report.report_id)
        else:
            quantity, scrap, minutes = report.keyed or (report.quantity, report.scrap, report.minutes)
            self._sap.confirm(order.number, at, report.step, quantity, report.final, report.recorded_at, report.report_id, scrap, report.rework, minutes)


def to_line_side(orders: list[Order], sap: Sap, agenda: Agenda, register: Register, rng: random.Random) -> None:
    """For some orders the warehouse brings a component to the line first: a transfer that names the order."""
    for order in orders:
        if order.story in BROUGHT and order.started_at is not None and rng.random() < 0.75:
            material = order.recipe.components[0][0]
            at = order.started_at - timedelta(minutes=rng.randint(20, 90))
            for batch in dict.fromkeys(event.batch for event in order.events if event.material is material and event.kind == "consumption"):
                events = [event for event in order.events if event.material is material and event.batch == batch]
                used = sum((sap_quantity(event.base) for event in events), Decimal(0))
                quantity = sap_quantity(used * Decimal("1.1"))  # rather a little more than is needed
                for event in events:
                    event.location = LINE_SIDE

                agenda.at(at, partial(sap.transfer, at, order.plant, material, batch, material.store, LINE_SIDE, quantity, "LVOGT", order.number))
                if batch is not None:
                    register.line_side.append((at, order.plant, material, batch, quantity))
                register.note("transfer to the line side", at)
