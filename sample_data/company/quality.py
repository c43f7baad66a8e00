"""What quality does with finished batches, and what reaches SAP of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from company import clock, serials
from company.agenda import Agenda
from company.clock import minutes
from company.orders import Order
from company.plant import BUFFER_STORE
from company.qms import INSPECTORS, Disposition, Hold, Qms
from company.register import Register
from company.sap import BLOCKED, FREE, Sap

REASONS = ("Viskosität außerhalb", "Fremdkörper vermutet", "Keimzahl erhöht", "Etikett falsch", "Reklamation")
VALUATION = {"accepted": "A", "rejected": "R"}


@dataclass
class Case:
    """A finished batch, and a moment from which something happens to it."""

    order: Order
    at: datetime
    healed_at: datetime | None
    variant: int
    qms: Qms
    sap: Sap
    agenda: Agenda
    register: Register
    rng: random.Random

    def hold(self, scope: str = "batch", at: datetime | None = None) -> Hold:
        hold = Hold(self.order.plant, self.order.material, self.order.batch, scope, self.rng.choice(REASONS), self.rng.choice(INSPECTORS), at or self.at)
        self.qms.holds.append(hold)
        return hold

    def dispose(self, decision: str, at: datetime, restricts: bool = False) -> None:
        self.qms.dispositions.append(Disposition(self.order, decision, self.rng.choice(INSPECTORS), at, restricts=restricts))

    def restock(self, at: datetime, movement_type: str, origin: str, target: str, user: str = "QMS_RFC") -> None:
        self.agenda.at(at, lambda: self.sap.restock(at, self.order.plant, self.order.material, self.order.batch, movement_type, origin, target, user))

    def block(self, at: datetime, user: str = "QMS_RFC") -> None:
        self.restock(at, "344", FREE, BLOCKED, user)

    def unblock(self, at: datetime, user: str = "QMS_RFC") -> None:
        self.restock(at, "343", BLOCKED, FREE, user)

    def decide(self, at: datetime, valuation: str) -> None:
        """Usage decision in SAP, on the order's own lot or a new recurring inspection."""

        def enter() -> None:
            order = self.order
            lot = self.sap.lot_of(order.number)
            if lot is None:
                known = [lot for lot in self.sap.lots if (lot.material, lot.batch) == (order.material, order.batch)]
                lot = known[-1] if known else self.sap.open_lot(at, order.plant, order.material, order.batch, order.planned, "09")
            self.sap.decide(at, lot, valuation)

        self.agenda.at(at, enter)

    def soon(self, at: datetime) -> datetime:
        return at + minutes(1, 9, self.rng)

    def damage(self, cause: str) -> None:
        self.register.damage_batch(cause, (self.order.material.number, self.order.batch))


# damages


def hold_not_propagated(case: Case) -> None:
    case.hold()
    case.damage("hold not propagated")
    if case.healed_at:
        case.block(case.healed_at, "QHUBER")


def usage_decision_not_posted(case: Case) -> None:
    case.dispose("rejected", case.at)
    if case.variant:
        case.hold(at=case.at - timedelta(minutes=45))
    case.damage("usage decision not posted")
    if case.healed_at:
        case.block(case.healed_at, "QHUBER")


def usage_decision_without_stock_posting(case: Case) -> None:
    case.decide(case.at, "R")
    case.damage("usage decision without stock posting")
    if case.healed_at:
        case.block(case.healed_at, "QHUBER")


def unblocked_by_mistake(case: Case) -> None:
    """Held without SAP knowing; blocked by hand on the second day, unblocked by mistake on the third."""
    case.hold()
    case.damage("unblocked by mistake")
    case.block(clock.office_hours(clock.cut(1).date(), case.rng, zone=case.order.plant.zone), "QHUBER")
    case.unblock(clock.office_hours(clock.cut(2).date(), case.rng, zone=case.order.plant.zone), "LVOGT")


def held_batch_on_the_move(case: Case) -> None:
    """Held without SAP knowing, and the warehouse moves it to and fro within the hour before three cuts."""
    case.hold()
    case.damage("held batch on the move")
    plant, material, batch, sap = case.order.plant, case.order.material, case.order.batch, case.sap
    places = (material.store, BUFFER_STORE)
    for night in (1, 2, 3):
        at = clock.cut(night) - minutes(5, 50, case.rng)
        origin, target = places if night % 2 else places[::-1]

        def move(at: datetime = at, origin: str = origin, target: str = target) -> None:
            sap.transfer(at, plant, material, batch, origin, target, sap.free_stock(plant, material, batch, origin), "LVOGT")

        case.agenda.at(at, move)


# lawful


def partial_hold(case: Case) -> None:
    """A quantity, a pallet or what lies in one location: SAP blocks just that."""
    hold = case.hold(("quantity", "container", "location")[case.variant])
    plant, material, batch, sap = case.order.plant, case.order.material, case.order.batch, case.sap
    hold.quantity = quantity = max(Decimal(1), (case.order.planned / 10).quantize(Decimal(1)))
    place = material.store
    if hold.scope == "container":
        hold.handling_unit = f"0034012345{int(case.order.number):08d}"
        sap.held_units.append((case.at, hold.handling_unit, plant, material, batch, quantity))
    elif hold.scope == "location":
        hold.location = place = BUFFER_STORE
        moved = case.at - timedelta(minutes=30)
        case.agenda.at(moved, lambda: sap.transfer(moved, plant, material, batch, material.store, BUFFER_STORE, quantity, "LVOGT"))
    at = case.soon(case.at)
    case.agenda.at(at, lambda: sap.restock_part(at, plant, material, batch, "344", place, quantity, BLOCKED, "QMS_RFC"))


def hold_blocked(case: Case) -> None:
    case.hold()
    case.block(case.soon(case.at))


def hold_closed(case: Case) -> None:
    hold = case.hold()
    case.block(case.soon(case.at))
    hold.closed_at = case.at + minutes(60, 200, case.rng)
    case.unblock(case.soon(hold.closed_at))


def superseded_disposition(case: Case) -> None:
    again = case.at + minutes(90, 240, case.rng)
    for decision, at in (("rejected", case.at), ("accepted", again)):
        case.dispose(decision, at)
        case.decide(case.soon(at), VALUATION[decision])
    case.block(case.at + timedelta(minutes=10))
    case.unblock(again + timedelta(minutes=10))


def rejected_and_blocked(case: Case) -> None:
    case.dispose("rejected", case.at)
    case.decide(case.at + timedelta(minutes=3), "R")
    case.block(case.at + timedelta(minutes=4))


def rejected_and_restricted(case: Case) -> None:
    case.dispose("rejected", case.at, restricts=True)
    case.decide(case.at + timedelta(minutes=3), "R")
    at = case.at + timedelta(minutes=6)
    case.agenda.at(at, lambda: case.sap.restrict(at, case.order.plant, case.order.material, case.order.batch))


@dataclass(frozen=True)
class Story:
    """A kind of thing that befalls a finished batch."""

    name: str
    happen: Callable[[Case], None]
    minimum: int
    share: float
    lawful: bool = True
    variants: int = 1
    nights: int = 1
    """How many nights it needs to unfold."""


STORIES = (
    Story("hold not propagated", hold_not_propagated, 5, 0.0010, lawful=False),
    Story("usage decision not posted", usage_decision_not_posted, 4, 0.0014, lawful=False, variants=2),
    Story("usage decision without stock posting", usage_decision_without_stock_posting, 3, 0.0014, lawful=False),
    Story("unblocked by mistake", unblocked_by_mistake, 2, 0.0010, lawful=False, nights=3),
    Story("held batch on the move", held_batch_on_the_move, 2, 0.0010, lawful=False, nights=3),
    Story("partial hold", partial_hold, 3, 0.002, variants=3),
    Story("hold blocked", hold_blocked, 3, 0.002),
    Story("hold closed", hold_closed, 2, 0.002),
    Story("superseded disposition", superseded_disposition, 2, 0.002),
    Story("rejected and blocked", rejected_and_blocked, 2, 0.002),
    Story("rejected and restricted", rejected_and_restricted, 2, 0.002),
)


HARMLESS = ("", "reversed pair", "late within the settle time", "split under one reference", "inside tolerance by one step")
"""What may have befallen an order whose batch has a story: nothing is wrong with it."""

REPORTED_WRONGLY = ("operation report lost", "confirmation keyed wrongly", "cancelled confirmation")
"""What may have befallen an order that used and made what it should."""

LIKE_ANY_OTHER = (
    *HARMLESS,
    *REPORTED_WRONGLY,
    *(
        "dosed too much",
        "component left out",
        "unlisted material used",
        "receipt dated late",
        "component issued to the wrong order",
        "issued from another batch",
    ),
    *("consumption message lost", "reversal message lost", "consumption message doubled", "consumption posted in the wrong unit", "scrap message lost"),
    "activity after the end",
)
"""What may have befallen an order whose output is like any other, though something is wrong with the order."""


def judge_batches(orders: list[Order], nights: int, sap: Sap, agenda: Agenda, register: Register, seed: int) -> Qms:
    """Everyday acceptance of inspected batches, and the stories above on finished batches of harmless orders, one each."""
    rng = random.Random(f"{seed}/quality")
    qms = Qms()
    finished = [
        order for order in orders if order.story in LIKE_ANY_OTHER and order.material.kind == "FERT" and order.completed_at is not None and not order.used_up
    ]
    rng.shuffle(finished)
    for story in STORIES:
        if nights < story.nights:
            continue
        for number in range(max(story.minimum, round(len(orders) * story.share))):
            turn = number // story.variants
            night = 1 if turn % 3 < 2 or nights == 1 or story.nights > 1 else rng.randint(2, nights)
            healed_on = night if turn % 3 == 1 else None
            order = next((order for order in finished if _free_from(order) <= _last_day(night)), None)
            if order is None and story.lawful:
                break  # the smallest companies have not always enough
            assert order is not None, f"no finished batch is left for: {story.name}"
            finished.remove(order)
            at = clock.office_hours(_last_day(night) if night > 1 else _some_day(_free_from(order), _last_day(1), rng), rng, 8, 14, order.plant.zone)
            healed_at = clock.office_hours(clock.cut(healed_on).date(), rng, zone=order.plant.zone) if healed_on else None
            qms.troubled[order.number] = at
            story.happen(Case(order, at, healed_at, number % story.variants, qms, sap, agenda, register, rng))
            if story.lawful:
                register.note(story.name, at + timedelta(hours=5))
    _hold_pieces(orders, nights, qms, sap, agenda, rng)
    return qms


def _hold_pieces(orders: list[Order], nights: int, qms: Qms, sap: Sap, agenda: Agenda, rng: random.Random) -> None:
    """Of some orders one piece is held by its serial number, and SAP blocks that one."""
    for order in orders:
        if order.used_up and order.material.serial_profile and order.completed_at is not None and rng.random() < 0.4:
            at = order.completed_at + minutes(6 * 60, 20 * 60, rng)
            serial_no = next(serials.made(order))[0]
            hold = Hold(order.plant, order.material, order.batch, "serial", rng.choice(REASONS), rng.choice(INSPECTORS), at)
            hold.serial_no, hold.quantity = serial_no, Decimal(1)
            if at <= clock.cut(nights):
                qms.holds.append(hold)
                agenda.at(at + timedelta(minutes=3), partial(_block_piece, at + timedelta(minutes=3), order, serial_no, sap))


def _block_piece(at: datetime, order: Order, serial_no: str, sap: Sap) -> None:
    material = order.material
    sap.restock_part(at, order.plant, material, order.batch, "344", material.store, Decimal(1), BLOCKED, "QMS_RFC")
    sap.blocked_pieces[serial_no] = at


def _free_from(order: Order) -> date:
    """The day after the batch came to unrestricted stock."""
    assert order.completed_at is not None
    return clock.local(order.accepted_at or order.completed_at).date() + timedelta(days=1)


def _last_day(night: int) -> date:
    return clock.local(clock.cut(night)).date() - timedelta(days=1)


def _some_day(first: date, last: date, rng: random.Random) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))
