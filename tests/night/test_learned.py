"""What recon learns at intake is told as findings, which live like every other: a column gone, a table shrunk, rows refused, a source that is old or gone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon import run as night
from recon import shipped
from recon.config import Settings
from recon.findings.columns import Drift, drifted
from recon.model import Part, Snapshot, SourceSnapshot, TableSnapshot
from recon.ruleset.load import load
from tests import nights

FIRST = datetime.fromisoformat(nights.truth(nights.SMALL, 1)["reference"])
QUALITY = nights.SMALL / "night1" / "qms"
TOML = """site = "Quality alone"
[plants.1000]
name = "Lindau"
time_zone = "Europe/Berlin"
currency = "EUR"
[plants.2000]
name = "Peoria"
time_zone = "America/Chicago"
currency = "USD"
[gates]
run = false
[sources.qms]
kind = "files"
pack = "qms-tables"
system = "P01/100"
plants = ["1000", "2000"]
time_zone = "Europe/Berlin"
path = "inbox"
max_lag = "6h"
without = ["inspection_result", "characteristic", "capa", "spc_violation", "equipment_status", "material", "batch_characteristic", "message", "crosswalk"]
"""


def deliver(workspace: Path, as_of: datetime) -> None:
    """The quality system's files as they are on the first night of the small company."""
    shutil.rmtree(workspace / "inbox", ignore_errors=True)
    shutil.copytree(QUALITY, workspace / "inbox", copy_function=shutil.copyfile)
    (workspace / "inbox" / "extract.json").write_text(json.dumps({"as_of": f"{as_of:%Y-%m-%dT%H:%M:%SZ}"}), encoding="utf-8")


def spoil(inbox: Path) -> None:
    """Half of the batches are missing, dispositions do not name who decided any more and say something new, and a lot has too few fields."""
    batches = (inbox / "batch.csv").read_bytes().splitlines(keepends=True)
    (inbox / "batch.csv").write_bytes(b"".join(batches[: len(batches) // 3]))
    lines = (inbox / "disposition.csv").read_text(encoding="utf-8").splitlines()
    header = lines[0].replace("decided_by", "remark")
    (inbox / "disposition.csv").write_text("\n".join([header, *lines[1:]]) + "\n", encoding="utf-8")
    with (inbox / "inspection_lot.csv").open("a", encoding="utf-8") as file:
        file.write("400000009999,1000,300401\n")


Told = tuple[str, str | None, str | None, str | None]
"""Rule, table, column, reason; absent ones are None."""


def told(workspace: Path, moment: datetime) -> dict[Told, str]:
    """State of the findings, which are all about the source."""
    run = workspace / "store" / "runs" / f"{moment:%Y%m%dT%H%M%SZ}"
    rows = nights.rows(run, "SELECT rule_id, plant, key, state FROM findings")
    assert {row["plant"] for row in rows} <= {"*"}
    found: dict[Told, str] = {}
    for row in rows:
        key = json.loads(row["key"])
        assert key["source"] == "qms"
        found[row["rule_id"], key["table"], key.get("column"), key.get("reason")] = row["state"]
    return found


def test_a_source_is_spoilt_grows_old_goes_and_comes_back(tmp_path: Path) -> None:
    """Each fault is a finding from its first night on, stays open while it lasts and while nobody can look, and is resolved when it is mended.

    A table whose columns had changed and which then does not come at all is told as such.
    """
    # Two of the rules that need the tables; all the others would only tell that they cannot be judged.
    others = [rule for rule in load(shipped.folder("rules")).rules if rule not in ("INT-007", "INT-008", "INT-009", "STK-004", "STK-020")]
    off = "".join(f'"{rule}" = "not what the test is about"\n' for rule in others)
    (tmp_path / "recon.toml").write_text(f"{TOML}[rules.off]\n{off}", encoding="utf-8")
    evenings = [FIRST + timedelta(days=day) for day in range(5)]

    def judged(number: int, prepare: Callable[[], None]) -> dict[Told, str]:
        prepare()
        night.run(tmp_path, evenings[number])
        return told(tmp_path, evenings[number])

    def spoilt() -> None:
        deliver(tmp_path, evenings[1])
        spoil(tmp_path / "inbox")

    assert judged(0, lambda: deliver(tmp_path, evenings[0])) == {}
    columns: list[Told] = [("INT-008", "disposition", "remark", None), ("INT-008", "disposition", "decided_by", None)]
    faults: list[Told] = [("INT-007", "batch", None, None), ("INT-009", "inspection_lot", None, "it has … values where the header has …")]
    too_old: Told = ("INT-007", None, None, None)
    unread: Told = ("INT-007", "disposition", None, None)
    nobody_looked = dict.fromkeys(columns, "new")
    assert judged(1, spoilt) == dict.fromkeys([*columns, *faults], "new")
    gone = judged(2, lambda: (tmp_path / "inbox" / "disposition.csv").unlink())
    assert gone == nobody_looked | dict.fromkeys(faults, "open") | dict.fromkeys([too_old, unread], "new")
    away = judged(3, lambda: shutil.rmtree(tmp_path / "inbox"))
    assert away == nobody_looked | dict.fromkeys([*faults, too_old], "open") | {unread: "new"}
    assert judged(4, lambda: deliver(tmp_path, evenings[4])) == dict.fromkeys([*columns, *faults, too_old, unread], "resolved")


def table(columns: dict[str, str] | None) -> TableSnapshot:
    """A raw table with these columns; None: it could not be read."""
    part = Part("0" * 64, 1, {"_row": "BIGINT", **columns}) if columns is not None else None
    return TableSnapshot("T", part, None, 0, None if part else "no file fits T.csv")


def snapshot(columns: dict[str, str] | None, day: int) -> Snapshot:
    """A source with the table, as of an evening of March 2026."""
    as_of = datetime.fromisoformat(f"2026-03-{day:02}T20:00:00Z")
    return Snapshot({"qms": SourceSnapshot("qms", "P01/100", ("1000",), "qms-tables", as_of, {"T": table(columns)}, None)})


def settings(accept: str | None = None) -> Settings:
    """A site with the source."""
    source: dict[str, Any] = {
        "kind": "files", "pack": "qms-tables", "system": "P01/100", "plants": ["1000"], "time_zone": "UTC", "path": "in",
        "tables": {"T": {"accept_columns_from": accept}} if accept else {},
    }  # fmt: skip
    return Settings.model_validate({"site": "S", "plants": {"1000": {"name": "L", "time_zone": "UTC", "currency": "EUR"}}, "sources": {"qms": source}})


WAS, IS = {"a": "VARCHAR", "b": "BIGINT"}, {"a": "DATE", "c": "VARCHAR"}
CHANGES = {"a": "retyped", "b": "dropped", "c": "added"}
KNOWN = {"qms": {"T": table(WAS)}}


def test_a_change_stands_until_the_columns_are_back() -> None:
    """It goes by what they were before, not by the night before, and dates from the first night on which it was found."""
    where = ("qms", "T")
    first = drifted(settings(), snapshot(IS, 9), KNOWN, {})
    assert first[where] == Drift(WAS, IS, date(2026, 3, 9))
    assert first[where].changes == CHANGES
    again = drifted(settings(), snapshot(IS, 10), {"qms": {"T": table(IS)}}, first)
    assert again == first
    unread = drifted(settings(), snapshot(None, 11), {"qms": {"T": table(IS)}}, again)
    assert unread[where] == Drift(WAS, IS, date(2026, 3, 9), "no file fits T.csv")
    assert drifted(settings(), snapshot(WAS, 12), {"qms": {"T": table(IS)}}, again)[where].changes == {}
    assert drifted(settings(), snapshot(None, 12), {}, {}) == {}


@pytest.mark.parametrize(
    ("accept", "changes"),
    [("2026-03-09", {}), ("2026-03-08", CHANGES), ("2026-03-11", CHANGES), ("2026-03-10", {})],
    ids=["from the day of the change on", "from before it", "from a day to come", "from tonight on"],
)
def test_a_change_is_accepted_from_a_day_on(accept: str, changes: dict[str, str]) -> None:
    """The day is not before the change, or a later change would be accepted unseen, and it has come."""
    standing = {("qms", "T"): Drift(WAS, IS, date(2026, 3, 9))}
    assert drifted(settings(accept), snapshot(IS, 10), KNOWN, standing)["qms", "T"].changes == changes
