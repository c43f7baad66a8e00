"""`recon snapshots`: what each night has read, and a store that is damaged is told apart from one that is not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon.errors import ExitCode
from recon.snapshots.manifest import read_manifest
from recon.snapshots.parts import part_path
from tests import commands

RUNS = ["20260310T011500Z", "20260311T011500Z"]


@pytest.fixture(scope="module")
def two(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after two nights; only to be read."""
    return small_after(2, tmp_path_factory.mktemp("two") / "workspace")


@pytest.fixture
def workspace(two: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    shutil.copytree(two, tmp_path / "workspace")
    return tmp_path / "workspace"


def test_list(two: Path) -> None:
    """Every table of every run, with the parts its rows are in; a RUN narrows it."""
    ended = commands.recon("snapshots", "list", "--format", "json", workspace=two)
    assert ended.returncode == ExitCode.CLEAN
    rows: list[dict[str, Any]] = json.loads(ended.stdout)
    assert sorted({row["run"] for row in rows}) == RUNS
    read = [row for row in rows if row["base"] is not None]
    assert all(row["rows"] == row["base"] - row["dead"] + row["delta"] and row["problem"] is None for row in read)
    absent = [row for row in rows if row not in read]
    assert {row["rows"] for row in absent} == {None}, "the company's MES and QMS deliver only some tables of their packs"
    assert {row["problem"] for row in absent} == {None}, "no rule needs what they do not deliver, so there is nothing to mend"
    assert {row["note"] for row in absent if row["source"] == "mes"} == {"no rule needs it: there is no such table"}
    tables = {(row["run"], row["source"], row["table"]): row for row in rows}
    assert len(tables) == len(rows)
    first, second = (tables[run, "qms", "hold"] for run in RUNS)
    assert (second["base"], first["delta"], first["as_of"]) == (first["rows"], 0, "2026-03-10T01:10:00Z")
    assert second["delta"] - second["dead"] == second["rows"] - first["rows"]
    assert second["delta"] > 0
    table = commands.recon("snapshots", "list", RUNS[0][:8], workspace=two).stdout
    assert "hold" in table
    assert RUNS[1] not in table


def test_verify_a_sound_store(two: Path) -> None:
    """It says how much it has looked at, and ends with 0."""
    ended = commands.recon("snapshots", "verify", workspace=two)
    assert ended.returncode == ExitCode.CLEAN
    assert ended.stdout.endswith(" parts of 2 runs: all are what their names say\n")


def _other_rows(file: Path) -> None:
    """Another value in a sound Parquet file: nothing but the digest shows it."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * REPLACE ('49' || MBLNR AS MBLNR) FROM '{file}'; COPY t TO '{file}' (FORMAT parquet)")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (Path.unlink, "is missing"),
        (lambda file: file.write_bytes(file.read_bytes()[:-100]), "the part is damaged: "),
        (_other_rows, "the part's content has the digest "),
    ],
    ids=["missing", "cut off", "other rows"],
)
def test_verify_a_damaged_part(workspace: Path, damage: Callable[[Path], object], told: str) -> None:
    """One line names the file and the run, and the exit code is 4; a run that does not name the part is sound."""
    bases = [read_manifest(workspace / "store" / "runs" / run)["sources"]["sap"]["tables"]["MSEG"]["base"]["digest"] for run in RUNS]
    assert bases[0] != bases[1]
    file = part_path(workspace / "store", bases[0])
    damage(file)
    ended = commands.recon("snapshots", "verify", workspace=workspace)
    assert ended.returncode == ExitCode.INTEGRITY, ended.stderr
    line, summary = ended.stdout.splitlines()
    assert line.startswith(f"{file}: ")
    assert told in line
    assert line.endswith(f" (named by run {RUNS[0]})")
    assert summary.endswith(" parts of 2 runs: 1 damaged")
    assert commands.recon("snapshots", "verify", RUNS[1], workspace=workspace).returncode == ExitCode.CLEAN


def test_verify_a_damaged_manifest(workspace: Path) -> None:
    """The parts of the other runs are looked at all the same."""
    (workspace / "store" / "runs" / RUNS[0] / "manifest.json").write_text("{}")
    (line, summary) = (ended := commands.recon("snapshots", "verify", workspace=workspace)).stdout.splitlines()
    assert ended.returncode == ExitCode.INTEGRITY
    assert "schema_version is None" in line
    assert summary.endswith(" 1 damaged")
