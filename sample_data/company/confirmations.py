"""What somebody who knew everything would say of an order's confirmations at a cut, as judgement.py does of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from company import clock, mes
from company.judgement import FIRES, IN_FLIGHT, Flow, Verdict, differ, side, tolerance
from company.orders import Order, Report
from company.plant import Step
from company.sap import CONFIRMED, SapOrder, is_active

ACTIVITIES = {"machine": 1, "labour": 2}
"""Those that are compared → their place among the minutes of a report. Setting up is not."""


def judge_confirmations(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """All mismatches of the confirmations of an order that the MES runs."""
    if order.started_at is None or order.started_at > clock.as_of("mes", night):
        return
    yield from _cancelled(order, known, night)
    yield from _quantities(order, known, night)
    yield from _operations(order, known, night)
    yield from _activities(order, known, night)


def reported_steps(order: Order) -> tuple[Step, ...]:
    """Those that the MES reports; where the last is a milestone, SAP confirms the others by itself."""
    return order.recipe.steps[-1:] if order.recipe.milestone else order.recipe.steps


def visible(order: Order, seen: datetime) -> list[Report]:
    """Reports that the MES's extract holds."""
    return [report for report in order.reports if clock.HORIZON <= report.recorded_at <= seen]


def taken_back_at(order: Order, report: Report, seen: datetime) -> datetime | None:
    return next((other.recorded_at for other in order.reports if other.cancels is report and other.recorded_at <= seen), None)


def _cancelled(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """One reference may be posted several times in SAP; it stands as long as one of them does."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    for report in visible(order, seen):
        rows = [row for row in known.confirmations if row.reference == report.report_id and row.cancels is None and row.at <= cut]
        if report.cancels or not rows:
            continue
        back = taken_back_at(order, report, seen)
        ends = [row.cancelled_at for row in rows if row.cancelled_at is not None and row.cancelled_at <= cut]
        if (back is not None) != (len(ends) == len(rows)):
            changed = max([report.recorded_at, *([back] if back else []), *(row.at for row in rows), *ends])
            key = ("order_no", order.number), ("confirmation", report.report_id)
            yield Verdict("ORD-013", key, IN_FLIGHT if changed > cut - clock.SETTLE_ORDER else FIRES, None)


def _quantities(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """Yield counts at the last operation, scrap and rework at any."""
    last, all_steps = order.recipe.steps[-1:], reported_steps(order)
    key = (("order_no", order.number),)
    if good := _differ(order, known, last, "quantity", night):
        yield Verdict("ORD-007", key, good, None)
    lost = [mood for mood in (_differ(order, known, all_steps, "scrap", night), _differ(order, known, all_steps, "rework", night)) if mood]
    if lost:
        yield Verdict("ORD-008", key, FIRES if FIRES in lost else IN_FLIGHT, None)


def _differ(order: Order, known: SapOrder, steps: tuple[Step, ...], kind: str, night: int) -> str | None:
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    in_mes: Flow = []
    for report in visible(order, seen):
        if report.step in steps and not report.cancels:
            quantity, back = getattr(report, kind), taken_back_at(order, report, seen)
            in_mes += [(report.recorded_at, quantity), *([(back, -quantity)] if back else [])]
    in_sap: Flow = []
    for row in known.confirmations:
        if row.step in steps and row.cancels is None:
            quantity = getattr(row, kind)
            in_sap += [(row.at, quantity), *([(row.cancelled_at, -quantity)] if row.cancelled_at else [])]
    one, other = side(in_mes, cut, seen, clock.SETTLE_ORDER), side(in_sap, cut, clock.as_of("sap", night), clock.SETTLE_ORDER)
    return differ(one, other, tolerance(one.settled))


def _operations(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """An operation in SAP has no history of its own: it changed on the day on which its order did."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    last = clock.local(max(change.at for change in known.statuses if change.at <= cut))
    changed_in_sap = last.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC).replace(tzinfo=None)
    for step in reported_steps(order):
        status, _, _, changed = mes.operation(order, step, seen)
        if (status == "complete") != is_active(known.operations[step.number], CONFIRMED, cut):
            moving = max(changed, changed_in_sap) > cut - clock.SETTLE_ORDER
            key = ("order_no", order.number), ("operation_no", step.number)
            yield Verdict("ORD-011", key, IN_FLIGHT if moving else FIRES, None)


def _activities(order: Order, known: SapOrder, night: int) -> Iterator[Verdict]:
    """Minutes by operation; a report that was taken back never counted."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    for step in reported_steps(order):
        for activity, place in ACTIVITIES.items():
            in_mes = [
                (report.recorded_at, Decimal(report.minutes[place]))
                for report in visible(order, seen)
                if report.step is step and not report.cancels and taken_back_at(order, report, seen) is None
            ]
            in_sap = [
                (row.at, Decimal(row.minutes[place]))
                for row in known.confirmations
                if row.step is step and row.cancels is None and not (row.cancelled_at and row.cancelled_at <= cut)
            ]
            one, other = side(in_mes, cut, seen, clock.SETTLE_ORDER), side(in_sap, cut, clock.as_of("sap", night), clock.SETTLE_ORDER)
            if mood := differ(one, other, max(Decimal(1), one.settled * Decimal("0.02"))):
                key = ("order_no", order.number), ("operation_no", step.number), ("activity", activity)
                yield Verdict("ORD-015", key, mood, None)
