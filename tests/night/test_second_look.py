"""What reached the MES between the reading and the second look is no finding; nobody else hears of it, and a resumed run does not ask twice."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest

from recon import config, run
from recon.cli.run import night_line
from recon.night.second_look import _Again, _later, second_look
from recon.night.state import Night
from recon.replay import replay
from recon.reporting import gather, runs
from recon.reporting.tree import SecondLook
from recon.snapshots.listing import check
from recon.snapshots.manifest import SCHEMA_FILE, read_manifest
from recon.snapshots.parts import part_path
from tests import nights

LATE, JUST_NOW = (
    nights.key_of(row["key"])
    for row in nights.truth(nights.SMALL, 1)["findings"]
    if (row["rule_id"], row["plant"], row["cause"]) == ("CON-003", "1000", "component issued to the wrong order")
)
"""Both issued in SAP. Of the first the MES's station was not on the net: it knows the consumption only now, with the time at which it was. The second it
writes down now."""
ARRIVES = {
    # what is consumed → when it was, and when the MES wrote it down
    LATE: ("2026-02-26T16:00:00Z", "2026-02-26T16:01:00Z"),
    JUST_NOW: ("2026-03-06T14:00:00Z", "2026-03-10T01:04:00Z"),
}


UNITS = "unit_use"
"""A pairing about no plant: units mean the same everywhere."""
ASKED_AT = datetime(2026, 3, 10, 2, tzinfo=UTC)


class Killed(Exception):
    pass


@dataclass
class Looked:
    folder: Path
    workspace: Path
    steps: list[str]
    """What was said while the run was resumed."""
    settled: dict[str, tuple[set[datetime | None], set[datetime | None]]]
    """Plant of UNITS → up to when it is judged where every source was asked again, and where one was not."""

    @property
    def findings(self) -> dict[tuple[str, str, nights.Key], tuple[str, tuple[str, nights.Key] | None]]:
        return nights.found_findings(self.folder)

    @property
    def told(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["second_look"]
        return said


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """A night in which consumption is posted after the reading. It is killed after the second look, the MES loses the posting again, and the run goes on."""
    workspace = tmp_path_factory.mktemp("looked")
    moment = nights.deliver(nights.SMALL, 1, workspace)
    settings = (workspace / "recon.toml").read_text(encoding="utf-8")
    # What has arrived is more than was planned, which would be told instead: nothing heals while something new comes in its place.
    settings += "\n[parameters.CON-007]\nmin_value = 900000\n"
    (workspace / "recon.toml").write_text(settings.replace('kind = "sql"\n', 'kind = "sql"\nconfirm = true\n'), encoding="utf-8")
    mes = workspace / "inbox" / "mes" / "mes.db"
    as_delivered = mes.read_bytes()
    settled: dict[str, tuple[set[datetime | None], set[datetime | None]]] = {}

    def arrives(night: Night) -> None:
        for number, (key, moments) in enumerate(ARRIVES.items()):
            _post(mes, f"LATE{number}", night, key, *moments)
        settled.update(_settled(night))

    def killed(night: Night) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        at = run.STEPS.index(second_look)
        patch.setattr(run, "STEPS", (*run.STEPS[:at], arrives, second_look, killed))
        with pytest.raises(Killed):
            run.run(workspace, moment)
    mes.write_bytes(as_delivered)
    said: list[str] = []
    return Looked(run.run(workspace, moment, progress=said.append, resume=True).folder, workspace, said, settled)


def _settled(night: Night) -> dict[str, tuple[set[datetime | None], set[datetime | None]]]:
    pairing = next(rule.pairing for rule in night.rules.rules.values() if rule.pairing.name == UNITS)
    everything = {(one.source, one.table): _Again(one.state, "", ASKED_AT) for one in night.supplies if one.table in pairing.tables and one.state}
    but_one = {key: again for key, again in everything.items() if key != ("mes_peoria", "mes.movement")}
    found: dict[str, tuple[set[datetime | None], set[datetime | None]]] = {}
    for one, other in zip(*(_later(night, pairing, "material", asked) for asked in (everything, but_one)), strict=True):
        whole, partly = found.setdefault(one.plant, (set(), set()))
        whole.add(one.settled_until)
        partly.add(other.settled_until)
    return found


def _post(mes: Path, event: str, night: Night, key: nights.Key, occurred_at: str, recorded_at: str) -> None:
    """Consume in the MES what SAP has issued."""
    found = night.connection.execute("SELECT key, quantity, unit FROM fired WHERE rule_id = 'CON-003' AND NOT in_flight").fetchall()
    quantity, unit = next((quantity, unit) for text, quantity, unit in found if nights.key_of(json.loads(text)) == key)
    fields = dict(key)
    what = (fields["order_no"], "1000", "consumption", fields["component"], fields["batch"], str(abs(quantity)), unit)
    with closing(sqlite3.connect(mes)) as database, database:
        columns = "event_id, order_no, plant, kind, material, batch, quantity, unit, occurred_at, recorded_at, operation_no, storage_location, production_date"
        values = (event, *what, occurred_at, recorded_at, "0010", "0001", occurred_at[:10])
        database.execute(f"INSERT INTO movement ({columns}) VALUES ({', '.join('?' * len(values))})", values)


def test_what_arrived_late_is_no_finding(looked: Looked) -> None:
    """What had settled when the other side was read has healed; what was written since is in flight; all else is as it would have been."""
    told = {key: state for key, (state, _) in nights.told_findings(nights.SMALL, 1).items() if key[0] != "CON-007"}
    found = {key: state for key, (state, _) in looked.findings.items()}
    assert told.keys() - found.keys() == {("CON-003", "1000", LATE)}
    assert not found.keys() - told.keys()
    changed = {key: found[key] for key in found if found[key] != told[key]}
    assert changed["CON-003", "1000", JUST_NOW] == "in flight"
    assert {(dict(key)["order_no"], state) for (_, _, key), state in changed.items()} == {(dict(JUST_NOW)["order_no"], "in flight")}


def test_it_is_counted(looked: Looked) -> None:
    """By rule and plant in outcomes.parquet, in run.json and in what people and monitoring see."""
    told = looked.told
    by_rule = nights.rows(looked.folder, "SELECT rule_id, max(healed) AS healed, max(findings) AS findings FROM outcomes WHERE plant = '1000' GROUP BY ALL")
    healed = {row["rule_id"]: row["healed"] for row in by_rule if row["healed"]}
    assert healed["CON-003"] == 1
    assert told["healed"] == sum(healed.values())
    assert told["in_flight"] >= 1
    assert {name: one["problem"] for name, one in told["sources"].items()} == {"mes": None, "mes_peoria": None}
    marked = nights.rows(looked.folder, "SELECT count(*) AS findings FROM findings WHERE confirmed_at IS NOT NULL AND state = 'new'")
    assert marked == [{"findings": told["confirmed"]}]
    assert told["confirmed"] > 10
    with runs.open_run(looked.folder, *gather.SUMMARISED) as connection:
        summary = gather.summary(runs.read_run(looked.folder), config.load(looked.workspace), connection)
    assert summary.second_look == SecondLook(told["healed"], told["confirmed"], told["in_flight"], ())
    assert f" healed_looking={told['healed']} " in night_line(summary, 1.0)
    assert "healed while looking" in (looked.workspace / "reports" / looked.folder.name / "index.html").read_text(encoding="utf-8")


def test_the_source_is_not_asked_twice(looked: Looked) -> None:
    """The resumed run judged by what the killed one had read again, which the manifest names: the MES itself no longer had it."""
    manifest = read_manifest(looked.folder)
    jsonschema.validate(manifest, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    (overlay,) = [one for one in manifest["sources"]["mes"]["tables"]["movement"]["overlays"] if one["column"] == "order_no"]
    store = looked.workspace / "store"
    with duckdb.connect() as connection:
        again = connection.execute(f"SELECT event_id FROM read_parquet('{part_path(store, overlay['rows']['digest'])}') WHERE event_id LIKE 'LATE%'").fetchall()
        asked = connection.execute(f"FROM read_parquet('{part_path(store, overlay['asked']['digest'])}')").fetchall()
        assert sorted(again) == [("LATE0",), ("LATE1",)]
        assert {(dict(key)["order_no"],) for key in (LATE, JUST_NOW)} <= {*asked}
        assert all(one.damage is None for one in check(store, [looked.folder.name], connection))


def test_it_is_replayed(looked: Looked, tmp_path: Path) -> None:
    """Without the MES, from what it had said: what has healed, what is in flight and what is confirmed are the same, to the byte."""
    workspace = nights.copied(looked.workspace, tmp_path / "workspace")
    shutil.rmtree(workspace / "inbox")
    found = replay(workspace, runs.find_run(workspace), tmp_path / "replay")
    assert (found.identical, found.same, found.head_now) == (True, True, found.head_then)


def test_what_has_no_plant_settles_when_all_sources_were_asked(looked: Looked) -> None:
    """Those of all plants of the SAP system; while one of them is as it was, the cut stays."""
    ((plant, (whole, partly)),) = looked.settled.items()
    assert plant == "*"
    assert whole == {ASKED_AT}
    assert ASKED_AT not in partly
