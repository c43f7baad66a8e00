"""Parquet to Arrow batches of text, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recon.errors import SourceError
from recon.sources.delivered import file_error
from recon.sources.extract import Extract
from recon.sources.interface import Reading
from recon.sources.text import refuse
from recon.sources.typed import Texts

ROWS = 20_000
"""Rows that are handled at a time."""


def read_parquet(extract: Extract) -> Reading:
    """Read one Parquet file. Every value becomes text; `typed` says how.

    Raises SourceError for a file that is missing, damaged, encrypted or has columns that are no single values, now or while batches are consumed.
    """
    if extract.delivered.is_packed:
        raise SourceError(extract.where, "is Parquet in an archive", "Parquet is compressed by itself: deliver it as it is")
    with _foreseen(extract):
        file = pq.ParquetFile(extract.delivered.file, pre_buffer=False, buffer_size=1 << 20)
        found = file.schema_arrow
    texts = Texts(extract.form.decimal, extract.where)
    for column in found:
        texts.of(pa.array([], column.type), column.name)
    names = extract.naming.names(found.names, extract.where)
    reading = Reading(batches=iter(()), schema=pa.schema([(name, pa.string()) for name in names]))
    reading.batches = _batches(file, texts, reading, extract)
    return reading


def _batches(file: pq.ParquetFile, texts: Texts, reading: Reading, extract: Extract) -> Iterator[pa.RecordBatch]:
    done = 0
    with _foreseen(extract), file:
        for batch in file.iter_batches(ROWS):
            batch.validate(full=True)
            columns = [texts.of(column, name) for column, name in zip(batch.columns, batch.schema.names, strict=True)]
            rows = pa.record_batch(columns, schema=reading.schema)
            bad = pa.array([False] * rows.num_rows)
            for column in columns:
                bad = pc.or_(bad, pc.fill_null(pc.match_substring(column, "\0"), False))
            for index in pc.indices_nonzero(bad).to_pylist():
                raw = " ".join(str(column[index].as_py()) for column in columns)
                refuse(reading.refused, done + index + 1, "it contains a NUL character", raw, extract.where)
            done += rows.num_rows
            yield rows.filter(pc.invert(bad)) if pc.any(bad).as_py() else rows


@contextmanager
def _foreseen(extract: Extract) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        what = str(error).splitlines()[0].rstrip(".")
        raise SourceError(extract.where, f"cannot be read as Parquet: {what}", "check that it arrived whole, and that its name says what it is") from None
    except OSError as error:
        if error.errno is None:
            what = str(error).splitlines()[0].rstrip(".")
            raise SourceError(extract.where, f"cannot be read as Parquet: {what}", "check that it arrived whole; deliver it again") from None
        raise file_error(error, extract.where) from None
