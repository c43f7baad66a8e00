"""Orders, the events the MES records for them, and what becomes of each message on its way to SAP."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from company import clock
from company.plant import Material, Plant, Recipe, Step

Key = tuple[str, str | None]
"""Material and batch."""


@dataclass
class Passage:
    """What happens to one message between two systems."""

    delay: timedelta | None
    """From sending to arrival; None: it is lost."""
    copies: int = 1
    """How often the receiver gets it."""
    lines: tuple[Decimal, ...] = ()
    """Quantities posted in place of the reported one, in the unit SAP takes them for (the base unit)."""
    by_hand: bool = False
    """Not sent at all: a clerk posts it, without a reference."""
    batch: str | None = None
    """Batch posted in place of the reported one."""
    queued: bool = False
    """It waited for the interface to come back."""

    def arrival(self, sent_at: datetime) -> datetime | None:
        return None if self.delay is None else sent_at + self.delay


@dataclass
class Event:
    """Something the MES recorded: a dose, a finished pallet, or the taking back of one."""

    order: Order
    kind: str
    """consumption, output (of a co-product too), by-product or scrap"""
    material: Material
    batch: str | None
    location: str
    """Where the stock lies in SAP."""
    quantity: Decimal
    unit: str
    base: Decimal
    """`quantity` in the material's base unit, exact and positive."""
    occurred_at: datetime
    recorded_at: datetime
    passage: Passage
    reverses: Event | None = None
    event_id: str = ""
    calculated: bool = False
    """Backflushed: worked out at a report, and posted by SAP itself when that arrives."""

    @property
    def signed(self) -> Decimal:
        return -self.base if self.reverses else self.base

    @property
    def key(self) -> Key:
        return self.material.number, self.batch


@dataclass
class Report:
    """A confirmation of an operation, as the MES records it."""

    step: Step
    quantity: Decimal
    """Good, in the order's base unit; so are the other two."""
    scrap: Decimal
    rework: Decimal
    final: bool
    minutes: tuple[int, int, int]
    """Setup, machine and labour."""
    started_at: datetime
    recorded_at: datetime
    passage: Passage
    cancels: Report | None = None
    report_id: str = ""
    keyed: tuple[Decimal, Decimal, tuple[int, int, int]] | None = None
    """Good quantity, scrap and minutes as they reach SAP, where somebody keyed in others than were reported."""


@dataclass
class Order:
    """A production order: as planned in SAP and as executed in the MES."""

    plant: Plant
    number: str
    """Without leading zeros."""
    order_type: str
    recipe: Recipe
    batch: str
    planned: Decimal
    tolerance: Decimal
    """Under-delivery tolerance in percent."""
    created_at: datetime
    released_at: datetime
    scheduled_start: date
    story: str
    download: Passage
    confirmation: Passage
    """Of the final report."""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    events: list[Event] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    accepted_at: datetime | None = None
    """When quality released the output; None: it is not inspected, or not yet."""

    unreleased: bool = False
    """SAP never releases it, though the MES has got it."""
    told: Decimal | None = None
    """The quantity that the MES was told, where planning has changed it since."""
    cannot_backflush: bool = False
    """Where SAP is to take it from there is nothing."""
    unplanned: bool = False
    """SAP does not know it: somebody made it in the MES."""
    also_in: Plant | None = None
    """Whose MES has it too."""
    lacks: str = ""
    """What SAP released it without: components or operations."""
    unlinked: dict[Key, datetime | None] = field(default_factory=dict)
    """What went in and the MES links to nothing, until somebody enters the link; None: nobody does."""
    rework: bool = False
    """It works some of its own batch up again, and the MES marks that link."""
    last_piece: str = ""
    """Serial number that its last piece carries, where the label of another piece was printed again."""
    used_up: bool = False
    """Its output is for other orders, so it is neither delivered nor held."""

    @property
    def produced_on(self) -> date:
        """Date of manufacture of its batch."""
        assert self.started_at is not None
        return clock.local(self.started_at, self.plant.zone).date()

    @property
    def material(self) -> Material:
        return self.recipe.output

    @property
    def received_at(self) -> datetime | None:
        """When it reached the MES; None: never."""
        return self.download.arrival(self.released_at)

    @property
    def in_mes(self) -> bool:
        return self.order_type in MES_TYPES

    def consumptions(self) -> list[Event]:
        return [event for event in self.events if event.kind == "consumption"]

    def sent(self) -> list[Event]:
        """What the MES tells SAP of, event by event."""
        return [event for event in self.events if not event.calculated]

    def final_report(self) -> Report:
        return next(report for report in reversed(self.reports) if report.final and report.step is self.recipe.steps[-1])

    def outputs(self) -> list[Event]:
        """Of the order's own product."""
        return [event for event in self.events if event.kind == "output" and event.material is self.material]

    def besides(self) -> list[Event]:
        """Of co-products and by-products."""
        return [event for event in self.events if event.kind in ("output", "by-product") and event.material is not self.material]


MES_TYPES = ("PP01", "PI01")
"""Order types that the MES runs."""
