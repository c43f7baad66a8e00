"""Action files: what is wrong with one is told with its file, and a release of stock never rests on an absence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recon import shipped
from recon.errors import ReconError
from recon.ruleset import lint, load

SHIPPED = shipped.folder("rules")


def site(tmp_path: Path, file: str, *changes: tuple[str, str]) -> Path:
    """A site's folder of rules with one shipped file, changed."""
    original = next(SHIPPED.rglob(file))
    changed = tmp_path / "rules" / original.relative_to(SHIPPED)
    changed.parent.mkdir(parents=True, exist_ok=True)
    text = original.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    changed.write_text(text, encoding="utf-8")
    if original.suffix == ".sql":
        shutil.copyfile(original.with_name(original.stem + ".cases.yaml"), changed.with_name(original.stem + ".cases.yaml"))
    return tmp_path / "rules"


CON_002 = "CON-002-not-issued-in-sap.sql"
ISSUE = "sap.post-goods-issue.yaml"


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (ISSUE, ("{quantity} {unit} of", "{quantiy} {unit} of"), "words: {quantiy} is no field of the action\n  Tip: did you mean {quantity}?"),
        (ISSUE, ('"{storage_location}"', '"{place}"'), "interface.payload: {place} is no field of the action"),
        (ISSUE, ("transaction:", "transacton:"), "`transacton` is not a known key (did you mean `transaction`?)"),
        (ISSUE, ("no-message", "no-mesage"), "`guards.0`: \"no-mesage\" is none of 'no-message'"),
        (ISSUE, ("rows: mes.movement", "rows: mes.movements"), "fields.storage_location: mes.movements is not a canonical table"),
        (ISSUE, ("column: storage_location}, {", "column: location}, {"), "fields.storage_location: mes.movement has no column location"),
        (ISSUE, ('movement_types: ["261"]', 'movement_types: ["343"]'), "posts 343, which makes stock usable, and calls its effect post"),
        (ISSUE, ("action: sap.post-goods-issue", "action: sap.issue"), "declares sap.issue, so its name must be sap.issue.yaml"),
        (ISSUE, ("effect: post", "effect: [post"), "is not YAML"),
        (
            CON_002,
            ("action: sap.post-goods-issue", "action: sap.post-goods-isue"),
            "'sap.post-goods-isue' is not an action\n  Tip: did you mean sap.post-goods-issue?",
        ),
        (CON_002, ("when: difference > 0", "when: difference > 0, fields: {colour: unit}"), "sap.post-goods-issue has no field colour"),
        (CON_002, ("authority: mes", "authority: '-'"), "believes no side and names an action"),
        (CON_002, ("  ways:", "  way:"), "`correction.way` is not a known key"),
        (CON_002, ("action: sap.post-goods-issue, when", "action: sap.unrestrict-batch, when"), "releases stock, and nothing says on whose decision"),
    ],
)
def test_what_is_wrong_is_told_of_its_file(tmp_path: Path, file: str, change: tuple[str, str], message: str) -> None:
    """Loading, and so `recon rules lint`, names the file and what to do."""
    with pytest.raises(ReconError) as raised:
        load.load(SHIPPED, site(tmp_path, file, change))
    assert message in str(raised.value)
    assert file in str(raised.value)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (CON_002, ("when: difference > 0", "when: diffrence > 0"), "when: names diffrence"),
        (CON_002, ("when: difference > 0", "when: random() > 0"), "when: uses Rand"),
        (CON_002, ("when: difference > 0", "when: 'true) OR (true'"), "when: is not one condition"),
        (CON_002, ("when: difference > 0", "when: difference > 0, fields: {quantity: amount}"), "takes quantity from amount, which the rule does not return"),
        (
            CON_002,
            ("when: difference > 0", "when: difference > 0, fields: {batch: {rows: sap.movement, column: batch, match: {amount: batch}}}"),
            "matches the rows of batch by amount, which the rule does not return",
        ),
        ("sap.block-batch-stock.yaml", ("where: stock_type = '01'", "where: stocktype = '01'"), "where: names stocktype"),
    ],
)
def test_lint_reads_the_conditions(tmp_path: Path, file: str, change: tuple[str, str], message: str) -> None:
    """SQL in corrections and actions is held to the allow-list and to the columns that are there."""
    problems = lint.lint(load.load(SHIPPED, site(tmp_path, file, change)))
    assert any(message in str(problem) for problem in problems), problems


def test_a_release_may_rest_on_a_decision_that_is_there(tmp_path: Path) -> None:
    """With the column of the decision a release loads; a column that the rule does not return is a problem."""
    change = (
        "  ways:\n    - {action: sap.post-goods-issue, when: difference > 0}",
        "  released_by: qms_decision\n  ways:\n    - {action: sap.unrestrict-batch}",
    )
    problems = lint.lint(load.load(SHIPPED, site(tmp_path, CON_002, change)))
    assert [problem.what for problem in problems] == ["is released by qms_decision, which the rule does not return"]


def test_shipped_actions_release_nothing_by_movement() -> None:
    """No shipped action posts unrestricted stock out of inspection or blocked stock."""
    actions = load.load(SHIPPED).actions.values()
    assert [action.name for action in actions if {"321", "343"}.intersection(action.front.movement_types)] == []


def test_a_sites_action_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    """The transaction that the site uses is the one that is proposed."""
    rules = load.load(SHIPPED, site(tmp_path, ISSUE, ("transaction: MIGO", "transaction: ZMIGO")))
    assert rules.actions["sap.post-goods-issue"].front.transaction.startswith("ZMIGO")
    assert rules.actions["sap.post-goods-issue"].file in rules.site_files
