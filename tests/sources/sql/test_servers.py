"""PostgreSQL, natively and through its ODBC driver: the same values, one snapshot, nothing written, and every failure in one clear message."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.interface import Reading, moved_back
from recon.sources.sql import open_sql, postgresql, source
from recon.sources.sql.source import SqlSource
from tests.commands import surroundings
from tests.services.postgresql import READER, READERS_PASSWORD, WAYS, Server, Way

CASES = yaml.safe_load((Path(__file__).parent / "bad_servers.yaml").read_text(encoding="utf-8"))


@dataclass
class Plant:
    """A database of the plant's, and the way in which recon reaches it."""

    server: Server
    way: Way
    name: str
    monkeypatch: pytest.MonkeyPatch
    tmp_path: Path

    def run(self, script: str) -> list[tuple[Any, ...]]:
        """What the plant's own programs do."""
        return self.server.run(self.name, script)

    def opened(self, url: str | None = None, **changes: Any) -> closing[SqlSource]:
        """The source, closed at the end of the block."""
        self.monkeypatch.setenv("MES_URL", url or self.server.url(self.way, self.name))
        declared = {"kind": "sql", "pack": "mes-tables", "system": "P01/100", "plants": ["P100"], "url": "env:MES_URL"}
        return closing(open_sql("M", SourceSettings.model_validate(declared | changes), self.tmp_path))


@pytest.fixture(scope="module")
def database(server: Server) -> str:
    """The name of the one database in which these tests follow one another."""
    return server.new_database()


@pytest.fixture(params=WAYS)
def plant(server: Server, database: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plant:
    """An empty database, natively and by ODBC."""
    return Plant(server, request.param, server.emptied(database), monkeypatch, tmp_path)


def rows_of(reading: Reading) -> list[tuple[Any, ...]]:
    """All rows; every batch has the schema that was announced."""
    rows: list[tuple[Any, ...]] = []
    for batch in reading.batches:
        assert batch.schema == reading.schema
        rows += [tuple(row.values()) for row in batch.to_pylist()]
    return rows


VALUES = {
    # column's type → (literal, text); a number: the type is an integer of the catalogue
    "smallint": ("-32768", -32768),
    "integer": ("7", 7),
    "bigint": ("9007199254740993", 9007199254740993),
    "numeric(18,3)": ("-1.5", "-1.500"),
    "numeric(1000,2)": ("10", "10.00"),
    "numeric": ("123456789012345678901234567890.123456789012345678901234567890", "123456789012345678901234567890.123456789012345678901234567890"),
    "numeric(5,0)": ("'NaN'", "NaN"),
    "double precision": ("1e-7", "0.0000001"),
    "real": ("0.1", "0.1"),
    "money": ("1234.5", "1234.50"),
    "boolean": ("true", "true"),
    "bool": ("false", "false"),
    "text": ("'1e5'", "1e5"),
    "varchar(40)": ("E'it''s \"so\",\\n\\ttwo lines; €, 日本, 🏭'", 'it\'s "so",\n\ttwo lines; €, 日本, 🏭'),
    "char(5)": ("'ab'", "ab   "),
    "varchar": ("''", ""),
    "timestamptz": ("'2026-03-29 03:30:00.123456+02'", "2026-03-29 01:30:00.123456+00"),
    "timestamptz(0)": ("'infinity'", "infinity"),
    "timestamp": ("'2026-03-29 02:30:00'", "2026-03-29 02:30:00"),
    "date": ("'2026-03-09'", "2026-03-09"),
    "time": ("'22:14:05'", "22:14:05"),
    "interval": ("'1 day 2 hours'", "P1DT2H"),
    "uuid": ("'5b0b1b9e-7d5a-4e3c-9a60-0d6f0a6f3a11'", "5b0b1b9e-7d5a-4e3c-9a60-0d6f0a6f3a11"),
    "bytea": ("'\\x01ff'", "01ff"),
    "jsonb": ("'{\"a\": [1, null]}'", '{"a": [1, null]}'),
    "text[]": ("'{a,b}'", "{a,b}"),
}


class TestValues:
    """Every value comes as the server has it, whichever way it comes."""

    def test_values_are_exact(self, plant: Plant) -> None:
        """Integers of the catalogue are integers, all others text with every digit, offset and blank; NULL is not the empty text."""
        columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(VALUES))
        literals = ", ".join(f"{literal}" for literal, _ in VALUES.values())
        nulls = ", ".join("NULL" for _ in VALUES)
        plant.run(f"CREATE TABLE t ({columns}); INSERT INTO t VALUES ({literals}), ({nulls})")
        # The server's and the account's own habits must not show.
        for name, value in {"datestyle": "German", "timezone": "Asia/Kolkata", "bytea_output": "escape", "extra_float_digits": "0"}.items():
            plant.run(f"ALTER ROLE {READER} IN DATABASE {plant.name} SET {name} = '{value}'")
        expected = [value for _, value in VALUES.values()]
        with plant.opened() as source:
            reading = source.read("t")
            assert [str(kind) for kind in reading.schema.types] == ["int64" if isinstance(value, int) else "string" for value in expected]
            found, empty = rows_of(reading)
            assert dict(zip(VALUES, found, strict=True)) == dict(zip(VALUES, expected, strict=True))
            assert set(empty) == {None}
        with plant.opened(tables={"q": {"query": "SELECT * FROM t"}}) as source:
            assert rows_of(source.read("q"))[0] == tuple(expected)

    def test_types_come_from_the_catalogue(self, plant: Plant) -> None:
        """Empty tables, columns of NULLs, views and partitions have their types."""
        plant.run("""
            CREATE TABLE t (i bigint, s text, n numeric(18,3)) PARTITION BY RANGE (i);
            CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);
            CREATE VIEW v AS SELECT i, s FROM t;
            CREATE SCHEMA other; CREATE TABLE other.elsewhere (i integer);
        """)
        with plant.opened() as source:
            assert {"t", "v"} <= set(source.tables())
            assert [name for name in source.tables() if name.startswith(("pg_", "sql_"))] == []
            for name, types in {"t": ["int64", "string", "string"], "v": ["int64", "string"]}.items():
                reading = source.read(name)
                assert [str(kind) for kind in reading.schema.types] == types
                assert rows_of(reading) == []

    def test_one_column_of_nothing(self, plant: Plant) -> None:
        """A row whose only value is NULL, or empty, is a row."""
        plant.run("CREATE TABLE t (s text); INSERT INTO t VALUES (NULL), (''), ('x'), (NULL)")
        with plant.opened() as source:
            assert rows_of(source.keys("t", ["s"])) == [(None,), ("",), ("x",), (None,)]

    def test_a_query_stands_for_a_table(self, plant: Plant) -> None:
        """Casts, percent signs, colons, comments and a semicolon are the query's own business."""
        plant.run("CREATE TABLE auftrag (nr integer, m numeric(13,3)); INSERT INTO auftrag VALUES (7, 1.25)")
        query = "WITH a AS (SELECT * FROM auftrag) SELECT nr::text AS order_no, m AS quantity, NULL AS batch, '50 % : x ?' AS unit FROM a; -- all"
        with plant.opened(tables={"work_order": {"query": query.replace("; -- all", " -- all of them\n;")}}) as source:
            assert source.tables() == ["auftrag", "work_order"]
            reading = source.read("work_order")
            assert reading.schema.names == ["order_no", "quantity", "batch", "unit"]
            assert rows_of(reading) == [("7", "1.250", None, "50 % : x ?")]

    def test_names_are_quoted(self, plant: Plant) -> None:
        """Names with blanks, quotes, capitals and reserved words are names; SQL's wildcards are letters."""
        plant.run('CREATE TABLE "order" ("select" integer, "it\'s ""so""" text, "a:b %s" text, "Ab" text); INSERT INTO "order" VALUES (1, \'x\', \'y\', \'z\')')
        plant.run("CREATE TABLE a_b (right_one integer); CREATE TABLE axb (wrong_one integer)")
        with plant.opened() as source:
            reading = source.read("order")
            assert reading.schema.names == ["select", 'it\'s "so"', "a:b %s", "Ab"]
            assert rows_of(reading) == [(1, "x", "y", "z")]
            assert source.read("a_b").schema.names == ["right_one"]

    def test_a_table_in_other_letters(self, plant: Plant) -> None:
        """A server folds names: MSEG is mseg, unless there are two of them."""
        plant.run('CREATE TABLE mseg (mblnr text); CREATE TABLE "Mkpf" (a text); CREATE TABLE mkpf (b text)')
        with plant.opened(tables={"MSEG": {"watermark": "MBLNR"}}) as source:
            assert source.read("MSEG").schema.names == ["mblnr"]
            assert source.read("mkpf").schema.names == ["b"]
            with pytest.raises(SourceError, match="several tables are called so"):
                source.read("MKPF")

    def test_rows_beyond_a_batch(self, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
        """Many batches are one table."""
        monkeypatch.setattr(postgresql, "BLOCK", 1000)
        monkeypatch.setattr("recon.sources.sql.odbc.ROWS", 100)
        plant.run("CREATE TABLE t AS SELECT i::int AS i, repeat('é', i % 40) AS s FROM generate_series(1, 5000) i")
        with plant.opened() as source:
            assert rows_of(source.read("t")) == [(i, "é" * (i % 40)) for i in range(1, 5001)]


class TestSnapshot:
    """All of a night is of one moment, and nothing is written."""

    def test_all_tables_are_of_one_moment(self, plant: Plant) -> None:
        """What is committed after the source was opened is not seen, in any table, and as_of is the server's clock at the opening."""
        plant.run("CREATE TABLE a (i integer); CREATE TABLE b (i integer); INSERT INTO a VALUES (1)")
        with plant.opened() as source:
            (before,) = plant.run("SELECT clock_timestamp()")
            plant.run("INSERT INTO a VALUES (2); INSERT INTO b VALUES (2)")
            assert rows_of(source.read("a")) == [(1,)]
            assert rows_of(source.read("b")) == []
            assert before[0] - timedelta(minutes=1) < source.as_of() <= before[0]
            assert source.as_of().tzinfo is UTC
        with plant.opened() as source:
            assert rows_of(source.read("b")) == [(2,)]

    def test_its_clock_is_measured(self, plant: Plant) -> None:
        """Against this machine's, on which the server runs too; what is declared is believed instead."""
        with plant.opened() as source:
            skew = source.skew()
            assert skew is not None
            assert abs(skew) <= timedelta(seconds=1)
        with plant.opened(skew="-3m") as source:
            assert source.skew() == timedelta(minutes=-3)

    @pytest.mark.parametrize(
        ("query", "moment"),
        [
            ("SELECT max(done) FROM load", datetime(2026, 3, 10, 1, tzinfo=UTC)),
            ("SELECT max(done) AT TIME ZONE 'Europe/Berlin' FROM load;", datetime(2026, 3, 10, 1, tzinfo=UTC)),
            ('SELECT to_char(max(done), \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') FROM load', datetime(2026, 3, 10, 1, tzinfo=UTC)),
        ],
    )
    def test_as_of_is_declared(self, query: str, moment: datetime, plant: Plant) -> None:
        """A SELECT gives the moment; an offset is kept, and what has none is in the source's zone."""
        plant.run("CREATE TABLE load (done timestamptz); INSERT INTO load VALUES ('2026-03-10 02:00:00+01')")
        with plant.opened(as_of=query, time_zone="Europe/Berlin") as source:
            assert source.as_of() == moment

    @pytest.mark.parametrize(
        "query",
        [
            "INSERT INTO t VALUES (1) RETURNING i",
            "WITH w AS (DELETE FROM t RETURNING i) SELECT i FROM w",
            "SELECT writes() AS i",
            "SELECT nextval('counter') AS i",
            "SELECT 1 AS i) TO STDOUT; COMMIT; DELETE FROM t; COPY (SELECT 1 AS i",
            "SELECT 1 AS i) AS x; COMMIT; BEGIN; DELETE FROM t; COMMIT; SELECT * FROM (SELECT 1 AS i",
        ],
    )
    def test_the_source_cannot_write(self, query: str, plant: Plant) -> None:
        """Even where the account may write, a query that does is refused, and the snapshot lives on."""
        plant.run(f"""
            CREATE TABLE t (i integer); INSERT INTO t VALUES (7); CREATE SEQUENCE counter;
            CREATE FUNCTION writes() RETURNS integer LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING i';
            GRANT ALL ON t, counter TO {READER};
        """)
        with plant.opened(tables={"q": {"query": query}}, as_of=query) as source:
            plant.run("INSERT INTO t VALUES (8)")
            with pytest.raises(SourceError):
                list(source.read("q").batches)
            with pytest.raises(SourceError):
                source.as_of()
            assert rows_of(source.read("t")) == [(7,)]
        assert plant.run("SELECT i FROM t ORDER BY i") == [(7,), (8,)]
        assert plant.run("SELECT is_called FROM counter") == [(False,)]

    def test_a_reading_that_nobody_finishes(self, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is stopped at the server, and the next table is read from the same snapshot."""
        monkeypatch.setattr(postgresql, "BLOCK", 1000)
        monkeypatch.setattr("recon.sources.sql.odbc.ROWS", 100)
        plant.run("CREATE TABLE t AS SELECT i::int AS i, repeat('x', 1000) AS s FROM generate_series(1, 20000) i; CREATE TABLE u (i integer)")
        with plant.opened() as source:
            batches = source.read("t").batches
            first = next(batches)["i"][0].as_py()
            plant.run("INSERT INTO u VALUES (1)")
            assert first == 1
            assert rows_of(source.read("u")) == []


class TestIncrements:
    """A table with a watermark is read in its order, from a value on."""

    @pytest.mark.parametrize("watermark", ["changed", "n", "local", "day", "label"])
    def test_only_newer_rows(self, watermark: str, plant: Plant) -> None:
        """Whatever type the watermark has, the rows at it or after it come in its order, those without one too, and none is lost."""
        plant.run("""
            CREATE TABLE t AS
            SELECT i AS k, timestamptz '2026-03-29 00:00:00+00' + i * interval '10 min' AS changed, i * 3::bigint AS n,
                   timestamp '2026-03-29 00:00:00' + i * interval '10 min' AS local, date '2026-03-01' + i AS day, 'L' || (1000 + i) AS label
            FROM generate_series(20, 1, -1) i;
            INSERT INTO t (k) VALUES (99)
        """)
        tables = {"t": {"watermark": watermark}, "q": {"watermark": watermark, "query": "SELECT * FROM t"}}
        with plant.opened(tables=tables) as source:
            first = source.read("t")
            assert [row[0] for row in rows_of(first)] == [*range(1, 21), 99]
            assert first.watermark is not None
            assert [row[0] for row in rows_of(source.read("t", first.watermark))] == [20, 99]
        plant.run(
            "UPDATE t SET changed = changed + interval '1 day', n = n + 100, local = local + interval '1 day', day = day + 100, label = 'M' || label"
            " WHERE k = 4"
        )
        with plant.opened(tables=tables) as source:
            since = moved_back(first.watermark, timedelta(minutes=20))
            for table in ("t", "q"):
                second = source.read(table, since)
                found = [int(row[0]) for row in rows_of(second)]
                assert found == ([18, 19, 20, 4, 99] if watermark in ("changed", "local") else [19, 20, 4, 99] if watermark == "day" else [20, 4, 99])
                assert second.watermark != first.watermark

    @pytest.mark.parametrize("kind", ["text", "char(12)", "integer", "numeric(12, 0)"])
    def test_some_rows_again(self, kind: str, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
        """Rows of the values asked for, however many statements that takes, in the types of the first reading; none where no value can be one."""
        monkeypatch.setattr(source, "ASKED_AT_ONCE", 2)
        plant.run(f"CREATE TABLE t (k {kind}, v integer); INSERT INTO t SELECT n, n FROM generate_series(1, 9) n; INSERT INTO t VALUES (NULL, 0), (3, 33)")
        with plant.opened() as opened:
            whole = rows_of(opened.read("t"))
            again = opened.reread("t", "K", ["1", "3", "7", "11", "12"])
            assert sorted(rows_of(again)) == sorted(row for row in whole if str(row[0]).strip() in ("1", "3", "7"))
            assert rows_of(opened.reread("t", "k", ["12"])) == []
            assert rows_of(opened.read("t")) == whole
            with pytest.raises(SourceError, match="has no column order_no"):
                opened.reread("t", "order_no", ["1"])

    def test_values_are_only_values(self, plant: Plant) -> None:
        """Whatever is asked for, it is compared and never understood."""
        odd = ["o'clock", "a\\b", 'say "so"', "100%", "x:y", "; DROP TABLE t"]
        plant.run("CREATE TABLE t (k text)")
        with plant.server.connect(plant.name) as connection:
            for value in odd:
                connection.execute("INSERT INTO t VALUES (%s)", [value])
        with plant.opened() as opened:
            assert sorted(rows_of(opened.reread("t", "k", odd))) == sorted((value,) for value in odd)

    def test_an_interrupted_read_goes_on(self, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
        """The server dies in the middle: the table says so once, and its watermark is where a later night goes on without a hole."""
        monkeypatch.setattr(postgresql, "BLOCK", 50_000)
        monkeypatch.setattr("recon.sources.sql.odbc.ROWS", 500)
        plant.run("CREATE TABLE t AS SELECT i::int AS i, repeat('x', 500) AS s FROM generate_series(1, 60000) i; CREATE TABLE u (i integer)")
        taken: list[int] = []
        with plant.opened(tables={"t": {"watermark": "i"}}) as source:
            reading = source.read("t")

            def read_and_be_killed() -> None:
                for batch in reading.batches:
                    taken.extend(batch["i"].to_pylist())
                    if len(taken) == batch.num_rows:
                        kill(plant)

            with pytest.raises(SourceError) as caught:
                read_and_be_killed()
            assert "the server ended the connection" in caught.value.what
            assert "incomplete" in caught.value.todo
            assert "table t" in caught.value.where
            assert READERS_PASSWORD not in str(caught.value)
            assert 0 < len(taken) < 60000
            assert reading.watermark == str(taken[-1])
            with pytest.raises(SourceError):
                list(source.read("u").batches)
        with plant.opened(tables={"t": {"watermark": "i"}}) as source:
            rest = [row[0] for row in rows_of(source.read("t", reading.watermark))]
        assert taken[:-1] + rest == list(range(1, 60001))


def kill(plant: Plant) -> None:
    """An administrator, or a restart, ends every session of the database."""
    plant.server.run("postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{plant.name}'")


class TestFailures:
    """One clear message each, with what to do, and no secret in it."""

    @pytest.mark.parametrize(
        ("plant", "case"), [pytest.param(way, case, id=f"{way}-{case['case']}") for case in CASES for way in case.get("ways", WAYS)], indirect=["plant"]
    )
    def test_bad_servers(self, case: dict[str, Any], plant: Plant) -> None:
        """Each case leads to its one message; where it concerns one table, the next one is read all the same."""
        plant.run("CREATE TABLE fine (i integer); INSERT INTO fine VALUES (1)")
        plant.run(case.get("script", ""))
        database = case.get("address", {}).get("database", plant.name)
        url = case.get("url") or plant.server.url(plant.way, database, **{k: v for k, v in case.get("address", {}).items() if k != "database"})
        changes = case.get("source", {})

        def whole() -> None:
            with plant.opened(url, **changes) as source:
                plant.run("INSERT INTO fine VALUES (2)")
                try:
                    list(source.read("t").batches)
                finally:
                    assert rows_of(source.read("fine")) == [(1,)]

        with pytest.raises(SourceError) as caught:
            whole()
        for part, fragment in case["error"].items():
            assert fragment in getattr(caught.value, part)
        told = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
        assert "pa55" not in told
        assert "\n" not in caught.value.what
        assert caught.value.where.startswith("source M (env:MES_URL)")

    def test_a_server_that_never_answers(self, plant: Plant) -> None:
        """Something takes the connection and says nothing: given up after connect_timeout."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = plant.server.url(plant.way, plant.name, port=str(silent.getsockname()[1]))
            with pytest.raises(SourceError) as caught:
                plant.opened(url, connect_timeout="2s")
        assert caught.value.what == "the server did not answer within 0:00:02"
        assert "connect_timeout" in caught.value.todo

    def test_a_declared_begin(self, plant: Plant) -> None:
        """What the site declares begins the snapshot instead of what recon knows; natively there is nothing to declare."""
        plant.run("CREATE TABLE t (i integer)")
        with plant.opened(begin="BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY") as source:
            level = source._database.first("SELECT current_setting('transaction_isolation')")
            assert level == ("serializable" if plant.way == "odbc" else "repeatable read")


@pytest.mark.services
def test_libodbc_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no libodbc that can be loaded, the message says what to install."""
    (tmp_path / "libodbc.so.2").write_bytes(b"")
    program = f"""
from pathlib import Path
from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources import open_source
settings = SourceSettings(kind="sql", pack="p", system="s", plants=["1"], url="odbc:DSN=mes;UID=reader")
try:
    open_source("M", settings, Path({str(tmp_path)!r}))
except SourceError as error:
    print(error)
"""
    environment = surroundings({"LD_LIBRARY_PATH": str(tmp_path)})
    ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("source M (odbc:dsn=mes): libodbc is not installed\n  Tip: apt-get install unixodbc")


@pytest.mark.services
def test_an_address_in_recon_toml(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL without a password may stand in recon.toml, and libpq finds the password in its own file; messages name server and database."""
    name = server.new_database()
    server.run(name, "CREATE TABLE t (i integer)")
    passwords = tmp_path / "pgpass"
    escaped = READERS_PASSWORD.replace(":", "\\:")
    passwords.write_text(f"{server.host}:{server.port}:*:{READER}:{escaped}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    url = f"postgresql://{READER}@{server.host}:{server.port}/{name}"
    settings = SourceSettings(kind="sql", pack="p", system="s", plants=["1"], url=url)
    with closing(open_sql("M", settings, tmp_path)) as source:
        assert source.tables() == ["t"]
        with pytest.raises(SourceError) as caught:
            source.read("x")
    assert caught.value.where == f"source M ({url}), table x"
