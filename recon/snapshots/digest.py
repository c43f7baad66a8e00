"""The logical digest of a part: the same typed rows in the same order give the same digest, whatever wrote the Parquet bytes.

docs/manifest.md publishes the encoding, so that anyone can compute it again without recon.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa

ROWS = 1 << 17
"""Row digests fetched at a time."""


def digest_of(file: Path, connection: duckdb.DuckDBPyConnection) -> tuple[str, int, dict[str, str]]:
    """Digest in hex, number of rows, and columns (name → DuckDB type, in order) of a Parquet file. `connection` may be shared with other threads' cursors."""
    cursor = connection.cursor()
    if cursor.execute("SELECT current_setting('preserve_insertion_order')").fetchall() != [(True,)]:
        raise RuntimeError("digests need preserve_insertion_order, which this connection has switched off")
    columns = columns_of(file, cursor)
    total = hashlib.sha256()
    for name, kind in columns.items():
        total.update(f"{len(name.encode())}:{name} {kind}\n".encode())
    # concat takes a third of the time that a chain of || does.
    values = f"concat({', '.join(_encoded(_identifier(name), kind) for name, kind in columns.items())})"
    rows = 0
    for batch in cursor.sql(f"SELECT sha256({values}) AS digest FROM read_parquet($file)", params={"file": str(file)}).to_arrow_reader(ROWS):
        rows += batch.num_rows
        total.update(_characters(batch.column(0)))
    return total.hexdigest(), rows, columns


def columns_of(file: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Name → DuckDB type of a Parquet file, in order."""
    relation = connection.cursor().read_parquet(str(file))
    return {name: str(kind) for name, kind in zip(relation.columns, relation.types, strict=True)}


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _encoded(column: str, kind: str) -> str:
    """SQL for the encoding of one value, as arguments of concat: N for NULL, else the length of its text in bytes, a colon and the text."""
    text = {"VARCHAR": column, "TIMESTAMP": f"epoch_us({column})::VARCHAR", "BLOB": f"lower(hex({column}))"}.get(kind, f"{column}::VARCHAR")
    return f"coalesce(strlen({text}) || ':', 'N'), {text}"


def _characters(digests: pa.Array) -> memoryview:
    """The 64 characters of each row's digest, one after the other, as they lie in memory."""
    fixed = digests.cast(pa.string())
    offsets, characters = fixed.buffers()[1:]
    start = memoryview(offsets).cast("i")[fixed.offset]
    return memoryview(characters)[start : start + 64 * len(fixed)]
