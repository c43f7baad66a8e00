"""The ledger: one transaction a run, one chain over everything, and no silent change."""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recon.errors import ConfigurationError, IntegrityError, WorkspaceError
from recon.findings import ledger as ledger_module
from recon.findings.chain import START, Event, Head, event_hash
from recon.findings.ledger import Decision, Ledger
from recon.snapshots.trust import recorded

CHANGES = pa.schema(
    [(name, pa.string()) for name in ("finding_id", "rule_id", "prior", "next", "event")] + [("first_seen", pa.date32()), ("cut_date", pa.date32())]
)


def publish(folder: Path, day: int, changes: dict[str, tuple[str, str]]) -> Path:
    """A finished run of 01:00 on a day of March 2026 with `changes` finding → (prior, next), as far as the ledger reads it."""
    run = folder / f"202603{day:02}T010000Z"
    run.mkdir(parents=True)
    rows = [
        {
            "finding_id": name,
            "rule_id": "STK-001",
            "prior": prior,
            "next": after,
            "event": "appeared",
            "first_seen": date(2026, 3, 1),
            "cut_date": date(2026, 3, day),
        }
        for name, (prior, after) in sorted(changes.items())
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=CHANGES), run / "transitions.parquet")
    pq.write_table(pa.table({"finding_id": sorted(changes)}), run / "findings.parquet")
    digests = {name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in ("findings.parquet", "transitions.parquet")}
    manifest = {"run_id": run.name, "reference": f"2026-03-{day:02}T01:00:00Z", "previous_run": None, "outputs": digests}
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with three runs and two decisions: events 1 (created) to 6."""
    file = tmp_path / "ledger.db"
    with Ledger.open(file, write=True) as ledger:
        ledger.record_run(publish(tmp_path / "runs", 10, {"a": ("none", "new"), "b": ("none", "new")}))
        ledger.decide(Decision("waive", "b", "known, replaced in May", "m.weber", "2026-03-10T09:00:00Z", date(2026, 5, 31), Decimal(5), Decimal("1000.00")))
        ledger.record_run(publish(tmp_path / "runs", 11, {"a": ("new", "open"), "b": ("new", "waived")}))
        ledger.decide(Decision("waive", "a", "counted", "m.weber", "2026-03-11T09:00:00Z"))
        ledger.record_run(publish(tmp_path / "runs", 12, {"a": ("open", "resolved")}))
    return file


def test_the_last_state_of_every_finding(file: Path) -> None:
    """Is what its last change said, in one table for the whole site."""
    with Ledger.open(file) as ledger:
        assert ledger.last_states().to_pylist() == [
            {"finding_id": "a", "state": "resolved", "first_seen": date(2026, 3, 1)},
            {"finding_id": "b", "state": "waived", "first_seen": date(2026, 3, 1)},
        ]


def test_an_empty_ledger(tmp_path: Path) -> None:
    """Has its columns, a first event, and verifies."""
    with Ledger.open(tmp_path / "ledger.db", write=True) as ledger:
        assert ledger.last_states().schema.names == ["finding_id", "state", "first_seen"]
        assert ledger.waivers().num_rows == 0
        assert (ledger.head().seq, ledger.verify()) == (1, 1)


def test_waivers_stand_until_they_are_withdrawn(file: Path) -> None:
    """The last decision about a finding counts; bounds come back as the numbers they were."""
    with Ledger.open(file, write=True) as ledger:
        bounded = {"finding_id": "b", "until": date(2026, 5, 31), "quantity": Decimal("5.000000"), "value_at_risk": Decimal("1000.00")}
        unbounded = {"finding_id": "a", "until": None, "quantity": None, "value_at_risk": None}
        assert ledger.waivers().to_pylist() == [unbounded, bounded]
        ledger.decide(Decision("unwaive", "a", "counted wrongly", "m.weber", "2026-03-12T09:00:00Z"))
        assert ledger.waivers().to_pylist() == [bounded]
        assert ledger.verify() == 7


@pytest.mark.parametrize(("reason", "approver"), [("", "m.weber"), ("known", " ")])
def test_a_decision_names_its_reason_and_its_approver(file: Path, reason: str, approver: str) -> None:
    """Or is none."""
    with Ledger.open(file, write=True) as ledger, pytest.raises(ConfigurationError, match="without a reason or an approver"):
        ledger.decide(Decision("waive", "a", reason, approver, "2026-03-12T09:00:00Z"))


def test_a_run_is_recorded_once(file: Path, tmp_path: Path) -> None:
    """The second time nothing changes, not even a byte."""
    before = file.read_bytes()
    with Ledger.open(file, write=True) as ledger:
        head = ledger.head()
        assert ledger.record_run(tmp_path / "runs" / "20260311T010000Z") is False
        assert ledger.head() == head
    assert file.read_bytes() == before


def test_a_run_without_changes(file: Path, tmp_path: Path) -> None:
    """Is an event all the same."""
    with Ledger.open(file, write=True) as ledger:
        assert ledger.record_run(publish(tmp_path / "runs", 13, {})) is True
        assert ledger.verify() == 7


def test_many_changes_are_taken_in_portions(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whatever size, with the same digest."""
    run = publish(tmp_path / "runs", 13, {f"f{number:03}": ("none", "new") for number in range(100)})
    monkeypatch.setattr(ledger_module, "PORTION", 7)
    with Ledger.open(file, write=True) as ledger:
        ledger.record_run(run)
        assert ledger.last_states().num_rows == 102
    monkeypatch.undo()
    with Ledger.open(file) as ledger:
        assert ledger.verify() == 7


def test_a_crash_between_publishing_and_recording_is_finished_later(file: Path, tmp_path: Path) -> None:
    """The ledger says which published runs it does not know, oldest first."""
    runs = [publish(tmp_path / "runs", day, {"c": ("none", "new")}) for day in (14, 13)]
    published = [run.name for run in (tmp_path / "runs").iterdir()]
    with Ledger.open(file, write=True) as ledger:
        missing = ledger.unrecorded(published)
        assert missing == [run.name for run in reversed(runs)]
        assert all(ledger.record_run(tmp_path / "runs" / name) for name in missing)
        assert ledger.unrecorded(published) == []
        assert ledger.verify() == 8


KILLED = """
import sys, time
from pathlib import Path
from recon.findings import ledger
append = ledger.Ledger._append
def slow(self, connection, kind, *rest):
    head = append(self, connection, kind, *rest)
    if kind == "run":
        print("written, not committed", flush=True)
        time.sleep(60)
    return head
ledger.Ledger._append = slow
with ledger.Ledger.open(Path(sys.argv[1]), write=True) as opened:
    opened.record_run(Path(sys.argv[2]))
"""


def test_killed_in_the_middle_of_its_transaction(file: Path, tmp_path: Path) -> None:
    """A run is in the ledger whole or not at all, and the next start records it."""
    # Enough rows that some have reached the file before the end of the transaction.
    run = publish(tmp_path / "runs", 13, {f"{number:064x}": ("none", "new") for number in range(30_000)})
    with subprocess.Popen([sys.executable, "-c", KILLED, str(file), str(run)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "written, not committed\n"
        assert file.with_name(file.name + "-journal").exists()
        child.send_signal(signal.SIGKILL)
        child.wait()
    for read in (lambda: recorded(file, run.name), lambda: Ledger.open(file)):
        with pytest.raises(WorkspaceError, match=r"its writer was killed in the middle[\s\S]*the next `recon run` puts that right"):
            read()
    with Ledger.open(file, write=True) as ledger:
        assert ledger.verify() == 6
        assert ledger.last_states().num_rows == 2
        assert ledger.unrecorded([run.name]) == [run.name]
        assert ledger.record_run(run) is True
        assert ledger.verify() == 7
        assert ledger.last_states().num_rows == 30_002


def together(work: list[Callable[[], Any]]) -> list[Any]:
    """Results of things done at the same time."""
    results: list[Any] = []

    def collect(one: Callable[[], Any]) -> None:
        results.append(one())

    threads = [threading.Thread(target=collect, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_writers(file: Path, tmp_path: Path) -> None:
    """Follow one another in the chain; the same run, written by both, is there once."""
    runs = [publish(tmp_path / "runs", day, {f"f{number}": ("none", "new") for number in range(500)}) for day in (13, 14, 15)]

    def record(run: Path) -> bool:
        with Ledger.open(file, write=True) as ledger:
            return ledger.record_run(run)

    assert sorted(together([partial(record, run) for run in [*runs, *runs]])) == [False] * 3 + [True] * 3
    with Ledger.open(file) as ledger:
        assert ledger.verify() == 9
        assert ledger.unrecorded(run.name for run in runs) == []


def test_a_ledger_that_another_process_writes(file: Path) -> None:
    """Is waited for, then given up with a message."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(WorkspaceError, match="another process is writing the ledger"):
        Ledger.open(file, write=True, wait=0.1)
    with Ledger.open(file) as ledger:
        assert ledger.verify() == 6, "readers do not wait for it"
    other.close()


def test_a_ledger_opened_for_reading_is_not_written(file: Path, tmp_path: Path) -> None:
    """Nor is one that only can be read."""
    run = publish(tmp_path / "runs", 13, {"c": ("none", "new")})
    with Ledger.open(file) as ledger, pytest.raises(WorkspaceError, match="can only be read here"):
        ledger.record_run(run)


def test_a_ledger_that_is_not_there(tmp_path: Path) -> None:
    """Reading makes none, writing needs a folder."""
    with pytest.raises(WorkspaceError, match="there is no ledger yet"):
        Ledger.open(tmp_path / "ledger.db")
    with pytest.raises(WorkspaceError, match="cannot be written: No such file or directory"):
        Ledger.open(tmp_path / "nowhere" / "ledger.db", write=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    """Is said to be damaged, or to be something else."""
    file = tmp_path / "ledger.db"
    file.write_bytes(b"not what SQLite writes, " * 100)
    with pytest.raises(IntegrityError, match="damaged"):
        Ledger.open(file)
    file.unlink()
    sqlite3.connect(file).execute("CREATE TABLE other (x)").connection.close()
    with pytest.raises(WorkspaceError, match="is not a ledger"):
        Ledger.open(file)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("://nowhere", "is not an SQLAlchemy URL"),
        ("nosuchbase://u:secret@host/ledger", r"nosuchbase://u:\*\*\*@host/ledger: needs a driver"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, message: str) -> None:
    """Is a mistake in the configuration, and no password is printed."""
    with pytest.raises(ConfigurationError, match=message):
        Ledger.open(address)


def test_a_ledger_of_a_newer_recon(file: Path) -> None:
    """Is left alone."""
    tamper(file, "UPDATE event SET payload = '{\"schema_version\":2}' WHERE seq = 1")
    with pytest.raises(WorkspaceError, match="has schema version 2"):
        Ledger.open(file, write=True)


def test_a_ledger_is_readable_by_its_group_only(file: Path) -> None:
    """As every file of a workspace."""
    assert file.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("manifest.json", "is not the manifest that was recorded"),
        ("findings.parquet", "is not what the manifest"),
        ("transitions.parquet", "is not what the manifest"),
    ],
)
def test_a_published_run_that_was_altered(file: Path, tmp_path: Path, name: str, message: str) -> None:
    """Is noticed when it is recorded again."""
    target = tmp_path / "runs" / "20260311T010000Z" / name
    target.write_bytes(target.read_bytes() + b" ")
    with Ledger.open(file, write=True) as ledger, pytest.raises(IntegrityError, match=message):
        ledger.record_run(target.parent)


@pytest.mark.parametrize(
    ("text", "message"), [(None, "is not a finished run"), ("{", "is not a finished run"), ("{}", "is not the manifest of a run"), ("[]", "is not the")]
)
def test_a_folder_that_is_no_run(file: Path, tmp_path: Path, text: str | None, message: str) -> None:
    """Says so, and leaves the ledger as it was."""
    folder = tmp_path / "half"
    folder.mkdir()
    if text is not None:
        (folder / "manifest.json").write_text(text, encoding="utf-8")
    with Ledger.open(file, write=True) as ledger:
        with pytest.raises(WorkspaceError, match=message):
            ledger.record_run(folder)
        assert ledger.verify() == 6


def tamper(file: Path, *statements: str) -> None:
    """What somebody with the file and SQLite can do."""
    with sqlite3.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        pytest.param(["UPDATE event SET payload = replace(payload, '20260311', '20260321') WHERE seq = 4"], "event 4 .*content", id="payload edited"),
        pytest.param(["UPDATE event SET at_cut = '2026-03-01T01:00:00Z' WHERE seq = 2"], "event 2 .*content", id="moment edited"),
        pytest.param(["UPDATE event SET run_id = NULL WHERE seq = 2"], "event 2 .*content", id="run id taken away"),
        pytest.param(["UPDATE event SET payload = '{' WHERE seq = 4"], "event 4 .*content", id="payload destroyed"),
        pytest.param(["DELETE FROM event WHERE seq = 4"], "event 5 .*follows event 3", id="dropped"),
        pytest.param(["DELETE FROM event WHERE seq = 1"], "event 2 .*follows event 0", id="first dropped"),
        pytest.param(
            ["DELETE FROM event WHERE seq = 4", "UPDATE event SET seq = seq - 1 WHERE seq > 4"],
            "event 4 .*predecessor that event 3 is not",
            id="dropped, gap closed",
        ),
        pytest.param(
            ["UPDATE event SET seq = 99 WHERE seq = 2", "UPDATE event SET seq = 2 WHERE seq = 4", "UPDATE event SET seq = 4 WHERE seq = 99"],
            "event 2 .*predecessor that event 1 is not",
            id="reordered",
        ),
        pytest.param(["UPDATE transition SET next = 'resolved' WHERE finding_id = 'b' AND next = 'waived'"], "event 4 .*transitions", id="transition edited"),
        pytest.param(["DELETE FROM transition WHERE run_id LIKE '20260312%'"], "event 6 .*transitions", id="transition dropped"),
        pytest.param(["UPDATE transition SET run_id = '20260310T010000Z' WHERE next = 'waived'"], "event 2 .*transitions", id="transition moved"),
        pytest.param(
            ["INSERT INTO transition SELECT 99, 'other', finding_id, rule_id, prior, next, event, first_seen, cut_date FROM transition LIMIT 1"],
            "event 7: transitions of run other",
            id="transition of nobody",
        ),
        pytest.param(["UPDATE decision SET approver = 'k.braun' WHERE finding_id = 'b'"], "event 3 .*decision", id="decision edited"),
        pytest.param(["DELETE FROM decision WHERE finding_id = 'a'"], "event 5 .*decision", id="decision dropped"),
        pytest.param(["DELETE FROM event WHERE seq = 6"], "event 6: transitions of run 20260312T010000Z", id="last dropped, its transitions kept"),
        pytest.param(["DELETE FROM event WHERE seq > 4"], "event 5: transitions of run 20260312", id="end cut off"),
    ],
)
def test_tampering_is_named_where_it_begins(file: Path, statements: list[str], message: str) -> None:
    """The first event that is not what it was."""
    tamper(file, *statements)
    with Ledger.open(file) as ledger, pytest.raises(IntegrityError, match=message):
        ledger.verify()


def test_a_chain_cut_off_cleanly_needs_an_anchor(file: Path) -> None:
    """Whoever takes the end away with all that belongs to it is found out by a head printed elsewhere."""
    with Ledger.open(file) as ledger:
        head = ledger.head().hash
        assert ledger.verify([head]) == 6
    tamper(file, "DELETE FROM event WHERE seq = 6", "DELETE FROM transition WHERE run_id LIKE '20260312%'")
    with Ledger.open(file) as ledger:
        assert ledger.verify() == 5
        with pytest.raises(IntegrityError, match=f"ends without the anchored head {head}"):
            ledger.verify([head])


def test_what_the_chain_hashes() -> None:
    """The digest that docs/findings.md prints; a NULL is not a blank."""
    digest = event_hash(1, "created", None, None, '{"schema_version":1}', START)
    assert digest == "929853bc3fe642e0ae4e6fe6d9e5581674437c32a84cb76c4eae024544c8ea75"
    assert digest in (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
    assert digest != event_hash(1, "created", "", None, '{"schema_version":1}', START)
    assert Event(1, "created", None, None, '{"schema_version":1}', START, digest).problem(Head(0, START)) is None
