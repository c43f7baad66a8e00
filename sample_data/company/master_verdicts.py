"""What somebody who knew everything would say of master data at a cut."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from company import clock, mes
from company.extract_sap_master import revision
from company.inspection_plans import CHARACTERISTICS
from company.judgement import FIRES, IN_FLIGHT, Verdict
from company.master_data import EXTRA_STEP, Change, MasterData, extra_component, needs
from company.orders import Order
from company.plant import Material, Plant
from company.register import Incident
from company.simulation import Company

Said = tuple[Plant, Incident, Verdict]


def judge_master_data(company: Company, night: int) -> Iterator[Said]:
    """Verdicts with their plant, and the damage that they are of."""
    data = company.master_data
    yield from _lists(data, night)
    yield from _names(data, night)
    yield from _flags(company, night)


def judge_version(order: Order, company: Company, night: int) -> Iterator[Verdict]:
    """By what an order is run, once the MES has it."""
    cut, seen, data = clock.cut(night), clock.as_of("mes", night), company.master_data
    other, unapproved = data.other_version.get(order.number), data.unapproved.get(order.number)
    if (other is None and unapproved is None) or order.received_at is None or order.received_at > seen:
        return
    changed = max(mes.work_order(order, seen)[1], *(change.at for change in company.sap.orders[order.number].statuses if change.at <= cut))
    mood, key = _mood(changed, cut, clock.SETTLE_ORDER), (("order_no", order.number),)
    if other is not None:
        yield Verdict("MD-003", key, mood, None)
    if unapproved is not None or (other is not None and other.kind == "version and recipe"):
        yield Verdict("MD-009", key, mood, None)


def _lists(data: MasterData, night: int) -> Iterator[Said]:
    """BOMs, routings and inspection plans."""
    cut, seen, at_quality = clock.cut(night), clock.as_of("mes", night), clock.as_of("qms", night)
    for (plant, recipe), (change, place) in data.bills.items():
        if change.stands(seen):
            component = extra_component(recipe) if change.kind == "extra" else recipe.components[place][0]
            key = ("material", recipe.output.number), ("revision", revision(recipe)), ("component", component.number)
            yield plant, change.incident, Verdict("MD-004", key, _of(change, cut), None)
    for (plant, recipe), change in data.routings.items():
        if change.stands(seen):
            number = EXTRA_STEP if change.kind == "extra" else recipe.steps[-1].number
            yield plant, change.incident, Verdict("MD-005", (("material", recipe.output.number), ("operation_no", number)), _of(change, cut), None)
    for (plant, recipe), (change, place) in data.plans.items():
        if change.stands(cut if change.kind == "missing in SAP" else at_quality):
            characteristic = ("material", recipe.output.number), ("characteristic", CHARACTERISTICS[place].name)
            yield plant, change.incident, Verdict("MD-007", characteristic, _of(change, cut), None)


def _names(data: MasterData, night: int) -> Iterator[Said]:
    """Lines and codes without a meaning, as soon as anything names them."""
    cut, seen, at_quality = clock.cut(night), clock.as_of("mes", night), clock.as_of("qms", night)
    for name, (change, orders) in data.resources.items():
        known = [order for order in orders if order.received_at is not None and order.received_at <= seen]
        if known and not _mended(change, seen):
            changed = min(mes.work_order(order, seen)[1] for order in known)
            yield change.plant, change.incident, Verdict("MD-006", (("side", "mes"), ("resource", name)), _mood(changed, cut), None)
    for code, (change, _, report) in data.reasons.items():
        if report.recorded_at <= seen and not _mended(change, seen):
            key = ("side", "mes"), ("code_list", "reason"), ("code", code)
            yield change.plant, change.incident, Verdict("MD-008", key, _mood(report.recorded_at, cut), None)
    for code, (change, hold) in data.defects.items():
        if hold.opened_at <= at_quality and not _mended(change, at_quality):
            changed = hold.closed_at if hold.closed_at and hold.closed_at <= at_quality else hold.opened_at
            key = ("side", "qms"), ("code_list", "defect"), ("code", code)
            yield change.plant, change.incident, Verdict("MD-008", key, _mood(changed, cut), None)


def _flags(company: Company, night: int) -> Iterator[Said]:
    """A material that is flagged for deletion, while an order that is open in the MES needs it."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    for (plant, material), change in company.master_data.flagged.items():
        if change.stands(cut):
            needing = [order for order in company.orders if order.received_at is not None and order.received_at <= seen and _is_of(order, plant, material)]
            if any(order.completed_at is None or order.completed_at > seen for order in needing):
                first = min(order.received_at for order in needing if order.received_at is not None)
                yield plant, change.incident, Verdict("MD-001", (("side", "mes"), ("material", material.number)), _mood(first, cut), None)


def _is_of(order: Order, plant: Plant, material: Material) -> bool:
    if order.also_in is plant:
        return order.material is material
    return order.plant is plant and material in needs(order)


def _of(change: Change, cut: datetime) -> str:
    """What is missing in a copy leaves no row there that says since when."""
    return FIRES if change.kind in ("missing", "missing in quality") else _mood(change.since, cut)


def _mended(change: Change, seen: datetime) -> bool:
    return change.until is not None and change.until <= seen


def _mood(changed: datetime, cut: datetime, settle: timedelta = clock.SETTLE_MASTER_DATA) -> str:
    return IN_FLIGHT if changed > cut - settle else FIRES
