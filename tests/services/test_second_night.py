"""The second night out of a server: recon reads what the plant's replication has written since the first, and finds what a reading of everything finds."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from recon import config, run
from recon.canonical.packs import SHIPPED, load_pack
from recon.snapshots import advance
from tests import nights
from tests.services.postgresql import READER, Server
from tests.test_company_in_databases import in_databases, load

STAMP = "replicated_at"
"""Column that the replication adds to every table: when it wrote the row."""
APART = "interval '20 minutes'"
"""Between the stamps of one table's rows on the first night: within the overlap of an hour there are three."""
LATE = "interval '30 minutes'"
"""How far below the newest stamp of the first night's reading a transaction lies that was committed after it."""

# Lists of SAP repeat rows; the tables of a replication have a primary key.
ONCE = "DELETE FROM {table} WHERE ctid NOT IN (SELECT min(ctid) FROM {table} GROUP BY {key})"
# What is different tonight is told apart by whole rows. A replication does not take up columns that are new in its source by itself.
REPLICATE = """
DO $$
DECLARE added record;
BEGIN
    FOR added IN
        SELECT attname FROM pg_attribute WHERE attrelid = 'delivered.{table}'::regclass AND attnum > 0 AND NOT attisdropped
        EXCEPT SELECT attname FROM pg_attribute WHERE attrelid = 'public.{table}'::regclass
    LOOP
        EXECUTE 'ALTER TABLE delivered.{table} DROP COLUMN ' || quote_ident(added.attname);
    END LOOP;
END $$;
CREATE TEMP TABLE gone AS SELECT * FROM public.{table} r WHERE to_jsonb(r) - '{stamp}' NOT IN (SELECT to_jsonb(d) FROM delivered.{table} d);
CREATE TEMP TABLE came AS SELECT * FROM delivered.{table} d WHERE to_jsonb(d) NOT IN (SELECT to_jsonb(r) - '{stamp}' FROM public.{table} r);
CREATE TEMP TABLE written AS
SELECT c.*, CASE WHEN ({key}) IN (SELECT {key} FROM gone) AND row_number() OVER () % 2 = 1 THEN (SELECT max({stamp}) - {late} FROM public.{table})
                 ELSE timestamptz '{as_of}' - row_number() OVER () * interval '1 minute' END AS {stamp}
FROM came c;
DELETE FROM public.{table} r WHERE to_jsonb(r) - '{stamp}' NOT IN (SELECT to_jsonb(d) FROM delivered.{table} d);
INSERT INTO public.{table} SELECT * FROM written;
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone), (SELECT count(*) FROM gone WHERE ({key}) NOT IN (SELECT {key} FROM written)),
       (SELECT count(*) FROM written WHERE {stamp} < timestamptz '{as_of}' - interval '1 day')
"""


class Plant:
    """The company's systems, each replicated into a database of its own, with the stamp in every table."""

    def __init__(self, server: Server, files: Path) -> None:
        """files: the folder into which the company's systems deliver."""
        self.server, self.files = server, files
        self.databases = {name: server.new_database() for name in config.load(nights.SMALL).sources}
        self.keys: dict[str, dict[str, str]] = {}
        """Source → table → the columns of its key."""
        self.partly: set[str] = set()
        """source.table of those that lack an optional column of their key: they are read whole each night."""

    def first_night(self) -> datetime:
        """Replicate everything for the first time; the stamps are those of the weeks before."""
        moment = nights.deliver(nights.SMALL, 1, self.files)
        for name, source in config.load(self.files).sources.items():
            load(self.server, self.databases[name], name, source, self.files)
            query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            there = {(table, column) for table, column in self.server.run(self.databases[name], query)}
            self.keys[name] = {}
            for declared in load_pack(source.pack, [SHIPPED]).tables.values():
                table = declared.name.lower()
                columns = [column for column in declared.key if (table, column.lower()) in there]
                if columns:
                    self.keys[name][table] = ", ".join(columns)
                if columns and len(columns) < len(declared.key):
                    self.partly.add(f"{name}.{table}")
            for table, key in self.keys[name].items():
                self.server.run(self.databases[name], ONCE.format(table=table, key=key))
                numbered = f"SELECT ctid, row_number() OVER (ORDER BY ctid DESC) - 1 AS before FROM {table}"
                stamp = f"(SELECT as_of FROM extract_info) - before * {APART}"
                self.server.run(
                    self.databases[name],
                    f"ALTER TABLE {table} ADD {STAMP} timestamptz; UPDATE {table} t SET {STAMP} = {stamp} FROM ({numbered}) n WHERE n.ctid = t.ctid",
                )
        return moment

    def second_night(self) -> tuple[datetime, dict[str, tuple[int, int, int, int]]]:
        """Replicate what is different tonight; half of the updates in transactions that had begun before the first night's reading and ended after it.

        Returns the moment, and by table how many rows were written, how many are gone, how many of these were deleted, and how many were written late.
        """
        moment, done = nights.deliver(nights.SMALL, 2, self.files), {}
        withdraw_a_hold(self.files)
        for name, source in config.load(self.files).sources.items():
            database = self.databases[name]
            self.server.run(database, f"ALTER SCHEMA public RENAME TO replica; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO {READER}")
            load(self.server, database, name, source, self.files)
            self.server.run(database, "ALTER SCHEMA public RENAME TO delivered; ALTER SCHEMA replica RENAME TO public")
            self.server.run(database, "UPDATE extract_info SET as_of = d.as_of FROM delivered.extract_info d")
            ((as_of,),) = self.server.run(database, "SELECT as_of FROM extract_info")
            for table, key in self.keys[name].items():
                self.server.run(database, ONCE.format(table=f"delivered.{table}", key=key))
                told = self.server.run(database, REPLICATE.format(table=table, key=key, stamp=STAMP, late=LATE, as_of=as_of.isoformat()))
                (done[f"{name}.{table}"],) = told
            self.server.run(database, "DROP SCHEMA delivered CASCADE")
        return moment, done


def withdraw_a_hold(files: Path) -> None:
    """The quality system deletes a hold on which a finding of the first night rests: nothing but its missing key tells of it."""
    file = files / "inbox" / "qms" / "hold.json"
    held = {(key["material"], key["batch"]) for rule, _, key in _told_open(1) if rule == "STK-001"}
    holds = json.loads(file.read_text(encoding="utf-8"))
    of_batch = Counter((hold["material"].lstrip("0"), hold["batch"]) for hold in holds)
    chosen = next(hold for hold in holds if (batch := (hold["material"].lstrip("0"), hold["batch"])) in held and of_batch[batch] == 1)
    file.write_text(json.dumps([hold for hold in holds if hold is not chosen]), encoding="utf-8")


def _told_open(night: int) -> Iterator[tuple[str, str, Mapping[str, str | None]]]:
    for (rule, plant, key), (state, _) in nights.told_findings(nights.SMALL, night).items():
        if state in ("new", "open"):
            yield rule, plant, dict(key)


@pytest.fixture
def plant(server: Server, tmp_path: Path) -> Plant:
    """The company's databases before the first night."""
    return Plant(server, tmp_path / "files")


def test_what_changed_is_enough(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second night reads each table from its watermark on, an hour earlier for the transactions that ended late, and the keys for what was deleted, SAP
    natively and the other systems by ODBC; its findings are, byte for byte, those of a night that reads every table whole."""
    # With the shipped bound most tables of so small a company are written anew instead.
    monkeypatch.setattr(advance, "COMPACTED", 0)
    workspace, whole = tmp_path / "workspace", tmp_path / "whole"
    moment = plant.first_night()
    workspace.mkdir()
    (workspace / "recon.toml").write_text(_configuration(plant), encoding="utf-8")
    for name, database in plant.databases.items():
        monkeypatch.setenv(f"{name.upper()}_URL", plant.server.url("postgresql" if name == "sap" else "odbc", database))
    first = run.run(workspace, moment).folder
    shutil.copytree(workspace, whole)
    toml = (whole / "recon.toml").read_text(encoding="utf-8")
    (whole / "recon.toml").write_text(toml.replace(f'watermark = "{STAMP}"', f'watermark = "{STAMP}"\nfull_every = 1'), encoding="utf-8")

    moment, done = plant.second_night()
    expected, finished = run.run(whole, moment).folder, run.run(workspace, moment).folder
    assert {state["increments"] for state in _tables(expected).values()} == {0}
    assert (finished / "findings.parquet").read_bytes() == (expected / "findings.parquet").read_bytes()
    before, after = _tables(first), _tables(finished)
    # A table that was empty has no watermark to go on from.
    assert {table for table, state in after.items() if state["increments"] != 1 and before[table]["watermark"]} == plant.partly
    assert {table for table, state in after.items() if state["base"] != before[table]["base"]} == set()
    assert {table: (_rows(state["delta"]), _rows(state["dead"])) for table, state in after.items()} == {
        table: (written, gone) for table, (written, gone, _, _) in done.items()
    }
    assert _states(expected, "STK-001")["resolved"] > _resolved_by_itself("STK-001"), "the hold that was deleted"
    assert done["qms.hold"][2] == 1
    assert sum(late for _, _, _, late in done.values()) > 50


def _configuration(plant: Plant) -> str:
    """The company's recon.toml, with databases that are read from the stamp on."""
    text = in_databases((nights.SMALL / "recon.toml").read_text(encoding="utf-8"))
    for name, source in config.load(plant.files).sources.items():
        names = [table for table in load_pack(source.pack, [SHIPPED]).tables if table.lower() in plant.keys[name]]
        for table in names:
            head, declared = f"[sources.{name}.tables.{table}]\n", f'watermark = "{STAMP}"\n'
            text = text.replace(head, head + declared) if head in text else f"{text}\n{head}{declared}"
    return text


def _tables(published: Path) -> dict[str, dict[str, Any]]:
    """source.table → what the manifest says of it, for the tables that were read."""
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    return {
        f"{name}.{table.lower()}": state
        for name, source in manifest["sources"].items()
        for table, state in source["tables"].items()
        if state["base"] is not None
    }


def _rows(part: dict[str, Any] | None) -> int:
    return int(part["rows"]) if part else 0


def _states(published: Path, rule: str) -> dict[str, int]:
    found = nights.rows(published, f"SELECT state, count(*)::INTEGER AS n FROM findings WHERE rule_id = '{rule}' GROUP BY state")
    return {row["state"]: row["n"] for row in found}


def _resolved_by_itself(rule: str) -> int:
    """How many findings of the rule the company itself puts right by the second night."""
    return sum(state == "resolved" for (told, _, _), (state, _) in nights.told_findings(nights.SMALL, 2).items() if told == rule)
