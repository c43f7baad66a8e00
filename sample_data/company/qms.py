"""The quality system's own records: holds and dispositions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from company.orders import Order
from company.plant import Material, Plant
from company.sap import Sap

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
    hold_id: str = ""


@dataclass
class Disposition:
    order: Order
    """Whose output is judged."""
    decision: str
    decided_by: str
    decided_at: datetime
    lot: str | None = None
    """SAP inspection lot, where there is one."""
    disposition_id: str = ""


@dataclass
class Qms:
    """All its records."""

    holds: list[Hold] = field(default_factory=list)
    dispositions: list[Disposition] = field(default_factory=list)


def number_records(qms: Qms, orders: list[Order], sap: Sap) -> None:
    """Once all has happened: the everyday dispositions, and numbers in order of time."""
    for order in orders:
        if order.accepted_at is not None:
            qms.dispositions.append(Disposition(order, "accepted", INSPECTORS[int(order.number) % 3], order.accepted_at))
    qms.holds.sort(key=lambda hold: (hold.opened_at, hold.material.number, hold.batch))
    qms.dispositions.sort(key=lambda disposition: (disposition.decided_at, disposition.order.number))
    for number, hold in enumerate(qms.holds, 1):
        hold.hold_id = f"H-2026-{number:05d}"
    for number, disposition in enumerate(qms.dispositions, 1):
        lot = sap.lot_of(disposition.order.number)
        disposition.disposition_id, disposition.lot = f"D{number:07d}", lot.number if lot else None
