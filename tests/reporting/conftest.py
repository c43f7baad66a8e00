"""One incomplete night, its run before, and a night with nothing wrong about its sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from recon.reporting import gather
from recon.reporting.runs import Run, open_run, read_run
from recon.reporting.tree import Report
from tests.reporting import night


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night on which LIMS was missing and a MES was stale; its run before had one finding smaller."""
    workspace = tmp_path_factory.mktemp("site")
    (workspace / "recon.toml").write_text(night.TOML, encoding="utf-8")
    before = night.findings()
    for row in before:
        if row["rule_id"] == "CON-001" and row["state"] == "open":
            row["difference"] = "0.5"
    night.write_run(workspace, before, run_id=night.PREVIOUS_ID)
    return night.write_run(workspace, previous=night.PREVIOUS_ID)


@pytest.fixture
def run(run_folder: Path) -> Run:
    return read_run(run_folder)


@pytest.fixture
def connection(run_folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_run(run_folder) as opened:
        yield opened


@pytest.fixture
def report(run: Run, connection: duckdb.DuckDBPyConnection) -> Report:
    return gather.report(run, night.settings(), connection)


@pytest.fixture
def clean_report(tmp_path: Path) -> Report:
    """Every source came whole and nothing differs."""
    folder = night.write_run(tmp_path, [], complete=True)
    with open_run(folder) as opened:
        return gather.report(read_run(folder), night.settings(), opened)
