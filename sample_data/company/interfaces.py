"""What somebody who knew everything would say of the interfaces at a cut: messages that are stuck, goods movements of confirmations that failed, and rows that
cannot be believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from company import clock
from company.genealogy import Judge
from company.idocs import GIVEN_UP, THROUGH, Idoc, numbered
from company.judgement import FIRES, IN_FLIGHT, Verdict
from company.orders import Order
from company.sap import Sap

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
