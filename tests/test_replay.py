"""A past run replays to the same, from its own parts: without sources, whatever was run, decided and configured since."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recon import config, shipped
from recon.errors import ConfigurationError, ExitCode, IntegrityError
from recon.findings.ledger import FILE_NAME, Decision, Ledger
from recon.replay import as_then, empty_folder, replay
from recon.reporting import runs
from recon.snapshots import trust
from recon.snapshots.manifest import read_manifest
from recon.snapshots.parts import part_path
from tests import commands, nights

FIRST, SECOND = "20260310T011500Z", "20260311T011500Z"


@pytest.fixture
def workspace(small_after: Callable[[int, Path], Path], tmp_path: Path) -> Path:
    """After two nights, and what the sources had delivered is gone."""
    made = small_after(2, tmp_path / "workspace")
    shutil.rmtree(made / "inbox")
    return made


def bytes_of(workspace: Path) -> dict[str, str]:
    return {str(file): trust.file_digest(file) for file in sorted(workspace.rglob("*")) if file.is_file()}


def change_settings(workspace: Path) -> None:
    """Ten times the tolerance that was in force."""
    with (workspace / "recon.toml").open("a", encoding="utf-8") as file:
        file.write("\n[parameters.CON-001]\nrel_tol = 0.5\n")


def waive(workspace: Path, run_id: str) -> None:
    """Somebody waives a finding after the run."""
    (found,) = nights.rows(workspace / "store" / "runs" / run_id, "SELECT finding_id FROM findings WHERE state = 'new' ORDER BY finding_id LIMIT 1")
    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        ledger.decide(Decision("waive", found["finding_id"], "known", "K. Weber", "2026-03-11T09:00:00Z"))


def test_the_first_night_after_the_second(workspace: Path) -> None:
    """To the byte, with the hash that its event has in the chain, and nothing in the workspace is touched."""
    change_settings(workspace)
    waive(workspace, FIRST)
    before = bytes_of(workspace)
    ended = commands.recon("replay", "20260310", "--format", "json", workspace=workspace)
    assert ended.returncode == ExitCode.CLEAN, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    assert {name: told[name] for name in ("run", "same", "identical", "differences", "rules", "otherwise", "unfit")} == {
        "run": FIRST,
        "same": True,
        "identical": True,
        "differences": [],
        "rules": [],
        "otherwise": [],
        "unfit": None,
    }
    assert told["head_now"] == told["head_then"] == runs.find_run(workspace, FIRST).chain_head
    assert told["parts"] > 100
    assert bytes_of(workspace) == before


def test_a_rule_that_has_changed(workspace: Path, tmp_path: Path) -> None:
    """The second night, which was mapped on from the first and settled with it, by a rule of today: that is said, and nothing else is otherwise."""
    original = next(shipped.folder("rules").rglob("CON-005-*.sql"))
    own = workspace / "rules" / original.name
    own.parent.mkdir(exist_ok=True)
    own.write_text(original.read_text(encoding="utf-8").replace("severity: high", "severity: medium", 1), encoding="utf-8")
    ended = commands.recon("replay", SECOND, "--out", str(tmp_path / "out"), workspace=workspace)
    assert ended.returncode == ExitCode.FINDINGS, ended.stderr
    said = " ".join(ended.stdout.split())
    assert f"{SECOND} replayed from" in said
    assert "not as that night: rule CON-005: version" in said
    assert said.count("not as that night") == 1
    then, now = (nights.rows(place / "store" / "runs" / SECOND, "SELECT * FROM findings") for place in (workspace, tmp_path / "out"))
    assert [row for row in now if row["rule_id"] != "CON-005"] == [row for row in then if row["rule_id"] != "CON-005"]
    # What was resolved is told as the first night had it.
    assert {row["severity"] for row in now if row["rule_id"] == "CON-005" and row["state"] != "resolved"} == {"medium"}
    listed = commands.recon("findings", "--rule", "CON-005", "--format", "json", workspace=tmp_path / "out")
    assert {row["severity"] for row in json.loads(listed.stdout)} == {"medium"}


def _alter(file: Path) -> None:
    """Other bytes under the same name; the file itself belongs to other workspaces too."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 255
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [_alter, Path.unlink], ids=["altered", "missing"])
@pytest.mark.parametrize("side", ["sources", "canonical"])
def test_a_part_that_is_not_what_it_was(workspace: Path, tmp_path: Path, damage: Callable[[Path], object], side: str) -> None:
    """Whatever the part holds, the message names it, and nothing is judged."""
    manifest = read_manifest(workspace / "store" / "runs" / SECOND)
    state = manifest["sources"]["sap"]["tables"]["MSEG"] if side == "sources" else manifest["canonical"]["sap.movement"]["sap"]
    file = part_path(workspace / "store", state["base"]["digest"])
    damage(file)
    with pytest.raises(IntegrityError, match=f"run {SECOND}: cannot be replayed: .*{file.name}"):
        replay(workspace, runs.find_run(workspace, SECOND), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_the_run_before(workspace: Path, tmp_path: Path) -> None:
    """The second night was settled with what the first had found."""
    shutil.rmtree(workspace / "store" / "runs" / FIRST)
    with pytest.raises(IntegrityError, match=f"{FIRST}: is gone, and run {SECOND} was settled"):
        replay(workspace, runs.find_run(workspace, SECOND), tmp_path / "out")


def test_where_it_is_kept(tmp_path: Path) -> None:
    """In a folder of its own."""
    (tmp_path / "full" / "of").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="is not empty"):
        empty_folder(tmp_path / "workspace", tmp_path / "full")
    with pytest.raises(ConfigurationError, match="lies in the workspace"):
        empty_folder(tmp_path / "full", tmp_path / "full" / "replay")


def test_settings_that_fit_no_more(workspace: Path) -> None:
    """Today's recon.toml takes their place and is said to, but only where it knows the same sources."""
    past = runs.find_run(workspace, FIRST)
    noted = json.loads((past.folder / trust.RUN).read_text(encoding="utf-8"))["declared"]
    unknown = {**noted, "recon.toml: owners.STK-099": '"quality"'}
    (loaded, unfit) = as_then(workspace, past, unknown)
    assert loaded[0] == config.load(workspace)
    assert unfit is not None
    assert "owners.STK-099" in unfit
    text = (workspace / "recon.toml").read_text(encoding="utf-8")
    (workspace / "recon.toml").write_text(text.replace("[sources.mes_peoria", "[sources.mes_illinois"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"owners\.STK-099.*, and today's has other sources"):
        as_then(workspace, past, unknown)
    loaded, unfit = as_then(workspace, past, noted)
    assert unfit is None
    assert "mes_peoria" in loaded[0].sources
