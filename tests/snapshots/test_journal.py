"""A run that resumes a killed one reads what is missing or has changed since, and nothing else; and how much is read at once."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from recon.config import Settings, SourceSettings
from recon.errors import SourceError
from recon.model import Snapshot
from recon.snapshots.journal import FOLDER, Journal
from recon.snapshots.parts import part_path
from recon.snapshots.take import take
from recon.sources import open_source
from recon.sources.interface import Reading, Source

PACKS: dict[str, dict[str, Sequence[str]]] = {"sap": {"MSEG": ["MBLNR"], "MKPF": ["MBLNR"]}, "mes": {"movement": ["id"], "order": ["id"]}}
SOURCES: dict[str, dict[str, Any]] = {
    "sap": {"kind": "files", "pack": "sap", "path": "inbox/sap"},
    "mes": {"kind": "sql", "pack": "mes", "url": "sqlite:///inbox/mes.db", "as_of": "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"},
}


def site(**changes: Any) -> Settings:
    """Two sources; `changes` of a source's settings by its name, and of the workspace's."""
    sources = {name: {"system": "P01/100", "plants": ["P100"], **source, **changes.get(name, {})} for name, source in SOURCES.items()}
    plant = {"name": "Mill", "time_zone": "Europe/Berlin", "currency": "EUR"}
    return Settings.model_validate({"site": "s", "plants": {"P100": plant}, "sources": sources, "workspace": changes.get("workspace", {})})


@dataclass
class Site:
    """A workspace whose run is resumed, and what is read in it."""

    folder: Path
    connection: duckdb.DuckDBPyConnection
    read: list[str] = field(default_factory=list)
    """What was opened and read: 'mes', 'sap.MSEG'."""

    @property
    def partial(self) -> Path:
        """The half-built run."""
        return self.folder / "store" / "runs" / ".20260310T010000Z.partial"

    def take(self, settings: Settings | None = None) -> tuple[Snapshot, pa.Table]:
        """Take a snapshot in the half-built run."""
        self.read = []
        return take(settings or site(), self.folder, self.connection, PACKS, self._open, journal=Journal(self.partial))

    def _open(self, name: str, settings: SourceSettings, workspace: Path) -> Source:
        source = open_source(name, settings, workspace)
        whole = source.read

        def read(table: str, since: str | None = None) -> Reading:
            self.read.append(f"{name}.{table}")
            return whole(table, since)

        source.read = read  # type: ignore[method-assign]
        return source


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Site]:
    """A site of which everything was read, a row of MSEG refused, before the run was killed."""
    (tmp_path / "inbox/sap").mkdir(parents=True)
    (tmp_path / "inbox/sap/MSEG.csv").write_text("MBLNR,MENGE\n49,1.50\nshort\n50,\n")
    (tmp_path / "inbox/sap/MKPF.csv").write_text("MBLNR,MJAHR\n49,2026\n")
    (tmp_path / "inbox/sap/extract.json").write_text('{"as_of": "2026-03-10T01:00:00Z"}')
    with closing(sqlite3.connect(tmp_path / "inbox/mes.db")) as database:
        database.executescript('CREATE TABLE movement (id TEXT); CREATE TABLE "order" (id TEXT); INSERT INTO movement VALUES (7)')
    with duckdb.connect() as connection:
        start = Site(tmp_path, connection)
        start.take()
        assert sorted(start.read) == ["mes.movement", "mes.order", "sap.MKPF", "sap.MSEG"]
        yield start


def test_nothing_has_changed(started: Site) -> None:
    """Nothing is read, the database not even opened, and the snapshot with its refused rows is the one that was taken."""
    again = started.take()
    assert started.read == []
    (started.folder / "inbox/mes.db").rename(started.folder / "gone.db")
    assert started.take() == again
    assert again[1].column("raw").to_pylist() == ["short"]


def _append(started: Site) -> None:
    with (started.folder / "inbox/sap/MSEG.csv").open("a") as file:
        file.write("51,2\n")


def _same_size(started: Site) -> None:
    file = started.folder / "inbox/sap/MSEG.csv"
    file.write_text(file.read_text().replace("1.50", "1.51"))


def _other_moment(started: Site) -> None:
    (started.folder / "inbox/sap/extract.json").write_text('{"as_of": "2026-03-10T01:30:00Z"}')


def _lost_part(started: Site) -> None:
    base = started.take()[0].sources["sap"].tables["MKPF"].base
    assert base
    part_path(started.folder / "store", base.digest).unlink()


def _damaged_entry(started: Site) -> None:
    for file in (started.partial / FOLDER).iterdir():
        if json.loads(file.read_text())["snapshot"]["rows"] == 2:
            file.write_text(file.read_text()[:-20])


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (_append, ["sap.MSEG"]),
        (_same_size, ["sap.MSEG"]),
        (_other_moment, ["sap.MKPF", "sap.MSEG"]),
        (_lost_part, ["sap.MKPF"]),
        (_damaged_entry, ["sap.MSEG"]),
    ],
)
def test_what_has_changed_is_read_again(change: Callable[[Site], None], read: list[str], started: Site) -> None:
    """A file that is another, a sidecar with another moment, a part that is gone, an entry that is half written."""
    change(started)
    snapshot, _ = started.take()
    assert sorted(started.read) == read
    assert all(table.base and part_path(started.folder / "store", table.base.digest).is_file() for table in snapshot.sources["sap"].tables.values())


def test_other_settings(started: Site) -> None:
    """A source whose settings have changed is read again; the other is not."""
    started.take(site(sap={"form": {"delimiter": ";"}}))
    assert sorted(started.read) == ["sap.MKPF", "sap.MSEG"]


def test_a_database_is_of_one_moment(started: Site) -> None:
    """Where one of its tables is missing, all are read again."""
    for file in (started.partial / FOLDER).iterdir():
        if json.loads(file.read_text())["snapshot"]["columns"].keys() == {"_row", "id"}:
            file.unlink()
            break
    started.take()
    assert sorted(started.read) == ["mes.movement", "mes.order"]


def test_a_table_that_could_not_be_read_is_tried_again(started: Site) -> None:
    """Only what was read to its end is taken from the journal."""
    (started.folder / "inbox/sap/MSEG.csv").write_text("")
    assert started.take()[0].sources["sap"].tables["MSEG"].problem
    started.take()
    assert started.read == ["sap.MSEG"]


def test_a_table_that_the_database_lacks_is_no_reason_to_read_it_again(started: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is missing as long as it is not there; one that could not be read for another reason is tried again, and all others with it."""
    monkeypatch.setitem(PACKS, "mes", PACKS["mes"] | {"gone": ["id"]})
    first = started.take()
    assert "there is no such table" in str(first[0].sources["mes"].tables["gone"].problem)
    assert started.take() == first
    assert started.read == []


class Slow:
    """A source with many tables that counts how many are read at the same time, and lets nobody go on before so many are."""

    def __init__(self, together: int) -> None:
        self.barrier = threading.Barrier(together)
        self.lock = threading.Lock()
        self.now = self.most = 0

    def as_of(self) -> datetime:
        """A moment."""
        return datetime(2026, 3, 10, 1, tzinfo=UTC)

    def skew(self) -> timedelta | None:
        """Nobody knows."""
        return None

    def complete_from(self, table: str) -> datetime | None:
        """Everything is there."""
        return None

    def tables(self) -> list[str]:
        """None that anybody asks for."""
        return []

    def keys(self, table: str, columns: Sequence[str]) -> Reading:
        """Nobody asks."""
        raise SourceError("slow", "nobody asks")

    def read(self, table: str, since: str | None = None) -> Reading:
        """Wait for the others."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.barrier.wait(timeout=60)
        with self.lock:
            self.now -= 1
        return Reading(iter(()), pa.schema([("id", pa.string())]))


@pytest.mark.parametrize(
    ("settings", "together"),
    [
        (site(), 2),
        (site(sap={"parallel": 2}, mes={"kind": "files", "path": "."}), 3),
        (site(sap={"parallel": 2}, mes={"kind": "files", "path": ".", "parallel": 2}, workspace={"sources_at_once": 1}), 2),
        (site(workspace={"sources_at_once": 1}), 1),
    ],
)
def test_how_much_is_read_at_once(settings: Settings, together: int, tmp_path: Path) -> None:
    """All sources, or as many as the workspace allows, and of each one table, or as many as it allows."""
    tables: dict[str, dict[str, Sequence[str]]] = {"sap": {f"t{number}": ["id"] for number in range(4)}, "mes": {f"t{number}": ["id"] for number in range(4)}}
    if together == 3:  # so that the last table of a source is not left waiting alone
        tables["mes"] = {f"t{number}": ["id"] for number in range(2)}
    slow = Slow(together)
    with duckdb.connect() as connection:
        take(settings, tmp_path, connection, tables, lambda *_: slow)
    assert slow.most == together


def test_a_database_is_read_one_table_after_the_other() -> None:
    """Asking for more is a mistake of the configuration: its tables would not fit together."""
    with pytest.raises(ValueError, match="`parallel` is for files"):
        site(mes={"parallel": 2})
