"""Batches of any size → tables of one size, in order: what row groups are written in, and digests computed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

ROWS = 1 << 17


def blocks(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in tables of ROWS each, the last one of what is left. No more than a block and a batch are held at a time."""
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        waiting.append(batch)
        held += batch.num_rows
        if held < ROWS:
            continue
        gathered = pa.Table.from_batches(waiting, schema)
        whole = held - held % ROWS
        for start in range(0, whole, ROWS):
            yield gathered.slice(start, ROWS)
        waiting = gathered.slice(whole).to_batches()
        held -= whole
    if held:
        yield pa.Table.from_batches(waiting, schema)
