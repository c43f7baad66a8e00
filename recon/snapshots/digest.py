"""The logical digest of a part: the same typed rows in the same order give the same digest, whatever wrote the Parquet bytes.

docs/manifest.md publishes the encoding, so that anyone can compute it again without recon.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recon.snapshots.blocks import ROWS, blocks


def digest_of(file: Path, connection: duckdb.DuckDBPyConnection) -> tuple[str, int, dict[str, str]]:
    """Digest in hex, number of rows, and columns (name → DuckDB type, in order) of a Parquet file. `connection` may be shared with other threads' cursors.

    Raises duckdb.Error, pyarrow.ArrowException or OSError where the file is damaged.
    """
    columns = columns_of(file, connection)
    total = hashlib.sha256()
    for name, kind in columns.items():
        total.update(f"{len(name.encode())}:{name} {kind}\n".encode())
    rows = 0
    # Column by column, as the values lie in memory: a third of the work that a text of every row would be. One thread: the night has its own to fill.
    with pq.ParquetFile(file) as parquet:
        for block in blocks(parquet.iter_batches(ROWS, use_threads=False), parquet.schema_arrow):
            rows += block.num_rows
            for column in block.columns:
                for content in _encoded(column.combine_chunks()):
                    total.update(content)
    return total.hexdigest(), rows, columns


def columns_of(file: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Name → DuckDB type of a Parquet file, in order."""
    relation = connection.cursor().read_parquet(str(file))
    return {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}


def _encoded(values: pa.Array) -> Iterator[memoryview]:
    """The bytes of one column of a block: which rows have a value, how long each value is where that differs, and the values."""
    yield _fixed(values.is_valid().cast(pa.uint8()))
    there = values.drop_null()
    if pa.types.is_string(there.type) or pa.types.is_binary(there.type):
        yield _fixed(pc.binary_length(there))
        yield _text(there)
    else:
        yield _fixed(there.cast(pa.uint8()) if pa.types.is_boolean(there.type) else there)


def _fixed(values: pa.Array) -> memoryview:
    """Values of one width without NULLs, as they lie in memory."""
    width = values.type.bit_width // 8
    return memoryview(values.buffers()[1] or b"")[width * values.offset : width * (values.offset + len(values))]


def _text(values: pa.Array) -> memoryview:
    """All texts of an array without NULLs, one after the other."""
    _, offsets, characters = values.buffers()
    if not len(values) or characters is None:
        return memoryview(b"")
    bounds = memoryview(offsets).cast("i")
    return memoryview(characters)[bounds[values.offset] : bounds[values.offset + len(values)]]
