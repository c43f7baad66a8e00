"""Some rows of a database are read again: those that were asked for, in parts, once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from recon.canonical import overlay, staging
from recon.canonical.packs import SHIPPED, load_pack
from recon.config import SourceSettings, TableSettings
from recon.model import Overlay, Part, SourceSnapshot, TableSnapshot
from recon.snapshots.current import file_of
from recon.snapshots.second_look import Answer, Name, Question, ask
from recon.snapshots.table import Wanted, read
from recon.sources import open_source

PACK = load_pack("mes-tables", [SHIPPED])
COLUMNS = "event_id TEXT, order_no {kind}, plant TEXT, kind TEXT, material TEXT, batch TEXT, quantity TEXT, unit TEXT, recorded_at TEXT"
AS_OF = datetime(2026, 3, 10, 1, tzinfo=UTC)


class Mes:
    """A MES with three movements, as it was read at AS_OF; `kind` is the type of its order numbers."""

    def __init__(self, workspace: Path, kind: str, orders: list[str]) -> None:
        self.partial = workspace / "store" / "runs" / ".20260310T010000Z.partial"
        self.partial.mkdir(parents=True)
        self.store, self.file = workspace / "store", workspace / "mes.db"
        self.settings = SourceSettings.model_validate(
            {
                "kind": "sql",
                "pack": "mes-tables",
                "system": "P01/100",
                "plants": ["1000"],
                "url": "sqlite:///mes.db",
                "as_of": "SELECT at FROM clock",
                "confirm": True,
            }
        )
        self.run(f"CREATE TABLE movement ({COLUMNS.format(kind=kind)})", "CREATE TABLE clock (at TEXT)", "INSERT INTO clock VALUES ('2026-03-10T01:00:00Z')")
        for number, order in enumerate(orders, start=1):
            self.post(f"E{number}", order)
        self.connection = duckdb.connect()
        staging.prepare(self.connection)
        with closing(open_source("mes", self.settings, workspace)) as source:  # type: ignore[type-var]
            wanted = Wanted("movement", ("event_id",), TableSettings(), None)
            table = read(source, wanted, self.store, self.connection)
        self.read = SourceSnapshot("mes", "P01/100", ("1000",), "mes-tables", AS_OF, {"movement": table}, None)

    @property
    def table(self) -> TableSnapshot:
        return self.read.tables["movement"]

    def run(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            for statement in statements:
                database.execute(statement)

    def post(self, event: str, order: str) -> None:
        self.run(f"INSERT INTO movement VALUES ('{event}', '{order}', '1000', 'consumption', 'M', 'B', '1', 'KG', '2026-03-10T00:00:00Z')")

    def asked(self, *orders: str) -> Part:
        wanted = " UNION ALL ".join(f"SELECT '{order}'" for order in orders)
        return overlay.raw_values(self.connection, self.store, PACK.tables["movement"], "order_no", self.table, self.settings, wanted)

    def ask(self, *orders: str) -> Answer:
        first = [Question("movements", "movement", "movement", "order_no", self.asked(*orders))]
        return ask(lambda answered: [] if answered else first, self.read, self.settings, open_source, self.partial, self.connection)

    def events(self, answer: Answer) -> list[str]:
        found = answer.overlays["movements", "movement", "movement", "order_no"]
        return [event for (event,) in self.connection.execute(f"SELECT event_id FROM {file_of(self.store, found.rows)} ORDER BY _row").fetchall()]

    def replaced(self, answer: Answer) -> int:
        look = overlay.look_at(PACK, "mes.movement", "order_no", self.read, self.settings)
        assert look is not None
        rows = overlay.gone(
            self.store, look, self.read, {("movement", "movement", "order_no"): answer.overlays["movements", "movement", "movement", "order_no"]}
        )
        return len(self.connection.execute(rows).fetchall())


@pytest.fixture(params=["TEXT", "INTEGER", ""])
def mes(request: pytest.FixtureRequest, tmp_path: Path) -> Mes:
    return Mes(tmp_path, request.param, ["100", "100", "200"])


def test_what_was_asked_for_and_nothing_else(mes: Mes) -> None:
    """What came, what is gone, and what is not there either way; orders that nobody asked for are left alone."""
    mes.run("DELETE FROM movement WHERE event_id = 'E1'")
    mes.post("E4", "300")
    mes.post("E5", "200")
    answer = mes.ask("100", "300", "400")
    assert answer.problem is None
    assert mes.events(answer) == ["E2", "E4"]
    assert mes.replaced(answer) == 2


def test_numbers_are_asked_for_as_the_table_writes_them(tmp_path: Path) -> None:
    """With their leading zeros, also the order of which there is no row yet."""
    mes = Mes(tmp_path, "TEXT", ["000000000100", "A-7"])
    mes.post("E3", "000000000300")
    assert mes.events(mes.ask("100", "300", "A-7")) == ["E1", "E2", "E3"]


def test_an_answer_is_kept(mes: Mes) -> None:
    """The same questions are answered by what was noted, even where the source is gone; others are asked."""
    first = mes.ask("100")
    mes.file.rename(mes.file.with_suffix(".gone"))
    assert mes.ask("100") == first
    assert "there is no such database file" in (mes.ask("200").problem or "")


def test_what_an_answer_leads_to_is_asked_in_turn(mes: Mes) -> None:
    """In the same snapshot; and kept with it."""

    def asking(answered: Mapping[Name, Overlay]) -> list[Question]:
        if not answered:
            return [Question("movements", "movement", "movement", "order_no", mes.asked("100"))]
        if len(answered) > 1:
            return []
        (rows,) = (file_of(mes.store, one.rows) for one in answered.values())
        events = overlay.raw_values(mes.connection, mes.store, PACK.tables["movement"], "event_id", mes.table, mes.settings, f"SELECT event_id FROM {rows}")
        return [Question("movements", "movement", "movement", "event_id", events)]

    def ask_all() -> Answer:
        return ask(asking, mes.read, mes.settings, open_source, mes.partial, mes.connection)

    mes.post("E4", "100")
    first = ask_all()
    assert [(name[-1], one.rows.rows) for name, one in first.overlays.items()] == [("order_no", 3), ("event_id", 3)]
    mes.file.rename(mes.file.with_suffix(".gone"))
    assert ask_all() == first


def test_what_a_source_cannot_answer(mes: Mes) -> None:
    """A clock that went back, a table that changed its columns or is gone: said, and nothing is read."""
    mes.run("UPDATE clock SET at = '2026-03-09T01:00:00Z'")
    assert "before the moment that it was read at" in (mes.ask("100").problem or "")
    mes.run("UPDATE clock SET at = '2026-03-10T02:00:00Z'", "ALTER TABLE movement ADD COLUMN x TEXT")
    assert "has other columns" in (mes.ask("100").problem or "")
    mes.run("DROP TABLE movement")
    answer = mes.ask("100")
    assert "there is no such table" in (answer.problem or "")
    assert not answer.overlays
