"""Nights of one table: whole, from its watermark on, broken off, and what is remembered from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from recon.config import TableSettings
from recon.errors import SourceError
from recon.model import Part, TableSnapshot
from recon.snapshots.current import current
from recon.snapshots.table import Wanted, drift, read, told
from recon.sources.interface import Reading, RefusedRow

SCHEMA = pa.schema([("id", pa.string()), ("seen", pa.int64()), ("what", pa.string())])

Row = tuple[str, int | None, str]


class Database:
    """A source with one table whose watermark is `seen`, a counter; it notes how it is asked, and its connection can be lost."""

    def __init__(self, *rows: Row) -> None:
        self.rows = list(rows)
        self.asked: list[str] = []
        self.lost_after: int | None = None
        """Rows after which the connection is lost; None: never."""
        self.refuses: set[str] = set()
        """Rows, by id, that the reader cannot hand over."""
        self.schema = SCHEMA
        self.marks = True
        """It has a watermark."""

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
        """The one table."""
        return ["event"]

    def read(self, table: str, since: str | None = None) -> Reading:
        """Rows in the order of the watermark, one a batch."""
        self.asked.append("all" if since is None else f"since {since}")
        wanted = [row for row in self.rows if since is None or row[1] is None or row[1] >= int(since)]
        reading = Reading(iter(()), self.schema)
        reading.batches = self._batches(sorted(wanted, key=lambda row: (row[1] is None, row[1] or 0)), reading, list(SCHEMA.names))
        return reading

    def keys(self, table: str, columns: Sequence[str]) -> Reading:
        """These columns of all rows."""
        self.asked.append(f"keys {', '.join(columns)}")
        reading = Reading(iter(()), pa.schema([self.schema.field(column) for column in columns]))
        reading.batches = self._batches(self.rows, reading, list(columns))
        return reading

    def _batches(self, rows: Sequence[Row], reading: Reading, names: list[str]) -> Iterator[pa.RecordBatch]:
        for number, row in enumerate(rows, start=1):
            if number - 1 == self.lost_after:
                raise SourceError("source mes, table event", "the connection was lost")
            if row[0] in self.refuses:
                reading.refused.append(RefusedRow(number, "it cannot be read", repr(row)))
                continue
            values = dict(zip(SCHEMA.names, row, strict=True)) | dict.fromkeys(set(self.schema.names) - set(SCHEMA.names), "more")
            yield pa.record_batch([pa.array([values[field.name]], field.type) for field in reading.schema], schema=reading.schema)
            if row[1] is not None and self.marks:
                reading.watermark = str(row[1])


class Nights:
    """A table read night after night."""

    def __init__(self, store: Path, connection: duckdb.DuckDBPyConnection, database: Database, **settings: object) -> None:
        self.store, self.connection, self.database = store, connection, database
        self.settings = TableSettings.model_validate({"watermark": "seen", **settings})
        self.state: TableSnapshot | None = None
        self.refused: list[RefusedRow] = []

    def night(self) -> TableSnapshot:
        """Read it once more."""
        self.database.asked = []
        wanted = Wanted("event", ("ID",), self.settings, self.state)
        found = read(self.database, wanted, self.store, self.connection)
        self.state, self.refused = found if found.base else self.state, wanted.refused
        return found

    def rows(self) -> list[Row]:
        """Current rows."""
        assert self.state is not None
        return sorted(self.connection.execute(f"SELECT id, seen, what FROM ({current(self.store, self.state)})").fetchall(), key=str)


MANY: list[Row] = [(f"{number:03}", number, "as it was") for number in range(100)]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for one test."""
    with duckdb.connect(config={"threads": 1}) as engine:
        yield engine


@pytest.fixture
def start(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> Callable[..., Nights]:
    """Begin the nights of a database."""
    return lambda database, **settings: Nights(tmp_path / "store", connection, database, **settings)


def test_rows_that_came_changed_and_went(start: Callable[..., Nights]) -> None:
    """After the first night only what is new and the keys are asked for, and current rows are the source's."""
    database = Database(*MANY)
    nights = start(database)
    first = nights.night()
    assert (database.asked, first.watermark, first.increments, first.problem) == (["all"], "99", 0, None)
    database.rows = [*MANY[1:7], ("007", 100, "changed"), *MANY[8:], ("new", 101, "new"), ("never", None, "unmarked")]
    second = nights.night()
    assert (database.asked, second.watermark, second.increments) == (["since 99", "keys id"], "101", 1)
    assert nights.rows() == sorted(database.rows, key=str)
    assert second.base == first.base
    assert second.delta
    assert second.dead
    assert (second.delta.rows, second.dead.rows, second.rows) == (3, 2, 101)
    assert nights.night() == replace(second, increments=2)


def test_a_table_without_a_key_or_a_watermark_is_read_whole(start: Callable[..., Nights]) -> None:
    """Nothing else would be exact."""
    nights = start(database := Database(*MANY), watermark=None)
    database.marks = False
    nights.night()
    again = nights.night()
    assert (database.asked, again.watermark, again.asked) == (["all"], None, None)


def test_it_is_read_whole_now_and_then(start: Callable[..., Nights]) -> None:
    """A change that left its watermark alone is seen on the night on which the table is read whole, and the base stays."""
    nights = start(database := Database(*MANY), full_every=3)
    first = nights.night()
    database.rows[5] = ("005", 5, "changed in secret")
    assert [nights.night().increments for _ in range(2)] == [1, 2]
    assert ("005", 5, "as it was") in nights.rows()
    whole = nights.night()
    assert (database.asked, whole.increments, whole.base) == (["all"], 0, first.base)
    assert nights.rows() == sorted(database.rows, key=str)
    assert nights.night().increments == 1


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([*MANY, ("late", 3, "late")], "a row that came below the watermark"),
        ([*MANY[:50], ("060", 120, "twin"), *MANY[50:]], "one more row of a key that is there"),
    ],
)
def test_what_the_sweep_tells(rows: list[Row], why: str, start: Callable[..., Nights]) -> None:
    """Keys that do not agree have the table read whole in the same night."""
    nights = start(database := Database(*MANY))
    nights.night()
    database.rows = rows
    whole = nights.night()
    assert (database.asked, whole.increments, whole.problem) == (["since 99", "keys id", "all"], 0, None), why
    assert nights.rows() == sorted(rows, key=str)


def test_without_a_sweep(start: Callable[..., Nights]) -> None:
    """Where the site says that nothing is deleted, no keys are read."""
    nights = start(database := Database(*MANY), sweep=False)
    nights.night()
    database.rows = [*MANY[1:], ("new", 100, "new")]
    assert nights.night().rows == 101
    assert database.asked == ["since 99"]


def test_the_first_reading_breaks_off(start: Callable[..., Nights]) -> None:
    """What came is kept and the table is incomplete, until a later night has read the rest."""
    nights = start(database := Database(*MANY))
    database.lost_after = 40
    first = nights.night()
    assert (first.interrupted, first.watermark, first.rows) == (True, "39", 40)
    assert first.problem == "the reading broke off, and the next run goes on from there: source mes, table event: the connection was lost"
    second = nights.night()
    assert (database.asked, second.interrupted, second.watermark, second.rows) == (["since 39"], True, "78", 79)
    database.lost_after = None
    third = nights.night()
    assert (database.asked, third.interrupted, third.problem, third.watermark) == (["since 78", "keys id"], False, None, "99")
    assert nights.rows() == MANY


def test_an_increment_breaks_off(start: Callable[..., Nights]) -> None:
    """Nothing that was known is lost, what came is applied, and deletions wait for a night that sees all keys."""
    nights = start(database := Database(*MANY))
    first = nights.night()
    database.rows = [*MANY[1:7], ("007", 100, "changed"), *MANY[8:], ("new", 101, "new")]
    database.lost_after = 2
    second = nights.night()
    assert (second.interrupted, second.watermark, second.base, second.rows) == (True, "100", first.base, 100)
    assert ("007", 100, "changed") in nights.rows()
    database.lost_after = 50  # the increment is shorter than that, the keys are not
    third = nights.night()
    assert (third.interrupted, third.watermark, third.rows, database.asked) == (True, "101", 101, ["since 100", "keys id"])
    database.lost_after = None
    assert nights.night().problem is None
    assert nights.rows() == sorted(database.rows, key=str)


def test_a_reading_of_the_whole_breaks_off_later(start: Callable[..., Nights]) -> None:
    """The state of the night before stays, incomplete; the next night reads what is new, and the one after that tries the whole again."""
    nights = start(database := Database(*MANY), full_every=2)
    first = nights.night()
    nights.night()
    database.lost_after = 40
    broken = nights.night()
    assert (database.asked, broken.interrupted, broken.base, broken.rows) == (["all"], True, first.base, 100)
    database.lost_after = None
    assert nights.night().problem is None
    assert database.asked == ["since 99", "keys id"]
    assert nights.night().increments == 0
    assert database.asked == ["all"]


def test_a_table_without_a_watermark_breaks_off(start: Callable[..., Nights], tmp_path: Path) -> None:
    """Nothing tells how far it came, so nothing of it is kept."""
    nights = start(database := Database(*MANY), watermark=None)
    database.marks = False
    database.lost_after = 40
    broken = nights.night()
    assert (broken.base, broken.interrupted, broken.problem) == (None, False, "source mes, table event: the connection was lost")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_refused_rows_are_seen_again(start: Callable[..., Nights]) -> None:
    """A row that the reader refused is in no part; so that it is not forgotten, the table is read whole until there is none."""
    nights = start(database := Database(*MANY))
    database.refuses = {"007"}
    for _ in range(2):
        found = nights.night()
        assert (database.asked, found.refused, found.unread, [row.row for row in nights.refused]) == (["all"], 1, 1, [8])
    database.refuses = set()
    assert nights.night().unread == 0
    nights.night()
    assert database.asked == ["since 99", "keys id"]
    database.refuses = {"007"}
    assert (nights.night().unread, database.asked) == (1, ["since 99", "keys id", "all"])


@pytest.mark.parametrize("changed", [{"query": "SELECT 1"}, {"watermark": "id"}])
def test_asked_in_another_way(changed: dict[str, str], start: Callable[..., Nights]) -> None:
    """Another query or watermark gives other rows: the table is read whole."""
    nights = start(database := Database(*MANY))
    nights.night()
    nights.settings = nights.settings.model_copy(update=changed)
    nights.night()
    assert database.asked == ["all"]


def test_another_column(start: Callable[..., Nights]) -> None:
    """A column that came has the table read whole, and is told."""
    nights = start(database := Database(*MANY))
    assert nights.night().drift == ()
    database.schema = SCHEMA.append(pa.field("more", pa.string()))
    found = nights.night()
    assert (database.asked, found.drift) == (["since 99", "all"], ("more is new",))
    assert nights.night().drift == ()
    assert database.asked == ["since 99", "keys id"]


def test_the_overlap(start: Callable[..., Nights]) -> None:
    """A timestamp is read again from before the watermark, for transactions that were committed late."""
    nights = start(database := Database(), overlap="2h", sweep=False)
    nights.state = replace(nights.night(), watermark="2026-03-09T22:00:00")
    nights.night()
    assert database.asked == ["since 2026-03-09T20:00:00"]


@pytest.mark.parametrize(
    ("workspace", "said", "kept"),
    [
        ("/srv/recon", "source mes (/srv/recon/inbox/mes.db)", "source mes (inbox/mes.db)"),
        ("/srv/recon", "see /data/srv/recon/x and /srv/reconcile", "see /data/srv/recon/x and /srv/reconcile"),
        (".", "source mes (../inbox/./mes.db)", "source mes (../inbox/./mes.db)"),
        ("w", "w/inbox is not new/inbox", "inbox is not new/inbox"),
    ],
)
def test_a_message_is_the_same_wherever_the_workspace_lies(workspace: str, said: str, kept: str) -> None:
    """What is kept names files of the workspace as recon.toml does; other paths stay as they are."""
    assert told(SourceError(said, "gone"), Path(workspace)) == f"{kept}: gone"


def test_drift() -> None:
    """Columns that are gone, new or of another type are told; their order is not."""
    then, now = (
        TableSnapshot("t", Part("0" * 64, 0, dict(columns)), None, 0, None)
        for columns in ([("a", "VARCHAR"), ("b", "VARCHAR"), ("c", "BIGINT")], [("c", "VARCHAR"), ("d", "VARCHAR"), ("a", "VARCHAR")])
    )
    assert drift(then, now) == ("b is gone", "d is new", "c is VARCHAR, was BIGINT")
    assert drift(None, now) == drift(then, then) == ()
