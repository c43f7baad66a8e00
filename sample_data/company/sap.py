"""SAP: posts goods movements, keeps batch stock, order status, confirmations and inspection lots, and remembers when everything happened.

Calls must come in order of time. Stock cannot become negative, but for batches that a store may owe.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from company import clock
from company.idocs import Idoc
from company.orders import Order
from company.plant import STORES, Material, Plant, Step, sap_quantity

FREE, INSPECTION, BLOCKED, RESTRICTED = "CLABS", "CINSM", "CSPEM", "CEINM"

CREATED, RELEASED, PARTLY_CONFIRMED, CONFIRMED = "I0001", "I0002", "I0010", "I0009"
PARTLY_DELIVERED, DELIVERED, MOVED, TECHNICALLY_COMPLETE, CLOSED, DELETED = "I0074", "I0012", "I0321", "I0045", "I0046", "I0076"
LOT_OPEN, DECIDED, STOCK_POSTED = "I0203", "I0218", "I0220"

INTERFACE_USER = "MES_RFC"

MANAGING = ("01", "04")
"""Inspection types whose lots hold what came in until its stock is posted."""


@dataclass(frozen=True)
class Special:
    """Whose stock it is, or where it lies, if not in a location of the plant's own."""

    indicator: str
    """E: for a sales order, K: the supplier's, O: at a subcontractor, W: at a customer."""
    partner: str
    """Sales order, supplier or customer."""
    item: str = ""


@dataclass(slots=True)
class Line:
    """One line of a material document."""

    document: Document
    item: int
    movement_type: str
    material: Material
    batch: str | None
    plant: str
    location: str
    stock: str
    direction: str
    """S: into stock, H: out of stock."""
    quantity: Decimal
    order_no: str | None = None
    automatic: bool = False
    """The second line of a transfer."""
    receipt_for: str = ""
    """B: purchase order, F: production order."""
    reverses: Line | None = None
    special: Special | None = None
    delivery: Delivery | None = None


@dataclass
class Delivery:
    """To a customer, of one item."""

    number: str
    plant: Plant
    customer: str
    material: Material
    batch: str
    quantity: Decimal
    created_at: datetime
    planned_on: date
    issued_at: datetime | None = None


@dataclass
class Reservation:
    """Of no order, of one item."""

    number: str
    plant: Plant
    material: Material
    batch: str
    quantity: Decimal
    created_at: datetime
    required_on: date
    withdrawn_at: datetime | None = None


@dataclass(slots=True)
class Document:
    """A material document."""

    number: str
    posted_at: datetime
    posting_date: date
    reference: str
    user: str
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Confirmation:
    """One row of the confirmation history of an order."""

    step: Step
    counter: int
    """Within the operation."""
    at: datetime
    ended_at: datetime
    """As reported."""
    day: date
    """Posting date."""
    quantity: Decimal
    scrap: Decimal
    rework: Decimal
    minutes: tuple[int, int, int]
    """Setup, machine and labour."""
    final: bool
    reference: str
    cancels: Confirmation | None = None
    cancelled_at: datetime | None = None
    documents: list[Document] = field(default_factory=list)
    """What was backflushed with it."""
    implied: list[Confirmation] = field(default_factory=list)
    """Of the operations before it, where it is a milestone."""

    @property
    def started_at(self) -> datetime:
        return self.ended_at - timedelta(minutes=abs(self.minutes[1]))


@dataclass
class Failed:
    """A goods movement of a confirmation that could not be posted, and waits for somebody (COGI)."""

    number: int
    at: datetime
    order_no: str
    material: Material
    quantity: Decimal
    confirmation: Confirmation
    posted_at: datetime | None = None

    def waits(self, cut: datetime) -> bool:
        return self.at <= cut and (self.posted_at is None or self.posted_at > cut)


@dataclass(slots=True)
class StatusChange:
    at: datetime
    status: str
    active: bool


def is_active(statuses: list[StatusChange], status: str, at: datetime | None = None) -> bool:
    """Whether it is set at `at`, or in the end."""
    state = False
    for change in statuses:
        if change.status == status and (at is None or change.at <= at):
            state = change.active
    return state


@dataclass
class SapOrder:
    """What SAP knows about an order beyond its plan."""

    plan: Order
    number: int
    """Counts the orders; numbers of everything that belongs to one are made from it."""
    statuses: list[StatusChange] = field(default_factory=list)
    operations: dict[str, list[StatusChange]] = field(default_factory=dict)
    """Operation → its own statuses."""
    confirmations: list[Confirmation] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    received: Decimal = Decimal(0)
    delivery_completed_at: datetime | None = None

    def active(self, status: str, at: datetime | None = None) -> bool:
        return is_active(self.statuses, status, at)

    def got(self, material: Material, at: datetime) -> Decimal:
        """Of a co-product or by-product."""
        return sum((line.quantity for line in self.lines if line.material is material and line.document.posted_at <= at), Decimal(0))

    def received_by(self, at: datetime) -> Decimal:
        return sum(
            (
                line.quantity if line.direction == "S" else -line.quantity
                for line in self.lines
                if line.movement_type in ("101", "102") and line.material is self.plan.material and line.document.posted_at <= at
            ),
            Decimal(0),
        )


@dataclass
class Lot:
    """An inspection lot for the receipts of an order, or a later one by hand."""

    number: str
    plant: Plant
    material: Material
    batch: str
    order_no: str | None
    quantity: Decimal
    created_at: datetime
    kind: str
    """Inspection type, such as 04: receipt from production."""
    decisions: list[tuple[datetime, str]] = field(default_factory=list)
    """(when, A or R), the newest counts."""
    stock_posted_at: datetime | None = None
    released: list[tuple[datetime, Decimal]] = field(default_factory=list)
    """What was posted from inspection to unrestricted stock."""


BatchKey = tuple[str, str]


class Sap:
    """The system itself."""

    def __init__(self) -> None:
        self.orders: dict[str, SapOrder] = {}
        self.documents: list[Document] = []
        self.lots: list[Lot] = []
        self.deliveries: list[Delivery] = []
        self.reservations: list[Reservation] = []
        self.held_units: list[tuple[datetime, str, Plant, Material, str, Decimal]] = []
        """Pallets that are known one by one: since when, number, plant, material, batch, quantity."""
        self.unmarked_units: dict[str, datetime | None] = {}
        """Those of them that nobody marks as blocked, or not before some moment."""
        self.blocked_pieces: dict[str, datetime] = {}
        """Serial number → since when it is blocked."""
        self.made_on: dict[BatchKey, date] = {}
        """Date of manufacture, from which shelf life counts."""
        self.restricted: dict[BatchKey, datetime] = {}
        self.may_be_owed: set[BatchKey] = set()
        """Of these a store may issue more than it has."""
        self.batches: dict[BatchKey, tuple[Material, datetime]] = {}
        self.batch_lines: dict[BatchKey, list[Line]] = defaultdict(list)
        self.unbatched: list[Line] = []
        self.idocs: list[Idoc] = []
        self.failed: list[Failed] = []
        self._by_reference: dict[str, list[Document]] = defaultdict(list)
        self._stock: dict[tuple[str, str, str, str, str], Decimal] = defaultdict(Decimal)
        self._lot_of_order: dict[str, Lot] = {}

    # orders

    def create(self, order: Order) -> None:
        number = len(self.orders) + 1
        self.orders[order.number] = known = SapOrder(order, number)
        known.operations = {step.number: [] for step in order.recipe.steps}
        self._set(order.number, order.created_at, CREATED, True)

    def release(self, order_no: str, at: datetime) -> None:
        if self.orders[order_no].plan.unreleased:
            return
        self._set(order_no, at, CREATED, False)
        self._set(order_no, at, RELEASED, True)
        for statuses in self.orders[order_no].operations.values():
            statuses.append(StatusChange(at, RELEASED, True))

    def flag_for_deletion(self, order_no: str, at: datetime) -> None:
        self._set(order_no, at, DELETED, True)

    def complete_technically(self, order_no: str, at: datetime) -> None:
        """Unless it is not finished: then a planner leaves it alone."""
        order = self.orders[order_no]
        if order.active(CONFIRMED) and (order.active(DELIVERED) or order.delivery_completed_at or self._enough(order)):
            self._set(order_no, at, RELEASED, False)
            self._set(order_no, at, TECHNICALLY_COMPLETE, True)

    def end(self, order_no: str, at: datetime, closed: bool = False) -> None:
        """A planner completes it technically whatever is finished, or closes it with that."""
        self._set(order_no, at, RELEASED, False)
        self._set(order_no, at, TECHNICALLY_COMPLETE, True)
        self._set(order_no, at, CLOSED, closed)

    def revoke_end(self, order_no: str, at: datetime) -> None:
        self._set(order_no, at, TECHNICALLY_COMPLETE, False)
        self._set(order_no, at, RELEASED, True)

    def complete_delivery(self, order_no: str, at: datetime) -> None:
        """A planner sets the delivery completed indicator: nothing more is coming."""
        self.orders[order_no].delivery_completed_at = at

    def confirm(
        self,
        order_no: str,
        at: datetime,
        step: Step,
        quantity: Decimal,
        final: bool,
        ended_at: datetime,
        reference: str = "",
        scrap: Decimal = Decimal(0),
        rework: Decimal = Decimal(0),
        minutes: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        """Of one operation; of a milestone, and so of those before it too. The last operation backflushes."""
        order = self.orders[order_no]
        recipe, day = order.plan.recipe, clock.local(ended_at, order.plan.plant.zone).date()
        row = self._confirmed(order, Confirmation(step, 0, at, ended_at, day, quantity, scrap, rework, minutes, final, reference))
        if step is recipe.steps[-1]:
            if final and recipe.milestone:
                row.implied = [
                    self._confirmed(order, Confirmation(one, 0, at, ended_at, day, quantity, scrap, rework, minutes, True, "")) for one in recipe.steps[:-1]
                ]
            for material, per_unit in recipe.components:
                used = sap_quantity((quantity + scrap) * per_unit)
                if material.backflushed and used and order.plan.cannot_backflush:
                    self.failed.append(Failed(len(self.failed) + 1, at, order_no, material, used, row))
                elif material.backflushed and used:
                    row.documents.append(self.issue(at, order_no, material, None, material.store, (used,), day))
        if final and step is recipe.steps[-1]:
            self._set(order_no, at, PARTLY_CONFIRMED, False)
            self._set(order_no, at, CONFIRMED, True)
        elif not order.active(CONFIRMED):
            self._set(order_no, at, PARTLY_CONFIRMED, True)

    def post_failed(self, at: datetime, order_no: str, user: str) -> None:
        """A clerk posts what failed with the confirmations of an order, for the day on which it happened."""
        for one in self.failed:
            if one.order_no == order_no and one.posted_at is None:
                one.posted_at = at
                self.issue(at, order_no, one.material, None, one.material.store, (one.quantity,), one.confirmation.day, user=user)

    def cancel_confirmation(self, order_no: str, at: datetime, reference: str = "") -> None:
        """Cancels the newest final confirmation of the last operation, and what hangs on it."""
        order = self.orders[order_no]
        last, day = order.plan.recipe.steps[-1], clock.local(at, order.plan.plant.zone).date()
        wrong = next(row for row in reversed(order.confirmations) if row.step is last and row.final and row.cancels is None and row.cancelled_at is None)
        for row in (wrong, *wrong.implied):
            row.cancelled_at = at
            minus = -row.minutes[0], -row.minutes[1], -row.minutes[2]
            again = Confirmation(row.step, 0, at, at, day, -row.quantity, -row.scrap, -row.rework, minus, False, reference if row is wrong else "", row)
            self._confirmed(order, again)
            order.operations[row.step.number].append(StatusChange(at, CONFIRMED, False))
        for document in wrong.documents:
            self._cancel_document(document, at, day, INTERFACE_USER)
        self._set(order_no, at, CONFIRMED, False)

    def _confirmed(self, order: SapOrder, row: Confirmation) -> Confirmation:
        row.counter = 1 + sum(other.step is row.step for other in order.confirmations)
        order.confirmations.append(row)
        statuses = order.operations[row.step.number]
        if row.final:
            if is_active(statuses, PARTLY_CONFIRMED):
                statuses.append(StatusChange(row.at, PARTLY_CONFIRMED, False))
            statuses.append(StatusChange(row.at, CONFIRMED, True))
        elif row.cancels is None and not is_active(statuses, CONFIRMED) and not is_active(statuses, PARTLY_CONFIRMED):
            statuses.append(StatusChange(row.at, PARTLY_CONFIRMED, True))
        return row

    # goods movements

    def issue(
        self,
        at: datetime,
        order_no: str,
        material: Material,
        batch: str | None,
        location: str,
        lines: tuple[Decimal, ...],
        day: date,
        reference: str = "",
        user: str = INTERFACE_USER,
    ) -> Document:
        """261: consumption for an order, one line for each quantity."""
        document = self._document(at, day, reference, user)
        for quantity in lines:
            self._line(document, "261", material, batch, self._plant_of(order_no), location, FREE, "H", quantity, order_no=order_no)
        self._moved(order_no, at)
        return document

    def take_back(
        self,
        at: datetime,
        order_no: str,
        material: Material,
        batch: str | None,
        location: str,
        quantity: Decimal,
        day: date,
        reference: str = "",
        user: str = INTERFACE_USER,
        reversed_reference: str = "",
    ) -> None:
        """262: return from an order; linked to the first posting of `reversed_reference` where given."""
        origin = self._by_reference[reversed_reference][0].lines[0] if reversed_reference else None
        document = self._document(at, day, reference, user)
        self._line(document, "262", material, batch, self._plant_of(order_no), location, FREE, "S", quantity, order_no=order_no, reverses=origin)

    def receive(self, at: datetime, order: Order, lines: tuple[Decimal, ...], day: date, reference: str = "", user: str = INTERFACE_USER) -> None:
        """101: receipt from an order, into inspection where the material is inspected."""
        document = self._document(at, day, reference, user)
        material = order.material
        self.made_on.setdefault((material.number, order.batch), order.produced_on)
        stock = FREE
        if material.inspected:
            stock = INSPECTION
            if order.number not in self._lot_of_order:
                self._lot_of_order[order.number] = self.open_lot(at, order.plant, material, order.batch, order.planned, "04", order.number)
        for quantity in lines:
            self._line(document, "101", material, order.batch, order.plant.number, material.store, stock, "S", quantity, order_no=order.number, receipt_for="F")
        self._moved(order.number, at)
        self._delivered(order.number, at)

    def receive_besides(
        self, at: datetime, order: Order, material: Material, batch: str | None, quantity: Decimal, is_co_product: bool, day: date, reference: str
    ) -> None:
        """101 of a co-product, 531 of a by-product."""
        assert batch is not None
        document = self._document(at, day, reference, INTERFACE_USER)
        self.made_on.setdefault((material.number, batch), order.produced_on)
        kind, receipt_for = ("101", "F") if is_co_product else ("531", "")
        self._line(document, kind, material, batch, order.plant.number, material.store, FREE, "S", quantity, order_no=order.number, receipt_for=receipt_for)

    def scrap(self, at: datetime, order: Order, material: Material, batch: str | None, location: str, quantity: Decimal, day: date, reference: str) -> None:
        """551, for the order."""
        document = self._document(at, day, reference, INTERFACE_USER)
        self._line(document, "551", material, batch, order.plant.number, location, FREE, "H", quantity, order_no=order.number)

    def cancel(self, at: datetime, reference: str, user: str) -> None:
        """Cancels the newest document of a reference; the cancelling document repeats the reference."""
        wrong = self._by_reference[reference][-1]
        self._cancel_document(wrong, at, clock.local(at).date(), user, reference)

    def _cancel_document(self, wrong: Document, at: datetime, day: date, user: str, reference: str = "") -> None:
        document = self._document(at, day, reference, user)
        for line in wrong.lines:
            opposite = {"261": "262", "101": "102"}[line.movement_type]
            self._line(
                document,
                opposite,
                line.material,
                line.batch,
                line.plant,
                line.location,
                line.stock,
                "S" if line.direction == "H" else "H",
                line.quantity,
                order_no=line.order_no,
                receipt_for=line.receipt_for,
                reverses=line,
            )
            if line.order_no and opposite == "102":
                self._delivered(line.order_no, at)

    def buy(
        self, at: datetime, plant: Plant, material: Material, batch: str, quantity: Decimal, user: str, dated: date | None = None, days_old: int = 20
    ) -> None:
        """101: receipt for a purchase order, of goods made so many days before; posted for the same day unless `dated` otherwise."""
        document = self._document(at, dated or clock.local(at, plant.zone).date(), "", user)
        self.made_on[material.number, batch] = document.posting_date - timedelta(days=days_old)
        self._line(document, "101", material, batch, plant.number, material.store, FREE, "S", quantity, receipt_for="B")

    def count_in(self, at: datetime, plant: Plant, material: Material, batch: str, quantity: Decimal, user: str) -> None:
        """701: found when stock was counted; the day of manufacture is read off its label, ten days before."""
        day = clock.local(at, plant.zone).date()
        document = self._document(at, day, "", user)
        self.made_on[material.number, batch] = day - timedelta(days=10)
        self._line(document, "701", material, batch, plant.number, material.store, FREE, "S", quantity)

    def transfer(
        self,
        at: datetime,
        plant: Plant,
        material: Material,
        batch: str | None,
        origin: str,
        target: str,
        quantity: Decimal,
        user: str,
        order_no: str | None = None,
    ) -> None:
        """311: from location to location."""
        document = self._document(at, clock.local(at, plant.zone).date(), "", user)
        self._line(document, "311", material, batch, plant.number, origin, FREE, "H", quantity, order_no=order_no)
        self._line(document, "311", material, batch, plant.number, target, FREE, "S", quantity, order_no=order_no, automatic=True)

    def restock_part(
        self, at: datetime, plant: Plant, material: Material, batch: str, movement_type: str, location: str, quantity: Decimal, target: str, user: str
    ) -> None:
        """Moves some unrestricted stock of a location to another stock type."""
        document = self._document(at, clock.local(at, plant.zone).date(), "", user)
        self._line(document, movement_type, material, batch, plant.number, location, FREE, "H", quantity)
        self._line(document, movement_type, material, batch, plant.number, location, target, "S", quantity, automatic=True)

    def send_to_plant(self, at: datetime, origin: Plant, target: Plant, material: Material, batch: str, quantity: Decimal) -> None:
        """301: plant to plant in one step."""
        document = self._document(at, clock.local(at, origin.zone).date(), "", "LVOGT")
        self._line(document, "301", material, batch, origin.number, material.store, FREE, "H", quantity)
        self._line(document, "301", material, batch, target.number, material.store, FREE, "S", quantity, automatic=True)

    def move_to_special(self, at: datetime, plant: Plant, material: Material, batch: str, quantity: Decimal, special: Special) -> None:
        """413, 541 or 631: own stock becomes that of a sales order, or goes to a subcontractor or a customer."""
        movement_type = {"E": "413", "O": "541", "W": "631"}[special.indicator]
        document = self._document(at, clock.local(at, plant.zone).date(), "", "LVOGT")
        self._line(document, movement_type, material, batch, plant.number, material.store, FREE, "H", quantity)
        self._line(document, movement_type, material, batch, plant.number, material.store, FREE, "S", quantity, automatic=True, special=special)

    def consign(self, at: datetime, plant: Plant, material: Material, batch: str, quantity: Decimal, special: Special) -> None:
        """101 K: it arrives, and remains the supplier's."""
        document = self._document(at, clock.local(at, plant.zone).date(), "", "WKRAUSE")
        self.made_on[material.number, batch] = document.posting_date - timedelta(days=20)
        self._line(document, "101", material, batch, plant.number, material.store, FREE, "S", quantity, receipt_for="B", special=special)

    def create_delivery(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        delivery.number = f"{80_000_000 + len(self.deliveries):010d}"

    def issue_delivery(self, at: datetime, delivery: Delivery) -> None:
        """601, if the goods are there."""
        material, plant = delivery.material, delivery.plant
        if self.free_stock(plant, material, delivery.batch, material.store) >= delivery.quantity:
            delivery.issued_at = at
            document = self._document(at, clock.local(at, plant.zone).date(), "", "LVOGT")
            self._line(document, "601", material, delivery.batch, plant.number, material.store, FREE, "H", delivery.quantity, delivery=delivery)

    def reserve(self, reservation: Reservation) -> None:
        self.reservations.append(reservation)
        reservation.number = f"{9_000_000 + len(self.reservations):010d}"

    def withdraw(self, at: datetime, reservation: Reservation) -> None:
        """201: to a cost centre."""
        material, plant = reservation.material, reservation.plant
        reservation.withdrawn_at = at
        document = self._document(at, clock.local(at, plant.zone).date(), "", "LVOGT")
        self._line(document, "201", material, reservation.batch, plant.number, material.store, FREE, "H", reservation.quantity)

    def restock(
        self, at: datetime, plant: Plant, material: Material, batch: str, movement_type: str, origin: str, target: str, user: str = INTERFACE_USER
    ) -> None:
        """Moves all stock of a batch in the plant from one stock type to another, wherever it lies."""
        for location in STORES:
            quantity = self._stock[material.number, batch, plant.number, location, origin]
            if quantity:
                document = self._document(at, clock.local(at, plant.zone).date(), "", user)
                self._line(document, movement_type, material, batch, plant.number, location, origin, "H", quantity)
                self._line(document, movement_type, material, batch, plant.number, location, target, "S", quantity, automatic=True)

    def free_stock(self, plant: Plant, material: Material, batch: str, location: str) -> Decimal:
        """Unrestricted stock now."""
        return self._stock[material.number, batch, plant.number, location, FREE]

    # quality

    def open_lot(self, at: datetime, plant: Plant, material: Material, batch: str, quantity: Decimal, kind: str, order_no: str | None = None) -> Lot:
        lot = Lot(f"{int(kind)}{len(self.lots) + 1:011d}", plant, material, batch, order_no, quantity, at, kind)
        self.lots.append(lot)
        return lot

    def lot_of(self, order_no: str) -> Lot | None:
        return self._lot_of_order.get(order_no)

    def decide(self, at: datetime, lot: Lot, valuation: str) -> None:
        """Usage decision: A accepted, R rejected. The stock is moved separately."""
        lot.decisions.append((at, valuation))

    def release_from_inspection(self, at: datetime, order: Order) -> None:
        """Usage decision A and 321 for whatever has been received."""
        lot = self._lot_of_order.get(order.number)
        if lot:
            self.decide(at, lot, "A")
            waiting = self._stock[order.material.number, order.batch, order.plant.number, order.material.store, INSPECTION]
            self.restock(at, order.plant, order.material, order.batch, "321", INSPECTION, FREE)
            lot.stock_posted_at = at
            lot.released.append((at, waiting))

    def restrict(self, at: datetime, plant: Plant, material: Material, batch: str) -> None:
        """Batch status restricted: its unrestricted stock becomes restricted-use (341)."""
        self.restricted[material.number, batch] = at
        self.restock(at, plant, material, batch, "341", FREE, RESTRICTED, "QHUBER")

    # the inside

    def documents_of(self, reference: str) -> list[Document]:
        return self._by_reference.get(reference, [])

    def _document(self, at: datetime, day: date, reference: str, user: str) -> Document:
        assert not self.documents or self.documents[-1].posted_at <= at, "postings must come in order of time"
        document = Document(f"{4_900_000_000 + len(self.documents) + 1}", at, day, reference, user)
        self.documents.append(document)
        if reference:
            self._by_reference[reference].append(document)
        return document

    def _line(
        self,
        document: Document,
        movement_type: str,
        material: Material,
        batch: str | None,
        plant: str,
        location: str,
        stock: str,
        direction: str,
        quantity: Decimal,
        order_no: str | None = None,
        automatic: bool = False,
        receipt_for: str = "",
        reverses: Line | None = None,
        special: Special | None = None,
        delivery: Delivery | None = None,
    ) -> None:
        line = Line(
            document,
            len(document.lines) + 1,
            movement_type,
            material,
            batch,
            plant,
            location,
            stock,
            direction,
            quantity,
            order_no,
            automatic,
            receipt_for,
            reverses,
            special,
            delivery,
        )
        document.lines.append(line)
        if order_no:
            self.orders[order_no].lines.append(line)
        if batch is None:
            self.unbatched.append(line)
        else:
            key = material.number, batch
            self.batches.setdefault(key, (material, document.posted_at))
            self.batch_lines[key].append(line)
            place = material.number, batch, plant, location if special is None else special.indicator, stock
            self._stock[place] += quantity if direction == "S" else -quantity
            assert self._stock[place] >= 0 or key in self.may_be_owed, f"stock of {place} would become negative at {document.posted_at}"

    def _plant_of(self, order_no: str) -> str:
        return self.orders[order_no].plan.plant.number

    def _set(self, order_no: str, at: datetime, status: str, active: bool) -> None:
        order = self.orders[order_no]
        if order.active(status) != active:
            order.statuses.append(StatusChange(at, status, active))

    def _moved(self, order_no: str, at: datetime) -> None:
        self._set(order_no, at, MOVED, True)

    def _enough(self, order: SapOrder) -> bool:
        return order.received >= order.plan.planned * (1 - order.plan.tolerance / 100)

    def _delivered(self, order_no: str, at: datetime) -> None:
        """PI01 is set up so that only a full delivery completes by itself; within tolerance somebody has to look."""
        order = self.orders[order_no]
        order.received = order.received_by(at)
        whole = order.received >= order.plan.planned if order.plan.order_type == "PI01" else self._enough(order)
        if whole:
            order.delivery_completed_at = order.delivery_completed_at or at
        self._set(order_no, at, PARTLY_DELIVERED, not whole and order.received > 0)
        self._set(order_no, at, DELIVERED, whole)
