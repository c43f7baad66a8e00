"""Damage to stock that no order of the company made: lots of finished goods that a contract manufacturer delivered.

Quality holds them like any other batch; what then goes wrong is that somebody does not hear of it, or does not act on it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from company import clock, serials
from company.agenda import Agenda
from company.clock import minutes
from company.orders import Event, Key, Order
from company.plant import BODY_OIL, LINDAU, PLANTS, SHAMPOO, SHOWER_GEL, Material, Plant, sap_quantity
from company.qms import INSPECTORS, Disposition, Hold, Qms
from company.quality import HARMLESS, LIKE_ANY_OTHER, REPORTED_WRONGLY
from company.register import Register
from company.sap import BLOCKED, FREE, INSPECTION, Delivery, Sap, Special
from company.sap import Lot as Inspection
from company.shipping import CUSTOMERS, SUBCONTRACTOR

FIRST_LOT = 880_001
"""Where the contract manufacturer's numbers begin."""
REASON = "Abweichung Lohnhersteller"


@dataclass
class Lot:
    """A lot that was bought, and a moment at which something happens to it."""

    plant: Plant
    material: Material
    batch: str
    quantity: Decimal
    at: datetime
    healed_at: datetime | None
    variant: int
    qms: Qms
    sap: Sap
    agenda: Agenda
    register: Register
    rng: random.Random

    def buy(self, days_old: int = 20) -> None:
        """Two days before, made so many days before that."""
        at = self.at - timedelta(days=2)

        def receive() -> None:
            self.sap.buy(at, self.plant, self.material, self.batch, self.quantity, "WKRAUSE")
            self.sap.made_on[self.material.number, self.batch] = clock.local(at, self.plant.zone).date() - timedelta(days=days_old)

        self.agenda.at(at, receive)

    def hold(self, scope: str = "batch", quantity: Decimal | None = None, handling_unit: str = "", at: datetime | None = None) -> Hold:
        owner = self.rng.choice(INSPECTORS)
        hold = Hold(self.plant, self.material, self.batch, scope, REASON, owner, at or self.at, quantity=quantity, handling_unit=handling_unit)
        self.qms.holds.append(hold)
        return hold

    def block(self, at: datetime, quantity: Decimal | None = None) -> None:
        """All of it, or some."""
        sap, material, store = self.sap, self.material, self.material.store
        if quantity is None:
            self.agenda.at(at, lambda: sap.restock(at, self.plant, material, self.batch, "344", FREE, BLOCKED, "QHUBER"))
        else:
            self.agenda.at(at, lambda: sap.restock_part(at, self.plant, material, self.batch, "344", store, quantity, BLOCKED, "QHUBER"))

    def deliver(self, created: datetime, issued: datetime | None) -> None:
        """A tenth of it; None: the delivery is still open in the end."""
        day = clock.local(issued or created + timedelta(days=3), self.plant.zone).date()
        delivery = Delivery("", self.plant, self.rng.choice(CUSTOMERS), self.material, self.batch, self.tenth, created, day)
        self.agenda.at(created, lambda: self.sap.create_delivery(delivery))
        if issued:
            self.agenda.at(issued, lambda: self.sap.issue_delivery(issued, delivery))

    def inspect(self) -> list[Inspection]:
        """It goes to inspection as it comes; the inspection lot is there once that has happened."""
        at = self.at - timedelta(days=2)
        opened: list[Inspection] = []

        def begin() -> None:
            self.sap.restock(at, self.plant, self.material, self.batch, "322", FREE, INSPECTION, "QHUBER")
            opened.append(self.sap.open_lot(at, self.plant, self.material, self.batch, self.quantity, "01"))

        self.agenda.at(at, begin)
        return opened

    def post(self, at: datetime, opened: list[Inspection], completed: bool = True) -> None:
        """321 of all of it."""

        def post() -> None:
            self.sap.restock(at, self.plant, self.material, self.batch, "321", INSPECTION, FREE, "QHUBER")
            opened[0].released.append((at, self.quantity))
            if completed:
                opened[0].stock_posted_at = at

        self.agenda.at(at, post)

    def damage(self, cause: str) -> None:
        self.register.damage_batch(cause, (self.material.number, self.batch))

    @property
    def tenth(self) -> Decimal:
        return self.quantity / 10

    @property
    def soon(self) -> datetime:
        return self.at + minutes(1, 9, self.rng)


# damages


def held_batch_delivered(lot: Lot) -> None:
    """SAP never hears of the hold, and some of it leaves two hours later. Some had left before: that was lawful."""
    lot.buy()
    lot.hold()
    lot.damage("held batch delivered")
    lot.deliver(lot.at - timedelta(hours=4), lot.at - timedelta(seconds=1))
    lot.register.note("delivered just before a hold", lot.at)
    lot.deliver(lot.at - timedelta(hours=3), lot.at + timedelta(hours=2))
    if lot.healed_at:
        lot.block(lot.healed_at)


def held_batch_allocated(lot: Lot) -> None:
    """Blocked at once, and the delivery that had it already is left alone."""
    lot.buy()
    lot.hold()
    lot.damage("held batch allocated")
    lot.block(lot.soon)
    lot.deliver(lot.at - timedelta(hours=3), None)


def held_batch_elsewhere(lot: Lot) -> None:
    """A part went to a subcontractor or to the other plant the day before, and only the rest is blocked."""
    lot.buy()
    sent = lot.at - timedelta(days=1)
    if lot.variant:
        other = PLANTS[1 - PLANTS.index(lot.plant)]
        lot.agenda.at(sent, lambda: lot.sap.send_to_plant(sent, lot.plant, other, lot.material, lot.batch, lot.tenth))
    else:
        special = Special("O", SUBCONTRACTOR)
        lot.agenda.at(sent, lambda: lot.sap.move_to_special(sent, lot.plant, lot.material, lot.batch, lot.tenth, special))
    lot.hold()
    lot.damage("held batch elsewhere")
    lot.block(lot.soon)


def hold_not_sent(lot: Lot) -> None:
    """SAP blocks the batch, and the MES never hears of the hold."""
    lot.buy()
    hold = lot.hold()
    hold.in_mes = False
    lot.damage("hold not sent to the MES")
    lot.block(lot.soon)
    if lot.healed_at:
        hold.closed_at = lot.healed_at
        at = lot.healed_at + timedelta(minutes=4)
        lot.agenda.at(at, lambda: lot.sap.restock(at, lot.plant, lot.material, lot.batch, "343", BLOCKED, FREE, "QHUBER"))


def part_not_blocked(lot: Lot) -> None:
    """Three tenths are held, and two are blocked."""
    lot.buy()
    lot.hold("quantity", quantity=lot.tenth * 3)
    lot.damage("hold on a part not applied")
    lot.block(lot.soon, lot.tenth * 2)
    if lot.healed_at:
        lot.block(lot.healed_at, lot.tenth)


def pallet_not_marked(lot: Lot) -> None:
    """The stock of a held pallet is blocked, the pallet itself is not."""
    lot.buy()
    unit = f"0034012346{int(lot.batch):08d}"
    lot.hold("container", quantity=lot.tenth, handling_unit=unit)
    lot.damage("held pallet not marked")
    lot.block(lot.soon, lot.tenth)
    lot.sap.held_units.append((lot.at, unit, lot.plant, lot.material, lot.batch, lot.tenth))
    lot.sap.unmarked_units[unit] = lot.healed_at


def expired(lot: Lot) -> None:
    """Three days ago, or yesterday by the plant's calendar. Now and then it is the day of the cut: then the batch is still good, and blocked in time."""
    cut = lot.at.date() + timedelta(days=1)
    left = (-3, -1 if lot.plant is LINDAU else -2, 0)[lot.variant]
    lot.buy(days_old=lot.material.shelf_days - 3 - left)
    if left < 0:
        lot.damage("expired stock left unrestricted")
    else:
        lot.healed_at = clock.office_hours(cut, lot.rng, zone=lot.plant.zone)
        lot.register.note("last day of shelf life", lot.at)
    if lot.healed_at:
        lot.block(lot.healed_at)


def trapped(lot: Lot) -> None:
    """Held and blocked some days before; the hold was closed within the day, and nobody unblocks."""
    lot.at -= timedelta(days=5)
    lot.buy()
    hold = lot.hold()
    lot.block(lot.soon)
    hold.closed_at = lot.at + timedelta(hours=3)
    lot.damage("stock not unblocked")
    if lot.healed_at:
        at = lot.healed_at
        lot.agenda.at(at, lambda: lot.sap.restock(at, lot.plant, lot.material, lot.batch, "343", BLOCKED, FREE, "QHUBER"))


def decided_not_posted(lot: Lot) -> None:
    """The lot is accepted, and its stock stays in inspection."""
    lot.buy()
    record = lot.inspect()
    lot.agenda.at(lot.at, lambda: lot.sap.decide(lot.at, record[0], "A"))
    if lot.healed_at:
        lot.post(lot.healed_at, record)
    lot.damage("decision without stock posting")


def shipped_undecided(lot: Lot) -> None:
    """The stock of a lot is posted to unrestricted before anybody has decided on it, and some of it leaves."""
    lot.buy()
    lot.post(lot.at, lot.inspect(), completed=False)
    lot.deliver(lot.at + timedelta(minutes=30), lot.at + timedelta(hours=2))
    lot.damage("shipped before the decision")


def miscounted(lot: Lot) -> None:
    """Pallets are missing in the warehouse, or one too many is there, and SAP is not told."""
    lot.buy()
    lot.damage("warehouse counted and SAP not told")
    difference = lot.tenth if lot.variant else -2 * lot.tenth
    lot.register.miscounted.append((lot.at, lot.plant, lot.material, lot.batch, difference))
    if lot.healed_at:
        lot.register.miscounted.append((lot.healed_at, lot.plant, lot.material, lot.batch, -difference))


def counted_in(lot: Lot) -> None:
    """A pallet that nobody has received is found and counted in, and some of it leaves two hours later."""
    lot.agenda.at(lot.at, lambda: lot.sap.count_in(lot.at, lot.plant, lot.material, lot.batch, lot.quantity, "LVOGT"))
    lot.damage("counted in and shipped")
    lot.deliver(lot.at + timedelta(minutes=30), lot.at + timedelta(hours=2))


def warehouse_not_told(lot: Lot) -> None:
    """Held and blocked in SAP; the warehouse goes on offering it."""
    lot.buy()
    lot.hold()
    lot.damage("block not sent to the warehouse")
    lot.block(lot.soon)
    lot.register.offered_on[lot.plant, (lot.material.number, lot.batch)] = lot.healed_at


@dataclass(frozen=True)
class Story:
    """One kind of damage."""

    happen: Callable[[Lot], None]
    minimum: int = 3
    share: float = 0.001
    variants: int = 1
    materials: tuple[Material, ...] = (SHAMPOO, BODY_OIL)


STORIES = (
    Story(held_batch_delivered),
    Story(held_batch_allocated),
    Story(held_batch_elsewhere, variants=2),
    Story(hold_not_sent),
    Story(part_not_blocked),
    Story(pallet_not_marked),
    Story(expired, 4, 0.0016, variants=3),
    Story(trapped, materials=(SHOWER_GEL,)),
    Story(decided_not_posted, materials=(SHOWER_GEL,)),
    Story(shipped_undecided, materials=(SHOWER_GEL,)),
    Story(miscounted, variants=2),
    Story(counted_in),
    Story(warehouse_not_told),
)


def damage_stock(orders: list[Order], nights: int, qms: Qms, sap: Sap, agenda: Agenda, register: Register, seed: int) -> None:
    """Damages of each kind: before the first night for good, then healed on its day, then before a later night."""
    rng = random.Random(f"{seed}/stock")
    number_of_each = max(3, round(len(orders) / 1000))
    _use_held(orders, number_of_each, qms, register, rng)
    _misdate(orders, number_of_each, register)
    _accept_with_limits(orders, number_of_each, qms, register)
    _name_twice(orders, number_of_each, register)
    turn = 0
    for story in STORIES:
        for number in range(max(story.minimum, round(len(orders) * story.share))):
            night = rng.randint(2, nights) if number % 4 == 3 and nights > 1 else 1
            plant = PLANTS[turn % 2] if number % 2 else LINDAU
            day = (clock.cut(night) - timedelta(days=1)).date()
            healed_at = clock.office_hours(clock.cut(night).date(), rng, zone=plant.zone) if number % 4 == 2 else None
            at = clock.office_hours(day, rng, 9, 13, plant.zone)
            batch, quantity = f"{FIRST_LOT + turn:010d}", Decimal(rng.randint(6, 18) * 100)
            material = story.materials[number % len(story.materials)]
            story.happen(Lot(plant, material, batch, quantity, at, healed_at, number % story.variants, qms, sap, agenda, register, rng))
            turn += 1


def _use_held(orders: list[Order], count: int, qms: Qms, register: Register, rng: random.Random) -> None:
    """Quality holds a lot of bought material five minutes before its last order doses it, and neither SAP nor the line acts on it."""
    uses: dict[tuple[Plant, Material, str], list[Event]] = {}
    for order in orders:
        for event in order.consumptions():
            if event.batch is not None and event.material.kind == "ROH":
                uses.setdefault((order.plant, event.material, event.batch), []).append(event)
    for (plant, material, batch), events in uses.items():
        last = max(events, key=lambda event: event.occurred_at).order
        begun = min(event.occurred_at for event in events if event.order is last)
        settled = clock.OPENING + timedelta(days=4) < begun and max(event.recorded_at for event in events) < clock.FIRST_CUT - timedelta(hours=4)
        if count and settled and last.story in (*HARMLESS, *REPORTED_WRONGLY):
            qms.holds.append(Hold(plant, material, batch, "batch", REASON, rng.choice(INSPECTORS), begun - timedelta(minutes=5)))
            register.damage_batch("held batch consumed", (material.number, batch))
            count -= 1


def _misdate(orders: list[Order], count: int, register: Register) -> None:
    """Somebody types another day of expiry in the MES."""
    for order in orders:
        done = order.completed_at is not None and clock.OPENING < order.completed_at < clock.FIRST_CUT - timedelta(days=1)
        if count and done and order.material.kind == "HALB" and order.story in HARMLESS:
            key = order.material.number, order.batch
            register.misdated[key] = 30
            register.damage_batch("expiry typed wrongly", key)
            count -= 1


def _accept_with_limits(orders: list[Order], count: int, qms: Qms, register: Register) -> None:
    """Quality restricts the use of an accepted batch an hour later, and nobody sets its status in SAP."""
    for order in orders:
        key = order.material.number, order.batch
        internal = order.material.kind == "HALB" or order.used_up
        done = order.accepted_at is not None and clock.OPENING < order.accepted_at < clock.FIRST_CUT - timedelta(days=1)
        if count and internal and done and order.story in LIKE_ANY_OTHER and key not in register.of_batch:
            assert order.accepted_at is not None
            qms.dispositions.append(Disposition(order, "accepted", INSPECTORS[0], order.accepted_at + timedelta(hours=1), restricts=True))
            register.damage_batch("batch status not set", key)
            count -= 1


def _name_twice(orders: list[Order], count: int, register: Register) -> None:
    """The label of a piece is printed again, and the last piece of a later order gets it."""
    for plant in PLANTS:
        done = [
            order
            for order in orders
            if order.plant is plant and order.material.serial_profile and order.story in LIKE_ANY_OTHER and order.completed_at is not None
        ]
        done = [order for order in done if order.completed_at is not None and clock.OPENING < order.completed_at < clock.FIRST_CUT - timedelta(days=1)]
        for earlier, later in pairwise(done):
            key = later.material.number, later.batch
            if count and key not in register.of_batch:
                later.last_piece = [serial_no for serial_no, _ in serials.made(earlier)][-2]
                register.named_twice.append((earlier, later))
                register.damage_batch("serial number printed twice", key)
                count -= 1


def damage_line_side(orders: list[Order], register: Register) -> None:
    """The line counts what is left there of a batch with which nothing else is wrong, finds less, and tells nobody."""
    count = max(3, round(len(orders) / 1000))
    ended: dict[tuple[Plant, Key], datetime] = {}
    for order in orders:
        for event in order.consumptions():
            place = order.plant, event.key
            ended[place] = max(ended.get(place, event.recorded_at), event.recorded_at)
    spoilt = {(order.plant, key) for order in orders if order.number in register.of_order for key in register.of_order[order.number].touched}
    brought: dict[tuple[Plant, Material, str], list[tuple[datetime, Decimal]]] = {}
    for at, plant, material, batch, quantity in register.line_side:
        brought.setdefault((plant, material, batch), []).append((at, quantity))
    for (plant, material, batch), portions in brought.items():
        key = material.number, batch
        counted = ended[plant, key] + timedelta(hours=6)
        if (
            count
            and min(portions)[0] > clock.OPENING
            and counted < clock.FIRST_CUT - timedelta(hours=6)
            and key not in register.of_batch
            and (plant, key) not in spoilt
        ):
            less = sap_quantity(sum((quantity for _, quantity in portions), Decimal(0)) / 25)
            register.line_side.append((counted, plant, material, batch, -less))
            register.damage_batch("line counted and SAP not told", key)
            count -= 1
