"""SQLite files: exact values, one snapshot, nothing written, and no secret in a message."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources import open_source
from recon.sources.sql import open_sql, sqlite
from recon.sources.sql.source import SqlSource
from tests.sources.test_files import rows_of

CASES = yaml.safe_load((Path(__file__).parent / "bad_databases.yaml").read_text(encoding="utf-8"))


def settings(**changes: Any) -> SourceSettings:
    """An sql source over inbox/mes.db."""
    declared = {
        "kind": "sql",
        "pack": "mes-tables",
        "system": "P01/100",
        "plants": ["P100"],
        "url": "sqlite:///inbox/mes.db",
        "as_of": "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
    }
    return SourceSettings.model_validate(declared | changes)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The MES's own connection to inbox/mes.db."""
    (tmp_path / "inbox").mkdir()
    with closing(sqlite3.connect(tmp_path / "inbox" / "mes.db")) as connection:
        yield connection


def opened(workspace: Path, **changes: Any) -> closing[SqlSource]:
    """The source, closed at the end of the block."""
    return closing(open_sql("M", settings(**changes), workspace))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in CASES])
def test_bad_databases(case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case leads to its one message, which tells no secret, not even to who reads the chain of causes."""
    file = tmp_path / "inbox" / "mes.db"
    file.parent.mkdir()
    if "bytes" in case:
        file.write_text(case["bytes"] * 20)
    elif case.get("script"):
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(case["script"])
    if "secret" in case:
        monkeypatch.setenv("MES_URL", case["secret"])
    changes: dict[str, Any] = {key: case[key] for key in ("url", "as_of") if key in case}
    if "query" in case:
        changes["tables"] = {"work_order": {"query": case["query"]}}

    def whole() -> None:
        with opened(tmp_path, **changes) as source:
            source.as_of()
            list(source.read("work_order").batches)

    with pytest.raises(SourceError) as caught:
        whole()
    for part, fragment in case["error"].items():
        assert fragment in getattr(caught.value, part)
    assert "pa55word" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert file.exists() == ("bytes" in case or bool(case.get("script")))


def test_values_are_exact(database: sqlite3.Connection, tmp_path: Path) -> None:
    """Declared integers are integers; other numbers are the shortest text that tells them apart, without exponents; NULL is not the empty text."""
    database.execute("CREATE TABLE t (i INTEGER, n DECIMAL(13,3), r REAL, s VARCHAR(10), b BLOB)")
    database.executemany(
        "INSERT INTO t VALUES (?, ?, ?, ?, ?)",
        [(9007199254740993, 1.5, 0.1, "007", b"\x01\xff"), (None, 10.0, 1e-7, "", None), (-1, None, 1e22, None, None), (0, "about 3", 2.0, " x ", b"")],
    )
    database.commit()
    with opened(tmp_path) as source:
        reading = source.read("t")
        assert [str(kind) for kind in reading.schema.types] == ["int64", "string", "string", "string", "string"]
        assert rows_of(reading) == [
            [9007199254740993, "1.5", "0.1", "007", "01ff"],
            [None, "10", "0.0000001", "", None],
            [-1, None, "10000000000000000000000", None, None],
            [0, "about 3", "2", " x ", ""],
        ]
        assert reading.refused == []


def test_types_come_from_the_catalogue(database: sqlite3.Connection, tmp_path: Path) -> None:
    """An empty table and a column of NULLs still have their types."""
    database.executescript("CREATE TABLE t (i BIGINT, s TEXT); CREATE VIEW v AS SELECT i FROM t")
    with opened(tmp_path) as source:
        assert source.tables() == ["t", "v"]
        reading = source.read("t")
        assert [str(kind) for kind in reading.schema.types] == ["int64", "string"]
        assert rows_of(reading) == []


def test_what_is_no_integer_is_refused(database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite lets a text into an integer column; the row is refused with its number, across batches."""
    monkeypatch.setattr(sqlite, "BATCH", 2)
    database.execute("CREATE TABLE t (i INTEGER, s TEXT)")
    database.executemany("INSERT INTO t VALUES (?, ?)", [(1, "a"), (2, "b"), ("x", "c"), (1.5, "d"), (5, "e")])
    database.commit()
    with opened(tmp_path) as source:
        reading = source.read("t")
        assert rows_of(reading) == [[1, "a"], [2, "b"], [5, "e"]]
        assert [(row.row, row.reason, row.raw) for row in reading.refused] == [
            (3, "i is declared an integer and holds 'x'", "('x', 'c')"),
            (4, "i is declared an integer and holds 1.5", "(1.5, 'd')"),
        ]


def test_a_query_stands_for_a_table(database: sqlite3.Connection, tmp_path: Path) -> None:
    """A query has no catalogue: all its columns are text."""
    database.executescript("CREATE TABLE AUFTRAG (NR INTEGER, M REAL); INSERT INTO AUFTRAG VALUES (7, 1.25)")
    query = "SELECT NR AS order_no, M AS quantity, NULL AS batch, '50 % : x' AS unit FROM AUFTRAG"
    with opened(tmp_path, tables={"work_order": {"query": query}}) as source:
        assert source.tables() == ["AUFTRAG", "work_order"]
        reading = source.read("work_order")
        assert reading.schema.names == ["order_no", "quantity", "batch", "unit"]
        assert rows_of(reading) == [["7", "1.25", None, "50 % : x"]]


def test_names_are_quoted(database: sqlite3.Connection, tmp_path: Path) -> None:
    """Names with blanks, quotes and reserved words are names."""
    database.execute('CREATE TABLE "order" ("select" INTEGER, "it\'s ""so""" TEXT, "a:b %s" TEXT)')
    database.execute("INSERT INTO \"order\" VALUES (1, 'x', 'y')")
    database.commit()
    with opened(tmp_path) as source:
        reading = source.read("order")
        assert reading.schema.names == ["select", 'it\'s "so"', "a:b %s"]
        assert rows_of(reading) == [[1, "x", "y"]]


def test_all_tables_are_of_one_moment(database: sqlite3.Connection, tmp_path: Path) -> None:
    """What is written after the source was opened is not seen, in any table."""
    database.executescript("PRAGMA journal_mode = WAL; CREATE TABLE a (i INTEGER); CREATE TABLE b (i INTEGER); INSERT INTO a VALUES (1)")
    with opened(tmp_path) as source:
        assert rows_of(source.read("a")) == [[1]]
        database.executescript("INSERT INTO a VALUES (2); INSERT INTO b VALUES (2)")
        assert rows_of(source.read("a")) == [[1]]
        assert rows_of(source.read("b")) == []
    with opened(tmp_path) as source:
        assert rows_of(source.read("b")) == [[2]]


@pytest.mark.parametrize("query", ["INSERT INTO t VALUES (1) RETURNING i", "SELECT 1); INSERT INTO t VALUES (1); --", "DELETE FROM t"])
def test_the_source_cannot_write(query: str, database: sqlite3.Connection, tmp_path: Path) -> None:
    """The file is opened read-only and a query stands in a SELECT: one that writes is refused, and the next table is read all the same."""
    database.executescript("CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (7)")
    with opened(tmp_path, tables={"q": {"query": query}}, as_of=query) as source:
        with pytest.raises(SourceError, match=r"readonly|one statement|syntax error"):
            list(source.read("q").batches)
        with pytest.raises(SourceError, match=r"readonly|one statement|syntax error"):
            source.as_of()
        assert rows_of(source.read("t")) == [[7]]
    assert database.execute("SELECT i FROM t").fetchall() == [(7,)]


def test_a_locked_database(database: sqlite3.Connection, tmp_path: Path) -> None:
    """A writer that does not let go is waited for, then named."""
    database.executescript("CREATE TABLE t (i INTEGER); BEGIN EXCLUSIVE")
    with pytest.raises(SourceError, match=r"database is locked\n  Tip: a writer kept it locked for 1 s"):
        open_sql("M", settings(connect_timeout="1s"), tmp_path)


def test_a_statement_that_takes_too_long(tmp_path: Path, database: sqlite3.Connection) -> None:
    """It is stopped, and the message names the setting."""
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n"
    with opened(tmp_path, tables={"t": {"query": endless}}, statement_timeout="1s") as source, pytest.raises(SourceError, match="ran longer than 0:00:01"):
        list(source.read("t").batches)


def test_as_of_is_declared(database: sqlite3.Connection, tmp_path: Path) -> None:
    """A SELECT gives a moment in the source's zone. A file has no clock, and its copy of last week must not look fresh."""
    database.executescript("CREATE TABLE load (done TEXT); INSERT INTO load VALUES ('2026-03-10 02:00:00')")
    with opened(tmp_path, as_of="SELECT max(done) FROM load", time_zone="Europe/Berlin") as source:
        assert source.as_of() == datetime(2026, 3, 10, 1, tzinfo=UTC)
    with opened(tmp_path) as source:
        assert timedelta(0) <= datetime.now(UTC) - source.as_of() < timedelta(minutes=1)
        assert source.skew() is None
    with opened(tmp_path, as_of=None) as source, pytest.raises(SourceError, match="has no clock") as caught:
        source.as_of()
    assert "declare the source's as_of: a SELECT of one timestamp" in str(caught.value)


def test_complete_from_is_declared(database: sqlite3.Connection, tmp_path: Path) -> None:
    """The table's declaration wins over the source's."""
    declared = {"complete_from": datetime(2026, 1, 1, tzinfo=UTC), "tables": {"movement": {"complete_from": datetime(2026, 2, 1, tzinfo=UTC)}}}
    with opened(tmp_path, **declared) as source:
        assert source.complete_from("movement") == datetime(2026, 2, 1, tzinfo=UTC)
        assert source.complete_from("hold") == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("reference", ["env:MES_URL", "file:secrets/mes"])
def test_a_referred_url_opens_the_database(reference: str, database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The URL may live in the environment or in a file of the workspace."""
    database.execute("CREATE TABLE t (i INTEGER)")
    monkeypatch.setenv("MES_URL", "sqlite:///inbox/mes.db")
    file = tmp_path / "secrets" / "mes"
    file.parent.mkdir()
    file.write_text("sqlite:///inbox/mes.db\n")
    file.chmod(0o600)
    source = open_source("M", settings(url=reference), tmp_path)
    assert isinstance(source, SqlSource)
    assert source.tables() == ["t"]
    source.close()


MOVEMENTS = """
    CREATE TABLE t (k INTEGER, changed TEXT, n INTEGER);
    INSERT INTO t VALUES (1, '2026-03-09 10:00:00', 30), (2, NULL, NULL), (3, '2026-03-09 12:00:00', 5), (4, '2026-03-09 11:00:00', 100),
        (5, '2026-03-09 12:00:00', 31)
"""


class TestIncrements:
    """A table with a watermark is read in its order, from a value on; its keys are read whole."""

    def test_rows_come_in_the_watermarks_order(self, database: sqlite3.Connection, tmp_path: Path) -> None:
        """Rows without a watermark come first; the greatest one is known at the end."""
        database.executescript(MOVEMENTS)
        with opened(tmp_path, tables={"t": {"watermark": "changed"}}) as source:
            reading = source.read("t")
            assert reading.watermark is None
            assert [row[0] for row in rows_of(reading)] == [2, 1, 4, 3, 5]
            assert reading.watermark == "2026-03-09 12:00:00"

    @pytest.mark.parametrize(
        ("watermark", "since", "keys"),
        [("changed", "2026-03-09 11:00:00", [2, 4, 3, 5]), ("changed", "2026-03-10", [2]), ("n", "30", [2, 1, 5, 4]), ("n", "6", [2, 1, 5, 4])],
    )
    def test_only_newer_rows(self, watermark: str, since: str, keys: list[int], database: sqlite3.Connection, tmp_path: Path) -> None:
        """Rows at the watermark count as newer, and so do those without one; a counter is compared as a number. A query does as well as a table."""
        database.executescript(MOVEMENTS)
        declared = {"t": {"watermark": watermark}, "q": {"watermark": watermark, "query": "SELECT k, changed, n + 0 AS n FROM t -- all;\n;"}}
        with opened(tmp_path, tables=declared) as source:
            assert [int(str(row[0])) for row in rows_of(source.read("t", since))] == keys
            assert [int(str(row[0])) for row in rows_of(source.read("q", since))] == keys

    def test_an_interrupted_read_knows_how_far_it_came(self, database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The watermark is that of the batches that were taken, and reading goes on from there without a hole."""
        monkeypatch.setattr(sqlite, "BATCH", 2)
        database.executescript(MOVEMENTS)
        with opened(tmp_path, tables={"t": {"watermark": "n"}}) as source:
            reading = source.read("t")
            first = next(reading.batches).column(0).to_pylist()
            assert reading.watermark is None
            first += next(reading.batches).column(0).to_pylist()
            assert first == [2, 3, 1, 5]
            assert str(reading.watermark) == "5"
            assert {row[0] for row in rows_of(source.read("t", reading.watermark))} | set(first) == {1, 2, 3, 4, 5}

    def test_keys_are_read_whole(self, database: sqlite3.Connection, tmp_path: Path) -> None:
        """Only the columns asked for, of all rows."""
        database.executescript(MOVEMENTS)
        with opened(tmp_path, tables={"t": {"watermark": "n"}}) as source:
            reading = source.keys("t", ["n", "k"])
            assert reading.schema.names == ["n", "k"]
            assert {row[1] for row in rows_of(reading)} == {1, 2, 3, 4, 5}
            with pytest.raises(SourceError, match=r"has no column kk\n  Tip: did you mean k\?"):
                source.keys("t", ["kk"])

    def test_what_has_no_watermark_is_not_read_from_one(self, database: sqlite3.Connection, tmp_path: Path) -> None:
        """A caller that asks for an increment never gets something else."""
        database.executescript(MOVEMENTS)
        with opened(tmp_path) as source, pytest.raises(SourceError, match="has no watermark to read from"):
            source.read("t", "5")
        with (
            opened(tmp_path, tables={"t": {"watermark": "changed_at"}}) as source,
            pytest.raises(SourceError, match=r"no column changed_at\n  Tip: did you mean changed\?"),
        ):
            source.read("t")
