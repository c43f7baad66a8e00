"""Runs are found by id, by its beginning, or as the newest; what cannot be used is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon.errors import ConfigurationError, IntegrityError, WorkspaceError
from recon.reporting.runs import find_run, list_runs, moment, read_run
from tests.reporting import night


def test_the_newest_run_is_the_default(run_folder: Path) -> None:
    """Names sort by time; a run that is being built does not count."""
    workspace = run_folder.parents[2]
    (run_folder.parent / ".20260311T010000Z.partial").mkdir(exist_ok=True)
    assert list_runs(workspace) == (night.PREVIOUS_ID, night.RUN_ID)
    assert find_run(workspace).run_id == night.RUN_ID


def test_a_run_is_found_by_the_beginning_of_its_id(run_folder: Path) -> None:
    """As many digits as tell it apart are enough; fewer are an error that names the candidates."""
    workspace = run_folder.parents[2]
    assert find_run(workspace, "20260309").folder.name == night.PREVIOUS_ID
    with pytest.raises(ConfigurationError, match=r"could be any of 2 runs[\s\S]*20260310T010000Z, 20260309T010000Z"):
        find_run(workspace, "2026")
    with pytest.raises(ConfigurationError, match="is not in this workspace"):
        find_run(workspace, "2025")


def test_no_run_yet_says_what_to_do(tmp_path: Path) -> None:
    """A fresh workspace is no crash."""
    (tmp_path / "recon.toml").write_text(night.TOML, encoding="utf-8")
    with pytest.raises(WorkspaceError, match="recon run"):
        find_run(tmp_path)


@pytest.mark.parametrize("lost", ["findings.parquet", "manifest.json", "run.json"])
def test_a_run_with_a_file_missing_is_an_integrity_error(tmp_path: Path, lost: str) -> None:
    """Nothing is reported from half a run."""
    folder = night.write_run(tmp_path)
    (folder / lost).unlink()
    with pytest.raises(IntegrityError, match=lost):
        read_run(folder)


def test_moments_are_utc_with_or_without_a_zone() -> None:
    """Files write Z, offsets, or nothing."""
    assert moment("2026-03-10T01:00:00Z") == moment("2026-03-10T02:00:00+01:00") == moment("2026-03-10 01:00:00")
