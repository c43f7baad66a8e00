"""Values for a part of the site: by plant, order type and material group, from a day on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon import shipped
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.rule import Pairing, Rule
from recon.ruleset import cases, load, parameters

RULES = load.load(shipped.folder("rules"))
PLANTS = ("1000", "2000")


@dataclass(frozen=True)
class Case:
    """An entry of scopes.yaml."""

    case: str
    rule: str
    parameters: str
    given: dict[str, list[dict[str, Any]]]
    expect: Any
    day: date = date(2026, 3, 10)


CASES = [Case(**entry) for entry in yaml.safe_load(Path(__file__).with_name("scopes.yaml").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_each_key_is_judged_by_its_own_values(case: Case) -> None:
    """A rule finds what it would find if the values of each key were those of the site, and no key twice."""
    site = tomllib.loads(case.parameters)
    assert parameters.check(RULES, site, PLANTS) == []
    rule = parameters.selecting(RULES, site).rule(case.rule)
    things: tuple[Rule | Pairing, ...] = (*rule.pairing.builds_on, rule.pairing, rule)
    names = [thing.id if isinstance(thing, Rule) else thing.name for thing in things]
    days = dict.fromkeys(PLANTS, case.day)
    overrides = {name: parameters.on(days, parameters.overrides(thing, site)) for name, thing in zip(names, things, strict=True)}
    given = {"given": case.given, "params": {key: value for name in names for key, value in site.get(name, {}).items() if key != "where"}}
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        engine.load_canonical(connection, {})
        found = cases.judged(connection, rule, given, cases.lay_out(connection, rule, given, Path("scopes.yaml")), overrides)
    assert cases.difference(case.expect, found) is None
