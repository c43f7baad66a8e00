"""What a finding leads to: the posting that would put it right, with everything that speaks against it, or the reason why there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest
import yaml

from recon import shipped
from recon.action import Guard
from recon.config import WorkspaceSettings
from recon.corrections.propose import Proposed, propose
from recon.engines import duckdb as engine
from recon.engines import messages
from recon.findings import collect, life
from recon.rule import Correction, Rule
from recon.ruleset import authority, cases, load

RULES = load.load(shipped.folder("rules"))
CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "proposals.yaml").read_text(encoding="utf-8"))
SYSTEM, PLANT = "P01/100", "1000"
OTHER_PLANT = "2000"
NOTHING: authority.Given = {}


@pytest.fixture(scope="module")
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        engine.load_canonical(connection, {})
        yield connection


@pytest.fixture
def connection(opened: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The canonical tables, empty again afterwards."""
    yield opened
    for (table,) in opened.execute("SELECT replace(table_name, 'given ', '') FROM duckdb_tables() WHERE table_name LIKE 'given %'").fetchall():
        cases._put(opened, table, [], Path("proposals.yaml"))


def proposals(
    connection: duckdb.DuckDBPyConnection, rule: Rule, given: dict[str, Any], value_limit: str | None = None, said: authority.Given = NOTHING
) -> list[dict[str, Any]]:
    """Judge a rule over the given rows, settle its findings as on a first night, and propose."""
    for table, rows in given.items():
        if table not in rule.pairing.tables:
            carrying = cases.CARRYING if table.endswith(".message") else {}
            cases._put(connection, table, [carrying | row for row in rows], Path("proposals.yaml"))
    cases.judge(connection, rule, {"given": {table: rows for table, rows in given.items() if table in rule.pairing.tables}}, Path("proposals.yaml"))
    collect.prepare(connection, {PLANT: "EUR"})
    collect.collect(connection, rule, f'"result {rule.id}"', rule.front.owner)
    collect.gather_rows(connection, [rule])
    messages.hear(connection, RULES.carried, {})
    collect.explain(connection, [rule], {rule.pairing.name: [engine.Cut(SYSTEM, PLANT, cases.CUT, cases.CUT, None, cases.CUT.date())]})
    life.create_findings(connection)
    connection.execute(
        "INSERT INTO finding BY NAME SELECT * EXCLUDE (in_flight), CASE WHEN in_flight THEN 'in flight' ELSE 'new' END AS state, 1 AS nights_open, "
        "0 AS in_flight_nights FROM fired"
    )
    run_proposals(connection, rule, given, value_limit, said)
    return rows_of(connection)


def run_proposals(
    connection: duckdb.DuckDBPyConnection, rule: Rule, given: dict[str, Any], value_limit: str | None = None, said: authority.Given = NOTHING
) -> Proposed:
    supplied = [(table, SYSTEM, PLANT) for table in given]
    limit = Decimal(value_limit) if value_limit else None
    return propose(
        connection, RULES.rules | {rule.id: rule}, RULES.actions, [rule.id], collect.relation, collect.rows_behind, supplied,
        [(SYSTEM, PLANT, date(2026, 3, 10))], limit,
        {rule.id: {plant: authority.believed(rule, plant, said) for plant in (PLANT, OTHER_PLANT)}},
    )  # fmt: skip


def rows_of(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    cursor = connection.execute("SELECT * FROM proposal ORDER BY finding_id")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def asked_of(payload: Any, expected: Any) -> Any:
    """Of a payload what the case asks about: the names that it gives, at every depth."""
    if isinstance(expected, dict) and isinstance(payload, dict):
        return {name: asked_of(payload.get(name), value) for name, value in expected.items() if name in payload}
    if isinstance(expected, list) and isinstance(payload, list) and len(expected) == len(payload):
        return [asked_of(line, value) for line, value in zip(payload, expected, strict=True)]
    return payload


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_finding_leads_to_its_proposal(connection: duckdb.DuckDBPyConnection, case: dict[str, Any]) -> None:
    """The one proposal of the case says what is expected of it."""
    limit = str(case["value_limit"]) if "value_limit" in case else None
    rule, said = RULES.rules[case["rule"]], {case["rule"]: {PLANT: case["authority"]}} if "authority" in case else NOTHING
    if "correction" in case:
        correction = Correction.model_validate({"text": "The site's own."} | case["correction"])
        rule = replace(rule, front=rule.front.model_copy(update={"correction": correction}))
    (found,) = proposals(connection, rule, case["given"], limit, said)
    expect = dict(case["expect"])
    assert (found["status"], found["reason"] if found["status"] == "proposed" else None) == (expect["status"], None), found
    for name in ("action", "believed", "interface"):
        if name in expect:
            assert found[name] == expect[name]
    for name in ("words", "reason"):
        if name in expect:
            assert found[name].startswith(expect[name])
    states = {guard["guard"]: guard["state"] for guard in json.loads(found["guards"] or "[]")}
    assert {name: states.get(name) for name in expect.get("guards", {})} == expect.get("guards", {})
    if "open_check" in expect:
        assert any(check.startswith(expect["open_check"]) for check in json.loads(found["open_checks"]))
    if "payload" in expect:
        assert asked_of(json.loads(found["payload"]), expect["payload"]) == expect["payload"]


def test_every_action_has_a_case_that_asserts_its_payload() -> None:
    """A payload that would do nothing, or the wrong thing, is seen in the case of its action."""
    asserted = {case["expect"]["action"] for case in CASES if "payload" in case["expect"] and "action" in case["expect"]}
    assert sorted(set(RULES.actions) - asserted) == []


def test_every_guard_has_a_case_that_it_refuses_and_one_that_it_lets_pass() -> None:
    """A guard that was turned round would be noticed."""
    told = {(guard, state) for case in CASES for guard, state in case["expect"].get("guards", {}).items()}
    # What was posted under its own reference needs a first proposal: test_what_was_posted_under_its_reference_is_not_proposed_again.
    wanted = {(guard, state) for guard in set(get_args(Guard)) - {"not-posted-yet"} for state in ("refuses", "holds")}
    assert sorted(wanted - told) == []


def test_the_same_correction_is_the_same_reference(connection: duckdb.DuckDBPyConnection) -> None:
    """Its id is what it is posted under (16 characters, as SAP's reference field has): the same tomorrow, and another for another quantity."""
    rule, posted = RULES.rules["CON-002"], {"mes.movement": [{"quantity": 10}]}
    (first,), (second,) = proposals(connection, rule, posted), proposals(connection, rule, posted)
    (other,) = proposals(connection, rule, {"mes.movement": [{"quantity": 11}]})
    assert first["proposal_id"] == second["proposal_id"] != other["proposal_id"]
    assert len(first["proposal_id"]) == 16
    assert json.loads(first["payload"])["GOODSMVT_HEADER"]["REF_DOC_NO"] == first["proposal_id"]


@pytest.mark.parametrize(
    ("plants", "period", "state"),
    [(["1000"], True, "holds"), (["1000"], False, "refuses"), (["1000", "2000"], True, "open")],
    ids=["open at its plant", "closed at its plant", "of several plants"],
)
def test_what_belongs_to_no_plant_is_looked_at_where_its_rows_are(
    connection: duckdb.DuckDBPyConnection, plants: list[str], period: bool, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guards of a finding at no plant are looked at in the one plant whose rows are behind it; of several nobody can say, and nothing is assumed."""
    action = RULES.actions["sap.maintain-conversion"]
    front = action.front.model_copy(update={"guards": ["period-open", "not-posted-yet"]})
    monkeypatch.setitem(RULES.actions, action.name, replace(action, front=front))
    periods = [
        {"plant": plant, "kind": kind, "fiscal_year": "2026", "period": "003", "first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31), "open": period}
        for plant in plants
        for kind in ("inventory", "finance")
    ]
    counted = [{"plant": plant, "unit": "ROLL"} for plant in plants]
    given = {"sap.material": [{}], "mes.movement": counted, "sap.posting_period": periods}
    (found,) = proposals(connection, RULES.rules["MD-002"], given)
    states = {guard["guard"]: guard["state"] for guard in json.loads(found["guards"])}
    assert found["plant"] == "*"
    assert states["period-open"] == state
    assert states["not-posted-yet"] == ("open" if len(plants) > 1 else "holds")


def test_what_was_posted_under_its_reference_is_not_proposed_again(connection: duckdb.DuckDBPyConnection) -> None:
    """A posting that SAP has, although the finding still stands, is told and not repeated."""
    rule, given = RULES.rules["CON-002"], {"mes.movement": [{"quantity": 10}]}
    (first,) = proposals(connection, rule, given)
    posted = {"movement_id": "70/2026/1", "order_no": "9", "kind": "other", "quantity": 10, "reference": first["proposal_id"]}
    (second,) = proposals(connection, rule, given | {"sap.movement": [posted]})
    assert (second["status"], second["reason"]) == ("refused", "posted already, as document 70/2026/1")


def test_a_consequence_and_a_waived_finding_get_no_proposal(connection: duckdb.DuckDBPyConnection) -> None:
    """What hangs under another finding is put right with it; what a person accepted is left alone."""
    rule, given = RULES.rules["CON-002"], {"mes.movement": [{"quantity": 10}, {"quantity": 3, "batch": "C"}]}
    proposals(connection, rule, given)
    connection.execute("UPDATE finding SET consequence_of = 'x' WHERE batch = 'B'; UPDATE finding SET state = 'waived' WHERE batch = 'C'")
    assert run_proposals(connection, rule, given) == Proposed(0, 0, 2)
    assert {row["reason"].split(":")[0] for row in rows_of(connection)} == {"it hangs under another finding, and that one is put right first", "waived"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"authority": "-", "correction": "Decide."}, "person decides: no side is believed by itself"),
        ({"authority": "site", "correction": "Decide."}, "person decides: which side is believed is the site's to say"),
        ({"correction": "Post it."}, "no action is declared for this correction"),
    ],
)
def test_a_correction_that_is_a_text_alone_proposes_nothing(connection: duckdb.DuckDBPyConnection, change: dict[str, str], reason: str) -> None:
    """The text stands beside the finding, and the reason why nothing is proposed."""
    rule = RULES.rules["CON-002"]
    changed = Rule(rule.front.model_copy(update=change), rule.pairing, rule.sql, rule.file, rule.version)
    (found,) = proposals(connection, changed, {"mes.movement": [{"quantity": 10}]})
    assert (found["status"], found["reason"], found["correction"], found["proposal_id"]) == ("none", reason, change["correction"], None)


def test_a_release_needs_the_decision_that_it_rests_on(connection: duckdb.DuckDBPyConnection) -> None:
    """Where a rule names a release, findings without an accepting decision get none: the absence of a hold releases nothing."""
    rule = RULES.rules["STK-002"]
    correction = Correction(text="Release it.", action="sap.unrestrict-batch", released_by="qms_decision")
    releasing = Rule(rule.front.model_copy(update={"correction": correction}), rule.pairing, rule.sql, rule.file, rule.version)
    (found,) = proposals(connection, releasing, {"sap.stock": [{"quantity": 5}], "qms.disposition": [{"decision": "rejected"}]})
    assert (found["status"], found["action"]) == ("none", None)


DATES = {
    "sap.batch": [
        {"expires_on": date(2026, 6, 30), "produced_on": date(2026, 1, 1)},
        {"plant": "2000", "expires_on": date(2026, 6, 30), "produced_on": date(2026, 1, 1)},
    ],
    "qms.batch": [
        {"plant": "1000", "expires_on": date(2026, 5, 31), "produced_on": date(2026, 1, 1)},
        {"plant": "2000", "expires_on": date(2026, 5, 31), "produced_on": date(2026, 1, 1)},
    ],
}
"""The batch expires on another day for quality, at both plants."""


class TestWhomTheSiteBelieves:
    """[authority] in recon.toml."""

    def test_what_is_believed_is_not_corrected(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The rule believes the MES and corrects SAP; a site that believes SAP is not told to change it."""
        given = {"mes.movement": [{"quantity": 10}]}
        (found,) = proposals(connection, RULES.rules["CON-002"], given, said={"CON-002": {PLANT: "sap"}})
        assert (found["status"], found["believed"], found["action"]) == ("none", "sap", None)
        assert found["reason"] == "the site believes SAP here, and no action of the rule corrects another side"

    def test_nobody_is_believed(self, connection: duckdb.DuckDBPyConnection) -> None:
        (found,) = proposals(connection, RULES.rules["CON-002"], {"mes.movement": [{"quantity": 10}]}, said={"CON-002": {PLANT: "-"}})
        assert (found["status"], found["believed"], found["because"]) == ("none", None, None)
        assert found["reason"] == "person decides: the site believes no side by itself here"

    def test_another_plant_is_none_of_its_business(self, connection: duckdb.DuckDBPyConnection) -> None:
        (found,) = proposals(connection, RULES.rules["CON-002"], {"mes.movement": [{"quantity": 10}]}, said={"CON-002": {"2000": "sap"}})
        assert (found["status"], found["believed"]) == ("proposed", "mes")

    def test_the_site_says_what_the_rule_leaves_to_it(self, connection: duckdb.DuckDBPyConnection) -> None:
        """A rule that leaves it to the site proposes nothing until the site has said whom it believes."""
        rule = RULES.rules["CON-002"]
        left_open = Rule(rule.front.model_copy(update={"authority": "site"}), rule.pairing, rule.sql, rule.file, rule.version)
        given = {"mes.movement": [{"quantity": 10}]}
        (silent,) = proposals(connection, left_open, given)
        (said,) = proposals(connection, left_open, given, said={"CON-002": {PLANT: "mes"}})
        assert (silent["status"], silent["reason"]) == ("none", "person decides: which side is believed is the site's to say")
        assert (said["status"], said["action"], said["because"]) == ("proposed", "sap.post-goods-issue", "the site believes it here")

    def test_a_field_at_one_plant_turns_its_correction_round(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The same difference at two plants: at the one SAP is put right by quality, at the other quality by SAP."""
        found = proposals(connection, RULES.rules["STK-020"], DATES, said={"batch.expires_on": {"*": "qms", "2000": "sap"}})
        assert {row["plant"]: (row["status"], row["believed"], row["action"]) for row in found} == {
            "1000": ("proposed", "qms", "sap.correct-batch-dates"),
            "2000": ("proposed", "sap", "qms.correct-record"),
        }
        assert {row["because"] for row in found} == {"the site believes it here"}

    def test_what_is_said_of_the_rule_goes_before_what_is_said_of_a_field(self, connection: duckdb.DuckDBPyConnection) -> None:
        said: authority.Given = {"batch.expires_on": {"1000": "sap"}, "STK-020": "qms"}
        found = proposals(connection, RULES.rules["STK-020"], DATES, said=said)
        assert {row["believed"] for row in found} == {"qms"}

    def test_a_field_that_does_not_differ_says_nothing(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The site believes the MES about the day of manufacture, and on that all agree."""
        found = proposals(connection, RULES.rules["STK-020"], DATES, said={"batch.produced_on": "mes"})
        assert {(row["status"], row["reason"]) for row in found} == {("none", "person decides: which side is believed is the site's to say")}

    def test_fields_that_differ_and_are_believed_of_several_sides(self, connection: duckdb.DuckDBPyConnection) -> None:
        """No one side is right, so a person decides."""
        given = DATES | {"qms.batch": [{"plant": "1000", "expires_on": date(2026, 5, 31), "produced_on": date(2026, 1, 2)}]}
        (found,) = proposals(connection, RULES.rules["STK-020"], given, said={"batch.expires_on": "qms", "batch.produced_on": "sap"})
        assert (found["status"], found["believed"], found["because"]) == ("none", None, None)
        assert found["reason"] == "person decides: the site believes several sides here: batch.expires_on QMS, batch.produced_on SAP"

    @pytest.mark.parametrize(
        ("differs", "believed", "action"),
        [
            (["mes"], "qms", "mes.correct-record"),
            (["mes"], "mes", "sap.correct-batch-dates"),
            (["mes"], "sap", "mes.correct-record"),
            (["qms"], "mes", "qms.correct-record"),
            (["qms", "mes"], "mes", "sap.correct-batch-dates"),
            (["qms", "mes"], "sap", "qms.correct-record"),
        ],
    )
    def test_of_three_sides_one_is_corrected(self, connection: duckdb.DuckDBPyConnection, differs: list[str], believed: Any, action: str) -> None:
        """The one that differs from the believed one; what agrees with it is left alone."""
        told = {f"{side}.batch": [{"plant": PLANT, "expires_on": date(2026, 5 if side in differs else 6, 30)}] for side in ("sap", "qms", "mes")}
        (found,) = proposals(connection, RULES.rules["STK-020"], told, said={"batch.expires_on": believed})
        assert (found["believed"], found["action"]) == (believed, action)

    def test_where_the_rule_has_a_text_alone(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Whom the site believes is told, and that no action is declared."""
        rule = RULES.rules["CON-002"]
        decided = Rule(rule.front.model_copy(update={"authority": "-", "correction": "Look."}), rule.pairing, rule.sql, rule.file, rule.version)
        (found,) = proposals(connection, decided, {"mes.movement": [{"quantity": 10}]}, said={"movement.quantity": "mes"})
        assert (found["status"], found["believed"], found["reason"]) == ("none", "mes", "no action is declared for this correction")
