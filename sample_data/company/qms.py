"""The quality system's own records: holds and dispositions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from company.orders import Order
from company.plant import Material, Plant
from company.sap import Lot, Sap

INSPECTORS = ("h.schneider", "a.yildiz", "m.brandt")


@dataclass
class Hold:
    plant: Plant
    material: Material
    batch: str
    scope: str
    reason: str
    owner: str
    opened_at: datetime
    closed_at: datetime | None = None
    quantity: Decimal | None = None
    """Where only a part is held, in the base unit."""
    handling_unit: str = ""
    location: str = ""
    serial_no: str = ""
    in_qms: bool = True
    in_mes: bool = True
    """Whether the quality system told the MES of it, or the MES holds it at all."""
    hold_id: str = ""

    @property
    def case_no(self) -> str:
        """The nonconformance it was opened for."""
        return f"NC{self.hold_id[1:]}"


@dataclass
class Disposition:
    order: Order
    """Whose output is judged."""
    decision: str
    decided_by: str
    decided_at: datetime
    lot: str | None = None
    """SAP inspection lot, where there is one."""
    restricts: bool = False
    """It restricts the use of the batch instead of blocking it."""
    disposition_id: str = ""


@dataclass
class Qms:
    """All its records."""

    holds: list[Hold] = field(default_factory=list)
    dispositions: list[Disposition] = field(default_factory=list)
    troubled: dict[str, datetime] = field(default_factory=dict)
    """Order → from when something befalls its batch."""


def number_records(qms: Qms, orders: list[Order], sap: Sap) -> None:
    """Once all has happened: the everyday dispositions, and numbers in order of time."""
    for order in orders:
        if order.accepted_at is not None:
            qms.dispositions.append(Disposition(order, "accepted", INSPECTORS[int(order.number) % 3], order.accepted_at))
    number_holds(qms)
    qms.dispositions.sort(key=lambda disposition: (disposition.decided_at, disposition.order.number))
    lots_of: dict[tuple[str, str], list[Lot]] = {}
    for lot in sap.lots:
        lots_of.setdefault((lot.material.number, lot.batch), []).append(lot)
    for number, disposition in enumerate(qms.dispositions, 1):
        order = disposition.order
        first = next(iter(lots_of.get((order.material.number, order.batch), ())), None)
        own = sap.lot_of(order.number) or first
        disposition.disposition_id, disposition.lot = f"D{number:07d}", own.number if own else None


def number_holds(qms: Qms) -> None:
    """In order of time."""
    qms.holds.sort(key=lambda hold: (hold.opened_at, hold.material.number, hold.batch))
    for number, hold in enumerate(qms.holds, 1):
        hold.hold_id = f"H-2026-{number:05d}"
