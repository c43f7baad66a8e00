"""What somebody who knew everything would say at a cut of how long postings took, from what happened to its entry in SAP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from company import clock
from company.causes import Table
from company.judgement import FIRES, Verdict
from company.orders import Event, Order
from company.plant import SYSTEM, Plant
from company.quality import VALUATION
from company.sap import FREE, Line, SapOrder
from company.simulation import Company

BY_EVENT = {"consumption": "consumption", "output": "receipt", "by-product": "receipt", "scrap": "scrap"}
BY_MOVEMENT = {"261": "consumption", "262": "consumption", "101": "receipt", "102": "receipt", "531": "receipt", "551": "scrap"}
FEWEST, SHARE = 20, Decimal("0.95")
"""Of fewer postings nothing is said; of the others that share has to be in time."""

UNQUOTED = "hold without its number"
"""Whose entry under `not evaluated` in causes.yaml is meant."""

Took = tuple[Plant, str, timedelta]


def judge_latency(company: Company, night: int) -> Iterator[tuple[Plant, Verdict]]:
    """Workflows of a plant of which the postings since the night before took longer than their service level."""
    took: dict[tuple[Plant, str], list[timedelta]] = {}
    for plant, workflow, time in _postings(company, night):
        took.setdefault((plant, workflow), []).append(time)
    for (plant, workflow), times in took.items():
        place = int((SHARE * len(times)).to_integral_value(ROUND_CEILING)) - 1
        if len(times) >= FEWEST and sorted(times)[place] > clock.AGREED.get(workflow, clock.SERVICE_LEVEL):
            yield plant, Verdict("INT-006", (("workflow", workflow),), FIRES, None)


def unmeasured(company: Company, table: Table, night: int) -> Iterator[dict[str, Any]]:
    """Rows of the truth's not_evaluated: plants where quality holds, and SAP restricts, and no posting says which hold it is for."""
    row, cut, seen = table.not_evaluated[UNQUOTED], clock.cut(night), clock.as_of("qms", night)
    held = {hold.plant.number for hold in company.qms.holds if hold.in_qms and hold.opened_at <= seen}
    documents = (document for document in company.sap.documents if clock.SAP_SELECTION <= document.posted_at <= cut)
    restricted = {line.plant for document in documents for line in document.lines if line.automatic and line.direction == "S" and line.stock != FREE}
    for plant in sorted(held & restricted):
        for rule in row["latency of holds"]:
            yield {"rule_id": rule, "system": SYSTEM, "plant": plant, "key": {"workflow": "hold"}, "reason": row["reason"]}


def _postings(company: Company, night: int) -> Iterator[Took]:
    cut = clock.cut(night)

    def took(plant: Plant, workflow: str, happened: datetime | None, posted: datetime | None) -> Iterator[Took]:
        if happened is not None and posted is not None and cut - timedelta(days=1) < posted <= cut:
            yield plant, workflow, posted - happened

    for order in company.orders:
        for event in order.events:
            yield from took(order.plant, BY_EVENT[event.kind], _recorded(event, night), _entered(event, company, cut))
        for reference, reported in _reports(order, night).items():
            yield from took(order.plant, "confirmation", reported, _confirmed(company.sap.orders.get(order.number), reference, cut))
    seen = clock.as_of("qms", night)
    decided: dict[tuple[str | None, str], datetime] = {}
    for row in company.qms.dispositions:  # in order of time
        if row.decided_at <= seen:
            decided.setdefault((row.lot, VALUATION.get(row.decision, "")), row.decided_at)
    for lot in company.sap.lots:
        made = [decision for decision in lot.decisions if decision[0] <= cut]
        if made:
            posted, valuation = made[-1]
            yield from took(lot.plant, "decision", decided.get((lot.number, valuation)), posted)


def _recorded(event: Event, night: int) -> datetime | None:
    return event.occurred_at if clock.HORIZON <= event.recorded_at <= clock.as_of("mes", night) else None


def _entered(event: Event, company: Company, cut: datetime) -> datetime | None:
    """When the first line that quotes the event was entered; what the extract holds twice, differently, tells nothing."""
    misread = any(one is event for one in company.register.misread)

    def counts(line: Line) -> bool:
        same = line.order_no == event.order.number and line.material is event.material and BY_MOVEMENT.get(line.movement_type) == BY_EVENT[event.kind]
        return same and not (misread and line is line.document.lines[0])

    documents = [document for document in company.sap.documents_of(event.event_id) if clock.SAP_SELECTION <= document.posted_at <= cut]
    return min((document.posted_at for document in documents if any(counts(line) for line in document.lines)), default=None)


def _reports(order: Order, night: int) -> dict[str, datetime]:
    seen = clock.as_of("mes", night)
    if order.received_at is None or order.received_at > seen:
        return {}
    return {one.report_id: one.recorded_at for one in order.reports if clock.HORIZON <= one.recorded_at <= seen and not one.cancels}


def _confirmed(known: SapOrder | None, reference: str, cut: datetime) -> datetime | None:
    return min((row.at for row in known.confirmations if row.reference == reference and row.cancels is None and row.at <= cut), default=None) if known else None
