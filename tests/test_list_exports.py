"""A plant that can give no more than saved lists gets the report of one that gives tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recon import run
from tests import list_exports, nights


@pytest.fixture(scope="module")
def as_lists(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Both nights of the committed company, its SAP as lists with German labels."""
    workspace = tmp_path_factory.mktemp("lists")
    finished = []
    for night in (1, 2):
        (workspace / "recon.toml").unlink(missing_ok=True)
        moment = nights.deliver(nights.SMALL, night, workspace)
        list_exports.rewrite(workspace / "inbox" / "sap", workspace / "recon.toml")
        finished.append(run.run(workspace, moment).folder)
    return finished


@pytest.fixture(scope="module")
def as_tables(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Both nights as they are committed."""
    workspace = small_after(2, tmp_path_factory.mktemp("tables") / "workspace")
    return [nights.published(nights.SMALL, night, workspace) for night in (1, 2)]


@pytest.mark.parametrize("night", [1, 2])
def test_lists_give_the_same_findings(as_lists: list[Path], as_tables: list[Path], night: int) -> None:
    """findings.parquet is the same byte for byte, and every row of every table arrived."""
    lists, tables = (folders[night - 1] for folders in (as_lists, as_tables))
    assert (lists / "findings.parquet").read_bytes() == (tables / "findings.parquet").read_bytes()
    assert _rows(lists) == _rows(tables)


def _rows(folder: Path) -> dict[str, tuple[int, int]]:
    sap = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sources"]["sap"]["tables"]
    return {name: (table["rows"], table["refused"]) for name, table in sap.items()}
