"""An order that has just been run, and everything its story may touch: how the messages pass, what the MES recorded, what clerks will do in SAP."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from company import clock
from company.agenda import Agenda
from company.clock import minutes
from company.idocs import READY, Idoc, Reason
from company.lots import Lots
from company.orders import Event, Order, Passage, Report
from company.plant import sap_quantity
from company.register import Register
from company.sap import Sap
from company.stories import Slot

CLERK = "MBAUER"


@dataclass
class Scene:
    """Everything a story may touch."""

    order: Order
    slot: Slot
    sap: Sap
    agenda: Agenda
    lots: Lots
    register: Register
    rng: random.Random

    def single_dose(self) -> Event:
        """The second component goes in as one dose: the only event of its key."""
        component = self.order.recipe.components[1][0]
        return next(event for event in self.order.consumptions() if event.material is component)

    def one_of_several_doses(self) -> Event:
        """The first component goes in in portions: other events of the key remain."""
        return self.order.consumptions()[0]

    def last_receipt(self) -> Event:
        return self.order.outputs()[-1]

    def after_the_cut(self) -> datetime:
        return clock.cut(self.slot.night) + minutes(60, 300, self.rng)

    def heal(self, action: Callable[[datetime], None]) -> None:
        """Somebody puts it right in the day shift that follows the night, if the story is one that is healed."""
        if self.slot.healed_on is not None:
            at = clock.office_hours(clock.cut(self.slot.healed_on).date(), self.rng, zone=self.order.plant.zone)
            self.agenda.at(at, lambda: action(at))

    def post_by_hand(self, event: Event, at: datetime, reference: str = "") -> None:
        """A clerk posts what the event says; the opposite where it takes something back."""
        order = self.order
        quantity, day = sap_quantity(event.base), clock.local(at, order.plant.zone).date()
        if event.kind == "output":
            self.sap.receive(at, order, (quantity,), day, reference, CLERK)
        elif event.reverses:
            self.sap.take_back(at, order.number, event.material, event.batch, event.location, quantity, day, reference, CLERK)
        else:
            self.sap.issue(at, order.number, event.material, event.batch, event.location, (quantity,), day, reference, CLERK)

    def confirm_by_hand(self, at: datetime, reference: str = "", report: Report | None = None) -> None:
        """A clerk enters what a report says, the final one unless told; its number where he repeats what was cancelled."""
        report = report or self.order.final_report()
        self.sap.confirm(self.order.number, at, report.step, report.quantity, True, report.recorded_at, reference, report.scrap, report.rework, report.minutes)

    def lose(self, event: Event, reason: Reason | None = None) -> None:
        """reason: it came as far as SAP, which says why it did not post it; without one it never came."""
        event.passage = Passage(None)
        self.register.damage(self.slot.story, self.order, event)
        refused = self.refuse(event, reason) if reason else None

        def post(at: datetime) -> None:
            self.post_by_hand(event, at)
            if refused:
                refused.give_up(at)

        self.heal(post)

    def refuse(self, event: Event, reason: Reason) -> Idoc:
        """Its IDoc ends in error."""
        at = event.recorded_at + timedelta(seconds=self.rng.randint(5, 90))
        idoc = Idoc(event, at, [(at, "64", READY), (at + timedelta(seconds=3), "51", reason)])
        self.sap.idocs.append(idoc)
        return idoc

    def repeat(self, event: Event) -> None:
        event.passage.copies = 2
        self.register.damage(self.slot.story, self.order, event)
        self.heal(lambda at: self.sap.cancel(at, event.event_id, CLERK))

    def delay(self, event: Event) -> None:
        event.passage.delay = self.after_the_cut() - event.recorded_at
        self.register.damage(self.slot.story, self.order, event)

    def mistake_unit(self, event: Event) -> None:
        """The number is taken as if it were in the base unit."""
        self.misstate(event, event.quantity)

    def misstate(self, event: Event, quantity: Decimal) -> None:
        """SAP posts another quantity, in the base unit, than was reported."""
        event.passage.lines = (sap_quantity(quantity),)
        self.register.damage(self.slot.story, self.order, event)

        def repost(at: datetime) -> None:
            self.sap.cancel(at, event.event_id, CLERK)
            self.post_by_hand(event, at, event.event_id)

        self.heal(repost)

    def note(self, at: datetime) -> None:
        self.register.note(self.slot.story, at)
