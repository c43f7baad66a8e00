"""A rule file that is wrong is told once, with its place and what to do; the shipped ones are clean."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon import shipped
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.errors import ManyErrors, RuleError
from recon.rule import Rule
from recon.ruleset import cases, lint, load

BAD: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("bad_rules.yaml").read_text(encoding="utf-8"))
GOOD = BAD["good"]


def _write(folder: Path, change: dict[str, Any]) -> Path:
    """The good rule set with one thing changed."""
    texts = {}
    for part in ("pairing", "rule"):
        old, new = change.get(part, ["", ""])
        assert old in GOOD[part]
        texts[part] = GOOD[part].replace(old, new, 1) if old else GOOD[part]
    name = change.get("name", "CON-900-more.sql")
    files = {"dose.pairing.sql": texts["pairing"], name: texts["rule"], **change.get("extra", {})}
    if "copy" in change:
        files[change["copy"]] = texts["rule"]
    wanted = change.get("cases", GOOD["cases"])
    if wanted is not None:
        files[name.replace(".sql", ".cases.yaml")] = wanted
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
    if "latin" in change:
        (folder / name).write_bytes(texts["rule"].replace("Because", "Überlast").encode("latin-1"))
    return folder


def _assert_told(error: Exception, expected: dict[str, Any]) -> None:
    assert isinstance(error, RuleError), error
    assert error.where.endswith(expected["where"])
    assert expected["says"] in error.what
    assert expected.get("tip", "") in error.todo


def test_shipped_rules_are_clean() -> None:
    """The shipped rules and pairings load, stay within the allow-list and have their cases."""
    assert lint.lint(load.load(shipped.folder("rules"))) == []


def test_whoever_believes_a_side_says_of_what() -> None:
    """A site can say of a field whom it believes: a shipped rule that believes a side, or leaves it to the site, names its fields and looks at that side."""
    rules = load.load(shipped.folder("rules")).rules.values()
    assert [rule.id for rule in rules if rule.front.authority != "-" and not rule.front.compares] == []
    assert [rule.id for rule in rules if rule.front.authority not in (*rule.pairing.sides, "site", "-")] == []


def test_the_good_example_is_clean(tmp_path: Path) -> None:
    """What the bad ones are made from loads, lints and holds."""
    rules = load.load(_write(tmp_path, {}))
    assert lint.lint(rules) == []
    assert [result.problem for result in cases.run_cases(rules, rules.rule("CON-900"))] == [None, None]


@pytest.mark.parametrize("change", BAD["loading"].values(), ids=BAD["loading"].keys())
def test_what_does_not_load(tmp_path: Path, change: dict[str, Any]) -> None:
    """One RuleError."""
    with pytest.raises(RuleError) as error:
        load.load(_write(tmp_path, change))
    _assert_told(error.value, change)


@pytest.mark.parametrize("change", BAD["linting"].values(), ids=BAD["linting"].keys())
def test_what_is_not_clean(tmp_path: Path, change: dict[str, Any]) -> None:
    """It loads, and lint has one thing to say."""
    (problem,) = lint.lint(load.load(_write(tmp_path, change)))
    _assert_told(problem, change)


@pytest.mark.parametrize("change", BAD["running"].values(), ids=BAD["running"].keys())
def test_what_shows_when_it_runs(tmp_path: Path, change: dict[str, Any]) -> None:
    """The engine raises one RuleError, which makes the rule's outcome `failed`."""
    rules = load.load(_write(tmp_path, change))
    rule: Rule = rules.rule("CON-900")
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        engine.load_canonical(connection, {})
        for table in rule.pairing.tables:
            cases._put(connection, table, [{"quantity": 5}] if table.startswith("sap") else [{"quantity": 1}], rule.cases_file)
        cut = engine.Cut("P01/100", "1000", cases.CUT, cases.CUT, None, cases.CUT.date())
        with pytest.raises(RuleError) as error:
            _run(connection, rule, cut)
    _assert_told(error.value, change)


def _run(connection: Any, rule: Rule, cut: engine.Cut) -> None:
    engine.run_pairing(connection, rule.pairing, [cut], rule.pairing.front.params)
    engine.run_rule(connection, rule, [cut], rule.front.params)


def test_everything_wrong_is_told_together(tmp_path: Path) -> None:
    """Two wrong files, one error that holds both."""
    _write(tmp_path, {"rule": ["severity: low", "severety: low"], "pairing": ["settle: 2h", "settle: soon"]})
    with pytest.raises(ManyErrors) as error:
        load.load(tmp_path)
    assert len(error.value.errors) == 2
    assert "severety" in str(error.value)
    assert "'soon' is not a duration" in str(error.value)


def test_one_mistake_is_one_message(tmp_path: Path) -> None:
    """What stands inside something forbidden is not told again, nor is a repetition."""
    change = {"rule": ["false AS in_flight", "row_number() OVER (ORDER BY upper(d.unit)) > frobnicate(d.unit) AND frobnicate(d.unit) AS in_flight"]}
    problems = lint.lint(load.load(_write(tmp_path, change)))
    assert [problem.what.split(",")[0][:28] for problem in problems] == ["uses Window (ROW_NUMBER() OVE", "uses the function frobnicate"] or len(problems) == 2


def test_an_unknown_rule_has_a_near_one() -> None:
    """recon rules show CON-01."""
    with pytest.raises(RuleError) as error:
        load.load(shipped.folder("rules")).rule("con-01")
    assert error.value.todo.startswith("did you mean CON-0")


class TestSite:
    """A site's own rules/ folder."""

    def test_a_site_rule_shadows_the_shipped_one(self, tmp_path: Path) -> None:
        """The site's file counts, and it is known where it comes from."""
        base = _write(tmp_path / "shipped", {})
        site = _write(tmp_path / "site", {"rule": ["severity: low", "severity: critical"]})
        (site / "dose.pairing.sql").unlink()
        rules = load.load(base, site)
        assert rules.rule("CON-900").front.severity == "critical"
        assert rules.rule("CON-900").file in rules.site_files
        assert rules.pairings["dose"].file not in rules.site_files
        assert rules.rule("CON-900").version != load.load(base).rule("CON-900").version

    def test_a_site_pairing_shadows_the_shipped_one(self, tmp_path: Path) -> None:
        """The shipped rule is then over the site's pairing, and has another version: its meaning may be another."""
        base = _write(tmp_path / "shipped", {})
        site = _write(tmp_path / "site", {"pairing": ["settle: 2h", "settle: 30m"]})
        (site / "CON-900-more.sql").unlink()
        rules = load.load(base, site)
        assert rules.rule("CON-900").pairing.front.settle.total_seconds() == 1800
        assert rules.rule("CON-900").file not in rules.site_files
        assert rules.rule("CON-900").version != load.load(base).rule("CON-900").version

    def test_a_site_adds_a_rule(self, tmp_path: Path) -> None:
        """Over a shipped pairing."""
        base = _write(tmp_path / "shipped", {})
        site = _write(tmp_path / "site", {"rule": ["id: CON-900", "id: CON-901"], "name": "CON-901-own.sql"})
        (site / "dose.pairing.sql").unlink()
        assert list(load.load(base, site).rules) == ["CON-900", "CON-901"]

    @pytest.mark.parametrize(
        ("said", "waits"),
        [("status: draft", "draft"), ("effective_from: 2026-04-01", "in force from 2026-04-01"), ("effective_from: 2026-03-10\napproved_by: K. Weber", None)],
        ids=["a draft", "of tomorrow", "approved and in force"],
    )
    def test_what_is_not_in_force_takes_nobodys_place(self, tmp_path: Path, said: str, waits: str | None) -> None:
        """A draft, and what is in force from a later day on; the set tells of it all the same."""
        base = _write(tmp_path / "shipped", {})
        site = _write(tmp_path / "site", {"rule": ["severity: low", f"severity: critical\n{said}"]})
        (site / "dose.pairing.sql").unlink()
        rules = load.load(base, site, date(2026, 3, 10))
        assert rules.rule("CON-900").front.severity == ("low" if waits else "critical")
        (own,) = rules.site
        assert (own.kind, own.name, own.instead, own.waits) == ("rule", "CON-900", True, waits)
        assert own.approved_by == (None if waits else "K. Weber")

    def test_a_rule_of_tomorrow_is_off_today(self, tmp_path: Path) -> None:
        """One that the site adds, with the day as the reason."""
        base = _write(tmp_path / "shipped", {})
        site = _write(tmp_path / "site", {"rule": ["id: CON-900", "id: CON-901\neffective_from: 2026-04-01"], "name": "CON-901-own.sql"})
        (site / "dose.pairing.sql").unlink()
        today, then = (load.load(base, site, day).without({}).rule("CON-901") for day in (date(2026, 3, 31), date(2026, 4, 1)))
        assert (today.in_force, today.off, then.in_force) == (False, "in force from 2026-04-01", True)

    def test_a_half_written_draft_stops_nothing(self, tmp_path: Path) -> None:
        """The shipped rule stays, and the set tells what the draft lacks; without the word it is an error as ever."""
        base = _write(tmp_path / "shipped", {})
        site = _write(tmp_path / "site", {"rule": ["severity: low", "status: draft"]})
        (site / "dose.pairing.sql").unlink()
        rules = load.load(base, site)
        assert rules.rule("CON-900").front.severity == "low"
        assert [(one.name, one.waits) for one in rules.site] == [("CON-900-more", "draft: front matter: `severity` is missing")]

    def test_a_rule_over_a_pairing_that_waits_is_off(self, tmp_path: Path) -> None:
        """A pairing of the site's own that is a draft has nobody's place to leave empty, and no rule is judged by it."""
        base = _write(tmp_path / "shipped", {})
        site = _write(
            tmp_path / "site", {"pairing": ["pairing: dose", "pairing: own\nstatus: draft"], "rule": ["id: CON-900", "id: CON-901"], "name": "CON-901-own.sql"}
        )
        rule = site / "CON-901-own.sql"
        rule.write_text(rule.read_text(encoding="utf-8").replace("over: dose", "over: own").replace("pairing.dose", "pairing.own"), encoding="utf-8")
        found = load.load(base, site).rule("CON-901")
        assert (found.in_force, found.off) == (False, "its pairing own is a draft")

    def test_a_draft_of_a_pairing(self, tmp_path: Path) -> None:
        """The shipped one stays."""
        base = _write(tmp_path / "shipped", {})
        site = _write(tmp_path / "site", {"pairing": ["settle: 2h", "settle: 30m\nstatus: draft"]})
        (site / "CON-900-more.sql").unlink()
        assert load.load(base, site).pairings["dose"].front.settle.total_seconds() == 7200

    def test_the_same_id_twice_in_the_site_is_an_error(self, tmp_path: Path) -> None:
        """Shadowing is between shipped and site only."""
        site = _write(tmp_path / "site", {"copy": "CON-900-again.sql"})
        with pytest.raises(RuleError, match="declares already"):
            load.load(_write(tmp_path / "shipped", {}), site)

    def test_no_folder_is_no_site(self, tmp_path: Path) -> None:
        """A workspace without rules/ runs the shipped ones."""
        assert list(load.load(_write(tmp_path / "shipped", {}), tmp_path / "nowhere").rules) == ["CON-900"]
