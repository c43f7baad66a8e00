"""The second look asks PostgreSQL again: what has arrived by then, what was put right, what the account may not read, what takes too long, and a server that
goes away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recon import config, run
from recon.errors import ExitCode
from recon.model import Snapshot
from recon.night.second_look import second_look
from recon.night.state import LookedAgain, Night
from recon.replay import replay
from recon.reporting import runs
from recon.snapshots.current import file_of
from tests import nights
from tests.services.postgresql import READER, Server
from tests.test_company_in_databases import in_databases, load


def _told(rule_id: str, cause: str) -> nights.Key:
    """The first that the truth tells of plant 1000 on the first night."""
    findings = nights.truth(nights.SMALL, 1)["findings"]
    return next(nights.key_of(row["key"]) for row in findings if (row["rule_id"], row["plant"], row["cause"]) == (rule_id, "1000", cause))


VETOED = _told("CON-003", "component issued to the wrong order")
"""Issued in SAP, and written down by the MES meanwhile: then it has consumed more than its recipe says, which CON-007 would say."""
POSTED = _told("CON-002", "consumption message lost")
"""Consumed in the MES. What SAP had posted long before has reached the replica only now."""
DOCUMENT, SMALL_DOSE = "4999999999", "4999999998"
LISTED = _told("CON-012", "unlisted material used")
"""Consumed without being a component of the order, which gets an item for it."""
DEALLOCATED = _told("STK-014", "held batch allocated")
"""A held batch in a delivery, which gets another one."""
LINKED = _told("GEN-001", "dose rounded to nothing")
"""Linked in the MES alone, for SAP has no issue of so little; it is posted."""
PUT_RIGHT = {"CON-012": LISTED, "STK-014": DEALLOCATED, "GEN-001": LINKED}
"""In tables that say more together with SAP's movements: components, deliveries and links between batches."""
RULES = ["CON-001", "CON-002", "CON-003", "CON-007", "ORD-003", "STK-012", *PUT_RIGHT]
"""All that the night judges; the others have nothing to say of these keys, and take their time."""


@dataclass
class Looked:
    """The one night of this file, and what was seen before its second look."""

    workspace: Path
    server: Server
    databases: dict[str, str]
    run: Any = None
    said: list[str] = field(default_factory=list)
    failed: dict[str, tuple[LookedAgain, bool]] = field(default_factory=dict)
    """What went wrong with the MES → what the look told, and whether it changed nothing."""
    bounded: list[tuple[str, int, float]] = field(default_factory=list)
    """Keys, gravest and dearest first, of a look that may ask for three: value, gravity, value at risk."""
    asked: list[str] = field(default_factory=list)
    beyond: int = 0
    of_sap: list[tuple[str, str]] = field(default_factory=list)
    """Keys of a look at SAP that may ask for two, by column."""
    deliveries: set[str] = field(default_factory=set)
    """Those of which it read items."""
    beyond_of_sap: int = 0

    def arrives(self, night: Night) -> None:
        """Everything that can go wrong, one after the other; then what arrives before the look that counts. Peoria's MES stays closed."""
        self._fails(night, "refused", lambda: self._forbidding("mes"))
        self._fails(night, "slow", lambda: self._locked(0))
        self._fails(night, "gone", lambda: self._locked(60))
        with self._forbidding("mes"):
            self._look(night, confirm_keys=3)
        assert night.looked_again
        self.beyond = night.looked_again.sources["mes"].beyond
        self.bounded = night.connection.execute(RANKED, [night.settings.sources["mes"].system]).fetchall()
        self.asked = [value for (value,) in night.connection.execute("SELECT value FROM wanted_key").fetchall()]
        self._looks_at_sap(night)
        self.server.run(self.databases["mes_peoria"], f"REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM {READER}")
        consumed, issued = (_found(night, rule, key) for rule, key in (("CON-003", VETOED), ("CON-002", POSTED)))
        posted = dict(POSTED)
        self.server.run(self.databases["mes"], CONSUMED.format(**dict(VETOED), **consumed))
        self.server.run(
            self.databases["sap"],
            ISSUED.format(order_no=posted["order_no"], material=posted["component"], batch=f"'{posted['batch']}'", **issued, document=DOCUMENT),
        )
        link = dict(LINKED)
        dose = {"material": link["input_material"], "batch": f"'{link['input_batch']}'", "quantity": "0.0004", "unit": "KG"}
        self.server.run(self.databases["sap"], ISSUED.format(order_no=link["order_no"], **dose, document=SMALL_DOSE))
        self.server.run(self.databases["sap"], ADDED.format(**dict(LISTED), **_found(night, "CON-012", LISTED)))
        self.server.run(self.databases["sap"], REPLACED.format(**dict(DEALLOCATED)))

    def _looks_at_sap(self, night: Night) -> None:
        snapshot = self._look(night, "sap", confirm_keys=2)
        assert night.looked_again
        self.beyond_of_sap = night.looked_again.sources["sap"].beyond
        self.of_sap = night.connection.execute("SELECT by_column, value FROM wanted_key").fetchall()
        for overlay in snapshot.sources["sap"].tables["LIPS"].overlays:
            self.deliveries |= {
                number for (number,) in night.connection.execute(f"SELECT ltrim(vbeln, '0') FROM {file_of(night.store, overlay.rows)}").fetchall()
            }

    def _fails(self, night: Night, name: str, trouble: Callable[[], Any]) -> None:
        before = _fired(night)
        with trouble():
            self._look(night, confirm_timeout=timedelta(seconds=60 if name == "gone" else 1))
        assert night.looked_again
        self.failed[name] = night.looked_again, _fired(night) == before

    def _look(self, night: Night, at: str = "mes", **changes: Any) -> Snapshot:
        """A second look at one source alone, and what it left."""
        kept, snapshot = night.settings, night.snapshot
        only = {name: source.model_copy(update={"confirm": name == at, **(changes if name == at else {})}) for name, source in night.settings.sources.items()}
        night.settings = kept.model_copy(update={"sources": only})
        second_look(night)
        looked, night.settings, night.snapshot = night.snapshot, kept, snapshot
        return looked

    @contextmanager
    def _forbidding(self, name: str) -> Iterator[None]:
        self.server.run(self.databases[name], f"REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM {READER}; GRANT SELECT ON extract_info TO {READER}")
        yield
        self.server.run(self.databases[name], f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}")

    @contextmanager
    def _locked(self, ended_after: float) -> Iterator[None]:
        """A table that nobody can read; the server ends a session that waits for it, where it is to do so at all."""
        done = threading.Event()
        with self.server.connect(self.databases["mes"]) as connection, connection.transaction():
            connection.execute("LOCK TABLE movement, work_order, confirmation IN ACCESS EXCLUSIVE MODE")
            ends = threading.Thread(target=self._end, args=(done, time.monotonic() + ended_after))
            ends.start()
            yield
            done.set()
            ends.join()

    def _end(self, done: threading.Event, until: float) -> None:
        while time.monotonic() < until and not done.wait(0.05):
            self.server.run("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recon' AND wait_event_type = 'Lock'")


RANKED = """
    SELECT value, min(gravity), max(value_at_risk) FROM suspicious WHERE system = ? AND plant IN ('1000', '*') AND by_column = 'order_no'
    GROUP BY by_column, value ORDER BY 2, 3 DESC NULLS LAST"""
CONSUMED = """
    INSERT INTO movement (event_id, order_no, plant, kind, material, batch, quantity, unit, occurred_at, recorded_at, operation_no, storage_location)
    VALUES ('LATE', '{order_no}', '1000', 'consumption', '{component}', '{batch}', '{quantity}', '{unit}', '2026-02-26T16:00:00Z', '2026-02-26T16:01:00Z',
            '0010', '0001')"""
ISSUED = """
    CREATE TEMP TABLE line AS SELECT * FROM mseg WHERE ltrim(aufnr, '0') = '{order_no}' AND bwart = '261' LIMIT 1;
    CREATE TEMP TABLE head AS SELECT h.* FROM mkpf h JOIN line USING (mblnr, mjahr) LIMIT 1;
    UPDATE line SET mblnr = '{document}', matnr = lpad('{material}', length(matnr), '0'), charg = {batch}, menge = {quantity}, meins = '{unit}';
    UPDATE head SET mblnr = '{document}', xblnr = NULL;
    INSERT INTO mseg SELECT * FROM line;
    INSERT INTO mkpf SELECT * FROM head"""
ADDED = """
    CREATE TEMP TABLE item AS SELECT * FROM resb WHERE ltrim(aufnr, '0') = '{order_no}' LIMIT 1;
    UPDATE item SET rspos = '0099', matnr = '{material}', charg = NULL, bdmng = {quantity}, enmng = {quantity}, meins = '{unit}', fmeng = 'X';
    INSERT INTO resb SELECT * FROM item"""
REPLACED = "UPDATE lips SET charg = '26061001' WHERE ltrim(vbeln, '0') = '{delivery}'"


def _found(night: Night, rule: str, key: nights.Key) -> dict[str, Any]:
    told = night.connection.execute("SELECT key, abs(quantity), unit FROM fired WHERE rule_id = ? AND NOT in_flight", [rule]).fetchall()
    quantity, unit = next((quantity, unit) for text, quantity, unit in told if nights.key_of(json.loads(text)) == key)
    return {"quantity": quantity, "unit": unit}


def _fired(night: Night) -> list[tuple[Any, ...]]:
    return night.connection.execute("SELECT finding_id, in_flight, confirmed_at FROM fired ORDER BY ALL").fetchall()


@pytest.fixture(scope="module")
def looked(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """SAP and both MES are asked again."""
    files, workspace = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("workspace")
    moment = nights.deliver(nights.SMALL, 1, files)
    text = in_databases((nights.SMALL / "recon.toml").read_text(encoding="utf-8"))
    for name in ("sap", "mes", "mes_peoria"):
        text = text.replace(f"[sources.{name}]\n", f"[sources.{name}]\nconfirm = true\n")
    (workspace / "recon.toml").write_text(f'{text}\n[gates]\nrun = false\n[rules]\nprofile = "looked"\n', encoding="utf-8")
    profile = workspace / "rules" / "profiles" / "looked.toml"
    profile.parent.mkdir(parents=True)
    profile.write_text(f'title = "What is consumed"\nrules = {json.dumps(RULES)}\n', encoding="utf-8")
    settings = config.load(files)
    databases = {name: server.new_database() for name in settings.sources}
    night = Looked(workspace, server, databases)
    with pytest.MonkeyPatch.context() as patch:
        for name, database in databases.items():
            load(server, database, name, settings.sources[name], files)
            patch.setenv(f"{name.upper()}_URL", server.url("postgresql", database))
        at = run.STEPS.index(second_look)
        patch.setattr(run, "STEPS", (*run.STEPS[:at], night.arrives, *run.STEPS[at:]))
        night.run = run.run(workspace, moment, progress=night.said.append)
    return night


@pytest.mark.parametrize(("trouble", "words"), [("refused", "permission denied"), ("slow", "longer than confirm_timeout"), ("gone", "ended the connection")])
def test_a_source_that_does_not_answer(looked: Looked, trouble: str, words: str) -> None:
    """What fired there stands as it was, and that is said."""
    told, unchanged = looked.failed[trouble]
    assert unchanged
    assert words in (told.sources["mes"].problem or "")
    assert (told.sources["mes"].as_of, told.healed, told.confirmed, told.moving) == (None, {}, 0, 0)
    assert any(told.sources["mes"].problem in line and "stands unconfirmed" in line for line in looked.said if told.sources["mes"].problem)


def test_the_gravest_and_dearest_are_asked_for(looked: Looked) -> None:
    """As many as confirm_keys says; how many were not is told."""
    assert len(looked.asked) == 3
    places = [[value for value, *_ in looked.bounded].index(asked) for asked in looked.asked]
    chosen = [(gravity, -(worth or 0)) for _, gravity, worth in (looked.bounded[place] for place in places)]
    assert max(chosen) <= min((gravity, -(worth or 0)) for value, gravity, worth in looked.bounded if value not in looked.asked)
    assert looked.beyond >= len(looked.bounded) - 3


def test_what_has_reached_sap_heals(looked: Looked) -> None:
    """Its document was found by the order, and its head by the document; the manifest names what was read."""
    assert ("CON-002", "1000", POSTED) not in nights.found_findings(looked.run.folder)
    tables = json.loads((looked.run.folder / "manifest.json").read_text(encoding="utf-8"))["sources"]["sap"]["tables"]
    assert {one["column"].upper() for one in tables["MSEG"]["overlays"]} >= {"AUFNR", "MBLNR"}
    assert {one["column"].upper() for one in tables["MKPF"]["overlays"]} == {"MBLNR"}


@pytest.mark.parametrize("rule_id", PUT_RIGHT)
def test_what_was_put_right_heals(looked: Looked, rule_id: str) -> None:
    """A component that was added, a batch taken out of a delivery, a link that came of a posting; the others of the same rule are confirmed.

    But for batches in deliveries: whether the orders that want the batch have ended, the batch does not lead to.
    """
    assert (rule_id, "1000", PUT_RIGHT[rule_id]) not in nights.found_findings(looked.run.folder)
    told = nights.rows(looked.run.folder, f"SELECT state, confirmed_at IS NOT NULL AS confirmed FROM findings WHERE rule_id = '{rule_id}' AND plant = '1000'")
    assert {"state": "new", "confirmed": rule_id != "STK-014"} in told


def test_what_was_read_again_in_part_is_not_confirmed(looked: Looked) -> None:
    """Stock of these batches was; handling units, which cannot be asked for by the batch, were not, and say as much of a part that is held."""
    tables = json.loads((looked.run.folder / "manifest.json").read_text(encoding="utf-8"))["sources"]["sap"]["tables"]
    assert tables["MCHB"]["overlays"]
    assert nights.rows(looked.run.folder, "SELECT DISTINCT state, confirmed_at FROM findings WHERE rule_id = 'STK-012'") == [
        {"state": "new", "confirmed_at": None}
    ]


def test_sap_is_asked_for_so_many_keys_and_no_more(looked: Looked) -> None:
    """The gravest are batches in deliveries: of all deliveries, only those of the batches are read again."""
    assert [column for column, _ in looked.of_sap] == ["batch", "batch"]
    assert looked.beyond_of_sap > 10
    allocated = {dict(key)["delivery"]: dict(key)["batch"] for rule, _, key in nights.told_findings(nights.SMALL, 1) if rule == "STK-014"}
    assert {allocated[delivery] for delivery in looked.deliveries if delivery in allocated} == {batch for _, batch in looked.of_sap}
    assert len(looked.deliveries) < 6


def test_it_is_replayed(looked: Looked, tmp_path: Path) -> None:
    """Nobody tells where the databases are: what SAP said again of components and deliveries is in the store, and the night is the same to the byte."""
    tables = json.loads((looked.run.folder / "manifest.json").read_text(encoding="utf-8"))["sources"]["sap"]["tables"]
    assert {name for name in ("RESB", "AFPO", "LIPS", "LIKP", "VBUP") if tables[name]["overlays"]} == {"RESB", "AFPO", "LIPS", "LIKP", "VBUP"}
    found = replay(looked.workspace, runs.find_run(looked.workspace), tmp_path / "replay")
    assert (found.identical, found.head_now) == (True, found.head_then)


def test_what_would_be_told_otherwise_stays(looked: Looked) -> None:
    """A rule says something new of the same thing, so the finding stays as it was, and is not confirmed."""
    assert nights.found_findings(looked.run.folder)["CON-003", "1000", VETOED][0] == "new"
    marked = nights.rows(looked.run.folder, "SELECT key FROM findings WHERE rule_id = 'CON-003' AND confirmed_at IS NULL")
    assert VETOED in [nights.key_of(json.loads(one["key"])) for one in marked]


def test_the_exit_code_is_what_it_would_have_been(looked: Looked) -> None:
    """The MES of Peoria did not answer, so that nothing of it is confirmed; the night is whole all the same."""
    told = json.loads((looked.run.folder / "run.json").read_text(encoding="utf-8"))["second_look"]
    assert "permission denied" in told["sources"]["mes_peoria"]["problem"]
    assert told["sources"]["sap"]["problem"] is told["sources"]["mes"]["problem"] is None
    assert looked.run.exit_code == ExitCode.FINDINGS
