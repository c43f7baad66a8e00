"""Findings from night to night: the state table applied to whole relations."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.errors import RuleError
from recon.findings.ledger import Ledger
from recon.findings.life import advance, create_findings
from recon.findings.states import STATES

LIVES = yaml.safe_load((Path(__file__).parent / "lives.yaml").read_text(encoding="utf-8"))

Row = dict[str, Any]


class Site:
    """A connection that lives through nights, with the changes of state folded as the ledger folds them."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        create_findings(self.connection, "prior")
        self.connection.execute(
            """
            CREATE TABLE fired AS SELECT * EXCLUDE (state, event, first_seen, last_seen, nights_open, in_flight_nights), true AS in_flight FROM prior;
            CREATE TABLE unjudged (finding_id VARCHAR);
            CREATE TABLE blind (rule_id VARCHAR, system VARCHAR, plant VARCHAR);
            CREATE TABLE last_state (finding_id VARCHAR, state VARCHAR, first_seen DATE);
            CREATE TABLE cut_date (system VARCHAR, plant VARCHAR, cut_date DATE);
            CREATE TABLE state_rules (rule_id VARCHAR, kind VARCHAR);
            CREATE TABLE waiver (finding_id VARCHAR, until DATE, quantity DECIMAL(18, 6));
            """
        )
        self.states: dict[str, tuple[str, date]] = {}

    def fill(self, table: str, rows: Iterable[Row]) -> None:
        """Put `rows`, and nothing else, into an input."""
        self.connection.execute(f"DELETE FROM {table}")
        for row in rows:
            columns = ", ".join(f"? AS {name}" for name in row)
            self.connection.execute(f"INSERT INTO {table} BY NAME SELECT {columns}", list(row.values()))

    def night(self) -> tuple[list[Row], list[Row]]:
        """Findings and transitions of one more night."""
        self.fill("last_state", ({"finding_id": name, "state": state, "first_seen": seen} for name, (state, seen) in self.states.items()))
        done = advance(self.connection)
        findings = self.connection.sql("FROM finding").to_arrow_table().to_pylist()
        transitions = self.connection.sql("FROM transition").to_arrow_table().to_pylist()
        assert (done.findings, done.transitions) == (len(findings), len(transitions))
        for row in transitions:
            told = self.states.get(row["finding_id"], ("none", None))[0]
            assert told == row["prior"], "a change begins where the one before it ended"
            self.states[row["finding_id"]] = (row["next"], row["first_seen"])
        self.connection.execute("CREATE OR REPLACE TEMP TABLE prior AS FROM finding")
        return findings, transitions


def fired(finding_id: str, rule_id: str, plant: str, in_flight: bool, quantity: float | None = None) -> Row:
    """One row that fires."""
    place = {"system": "P01/100", "plant": plant, "key": "{}"}
    return {"finding_id": finding_id, "rule_id": rule_id, **place, "in_flight": in_flight, "quantity": quantity}


def day(number: int | None) -> date | None:
    """A day of March 2026."""
    return None if number is None else date(2026, 3, number)


@pytest.mark.parametrize("life", LIVES, ids=lambda life: str(life["life"]))
def test_lives(life: Row) -> None:
    """Every life of lives.yaml goes as it is told there."""
    site, rule, cut = Site(), "STK-001", 9
    for number, night in enumerate(life["nights"], start=1):
        tonight, cut = night["tonight"], night.get("cut", cut + 1)
        site.fill("fired", [fired("f", rule, "1000", tonight == "in flight", night.get("quantity"))] if tonight in ("fires", "in flight") else [])
        site.fill("unjudged", [{"finding_id": "f"}] if tonight == "unjudged" else [])
        site.fill("blind", [{"rule_id": rule, "system": "P01/100", "plant": "1000"}] if tonight == "blind" else [])
        site.fill("cut_date", [] if tonight == "unplanned" else [{"system": "P01/100", "plant": "1000", "cut_date": day(cut)}])
        site.fill("state_rules", [] if tonight == "retired" else [{"rule_id": rule, "kind": life.get("kind", "quantity")}])
        waiver = night.get("waiver")
        site.fill("waiver", [{"finding_id": "f", "until": day(waiver["until"]), "quantity": waiver.get("quantity")}] if waiver else [])
        findings, transitions = site.night()

        where = f"night {number}"
        found: Row = findings[0] if findings else {"state": "none"}
        for name in ("state", "event", "nights_open", "in_flight_nights"):
            if name in night:
                assert found[name] == night[name], f"{where}: {name}"
        for name in ("first_seen", "last_seen"):
            if name in night:
                assert found[name] == day(night[name]), f"{where}: {name}"
        if "told" in night:
            assert [f"{row['prior']} → {row['next']}" for row in transitions] == ([] if night["told"] == "none" else [night["told"]]), where


nights = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.lists(st.sampled_from(["fires", "in flight", "absent", "unjudged"]), min_size=6, max_size=6),
        st.sets(st.sampled_from(["STK-001", "CON-001"])),
        st.sets(st.sampled_from(["STK-001", "CON-001"]), min_size=1),
        st.sets(st.integers(0, 5), max_size=2),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(nights=nights)
def test_whatever_happens(nights: list[tuple[int, list[str], set[str], set[str], set[int]]]) -> None:
    """Nothing that is open is lost, nothing is counted twice, and the ledger's changes follow on one another."""
    site, cut, dates = Site(), 9, set()
    before: dict[str, Row] = {}
    for step, tonights, blind, in_force, waived in nights:
        cut += step
        dates.add(cut)
        rules = {f"f{number}": ("STK-001" if number < 3 else "CON-001") for number in range(6)}
        rows = {
            name: fired(name, rule, "1000" if number % 2 else "*", tonight == "in flight")
            for number, ((name, rule), tonight) in enumerate(zip(rules.items(), tonights, strict=True))
            if tonight in ("fires", "in flight") and rule in in_force - blind
        }
        site.fill("fired", rows.values())
        site.fill("unjudged", ({"finding_id": f"f{number}"} for number, tonight in enumerate(tonights) if tonight == "unjudged"))
        site.fill("blind", ({"rule_id": rule, "system": "P01/100", "plant": plant} for rule in sorted(blind) for plant in ("1000", "*")))
        site.fill("cut_date", [{"system": "P01/100", "plant": "1000", "cut_date": day(cut)}])
        site.fill("state_rules", ({"rule_id": rule, "kind": "state" if rule == "STK-001" else "quantity"} for rule in sorted(in_force)))
        site.fill("waiver", ({"finding_id": f"f{number}", "until": None} for number in sorted(waived)))
        findings, transitions = site.night()

        after = {row["finding_id"]: row for row in findings}
        assert list(after) == sorted(after)
        assert len(after) == len(findings)
        assert [row["finding_id"] for row in transitions] == sorted(row["finding_id"] for row in transitions)
        assert rows.keys() <= after.keys(), "what fires is there"
        gone = {row["finding_id"] for row in transitions if row["next"] in ("resolved", "retired")}
        for name, row in before.items():
            if row["state"] not in ("in flight", "resolved", "retired"):
                assert name in after, "what was open is still there, or said to be gone"
                assert after[name]["state"] not in ("resolved", "retired") or name in gone
        for row in findings:
            assert row["state"] in STATES
            assert row["nights_open"] <= len(dates)
            assert row["in_flight_nights"] <= len(dates)
            assert row["first_seen"] <= row["last_seen"]
            assert not (row["state"] == "unsettled" and row["rule_id"] == "CON-001"), "quantities never become unsettled"
        before = after


def test_a_key_without_a_plant_is_dated_by_the_plant_furthest_behind() -> None:
    """Unless the caller gives '*' a cut of its own."""
    site = Site()
    site.fill("fired", [fired("f", "MD-002", "*", False)])
    site.fill("state_rules", [{"rule_id": "MD-002", "kind": "existence"}])
    cuts = [{"system": "P01/100", "plant": "1000", "cut_date": day(12)}, {"system": "P01/100", "plant": "2000", "cut_date": day(11)}]
    site.fill("cut_date", cuts)
    assert site.night()[0][0]["last_seen"] == day(11)
    site.fill("cut_date", [*cuts, {"system": "P01/100", "plant": "*", "cut_date": day(12)}])
    assert site.night()[0][0]["last_seen"] == day(12)


def test_only_the_blind_plant_is_carried() -> None:
    """A rule that failed for one plant heals nothing there, and heals elsewhere."""
    site = Site()
    site.fill("state_rules", [{"rule_id": "STK-001", "kind": "state"}])
    site.fill("cut_date", [{"system": "P01/100", "plant": plant, "cut_date": day(10)} for plant in ("1000", "2000")])
    site.fill("fired", [fired("a", "STK-001", "1000", False), fired("b", "STK-001", "2000", False)])
    site.night()
    site.fill("fired", [])
    site.fill("blind", [{"rule_id": "STK-001", "system": "P01/100", "plant": "1000"}])
    assert [(row["finding_id"], row["state"]) for row in site.night()[0]] == [("a", "new"), ("b", "resolved")]


def test_what_is_carried_or_resolved_keeps_what_was_known_of_it() -> None:
    """The columns that no rule could fill tonight are those of the night before."""
    site = Site()
    site.fill("state_rules", [{"rule_id": "STK-001", "kind": "state"}])
    site.fill("cut_date", [{"system": "P01/100", "plant": "1000", "cut_date": day(10)}])
    site.fill("fired", [fired("a", "STK-001", "1000", False, 7) | {"title": "held and free", "evidence": '{"sap":{}}', "explanation": "COGI"}])
    first = site.night()[0][0]
    site.fill("fired", [])
    site.fill("unjudged", [{"finding_id": "a"}])
    assert site.night()[0] == [first | {"event": None}]
    site.fill("unjudged", [])
    assert site.night()[0] == [first | {"event": "healed", "state": "resolved"}]


@pytest.mark.parametrize(
    ("child", "primary", "under"),
    [
        ("unjudged", "fires", True),
        ("unjudged", "in flight", True),
        ("unjudged", "unjudged", True),
        ("unjudged", "waived", True),
        ("unjudged", "absent", False),
        ("unjudged", "retired", False),
        ("absent", "absent", True),
        ("fires", "fires", True),
    ],
)
def test_a_finding_outlives_its_primary(child: str, primary: str, under: bool) -> None:
    """A living one hangs under nothing that is gone, tonight or ever after; what goes together stays together."""
    site = Site()
    rows = {
        "fires": [fired("p", "CON-002", "1000", False)],
        "in flight": [fired("p", "CON-002", "1000", True)],
        "waived": [fired("p", "CON-002", "1000", False)],
    }
    hung = [fired("c", "GEN-001", "1000", False) | {"consequence_of": "p"}]
    site.fill("state_rules", [{"rule_id": rule, "kind": "quantity"} for rule in ("CON-002", "GEN-001")])
    site.fill("cut_date", [{"system": "P01/100", "plant": "1000", "cut_date": day(10)}])
    site.fill("fired", rows["fires"] + hung)
    site.night()
    site.fill("cut_date", [{"system": "P01/100", "plant": "1000", "cut_date": day(11)}])
    site.fill("state_rules", [{"rule_id": rule, "kind": "quantity"} for rule in ("CON-002", "GEN-001") if (rule, primary) != ("CON-002", "retired")])
    site.fill("fired", rows.get(primary, []) + (hung if child == "fires" else []))
    site.fill("unjudged", [{"finding_id": name} for name, tonight in (("c", child), ("p", primary)) if tonight == "unjudged"])
    site.fill("waiver", [{"finding_id": "p", "until": day(20), "quantity": None}] if primary == "waived" else [])
    second = {row["finding_id"]: row["consequence_of"] for row in site.night()[0]}
    assert second["c"] == ("p" if under else None)
    third = {row["finding_id"]: row["consequence_of"] for row in site.night()[0]}
    assert third.get("c") in {None, *third}


@pytest.mark.parametrize(
    ("told", "state", "event"), [("in flight", "open", "persisted"), ("open", "open", "persisted"), ("waived", "reopened", "waiver withdrawn")]
)
def test_without_the_run_before_the_ledger_is_believed(told: str, state: str, event: str) -> None:
    """What it calls in flight had been open: only then was it told."""
    site = Site()
    site.states["f"] = (told, date(2026, 3, 2))
    site.fill("state_rules", [{"rule_id": "STK-001", "kind": "state"}])
    site.fill("cut_date", [{"system": "P01/100", "plant": "1000", "cut_date": day(10)}])
    site.fill("fired", [fired("f", "STK-001", "1000", False)])
    row = site.night()[0][0]
    assert (row["state"], row["event"], row["first_seen"], row["nights_open"]) == (state, event, day(2), 1)


def test_a_finding_that_fires_twice_is_the_rules_mistake() -> None:
    """It would have two states."""
    site = Site()
    site.fill("fired", [fired("f", "STK-001", "1000", False)] * 2)
    with pytest.raises(RuleError, match=r"STK-001.* fires twice"):
        site.night()


def test_the_patience_is_a_setting() -> None:
    """Two cut dates instead of three."""
    site = Site()
    site.fill("state_rules", [{"rule_id": "STK-001", "kind": "state"}])
    site.fill("fired", [fired("f", "STK-001", "1000", True)])
    states = []
    for cut in (10, 11):
        site.fill("cut_date", [{"system": "P01/100", "plant": "1000", "cut_date": day(cut)}])
        advance(site.connection, unsettled_after=2)
        site.connection.execute("CREATE OR REPLACE TEMP TABLE prior AS FROM finding")
        states += [row[0] for row in site.connection.execute("SELECT state FROM finding").fetchall()]
    assert states == ["in flight", "unsettled"]


def test_the_documentation_lists_the_columns() -> None:
    """In their order."""
    connection = duckdb.connect()
    create_findings(connection)
    columns = [row[0] for row in connection.execute("DESCRIBE finding").fetchall()]
    text = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
    table = text.partition("| column | type | meaning |")[2].partition("\n\n")[0]
    assert [name for line in table.splitlines()[2:] for name in line.split("|")[1].strip().split(", ")] == columns


def test_relations_of_the_ledger_fit() -> None:
    """What the ledger hands out can be joined as it is."""
    site = Site()
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.db", write=True) as ledger:
        last_states, waivers = ledger.last_states(), ledger.waivers()
    site.connection.execute("DROP TABLE last_state; DROP TABLE waiver")
    site.connection.register("last_state", last_states)
    site.connection.register("waiver", waivers)
    site.connection.execute("INSERT INTO fired BY NAME SELECT 'f' AS finding_id, 'STK-001' AS rule_id, false AS in_flight")
    assert advance(site.connection).findings == 1
