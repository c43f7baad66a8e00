"""A pack is checked before a night needs it, and each mistake is one message with its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon.canonical.check import check
from recon.canonical.packs import SHIPPED, load_pack, names
from recon.config import WorkspaceSettings
from recon.engines.duckdb import connect
from tests.canonical.test_staging import MOVEMENT, PACK_YAML, _pack


def _checked(folder: Path, movement: str) -> list[str]:
    with connect(WorkspaceSettings(threads=1)) as connection:
        return [str(error) for error in check(_pack(folder, movement=movement), connection)]


@pytest.mark.parametrize("name", names([SHIPPED]))
def test_a_shipped_pack_is_fit_for_use(name: str) -> None:
    """Paths and SQL run on empty tables, as increments and as a whole."""
    with connect(WorkspaceSettings(threads=1)) as connection:
        assert check(load_pack(name, [SHIPPED]), connection) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reads: {dose: [dose_no]}", "reads: {dose: SELECT dose_no FROM changed.dosis}", "dosis"),
        ("reads: {dose: [dose_no]}", "reads: {dose: 'SELECT dose_no, plant FROM changed.dose'}", "path"),
        ("FROM raw.dose", "FROM raw.dose SEMI JOIN raw.other USING (dose_no)", "other"),
        ("quantity, NULL AS unit", "quanttiy, NULL AS unit", "quanttiy"),
        ("reads: {dose: [dose_no]}", "reads: {dose: [dose_no]}\nasked: {quantity: dose.quantity}", "cannot be asked for by quantity"),
        ("dose_no, dose_no AS movement_id", "dose_no AS movement_id", "does not return dose_no of its key"),
    ],
    ids=[
        "a path that does not run",
        "a path to more than the key",
        "a table it does not read",
        "an unknown column",
        "asked for by a number",
        "a key that is not returned",
    ],
)
def test_mistakes_that_only_show_when_it_runs(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Without a row of data."""
    movement = MOVEMENT.replace("\n       dose_no, dose_no AS", " dose_no, dose_no AS")
    assert old in movement
    (error,) = _checked(tmp_path, movement.replace(old, new, 1))
    assert "doses/movement.sql" in error
    assert said in error


def test_a_pack_that_will_do(tmp_path: Path) -> None:
    """Nothing is said of it."""
    assert PACK_YAML
    assert _checked(tmp_path, MOVEMENT) == []
