"""What messages make of findings: in flight, explained, grouped by interface. The cases of the rules say which message speaks of which finding."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pytest

from recon import shipped
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.engines import messages
from recon.errors import RuleError
from recon.findings import collect
from recon.rule import Messages, Rule
from recon.ruleset import cases, load

Given = dict[str, list[dict[str, Any]]]

RULES = load.load(shipped.folder("rules"))
LOSS: Given = {"mes.movement": [{"quantity": 10}, {"quantity": 3, "batch": "C"}]}
FAILED = {"kind": "queue", "queue": "P200", "status": "failed"}


def explained(
    given: Given,
    told: Given,
    rules: Collection[str] = ("CON-002",),
    carried_by: Mapping[str, list[str]] | None = None,
    unheard: Collection[tuple[str, str, str | None]] = (),
    own: Rule | None = None,
    zones: Mapping[str, str] = MappingProxyType({}),
) -> dict[tuple[str, str | None], dict[str, Any]]:
    """(rule, batch) → in_flight, explanation, cause and the rule that it hangs under, for rows of messages in `told`."""
    chosen = [own] if own else [RULES.rule(name) for name in rules]
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        engine.load_canonical(connection, {})
        collect.prepare(connection, {"1000": "EUR"})
        for rule in chosen:
            cases.judge(connection, rule, {"given": given}, Path("given"))
            collect.collect(connection, rule, f'"result {rule.id}"', "nobody")
        for table, rows in told.items():
            cases._put(connection, table, [cases.CARRYING | row for row in rows], Path("told"))
        collect.gather_rows(connection, chosen)
        if messages.hear(connection, RULES.carried, carried_by or {}, unheard):
            cut = engine.Cut("P01/100", "1000", cases.CUT, cases.CUT, None, cases.CUT.date())
            collect.explain(connection, chosen, {rule.pairing.name: [cut] for rule in chosen}, zones)
        collect.subordinate(connection, chosen)
        return _read(connection)


def _read(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str | None], dict[str, Any]]:
    found = connection.execute(
        "SELECT f.rule_id, f.key, f.in_flight, f.explanation, f.cause, p.rule_id AS under FROM fired f LEFT JOIN fired p ON p.finding_id = f.consequence_of"
    )
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["rule_id"], json.loads(row.pop("key")).get("batch")): row for row in rows}


def test_one_interface_is_one_cause() -> None:
    """Findings of one source, interface and outcome share it, whatever their messages; it says since when, and the queue where there is one."""
    found = explained(LOSS, {"mes.message": [FAILED | {"changed_at": "2026-03-09 21:40:00"}, FAILED | {"message_id": "2", "batch": "C"}]})
    assert {row["cause"] for row in found.values()} == {"MBGMCR of case, queue P200: failed since 2026-03-08 01:00 UTC"}
    assert len({row["explanation"] for row in found.values()}) == 2


def test_moments_are_told_in_the_time_of_the_plant() -> None:
    """With its zone; where what shares a cause is of plants with several, in UTC."""
    told: Given = {"mes.message": [FAILED | {"changed_at": "2026-03-09 21:40:00"}]}
    (found,) = explained({"mes.movement": [{}]}, told, zones={"1000": "America/Chicago", "2000": "Europe/Berlin"}).values()
    assert found["cause"] == "MBGMCR of case, queue P200: failed since 2026-03-09 16:40 America/Chicago"
    assert ": failed since 2026-03-09 16:40 America/Chicago" in found["explanation"]


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("INT-001", FAILED),
        ("INT-003", {"kind": "dead-letter", "queue": "P200", "status": "dead"}),
        ("INT-002", {"kind": "backflush", "status": "failed", "interface": "COGI", "queue": None}),
    ],
    ids=["in error", "dead letter", "failed backflush"],
)
def test_a_message_is_of_the_cause_that_it_explains(rule: str, row: dict[str, Any]) -> None:
    """What is found of a message stands with what the message explains, and neither explains itself; an old error that explains nothing dates nothing."""
    side = "sap.message" if rule == "INT-002" else "mes.message"
    old = row | {"message_id": "1", "order_no": None, "changed_at": "2026-02-01 12:00:00"}
    messages: Given = {side: [cases.CARRYING | row | {"changed_at": "2026-03-08 21:40:00"}, cases.CARRYING | old]}
    found = explained({"mes.movement": [{}], **messages}, messages, ["CON-002", rule])
    assert {row["cause"] for row in found.values()} == {found["CON-002", "B"]["cause"]}
    assert found["CON-002", "B"]["cause"].endswith(" since 2026-03-08 21:40 UTC")
    assert {row["explanation"] is None for (of, _), row in found.items() if of == rule} == {True}
    (alone,) = [row["cause"] for row in explained({side: [cases.CARRYING | old]}, {side: [old]}, [rule]).values()]
    assert alone.endswith(" since 2026-02-01 12:00 UTC")


def test_another_outcome_is_another_cause() -> None:
    """What waits for too long is not what failed; two queues are named in neither."""
    late = {"message_id": "2", "batch": "C", "status": "pending", "sent_at": "2026-03-09 01:00:00"}
    found = explained(LOSS, {"mes.message": [FAILED, late]})
    assert found["CON-002", "B"]["cause"].startswith("MBGMCR of case, queue P200: failed")
    assert found["CON-002", "C"]["cause"] == "MBGMCR of case: waiting since 2026-03-09 01:00 UTC"


def test_what_waits_has_no_cause() -> None:
    """Nobody has to look at an interface that does its work."""
    (found,) = explained({"mes.movement": [{}]}, {"mes.message": [{"status": "pending"}]}).values()
    assert (found["in_flight"], found["cause"]) == (True, None)


def test_what_fires_hangs_under_nothing_that_waits() -> None:
    """The link of another batch is told, although the consumption that it would hang under is in flight; the link that the message carries too goes with it."""
    given: Given = {"mes.movement": [{}], "mes.genealogy_link": [{}]}
    both = explained(given, {"mes.message": [{"status": "pending"}]}, ["CON-002", "GEN-001"])
    assert {row["in_flight"] for row in both.values()} == {True}
    assert both["GEN-001", None]["under"] == "CON-002"
    event: Given = {"mes.movement": [{"reference": "E1"}], "mes.genealogy_link": [{}]}
    alone = explained(event, {"mes.message": [{"status": "pending", "reference": "E1", "order_no": None}]}, ["CON-002", "GEN-001"])
    assert (alone["CON-002", "B"]["in_flight"], alone["GEN-001", None]["in_flight"], alone["GEN-001", None]["under"]) == (True, False, None)


def test_an_explanation_changes_no_precedence() -> None:
    """The link hangs under the consumption as ever, and both say why."""
    found = explained({"mes.movement": [{}], "mes.genealogy_link": [{}]}, {"mes.message": [FAILED]}, ["CON-002", "GEN-001"])
    assert found["GEN-001", None]["under"] == "CON-002"
    assert len({row["cause"] for row in found.values()}) == 1


def test_a_site_names_its_interfaces() -> None:
    """Of a name that recon does not know nobody can tell what it carries."""
    own = {"mes.message": [FAILED | {"interface": "ZMES_GM"}]}
    assert {row["explanation"] for row in explained(LOSS, own).values()} == {None}
    found = explained(LOSS, own, carried_by={"goods-movement": ["ZMES_GM"]})
    assert found["CON-002", "B"]["explanation"].startswith("queue entry 4711 (ZMES_GM, queue P200): failed")


@pytest.mark.parametrize(
    ("plant", "of", "heard"),
    [(None, "1000", False), (None, "*", False), ("1000", "1000", False), ("1000", "*", True), ("2000", "1000", True)],
    ids=["all of it", "all of it, of no plant", "at the plant", "at the plant, of no plant", "at another plant"],
)
def test_a_source_that_is_not_heard_explains_nothing(plant: str | None, of: str, heard: bool) -> None:
    """Its rows are old, or in doubt: neither what waits there hides a mismatch, nor does what failed there explain one.

    Where that is so at one plant, the others are heard.
    """
    found = explained({"mes.movement": [{}]}, {"mes.message": [{"status": "pending", "plant": of}]}, unheard=[("mes.message", "case", plant)])
    assert [(row["in_flight"], row["explanation"] is not None) for row in found.values()] == [(heard, heard)]


def test_a_rule_that_finds_messages_by_what_is_not_there_says_so() -> None:
    """Its file is named."""
    rule = RULES.rule("CON-002")
    declared = [Messages(workflows=["goods-movement"], match={"colour": "material"})]
    own = Rule(rule.front.model_copy(update={"messages": declared}), rule.pairing, rule.sql, rule.file, rule.version)
    with pytest.raises(RuleError, match="colour") as error:
        explained(LOSS, {"mes.message": [FAILED]}, own=own)
    assert error.value.where == str(rule.file)
