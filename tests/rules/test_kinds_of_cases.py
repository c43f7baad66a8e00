"""Every rule has cases of every kind that docs/rules.md promises, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recon import shipped
from recon.frontmatter import yaml_of
from recon.rule import Pairing, Rule
from recon.ruleset import load

from .kinds import KINDS, Case, Edge, differ_by_one_row, edges, thresholds

RULES = load.load(shipped.folder("rules"))
TOLD: Mapping[str, Any] = yaml_of(Path(__file__).with_name("kinds.yaml").read_text(encoding="utf-8"))
"""What cannot be, and why."""


@cache
def _cases(rule_id: str) -> list[Case]:
    rule = RULES.rule(rule_id)
    return [Case(rule, said) for said in yaml_of(rule.cases_file.read_text(encoding="utf-8"))]


@cache
def _edges(rule_id: str) -> list[Edge]:
    return list(edges(_cases(rule_id)))


def _owners() -> dict[str, tuple[Rule | Pairing, list[str]]]:
    """Rule or pairing → itself, and the rules whose cases show the edges of its thresholds."""
    own: dict[str, tuple[Rule | Pairing, list[str]]] = {rule.id: (rule, [rule.id]) for rule in RULES.rules.values()}
    return own | {
        pairing.name: (pairing, [rule.id for rule in RULES.rules.values() if pairing in (rule.pairing, *rule.pairing.builds_on)])
        for pairing in RULES.pairings.values()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_has_a_case_of_the_kind(kind: str) -> None:
    """But those of which kinds.yaml says why they cannot have one, and it says so of no other."""
    lacking = {rule_id for rule_id in RULES.rules if not any(KINDS[kind](case) for case in _cases(rule_id))}
    told = set(TOLD["kinds"].get(kind, {}))
    assert lacking - told == set(), f"they lack a case of the kind {kind!r}"
    assert told - lacking == set(), f"kinds.yaml says that they need no case of the kind {kind!r}, and they have one"


def test_both_sides_of_every_threshold_are_tried() -> None:
    """Two cases alike but for one number: the threshold lies between them, hardly beside either, and they do not fire alike."""
    lacking = {
        (owner, name)
        for owner, (thing, rule_ids) in _owners().items()
        for name, shipped_value in thresholds(thing).items()
        if not any(edge.of(name, shipped_value) for rule_id in rule_ids for edge in _edges(rule_id))
    }
    told = {(owner, name) for owner, names in TOLD["edges"].items() for name in names}
    assert lacking - told == set(), "no two cases show these thresholds"
    assert told - lacking == set(), "kinds.yaml says that no two cases show these thresholds, and they do"


def test_what_shows_a_threshold_otherwise_does() -> None:
    """The two cases that kinds.yaml names are there, have all but one row in common, and do not fire alike."""
    for owner, names in TOLD["edges"].items():
        by_name = {case.said["case"]: case for rule_id in _owners()[owner][1] for case in _cases(rule_id)}
        for name, told in names.items():
            if "cases" in told:
                one, other = (by_name[case] for case in told["cases"])
                assert differ_by_one_row(one, other), (owner, name)


def test_every_exception_has_a_reason() -> None:
    """And names a kind that there is."""
    assert set(TOLD) == {"kinds", "edges"}
    assert set(TOLD["kinds"]) <= set(KINDS)
    reasons = [why for rules in TOLD["kinds"].values() for why in rules.values()] + [told["why"] for names in TOLD["edges"].values() for told in names.values()]
    assert all(isinstance(why, str) and why for why in reasons)


FOUND = [{"state": "new"}]
TELLING: dict[str, tuple[str, str, dict[str, Any], Any, bool]] = {
    "something is found": ("must fire", "CON-001", {"sap.movement": [{}]}, FOUND, True),
    "it is in flight": ("must fire", "CON-001", {"sap.movement": [{}]}, [{"state": "in flight"}], False),
    "its state is not said": ("must fire", "CON-001", {"sap.movement": [{}]}, [{"quantity": 1}], False),
    "it cannot be judged": ("must fire", "CON-001", {"sap.movement": [{}]}, [{"not_evaluated": "ambiguous"}], False),
    "nothing is found": ("must not fire", "CON-001", {"sap.movement": [{}]}, "none", True),
    "there is nothing": ("must not fire", "CON-001", {"sap.movement": []}, "none", False),
    "SAP has it alone": ("one side absent", "CON-001", {"sap.movement": [{}]}, "none", True),
    "both sides have it": ("one side absent", "CON-001", {"sap.movement": [{}], "mes.movement": [{}]}, "none", False),
    "each side has another": ("one side absent", "CON-001", {"sap.movement": [{}], "mes.movement": [{"batch": "C"}]}, "none", True),
    "the MES has something of another kind": ("one side absent", "CON-001", {"sap.movement": [{}], "mes.movement": [{"kind": "output"}]}, "none", True),
    "nobody has what is compared": ("one side absent", "CON-001", {"mes.movement": [{"kind": "output"}], "sap.work_order": [{}]}, "none", False),
    "zeros in front of an order": ("one side absent", "ORD-005", {"sap.work_order": [{"order_no": "001"}], "mes.work_order": [{}]}, "none", False),
    "two sources tell a row": ("duplicate", "CON-001", {"sap.material": [{}, {"source": "other"}]}, FOUND, True),
    "two sources tell an ambiguous row": ("duplicate", "ORD-001", {"sap.work_order": [{}, {"source": "other"}]}, [{"not_evaluated": "ambiguous"}], True),
    "two sources tell a row, and nothing is found": ("duplicate", "CON-001", {"sap.material": [{}, {"source": "other"}]}, "none", False),
    "two sources tell different rows": ("duplicate", "CON-001", {"sap.material": [{}, {"source": "other", "base_unit": "G"}]}, FOUND, False),
    "two events that are alike": ("duplicate", "CON-001", {"sap.movement": [{}, {}]}, FOUND, False),
    "no batch": ("NULL or blank", "CON-001", {"sap.movement": [{"batch": None}]}, FOUND, True),
    "a blank batch": ("NULL or blank", "CON-001", {"sap.movement": [{"batch": " "}]}, FOUND, True),
    "no value where nobody looks": ("NULL or blank", "CON-001", {"sap.movement": [{"customer": None}]}, FOUND, False),
    "what moves is in flight": ("in flight", "CON-001", {"sap.movement": [{"moving": True}]}, [{"state": "in flight"}], True),
    "what moves is found": ("in flight", "CON-001", {"sap.movement": [{"moving": True}]}, FOUND, False),
    "what moves is left alone by a rule without flight": ("in flight", "ORD-001", {"sap.work_order": [{"moving": True}]}, "none", True),
    "what a message puts in flight has settled": ("in flight", "CON-001", {"sap.movement": [{"changed_at": "cut -2h"}]}, [{"state": "in flight"}], False),
    "what changed when the settle time began": ("just settled", "CON-001", {"sap.movement": [{"changed_at": "cut -2h"}]}, FOUND, True),
    "what changed before it": ("just settled", "CON-001", {"sap.movement": [{"changed_at": "cut -3h"}]}, FOUND, False),
}


@pytest.mark.parametrize(("kind", "rule_id", "given", "expect", "is_one"), TELLING.values(), ids=TELLING.keys())
def test_the_kind_is_told_by_the_content(kind: str, rule_id: str, given: dict[str, Any], expect: Any, is_one: bool) -> None:
    """Both what is of a kind and what only looks like it."""
    assert KINDS[kind](Case(RULES.rule(rule_id), {"case": "one", "given": given, "expect": expect})) is is_one


SIDES: dict[str, tuple[str, float, Any, Any, bool]] = {
    "just within and just beyond": ("rel_tol", 0.005, 9.95, 9.949, True),
    "far beyond": ("rel_tol", 0.005, 9.95, 8, False),
    "both beyond": ("rel_tol", 0.005, 9.949, 9.948, False),
    "of another threshold": ("abs_tol", 0.001, 9.95, 9.949, False),
    "an absolute one": ("abs_tol", 0.001, 9.999, 9.998999, True),
}


@pytest.mark.parametrize(("name", "shipped_value", "within", "beyond", "is_one"), SIDES.values(), ids=SIDES.keys())
def test_an_edge_is_told_by_the_content(name: str, shipped_value: float, within: float, beyond: float, is_one: bool) -> None:
    """Ten in the MES, and SAP's quantity on either side of the threshold."""
    said = [
        {"case": "one", "given": {"sap.movement": [{"quantity": quantity}], "mes.movement": [{"quantity": 10}]}, "expect": expect}
        for quantity, expect in ((within, "none"), (beyond, FOUND))
    ]
    (edge,) = edges([Case(RULES.rule("CON-001"), one) for one in said])
    assert edge.of(name, shipped_value) is is_one


def test_cases_that_fire_alike_show_no_edge() -> None:
    """However close they are, and so do cases that differ in two numbers."""
    rule = RULES.rule("CON-001")
    first, alike, other = (
        Case(rule, {"case": "one", "given": {"sap.movement": [{"quantity": sap}], "mes.movement": [{"quantity": mes}]}, "expect": expect})
        for sap, mes, expect in ((9.95, 10, "none"), (9.949, 10, "none"), (9.949, 10.001, FOUND))
    )
    assert list(edges([first, alike])) == []
    assert list(edges([first, other])) == []


def test_moments_are_measured_in_the_unit_of_the_threshold() -> None:
    """Five minutes before the batch was made, and one more second."""
    rule = RULES.rule("GEN-006")
    made = {"kind": "output", "occurred_at": "2026-03-01 12:00:00"}
    within, beyond = (
        Case(rule, {"case": "one", "given": {"mes.genealogy_link": [{"consumed_at": at}], "mes.movement": [made]}, "expect": expect})
        for at, expect in (("2026-03-01 11:55:00", "none"), ("2026-03-01 11:54:59", FOUND))
    )
    (edge,) = edges([within, beyond])
    assert edge.of("tolerance_minutes", 5)
    assert not edge.of("tolerance_minutes", 6)
    assert not edge.of("download_horizon_days", 5)
