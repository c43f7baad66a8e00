"""What the rules returned becomes findings: which hangs under which."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from recon import shipped
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.errors import RuleError
from recon.findings import collect
from recon.rule import Rule, Yields
from recon.ruleset import cases, load

Given = dict[str, list[dict[str, Any]]]

RULES = load.load(shipped.folder("rules"))
EVENTS = {
    "sap.movement": [{"reference": "E1", "quantity": 10}, {"reference": "E1", "quantity": 10, "batch": "C"}],
    "mes.movement": [{"reference": "E1", "quantity": 10}],
}


class TestPostedTwice:
    """CON-005, whose key has no batch, takes the consequences of the batches that its postings name."""

    def test_in_two_batches(self) -> None:
        """The batch that only the second posting names is its consequence."""
        assert judge(EVENTS) == {("CON-003", "C"): ("CON-005", "E1"), ("CON-005", "E1"): None}

    def test_what_no_posting_of_it_names_is_a_fault_of_its_own(self) -> None:
        """Another batch of the order that was never consumed stands for itself; which one was taken for the batch that was never issued cannot be said."""
        other = {
            "sap.movement": [*EVENTS["sap.movement"], {"reference": "E2", "quantity": 5, "batch": "D"}],
            "mes.movement": [*EVENTS["mes.movement"], {"reference": "E3", "quantity": 77, "batch": "E"}],
        }
        mistaken = {("CON-004", None): None, ("CON-002", "E"): ("CON-004", None)}
        assert judge(other) == {("CON-003", "C"): ("CON-005", "E1"), ("CON-005", "E1"): None, ("CON-003", "D"): None} | mistaken

    def test_without_a_batch(self) -> None:
        """No batch on either side is the same absence."""
        given = {side: [row | {"batch": None} for row in rows] for side, rows in EVENTS.items()}
        assert judge(given) == {("CON-001", None): ("CON-005", "E1"), ("CON-005", "E1"): None}


def test_the_lots_of_a_material_without_batches_are_shown() -> None:
    """The finding names no batch, since SAP keeps none; what the MES booked lot by lot stands behind it all the same."""
    given: Given = {
        "sap.material": [{"batch_managed": False}],
        "sap.movement": [{"batch": None, "quantity": 10}],
        "mes.movement": [{"batch": "L1", "quantity": 8, "row_ref": "m:1"}, {"batch": "L2", "quantity": 4, "row_ref": "m:2"}],
    }
    assert rows_behind(given) == [("mes", "m:1", "L1"), ("mes", "m:2", "L2"), ("sap", "case:1", None)]
    kept: Given = given | {
        "sap.material": [{"batch_managed": True}],
        "mes.movement": [{"batch": None, "quantity": 8, "row_ref": "m:1"}, {"batch": "L2", "quantity": 4}],
    }
    assert ("mes", "case:2", "L2") not in rows_behind(kept)


def test_a_record_of_no_plant_is_shown_at_every_plant() -> None:
    """SAP keeps one record of a batch that is numbered by material; the finding at a plant leads to it, and not to another plant's."""
    given: Given = {
        "sap.batch": [{"expires_on": "2026-06-30", "row_ref": "s:1"}, {"batch": "C", "row_ref": "s:2"}],
        "qms.batch": [{"plant": "1000", "expires_on": "2026-05-31", "row_ref": "q:1"}, {"plant": "2000", "expires_on": "2026-06-30", "row_ref": "q:2"}],
    }
    assert rows_behind(given, "STK-020") == [("qms", "q:1", "B"), ("sap", "s:1", "B")]


def test_what_a_descendant_was_made_of_is_shown() -> None:
    """The links that led into it, on either side's word; those of other batches are not."""
    step = {"row_ref": "s:2", "order_no": "2", "input_material": "C", "input_batch": "C"}
    given: Given = {
        "sap.genealogy_link": [{"row_ref": "s:1", "output_material": "C", "output_batch": "C"}, step],
        "mes.genealogy_link": [step | {"row_ref": "m:2"}],
        "qms.hold": [{"row_ref": "q:1"}],
        "sap.stock": [{"row_ref": "s:3", "material": "P", "batch": "O"}],
    }
    assert [reference for _, reference, _ in rows_behind(given, "STK-017")] == ["m:2", "q:1", "s:2", "s:3"]


def test_a_site_that_yields_by_what_is_not_there_loses_the_yielding_alone() -> None:
    """The night goes on: the finding stands for itself, and what is wrong is said with the rule's file."""
    rules = [RULES.rules[name] for name in ("CON-003", "CON-005")]
    wrong = rules[0].front.model_copy(update={"yields_to": [Yields(rule="CON-005", match={"order_no": "sap_nothing"})]})
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        (said,) = _collect(connection, EVENTS, [replace(rules[0], front=wrong), rules[1]])
        assert connection.execute("SELECT DISTINCT consequence_of FROM fired").fetchall() == [(None,)]
    assert (said.where, said.what.split(":")[0]) == (str(rules[0].file), "yields to CON-005")


def rows_behind(given: Given, rule: str = "CON-001") -> list[tuple[str, str, str | None]]:
    """(side, row, its batch) of the rows behind what the rule finds."""
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        _collect(connection, given, [RULES.rules[rule]])
        found = connection.execute("SELECT side, row_ref, row ->> '$.batch' FROM evidence_row ORDER BY ALL").fetchall()
    return [(side, reference, batch) for side, reference, batch in found]


def judge(given: Given) -> dict[tuple[str, str | None], tuple[str, str | None] | None]:
    """(rule, batch or event) of every finding of the consumption rules → the same of the one that it hangs under."""
    rules = [rule for rule in RULES.rules.values() if rule.id.startswith("CON")]
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        _collect(connection, given, rules)
        found = connection.execute("SELECT finding_id, rule_id, key, consequence_of FROM fired").fetchall()
    names = {finding: (rule, json.loads(key).get("batch", json.loads(key).get("reference"))) for finding, rule, key, _ in found}
    return {names[finding]: names[under] if under else None for finding, _, _, under in found}


def _collect(connection: duckdb.DuckDBPyConnection, given: Given, rules: list[Rule]) -> list[RuleError]:
    engine.load_canonical(connection, {})
    for rule in rules:
        cases.judge(connection, rule, {"given": given}, Path("given"))
        if rule == rules[0]:
            collect.prepare(connection, {"1000": "EUR"})
        collect.collect(connection, rule, f'"result {rule.id}"', "nobody")
    collect.gather_rows(connection, rules)
    return collect.subordinate(connection, rules)
