"""Keys that nobody can judge: what the damage took away is written in causes.yaml under `not evaluated`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from company import clock, mes
from company.causes import Table
from company.judgement import consumption_keys
from company.orders import Key, Order
from company.plant import SYSTEM
from company.register import Incident
from company.sap import Line, SapOrder
from company.simulation import Company

Subject = tuple[str, dict[str, str | None]]
"""What of an order cannot be judged, as the table calls it, and the rest of its key."""


def keys(company: Company, table: Table, night: int) -> Iterator[dict[str, Any]]:
    """Rows of the truth's not_evaluated."""
    for incident in company.register.incidents:
        row, order = table.not_evaluated.get(incident.cause), incident.order
        if row is None or order is None or order.created_at > clock.cut(night):
            continue
        for subject, key in _subjects(order, company.sap.orders[order.number], incident, night):
            for rule in row.get(subject, []):
                yield {"rule_id": rule, "system": SYSTEM, "plant": order.plant.number, "key": {"order_no": order.number, **key}, "reason": row["reason"]}


def _subjects(order: Order, known: SapOrder, incident: Incident, night: int) -> Iterator[Subject]:
    """What the extracts hold of the order, as far as the incident touches it; one that names no event touches everything."""
    whole, seen = not incident.events, clock.as_of("mes", night)
    if whole and order.received_at is None:
        yield "order not in the MES", {}
    if whole and order.completed_at is not None and order.completed_at <= seen:
        yield "order complete in the MES", {}
    lines = [line for line in known.lines if clock.SAP_SELECTION <= line.document.posted_at <= clock.as_of("sap", night)]
    for component in consumption_keys(order, known):
        if whole or component in incident.touched:
            yield from _consumption(order, component, lines, incident, night)
    made = order.material.number, order.batch
    if whole or made in incident.touched:
        reported = any(clock.HORIZON <= event.recorded_at <= seen for event in order.outputs())
        if reported or any(line.movement_type in ("101", "102") for line in lines):
            yield "output", {"material": made[0], "batch": made[1]}
    for (output, used), since in mes.links(order, seen).items():
        if since >= clock.HORIZON and (whole or output in incident.touched or used in incident.touched):
            yield "link", {"output_material": output[0], "output_batch": output[1], "input_material": used[0], "input_batch": used[1]}


def _consumption(order: Order, component: Key, lines: list[Line], incident: Incident, night: int) -> Iterator[Subject]:
    in_mes = [event for event in order.consumptions() if event.key == component and clock.HORIZON <= event.recorded_at <= clock.as_of("mes", night)]
    in_sap = [line for line in lines if line.movement_type in ("261", "262") and (line.material.number, line.batch) == component]
    key: dict[str, str | None] = {"component": component[0], "batch": component[1]}
    if in_mes and in_sap:
        yield "consumption on both sides", key
    elif in_mes:
        yield "consumption in the MES alone", key
    elif in_sap:
        yield "consumption in SAP alone", key
    references = {line.document.reference for line in in_sap}
    for event in in_mes:
        if event.event_id in references and (not incident.events or any(event is damaged for damaged in incident.events)):
            yield "event", {"component": component[0], "reference": event.event_id}
