"""The queues between the middleware and each plant's MES, as far as the MES keeps a record of them: changes of orders come in, and receipts of by-products and
co-products and what was spilt go out.

What befalls order changes is chosen when everything else has happened, and changes nothing of it: a change moves the start of an order, which nobody compares.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from company import clock
from company.orders import Event, Order
from company.plant import SYSTEM
from company.register import DeadLetter, Incident, Register

INWARDS, OUTWARDS = "LOIPRO", "MBGMCR"
QUEUE, DEAD_LETTERS = "SAP.OUT", "SAP.OUT.DLQ"


@dataclass(frozen=True)
class OrderMessage:
    """A release (the first) or a change (the second) of an order, on its way to the MES."""

    order: Order
    sequence: int
    copy: int
    sent_at: datetime
    posted_at: datetime
    status: str = "posted"

    @property
    def message_id(self) -> str:
        return f"O{self.order.number}{self.sequence}{self.copy}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.order.number}/{self.sequence}".encode()).hexdigest()[:12]


@dataclass
class Queues:
    """All that was in them."""

    order_messages: list[OrderMessage] = field(default_factory=list)
    overtaken: list[tuple[Incident, Order]] = field(default_factory=list)
    """Orders of which the change was applied before the release."""
    applied_twice: list[tuple[Incident, OrderMessage]] = field(default_factory=list)
    """Changes that were applied again."""


def change_orders(orders: list[Order], count: int, register: Register, seed: int) -> Queues:
    """A planner moves the start of some orders; `count`: how many orders the company has."""
    rng, queues = random.Random(f"{seed}/queues"), Queues()
    settled = clock.cut(1) - timedelta(hours=2)
    pool = [
        order for order in orders if order.in_mes and not order.unplanned and order.also_in is None and order.received_at is not None
        and order.released_at >= clock.HORIZON and order.received_at <= settled and order.received_at - order.released_at < timedelta(minutes=10)
    ]  # fmt: skip
    rng.shuffle(pool)
    for _ in range(max(3, round(count * 0.0011))):
        order = pool.pop()
        queues.overtaken.append((register.damage_alone("order change overtook its release"), order))
        sent = order.released_at + timedelta(seconds=rng.randint(15, 25))
        queues.order_messages += [_release(order), OrderMessage(order, 2, 1, sent, sent + timedelta(seconds=20))]
    for kind, share in (("applied twice", 0.0011), ("recognised", 0.0015), ("in sequence", 0.003)):
        for _ in range(max(3, round(count * share))):
            order = pool.pop()
            change = _change(order, rng)
            queues.order_messages += [_release(order), change]
            if kind == "in sequence":
                register.note("order changed after its release", change.posted_at)
                continue
            again = OrderMessage(
                order, 2, 2, change.sent_at, change.posted_at + timedelta(seconds=rng.randint(30, 50)), "posted" if kind == "applied twice" else "ignored"
            )
            queues.order_messages.append(again)
            if kind == "applied twice":
                queues.applied_twice.append((register.damage_alone("order change applied twice"), change))
            else:
                register.note("copy of a message recognised", again.posted_at)
    return queues


def _release(order: Order) -> OrderMessage:
    assert order.received_at is not None
    return OrderMessage(order, 1, 1, order.released_at, order.received_at)


def _change(order: Order, rng: random.Random) -> OrderMessage:
    """Some minutes after the release; one in four in the very second in which that was applied."""
    assert order.received_at is not None
    posted = order.received_at + timedelta(minutes=rng.choice((0, 4, 11, 20)))
    return OrderMessage(order, 2, 1, max(order.released_at, posted - timedelta(seconds=25)), posted)


def sent_to_sap(order: Order, seen: datetime) -> Iterator[Event]:
    """Events whose messages the MES has in its queue."""
    for event in order.events:
        if (
            event.kind in ("scrap", "by-product") or (event.kind == "output" and event.material is not order.material)
        ) and clock.HORIZON <= event.recorded_at <= seen:
            yield event


def was_replayed(event: Event) -> bool:
    """Now and then a message is given up and replayed at once: it stays listed among the dead letters."""
    return event.kind == "scrap" and int(event.event_id[-1]) % 2 == 0


def message_of(event: Event) -> str:
    return f"Q{event.event_id[2:]}"


COLUMNS = (
    "message_id plant kind interface queue direction sender receiver status reason object_key order_no material batch quantity unit reference sequence sent_at"
    " posted_at payload_digest changed_at"
)
Row = tuple[str | None, ...]


def rows(orders: list[Order], queues: Queues, dead: list[DeadLetter], plant: str, seen: datetime) -> Iterator[Row]:
    """The MES's table of messages."""
    for one in queues.order_messages:
        if one.order.plant.number == plant and one.posted_at <= seen:
            sent, posted = clock.zulu(one.sent_at), clock.zulu(one.posted_at)
            way = (INWARDS, "SAP.IN", "inbound", SYSTEM, "MES")
            yield one.message_id, plant, "queue", *way, one.status, None, one.order.number, *[None] * 6, str(one.sequence), sent, posted, one.digest, posted
    given_up = {id(one.event): one for one in dead}
    for order in orders:
        for event in sent_to_sap(order, seen):
            kind, queue, status, reason, changed = _fate(event, given_up.get(id(event)), seen)
            way = (OUTWARDS, queue, "outbound", "MES", SYSTEM)
            what = (order.number, event.material.number, event.batch, f"{event.quantity.normalize():f}", event.unit, event.event_id)
            yield message_of(event), plant, kind, *way, status, reason, None, *what, None, clock.zulu(event.recorded_at), None, None, clock.zulu(changed)


def _fate(event: Event, letter: DeadLetter | None, seen: datetime) -> tuple[str, str, str, str | None, datetime]:
    """Kind, queue, status, reason and last change of its message."""
    if letter is not None and letter.given_up_at <= seen:
        if letter.discarded_at is not None and letter.discarded_at <= seen:
            return "dead-letter", DEAD_LETTERS, "ignored", "connection refused", letter.discarded_at
        return "dead-letter", DEAD_LETTERS, "dead", "connection refused", letter.given_up_at
    if letter is None and was_replayed(event):
        return "dead-letter", DEAD_LETTERS, "posted", None, event.recorded_at
    return "queue", QUEUE, "sent", None, event.recorded_at
