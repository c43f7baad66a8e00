"""Serial numbers of what is made piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from company.orders import Event, Order
from company.sap import Sap


def made(order: Order) -> Iterator[tuple[str, Event]]:
    """Each piece of an order's output with the event that reported it, counted through the order."""
    if order.material.serial_profile:
        count = 0
        for event in order.outputs():
            for _ in range(int(event.base)):
                count += 1
                is_last = event is order.outputs()[-1] and count == sum(int(one.base) for one in order.outputs())
                yield order.last_piece if order.last_piece and is_last else f"{order.number}{count:03d}", event


def received(order: Order, sap: Sap, at: datetime) -> Iterator[tuple[str, datetime]]:
    """Those that SAP had received at `at`, and since when; it refuses a number that it has already."""
    for serial_no, event in made(order):
        if serial_no == order.last_piece:
            continue
        posted = [document.posted_at for document in sap.documents_of(event.event_id) if document.posted_at <= at]
        if posted:
            yield serial_no, posted[0]
