"""What bad input gets: one clear message, the right exit code, and a night that goes on with all that the fault does not touch.

Each entry of bad_input.yaml damages what was delivered for a night of the small company, or the workspace, before `recon run` is started as a process
of its own; the head of that file says what an entry may hold. What stops the night meets the first one of a new workspace. What costs something meets a
workspace in which that night was run a minute before: all that it does not touch is there, and has to stay as it was.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon import config
from recon.errors import ExitCode
from recon.night.state import RUN_ID
from recon.snapshots import journal
from tests import commands, dependents, nights

ENTRIES = yaml.safe_load(Path(__file__).with_name("bad_input.yaml").read_text(encoding="utf-8"))
PUBLISHED = (ExitCode.CLEAN, ExitCode.FINDINGS, ExitCode.INCOMPLETE)


@dataclass(frozen=True)
class Fault:
    """An entry of bad_input.yaml."""

    kind: str
    exit: int
    damage: list[dict[str, Any]] = field(default_factory=list)
    largest_file: int | None = None
    says: list[str] = field(default_factory=list)
    not_evaluated: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)

    def says_of(self, what: str) -> list[str]:
        """Texts that every reason holds. what: 'not_evaluated', 'failed' or 'keys'."""
        told: list[str] = getattr(self, what).get("says", [])
        return told


NOTED = dependents.noted()
"""They find the fault itself, which tests/night/test_learned.py is about."""
FAULTS = [Fault(**entry) for entry in ENTRIES]
STOPPING = [fault for fault in FAULTS if fault.exit not in PUBLISHED]
COSTING = [fault for fault in FAULTS if fault.exit in PUBLISHED]


@pytest.fixture(scope="module")
def sound(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the first night was run without a fault."""
    return small_after(1, tmp_path_factory.mktemp("sound") / "workspace")


@dataclass(frozen=True)
class Damaged:
    """A workspace with a night that met a fault."""

    workspace: Path
    ended: commands.Ended
    moment: datetime
    """What that night was run for."""


@pytest.fixture(scope="module")
def damaged(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fault], Damaged]:
    """A night that meets a fault, once for all tests of it in this process."""
    met: dict[str, Damaged] = {}

    def meet(fault: Fault) -> Damaged:
        if fault.kind not in met:
            met[fault.kind] = _meet(fault, sound, tmp_path_factory.mktemp("night"))
        return met[fault.kind]

    return meet


def _meet(fault: Fault, sound: Path, folder: Path) -> Damaged:
    workspace = folder / "workspace"
    if fault in COSTING:
        nights.copied(sound, workspace)
    moment = nights.deliver(nights.SMALL, 1, workspace) + (nights.A_MINUTE if fault in COSTING else timedelta())
    for step in fault.damage:
        _damage(step, workspace, sound)
    return Damaged(workspace, commands.run(workspace, moment, largest_file=fault.largest_file), moment)


@pytest.mark.parametrize("fault", STOPPING, ids=lambda fault: fault.kind)
def test_a_fault_that_stops_the_night(fault: Fault, damaged: Callable[[Fault], Damaged]) -> None:
    """One message says where and what to do, the exit code is right, and nothing was published or left half-written but the journal of what was read."""
    met = damaged(fault)
    told = commands.message(met.ended)
    assert met.ended.returncode == fault.exit, told
    assert [text for text in fault.says if text not in _line(told)] == [], told
    assert [file for file in met.workspace.glob("store/runs/*") if not file.name.endswith(".partial")] == []
    assert [file for file in met.workspace.glob("store/runs/.*.partial/*") if file.name != journal.FOLDER] == []
    assert sorted(met.workspace.glob("store/parts/**/.*.partial")) == []


@pytest.mark.parametrize("fault", [fault for fault in STOPPING if fault.exit == ExitCode.COULD_NOT_RUN], ids=lambda fault: fault.kind)
def test_when_it_is_mended_the_night_runs(fault: Fault, damaged: Callable[[Fault], Damaged], sound: Path) -> None:
    """What a night that could not run left behind hinders none: the next one finds what it would have found at once."""
    workspace = damaged(fault).workspace
    _mend(fault, workspace)
    ended = commands.run(workspace, nights.deliver(nights.SMALL, 1, workspace))
    assert ended.returncode == ExitCode.FINDINGS, ended.stderr
    mended, undisturbed = (nights.published(nights.SMALL, 1, one) / "findings.parquet" for one in (workspace, sound))
    assert mended.read_bytes() == undisturbed.read_bytes()


@pytest.mark.parametrize("fault", COSTING, ids=lambda fault: fault.kind)
def test_a_fault_that_costs_what_it_touches(fault: Fault, damaged: Callable[[Fault], Damaged]) -> None:
    """The night is published and reported; exactly what depends on the fault is not evaluated, with the reason; all the rest is what it would have been."""
    met = damaged(fault)
    assert "Traceback" not in met.ended.stderr, met.ended.stderr
    assert "recon: " not in met.ended.stderr
    assert met.ended.returncode == fault.exit, met.ended.stdout + met.ended.stderr
    folder = met.workspace / "store" / "runs" / f"{met.moment:{RUN_ID}}"
    _check_outcomes(fault, folder, met.ended.stdout)
    _check_keys(fault, folder)
    _check_refused(fault, folder, met.ended.stdout)
    report = _line(html.unescape((met.workspace / "reports" / folder.name / "index.html").read_text(encoding="utf-8")))
    assert [text for text in fault.says_of("not_evaluated") + fault.says_of("failed") if text not in report] == []


def _line(text: str) -> str:
    """Text whose breaks do not matter."""
    return re.sub(r"\s+", " ", text)


# -- what the night made of it ------------------------------------------------------------------------------------------------


def _check_outcomes(fault: Fault, folder: Path, summary: str) -> None:
    outcomes = [row for row in nights.rows(folder, "SELECT DISTINCT rule_id, plant, outcome, reason FROM outcomes") if row["rule_id"] not in NOTED]
    costs = {"not evaluated": dependents.on(fault.not_evaluated.get("without", {})), "failed": _failing(fault.failed)}
    for outcome, cost in costs.items():
        hit = [row for row in outcomes if row["outcome"] == outcome]
        assert {(row["rule_id"], row["plant"]) for row in hit} == cost
        for text in fault.says_of(outcome.replace(" ", "_")):
            assert [row for row in hit if text not in _line(row["reason"])] == []
            assert _without_its_place(text) in _line(summary)
    rest = {(row["rule_id"], row["plant"]) for row in outcomes if row["outcome"] == "evaluated"}
    assert rest.union(*costs.values()) == {(rule, plant) for rule, plant in dependents.everything() if rule not in NOTED}


def _failing(told: dict[str, Any]) -> set[dependents.RuleAtPlant]:
    rules = {*told.get("rules", ()), *dependents.over(told.get("over", []))}
    return {(rule, plant) for rule, plant in dependents.everything() if rule in rules}


def _without_its_place(text: str) -> str:
    """A message as the summary tells it, which names source and table in front: 'sap: source sap, table MSEG (…): is empty' → 'is empty'."""
    text = re.sub(r"^\w+: (?=source |\w+ has|\d|')", "", text)
    return re.sub(r"^(?:source \w+)?(?:, )?(?:table \w+)?(?:\S*\))?: |^source \w+(?:, table \w+)?$", "", text)


def _check_keys(fault: Fault, folder: Path) -> None:
    """New keys among those not evaluated are those of the rules told, all with the reason told; no other finding is lost or made.

    What was found before by a rule that is not evaluated tonight stays as it is.
    """
    evaluated = {(row["rule_id"], row["plant"]) for row in nights.rows(folder, "SELECT rule_id, plant FROM outcomes WHERE outcome = 'evaluated'")}
    before = {key for key in nights.told_unjudged(nights.SMALL, 1) if key[:2] in evaluated and key[0] not in NOTED}
    unjudged = [row for row in nights.rows(folder, "FROM not_evaluated") if row["rule_id"] not in NOTED]
    rows = {(row["rule_id"], row["plant"], nights.key_of(json.loads(row["key"]))): row["reason"] for row in unjudged}
    new = {key: reason for key, reason in rows.items() if key not in before}
    assert before - rows.keys() == set()
    assert {key[0] for key in new} >= {*fault.keys.get("rules", ())}
    assert {key[:2] for key in new} <= dependents.on(fault.keys.get("of", {}))
    assert [reason for reason in new.values() if not fault.keys or any(text not in reason for text in fault.says_of("keys"))] == []
    told = {key for key in nights.told_findings(nights.SMALL, 1) if key[0] not in NOTED}
    found = {key for key, (state, _) in nights.found_findings(folder).items() if key[0] not in NOTED and state not in ("resolved", "retired")}
    assert found - told == set()
    assert told - found <= new.keys()


def _check_refused(fault: Fault, folder: Path, summary: str) -> None:
    refused = nights.rows(folder, "SELECT source, raw_table, reason, raw FROM refused")
    assert len(refused) == len(fault.refused)
    for row, told in zip(refused, fault.refused, strict=True):
        assert (row["source"], row["raw_table"]) == (told["source"], told["table"])
        assert told["reason"] in row["reason"]
        assert told["raw"] in row["raw"]
    assert f"refused rows {len(refused)}" in summary
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    counted = sum(table["refused"] for source in manifest["sources"].values() for table in source["tables"].values())
    assert counted == len(refused)


# -- damage -------------------------------------------------------------------------------------------------------------------


def _damage(step: dict[str, Any], workspace: Path, sound: Path) -> None:
    file = workspace / step.get("file", "")
    match step:
        case {"remove": name}:
            (workspace / name).unlink()
        case {"folder": name}:
            (workspace / name).mkdir(parents=True)
        case {"text": text}:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        case {"add": text}:
            file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
        case {"old": old, "new": new}:
            _replace(file, old, new)
        case {"sql": statement}:
            _change_database(workspace, statement)
        case {"table": _}:
            _change_row(workspace, sound, **step)
        case _:
            raise AssertionError(f"nothing is known to be done for {step}")


def _mend(fault: Fault, workspace: Path) -> None:
    """Take away what stands where recon wants to write, and what it was configured with."""
    (workspace / "recon.toml").unlink()
    for step in fault.damage:
        if "folder" in step:
            (workspace / step["folder"]).rmdir()
        elif "text" in step:
            (workspace / step["file"]).unlink()


def _replace(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence; \\xff in `new` is that byte."""
    data = file.read_bytes()
    assert old.encode() in data
    file.write_bytes(data.replace(old.encode(), new.encode("latin-1"), 1))


def _change_database(workspace: Path, statement: str) -> None:
    connection = sqlite3.connect(workspace / "inbox" / "mes" / "mes.db")
    with connection:
        connection.execute(statement)
    connection.close()


def _change_row(workspace: Path, sound: Path, table: str, row: str, set: dict[str, str], twin: bool = False) -> None:
    """Change values in the one row of a raw table whose columns have the values that the query `row` gives on the sound night.

    twin: the row stays as it is, and the changed one comes after it.
    """
    where = _asked(row, sound)
    with _raw_table(workspace, table) as records:
        chosen = [number for number, record in enumerate(records) if all(record[name].strip() == value for name, value in where.items())]
        assert len(chosen) == 1, f"{where} is in {len(chosen)} rows of {table}"
        changed = records[chosen[0]] | set
        records[chosen[0] : chosen[0] + 1] = [records[chosen[0]], changed] if twin else [changed]


@cache
def _asked(row: str, sound: Path) -> dict[str, str]:
    found: dict[str, str]
    (found,) = json.loads(commands.recon("sql", row, "--format", "json", workspace=sound).stdout)
    return found


class _raw_table:
    """The records of a delivered table; what is changed in them is written back."""

    def __init__(self, workspace: Path, table: str) -> None:
        (self._file,) = (workspace / "inbox").glob(f"*/{table}.*")
        self._form = config.load(workspace).sources[self._file.parent.name].form
        self._records: list[dict[str, str]] = []

    def __enter__(self) -> list[dict[str, str]]:
        text = self._file.read_text(encoding=self._form.encoding)
        self._records = json.loads(text) if self._file.suffix == ".json" else list(csv.DictReader(io.StringIO(text), delimiter=self._form.delimiter))
        return self._records

    def __exit__(self, *_: object) -> None:
        if self._file.suffix == ".json":
            text = json.dumps(self._records)
        else:
            out = io.StringIO()
            writer = csv.DictWriter(out, list(self._records[0]), delimiter=self._form.delimiter, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._records)
            text = out.getvalue()
        self._file.write_text(text, encoding=self._form.encoding)
