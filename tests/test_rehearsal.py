"""`recon doctor` says what a run could judge, by asking every source as a run would, and leaves nothing behind."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon.cli.doctor import examine, verdict
from tests import dependents, nights


@dataclass(frozen=True)
class Trouble:
    """An entry of rehearsal.yaml."""

    kind: str
    rows: dict[str, list[str]]
    exit: int
    lost: dict[str, list[str] | str] | None = None
    partly: dict[str, list[str] | str] = field(default_factory=dict)
    optional: bool = True
    """Rules are lost too that a site without the lost sources can do without."""
    hours: int = 0
    change: list[dict[str, str]] = field(default_factory=list)


TROUBLES = [Trouble(**entry) for entry in yaml.safe_load(Path(__file__).with_name("rehearsal.yaml").read_text(encoding="utf-8"))]


def _change(step: dict[str, str], workspace: Path) -> None:
    match step:
        case {"remove": name}:
            (workspace / name).unlink()
        case {"file": name, "old": old, "new": new}:
            text = (workspace / name).read_text(encoding="cp1252")
            assert old in text
            (workspace / name).write_text(text.replace(old, new, 1), encoding="cp1252", newline="")
        case _:
            raise AssertionError(step)


def _files(folder: Path) -> dict[Path, Any]:
    return {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in folder.rglob("*")}


def _prospect(lost: dependents.Delivered, partly: dependents.Delivered, optional: bool) -> str:
    """What the doctor has to say of the rules, where those on `lost` tables cannot be judged, and those on `partly` ones not everywhere."""
    rules = {rule for rule, _ in dependents.everything()} - dependents.noted()
    gone = {rule for rule in rules if {one for one in dependents.everything() if one[0] == rule} <= dependents.on(lost, optional)}
    some = {rule for rule, _ in dependents.on(lost, optional) | dependents.on(partly, optional)} - gone
    at_some = f", and {len(some)} more at some plants only" if some else ""
    return f"a run now could judge {len(rules - gone - some)} of {len(rules)} rules{at_some}"


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.kind)
def test_the_doctor_knows_what_a_run_could_judge(trouble: Trouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A header, a delimiter, a form, a stale source: said before the night, with the rules they cost; nothing in the workspace or beside it changes."""
    workspace = tmp_path / "workspace"
    reference = nights.deliver(nights.SMALL, 2, workspace) + timedelta(hours=trouble.hours)
    workspace.chmod(0o750)
    for step in trouble.change:
        _change(step, workspace)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = _files(workspace)
    checks = [check for check in examine(workspace, reference) if check.name not in ("disk", "libodbc")]
    assert _files(workspace) == before
    assert list(scratch.iterdir()) == []
    by_name = {check.name: check for check in checks}
    for name, (state, *texts) in trouble.rows.items():
        told = f"{by_name[name].detail} {by_name[name].todo}"
        assert (by_name[name].state, [text for text in texts if text not in told]) == (state, []), by_name[name]
    assert [check.detail for check in checks if check.area == "run"] == (
        [] if trouble.lost is None else [_prospect(trouble.lost, trouble.partly, trouble.optional)]
    )
    assert verdict(checks) == trouble.exit, [check for check in checks if check.state != "ok"]
