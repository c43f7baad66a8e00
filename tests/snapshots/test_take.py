"""A snapshot takes everything that can be read, says what cannot, and never stops for one source."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon.config import Settings
from recon.errors import ConfigurationError, WorkspaceError
from recon.model import TableSnapshot
from recon.snapshots.current import current
from recon.snapshots.parts import read_part, verify
from recon.snapshots.take import REFUSED, take
from recon.sources import open_source

PACKS: dict[str, dict[str, Sequence[str]]] = {"sap": {"MSEG": ["MBLNR"], "MKPF": ["MBLNR"]}, "mes-tables": {"movement": ("event_id",)}}


def settings(**sources: dict[str, Any]) -> Settings:
    """A site with one plant and these sources."""
    plant = {"name": "Mill", "time_zone": "Europe/Berlin", "currency": "EUR"}
    shared = {"system": "P01/100", "plants": ["P100"]}
    return Settings.model_validate({"site": "s", "plants": {"P100": plant}, "sources": {name: shared | source for name, source in sources.items()}})


SAP = {"kind": "files", "pack": "sap", "path": "inbox/sap"}
MES = {"kind": "sql", "pack": "mes-tables", "url": "sqlite:///inbox/mes.db", "as_of": "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Two sources with a refused row each."""
    (tmp_path / "inbox/sap").mkdir(parents=True)
    (tmp_path / "inbox/sap/MSEG.csv").write_text("MBLNR,MENGE\n49,1.50\nshort\n50,\n")
    (tmp_path / "inbox/sap/MKPF.json").write_text('[{"MBLNR": "49", "MJAHR": 2026}]')
    (tmp_path / "inbox/sap/extract.json").write_text('{"as_of": "2026-03-10T01:00:00Z", "complete_from": {"MSEG": "2026-01-01T00:00:00Z"}}')
    with closing(sqlite3.connect(tmp_path / "inbox/mes.db")) as database:
        database.executescript("CREATE TABLE movement (event_id INTEGER, quantity REAL); INSERT INTO movement VALUES ('x', 1), (7, 1.5)")
    return tmp_path


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for one test."""
    with duckdb.connect() as engine:
        yield engine


def test_all_is_well(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Every table of every source is a part with its facts beside it, and refused rows are gathered in order."""
    snapshot, refused = take(settings(sap=SAP, mes=MES), workspace, connection, PACKS, open_source)
    assert list(snapshot.sources) == ["sap", "mes"]
    sap = snapshot.sources["sap"]
    assert (sap.name, sap.system, sap.plants, sap.pack, sap.problem) == ("sap", "P01/100", ("P100",), "sap", None)
    assert sap.as_of == datetime(2026, 3, 10, 1, tzinfo=UTC)
    assert {name: table.complete_from for name, table in sap.tables.items()} == {"MKPF": None, "MSEG": datetime(2026, 1, 1, tzinfo=UTC)}
    mseg = sap.tables["MSEG"]
    assert mseg.base
    assert (mseg.table, mseg.refused, mseg.problem, mseg.base.rows) == ("MSEG", 1, None, 2)
    verify(workspace / "store", mseg.base, connection)
    assert connection.read_parquet(str(read_part(workspace / "store", mseg.base))).fetchall() == [(1, "49", "1.50"), (2, "50", "")]
    movement = snapshot.sources["mes"].tables["movement"].base
    assert movement
    assert connection.read_parquet(str(read_part(workspace / "store", movement))).fetchall() == [(1, 7, "1.5")]
    assert refused.schema == REFUSED
    assert [tuple(row.values()) for row in refused.to_pylist()] == [
        ("mes", "movement", 1, "event_id is declared an integer and holds 'x'", "('x', 1.0)"),
        ("sap", "MSEG", 3, "it has 1 value where the header has 2", "short"),
    ]


def test_the_same_content_is_the_same_snapshot(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """A second night without changes adds no part."""
    first, _ = take(settings(sap=SAP), workspace, connection, PACKS, open_source)
    there = sorted((workspace / "store").rglob("*.parquet"))
    second, _ = take(settings(sap=SAP), workspace, connection, PACKS, open_source)
    assert first == second
    assert sorted((workspace / "store").rglob("*.parquet")) == there


def test_a_database_from_its_watermark_on(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Night after night only new rows and the keys are read of SQLite, and current rows are the table's; the other source is told against its own night."""
    mes = MES | {"tables": {"movement": {"watermark": "seen", "overlap": "1h"}}}
    store, earlier = workspace / "store", dict[str, Any]()

    def night(*statements: str) -> TableSnapshot:
        with closing(sqlite3.connect(workspace / "inbox/mes.db")) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()
            snapshot, _ = take(settings(sap=SAP, mes=mes), workspace, connection, PACKS, open_source, earlier)
            earlier.update({name: source.tables for name, source in snapshot.sources.items()})
            read = snapshot.sources["mes"].tables["movement"]
            there = connection.execute(f"SELECT event_id, what, seen FROM ({current(store, read)}) ORDER BY ALL").fetchall()
            assert there == database.execute("SELECT * FROM movement ORDER BY event_id").fetchall()
        return read

    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
    first = night(
        "DROP TABLE movement",
        "CREATE TABLE movement (event_id INTEGER, what TEXT, seen TEXT)",
        f"INSERT INTO movement {many} SELECT i, 'moved', datetime('2026-03-09', i || ' minutes') FROM n",
    )
    assert (first.watermark, first.increments, first.delta) == ("2026-03-09 05:00:00", 0, None)
    second = night(
        "DELETE FROM movement WHERE event_id = 7",
        "UPDATE movement SET what = 'changed', seen = '2026-03-09 06:00:00' WHERE event_id = 8",
        "INSERT INTO movement VALUES (301, 'committed late', '2026-03-09 04:30:00')",
    )
    assert (second.watermark, second.increments, second.base) == ("2026-03-09 06:00:00", 1, first.base)
    assert second.delta
    assert second.dead
    assert (second.delta.rows, second.dead.rows) == (2, 2)
    assert night().increments == 2
    assert night("INSERT INTO movement VALUES (302, 'committed very late', '2026-03-09 01:00:00')").increments == 0
    assert earlier["sap"]["MSEG"].increments == 0


def test_a_bad_table_leaves_the_others(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """A table that cannot be read says why and has no part."""
    (workspace / "inbox/sap/MKPF.json").write_text("[{")
    snapshot, _ = take(settings(sap=SAP), workspace, connection, PACKS, open_source)
    sap = snapshot.sources["sap"]
    assert sap.problem is None
    assert sap.tables["MSEG"].base
    assert sap.tables["MKPF"].base is None
    assert "is not sound JSON" in str(sap.tables["MKPF"].problem)


def test_a_bad_source_leaves_the_others(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """A source that cannot be opened, or does not say as of when it is, has the problem as a whole; so have its tables."""
    (workspace / "inbox/sap/extract.json").unlink()
    snapshot, refused = take(settings(sap=SAP, gone=MES | {"url": "sqlite:///gone.db"}, mes=MES), workspace, connection, PACKS, open_source)
    for name, problem in (("sap", "extract.json"), ("gone", "there is no such database file")):
        source = snapshot.sources[name]
        assert source.as_of is None
        assert problem in str(source.problem)
        assert sorted(source.tables) == sorted(PACKS[source.pack])
        assert all(table.base is None and table.problem for table in source.tables.values())
    assert snapshot.sources["mes"].tables["movement"].base
    assert set(refused.column("source").to_pylist()) == {"mes"}
    assert not (workspace / "gone.db").exists()


def test_a_source_that_breaks_off(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """What was refused before the source broke off is kept; half a table is not."""
    with closing(sqlite3.connect(workspace / "inbox/mes.db")) as database:
        database.executescript("DROP TABLE movement; CREATE TABLE movement (a TEXT)")
        database.execute("INSERT INTO movement WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT 'x' || i FROM n")
        database.execute("INSERT INTO movement VALUES (CAST(x'ff' AS TEXT))")
        database.commit()
    snapshot, _ = take(settings(mes=MES), workspace, connection, PACKS, open_source)
    movement = snapshot.sources["mes"].tables["movement"]
    assert movement.base is None
    assert "Could not decode" in str(movement.problem)
    assert [file for file in (workspace / "store").rglob("*") if file.is_file()] == []


def test_an_unknown_pack(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """A misspelt pack is a mistake of the configuration, said before anything is read."""
    with pytest.raises(ConfigurationError, match=r"sources.sap.pack: there is no pack 'sapp'\n  Tip: known here: mes-tables, sap"):
        take(settings(sap=SAP | {"pack": "sapp"}), workspace, connection, PACKS, open_source)


def test_a_store_that_cannot_be_written_ends_the_night(workspace: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """That is no problem of a source."""
    (workspace / "store").touch()
    with pytest.raises(WorkspaceError, match="the store cannot be written"):
        take(settings(sap=SAP, mes=MES), workspace, connection, PACKS, open_source)
