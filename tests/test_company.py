"""The sample company's planted damage is found by the general rules: all of it, under the right primary, and nothing besides."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from recon.errors import ExitCode
from recon.findings.files import LIVING
from recon.genealogy import index
from recon.genealogy.columns import Columns
from recon.genealogy.trace import Genealogy
from recon.run import Finished
from recon.snapshots.manifest import read_manifest
from recon.snapshots.parts import part_path
from tests import nights

GENERATOR = nights.SMALL.parent / "generate.py"
SEEDS = (20260301, 77, 900913, 31337, 20261128)
"""Not looked at while the rules were written."""

NOT_PLANTED = {"INT-007"}
"""Judged on the company, whose extracts are all in time and as long as they should be: nothing lawful makes it fire. What it would fire of would keep other
rules from being judged that night (its cases, and the nights of tests/test_nights.py, hold it instead)."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[Finished]:
    """Both nights of the committed company, in one workspace."""
    workspace = tmp_path_factory.mktemp("small")
    return [nights.run_night(nights.SMALL, night, workspace, gates=True) for night in (1, 2)]


@pytest.mark.parametrize("night", [1, 2])
def test_findings_are_the_truth(small: list[Finished], night: int) -> None:
    """Every planted mismatch in its state and under its primary; no other one."""
    assert nights.found_findings(small[night - 1].folder) == nights.told_findings(nights.SMALL, night)


def test_lawful_noise_passes_every_gate(small: list[Finished]) -> None:
    """What plants do every day is neither refused nor warned of."""
    for night in small:
        gates = nights.rows(night.folder, "SELECT source, gated, expected, reason, outcome FROM gates")
        assert len(gates) > 50
        # The one damage that a gate sees: a batch that was pumped back into itself.
        assert [gate for gate in gates if gate["outcome"] not in ("met", "not compared") and "went into itself" not in gate["reason"]] == []
    # Only a first night has none before it.
    assert [{gate["outcome"] for gate in nights.rows(night.folder, "FROM gates") if "rows_before" in gate["expected"]} for night in small] == [
        {"not compared"},
        {"met"},
    ]


@pytest.mark.parametrize("night", [1, 2])
def test_what_cannot_be_judged_is_said(small: list[Finished], night: int) -> None:
    """The keys that are not evaluated are those published, each for its kind of reason."""
    assert nights.found_unjudged(small[night - 1].folder) == nights.told_unjudged(nights.SMALL, night)


def test_every_rule_finds_something(small: list[Finished]) -> None:
    """Each as a primary, besides what nothing is planted for."""
    rules = {row["rule_id"] for row in nights.rows(small[0].folder, "SELECT DISTINCT rule_id FROM outcomes")}
    primary = Counter(
        row["rule_id"]
        for night in small
        for row in nights.rows(night.folder, f"SELECT rule_id FROM findings WHERE consequence_of IS NULL AND state IN {LIVING}")
    )
    assert {rule for rule in rules if primary[rule] < 2} == NOT_PLANTED


def test_both_nights_were_whole(small: list[Finished]) -> None:
    """Every rule was evaluated for the plant, with a population if anything is planted for it, and the exit code says that there are findings."""
    for night in small:
        outcomes = nights.rows(night.folder, "SELECT rule_id, outcome, compared FROM outcomes")
        assert {outcome["outcome"] for outcome in outcomes} == {"evaluated"}
        # Something happens to an order of the company after it has ended, a backflush fails, and a held batch has become another, though not at each plant.
        assert {outcome["rule_id"] for outcome in outcomes if outcome["compared"] == 0} <= NOT_PLANTED | {"INT-002", "ORD-006", "STK-014", "STK-016", "STK-017"}
        assert night.exit_code == ExitCode.FINDINGS


def test_evidence_leads_back_to_source_rows(small: list[Finished]) -> None:
    """Every finding that fires names source rows, and each reference points at a row of a raw part that the manifest knows.

    What is told of a whole table (INT-009) names none.
    """
    manifest = json.loads((small[0].folder / "manifest.json").read_text(encoding="utf-8"))
    tables = [table for source in manifest["sources"].values() for table in source["tables"].values()]
    known = {part["digest"][:12] for table in tables for part in (table["base"], table["delta"]) if part}
    references = nights.rows(small[0].folder, "SELECT row_ref, finding_id FROM evidence")
    assert {row["row_ref"].split(":")[1] for row in references} <= known
    fired = nights.rows(small[0].folder, "SELECT finding_id FROM findings WHERE state <> 'resolved' AND rule_id <> 'INT-009'")
    assert {row["finding_id"] for row in fired} == {row["finding_id"] for row in references}


def test_the_second_night_maps_what_changed(small: list[Finished]) -> None:
    """No table is mapped as a whole again, and no more than twice the rows that changed go through a mapping."""
    manifest = read_manifest(small[1].folder)
    mapped = {(table, source): state for table, sources in manifest["canonical"].items() for source, state in sources.items()}
    assert {where for where, state in mapped.items() if state["remapped"]["changed"] and state["increments"] != 1} == set()
    assert {where: state["remapped"] for where, state in mapped.items() if state["remapped"]["driving"] > 2 * state["remapped"]["changed"]} == {}


def test_references_of_the_second_night_are_known(small: list[Finished]) -> None:
    """A row that was not mapped tonight names the raw part in which it was read, and the manifest has that too."""
    manifest = read_manifest(small[1].folder)
    known = {digest[:12] for sources in manifest["canonical"].values() for state in sources.values() for digest in state["refers"]}
    named = nights.rows(small[1].folder, "SELECT DISTINCT split_part(row_ref, ':', 2) AS part FROM evidence")
    assert {row["part"] for row in named} <= known
    assert all(part_path(small[1].folder.parent.parent, digest).is_file() for sources in manifest["canonical"].values() for state in sources.values()
               for digest in state["refers"])  # fmt: skip


def test_batches_have_come_a_long_way(small: list[Finished]) -> None:
    """Some batch is five links at least from a lot that went into it, as the run's own genealogy has it, in the view of each system."""
    for night in small:
        genealogy = Genealogy(Columns(night.folder / index.FILE_NAME))
        walks = [genealogy.walk(batch, "backward") for batch in range(len(genealogy))]
        assert any(depth >= 5 and batch in walk.in_sap & walk.in_mes for walk in walks for batch, depth in walk.depth.items())


@pytest.fixture(scope="module")
def long_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company over four nights, so that mismatches come back and some never settle."""
    return generate(tmp_path_factory.mktemp("four"), seed=5, orders=200, nights_=4)


def test_four_nights_have_reopened_and_unsettled(long_company: Path, tmp_path: Path) -> None:
    """What was put right and broken again is reopened; what is in flight on three cut dates in a row is unsettled."""
    states: Counter[str] = Counter()
    for night in (1, 2, 3, 4):
        finished = nights.run_night(long_company, night, tmp_path)
        assert nights.found_findings(finished.folder) == nights.told_findings(long_company, night)
        states.update(state for state, _ in nights.told_findings(long_company, night).values())
    assert {"new", "open", "resolved", "reopened", "unsettled", "in flight"} <= set(states)


@pytest.mark.long
def test_ten_nights(tmp_path: Path) -> None:
    """Ten nights of a small company, one after the other: every planted mismatch in its state and under its primary, and no other one."""
    company = generate(tmp_path / "company", seed=11, orders=300, nights_=10)
    for night in range(1, 11):
        finished = nights.run_night(company, night, tmp_path / "workspace")
        assert nights.found_findings(finished.folder) == nights.told_findings(company, night), night
        assert nights.found_unjudged(finished.folder) == nights.told_unjudged(company, night), night


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_thousand_orders(seed: int, tmp_path: Path) -> None:
    """The same at 20,000 orders of seeds that nobody looked at, with every kind of lawful noise at least 20 times."""
    company = generate(tmp_path / "company", seed=seed, orders=20_000)
    for night in (1, 2):
        finished = nights.run_night(company, night, tmp_path / "workspace")
        assert nights.found_findings(finished.folder) == nights.told_findings(company, night)
        assert nights.found_unjudged(finished.folder) == nights.told_unjudged(company, night)
    assert {kind: count for kind, count in nights.truth(company, 1)["noise"].items() if count < 20} == {}


def generate(folder: Path, seed: int, orders: int, nights_: int = 2) -> Path:
    """Make a company with the generator, as a contributor would."""
    command = [sys.executable, str(GENERATOR), "--seed", str(seed), "--orders", str(orders), "--nights", str(nights_), "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder
