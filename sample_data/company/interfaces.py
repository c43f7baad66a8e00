"""What somebody who knew everything would say of the interfaces at a cut: messages that are stuck, goods movements of confirmations that failed, and rows that
cannot be believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from company import clock
from company.causes import Table
from company.genealogy import Judge
from company.idocs import GIVEN_UP, THROUGH, Idoc, numbered
from company.judgement import FIRES, IN_FLIGHT, Verdict
from company.orders import Event, Order
from company.plant import SYSTEM, Plant
from company.queues import DEAD_LETTERS, OUTWARDS, message_of, sent_to_sap, was_replayed
from company.register import Incident
from company.sap import Sap
from company.simulation import Company

EVERYWHERE = "*"
"""Plant of what belongs to none."""


def judge_interfaces(sap: Sap, night: int) -> Iterator[tuple[str, Order, Verdict]]:
    """Verdicts with their plant, and the order that the message or the movement is for."""
    cut = clock.cut(night)
    for number, idoc in numbered(sap.idocs):
        mood = _stuck(idoc, cut)
        if mood:
            yield EVERYWHERE, idoc.of if isinstance(idoc.of, Order) else idoc.of.order, Verdict("INT-001", (("message_id", str(number)),), mood, None)
    for one in sap.failed:
        if one.waits(cut):
            order = sap.orders[one.order_no].plan
            yield order.plant.number, order, Verdict("INT-002", (("record", f"AFFW/{one.number}/1"),), _mood(one.at, cut), None)


def judge_queues(company: Company, night: int) -> Iterator[tuple[Incident, Verdict]]:
    """Changes of orders that were applied before the release, or twice, with the damage that they are of."""
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    for incident, order in company.queues.overtaken:
        applied = [one.posted_at for one in company.queues.order_messages if one.order is order]
        if max(applied) <= seen:
            yield incident, Verdict("INT-005", (("object", order.number),), _mood(max(applied), cut), None)
    for incident, message in company.queues.applied_twice:
        again = max(one.posted_at for one in company.queues.order_messages if one.order is message.order)
        if again <= seen:
            yield incident, Verdict("INT-004", (("message_id", message.message_id),), _mood(again, cut), None)


def judge_dead_letters(company: Company, night: int) -> Iterator[tuple[Order, Verdict]]:
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    for one in company.register.dead_letters:
        if one.given_up_at <= seen and (one.discarded_at is None or one.discarded_at > seen):
            key = ("queue", DEAD_LETTERS), ("message_id", message_of(one.event))
            yield one.event.order, Verdict("INT-003", key, _mood(one.given_up_at, cut), None)


def judge_sent(order: Order, company: Company, night: int) -> Iterator[Verdict]:
    """Messages that the MES has sent with success, and SAP has not posted."""
    for event in _lost(order, company, night):
        if _is_recognised(order.plant, company, night):
            yield Verdict("INT-010", _key(event), FIRES, event.key)


UNRECOGNISED = "by-product message lost"
"""Whose entry under `not evaluated` in causes.yaml is meant."""


def unrecognised(company: Company, table: Table, night: int) -> Iterator[dict[str, Any]]:
    """Rows of the truth's not_evaluated: messages of a plant of which SAP has posted none, so that nobody knows whether it would name them."""
    row = table.not_evaluated[UNRECOGNISED]
    for order in company.orders:
        for event in _lost(order, company, night) if order.besides() else ():
            if not _is_recognised(order.plant, company, night):
                for rule in row["message"]:
                    yield {"rule_id": rule, "system": SYSTEM, "plant": EVERYWHERE, "key": dict(_key(event)), "reason": row["reason"]}


def _key(event: Event) -> tuple[tuple[str, str | None], ...]:
    return ("interface", OUTWARDS), ("message_id", message_of(event))


def _lost(order: Order, company: Company, night: int) -> Iterator[Event]:
    """What has waited for longer than it may."""
    cut = clock.cut(night)
    for event in sent_to_sap(order, clock.as_of("mes", night)):
        if event.recorded_at + clock.SERVICE_LEVEL < cut and not _set_aside(event, company) and not _has_posted(event, company, cut):
            yield event


def _is_recognised(plant: Plant, company: Company, night: int) -> bool:
    cut, seen = clock.cut(night), clock.as_of("mes", night)
    sent = (event for order in company.orders if order.plant is plant for event in sent_to_sap(order, seen) if _is_sent(event, company))
    return any(_has_posted(event, company, cut) for event in sent)


def _set_aside(event: Event, company: Company) -> bool:
    return any(one.event is event for one in company.register.dead_letters)


def _is_sent(event: Event, company: Company) -> bool:
    return not _set_aside(event, company) and not was_replayed(event)


def _has_posted(event: Event, company: Company, cut: datetime) -> bool:
    return any(document.posted_at <= cut for document in company.sap.documents_of(event.event_id))


def judge_rows(judge: Judge) -> Iterator[Verdict]:
    """Tables with rows that say different things of one key: the lines of documents, and the links that are worked out from them."""
    misread = judge.company.register.misread
    documents = [document for event in misread for document in judge.company.sap.documents_of(event.event_id)]
    doubted = {
        "sap.movement": any(judge.visible(document.lines[0]) for document in documents),
        "sap.genealogy_link": any(cause for event in misread for *_, cause in judge.links_of("sap", event.order)),
    }
    for table, some in doubted.items():
        if some:
            yield Verdict("INT-009", (("source", "sap"), ("table", table), ("reason", "ambiguous")), FIRES, None)


def _stuck(idoc: Idoc, cut: datetime) -> str | None:
    """An error is one at once; what only waits is stuck when it has waited for too long."""
    reached = idoc.reached(cut)
    if not reached:
        return None
    since, status, _ = reached[-1]
    if status in GIVEN_UP:
        return _mood(since, cut)
    through = status in THROUGH or status in GIVEN_UP.values()
    return FIRES if not through and idoc.made_at + clock.SERVICE_LEVEL < cut else None


def _mood(since: datetime, cut: datetime) -> str:
    return IN_FLIGHT if since > cut - clock.SETTLE_MESSAGE else FIRES
