"""What was done to finished nights is noticed: one message says where and what to do, the exit code is 4, and nothing is changed.

Each entry of tampering.yaml is done to a workspace of two nights, and then every command is called that opens what was touched; the head of that file says
what an entry may hold.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
import yaml

from recon.cli import main
from recon.errors import ExitCode
from recon.findings.integrity import verify
from recon.reporting.metrics import STABLE
from recon.snapshots import trust
from tests import commands, nights

COMMANDS = {
    "findings": ["findings"],
    "status": ["status", "--format", "json"],
    "show": ["show", "FINDING"],
    "report": ["report", "--out", "OUT"],
    "sql": ["sql", "SELECT count(*) FROM sap.movement"],
    "doctor": ["doctor"],
    "audit verify": ["audit", "verify"],
    "run": ["run", "--as-of", "2026-03-12T01:15:00Z"],
}


@dataclass(frozen=True)
class Deed:
    """An entry of tampering.yaml."""

    kind: str
    do: list[dict[str, str]]
    says: list[str]
    silent: list[str] = field(default_factory=list)


DEEDS = [Deed(**entry) for entry in yaml.safe_load(Path(__file__).with_name("tampering.yaml").read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def sound(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights that nobody touched."""
    return small_after(2, tmp_path_factory.mktemp("sound") / "workspace")


def _names(workspace: Path) -> dict[str, str]:
    """What the words of the entries stand for."""
    first, newest = trust.published(workspace / "store")
    manifest = json.loads((workspace / "store" / "runs" / newest / trust.MANIFEST).read_text(encoding="utf-8"))
    digest = manifest["canonical"]["sap.movement"]["sap"]["base"]["digest"]
    return {"RUN": newest, "FIRST": first, "PART": f"store/parts/{digest[:2]}/{digest}.parquet"}


def _spelt(text: str, names: dict[str, str]) -> str:
    for word, meant in names.items():
        text = text.replace(word, meant)
    return text


def _file(workspace: Path, told: str, names: dict[str, str]) -> Path:
    return workspace / (f"store/runs/{_spelt(told, names)}" if told.startswith(("RUN", "FIRST")) else _spelt(told, names))


def _tamper(workspace: Path, step: dict[str, str], names: dict[str, str]) -> None:
    match step:
        case {"sql": statements}:
            with sqlite3.connect(workspace / trust.LEDGER) as connection:
                connection.executescript(_spelt(statements, names))
            connection.close()
        case {"parquet": told, "rows": rows}:
            file = _file(workspace, told, names)
            duckdb.sql(f"COPY (SELECT * FROM '{file}' WHERE {rows}) TO '{file}.new' (FORMAT parquet)")
            Path(f"{file}.new").rename(file)
        case {"append": told}:
            with _file(workspace, told, names).open("ab") as file_object:
                file_object.write(b" ")
        case {"remove": told}:
            file = _file(workspace, told, names)
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        case {"file": told, "text": text}:
            _file(workspace, told, names).write_text(text, encoding="utf-8")
        case {"file": told, "old": old, "new": new}:
            file = _file(workspace, told, names)
            content = file.read_text(encoding="utf-8")
            assert old in content
            file.write_text(content.replace(old, new, 1), encoding="utf-8")
        case {"vouch": told}:
            folder = _file(workspace, told, names)
            manifest = json.loads((folder / trust.MANIFEST).read_text(encoding="utf-8"))
            manifest["outputs"] |= {name: trust.file_digest(folder / name) for name in manifest["outputs"] if name != trust.RUN}
            (folder / trust.MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        case _:
            raise AssertionError(step)


def _everything(workspace: Path) -> dict[str, bytes]:
    """All that earlier nights left. How the last attempt ended is told beside it, also of one that changed nothing."""
    return {
        str(file.relative_to(workspace)): file.read_bytes()
        for top in ("store/runs", "reports", "ledger.db")
        for file in ([workspace / top] if (workspace / top).is_file() else (workspace / top).rglob("*"))
        if file.is_file() and file.name != STABLE
    }


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.kind)
def test_tampering_is_noticed_by_whoever_opens_it(
    deed: Deed, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4 and one message that says where, what and what to do; a run stops before it reads anything, and all stays as it is."""
    workspace = tmp_path / "workspace"
    shutil.copytree(sound, workspace, copy_function=shutil.copyfile)
    names = _names(workspace)
    (finding,) = nights.rows(workspace / "store" / "runs" / names["RUN"], "SELECT max(finding_id) AS id FROM findings WHERE severity <> 'critical'")
    for step in deed.do:
        _tamper(workspace, step, names)
    before = _everything(workspace)
    for command, arguments in COMMANDS.items():
        if command in deed.silent:
            continue
        called = [{"FINDING": finding["id"], "OUT": str(tmp_path / "out")}.get(argument, argument) for argument in arguments]
        monkeypatch.setattr(sys, "argv", ["recon", "-w", str(workspace), *called])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert ended.value.code == ExitCode.INTEGRITY, (command, out, err)
        assert command == "doctor" or err.count("recon: ") == 1, (command, err)
        said = out if command == "doctor" else err
        assert [text for text in deed.says if _spelt(text, names) not in said] == [], (command, said)
    assert _everything(workspace) == before


def test_what_nobody_touched_verifies(sound: Path) -> None:
    """The chain, both runs and every part; the head that a report printed is in the chain, one that none printed is not."""
    ended = commands.recon("audit", "verify", workspace=sound)
    assert ended.returncode == 0, ended.stderr
    assert "3 events in the chain, 2 runs and all their files as recorded" in ended.stdout
    run, _ = trust.read_checked(sound / "store" / "runs" / trust.published(sound / "store")[0])
    assert commands.recon("audit", "verify", "--head", run["chain_head"], workspace=sound).returncode == 0
    assert commands.recon("audit", "verify", "--head", run["chain_head"][:16], workspace=sound).returncode == 0
    other = commands.recon("audit", "verify", "--head", "ab" * 32, workspace=sound)
    assert other.returncode == ExitCode.INTEGRITY
    assert "the chain ends without the anchored head abab" in commands.message(other)


def test_nothing_yet(tmp_path: Path) -> None:
    """A workspace without a night has nothing to verify, and no head is in it."""
    assert verify(tmp_path) is None
    ended = commands.recon("audit", "verify", "--head", "ab" * 32, workspace=tmp_path)
    assert ended.returncode == ExitCode.INTEGRITY
    assert "there is no ledger" in commands.message(ended)
