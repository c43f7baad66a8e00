"""Counts the lawful noise that each night's extracts hold."""

from __future__ import annotations

from collections import defaultdict

from company import catch_weight, clock
from company.plant import ISO_UNITS
from company.sap import CONFIRMED, TECHNICALLY_COMPLETE
from company.simulation import Company


def count(company: Company, night: int, loaded_twice: int) -> dict[str, int]:
    """Kind → number of cases, sorted by kind."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    found: dict[str, int] = defaultdict(int)
    for kind, moments in company.register.oddities.items():
        found[kind] = sum(at <= cut for at in moments)
    for order in company.orders:
        known = company.sap.orders.get(order.number)
        if known is None:
            continue
        for event in order.events:
            if clock.HORIZON <= event.recorded_at <= seen:
                found["ISO unit"] += event.unit in ISO_UNITS
                found["converted unit"] += event.unit != event.material.base_unit and event.unit not in ISO_UNITS and event.unit != "ROL"
                found["catch weight"] += catch_weight.told(event)[2] is not None
                arrival = event.passage.arrival(event.recorded_at)
                found["movement in flight"] += event.recorded_at > cut - clock.SETTLE_MOVEMENT and arrival is not None and arrival > cut
        if order.completed_at is not None and cut - clock.SETTLE_ORDER < order.completed_at <= seen:
            found["completion in flight"] += not known.active(CONFIRMED, cut)
        found["order open in both"] += order.started_at is not None and order.started_at <= cut and (order.completed_at or cut) > cut
        found["technically complete"] += known.active(TECHNICALLY_COMPLETE, cut)
        found["leading zeros"] += order.received_at is not None and order.received_at <= seen
    materials: dict[str, set[str]] = defaultdict(set)
    for (material, batch), (_, since) in company.sap.batches.items():
        if since <= cut:
            materials[batch].add(material)
    found["same batch number of two materials"] = sum(len(names) > 1 for names in materials.values())
    found["row loaded twice"] = loaded_twice
    return dict(sorted(found.items()))
