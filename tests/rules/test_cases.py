"""Every case that lies beside a rule holds, and the machinery that says so notices when one does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from recon import shipped
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.errors import RuleError
from recon.rule import NO_PLANT, Rule
from recon.ruleset import cases, load

RULES = load.load(shipped.folder("rules"))


@cache
def _results(rule_id: str) -> dict[str, str | None]:
    return {result.name: result.problem for result in cases.run_cases(RULES, RULES.rule(rule_id))}


def _names() -> list[tuple[str, str]]:
    return [(rule.id, case["case"]) for rule in RULES.rules.values() for case in yaml.safe_load(rule.cases_file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("rule_id", "name"), _names(), ids=lambda part: str(part))
def test_case(rule_id: str, name: str) -> None:
    """What a case gives leads to what it expects."""
    assert _results(rule_id)[name] is None


def _with_cases(tmp_path: Path, rule_id: str, text: str) -> Rule:
    """The shipped rule with other cases."""
    rule = RULES.rule(rule_id)
    file = tmp_path / rule.file.name
    file.write_text(rule.file.read_text(encoding="utf-8"), encoding="utf-8")
    file.with_name(f"{file.stem}.cases.yaml").write_text(text, encoding="utf-8")
    return replace(rule, file=file)


WRONG_EXPECTATIONS: dict[str, tuple[str, str]] = {
    "fires and should not": ("expect: none", "which was not expected"),
    "another value": ("expect: [{difference: 3}]", "expected {'difference': 3}"),
    "another state": ("expect: [{state: in flight}]", "expected {'state': 'in flight'}"),
    "not judged": ("expect: [{not_evaluated: ambiguous}]", "expected {'not_evaluated': 'ambiguous'}"),
    "one finding too many": ("expect: [{state: new}, {state: new}]", "expected {'state': 'new'}"),
    "a column that is not there": ("expect: [{diference: null}]", "expects diference, which the rule does not return"),
}


@pytest.mark.parametrize(("expect", "said"), WRONG_EXPECTATIONS.values(), ids=WRONG_EXPECTATIONS.keys())
def test_a_wrong_expectation_is_told(tmp_path: Path, expect: str, said: str) -> None:
    """The case CON-001 finds -2 for, expected otherwise."""
    rule = _with_cases(tmp_path, "CON-001", f"- case: one\n  given: {{sap.movement: [{{quantity: 10}}], mes.movement: [{{quantity: 8}}]}}\n  {expect}\n")
    (result,) = cases.run_cases(RULES, rule)
    assert result.problem is not None
    assert said in result.problem


def test_a_key_that_cannot_be_judged_is_no_finding(tmp_path: Path) -> None:
    """An expected row that does not speak of not_evaluated never matches one that could not be judged."""
    text = "- case: one\n  given: {sap.movement: [{unit: ROLL}], mes.movement: [{quantity: 8}]}\n  expect: [{component: M}]\n"
    (result,) = cases.run_cases(RULES, _with_cases(tmp_path, "CON-001", text))
    assert result.problem is not None
    assert "no conversion from ROLL for M" in result.problem


THREE_CASES = """
- {case: two missing, given: {sap.movement: [{quantity: 10}], mes.movement: [{quantity: 8}]}, expect: [{difference: -2}]}
- {case: none missing, given: {sap.movement: [{quantity: 10}], mes.movement: [{quantity: 10}]}, expect: none}
- case: in another client
  given: {sap.movement: [{system: P02/200, quantity: 3}], mes.movement: [{system: P02/200}]}
  expect: [{system: P02/200, not_evaluated: no conversion}]
"""


def test_cases_are_judged_beside_one_another_and_told_in_their_order(tmp_path: Path) -> None:
    """Each in a system of its own, which is named as the case names it."""
    results = list(cases.run_cases(RULES, _with_cases(tmp_path, "CON-001", THREE_CASES)))
    assert [(result.name, result.problem) for result in results] == [("two missing", None), ("none missing", None), ("in another client", None)]


def test_a_rule_that_looks_into_other_systems_is_told(tmp_path: Path) -> None:
    """Its cases hold where there is one system, and not in the company of others."""
    rule = _with_cases(tmp_path, "CON-001", THREE_CASES)
    alone = "SELECT count(DISTINCT system) = 1 FROM pairing.consumption"
    results = cases.run_cases(RULES, replace(rule, sql=f"SELECT * FROM ({rule.sql.rstrip().rstrip(';')}\n) WHERE ({alone})"))
    two, none, other = (result.problem for result in results)
    assert none is None
    for problem in (two, other):
        assert str(problem).startswith("holds alone, and not beside the other cases, each of which is in a system of its own: expected {")


BAD_CASES: dict[str, tuple[str, str]] = {
    "not YAML": ("- case: [", "is not YAML"),
    "empty": ("", "is not a list of cases"),
    "not a list": ("case: one", "is not a list of cases"),
    "nothing expected": ("- {case: one, given: {}}", "one: lacks `expect`"),
    "no name": ("- {given: {}, expect: none}", "number 1: lacks `case`"),
    "misspelt key": ("- {case: one, given: {}, expect: none, parms: {}}", "one: `parms` is not a known key"),
    "misspelt parameter": (
        "- {case: one, given: {}, expect: none, params: {rel_tolerance: 1}}",
        "`rel_tolerance` is not a parameter of CON-001 or its pairing",
    ),
    "a table that the pairing does not read": (
        "- {case: one, given: {qms.hold: [{}]}, expect: none}",
        "gives qms.hold, which pairing consumption does not read",
    ),
    "the same name twice": ("- {case: one, given: {}, expect: none}\n- {case: one, given: {}, expect: none}", "another case has the same name"),
}


@pytest.mark.parametrize(("text", "said"), BAD_CASES.values(), ids=BAD_CASES.keys())
def test_a_case_file_that_cannot_be_run_says_why(tmp_path: Path, text: str, said: str) -> None:
    """One message that names the file."""
    rule = _with_cases(tmp_path, "CON-001", text)
    with pytest.raises(RuleError) as error:
        list(cases.run_cases(RULES, rule))
    assert str(rule.cases_file) in error.value.where
    assert said in str(error.value)


def test_a_column_that_a_table_does_not_have_is_told(tmp_path: Path) -> None:
    """With the columns it has."""
    text = "- {case: one, given: {sap.movement: [{qty: 10}]}, expect: none}"
    (result,) = cases.run_cases(RULES, _with_cases(tmp_path, "CON-001", text))
    assert result.problem is not None
    assert "sap.movement has no column qty" in result.problem


# One row on every side that its pairing compares, differing, so that a rule over it fires.
_FIRING: dict[str, dict[str, list[dict[str, Any]]]] = {
    "CON-001": {"sap.movement": [{"quantity": 10}], "mes.movement": [{"quantity": 8}]},
    "CON-004": {"sap.movement": [{"batch": "C"}], "mes.movement": [{"batch": "B"}]},
    "CON-007": {"sap.component": [{}], "sap.work_order": [{"delivery_completed": True, "produced_quantity": 100}]},
    "CON-010": {"sap.movement": [{}], "mes.movement": [{}]},
    "GEN-008": {"mes.serial": [{"order_no": "1"}, {"order_no": "2"}]},
    "CON-012": {"sap.work_order": [{}], "mes.movement": [{}]},
    "CON-008": {"mes.movement": [{"kind": "by-product"}]},
    "GEN-002": {"sap.movement": [{}], "mes.work_order": [{"closed": True}]},
    "GEN-003": {"mes.movement": [{"kind": "output"}], "sap.component": [{}]},
    "GEN-004": {"sap.movement": [{}]},
    "CON-005": {"sap.movement": [{"reference": "E", "quantity": 5}, {"reference": "E", "quantity": 5}], "mes.movement": [{"reference": "E", "quantity": 5}]},
    "GEN-001": {"mes.genealogy_link": [{}]},
    "GEN-005": {"mes.genealogy_link": [{"output_material": "M", "output_batch": "B"}]},
    "GEN-010": {"sap.movement": [{"kind": "delivery"}]},
    "INT-002": {"sap.message": [{"kind": "backflush", "status": "failed"}]},
    "GEN-006": {"mes.genealogy_link": [{"consumed_at": "2026-03-01 10:00:00"}], "mes.movement": [{"kind": "output", "occurred_at": "2026-03-01 12:00:00"}]},
    "ORD-001": {"sap.work_order": [{}]},
    "ORD-006": {"sap.work_order": [{"closed": True, "closed_at": cases.COMPLETE_FROM}], "mes.movement": [{}]},
    "ORD-007": {"sap.work_order": [{}], "sap.operation": [{}], "mes.confirmation": [{"yield_quantity": 10}]},
    "ORD-009": {"mes.movement": [{"kind": "output"}]},
    "ORD-010": {"sap.work_order": [{}]},
    "ORD-011": {"sap.work_order": [{}], "sap.operation": [{}], "mes.operation": [{"finally_confirmed": True}]},
    "ORD-012": {"sap.work_order": [{}], "mes.work_order": [{"planned_quantity": 90}]},
    "ORD-013": {"sap.work_order": [{}], "sap.confirmation": [{"reference": "E"}], "mes.confirmation": [{"reference": "E", "cancelled": True}]},
    "ORD-015": {"sap.work_order": [{}], "mes.activity": [{}]},
    "ORD-016": {"mes.work_order": [{"source": "old_mes"}, {"source": "new_mes"}]},
    "STK-003": {"sap.stock": [{"stock_type": "07"}], "sap.material": [{"inspection_relevant": True}]},
    "STK-004": {"sap.inspection_lot": [{}], "qms.inspection_lot": [{"decision": "accepted"}]},
    "STK-005": {"sap.stock": [{}], "sap.batch": [{"restricted": False}], "qms.disposition": [{"decision": "conditional"}]},
    "STK-010": {"sap.inspection_lot": [{"stock_posting_required": True}]},
    "STK-011": {"qms.hold": [{}]},
    "STK-012": {"sap.stock": [{}], "qms.hold": [{"scope": "quantity"}]},
    "STK-019": {"sap.delivery_item": [{}], "sap.inspection_lot": [{"decision": None}]},
    "STK-020": {"sap.batch": [{"expires_on": "2026-06-30"}], "qms.batch": [{}]},
    "STK-009": {"sap.stock": [{}], "sap.batch": [{"expires_on": "2026-03-01"}]},
    "STK-001": {"sap.stock": [{}], "qms.hold": [{}]},
    "STK-006": {"mes.movement": [{"occurred_at": cases.CUT - timedelta(hours=24)}], "qms.hold": [{}]},
    "STK-007": {"sap.movement": [{"kind": "delivery", "delivery": "D1", "changed_at": cases.CUT - timedelta(hours=24)}], "qms.hold": [{}]},
    "STK-008": {"mes.location": [{"storage_location": "0001", "line_side": True}], "sap.stock": [{"quantity": 10}], "mes.stock": [{"quantity": 8}]},
    "STK-013": {"wms.stock": [{"bin": "A1"}], "qms.hold": [{}]},
    "STK-014": {"sap.delivery_item": [{"goods_issued": False}], "qms.hold": [{}]},
    "STK-015": {"sap.stock": [{"quantity": 10}], "wms.stock": [{"bin": "A1", "quantity": 8}]},
    "STK-016": {"sap.serial": [{"available": True}], "qms.hold": [{"scope": "serial", "serial_no": "1"}]},
    "STK-018": {"sap.stock": [{"special_stock": "O", "storage_location": None, "partner": "700"}], "qms.hold": [{}]},
    "STK-017": {"sap.stock": [{"material": "P", "batch": "O"}], "sap.genealogy_link": [{}], "qms.hold": [{}]},
    "MD-001": {"mes.movement": [{}]},
    "MD-002": {"sap.material": [{}], "mes.movement": [{"unit": "ROLL"}]},
    "MD-003": {"sap.work_order": [{"revision": "A"}], "mes.work_order": [{"revision": "B"}]},
    "MD-004": {"mes.bom_item": [{"material": "P", "component": "M", "quantity": 5, "unit": "KG", "base_quantity": 100}]},
    "MD-005": {"mes.routing_operation": [{"material": "P", "operation_no": "0010"}]},
    "MD-006": {"mes.operation": [{"resource": "X"}]},
    "MD-007": {"qms.characteristic": [{"material": "M", "characteristic": "PH"}]},
    "MD-008": {"mes.work_order": [{"status": "PARKED", "closed": None}]},
    "MD-009": {"sap.work_order": [{}], "mes.work_order": [{"recipe": "R"}]},
}
_ROWS = {"GEN-010": 3, "STK-018": 2}
"""How many things a pairing compares there, where it is not one: a chain is in three views, and a held batch lies at its plant and at the other."""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine whose canonical tables are empty until a test gives rows."""
    with engine.connect(WorkspaceSettings(threads=1)) as opened:
        engine.load_canonical(opened, {})
        yield opened


@pytest.mark.parametrize("rule_id", _FIRING)
def test_a_plant_without_a_cut_is_not_compared(rule_id: str, connection: duckdb.DuckDBPyConnection) -> None:
    """A plant whose sources are stale or missing has no cut: no row of it is in the population, and nothing fires. Nor for a system without one."""
    rule = RULES.rule(rule_id)
    judged = NO_PLANT if rule.pairing.plantless else "1000"
    for table in rule.pairing.tables:
        rows = _FIRING[rule_id].get(table, [{}] if table == "sap.unit_conversion" else [])
        given = rows if table == "sap.unit_conversion" else [row | {"plant": plant} for row in rows for plant in ("1000", "2000")]
        cases._put(connection, table, given, rule.cases_file)
    cases.follow(connection, rule)
    cut = engine.Cut("P01/100", judged, cases.CUT, cases.CUT - timedelta(hours=2), None, cases.CUT.date())
    for pairing in (*rule.pairing.builds_on, rule.pairing):
        engine.run_pairing(connection, pairing, [cut], pairing.front.params)
    assert engine.population(connection, rule.pairing) == {("P01/100", judged): _ROWS.get(rule_id, 1)}
    result = engine.run_rule(connection, rule, [cut], rule.front.params)
    assert set(connection.execute(f"SELECT plant FROM {result}").fetchall()) == {(judged,)}
    engine.run_pairing(connection, rule.pairing, [], rule.pairing.front.params)
    assert engine.population(connection, rule.pairing) == {}


def _columns(rule: Rule, connection: duckdb.DuckDBPyConnection) -> set[str]:
    """What the rule returns."""
    cases.judge(connection, rule, {"given": {}}, rule.cases_file)
    return {str(row[0]) for row in connection.execute(f'DESCRIBE "result {rule.id}"').fetchall()}


def test_what_the_front_matter_names_is_returned(connection: duckdb.DuckDBPyConnection) -> None:
    """The material that is valued, what raises the severity, what messages are found by, and what rules yield by, on both sides."""
    returned = {rule.id: _columns(rule, connection) for rule in RULES.rules.values()}
    for rule in RULES.rules.values():
        named = {rule.front.material, rule.front.raised.where if rule.front.raised else None} - {None}
        assert named <= returned[rule.id], rule.id
        assert {name for declared in rule.messages if declared.behind is None for name in declared.match} <= returned[rule.id], rule.id
        for yields in rule.front.yields_to:
            assert set(yields.match) <= returned[rule.id], rule.id
            assert set(yields.match.values()) <= returned[yields.rule], f"{rule.id} yields to {yields.rule}"


def test_every_pairing_is_among_those_tried() -> None:
    """One rule for each pairing about plants and what their sources tell suffices for the test above, and one that only others build on is tried with them."""
    tried = [RULES.rule(rule_id).pairing for rule_id in _FIRING]
    of_plants = {pairing.name for pairing in RULES.pairings.values() if not pairing.plantless and not pairing.noted}
    assert {pairing.name for one in tried for pairing in (one, *one.builds_on) if not pairing.plantless} == of_plants
