"""recon rules show: which value of a parameter holds for whom, and where it comes from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from recon import shipped
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


def test_whose_it_is_and_how_long_it_settles_says_where_that_comes_from(workspace: Path) -> None:
    """Owner and settle time of the site, and that a draft of the rule waits."""
    with (workspace / "recon.toml").open("a", encoding="utf-8") as toml:
        toml.write('\n[owners]\nCON-001 = "k.weber"\n\n[workflows.goods-movement]\nsettle = "45m"\n')
    (workspace / "rules").mkdir()
    for file in (shipped.folder("rules") / "consumption").glob("CON-001*"):
        text = file.read_text(encoding="utf-8").replace("title:", "status: draft\ntitle:", 1) if file.suffix == ".sql" else file.read_text(encoding="utf-8")
        (workspace / "rules" / file.name).write_text(text, encoding="utf-8")
    shown = commands.recon("rules", "show", "CON-001", workspace=workspace).stdout
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "owner k.weber recon.toml, owners.CON-001" in rows
    assert "settle time 45m recon.toml, workflows.goods-movement.settle" in rows
    assert any(row.startswith("of the site rule CON-001: does not stand yet in place of the shipped one") for row in rows)
    assert "rule CON-001 of the site: not checked, for it is not in force (draft)" in commands.recon("rules", "lint", workspace=workspace).stdout
    told = json.loads(commands.recon("rules", "show", "CON-002", "--format", "json", workspace=workspace).stdout)["in_force"]
    assert told["severity"]["from"] == "shipped"


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


class TestTheMatrix:
    """recon rules matrix"""

    def test_who_is_believed_where(self, workspace: Path) -> None:
        """A row for each rule, field and plant; what recon.toml says of a plant holds there alone."""
        declare(workspace, '[authority]\n"CON-001" = { "2000" = "sap" }\n"STK-020" = "qms"\n')
        told = json.loads(commands.recon("rules", "matrix", "--format", "json", workspace=workspace).stdout)
        believed = {(row["rule"], row["plant"]): (row["believed"], row["from"]) for row in told}
        assert believed["CON-001", "1000"] == ("mes", "shipped")
        assert believed["CON-001", "2000"] == ("sap", "recon.toml, authority.CON-001.2000")
        assert {believed["STK-020", plant] for plant in ("1000", "2000")} == {("qms", "recon.toml, authority.STK-020")}
        assert {row["field"] for row in told if row["rule"] == "STK-020"} == {"batch.expires_on", "batch.retest_on", "batch.produced_on"}
        # A side that is believed is not put right.
        assert {row["plant"]: row["corrected_in"] for row in told if row["rule"] == "CON-001"} == {"1000": "sap", "2000": None}

    def test_what_is_said_of_a_field_holds_for_the_rules_that_compare_it(self, workspace: Path) -> None:
        """For every plant unless one is named; what is said of a rule goes first; a side that the rule does not look at says nothing to it."""
        declare(workspace, '[authority]\n"movement.quantity" = { "*" = "mes", "2000" = "sap" }\n"CON-002" = "-"\n"batch.expires_on" = "qms"\n')
        told = json.loads(commands.recon("rules", "matrix", "--format", "json", workspace=workspace).stdout)
        believed = {(row["rule"], row["field"], row["plant"]): (row["believed"], row["from"]) for row in told}
        assert believed["CON-001", "movement.quantity", "1000"] == ("mes", "recon.toml, authority.movement.quantity.*")
        assert believed["ORD-009", "movement.quantity", "2000"] == ("sap", "recon.toml, authority.movement.quantity.2000")
        assert believed["CON-002", "movement.quantity", "2000"] == ("-", "recon.toml, authority.CON-002")
        assert {row["corrected_in"] for row in told if row["rule"] == "CON-002"} == {None}
        assert believed["STK-020", "batch.expires_on", "2000"] == ("qms", "recon.toml, authority.batch.expires_on")
        assert believed["STK-009", "batch.expires_on", "2000"] == ("sap", "shipped")

    def test_a_rule_shows_what_is_in_force(self, workspace: Path) -> None:
        """Field by field and plant by plant, with the key that says so; the same as JSON."""
        declare(workspace, '[authority]\n"batch.expires_on" = { "1000" = "qms" }\n')
        rows = [" ".join(line.split()) for line in commands.recon("rules", "show", "STK-020", workspace=workspace).stdout.splitlines()]
        assert "batch.expires_on 1000 qms recon.toml, authority.batch.expires_on.1000" in rows
        assert "batch.expires_on 2000 site shipped" in rows
        told = json.loads(commands.recon("rules", "show", "STK-020", "--format", "json", workspace=workspace).stdout)["believed"]
        assert {"field": "batch.expires_on", "plant": "1000", "believed": "qms", "from": "recon.toml, authority.batch.expires_on.1000"} in told

    def test_as_csv(self, workspace: Path) -> None:
        """For a spreadsheet: as many lines as rows, and a header."""
        lines = commands.recon("rules", "matrix", "--format", "csv", workspace=workspace).stdout.splitlines()
        assert lines[0] == "rule,title,field,plant,believed,from,corrected_in,in_force,owner"
        assert any(line.startswith("CON-001,") and ",movement.quantity,1000,mes,shipped,sap,yes," in line for line in lines)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('"CON-999" = "sap"', "authority.CON-999: is neither a rule nor a field that one compares"),
            ('"batch.expire_on" = "qms"', "did you mean batch.expires_on?"),
            ('batch.expires_on = "qms"', 'put the field in quotation marks: "batch.expires_on" = …'),
            ('"batch.expires_on" = { "3000" = "sap" }', "authority.batch.expires_on.3000: is for the plant '3000', which has no [plants.3000]"),
            (
                '"batch.expires_on" = { "1000" = "wms" }',
                "authority.batch.expires_on.1000: believes 'wms', which has no part in it\n  Tip: it compares mes, qms, sap;",
            ),
            ('"CON-001" = "qms"', "authority.CON-001: believes 'qms', which has no part in it"),
            ('"material.base_unit" = { "1000" = "mes" }', "says it by plant, and what is found of it belongs to none"),
            ('"CON-001" = { "3000" = "sap" }', "authority.CON-001.3000: is for the plant '3000', which has no [plants.3000]"),
            ('"CON-001" = "SAP"', "authority.CON-001: 'SAP' is no side: sap, mes, qms or wms"),
            ('"batch.expires_on" = { "1000" = "lims" }', "authority.batch.expires_on: 'lims' is no side"),
        ],
    )
    def test_what_does_not_fit(self, workspace: Path, text: str, said: str) -> None:
        """Told before a night, with exit code 2."""
        declare(workspace, f"[authority]\n{text}\n")
        finished = commands.recon("run", workspace=workspace)
        assert finished.returncode == 2
        assert said in finished.stderr

    def test_a_page_is_printed_whole_or_not_at_all(self, workspace: Path) -> None:
        """What is wrong in recon.toml is told before anything of a rule."""
        declare(workspace, '[authority]\n"batch.expire_on" = "qms"\n')
        finished = commands.recon("rules", "show", "STK-020", workspace=workspace)
        assert (finished.returncode, finished.stdout) == (2, "")


class TestProfiles:
    """[rules] profile"""

    def test_a_phase_and_what_is_added_to_it(self, workspace: Path) -> None:
        declare(workspace, "", rules='profile = "start"\non = ["CON-001"]\n')
        told = {row["id"]: row["status"] for row in json.loads(commands.recon("rules", "list", "--format", "json", workspace=workspace).stdout)}
        assert {told["CON-001"], told["STK-001"]} == {"active"}
        assert told["CON-010"] == "off"
        assert "switched off: not in the profile start" in commands.recon("rules", "show", "CON-010", workspace=workspace).stdout

    def test_a_profile_of_the_site(self, workspace: Path) -> None:
        """It takes the place of the shipped one of its name, and may go on from another."""
        folder = workspace / "rules" / "profiles"
        folder.mkdir(parents=True)
        (folder / "audit.toml").write_text('title = "For the audit"\nincludes = ["start"]\nrules = ["CON-010"]\n', encoding="utf-8")
        declare(workspace, "", rules='profile = "audit"\n')
        told = {row["name"]: row for row in json.loads(commands.recon("rules", "profiles", "--format", "json", workspace=workspace).stdout)}
        assert set(told) == {"audit", "start", "steady"}
        assert {"CON-010", "STK-001"} < set(told["audit"]["rules"])
        assert [name for name, row in told.items() if row["in_use"]] == ["audit"]
        assert set(told["start"]["rules"]) < set(told["steady"]["rules"])

    @pytest.mark.parametrize(
        ("rules", "profile", "said"),
        [
            ('profile = "strat"', None, "did you mean start?"),
            ('on = ["CON-001"]', None, "adds to a profile, and none is named"),
            ('profile = "start"\non = ["CON-999"]', None, "rules.on.CON-999: is not a rule"),
            ('profile = "start"\non = ["CON-001"]\noff = {"CON-001" = "no"}', None, "has CON-001, and so has off"),
            ('profile = "own"', 'title = "x"\nrules = ["STK-999"]', "names 'STK-999', which is not a rule"),
            ('profile = "own"', 'title = "x"\nrule = ["STK-001"]', "has the key rule, which nothing reads"),
            ('profile = "own"', 'title = "x"\nincludes = ["own"]', "includes own, which includes it"),
            ('profile = "own"', "title = x", "is not TOML"),
        ],
    )
    def test_what_does_not_fit(self, workspace: Path, rules: str, profile: str | None, said: str) -> None:
        """Told before a night, with exit code 2."""
        if profile:
            (workspace / "rules" / "profiles").mkdir(parents=True)
            (workspace / "rules" / "profiles" / "own.toml").write_text(profile, encoding="utf-8")
        declare(workspace, "", rules=f"{rules}\n")
        finished = commands.recon("run", workspace=workspace)
        assert finished.returncode == 2
        assert said in finished.stderr


def declare(workspace: Path, text: str, rules: str = "") -> None:
    """Add to recon.toml. rules: what [rules] says in place of the sample's."""
    file = workspace / "recon.toml"
    whole = file.read_text(encoding="utf-8")
    if rules:
        whole = re.sub(r"(?ms)^\[rules\.off\].*?(?=^\[|\Z)", "", whole) + f"\n[rules]\n{rules}\n"
    file.write_text(f"{whole}\n{text}", encoding="utf-8")
