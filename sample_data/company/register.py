"""The generator's own book: what was damaged when, and what lawful oddities there are. The truth is made from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from company.orders import Event, Key, Order
from company.plant import Material, Plant


@dataclass
class Incident:
    """One damage, written down when it happens."""

    number: int
    cause: str
    order: Order | None = None
    events: tuple[Event, ...] = ()
    """Those it damages; none: the order as a whole, or a batch."""

    @property
    def cause_id(self) -> str:
        return f"C{self.number:04d}"

    @property
    def touched(self) -> set[Key]:
        """What was consumed or made in the damaged events."""
        return {event.key for event in self.events}


@dataclass
class DeadLetter:
    """A message that the middleware has given up."""

    event: Event
    given_up_at: datetime
    discarded_at: datetime | None = None
    """When somebody had posted by hand what it was for."""


@dataclass
class Register:
    """All of it."""

    incidents: list[Incident] = field(default_factory=list)
    of_order: dict[str, Incident] = field(default_factory=dict)
    of_batch: dict[Key, Incident] = field(default_factory=dict)
    misread: list[Event] = field(default_factory=list)
    """Events whose posting the SAP extract holds twice, differently."""
    oddities: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    """Kind of lawful noise → when each case came into the world."""

    miscounted: list[tuple[datetime, Plant, Material, str, Decimal]] = field(default_factory=list)
    """What the warehouse has more or less of a batch than SAP posted, and since when."""

    offered_on: dict[tuple[Plant, Key], datetime | None] = field(default_factory=dict)
    """What the warehouse goes on offering though SAP has blocked it, until somebody tells it; None: nobody does."""

    misdated: dict[Key, int] = field(default_factory=dict)
    """Batches that the MES lets expire so many days later than SAP and quality."""

    named_twice: list[tuple[Order, Order]] = field(default_factory=list)
    """Orders of which the later one gave its last piece the number of the earlier one's."""

    dead_letters: list[DeadLetter] = field(default_factory=list)
    """Messages that the middleware has given up."""

    line_side: list[tuple[datetime, Plant, Material, str, Decimal]] = field(default_factory=list)
    """What the warehouse brought to a plant's line: when, material, batch, quantity."""

    def damage(self, cause: str, order: Order, *events: Event) -> None:
        incident = self._file(Incident(len(self.incidents) + 1, cause, order, events))
        self.of_order[order.number] = incident

    def damage_batch(self, cause: str, batch: Key) -> None:
        incident = self._file(Incident(len(self.incidents) + 1, cause))
        self.of_batch[batch] = incident

    def damage_alone(self, cause: str, order: Order | None = None) -> Incident:
        """What befalls no movement of an order; order: the one that is run by it, where one is."""
        incident = self._file(Incident(len(self.incidents) + 1, cause, order))
        if order is not None:
            self.of_order[order.number] = incident
        return incident

    def cause_of(self, order: Order) -> str:
        """What befell it; blank: nothing."""
        incident = self.of_order.get(order.number)
        return incident.cause if incident else ""

    def note(self, kind: str, at: datetime) -> None:
        self.oddities[kind].append(at)

    def _file(self, incident: Incident) -> Incident:
        self.incidents.append(incident)
        return incident
