"""A state is exact: whatever rows a night brings, current rows are those of the source, as a multiset, and the same nights give the same parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.errors import IntegrityError
from recon.model import TableSnapshot
from recon.snapshots.advance import State, increment, whole
from recon.snapshots.current import current
from recon.snapshots.parts import incoming, part_path, verify

Row = tuple[str | None, int | None, str | None]
"""Key, watermark, and what else there is. Keys come twice and are NULL; so are the other values."""

SCHEMA = pa.schema([("key", pa.string()), ("mark", pa.int64()), ("other", pa.string())])

values = st.sampled_from([None, "", "a", "N", "1:a"])
rows = st.tuples(st.sampled_from([None, "", "k", "l", "m"]), st.none() | st.integers(0, 3), values)
tables = st.lists(rows, max_size=40)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for all tests here."""
    with duckdb.connect(config={"threads": 1}) as engine:
        yield engine


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """An empty store."""
    return tmp_path / "store"


def batch(table: Sequence[Sequence[object]], schema: pa.Schema = SCHEMA) -> list[pa.RecordBatch]:
    """Rows as a reader hands them over."""
    columns = list(zip(*table, strict=True)) if table else [()] * len(schema)
    return [pa.record_batch([pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)], schema=schema)]


def read_whole(store: Path, earlier: State | None, table: Sequence[Row], connection: duckdb.DuckDBPyConnection) -> State:
    """The state after reading a table whole."""
    with incoming(store, batch(table), SCHEMA) as file:
        return whole(store, earlier, file, connection)


def read_on(store: Path, earlier: State, table: Sequence[Row], keys: Iterable[str | None] | None, connection: duckdb.DuckDBPyConnection) -> State | None:
    """The state after reading some rows of a table, and perhaps its keys."""
    names = pa.schema([SCHEMA.field("key")])
    with incoming(store, batch(table), SCHEMA) as file:
        if keys is None:
            return increment(store, earlier, file, ["key"], None, connection)
        with incoming(store, batch([(key,) for key in keys], names), names) as swept:
            return increment(store, earlier, file, ["key"], swept, connection)


def rows_of(store: Path, state: State, connection: duckdb.DuckDBPyConnection) -> Counter[Row]:
    """Current rows of a state."""
    table = TableSnapshot("t", state.base, None, 0, None, state.delta, state.dead)
    found = connection.execute(current(store, table)).fetchall()
    assert len({row[:2] for row in found}) == len(found) == table.rows, "every row has a name of its own"
    return Counter(row[2:] for row in found)


def is_sound(store: Path, state: State, connection: duckdb.DuckDBPyConnection) -> None:
    """Every part is what its name says, delta and dead are within their bounds, and nothing else was left in the store."""
    for part in (state.base, state.delta, state.dead):
        if part:
            verify(store, part, connection)
            assert part is state.base or 0 < part.rows * 10 <= state.base.rows
    assert not list((store / "parts").glob(".*"))


@given(nights=st.lists(tables, min_size=2, max_size=4), filler=st.sampled_from([0, 100]))
@settings(max_examples=40)
def test_whole_reads(nights: list[list[Row]], filler: int, connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Current rows are always the source's, as a multiset; with many rows that stay, the base stays; a second time gives the same parts."""
    stores = [tmp_path_factory.mktemp("store"), tmp_path_factory.mktemp("store")]
    stay: list[Row] = [(f"stay {number}", number, None) for number in range(4 * filler)]
    states: list[State | None] = [None, None]
    for night in nights:
        for number, store in enumerate(stores):
            states[number] = read_whole(store, states[number], [*stay, *night], connection)
        state = states[0]
        assert state is not None
        assert state == states[1]
        is_sound(stores[0], state, connection)
        assert rows_of(stores[0], state, connection) == Counter([*stay, *night])


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """A table with unique keys, and the same after some rows came, went and changed, each change with a later mark than all before."""
    there = draw(st.dictionaries(st.none() | st.sampled_from("klmnop"), st.tuples(st.none() | st.integers(0, 9), values), max_size=6))
    touched = draw(st.dictionaries(st.none() | st.sampled_from("klmnopqr"), st.none() | st.tuples(st.integers(9, 19), values), max_size=6))
    then = {key: value for key, value in (there | touched).items() if value is not None}
    return [(key, *value) for key, value in there.items()], [(key, *value) for key, value in then.items()]


@given(night=changes(), filler=st.sampled_from([0, 100]))
@settings(max_examples=40)
def test_increments(night: tuple[list[Row], list[Row]], filler: int, connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Reading from a mark on and sweeping the keys comes to the same rows as reading the whole; reading the same once more changes nothing."""
    store = tmp_path_factory.mktemp("store")
    stay: list[Row] = [(f"stay {number}", 0, None) for number in range(filler)]
    before, after = ([*stay, *rows] for rows in night)
    state = read_whole(store, None, before, connection)
    for _ in range(2):
        since = [row for row in after if row[1] is None or row[1] >= 9]
        advanced = read_on(store, state, since, [row[0] for row in after], connection)
        assert advanced is not None
        state = advanced
        is_sound(store, state, connection)
        assert rows_of(store, state, connection) == Counter(after)


@given(nights=st.lists(tables, min_size=2, max_size=3), bound=st.integers(0, 3))
@settings(max_examples=40)
def test_increments_of_a_dirty_table(
    nights: list[list[Row]], bound: int, connection: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keys that come twice, late rows and deletions: the number of rows with each key is the source's, or the sweep says that the table must be read whole."""
    store = tmp_path_factory.mktemp("store")
    stay: list[Row] = [(f"stay {number}", 0, None) for number in range(100)]
    state = read_whole(store, None, [*stay, *nights[0]], connection)
    for night in nights[1:]:
        table = [*stay, *night]
        advanced = read_on(store, state, [row for row in night if row[1] is None or row[1] >= bound], [row[0] for row in table], connection)
        if advanced is None:
            advanced = read_whole(store, state, table, connection)
            assert rows_of(store, advanced, connection) == Counter(table)
        state = advanced
        is_sound(store, state, connection)
        assert Counter(row[0] for row in rows_of(store, state, connection).elements()) == Counter(row[0] for row in table)


def test_a_table_that_did_not_change(store: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """It names the parts of the night before, also where its rows come in another order, and nothing is written."""
    table: list[Row] = [(f"key {number}", number, "other") for number in range(100)]
    first = read_whole(store, None, table, connection)
    second = read_whole(store, first, [*table, ("new", 1, None)], connection)
    files = sorted(store.rglob("*.parquet"))
    assert (second.base, second.dead) == (first.base, None)
    assert read_whole(store, second, [("new", 1, None), *reversed(table)], connection) == second
    assert read_on(store, second, table[50:], [*(row[0] for row in table), "new"], connection) == second
    assert sorted(store.rglob("*.parquet")) == files


def test_a_new_base(store: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Beyond a tenth of the base, the night writes a new one: what was read, or the state as it is now, with new numbers."""
    table: list[Row] = [(f"key {number}", number, "other") for number in range(100)]
    changed: list[Row] = [(key, mark, "changed") for key, mark, _ in table[:10]]
    more: list[Row] = [*changed, ("new", 200, None)]
    first = read_whole(store, None, table, connection)
    over = read_whole(store, first, [*changed, *table[10:]], connection)
    assert over.base == first.base
    read = read_whole(store, first, [*more, *table[10:]], connection)
    advanced = read_on(store, over, more, None, connection)
    assert advanced is not None
    for state in (read, advanced):
        assert (state.delta, state.dead, state.base.rows) == (None, None, 101)
        assert connection.execute(f"SELECT max(_row), count(DISTINCT _row) FROM '{part_path(store, state.base.digest)}'").fetchone() == (101, 101)


@pytest.mark.parametrize(
    ("names", "values", "same"),
    [
        (("other", "key", "mark"), ("x", "k", 1), True),
        (("key", "mark", "other", "more"), ("k", 1, "x", "y"), False),
        (("key", "other"), ("k", "x"), False),
        (("key", "mark", "other"), ("k", "1", "x"), False),
    ],
)
def test_other_columns(names: tuple[str, ...], values: tuple[object, ...], same: bool, store: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """A column that came, went or has another type makes a new base; another order of the columns does not."""
    first = read_whole(store, None, [("k", 1, "x")] * 20, connection)
    schema = pa.schema([(name, pa.int64() if isinstance(value, int) else pa.string()) for name, value in zip(names, values, strict=True)])
    with incoming(store, batch([values] * 20, schema), schema) as file:
        assert (whole(store, first, file, connection) == first) is same


Damage = Callable[[Path], object]


@pytest.mark.parametrize(("damage", "message"), [(Path.unlink, "missing"), (lambda file: file.write_bytes(file.read_bytes()[:-200]), "damaged")])
def test_an_earlier_part_that_cannot_be_read(damage: Damage, message: str, store: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """The night is not judged on parts that are gone or damaged, and nothing is written in their place."""
    table: list[Row] = [(f"key {number}", number, "other") for number in range(100)]
    first = read_whole(store, None, table, connection)
    damage(part_path(store, first.base.digest))
    with pytest.raises(IntegrityError, match=message):
        read_whole(store, first, table[1:], connection)
    with pytest.raises(IntegrityError, match=message):
        read_on(store, first, table[:1], None, connection)
