"""How fast a batch is traced: an index over millions of links of many levels, written as a night writes it, and walks through it.

Run it by `nox -s bench -- tracing`. RECON_BENCH_LINKS makes it smaller. The milliseconds are of this process alone; what a command adds is the start of
Python and the digest of the file.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.engines.genealogy import relations
from recon.genealogy import drill, index
from recon.genealogy.columns import Columns
from recon.genealogy.trace import Genealogy
from recon.model import Snapshot, SourceSnapshot
from recon.snapshots import trust

LINKS = int(os.environ.get("RECON_BENCH_LINKS", "4000000"))
_LEVELS, _INPUTS = 8, 4
_LINKS = """
    SELECT 'P01/100' AS system, 'bench' AS source, '1000' AS plant, TIMESTAMP '2026-03-01' AS changed_at, 'bench' AS row_ref, false AS ambiguous,
           CAST(made AS VARCHAR) AS order_no, concat('M', made % {levels}) AS output_material, concat('B', made) AS output_batch,
           concat('M', used % {levels}) AS input_material, concat('B', used) AS input_batch, CAST(1.5 AS DECIMAL(18, 6)) AS quantity, 'KG' AS unit
    FROM (
        -- A batch of a level is made of batches of the level below, near it in time, as a plant works.
        SELECT made, CASE WHEN made % {levels} > 0 THEN made - 1 - {levels} * CAST(hash(made * 31 + one) % 40 AS BIGINT) END AS used
        FROM range({batches}) AS b(made), range({inputs}) AS i(one)
    )
    WHERE used >= 0
    GROUP BY ALL
"""


def main() -> None:
    """Print what it took to prepare, to write and to trace."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("RECON_BENCH_DIR")) as folder, engine.connect(WorkspaceSettings(threads=2)) as connection:
        engine.load_canonical(connection, {})
        connection.execute(f"CREATE TABLE made AS {_LINKS.format(levels=_LEVELS, inputs=_INPUTS, batches=LINKS * 10 // 34)}")
        columns = [row[0] for row in connection.execute('DESCRIBE canonical."sap.genealogy_link"').fetchall()]
        given = {row[0] for row in connection.execute("DESCRIBE made").fetchall()}
        shape = ", ".join(name if name in given else f"NULL AS {name}" for name in columns)
        for side in ("sap", "mes"):
            connection.execute(f'CREATE OR REPLACE VIEW canonical."{side}.genealogy_link" AS SELECT {shape} FROM made')
        begun = time.perf_counter()
        relations.link(connection)
        linked = time.perf_counter()
        source = SourceSnapshot("bench", "P01/100", ("1000",), "bench", datetime(2026, 3, 10, tzinfo=UTC), {}, None)
        index.write(connection, Path(folder), "20260310T010000Z", Snapshot({"bench": source}), [], {}, {})
        written = time.perf_counter()
        file = Path(folder) / index.FILE_NAME
        trust.file_digest(file)
        digested = time.perf_counter()
        genealogy = Genealogy(Columns(file))
        opened = time.perf_counter()
        print(f"{len(genealogy.columns['link.input']):,} links, {len(genealogy):,} batches, index of {file.stat().st_size / 1e6:,.0f} MB")
        print(f"links of the night {linked - begun:.1f} s, index {written - linked:.1f} s")
        print(f"digest {digested - written:.2f} s, open {(opened - digested) * 1000:.1f} ms")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
        _walks(genealogy)


def _walks(genealogy: Genealogy) -> None:
    exercise = drill.drilled(genealogy, 200)
    seconds = sorted(one.seconds for one in exercise)
    nodes = statistics.median(one.backward + one.forward for one in exercise)
    print(
        f"both directions, all views, deliveries and holds: median {statistics.median(seconds) * 1000:.2f} ms at {nodes:,.0f} batches, "
        f"95 % within {seconds[len(seconds) * 95 // 100] * 1000:.2f} ms, slowest {seconds[-1] * 1000:.2f} ms"
    )
    largest = max(exercise, key=lambda one: one.backward + one.forward)
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        genealogy.walk(largest.number, "backward")
        genealogy.walk(largest.number, "forward")
        times.append(time.perf_counter() - begun)
    print(f"the largest of them, {largest.backward + largest.forward:,} batches: walks of both directions {statistics.median(times) * 1000:.2f} ms")


if __name__ == "__main__":
    main()
