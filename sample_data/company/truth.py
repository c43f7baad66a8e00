"""The truth of each night: findings with their states, keys that cannot be judged, and how much lawful noise there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from company import clock, not_judged
from company.causes import Cause, Table
from company.judgement import FIRES, IN_FLIGHT, Quality, Verdict, judge_batch, judge_order, records
from company.noise import count
from company.plant import SYSTEM
from company.register import Incident
from company.simulation import Company

Key = tuple[tuple[str, str | None], ...]

STATE_RULES = ("ORD-004", "ORD-005", "STK-001", "STK-002")
"""What compares states, not quantities or existence, is called unsettled after three nights in flight."""


@dataclass
class _Life:
    """What became of one mismatch so far."""

    fired: bool = False
    resolved: bool = False
    nights_in_flight: int = 0
    last: dict[str, Any] = field(default_factory=dict)


class Truth:
    """Told night by night, the first first."""

    def __init__(self, company: Company, table: Table) -> None:
        self._company, self._table = company, table
        self._lives: dict[tuple[str, Key], _Life] = {}
        self._quality: dict[tuple[str, str, str], Quality] = records(company.qms, company.sap.lots)
        self._seen: set[int] = set()
        if any(event.passage.queued for order in company.orders for event in order.events):
            self._outage: Incident | None = Incident(len(company.register.incidents) + 1, "interface down")
        else:
            self._outage = None

    def tell(self, night: int, loaded_twice: int) -> dict[str, Any]:
        """The content of truth/night<n>.json; `loaded_twice`: how many rows the SAP extract repeats."""
        left_out = list(not_judged.keys(self._company, self._table, night))
        findings = self._advance(self._tonight(night, {(row["rule_id"], tuple(row["key"].items())) for row in left_out}))
        return {
            "night": night,
            "reference": clock.zulu(clock.cut(night) + clock.REFERENCE_DELAY),
            "findings": sorted(findings, key=_order),
            "not_evaluated": sorted(left_out, key=_order),
            "noise": count(self._company, night, loaded_twice),
        }

    def check(self) -> None:
        """After the last night: every damage has led to what it must, at least once."""
        for incident in self._company.register.incidents:
            if incident.cause in self._table.causes:
                assert incident.number in self._seen, f"{incident.cause_id} ({incident.cause}) came to nothing"

    def _tonight(self, night: int, left_out: set[tuple[str, Key]]) -> list[dict[str, Any]]:
        company, rows = self._company, []
        for order in company.orders:
            if company.register.of_order.get(order.number, _NONE).cause == "before history":
                continue
            verdicts = (
                [verdict for verdict in judge_order(order, company.sap.orders[order.number], company.sap, night) if (verdict.rule, verdict.key) not in left_out]
                if order.number in company.sap.orders
                else []
            )
            if verdicts:
                queued = any(event.passage.queued for event in order.events)
                rows += self._explain(order.plant.number, verdicts, company.register.of_order.get(order.number), self._outage if queued else None)
        for (plant, *subject), quality in self._quality.items():
            batch = subject[0], subject[1]
            verdicts = list(judge_batch(plant, batch, quality, company.sap, night))
            rows += self._explain(plant, verdicts, company.register.of_batch.get(batch), None)
        return rows

    def _explain(self, plant: str, verdicts: list[Verdict], incident: Incident | None, outage: Incident | None) -> list[dict[str, Any]]:
        """Each mismatch of an order or batch with the damage behind it."""
        rows = []
        for verdict in verdicts:
            cause, source = self._cause(verdict, incident, outage)
            primary = _primary(verdict, cause, verdicts)
            if source and verdict.mood == FIRES and (verdict.rule in cause.must or not cause.must) and primary is None:
                self._seen.add(source.number)
            rows.append(
                {
                    "rule_id": verdict.rule,
                    "system": SYSTEM,
                    "plant": plant,
                    "key": dict(verdict.key),
                    "state": verdict.mood,
                    "cause": cause.name,
                    "cause_id": source.cause_id if source else None,
                    "consequence_of": {"rule_id": primary.rule, "key": dict(primary.key)} if primary else None,
                }
            )
        return rows

    def _cause(self, verdict: Verdict, incident: Incident | None, outage: Incident | None) -> tuple[Cause, Incident | None]:
        for candidate in (incident, outage):
            cause = self._table.causes.get(candidate.cause) if candidate else None
            if candidate is None or cause is None or verdict.rule not in cause.rules:
                continue
            if candidate is outage or not verdict.rule.startswith("CON") or verdict.subject in candidate.touched:
                return cause, candidate
        lawful = verdict.mood == IN_FLIGHT and verdict.rule in self._table.in_flight.rules
        assert lawful, f"no damage explains {verdict}"
        return self._table.in_flight, None

    def _advance(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Turn what is the case tonight into states, knowing the nights before."""
        findings = []
        tonight = set()
        for row in rows:
            identity = row["rule_id"], tuple(row["key"].items())
            assert identity not in tonight, f"{identity} twice"
            tonight.add(identity)
            life = self._lives.setdefault(identity, _Life())
            if row["state"] == IN_FLIGHT:
                life.nights_in_flight += 1
                if life.nights_in_flight >= 3 and row["rule_id"] in STATE_RULES:
                    row["state"], life.fired, life.resolved = "unsettled", True, False
                    self._seen.update(incident.number for incident in self._company.register.incidents if incident.cause_id == row["cause_id"])
            else:
                row["state"] = "new" if not life.fired else "reopened" if life.resolved else "open"
                life.fired, life.resolved, life.nights_in_flight = True, False, 0
            life.last = row
            findings.append(row)
        for identity, life in self._lives.items():
            if identity not in tonight:
                life.nights_in_flight = 0
                if life.fired and not life.resolved:
                    life.resolved = True
                    findings.append({**life.last, "state": "resolved"})
        return findings


def _primary(verdict: Verdict, cause: Cause, verdicts: list[Verdict]) -> Verdict | None:
    """What it hangs under: never something that is only in flight while it fires itself."""
    for rule in cause.rules[verdict.rule]:
        for other in verdicts:
            if other.rule == rule and _about_the_same(verdict, other) and (other.mood == FIRES or verdict.mood == IN_FLIGHT):
                return other
    return None


def _about_the_same(verdict: Verdict, primary: Verdict) -> bool:
    """A missing receipt has its order unfinished, and the links of just its own batch missing; the others are about one batch."""
    if primary.rule != "ORD-009":
        return primary.subject == verdict.subject
    key = dict(verdict.key)
    return verdict.rule != "GEN-001" or primary.subject == (key["output_material"], key["output_batch"])


def _order(row: dict[str, Any]) -> tuple[str, list[str]]:
    return row["rule_id"], [value or "" for value in row["key"].values()]


_NONE = Incident(0, "")
