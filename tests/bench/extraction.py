"""How fast recon reads a database, beside the bare loops of the drivers: rows per second, CPU time and peak memory of each, in processes of their own.

Run it by `nox -s bench`, which starts a PostgreSQL of its own. The ways alternate, and medians are printed; a machine that does other work besides
makes the rows per second worth little, so the client's CPU time stands beside them.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.services.postgresql import Server, running

ROWS = int(os.environ.get("RECON_BENCH_ROWS", "2000000"))
ROUNDS = int(os.environ.get("RECON_BENCH_ROUNDS", "3"))
TABLE = Path(__file__).with_name("wide.sql")
TEXTS = (
    "event_id, order_no, material, batch, operation, CAST(quantity AS VARCHAR(21)), unit, CAST(recorded_at AS VARCHAR(40)), CAST(local_at AS VARCHAR(40)), "
    "CAST(day AS VARCHAR(40)), CAST(reversed AS VARCHAR(40)), remark, CAST(scrap AS VARCHAR(21)), serial, plant"
)
"""What recon asks for by ODBC; the bare loop asks for the same."""


def copy_loop() -> int:
    """PostgreSQL: COPY through libpq, nothing but received."""
    import psycopg

    rows = 0
    with closing(psycopg.connect(os.environ["BENCH_POSTGRESQL"], autocommit=True)) as connection:
        server = connection.pgconn
        server.exec_(b"SET timezone TO 'UTC'")
        server.exec_(b"COPY (SELECT * FROM wide) TO STDOUT (FORMAT csv)")
        while server.get_copy_data(0)[0] > 0:
            rows += 1
    return rows


def arrow_odbc_loop() -> int:
    """ODBC: arrow-odbc's batches, nothing but counted."""
    import arrow_odbc

    connection = arrow_odbc.connect(os.environ["BENCH_ODBC"].removeprefix("odbc:") + ";UseDeclareFetch=1;Fetch=10000")
    options = {"batch_size": 10_000, "max_bytes_per_batch": 64 << 20, "max_text_size": 4000}
    return sum(batch.num_rows for batch in connection.read_arrow_batches(f"SELECT {TEXTS} FROM wide", **options))


@contextmanager
def _batches(way: str) -> Iterator[tuple[Iterator[object], object]]:
    from recon.config import SourceSettings
    from recon.sources.sql import open_sql

    settings = SourceSettings(kind="sql", pack="p", system="s", plants=["1"], url=f"env:BENCH_{way.upper()}")
    with closing(open_sql("bench", settings, Path())) as source:
        reading = source.read("wide")
        yield reading.batches, reading.schema


def read(way: str) -> int:
    """recon's reader, its batches nothing but counted."""
    with _batches(way) as (batches, _):
        return sum(batch.num_rows for batch in batches)  # type: ignore[attr-defined]  # they are Arrow's, which publishes no types


def part(way: str) -> int:
    """recon's whole path: read, numbered, digested and stored as a part."""
    import duckdb

    from recon.snapshots.parts import write_part

    with _batches(way) as (batches, schema), tempfile.TemporaryDirectory() as store, duckdb.connect() as connection:
        return write_part(Path(store), batches, schema, connection).rows


WAYS: dict[str, Callable[[], int]] = {
    "PostgreSQL, bare COPY loop": copy_loop,
    "PostgreSQL, recon's reader": lambda: read("postgresql"),
    "PostgreSQL, recon into a part": lambda: part("postgresql"),
    "ODBC, bare arrow-odbc loop": arrow_odbc_loop,
    "ODBC, recon's reader": lambda: read("odbc"),
    "ODBC, recon into a part": lambda: part("odbc"),
}


def measure(name: str) -> None:
    """One way in this process; what it took goes to stdout as JSON."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = WAYS[name]()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"rows": rows, "wall": wall, "cpu": cpu, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}))


def main() -> None:
    """Fill a server, and let the ways alternate."""
    with tempfile.TemporaryDirectory(prefix="recon-bench-") as folder:
        Path(folder).chmod(0o711)
        with running(Path(folder) / "postgresql") as server:
            _compare(server)


def _compare(server: Server) -> None:
    database = server.new_database()
    server.run(database, TABLE.read_text(encoding="utf-8").replace("2000000", str(ROWS)))
    addresses = {"BENCH_POSTGRESQL": server.url("postgresql", database), "BENCH_ODBC": server.url("odbc", database)}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name in WAYS:
            command = [sys.executable, "-m", "tests.bench.extraction", name]
            ended = subprocess.run(command, env={**os.environ, **addresses}, check=True, capture_output=True, text=True)
            taken[name].append(json.loads(ended.stdout))
            assert taken[name][-1]["rows"] == ROWS
    print(f"{ROWS:,} rows of 15 columns, medians of {ROUNDS}\n{'':32} {'rows/s':>10} {'s':>7} {'CPU s':>7} {'peak MB':>8}")
    for name, runs in taken.items():
        wall, cpu, peak = (statistics.median(run[what] for run in runs) for what in ("wall", "cpu", "peak"))
        print(f"{name:32} {ROWS / wall:10,.0f} {wall:7.2f} {cpu:7.2f} {peak:8,.0f}")


if __name__ == "__main__":
    measure(sys.argv[1]) if len(sys.argv) > 1 else main()
