"""Keys that nobody can judge: what the damage took away is written in causes.yaml under `not evaluated`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from company import clock, mes
from company.causes import Table
from company.components import complete_in_mes, counts_yet, delivered, visible_events, visible_lines
from company.confirmations import ACTIVITIES, reported_steps, visible
from company.genealogy import Doubt, Judged
from company.judgement import consumption_keys
from company.orders import Key, Order
from company.plant import SYSTEM
from company.register import Incident
from company.sap import SapOrder
from company.simulation import Company

Subject = tuple[str, dict[str, str | None]]
"""What of an order cannot be judged, as the table calls it, and the rest of its key."""


def keys(company: Company, table: Table, night: int, genealogy: list[Judged]) -> Iterator[dict[str, Any]]:
    """Rows of the truth's not_evaluated. genealogy: what is said of the batches."""
    for incident in company.register.incidents:
        order = incident.order
        if incident.cause in table.not_evaluated and order is not None and order.number in company.sap.orders and order.created_at <= clock.cut(night):
            for subject, key in _subjects(order, company.sap.orders[order.number], incident, night):
                yield from _rows(table, incident.cause, subject, order.plant.number, {"order_no": order.number, **key})
    for said, plant, _ in genealogy:
        if isinstance(said, Doubt):
            yield from _rows(table, said.cause, said.subject, plant, said.key)


def _rows(table: Table, cause: str, subject: str, plant: str, key: dict[str, str | None]) -> Iterator[dict[str, Any]]:
    row = table.not_evaluated[cause]
    for rule in row.get(subject, []):
        yield {"rule_id": rule, "system": SYSTEM, "plant": plant, "key": key, "reason": row["reason"]}


def _subjects(order: Order, known: SapOrder, incident: Incident, night: int) -> Iterator[Subject]:
    """What the extracts hold of the order, as far as the incident touches it; one that names no event touches everything."""
    whole, seen = not incident.events, clock.as_of("mes", night)
    if whole:
        yield from _order(order, known, night)
    components: dict[str, set[str]] = {}
    for key in consumption_keys(order, known):
        if whole or key in incident.touched:
            sides = components.setdefault(key[0], set())
            sides |= {"mes"} if visible_events(order, key, night) else set()
            sides |= {"sap"} if visible_lines(known, key, night) else set()
            yield from _consumption(order, known, key, incident, night)
    for component, sides in components.items():
        if sides:
            yield "component", {"component": component}
        if sides == {"mes", "sap"}:
            yield "component on both sides", {"component": component}
    for material, _ in order.recipe.components if delivered(known, clock.cut(night)) else ():
        if (whole or material.number in components) and counts_yet(known, material, clock.cut(night)):
            yield "component of a delivered order", {"component": material.number}
    made = order.material.number, order.batch
    if whole or made in incident.touched:
        reported = any(clock.HORIZON <= event.recorded_at <= seen for event in order.outputs())
        if reported or any(line.movement_type in ("101", "102") and clock.SAP_SELECTION <= line.document.posted_at <= clock.cut(night) for line in known.lines):
            yield "output", {"material": made[0], "batch": made[1]}
    for (output, used), since in mes.links(order, seen).items():
        if since >= clock.HORIZON and (whole or output in incident.touched or used in incident.touched):
            yield "link", {"output_material": output[0], "output_batch": output[1], "input_material": used[0], "input_batch": used[1]}


def _order(order: Order, known: SapOrder, night: int) -> Iterator[Subject]:
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    yield "order", {}
    if order.received_at is None:
        yield "order not in the MES", {}
    if order.completed_at is not None and order.completed_at <= seen:
        yield "order complete in the MES", {}
    reports, rows = visible(order, seen), [row for row in known.confirmations if row.at <= cut]
    for reference in sorted({report.report_id for report in reports if not report.cancels} | {row.reference for row in rows if row.reference}):
        yield "confirmation", {"confirmation": reference}
    for step in reported_steps(order):
        yield "operation", {"operation_no": step.number}
        for activity, place in ACTIVITIES.items():
            if any(one.step is step and one.minutes[place] for one in reports) or any(row.step is step and row.minutes[place] for row in rows):
                yield "activity", {"operation_no": step.number, "activity": activity}


def _consumption(order: Order, known: SapOrder, component: Key, incident: Incident, night: int) -> Iterator[Subject]:
    in_mes, in_sap = visible_events(order, component, night), visible_lines(known, component, night)
    key: dict[str, str | None] = {"component": component[0], "batch": component[1]}
    if in_mes and in_sap:
        yield "consumption on both sides", key
    elif in_mes:
        yield "consumption in the MES alone", key
    elif in_sap:
        yield "consumption in SAP alone", key
    if in_sap and component[1] is not None and complete_in_mes(order, night):
        yield "issued batch", {"input_material": component[0], "input_batch": component[1]}
    references = {line.document.reference for line in in_sap}
    for event in in_mes:
        if event.event_id in references and (not incident.events or any(event is damaged for damaged in incident.events)):
            yield "event", {"component": component[0], "reference": event.event_id}
