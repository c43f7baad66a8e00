"""Parameters come from the rule file or from recon.toml, and whatever of recon.toml does not fit is told."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from recon import shipped
from recon.errors import ConfigurationError
from recon.ruleset import load, parameters

RULES = load.load(shipped.folder("rules"))

FITTING: dict[str, str] = {
    "a decimal": "[CON-001]\nrel_tol = 0.01",
    "a whole number for a decimal": "[CON-001]\nrel_tol = 1",
    "a decimal for a whole number": "[ORD-001]\ndownload_horizon_days = 0.5",
    "zero": "[CON-001]\nabs_tol = 0",
    "a list of texts": '[consumption]\norder_types = ["PP01"]',
    "an empty list": "[consumption]\norder_types = []",
    "an entry for a plant": '[[CON-001.where]]\nplant = "1000"\nrel_tol = 0.01',
    "an entry with every selector": """[[CON-001.where]]
        plant = ["1000", "2000"]
        order_type = ["ZP01"]
        material_group = "PACK"
        effective_from = 2026-01-01
        abs_tol = 5
        rel_tol = 0.01""",
    "an entry of a pairing": '[[consumption.where]]\nplant = "1000"\norder_types = ["ZP01"]',
    "the material group of an order's own material": '[[ORD-001.where]]\nmaterial_group = "PACK"\ndownload_horizon_days = 3',
    "the material group where the key has no order": '[[batch_restriction.where]]\nmaterial_group = "PACK"\nrestricted_use_suffices = false',
    "nothing": "",
}


@pytest.mark.parametrize("text", FITTING.values(), ids=FITTING.keys())
def test_what_fits(text: str) -> None:
    """No error."""
    assert parameters.check(RULES, tomllib.loads(text), ("1000", "2000")) == []


WRONG: dict[str, tuple[str, str, str]] = {
    "a misspelt parameter": ("[CON-001]\nrel_tolerance = 0.01", "parameters.CON-001.rel_tolerance: is not a parameter of CON-001", "did you mean rel_tol?"),
    "a parameter of nothing like it": ("[CON-001]\nx = 1", "parameters.CON-001.x: is not a parameter of CON-001", "known: abs_tol, rel_tol"),
    "a rule without parameters": ("[STK-001]\nx = 1", "is not a parameter of STK-001", "known: none"),
    "a misspelt rule": ("[CON-01]\nrel_tol = 0.01", "parameters.CON-01: is neither a rule nor a pairing", "did you mean CON-0"),
    "a misspelt pairing": ('[consumtion]\norder_types = ["A"]', "parameters.consumtion: is neither a rule nor a pairing", "did you mean consumption?"),
    "a text for a number": ('[CON-001]\nrel_tol = "0.01"', "is a text, and has to be a number such as 0.005", ""),
    "yes or no for a number": ("[CON-001]\nrel_tol = true", "is yes or no, and has to be a number", ""),
    "a text for a list": ('[consumption]\norder_types = "PP01"', "is a text, and has to be a list of texts", ""),
    "numbers in a list of texts": ("[consumption]\norder_types = [1, 2]", "is a list of other things than texts, and has to be a list of texts", ""),
    "a date for a number": ("[CON-001]\nrel_tol = 2026-01-01", "is a date, and has to be a number", ""),
    "not a number": ("[CON-001]\nrel_tol = nan", "is nan, and has to lie between -1,000,000 and 1,000,000", ""),
    "infinity": ("[CON-001]\nrel_tol = inf", "is inf, and has to lie between", ""),
    "too large a number": ("[CON-001]\nrel_tol = 1e9", "has to lie between", ""),
    "a misspelt selector": (
        '[[CON-001.where]]\norder_typ = "ZP01"\nabs_tol = 5',
        "parameters.CON-001.where, entry 1: order_typ: is neither a selector nor a parameter of CON-001",
        "did you mean order_type?",
    ),
    "a misspelt parameter in an entry": ('[[CON-001.where]]\nplant = "1000"\nabs_tol = 5\nreltol = 1', "entry 1: reltol: is neither", "did you mean rel_tol?"),
    "a wrong value in the second entry": (
        '[[CON-001.where]]\nabs_tol = 5\n[[CON-001.where]]\nabs_tol = "5"',
        "parameters.CON-001.where, entry 2: abs_tol: is a text, and has to be a number such as 0.001",
        "",
    ),
    "a plant that is not declared": (
        '[[CON-001.where]]\nplant = ["1000", "200"]\nabs_tol = 5',
        "entry 1: plant: names '200', which has no [plants.200]",
        "2000",
    ),
    "a plant as a number": ("[[CON-001.where]]\nplant = 1000\nabs_tol = 5", "plant: is a number, and has to be a text or a list of texts", ""),
    "a selector that names nothing": ("[[CON-001.where]]\norder_type = []\nabs_tol = 5", "entry 1: order_type: names nothing", "leave it out"),
    "a day as a text": ('[[CON-001.where]]\neffective_from = "2026-01-01"\nabs_tol = 5', "effective_from: is a text, and has to be a day without quotes", ""),
    "a moment for a day": ("[[CON-001.where]]\neffective_from = 2026-01-01T00:00:00Z\nabs_tol = 5", "effective_from: is a datetime, and has to be a day", ""),
    "an entry that changes nothing": ('[[CON-001.where]]\nplant = "1000"', "where, entry 1: gives no parameter a value", "known: abs_tol, rel_tol"),
    "a table in single brackets": ("[CON-001.where]\nabs_tol = 5", "parameters.CON-001.where: is no list of entries", "[[parameters.CON-001.where]]"),
    "an order type where the key has no order": (
        '[[batch_restriction.where]]\norder_type = "ZP01"\nrestricted_use_suffices = false',
        "entry 1: order_type: no order is in the key of batch_restriction: system, plant, material, batch",
        "select by what its key tells",
    ),
}


@pytest.mark.parametrize(("text", "said", "tip"), WRONG.values(), ids=WRONG.keys())
def test_what_does_not_fit(text: str, said: str, tip: str) -> None:
    """One ConfigurationError that names the key."""
    (error,) = parameters.check(RULES, tomllib.loads(text), ("1000", "2000"))
    assert isinstance(error, ConfigurationError)
    assert error.where.startswith("recon.toml: parameters.")
    assert said in str(error)
    assert tip in error.todo


def test_everything_wrong_is_told_together() -> None:
    """One error for each key."""
    site: dict[str, Any] = {"CON-001": {"rel_tol": "x", "abs": 1}, "nothing": {}}
    assert len(parameters.check(RULES, site, ())) == 3


def test_in_force_tells_where_a_value_comes_from() -> None:
    """The site's value where there is one, the shipped one otherwise."""
    site = {"CON-001": {"rel_tol": 0.01}}
    assert parameters.in_force(RULES.rule("CON-001"), site) == {"abs_tol": (0.001, "shipped"), "rel_tol": (0.01, "recon.toml")}
    assert parameters.in_force(RULES.pairings["order"], site) == {"order_types": (["PP01", "PI01"], "shipped")}


def test_what_entries_select_by_is_needed() -> None:
    """A pairing depends on the tables that tell order types and material groups, also where an entry of one of its rules selects by them."""
    by_group: dict[str, Any] = {"where": [{"material_group": "PACK", "download_horizon_days": 1}]}
    assert "sap.material" not in RULES.rule("ORD-001").pairing.tables
    assert "sap.material" in parameters.selecting(RULES, {"ORD-001": by_group}).rule("ORD-001").pairing.tables
    off = RULES.without({"ORD-001": "not wanted"})
    assert "sap.material" not in parameters.selecting(off, {"ORD-001": by_group}).rule("ORD-001").pairing.tables
