"""Parts: the digest speaks of content alone, a part appears whole or not at all, and damage is noticed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import struct
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recon.errors import IntegrityError, SourceError, WorkspaceError
from recon.model import Part
from recon.snapshots import parts
from recon.snapshots.digest import digest_of
from recon.snapshots.parts import part_path, read_part, verify, write_part, write_part_from_query


def connect() -> duckdb.DuckDBPyConnection:
    """An engine that downloads nothing."""
    return duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine for one test."""
    with connect() as engine:
        yield engine


def text_schema(*names: str) -> pa.Schema:
    """Columns of text."""
    return pa.schema([(name, pa.string()) for name in names])


def batches_of(rows: list[tuple[str | None, ...]], schema: pa.Schema, size: int = 1000) -> Iterator[pa.RecordBatch]:
    """Rows as batches of `size`."""
    for start in range(0, len(rows), size):
        columns = list(zip(*rows[start : start + size], strict=True))
        yield pa.record_batch([pa.array(values, pa.string()) for values in columns], schema=schema)


def published_digest(header: list[tuple[str, str]], rows: list[tuple[Any, ...]]) -> str:
    """The encoding of docs/manifest.md, written down a second time. Values are bytes as they lie in memory, texts and integers are encoded here."""
    total = hashlib.sha256()
    for name, kind in header:
        total.update(f"{len(name.encode())}:{name} {kind}\n".encode())
    for start in range(0, len(rows), 131072):
        for (_, kind), column in zip(header, zip(*rows[start : start + 131072], strict=True), strict=True):
            there = [
                value.encode() if isinstance(value, str) else struct.pack("<q", value) if isinstance(value, int) else value
                for value in column
                if value is not None
            ]
            total.update(bytes(value is not None for value in column))
            if kind in ("VARCHAR", "BLOB"):
                total.update(b"".join(struct.pack("<i", len(value)) for value in there))
            total.update(b"".join(there))
    return total.hexdigest()


ROWS: list[tuple[str | None, ...]] = [("a", None), ("é", ""), ("NULL", "N"), (None, "1:a")]


def test_the_digest_is_the_published_one(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A raw part is numbered rows of text, and its name can be computed without recon."""
    schema = text_schema("MATNR", "Maß \"x\" 'y'")
    part = write_part(tmp_path, batches_of(ROWS, schema), schema, connection)
    header = [("_row", "BIGINT"), ("MATNR", "VARCHAR"), ("Maß \"x\" 'y'", "VARCHAR")]
    assert part == Part(published_digest(header, [(i, *row) for i, row in enumerate(ROWS, 1)]), 4, dict(header))
    assert connection.read_parquet(str(read_part(tmp_path, part))).fetchall() == [(i, *row) for i, row in enumerate(ROWS, 1)]


def test_the_documented_example(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The digest in docs/manifest.md is right."""
    part = write_part(tmp_path, batches_of([("B7",), (None,)], text_schema("batch")), text_schema("batch"), connection)
    assert part.digest in (Path(__file__).parents[2] / "docs" / "manifest.md").read_text(encoding="utf-8")


def test_typed_values(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Canonical parts: every type as it is published, whatever the session's time zone."""
    connection.execute("SET TimeZone = 'Europe/Berlin'")
    connection.execute("CREATE TABLE t (s VARCHAR, q DECIMAL(18, 6), f BOOLEAN, d DATE, t TIMESTAMP, n INTEGER, b BLOB)")
    at = datetime(2026, 3, 9, 22, 14, 5, 120000)
    connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", ["x", Decimal("-1.5"), True, date(2026, 3, 9), at, -7, b"\x00\xff"])
    connection.execute("INSERT INTO t VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
    part = write_part_from_query(tmp_path, "SELECT * FROM t", connection)
    header = {"s": "VARCHAR", "q": "DECIMAL(18,6)", "f": "BOOLEAN", "d": "DATE", "t": "TIMESTAMP", "n": "INTEGER", "b": "BLOB"}
    quantity, day, moment, number = (-1_500_000).to_bytes(16, "little", signed=True), struct.pack("<i", 20521), 1773094445120000, struct.pack("<i", -7)
    values = ("x", quantity, b"\1", day, moment, number, b"\x00\xff")
    assert part == Part(published_digest(list(header.items()), [values, (None,) * 7]), 2, header)
    verify(tmp_path, part, connection)


@pytest.mark.parametrize("options", [{"compression": "none"}, {"compression": "zstd", "row_group_size": 7}, {"use_dictionary": False, "version": "1.0"}])
def test_bytes_do_not_matter(options: dict[str, Any], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The same rows under another compression, row group size or encoding have the same digest."""
    schema = text_schema("a", "b")
    rows: list[tuple[str | None, ...]] = [(str(i % 13), None if i % 7 == 0 else "x" * (i % 5)) for i in range(5000)]
    part = write_part(tmp_path, batches_of(rows, schema, size=333), schema, connection)
    pq.write_table(pq.read_table(read_part(tmp_path, part)), tmp_path / "other.parquet", **options)
    assert digest_of(tmp_path / "other.parquet", connection) == (part.digest, 5000, part.columns)
    assert write_part(tmp_path, batches_of(rows, schema, size=5000), schema, connection) == part
    assert len(list((tmp_path / "parts").rglob("*.parquet"))) == 1


@pytest.mark.parametrize("damage", ["altered", "cut short", "empty"])
def test_a_part_that_was_altered_in_the_store_is_not_used_again(damage: str, connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """What is read tonight replaces it, under the same name; who has the old file open keeps it. One that is the same is left alone."""
    schema = text_schema("a")
    rows: list[tuple[str | None, ...]] = [("1",), ("2",)]
    part = write_part(tmp_path, batches_of(rows, schema), schema, connection)
    file = read_part(tmp_path, part)
    sound, stamp = file.read_bytes(), file.stat()
    write_part(tmp_path, batches_of(rows, schema), schema, connection)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (stamp.st_ino, stamp.st_mtime_ns)
    if damage == "altered":
        connection.execute(f"COPY (SELECT 1::BIGINT AS _row, '9' AS a) TO '{file}' (FORMAT parquet)")
    else:
        file.write_bytes(sound[:20] if damage == "cut short" else b"")
    altered = file.read_bytes()
    with file.open("rb") as reader:
        assert write_part(tmp_path, batches_of(rows, schema), schema, connection) == part
        assert reader.read() == altered
    verify(tmp_path, part, connection)
    assert [path.name for path in (tmp_path / "parts").rglob("*") if path.is_file()] == [file.name]


def test_row_groups_and_fetches_do_not_matter(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """More rows than one row group or one fetch hold are numbered and hashed in order."""
    query = "SELECT i AS _row, printf('%d', i * 7919 % 100003) AS a FROM range(1, 300001) AS t(i)"
    from_query = write_part_from_query(tmp_path / "one", query, connection)
    reader = connection.sql(query.replace("i AS _row, ", "")).to_arrow_reader(9999)
    from_batches = write_part(tmp_path / "two", reader, text_schema("a"), connection)
    assert from_batches == from_query
    assert from_query.digest == published_digest([("_row", "BIGINT"), ("a", "VARCHAR")], connection.execute(query).fetchall())
    verify(tmp_path / "two", from_batches, connection)


cells = st.one_of(st.none(), st.sampled_from(["", "N", "NULL", "0:", "1:a", "a", "b", "2", "1"]), st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
tables = st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=4)


@given(one=tables, other=tables)
def test_different_rows_have_different_digests(one: list[Any], other: list[Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    """NULL, the empty text and the text NULL differ, and no value runs into its neighbour."""
    assume(one != other)
    schema, store = text_schema("a", "b", "c"), tmp_path_factory.mktemp("store")
    with connect() as engine:
        first, second = (write_part(store, batches_of(rows, schema), schema, engine) for rows in (one, other))
    assert first.digest != second.digest


@pytest.mark.parametrize(
    ("one", "other"),
    [([(None,)], [("",)]), ([(None,)], [("NULL",)]), ([("",)], [("NULL",)]), ([("a",), ("b",)], [("b",), ("a",)]), ([("a",)], [("a",), ("a",)])],
)
def test_look_alikes(one: list[Any], other: list[Any], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The classical collisions do not collide."""
    schema = text_schema("a")
    assert write_part(tmp_path, batches_of(one, schema), schema, connection) != write_part(tmp_path, batches_of(other, schema), schema, connection)


def test_columns_matter(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Names, types, order and number of the columns are part of the content, in empty parts too."""
    queries = ["SELECT 'x' AS a, 'y' AS b", "SELECT 'y' AS b, 'x' AS a", "SELECT 'x' AS b, 'y' AS a", "SELECT 'xy' AS a", "SELECT 1 AS a", "SELECT '1' AS a"]
    empty = [f"{query} WHERE false" for query in queries]
    digests = {write_part_from_query(tmp_path, query, connection).digest for query in queries + empty}
    assert len(digests) == len(queries) + len(empty) - 2  # without rows, two pairs of these tables are the same


def test_an_empty_part(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """No rows, and even no columns, is content too."""
    assert write_part(tmp_path, iter(()), text_schema("a"), connection).rows == 0
    assert write_part(tmp_path, iter(()), pa.schema([]), connection).columns == {"_row": "BIGINT"}


def test_modes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The site's group may read parts, the world may not, whatever the umask."""
    old = os.umask(0o077)
    try:
        part = write_part(tmp_path / "store", iter(()), text_schema("a"), connection)
    finally:
        os.umask(old)
    file = part_path(tmp_path / "store", part.digest)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (file.parent, file.parent.parent, tmp_path / "store")} == {0o2750}


def test_nothing_remains_of_a_source_that_breaks(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The source's error passes through and the store is as it was."""

    def breaking() -> Iterator[pa.RecordBatch]:
        yield from batches_of([("x",)], text_schema("a"))
        raise SourceError("source M", "went away")

    with pytest.raises(SourceError, match="went away"):
        write_part(tmp_path, breaking(), text_schema("a"), connection)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_nothing_remains_of_a_query_that_breaks(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A query's own error passes through: it is not the store's."""
    with pytest.raises(duckdb.ConversionException):
        write_part_from_query(tmp_path, "SELECT CAST('x' AS INTEGER)", connection)
    with pytest.raises(duckdb.IOException):
        write_part_from_query(tmp_path, "SELECT * FROM read_parquet('nowhere.parquet')", connection)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


class _FullDisk:
    """A file on a disk without space."""

    closed = False

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, _: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _FullDisk:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def test_a_full_disk(connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message, and the half part is gone."""
    create = parts._create
    monkeypatch.setattr(parts, "_create", lambda file: _FullDisk(create(file)))
    with pytest.raises(WorkspaceError, match=r"the store cannot be written: No space left on device\n  Tip: check the disk's free space"):
        write_part(tmp_path, batches_of([("x",)], text_schema("a")), text_schema("a"), connection)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_disk_that_fails_under_a_query(connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine says about a disk that cannot be written is told from what it says about its inputs."""

    def blocked(file: Path) -> IO[bytes]:
        file.mkdir(parents=True)  # a folder stands where the engine is to write
        return Path(os.devnull).open("wb")

    monkeypatch.setattr(parts, "_create", blocked)
    with pytest.raises(WorkspaceError, match="the store cannot be written"):
        write_part_from_query(tmp_path, "SELECT 1 AS a", connection)


def test_a_store_that_cannot_be_written(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A file stands where the store should be; a read-only mount is told the same way."""
    store = tmp_path / "store"
    store.touch()
    with pytest.raises(WorkspaceError, match="the store cannot be written"):
        write_part(store, iter(()), text_schema("a"), connection)
    with pytest.raises(WorkspaceError, match="the store cannot be written"):
        write_part_from_query(store, "SELECT 1 AS a", connection)


def test_a_read_only_store(connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system's refusal to create a file is passed on in one message."""

    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(WorkspaceError, match="Read-only file system"):
        write_part(tmp_path, iter(()), text_schema("a"), connection)


@pytest.fixture
def stored(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> tuple[Part, Path]:
    """A part of some size and its file."""
    rows: list[tuple[str | None, ...]] = [(f"batch {i}",) for i in range(2000)]
    part = write_part(tmp_path, batches_of(rows, text_schema("a")), text_schema("a"), connection)
    return part, part_path(tmp_path, part.digest)


def test_a_sound_part_verifies(stored: tuple[Part, Path], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Nothing is said about what is right."""
    verify(tmp_path, stored[0], connection)


def test_a_missing_part(stored: tuple[Part, Path], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A part that was deleted is named."""
    stored[1].unlink()
    with pytest.raises(IntegrityError, match="is missing"):
        verify(tmp_path, stored[0], connection)


def test_flipped_bits(stored: tuple[Part, Path], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Damage anywhere in the file is an integrity error, never a traceback of the engine, unless every row still reads the same."""
    part, file = stored
    sound = file.read_bytes()
    rows = connection.read_parquet(str(file)).fetchall()
    noticed = 0
    for place in range(0, len(sound), 53):
        file.write_bytes(sound[:place] + bytes([sound[place] ^ 0x10]) + sound[place + 1 :])
        try:
            verify(tmp_path, part, connection)
        except IntegrityError:
            noticed += 1
        else:
            assert connection.read_parquet(str(file)).fetchall() == rows
    assert noticed > 0.9 * len(sound) / 53


def test_a_truncated_part(stored: tuple[Part, Path], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A file that was cut is damaged."""
    part, file = stored
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(IntegrityError, match="the part is damaged"):
        verify(tmp_path, part, connection)


def test_changed_content(stored: tuple[Part, Path], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A sound Parquet file with one other value is not the part."""
    part, file = stored
    table = pq.read_table(file).to_pydict()
    table["a"][1234] = "batch 0"
    pq.write_table(pa.table(table), file)
    with pytest.raises(IntegrityError, match="not the one it is named by"):
        verify(tmp_path, part, connection)


def test_a_changed_manifest(stored: tuple[Part, Path], connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Row counts and columns that do not fit the part are noticed too."""
    part = stored[0]
    with pytest.raises(IntegrityError, match="2,000 rows"):
        verify(tmp_path, Part(part.digest, 1999, part.columns), connection)
