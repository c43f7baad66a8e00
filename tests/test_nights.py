"""Nights one after the other, as a scheduler sees them: what is judged when, what is not, and what a run that ended early leaves to the next."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from recon import run as night
from recon import shipped
from recon.errors import ExitCode, WorkspaceError
from recon.findings.ledger import FILE_NAME, Ledger
from recon.night.state import Night
from recon.reporting.metrics import STABLE
from recon.snapshots import lock
from tests import commands, dependents, nights
from tests.test_company import generate

FIRST, SECOND = (datetime.fromisoformat(nights.truth(nights.SMALL, number)["reference"]) for number in (1, 2))
BOTH_MES = {"mes": "all", "mes_peoria": "all"}
ALL = len(dependents.everything())
"""Rules × plants."""
RULES = {rule for rule, _ in dependents.everything()}
MES_RULES = {rule for rule, _ in dependents.on(BOTH_MES)}
INTAKE = {"INT-006", "INT-007", "INT-008", "INT-009"}
"""Rules on what recon learned at intake: they tell of a source what makes others not evaluated."""
QMS_RULES = {rule for rule, _ in dependents.on({"qms": "all"})}


@pytest.fixture(scope="module")
def one(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the first night. Tests copy it."""
    return small_after(1, tmp_path_factory.mktemp("one") / "workspace")


@pytest.fixture(scope="module")
def two(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with both nights."""
    return small_after(2, tmp_path_factory.mktemp("two") / "workspace")


def copy(workspace: Path, into: Path) -> Path:
    """A workspace of its own that a test may change."""
    return Path(shutil.copytree(workspace, into / "workspace", copy_function=shutil.copyfile))


def _configure(workspace: Path, line: str) -> None:
    with (workspace / "recon.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[workspace]\n{line}\n")


def folder(workspace: Path, moment: datetime) -> Path:
    """The published run of a moment."""
    return workspace / "store" / "runs" / f"{moment:%Y%m%dT%H%M%SZ}"


def _lives(published: Path, rules: set[str]) -> dict[str, tuple[Any, ...]]:
    """finding_id → what must not change on a night that cannot judge, for the findings of some rules."""
    found = nights.rows(published, "SELECT finding_id, rule_id, state, first_seen, last_seen, nights_open, in_flight_nights FROM findings")
    return {row.pop("finding_id"): tuple(row.values()) for row in found if row["rule_id"] in rules}


def _living(lives: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {finding: life for finding, life in lives.items() if life[1] not in ("resolved", "retired")}


def _not_evaluated(published: Path) -> dict[str, str]:
    """rule → reason, for the rules that were not evaluated."""
    rows = nights.rows(published, "SELECT rule_id, reason FROM outcomes WHERE outcome = 'not evaluated'")
    return {row["rule_id"]: row["reason"] for row in rows}


def test_a_night_measures_the_postings_since_the_night_before(one: Path, two: Path) -> None:
    """Each window begins where the last one ended; the second night tells both, and of each what the night itself told."""
    told = "SELECT system, plant, workflow, since, until, events, p50, p95, slowest, reference FROM latency WHERE run_id = '{}' ORDER BY plant, workflow"
    first = nights.rows(folder(one, FIRST), told.format(folder(one, FIRST).name))
    second = nights.rows(folder(two, SECOND), told.format(folder(two, SECOND).name))
    assert nights.rows(folder(two, SECOND), told.format(folder(one, FIRST).name)) == first
    assert [(row["plant"], row["workflow"], row["until"]) for row in first] == [(row["plant"], row["workflow"], row["since"]) for row in second]
    # No transfer of the company quotes the number of a hold.
    assert {row["workflow"] for row in first} == {"confirmation", "consumption", "decision", "receipt", "scrap"}
    for row in (*first, *second):
        assert row["events"] == 0 or row["p50"] <= row["p95"] <= row["slowest"]
    assert sum(row["events"] for row in second) > 0


class TestSameBytes:
    """The same snapshot gives the same run, wherever and however it is judged."""

    def test_threads_and_time_zone_change_nothing(self, two: Path, tmp_path: Path) -> None:
        """Two threads on a machine in another zone: every file of both nights, and the head of the audit chain, are the same to the byte."""
        workspace = tmp_path / "elsewhere"
        for number, moment in ((1, FIRST), (2, SECOND)):
            nights.deliver(nights.SMALL, number, workspace)
            if number == 1:
                _configure(workspace, "threads = 2")
            assert commands.run(workspace, moment, {"TZ": "America/St_Johns"}).returncode == ExitCode.FINDINGS
            here, there = folder(two, moment), folder(workspace, moment)
            names = sorted(file.name for file in here.iterdir())
            assert names == sorted(file.name for file in there.iterdir())
            assert [name for name in names if name != "run.duckdb" and (here / name).read_bytes() != (there / name).read_bytes()] == []

    def test_a_run_that_is_there_is_not_judged_again(self, two: Path) -> None:
        """Asked for a second time it returns the same exit code, says so, and no file changes."""
        before = _stamps(two)
        again = commands.run(two, SECOND)
        assert again.returncode == ExitCode.FINDINGS
        assert again.stderr.splitlines()[0] == "run 20260311T011500Z", "its name comes first"
        assert "was there already; nothing was judged again" in again.stderr
        assert again.stdout.splitlines()[-1].startswith("night run=20260311T011500Z exit=1 critical="), "one line to grep comes last"
        assert _stamps(two) == before

    def test_a_night_leaves_its_log_and_its_metrics(self, two: Path) -> None:
        """Every step with its seconds and its rows, how it ended, and counts for a collector at a place that stays."""
        told = [json.loads(line) for line in (two / "logs" / "20260310T011500Z.jsonl").read_text(encoding="utf-8").splitlines()]
        steps = {line["step"]: line for line in told if line["event"] == "step"}
        assert list(steps) == [
            "read",
            "map_to_canonical",
            "gate",
            "note",
            "trace",
            "judge",
            "second_look",
            "relate",
            "settle",
            "propose",
            "write",
            "publish",
            "record",
            "report",
        ]
        assert all(steps[name]["rows"] > 0 for name in ("read", "map_to_canonical", "judge", "settle", "propose"))
        assert (told[0]["event"], told[-1]["event"], told[-1]["exit_code"]) == ("started", "ended", ExitCode.FINDINGS)
        assert 'state="new"} ' in (two / "reports" / "20260310T011500Z" / "metrics.prom").read_text(encoding="utf-8")

    def test_what_can_be_put_right_has_its_proposal(self, two: Path) -> None:
        """Of each rule of the company that names an action something is proposed, none of the actions fails, and no release is among them."""
        found = nights.rows(folder(two, FIRST), "SELECT rule_id, status, reason, effect, proposal_id FROM proposals")
        proposed = {row["rule_id"] for row in found if row["status"] == "proposed"}
        assert proposed >= {"CON-001", "CON-002", "CON-005", "CON-011", "ORD-001", "ORD-004"}
        in_the_warehouse = [row for row in found if row["rule_id"] in ("ORD-009", "STK-001", "STK-002") and row["status"] == "refused"]
        assert {row["reason"] for row in in_the_warehouse} == {"storage location 0030 is managed by a warehouse system: post it there"}
        assert [row for row in found if "failed" in (row["reason"] or "") or row["effect"] == "release"] == []
        ids = [row["proposal_id"] for row in found if row["proposal_id"]]
        assert len(ids) == len(set(ids))

    def test_a_run_is_readable_by_its_group_only(self, two: Path) -> None:
        """Every file of it, those too that are made when it is recorded."""
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder(two, SECOND).iterdir()} == {0o640}
        assert stat.S_IMODE(folder(two, SECOND).stat().st_mode) == 0o2750

    def test_an_older_night_is_refused(self, two: Path) -> None:
        """A night before one that was judged would turn time back: exit code 2, and what to do. One that is there is not asked anew."""
        told = commands.message(refused := commands.run(two, SECOND - timedelta(hours=1)))
        assert refused.returncode == ExitCode.USAGE
        assert "20260311T001500Z: is older than 20260311T011500Z" in told
        assert "run for a moment after" in told
        assert commands.run(two, FIRST).returncode == ExitCode.FINDINGS

    def test_a_night_that_has_not_come_is_refused(self, one: Path, tmp_path: Path) -> None:
        """A typo in the year would bar every night until then; an hour ahead is a matter of clocks. Nothing is read or written."""
        workspace = copy(one, tmp_path)
        before = _stamps(workspace)
        now = datetime.now(UTC)
        told = commands.message(refused := commands.run(workspace, now.replace(year=now.year + 10, day=1)))
        assert refused.returncode == ExitCode.USAGE
        assert "lies in the future" in told
        assert "look at the year" in told
        assert _stamps(workspace) == before
        assert commands.run(workspace, now + timedelta(minutes=50)).returncode == ExitCode.INCOMPLETE

    def test_a_newest_run_in_the_future_is_told(self, one: Path, tmp_path: Path) -> None:
        """One night under a wrong clock bars the others: the doctor and the next run say so, and what can be done."""
        workspace = copy(one, tmp_path)
        ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
        night.run(workspace, ahead)
        checks = {check["name"]: check for check in json.loads(commands.recon("doctor", "--format", "json", workspace=workspace).stdout)}
        assert checks["newest run"]["state"] == "problem"
        told = commands.message(refused := commands.recon("run", workspace=workspace))
        assert refused.returncode == ExitCode.USAGE
        for text in (checks["newest run"]["todo"], told):
            assert "restore ledger.db, store/runs and reports from a backup" in text


def _stamps(workspace: Path) -> dict[Path, int]:
    files = [file for top in ("store/runs", "store/parts", "reports", "ledger.db") for file in (workspace / top).rglob("*")]
    return {file: file.stat().st_mtime_ns for file in files if file.is_file() and file.name != STABLE}  # that one tells of the last attempt


class TestSourceTakenAway:
    """A source that is not there, too old or suddenly empty blinds its rules, and nothing else."""

    def test_for_a_night(self, tmp_path: Path) -> None:
        """Without the MES of either plant their rules are not evaluated and the life of their findings stands still; on the next night they are judged as if
        there had been no night between, and the rules that need no MES as if nothing had happened."""
        company = generate(tmp_path / "company", seed=5, orders=200, nights_=3)
        blind, short, whole = tmp_path / "blind", tmp_path / "short", tmp_path / "whole"
        first = nights.run_night(company, 1, blind).folder
        for workspace in (short, whole):
            shutil.copytree(blind, workspace)
        moment = nights.deliver(company, 2, blind)
        for database in (blind / "inbox").glob("mes*/mes.db"):
            database.unlink()
        ended = commands.run(blind, moment)
        assert ended.returncode == ExitCode.INCOMPLETE
        assert f"{len(dependents.on(BOTH_MES))} not evaluated" in ended.stdout
        assert "there is no such database file" in ended.stdout
        assert _not_evaluated(folder(blind, moment)).keys() == MES_RULES
        before = _lives(first, MES_RULES)
        assert before
        assert _lives(folder(blind, moment), MES_RULES) == _living(before)
        nights.run_night(company, 2, whole)
        third = {workspace: nights.run_night(company, 3, workspace) for workspace in (blind, short, whole)}
        assert third[blind].exit_code == third[whole].exit_code
        assert _lives(third[blind].folder, MES_RULES) == _lives(third[short].folder, MES_RULES)
        assert _lives(third[blind].folder, RULES - MES_RULES - INTAKE) == _lives(third[whole].folder, RULES - MES_RULES - INTAKE)
        gone = "SELECT key ->> '$.source' AS source FROM findings WHERE rule_id = 'INT-007' AND state = '{}' AND key ->> '$.table' IS NULL ORDER BY ALL"
        for run, state in ((folder(blind, moment), "new"), (third[blind].folder, "resolved")):
            assert nights.rows(run, gone.format(state)) == [{"source": name} for name in sorted(BOTH_MES)]
        # INT-006 tells of what was posted since it was last measured, which is two nights for the one that was blind.
        fires = "SELECT finding_id FROM findings WHERE state NOT IN ('resolved', 'retired') AND rule_id <> 'INT-006' ORDER BY ALL"
        assert nights.rows(third[blind].folder, fires) == nights.rows(third[whole].folder, fires)

    def test_too_old(self, one: Path, two: Path, tmp_path: Path) -> None:
        """Beyond its max_lag a source is stale: named with its moment, and its age drags nobody else's cut back."""
        workspace = copy(one, tmp_path)
        nights.deliver(nights.SMALL, 2, workspace)
        (workspace / "inbox" / "qms" / "extract.json").write_text(json.dumps({"as_of": commands.as_of(SECOND - timedelta(hours=6, seconds=1))}))
        ended = commands.run(workspace, SECOND)
        assert ended.returncode == ExitCode.INCOMPLETE
        reason = "qms: stale: as of 2026-03-10 19:14Z, more than 6 h before 2026-03-11 01:15Z"
        assert _not_evaluated(folder(workspace, SECOND)) == dict.fromkeys(QMS_RULES, reason)
        told = " ".join(ended.stdout.split())
        assert reason.removeprefix("qms: ") in told
        places = ", ".join(sorted({plant for rule, plant in dependents.on({"qms": "all"}) if rule in QMS_RULES}))
        assert f"not evaluated at {places}: for want of qms ({len(QMS_RULES)} rules)" in told
        assert _lives(folder(workspace, SECOND), QMS_RULES) == _living(_lives(folder(workspace, FIRST), QMS_RULES))
        cuts = "SELECT DISTINCT rule_id, plant, cut FROM outcomes WHERE outcome = 'evaluated' ORDER BY ALL"
        as_ever = [row for row in nights.rows(folder(two, SECOND), cuts) if row["rule_id"] not in QMS_RULES]
        assert nights.rows(folder(workspace, SECOND), cuts) == as_ever

    @pytest.mark.parametrize(
        ("empty", "reason"),
        [
            (lambda inbox: (inbox / "qms" / "hold.json").write_text("[]"), "qms: hold is suspiciously empty: no rows, {} on 2026-03-09; "),
            (lambda inbox: _shorten(inbox / "sap" / "MCHB.csv", 40), "sap: MCHB is suspiciously empty: 40 rows, {} is the middle of the days before; "),
        ],
        ids=["no rows", "under half"],
    )
    def test_suspiciously_empty(self, one: Path, tmp_path: Path, empty: Callable[[Path], None], reason: str) -> None:
        """A table without rows where there were some, or with less than half as many as before, proves nothing healed; nor does it when it is delivered
        again and again, until somebody declares that it is right."""
        workspace = copy(one, tmp_path)
        source, table = reason.split()[:2]
        blind = {rule for rule, _ in dependents.on({source.rstrip(":"): [table]})}
        before = _living(_lives(folder(workspace, FIRST), blind))
        rows = json.loads((folder(one, FIRST) / "manifest.json").read_text("utf-8"))["sources"][source.rstrip(":")]["tables"][table]["rows"]
        accept = "accept_rows_from = 2026-03-10"  # the day of the cut at the plant furthest west
        reason = f"{reason.format(rows)}if that is right, say so in recon.toml: sources.{source.rstrip(':')}.tables.{table}.{accept}"
        nights.deliver(nights.SMALL, 2, workspace)
        empty(workspace / "inbox")
        for number in range(2):
            moment = SECOND + timedelta(minutes=5 * number)
            assert night.run(workspace, moment).exit_code == ExitCode.INCOMPLETE
            assert _not_evaluated(folder(workspace, moment)) == dict.fromkeys(blind, reason)
            assert _lives(folder(workspace, moment), blind) == before
        with (workspace / "recon.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[sources.{source.rstrip(':')}.tables.{table}]\n{accept}\n")
        moment = SECOND + timedelta(hours=1)
        assert night.run(workspace, moment).exit_code == ExitCode.FINDINGS
        assert _not_evaluated(folder(workspace, moment)) == {}

    def test_a_key_that_cannot_be_read_tonight(self, two: Path, one: Path, tmp_path: Path) -> None:
        """An open finding whose row has lost its quantity keeps its state, its dates and its age; the rule and all other keys are judged."""
        workspace = copy(one, tmp_path)
        nights.deliver(nights.SMALL, 2, workspace)
        (chosen,) = nights.rows(
            folder(two, SECOND),
            "SELECT min_by(finding_id, row_ref) AS finding, min(row_ref) AS row FROM findings JOIN evidence USING (finding_id) "
            "WHERE rule_id = 'CON-003' AND state = 'open' AND row_ref LIKE 'MSEG%'",
        )
        file = workspace / "inbox" / "sap" / "MSEG.csv"
        lines = file.read_text(encoding="cp1252").splitlines(keepends=True)
        number = int(chosen["row"].split(":")[2])
        values = lines[number].split(";")
        values[13] = "some"
        lines[number] = ";".join(values)
        file.write_text("".join(lines), encoding="cp1252")
        assert commands.run(workspace, SECOND).returncode == ExitCode.FINDINGS
        assert _lives(folder(workspace, SECOND), {"CON-003"})[chosen["finding"]] == _lives(folder(workspace, FIRST), {"CON-003"})[chosen["finding"]]
        rows = nights.rows(folder(workspace, SECOND), f"SELECT reason FROM not_evaluated WHERE finding_id = '{chosen['finding']}'")
        assert [row["reason"] for row in rows] == ['unreadable: MENGE "some" is not a number in the declared form']


def _shorten(file: Path, rows: int) -> None:
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[: rows + 1]))


class TestRuleSwitchedOff:
    """A site may do without a rule; it says why, and everybody who reads the night is told."""

    def test_its_findings_retire_and_return(self, one: Path, tmp_path: Path) -> None:
        workspace = copy(one, tmp_path)
        before = _living(_lives(folder(workspace, FIRST), {"STK-001"}))
        assert before
        written = (workspace / "recon.toml").read_text(encoding="utf-8")
        if "\n[rules.off]" not in written:
            written = f"{written}\n[rules.off]\n"
        changed = re.sub(r"(?m)^\[rules\.off\].*$", r"\g<0>\n'STK-001' = 'holds are not in use <yet>'", written)
        (workspace / "recon.toml").write_text(changed, encoding="utf-8")
        off = tomllib.loads(changed)["rules"]["off"]
        shipped_rule = next(shipped.folder("rules").rglob("CON-010-*.sql"))
        own = workspace / "rules" / shipped_rule.name
        own.parent.mkdir(exist_ok=True)
        own.write_text(shipped_rule.read_text(encoding="utf-8").replace("since:", "approved_by: K. Weber\nsince:", 1), encoding="utf-8")
        ended = commands.run(workspace, nights.deliver(nights.SMALL, 2, workspace))
        assert ended.returncode == ExitCode.FINDINGS
        assert f"{len(off)} rule{'s' if len(off) > 1 else ''} switched off" in " ".join(ended.stdout.split())
        assert {life[1] for life in _lives(folder(workspace, SECOND), {"STK-001"}).values()} == {"retired"}
        assert _not_evaluated(folder(workspace, SECOND)) == {}
        assert nights.rows(folder(workspace, SECOND), "SELECT count(*) AS n FROM outcomes WHERE rule_id = 'STK-001'") == [{"n": 0}]
        status = commands.recon("status", "--format", "json", workspace=workspace)
        told = json.loads(status.stdout)
        assert told["rules"]["switched_off"] == off
        noted = {change["what"]: (change["before"], change["after"]) for change in told["changed"]}
        assert noted["recon.toml: rules.off.STK-001"] == (None, '"holds are not in use <yet>"')
        assert "rule CON-010" in noted
        assert "changed since 20260310T011500Z: recon.toml: rules.off.STK-001" in ended.stderr
        assert told["site_files"] == [{"kind": "rule", "name": "CON-010", "instead": True, "waits": None, "approved_by": "K. Weber"}]
        page = (workspace / "reports" / f"{SECOND:%Y%m%dT%H%M%SZ}" / "index.html").read_text(encoding="utf-8")
        assert "holds are not in use &lt;yet&gt;" in page
        assert "switched off: holds are not in use <yet>" in commands.recon("rules", "show", "STK-001", workspace=workspace).stdout
        (workspace / "recon.toml").write_text(written, encoding="utf-8")
        assert night.run(workspace, SECOND + timedelta(minutes=5)).exit_code == ExitCode.FINDINGS
        states = {finding: life[1] for finding, life in _lives(folder(workspace, SECOND + timedelta(minutes=5)), {"STK-001"}).items()}
        assert "reopened" in states.values()
        assert set(states.values()) <= {"new", "reopened"}


class TestLock:
    """One run at a time in a workspace."""

    def test_a_live_holder_is_named(self, one: Path, tmp_path: Path) -> None:
        """The second run ends with exit code 5 and says which process has the workspace; when that is done, it is free."""
        workspace = copy(one, tmp_path)
        holder = subprocess.Popen([sys.executable, "-c", _HOLD, str(workspace)], stdout=subprocess.PIPE, env=commands.surroundings())
        with holder:
            assert holder.stdout
            holder.stdout.readline()
            told = commands.message(refused := commands.run(workspace, FIRST))
            assert refused.returncode == ExitCode.COULD_NOT_RUN
            assert f"a run is going on here: process {holder.pid} on {socket.gethostname()}, since 20" in told
            assert "it is alive: wait for it to end" in told
            holder.send_signal(signal.SIGKILL)
        again = commands.run(workspace, FIRST)
        assert again.returncode == ExitCode.FINDINGS
        assert f"process {holder.pid} on {socket.gethostname()}, since " in again.stderr
        assert ", did not end by itself" in again.stderr
        assert "did not end by itself" not in commands.run(workspace, FIRST).stderr

    @pytest.mark.parametrize(("host", "todo"), [("here", "that process is gone, but another one that it started"), ("elsewhere", "look for it on elsewhere")])
    def test_a_holder_that_cannot_be_seen(self, host: str, todo: str, tmp_path: Path) -> None:
        """A process that is gone while something it started lives on, or one of another machine: the message says where to look."""
        with subprocess.Popen(["true"]) as gone:
            gone.wait()
        with lock.hold(tmp_path):
            name = socket.gethostname() if host == "here" else host
            (tmp_path / "store" / ".lock").write_text(json.dumps({"process": gone.pid, "host": name, "since": "2026-03-10 01:15:00Z"}))
            with pytest.raises(WorkspaceError, match=todo), lock.hold(tmp_path):
                pass

    def test_readers_never_wait(self, one: Path, tmp_path: Path) -> None:
        """From the start of a run to its end, and so while it publishes, reading commands answer from one whole night or the other."""
        workspace = copy(one, tmp_path)
        nights.deliver(nights.SMALL, 2, workspace)
        command = [sys.executable, "-c", commands.MAIN, "-w", str(workspace), "run", "--as-of", commands.as_of(SECOND)]
        seen: list[str] = []
        with subprocess.Popen(command, env=commands.surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            while running.poll() is None:
                ended = commands.recon("findings", "--format", "json", workspace=workspace)
                assert ended.returncode == ExitCode.CLEAN, ended.stderr
                seen.append(ended.stdout)
                assert commands.recon("snapshots", "list", workspace=workspace).returncode == ExitCode.CLEAN
        whole = [commands.recon("findings", folder(workspace, moment).name, "--format", "json", workspace=workspace).stdout for moment in (FIRST, SECOND)]
        assert seen[0] == whole[0]
        assert set(seen) <= set(whole)

    def test_the_current_folder_has_a_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A message does not say that a run is going on in a dot."""
        monkeypatch.chdir(tmp_path)
        with lock.hold(Path()), pytest.raises(WorkspaceError, match=f"^{tmp_path.name}: a run is going on here"), lock.hold(Path()):
            pass

    def test_it_is_given_back(self, tmp_path: Path) -> None:
        """After the block another may have it."""
        for _ in range(2):
            with lock.hold(tmp_path):
                pass


_HOLD = """
import pathlib, sys, time
from recon.snapshots import lock
with lock.hold(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


class TestEndedEarly:
    """What a run that did not come to its end leaves, and what the next start makes of it."""

    def test_a_crash_between_publishing_and_recording(self, two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The next start records and reports the run before it judges its own night, which is as if nothing had happened."""

        def crash(_: Night) -> None:
            raise MemoryError

        moment = nights.deliver(nights.SMALL, 1, tmp_path)
        monkeypatch.setattr(night, "STEPS", (*night.STEPS[:-1], crash))
        with pytest.raises(MemoryError):
            night.run(tmp_path, moment)
        assert json.loads((folder(tmp_path, FIRST) / "run.json").read_text(encoding="utf-8"))["chain_head"] is None
        nights.deliver(nights.SMALL, 2, tmp_path)
        ended = commands.run(tmp_path, SECOND)
        assert ended.returncode == ExitCode.FINDINGS
        assert "finishing the interrupted run 20260310T011500Z" in ended.stderr
        same(tmp_path, two)

    @pytest.mark.parametrize("undone", [("report",), ("report", "run.duckdb"), ("report", "run.duckdb", "head"), ("report", "run.duckdb", "head", "ledger")])
    def test_what_was_not_done_is_done(self, one: Path, tmp_path: Path, undone: tuple[str, ...]) -> None:
        """Whatever is missing of a published run, the next start makes it, and the chain has the head it would have had."""
        workspace = copy(one, tmp_path)
        published = folder(workspace, FIRST)
        if "report" in undone:
            shutil.rmtree(workspace / "reports")
        if "run.duckdb" in undone:
            (published / "run.duckdb").unlink()
            (published / ".run.duckdb.partial").write_bytes(b"half a database")
            (published / ".run.duckdb.partial.wal").write_bytes(b"and half a log")
        if "head" in undone:
            file = published / "run.json"
            file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"chain_head": None}), encoding="utf-8")
        if "ledger" in undone:
            (workspace / FILE_NAME).unlink()
        ended = commands.run(workspace, FIRST)
        assert ended.returncode == ExitCode.FINDINGS
        assert "finishing the interrupted run 20260310T011500Z" in ended.stderr
        assert json.loads((published / "run.json").read_text("utf-8")) == json.loads((folder(one, FIRST) / "run.json").read_text("utf-8"))
        same(workspace, one, moments=(FIRST,))

    @pytest.mark.parametrize("moment", ["run 2026", "reading sap", "sap: sap.work_order", "comparing: Orders"])
    @pytest.mark.parametrize(
        ("number", "code", "word"), [(signal.SIGINT, ExitCode.INTERRUPTED, "interrupted"), (signal.SIGTERM, ExitCode.TERMINATED, "terminated")]
    )
    def test_an_interrupt_publishes_nothing(self, one: Path, tmp_path: Path, moment: str, number: signal.Signals, code: ExitCode, word: str) -> None:
        """Ctrl-C ends the run with exit code 130, SIGTERM with 143, and one message; nothing of the night remains but parts that the next one uses."""
        workspace = copy(one, tmp_path)
        nights.deliver(nights.SMALL, 2, workspace)
        ended, told = _interrupt_at(moment, workspace, number)
        assert ended == code, told
        assert "Traceback" not in told
        assert told.endswith(f"recon: {word}; nothing half-done was published\n")
        with lock.hold(workspace) as holder:
            assert holder is None, "the lock was given back"
        assert _unhidden(workspace / "store" / "runs") == ["20260310T011500Z"]
        assert leftovers(workspace) in ([], [f"store/runs/.{folder(workspace, SECOND).name}.partial"]), "what --resume goes on from may stay"

    def test_a_disk_that_fills_up_at_any_step(self, two: Path, one: Path, tmp_path: Path) -> None:
        """Wherever it fills up, one message and exit code 5; when there is room again the night is what it would have been."""
        workspace = copy(one, tmp_path)
        nights.deliver(nights.SMALL, 2, workspace)
        for size in (20_000, 55_000, 150_000):
            ended = commands.run(workspace, SECOND, largest_file=size)
            told = commands.message(ended)
            assert ended.returncode == ExitCode.COULD_NOT_RUN, told
            assert any(text in told for text in ("disk", "space")), told
            assert leftovers(workspace) in ([], [f"store/runs/.{folder(workspace, SECOND).name}.partial"]), "what --resume goes on from may stay"
        resumed = commands.recon("run", "--resume", workspace=workspace)
        assert resumed.returncode == ExitCode.FINDINGS
        assert "the interrupted run 20260311T011500Z" in resumed.stderr
        same(workspace, two)

    def test_nothing_to_resume(self, one: Path, tmp_path: Path) -> None:
        """Without a moment that is an error that says what to call; with one it is a plain run, so that a scheduler may always say --resume."""
        told = commands.message(refused := commands.recon("run", "--resume", workspace=one))
        assert refused.returncode == ExitCode.USAGE
        assert "no run was interrupted here" in told
        assert "call `recon run` without --resume" in told
        assert commands.recon("run", "--resume", "--as-of", commands.as_of(FIRST), workspace=one).returncode == ExitCode.FINDINGS

    def test_what_was_published_is_what_is_resumed(self, one: Path, tmp_path: Path) -> None:
        """A run that was killed after it was published is finished, and its exit code returned."""
        workspace = copy(one, tmp_path)
        (folder(workspace, FIRST) / "run.duckdb").unlink()
        resumed = commands.recon("run", "--resume", workspace=workspace)
        assert resumed.returncode == ExitCode.FINDINGS
        assert "finishing the interrupted run 20260310T011500Z" in resumed.stderr
        assert "nothing was judged again" in resumed.stderr
        same(workspace, one, moments=(FIRST,))

    def test_a_plain_run_throws_away_what_was_half_read(self, one: Path, tmp_path: Path) -> None:
        """And says so; the night is its own."""
        workspace = copy(one, tmp_path)
        left = workspace / "store" / "runs" / ".20260311T001500Z.partial" / "read"
        left.mkdir(parents=True)
        nights.deliver(nights.SMALL, 2, workspace)
        ended = commands.run(workspace, SECOND)
        assert ended.returncode == ExitCode.FINDINGS
        assert "throwing away what the interrupted run 20260311T001500Z has read" in ended.stderr
        assert leftovers(workspace) == []

    def test_a_report_that_cannot_be_written(self, one: Path, tmp_path: Path) -> None:
        """The night is published all the same; the message says what is in the way, and the next start writes the report."""
        workspace = copy(one, tmp_path)
        shutil.rmtree(workspace / "reports")
        (workspace / "reports").write_text("in the way", encoding="utf-8")
        told = commands.message(ended := commands.run(workspace, FIRST))
        assert ended.returncode == ExitCode.COULD_NOT_RUN
        assert "reports/20260310T011500Z: cannot be written: Not a directory" in told
        (workspace / "reports").unlink()
        assert commands.run(workspace, FIRST).returncode == ExitCode.FINDINGS
        same(workspace, one, moments=(FIRST,))

    def test_a_bug_is_no_finding(self, one: Path) -> None:
        """What nobody foresaw keeps its traceback and ends with 5: Python's own 1 would say that there are findings."""
        code = "import recon.reporting.runs as r; r.find_run = lambda *_: 1 / 0; from recon.cli import main; main()"
        command = [sys.executable, "-c", code, "-w", str(one), "status"]
        ended = subprocess.run(command, env=commands.surroundings(), capture_output=True, text=True, check=False)
        assert ended.returncode == ExitCode.COULD_NOT_RUN
        assert "ZeroDivisionError" in ended.stderr


def same(workspace: Path, other: Path, moments: tuple[datetime, ...] = (FIRST, SECOND)) -> None:
    """Both workspaces hold the same findings, byte for byte, under a chain that verifies and has one head, with reports and nothing left over."""
    for moment in moments:
        here, there = folder(workspace, moment), folder(other, moment)
        for name in ("findings.parquet", "transitions.parquet", "evidence.parquet", "manifest.json"):
            assert (here / name).read_bytes() == (there / name).read_bytes(), name
        assert (here / "run.duckdb").is_file()
        assert (workspace / "reports" / here.name / "index.html").read_bytes() == (other / "reports" / here.name / "index.html").read_bytes()
    with Ledger.open(workspace / FILE_NAME) as ledger, Ledger.open(other / FILE_NAME) as its:
        assert ledger.verify() == its.verify()
        assert ledger.head() == its.head()
    assert leftovers(workspace) == []


def leftovers(workspace: Path) -> list[str]:
    """Files and folders that are not whole, or that only a running night needs."""
    hidden = [path for top in ("store", "reports") for path in (workspace / top).rglob(".*") if path.name != ".lock"]
    return sorted(str(path.relative_to(workspace)) for path in [*hidden, *workspace.glob("ledger.db-*")])


def _unhidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _interrupt_at(progress: str, workspace: Path, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
    """Start the second night and send the signal as soon as it says `progress`; its exit code and what it said."""
    command = [sys.executable, "-c", commands.MAIN, "-w", str(workspace), "run", "--as-of", commands.as_of(SECOND)]
    with subprocess.Popen(command, env=commands.surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if progress in line:
                process.send_signal(number)
                break
        said += process.stderr.read()
    return process.returncode, said


class TestCommands:
    """Every command once, as a process of its own, on a workspace with two nights."""

    @pytest.mark.parametrize(
        ("arguments", "code", "holds"),
        [
            (
                ["status"],
                0,
                ["Lindau Bodycare · run 20260311T011500Z", f"{ALL} rules × plants evaluated, 0 not evaluated, 0 failed", "critical"],
            ),
            (["status", "20260310", "--format", "json"], 0, ['"run_id": "20260310T011500Z"', '"complete": true']),
            (["findings", "--rule", "STK-001"], 0, ["STK-001", "critical"]),
            (["findings", "--state", "resolved", "--format", "csv", "--limit", "1"], 0, ["finding_id,", "resolved"]),
            (["findings", "--rule", "STK-01"], 2, ["'STK-01' is not a rule of this run", "did you mean `STK-0"]),
            (["findings", "--owner", "quality-assurance", "--state", "RETIRED"], 0, []),
            (["findings", "--owner", "quality-assurrance"], 2, ["did you mean `quality-assurance`?"]),
            (["rules", "show", "stk-001"], 0, ["STK-001"]),
            (["rules", "list"], 0, ["CON-001", "GEN-001", "shipped"]),
            (["rules", "show", "STK-001"], 0, ["hangs under  STK-002", "FROM pairing.batch_restriction"]),
            (["rules", "test", "GEN-001"], 0, ["cases of 1 rule, 0 failed"]),
            (["rules", "lint"], 0, [" pairings, ", " suites checked, 0 problems"]),
            (["sql", "SELECT count(*) AS n FROM sap.movement", "--format", "csv"], 0, ["n\n"]),
            (["sql", "show tables", "--format", "csv"], 0, ["findings\n", "outcomes\n", "sap.movement\n", "mes.work_order\n", "qms.hold\n"]),
            (["sql", "SELECT * FROM finding"], 2, ["Did you mean", "DESCRIBE findings the columns of one"]),
            (["show", ""], 2, ["FINDING: is empty", "give the first digits"]),
            (["status", ""], 2, ["RUN: is empty"]),
            (["findings", "-w", "elsewhere"], 2, ["-w DIR: goes before the command", "recon -w DIR findings"]),
            (["show", "nothing"], 2, ["is not in run 20260311T011500Z"]),
            (["status", "2025"], 2, ["is not in this workspace", "20260310T011500Z"]),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_on_a_night(self, two: Path, arguments: list[str], code: int, holds: list[str]) -> None:
        """Exit code and content; a mistake is one message."""
        ended = commands.recon(*arguments, workspace=two)
        assert ended.returncode == code, ended.stderr
        said = ended.stdout if code == 0 else commands.message(ended)
        assert [text for text in holds if text not in said] == [], said

    def test_show(self, two: Path) -> None:
        """The first digits of a finding's id are enough; both sides, its rows and what to do are there."""
        query = "SELECT min(finding_id) AS finding FROM findings WHERE rule_id = 'CON-002' AND state = 'open' AND explanation IS NULL"
        (chosen,) = nights.rows(folder(two, SECOND), query)
        ended = commands.recon("show", chosen["finding"][:12], workspace=two)
        assert ended.returncode == 0
        assert all(text in ended.stdout for text in (chosen["finding"], "CON-002", "MES", "SAP", "Issue the quantity to the order"))

    def test_report(self, two: Path, tmp_path: Path) -> None:
        """Every format at once, each where it says."""
        ended = commands.recon("report", "20260310", "--format", "html,json,csv,parquet", "--out", str(tmp_path / "out"), workspace=two)
        assert ended.returncode == 0
        assert {Path(line).name for line in ended.stdout.splitlines()} == {"index.html", "findings.json", "findings.csv", "findings.parquet"}
        assert all(Path(line).stat().st_size for line in ended.stdout.splitlines())

    def test_report_where_nothing_can_be_written(self, two: Path, tmp_path: Path) -> None:
        """The message that a run gives, whatever the format, and exit code 5."""
        (tmp_path / "file").write_text("in the way", encoding="utf-8")
        for form in ("html", "csv"):
            ended = commands.recon("report", "--format", form, "--out", str(tmp_path / "file" / "out"), workspace=two)
            assert ended.returncode == ExitCode.COULD_NOT_RUN
            assert "file/out: cannot be written: Not a directory" in commands.message(ended)

    def test_doctor(self, two: Path) -> None:
        """The sources of a past night are too old today, which is a warning; the configuration and the machine are well."""
        ended = commands.recon("doctor", "--format", "json", workspace=two)
        checks = json.loads(ended.stdout)
        assert [check for check in checks if check["state"] == "problem" and check["area"] in ("configuration", "source")] == []
        assert {check["name"] for check in checks if check["area"] == "source" and "older than max_lag" in check["detail"]} == {
            "sap",
            "mes",
            "mes_peoria",
            "qms",
            "wms",
        }

    def test_doctor_knows_what_the_night_would_refuse(self, two: Path, tmp_path: Path) -> None:
        """A rule of the site's that leaves the allow-list is a problem before the night, not after it."""
        workspace = copy(two, tmp_path)
        text = (shipped.folder("rules") / "consumption" / "CON-002-not-issued-in-sap.sql").read_text(encoding="utf-8")
        (workspace / "rules").mkdir()
        (workspace / "rules" / "CON-002-own.sql").write_text(text.replace("c.sap_rows,", "c.sap_rows, random() AS sap_dice,"), encoding="utf-8")
        ended = commands.recon("doctor", workspace=workspace)
        assert ended.returncode == ExitCode.USAGE
        assert "which is not on the allow-list" in ended.stdout

    def test_init_doctor_run(self, tmp_path: Path) -> None:
        """A new workspace is made whole, once; its night is incomplete until the sources are there, and says so."""
        made = commands.recon("init", str(tmp_path / "works"))
        assert (made.returncode, "recon.toml" in made.stdout) == (0, True)
        assert commands.recon("init", str(tmp_path / "works")).returncode == ExitCode.USAGE
        assert commands.recon("status", workspace=tmp_path / "works").returncode == ExitCode.COULD_NOT_RUN
        ended = commands.recon("run", workspace=tmp_path / "works")
        assert ended.returncode == ExitCode.INCOMPLETE, ended.stderr
        assert f"{len(INTAKE - {'INT-006'})} rules × plants evaluated" in ended.stdout

    def test_which_workspace(self, two: Path, tmp_path: Path) -> None:
        """-w, or else RECON_WORKSPACE, or else the current folder."""
        asked = ("status", "--format", "json")
        by_option = commands.recon(*asked, workspace=two, cwd=tmp_path, environment={"RECON_WORKSPACE": str(tmp_path)})
        by_environment = commands.recon(*asked, cwd=tmp_path, environment={"RECON_WORKSPACE": str(two)})
        by_folder = commands.recon(*asked, cwd=two)
        assert by_option.returncode == by_environment.returncode == by_folder.returncode == 0
        assert by_option.stdout == by_environment.stdout == by_folder.stdout
        assert commands.recon(*asked, cwd=tmp_path).returncode == ExitCode.USAGE

    def test_what_is_printed_as_json_fits_its_schema(self, two: Path) -> None:
        """Findings of both nights, the gone ones too, the state of a night, and both manifests."""
        for arguments in (("20260310",), ("20260311",), ("--state", "resolved")):
            found = json.loads(commands.recon("findings", *arguments, "--format", "json", workspace=two).stdout)
            assert found
            jsonschema.validate(found, _schema("reporting/findings.schema.json"))
        jsonschema.validate(json.loads(commands.recon("status", "--format", "json", workspace=two).stdout), _schema("reporting/status.schema.json"))
        for moment in (FIRST, SECOND):
            manifest = json.loads((folder(two, moment) / "manifest.json").read_text(encoding="utf-8"))
            jsonschema.validate(manifest, _schema("snapshots/manifest.schema.json"))

    @pytest.mark.parametrize(
        "arguments", [["findings"], ["findings", "--format", "json"], ["sql", "FROM evidence"], ["sql", "FROM evidence", "--format", "csv"]]
    )
    def test_a_reader_that_goes_away(self, two: Path, arguments: list[str]) -> None:
        """`recon findings | head -1` ends quietly, with 0."""
        code, told = _read_one_line(arguments, two)
        assert code == 0, told
        assert "Traceback" not in told
        assert "BrokenPipe" not in told

    def test_a_run_whose_summary_nobody_reads(self, two: Path) -> None:
        """The exit code is the night's all the same."""
        assert _read_one_line(["run", "--as-of", commands.as_of(SECOND)], two, lines=0)[0] == ExitCode.FINDINGS


def _schema(name: str) -> Any:
    return json.loads((commands.ROOT / "recon" / name).read_text(encoding="utf-8"))


def _read_one_line(arguments: list[str], workspace: Path, lines: int = 1) -> tuple[int, str]:
    command = [sys.executable, "-c", commands.MAIN, "-w", str(workspace), *arguments]
    with subprocess.Popen(command, env=commands.surroundings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        for _ in range(lines):
            process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read().decode()
    return process.returncode, told
