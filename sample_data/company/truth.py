"""The truth of each night: findings with their states, keys that cannot be judged, and how much lawful noise there is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from company import clock, not_judged
from company.causes import Cause, Table
from company.chains import judge_chains
from company.components import judge_components
from company.confirmations import judge_confirmations
from company.extracts import judge_columns
from company.genealogy import Judge, Judged
from company.interfaces import EVERYWHERE, judge_dead_letters, judge_interfaces, judge_queues, judge_rows, judge_sent, unrecognised
from company.judgement import FIRES, IN_FLIGHT, Quality, Verdict, judge_batch, judge_order, judge_twice, judge_unplanned, records
from company.latencies import judge_latency, unmeasured
from company.master_verdicts import judge_master_data, judge_version
from company.noise import count
from company.plant import MATERIALS, SYSTEM
from company.register import Incident
from company.simulation import Company
from company.stock import judge_stock
from company.units import judge_units

Key = tuple[tuple[str, str | None], ...]

STOCK_STATES = tuple(f"STK-{number:03d}" for number in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20))
STATE_RULES = (
    *("ORD-003", "ORD-004", "ORD-005", "ORD-006", "ORD-010", "ORD-011", "ORD-012", "ORD-013", "ORD-014", "ORD-016", "GEN-008"),
    *("INT-001", "INT-002", "INT-004", "INT-005", "INT-008", "INT-009"),
    *("MD-001", "MD-003", "MD-004", "MD-005", "MD-007", "MD-009"),
    *STOCK_STATES,
)
"""What compares states, not quantities or existence, is called unsettled after three nights in flight."""


OF_INPUT = ("CON-009", "CON-012", "GEN-004", "GEN-007")
"""Whose material is one that went in."""
AT_THE_LINE, UNDER = "STK-008", ("ORD-009", "CON-005", "CON-006", "CON-011", "CON-003", "CON-001")
"""What lies at the line differs where any of these is said of an order that made or used the batch, first of all the first."""
BELIEVED_IN_SAP = {material.number for material in MATERIALS if material.backflushed}
"""Nobody measures them, so how much went in is what SAP issued."""
OF_ANCESTOR, OF_CHAIN = "STK-017", "GEN-010"
"""What befell the batch that another was made of, or that its chain ends at."""
OF_MESSAGE = "INT-010"
"""Said of an order's message, which belongs to no plant, and hangs under what is said of the order."""
SITE_WIDE = "interface down", "roll not maintained", "lines extracted twice", "postings late", "columns added"


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
        self._lives: dict[tuple[str, str, Key], _Life] = {}
        self._quality: dict[tuple[str, str, str], Quality] = records(company.qms, company.sap.lots)
        self._seen: set[int] = set()
        # What befell no order or batch by itself.
        self._outage, self._no_roll, self._twice, self._late, self._columns = (
            Incident(len(company.register.incidents) + count, cause) for count, cause in enumerate(SITE_WIDE, 1)
        )

    def tell(self, night: int, loaded_twice: int) -> dict[str, Any]:
        """The content of truth/night<n>.json; `loaded_twice`: how many rows the SAP extract repeats."""
        judge = Judge(self._company, night)
        genealogy = [*judge.judged(), *judge_chains(judge, self._quality)]
        left_out = [
            *not_judged.keys(self._company, self._table, night, genealogy),
            *unrecognised(self._company, self._table, night),
            *unmeasured(self._company, self._table, night),
        ]
        findings = self._advance(self._tonight(judge, {(row["rule_id"], tuple(row["key"].items())) for row in left_out}, genealogy))
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

    def _tonight(self, judge: Judge, left_out: set[tuple[str, Key]], genealogy: list[Judged]) -> list[dict[str, Any]]:
        company, night, rows = self._company, judge.night, []
        of_batches = self._by_order(genealogy)
        for order in company.orders:
            if order.unplanned:
                rows += self._explain(order.plant.number, list(judge_unplanned(order, night)), company.register.of_order.get(order.number), None)
            if order.also_in is not None:
                for plant in (order.plant, order.also_in):
                    rows += self._explain(plant.number, list(judge_twice(order, night)), company.register.of_order.get(order.number), None)
            if company.register.cause_of(order) == "before history" or order.number not in company.sap.orders:
                continue
            known = company.sap.orders[order.number]
            said = [
                *judge_order(order, known, company.sap, night),
                *judge_confirmations(order, known, night),
                *judge_components(order, known, night),
                *judge_version(order, company, night),
                *judge_sent(order, company, night),
            ]
            verdicts = [verdict for verdict in (*said, *of_batches.get(order.number, [])) if (verdict.rule, verdict.key) not in left_out]
            if verdicts:
                queued = any(event.passage.queued for event in order.events)
                rows += self._explain(order.plant.number, verdicts, company.register.of_order.get(order.number), self._outage if queued else None)
        for where, order, verdict in judge_interfaces(company.sap, night):
            rows += self._explain(where, [verdict], company.register.of_order.get(order.number), None)
        for order, verdict in judge_dead_letters(company, night):
            rows += self._explain(EVERYWHERE, [verdict], company.register.of_order.get(order.number), None)
        for incident, verdict in judge_queues(company, night):
            rows += self._explain(EVERYWHERE, [verdict], incident, None)
        for verdict in judge_units(company.orders, night):
            rows += self._explain(EVERYWHERE, [verdict], self._no_roll, None)
        for plant, incident, verdict in judge_master_data(company, night):
            rows += self._explain(plant.number, [verdict], incident, None)
        for plant, verdict in judge_latency(company, night):
            rows += self._explain(plant.number, [verdict], self._late, None)
        for verdict in judge_rows(judge):
            rows += self._explain(EVERYWHERE, [verdict], self._twice, None)
        for verdict in judge_columns(night):
            rows += self._explain(EVERYWHERE, [verdict], self._columns, None)
        of_stock = list(self._of_stock(night, genealogy))
        for row in of_stock:
            if row["rule_id"] == AT_THE_LINE:
                _hang(row, rows)
        return [*rows, *of_stock]

    def _of_stock(self, night: int, genealogy: list[Judged]) -> Iterator[dict[str, Any]]:
        """What is said of batches in stock: by a damage of the batch, of the order that made it, or of what it was made of."""
        company = self._company
        said: dict[tuple[str, str, str], list[Verdict]] = {}
        for (plant, material, batch), quality in self._quality.items():
            said[plant, material, batch] = list(judge_batch(plant, (material, batch), quality, company.sap, night))
        for plant, (material, batch), verdict in judge_stock(company, self._quality, night):
            said.setdefault((plant, material, batch), []).append(verdict)
        for descendant, plant, _ in genealogy:
            if isinstance(descendant, Verdict) and (descendant.rule == OF_ANCESTOR or self._is_of_stock(descendant)):
                key = dict(descendant.key)
                said.setdefault((plant, key["material"] or "", key["batch"] or ""), []).append(descendant)
        made = {(order.material.number, order.batch): order for order in company.orders}
        for (plant, material, batch), verdicts in said.items():
            maker = made.get((material, batch))
            incident = company.register.of_order.get(maker.number) if maker else None
            queued = maker is not None and any(event.passage.queued for event in maker.events)
            yield from self._explain(plant, verdicts, company.register.of_batch.get((material, batch)), self._outage if queued else None, incident)

    def _by_order(self, genealogy: list[Judged]) -> dict[str, list[Verdict]]:
        """Verdicts over batches, by the damaged order that they come from."""
        found: dict[str, list[Verdict]] = {}
        for said, _, orders in genealogy:
            if isinstance(said, Verdict) and said.rule != OF_ANCESTOR and not self._is_of_stock(said):
                damaged = [number for number in sorted(orders) if self._explains(self._company.register.of_order.get(number), said)]
                assert damaged, f"no damage explains {said}"
                found.setdefault(damaged[0], []).append(said)
        return found

    def _is_of_stock(self, verdict: Verdict) -> bool:
        """A chain that ends at a batch with a damage of its own."""
        return verdict.rule == OF_CHAIN and verdict.subject in self._company.register.of_batch

    def _explain(
        self, plant: str, verdicts: list[Verdict], incident: Incident | None, outage: Incident | None, made_with: Incident | None = None
    ) -> list[dict[str, Any]]:
        """Each mismatch of an order or batch with the damage behind it; made_with: what befell the order that made the batch."""
        rows = []
        causes = {id(verdict): self._cause(verdict, incident, outage, made_with) for verdict in verdicts}
        for verdict in verdicts:
            cause, source = causes[id(verdict)]
            primary = _primary(verdict, cause, verdicts, plant)
            while primary and (higher := _primary(primary, causes[id(primary)][0], verdicts, plant)):
                primary = higher
            if source and verdict.mood == FIRES and (verdict.rule in cause.must or not cause.must) and primary is None:
                self._seen.add(source.number)
            if primary:  # what is on its way by itself hangs under what damage has done
                cause, source = causes[id(primary)]
            rows.append(
                {
                    "rule_id": verdict.rule,
                    "system": SYSTEM,
                    "plant": EVERYWHERE if verdict.rule == OF_MESSAGE else plant,
                    "key": dict(verdict.key),
                    "state": verdict.mood,
                    "cause": cause.name,
                    "cause_id": source.cause_id if source else None,
                    "consequence_of": {"rule_id": primary.rule, "key": dict(primary.key)} if primary else None,
                }
            )
        return rows

    def _cause(self, verdict: Verdict, incident: Incident | None, outage: Incident | None, made_with: Incident | None) -> tuple[Cause, Incident | None]:
        if (verdict.rule == OF_ANCESTOR or self._is_of_stock(verdict)) and verdict.subject is not None:
            incident, made_with, outage = self._company.register.of_batch.get(verdict.subject), None, None
        for candidate in (incident, made_with, outage):
            if candidate and self._explains(candidate, verdict, is_outage=candidate is outage):
                return self._table.causes[candidate.cause], candidate
        lawful = verdict.mood == IN_FLIGHT and verdict.rule in self._table.in_flight.rules
        assert lawful, f"no damage explains {verdict}"
        return self._table.in_flight, None

    def _explains(self, incident: Incident | None, verdict: Verdict, is_outage: bool = False) -> bool:
        """Whether the table has this of it; what is said of a batch's consumption must be of one that it touched."""
        cause = self._table.causes.get(incident.cause) if incident else None
        if incident is None or cause is None or verdict.rule not in cause.rules:
            return False
        return is_outage or verdict.subject is None or not verdict.rule.startswith("CON") or verdict.subject in incident.touched

    def _advance(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Turn what is the case tonight into states, knowing the nights before."""
        findings = []
        tonight = set()
        for row in rows:
            identity = row["rule_id"], row["plant"], tuple(row["key"].items())
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


def _primary(verdict: Verdict, cause: Cause, verdicts: list[Verdict], plant: str) -> Verdict | None:
    """What it hangs under: never something that is only in flight while it fires itself."""
    if verdict.alone:
        return None
    measured = verdict.rule == "CON-007" and dict(verdict.key)["component"] not in BELIEVED_IN_SAP
    for rule in cause.rules[verdict.rule]:
        if measured and rule in ("CON-001", "CON-002", "CON-006"):
            continue
        said = [one for one in verdicts if one.rule == rule and _about_the_same(verdict, one) and (one.mood == FIRES or verdict.mood == IN_FLIGHT)]
        if said:
            return min(said, key=lambda one: _identity({"rule_id": one.rule, "system": SYSTEM, "plant": plant, "key": dict(one.key)}))
    return None


def _hang(row: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """A row about a batch goes under one about an order that has the batch in its key."""
    batch = row["key"]["material"], row["key"]["batch"]
    for rule in UNDER:
        said = []
        for other in rows:
            key = other["key"]
            same = other["rule_id"] == rule and other["plant"] == row["plant"] and (key.get("component") or key.get("material"), key.get("batch")) == batch
            if same and (other["state"] == FIRES or row["state"] == IN_FLIGHT):
                said.append(other)
        if said:
            primary = min(said, key=_identity)
            row["consequence_of"] = primary["consequence_of"] or {"rule_id": primary["rule_id"], "key": primary["key"]}
            row["cause"], row["cause_id"] = primary["cause"], primary["cause_id"]
            return


def _identity(row: dict[str, Any]) -> str:
    """As docs/findings.md publishes it: of several that it could hang under, the least one counts."""
    names = ["system", "plant", *sorted(row["key"])]
    values = {"system": row["system"], "plant": row["plant"], **row["key"]}
    tokens = ["1", row["rule_id"], *(text for name in names for text in (name, values[name]))]
    return hashlib.sha256("".join(f"{len(text.encode())}:{text}" if text else "-" for text in tokens).encode()).hexdigest()


def _about_the_same(verdict: Verdict, primary: Verdict) -> bool:
    """They agree on whatever both name: an operation, what went in, what came out."""
    one, other = _about(verdict), _about(primary)
    return all(one[name] == other[name] for name in one.keys() & other.keys())


def _about(verdict: Verdict) -> dict[str, str | None]:
    key = dict(verdict.key)
    said: dict[str, str | None] = {}
    if verdict.rule == OF_CHAIN and verdict.subject:
        material, batch = verdict.subject
        return {"input": material, "input batch": batch, "output": material, "output batch": batch}
    if verdict.rule == OF_MESSAGE and verdict.subject:
        return {"output": verdict.subject[0], "output batch": verdict.subject[1]}
    if "operation_no" in key:
        said["operation"] = key["operation_no"]
    if "component" in key or "input_material" in key or verdict.rule in OF_INPUT:
        said["input"] = key.get("component") or key.get("input_material") or key["material"]
        if verdict.subject:
            said["input batch"] = verdict.subject[1]
    if verdict.rule not in OF_INPUT and ("material" in key or "output_material" in key):
        said["output"] = key.get("output_material") or key["material"]
        if "batch" in key or "output_batch" in key:
            said["output batch"] = key.get("output_batch") or key["batch"]
    return said


def _order(row: dict[str, Any]) -> tuple[str, list[str]]:
    return row["rule_id"], [value or "" for value in row["key"].values()]


_NONE = Incident(0, "")
