"""recon rules show: which value of a parameter holds for whom, and where it comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import commands, nights

ENTRIES = """
[parameters.CON-001]
rel_tol = 0.01

[[parameters.CON-001.where]]
plant = "1000"
order_type = ["PI01"]
abs_tol = 5

[[parameters.CON-001.where]]
effective_from = 2999-01-01
abs_tol = 6
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with entries for parts of the site."""
    (tmp_path / "recon.toml").write_text((nights.SMALL / "recon.toml").read_text(encoding="utf-8") + ENTRIES, encoding="utf-8")
    return tmp_path


def test_every_value_says_whom_it_is_for(workspace: Path) -> None:
    """Shipped, the site's, and each entry's with its selectors; one that does not hold yet says so."""
    shown = commands.recon("rules", "show", "CON-001", workspace=workspace).stdout
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "CON-001 abs_tol 0.001 shipped" in rows
    assert "CON-001 rel_tol 0.01 recon.toml" in rows
    assert "CON-001 abs_tol 5 recon.toml, entry 1 plant 1000; order type PI01" in rows
    assert "CON-001 abs_tol 6 recon.toml, entry 2 from 2999-01-01 on, not yet" in rows


def test_the_same_as_json(workspace: Path) -> None:
    """`where` holds the entries' values in their order."""
    told = json.loads(commands.recon("rules", "show", "CON-001", "--format", "json", workspace=workspace).stdout)["parameters"]["CON-001"]
    assert told["rel_tol"] == {"value": 0.01, "from": "recon.toml", "where": []}
    first, second = told["abs_tol"]["where"]
    assert first == {"value": 5, "from": "recon.toml, entry 1", "in_force": True, "plant": ["1000"], "order_type": ["PI01"]}
    assert second == {"value": 6, "from": "recon.toml, entry 2", "in_force": False, "effective_from": "2999-01-01"}


def test_entries_that_do_not_fit_are_told(workspace: Path) -> None:
    """As before a night, with exit code 2."""
    file = workspace / "recon.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("order_type", "order_typ"), encoding="utf-8")
    finished = commands.recon("rules", "show", "CON-001", workspace=workspace)
    assert finished.returncode == 2
    assert "parameters.CON-001.where, entry 1: order_typ: is neither a selector nor a parameter of CON-001" in finished.stderr
