"""Great Expectations in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recon.config import WorkspaceSettings
from recon.gates import process


def test_what_does_not_fit_into_its_memory_is_spilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into a folder of the run, which nobody has made yet: a table of millions of rows gets its verdict, not an error."""
    monkeypatch.setattr(process, "MEMORY", "60MB")
    question: dict[str, Any] = {
        "batch": "SELECT range AS _row, md5(CAST(range AS VARCHAR)) AS reference FROM range(1000000)",
        "tables": {},
        "expectations": [{"type": "expect_column_values_to_be_unique", "kwargs": {"column": "reference"}}],
        "rows": str(tmp_path / "rows.parquet"),
    }
    gates = process.Process(WorkspaceSettings(threads=1), tmp_path / "store" / ".spill" / "gates")
    try:
        gates.ask(question)
        (answer,) = gates.answers()
    finally:
        gates.stop()
    assert [(one["met"], one["error"]) for one in answer] == [(True, None)]  # type: ignore[index]  # a text would be why it has no answer
