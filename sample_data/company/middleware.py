"""The middleware: carries releases to the MES, and what the MES does to SAP."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from company import clock
from company.agenda import Agenda
from company.orders import Event, Order
from company.plant import LINE_SIDE, sap_quantity
from company.register import Register
from company.sap import Sap


class Middleware:
    """Puts each message on the agenda of the system it goes to, at the moment it will arrive."""

    def __init__(self, sap: Sap, agenda: Agenda, register: Register, rng: random.Random) -> None:
        self._sap, self._agenda, self._register, self._rng = sap, agenda, register, rng
        self._waiting = 0

    def carry(self, orders: list[Order]) -> None:
        """All messages of all orders, in the order in which they were sent."""
        for event in sorted((event for order in orders for event in order.events), key=lambda event: event.event_id):
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
        if clock.OUTAGE[0] <= arrival < clock.OUTAGE[1] and not passage.by_hand:
            arrival = self._queue(event)
        lines = passage.lines or (sap_quantity(event.base),)
        if sum(lines) == 0:
            return  # SAP posts no zero quantities, and the interface counts that as success
        day = clock.local(event.occurred_at).date()
        for copy in range(passage.copies):
            at = arrival + timedelta(seconds=47 * copy)
            self._agenda.at(at, partial(self._post, event, at, lines, day))

    def _queue(self, event: Event) -> datetime:
        """The interface is down: the message waits, and leaves the queue in turn once it is up again."""
        self._waiting += 1
        event.passage.queued = True
        arrival = clock.BACKLOG_FROM + timedelta(seconds=3 * self._waiting)
        event.passage.delay = arrival - event.recorded_at
        return arrival

    def _post(self, event: Event, at: datetime, lines: tuple[Decimal, ...], day: date) -> None:
        reference, user = ("", "MBAUER") if event.passage.by_hand else (event.event_id, "MES_RFC")
        if event.kind == "output":
            self._sap.receive(at, event.order, lines, day, reference, user)
        elif event.reverses:
            origin = "" if event.passage.by_hand or event.reverses.passage.queued else event.reverses.event_id
            self._sap.take_back(at, event.order.number, event.material, event.batch, event.location, lines[0], day, reference, user, origin)
        else:
            self._sap.issue(at, event.order.number, event.material, event.batch, event.location, lines, day, reference, user)

    def _confirmations(self, order: Order) -> None:
        sap, number = self._sap, order.number
        if order.completed_at is None:
            return
        if order.partial_confirmation_at is not None:
            at = order.partial_confirmation_at + timedelta(minutes=2)
            done = sum((event.signed for event in order.outputs() if event.recorded_at <= at), Decimal(0))
            self._agenda.at(at, lambda: sap.confirm(number, at, done, False, f"MC{number}10"))
        final = order.confirmation.arrival(order.completed_at)
        if final is not None:
            made = sum((event.signed for event in order.outputs()), Decimal(0))
            self._agenda.at(final, lambda: sap.confirm(number, final, made, True, f"MC{number}20"))


def to_line_side(orders: list[Order], sap: Sap, agenda: Agenda, register: Register, rng: random.Random) -> None:
    """For some orders the warehouse brings a component to the line first: a transfer that names the order."""
    for order in orders:
        if order.story == "" and order.started_at is not None and rng.random() < 0.3:
            material = order.recipe.components[0][0]
            at = order.started_at - timedelta(minutes=rng.randint(20, 90))
            for batch in dict.fromkeys(event.batch for event in order.events if event.material is material and event.kind == "consumption"):
                events = [event for event in order.events if event.material is material and event.batch == batch]
                quantity = sum((sap_quantity(event.base) for event in events), Decimal(0))
                for event in events:
                    event.location = LINE_SIDE

                agenda.at(at, partial(sap.transfer, at, material, batch, material.store, LINE_SIDE, quantity, "LVOGT", order.number))
                register.note("transfer to the line side", at)
