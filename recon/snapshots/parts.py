"""Parts: immutable Parquet files in the store, named by the digest of what they hold. Equal content is stored once."""

from __future__ import annotations

import contextlib
import filecmp
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recon.errors import IntegrityError, WorkspaceError
from recon.model import Part
from recon.snapshots.blocks import ROWS, blocks
from recon.snapshots.digest import digest_of

ROW_NUMBER = "_row"
"""First column of a raw part, BIGINT: number of the row among the part's own, counted from 1."""
DEAD_COLUMNS = {ROW_NUMBER: "BIGINT"}
"""Columns of a part that names rows of another one."""

ASKED_COLUMNS = {"value": "VARCHAR"}
"""Columns of a part that holds what a second look asked for."""


def part_path(store: Path, digest: str) -> Path:
    """Where a part lies, whether or not it is there. `store` is the workspace's store/."""
    return store / "parts" / digest[:2] / f"{digest}.parquet"


def write_part(store: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, connection: duckdb.DuckDBPyConnection) -> Part:
    """Store rows as a raw part: `schema` with the row number in front. Memory is bounded by a row group.

    What `batches` raises passes through; nothing of the part remains then. Raises WorkspaceError where the store cannot be written.
    """
    with incoming(store, batches, schema) as file:
        return keep(store, file, connection)


@contextlib.contextmanager
def incoming(store: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[Path]:
    """Rows as a raw part without a name: `keep` gives it one, or else it is gone in the end. Raises as write_part does."""
    numbered = pa.schema([pa.field(ROW_NUMBER, pa.int64()), *schema])
    with _unfinished(store) as temporary:
        # Without statistics: raw parts are read whole, and a damaged one could make an engine skip rows that the digest vouches for.
        options = {"compression": "zstd", "write_statistics": False, "store_schema": False}
        with _foreseen(store), _create(temporary) as file, pq.ParquetWriter(file, numbered, **options) as writer:
            for table in blocks(_numbered(batches, numbered), numbered):
                writer.write_table(table, row_group_size=ROWS)
        yield temporary


def write_part_from_query(store: Path, sql: str, connection: duckdb.DuckDBPyConnection) -> Part:
    """Store the rows of a query, in the order in which it gives them, as a part. Raises WorkspaceError where the store cannot be written."""
    with _unfinished(store) as temporary, _foreseen(store):
        _create(temporary).close()
        try:
            connection.execute(f"COPY ({sql}) TO '{_quoted(temporary)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS})")
        except duckdb.IOException as error:
            if temporary.name in str(error) or "No space left" in str(error):
                raise _unwritable(store, str(error).splitlines()[0]) from None
            raise
        return keep(store, temporary, connection)


def keep(store: Path, file: Path, connection: duckdb.DuckDBPyConnection) -> Part:
    """Give a finished file its name. Nothing that lies under that name already is believed: it stays only where it is the same to the byte."""
    with _foreseen(store):
        digest, rows, columns = digest_of(file, connection)
        target = part_path(store, digest)
        if not (target.is_file() and filecmp.cmp(file, target, shallow=False)):
            make_folder(target.parent)
            with contextlib.suppress(OSError):
                file.chmod(0o640)
            _to_disk(file)
            file.rename(target)
            _to_disk(target.parent)
        return Part(digest, rows, columns)


def read_part(store: Path, part: Part) -> Path:
    """The part's file, for read_parquet. Raises IntegrityError where it is gone."""
    file = part_path(store, part.digest)
    if not file.is_file():
        raise IntegrityError(str(file), "a part that the manifest names is missing", "restore the store from its backup; it must not be pruned by hand")
    return file


def verify(store: Path, part: Part, connection: duckdb.DuckDBPyConnection) -> None:
    """Read the part again and compare it with its name. Raises IntegrityError where it is gone, damaged or changed."""
    file = read_part(store, part)
    restore = "restore it from the backup; runs that name it cannot be trusted until then"
    try:
        digest, rows, columns = digest_of(file, connection)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise IntegrityError(str(file), f"the part is damaged: {str(error).splitlines()[0]}", restore) from None
    if digest != part.digest:
        raise IntegrityError(str(file), f"the part's content has the digest {digest}, not the one it is named by", restore)
    if rows != part.rows or (part.columns and columns != part.columns):
        what = f"the part has {rows:,} rows and {len(columns)} columns, the manifest says {part.rows:,} and {len(part.columns)}, or others"
        raise IntegrityError(str(file), what, "the manifest was changed; restore it from the backup")


def make_folder(folder: Path) -> None:
    """Make a folder of the workspace with its parents, readable for the site's group where the file system lets us."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        with contextlib.suppress(OSError):
            path.chmod(0o2750)


def write_whole(file: Path, content: bytes) -> None:
    """Write a small file of the workspace so that it is there whole or not at all."""
    temporary = file.with_name(f".{file.name}.partial")
    temporary.unlink(missing_ok=True)
    with _create(temporary) as handle:
        handle.write(content)
    _to_disk(temporary)
    temporary.rename(file)
    _to_disk(file.parent)


def _numbered(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches with the number of each row in front."""
    done = 0
    for batch in batches:
        numbers = pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int64()), batch.num_rows), start=done)
        yield pa.record_batch([numbers, *batch.columns], schema=schema)
        done += batch.num_rows


@contextlib.contextmanager
def _unfinished(store: Path) -> Iterator[Path]:
    """A name in the store for a part that has no digest yet; whatever is left under it is removed."""
    temporary = store / "parts" / f".{uuid.uuid4().hex}.partial"
    try:
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _foreseen(store: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(store, error.strerror or str(error)) from None


def _unwritable(store: Path, why: str) -> WorkspaceError:
    return WorkspaceError(str(store), f"the store cannot be written: {why}", "check the disk's free space and who may write there, and run again")


def _create(file: Path) -> IO[bytes]:
    make_folder(file.parent)
    return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640), "wb")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
