"""The log of a night: JSON lines in their order, also where the night fails, and never a secret."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from recon import log
from recon.errors import ConfigurationError, IntegrityError, ManyErrors
from recon.signals import Terminated


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "recon.toml").touch()
    return tmp_path


def lines(workspace: Path, run_id: str = "*") -> list[dict[str, Any]]:
    (file,) = (workspace / "logs").glob(f"{run_id}.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_line_says_when_what_and_which_run(workspace: Path) -> None:
    """What was said before the run had its name is in its file too; a step has its seconds and its figures."""
    clock = iter(range(100))
    with log.NightLog(workspace, lambda: float(next(clock))) as night:
        night.name("20260310T010000Z")
        with night.step("read", lambda: {"rows": 7}):
            pass
    told = lines(workspace, "20260310T010000Z")
    assert [list(line)[:3] for line in told] == [["at", "event", "run_id"]] * 2
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["at"]) for line in told)
    assert told[0]["event"] == "started"
    assert {name: told[1][name] for name in ("event", "step", "seconds", "rows")} == {"event": "step", "step": "read", "seconds": 1.0, "rows": 7}
    assert stat.S_IMODE(next((workspace / "logs").iterdir()).stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (IntegrityError("ledger.db", "is gone", "restore it"), {"error": "IntegrityError", "exit_code": 4, "where": "ledger.db", "what": "is gone"}),
        (ManyErrors([ConfigurationError("a", "b"), ConfigurationError("c", "d")]), {"error": "ManyErrors", "exit_code": 2, "problems": ["a: b", "c: d"]}),
        (Terminated(), {"error": "interrupted", "exit_code": 143}),
        (KeyboardInterrupt(), {"error": "interrupted", "exit_code": 130}),
        (ValueError("postgresql://reader:secret@host"), {"error": "ValueError", "exit_code": 5}),
    ],
)
def test_a_night_that_fails_says_how(workspace: Path, error: BaseException, told: dict[str, Any]) -> None:
    """The step that failed, and the error; of one that nobody foresaw the kind alone, for its text may quote anything."""
    with pytest.raises(type(error)), log.NightLog(workspace) as night, night.step("judge", dict):
        raise error
    *_, step, failed = lines(workspace)
    assert (step["event"], step["step"]) == ("step failed", "judge")
    assert failed["event"] == "failed"
    assert {name: failed[name] for name in told} == told
    assert "secret" not in next((workspace / "logs").iterdir()).read_text(encoding="utf-8")


def test_a_run_that_is_called_again_goes_on_in_its_log(workspace: Path) -> None:
    """Nothing of the first attempt is lost."""
    for _ in range(2):
        with log.NightLog(workspace) as night:
            night.name("20260310T010000Z")
    assert [line["event"] for line in lines(workspace)] == ["started", "started"]


def test_what_is_no_workspace_gets_no_folder(tmp_path: Path) -> None:
    """A typo in -w leaves nothing behind."""
    with pytest.raises(ConfigurationError), log.NightLog(tmp_path):
        raise ConfigurationError("here", "is no workspace")
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_cannot_be_written_does_not_end_the_night(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said once."""
    (workspace / "logs").write_text("in the way")
    with log.NightLog(workspace) as night:
        night.name("20260310T010000Z")
        night.say("progress", text="on")
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_the_newest_logs_are_kept(workspace: Path) -> None:
    """As many as are asked for; what else lies there is left alone."""
    (workspace / "logs").mkdir()
    names = [f"202603{day:02}T010000Z.jsonl" for day in range(1, 6)]
    for name in (*names, "cron.log"):
        (workspace / "logs" / name).touch()
    log.keep(workspace, 2)
    assert sorted(file.name for file in (workspace / "logs").iterdir()) == [*names[-2:], "cron.log"]
