"""What somebody who knew everything would say at a cut of the units that materials are counted in."""

from __future__ import annotations

from collections.abc import Iterator

from company import clock
from company.judgement import FIRES, IN_FLIGHT, Verdict
from company.orders import Order
from company.plant import Material


def judge_units(orders: list[Order], night: int) -> Iterator[Verdict]:
    """Of each material that the MES counts in rolls, which SAP knows of none: once, whichever plant does so."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    counted: dict[str, tuple[Material, bool]] = {}
    for order in orders:
        for event in order.events:
            if event.unit == "ROL" and clock.HORIZON <= event.recorded_at <= seen:
                settled = event.recorded_at <= cut - clock.SETTLE_MASTER_DATA or counted.get(event.material.number, (event.material, False))[1]
                counted[event.material.number] = event.material, settled
    for material, settled in counted.values():
        key = ("material", material.number), ("unit_from", "ROL"), ("unit_to", material.base_unit)
        yield Verdict("MD-002", key, FIRES if settled else IN_FLIGHT, None)
