"""What gates cost beside mapping: nights over millions of events of a MES, with gates and without, and a second night with a hundredth of them new.

Run it by `nox -s bench -- gates`. RECON_BENCH_ROWS makes it smaller. Nights with gates and without alternate, each in a process of its own; the seconds are
those of the night's log.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from recon.canonical.packs import SHIPPED, load_pack

ROWS = int(os.environ.get("RECON_BENCH_ROWS", "5000000"))
NIGHTS = ("2026-03-10T01:00:00Z", "2026-03-11T01:00:00Z")
_ORDERS = """
    SELECT CAST(1000000 + o AS VARCHAR) AS order_no, '1000' AS plant, concat('M', o % 500) AS material, concat('P', o) AS batch,
           '1000' AS planned_quantity, 'KG' AS unit, '1000' AS produced_quantity, 'complete' AS status, '2026-03-01T06:00:00Z' AS received_at,
           '2026-03-02T06:00:00Z' AS started_at,
           '2026-03-02T20:00:00Z' AS completed_at, '2026-03-02T20:00:00Z' AS changed_at
    FROM range({orders}) AS r(o)
"""
_EVENTS = """
    SELECT concat('E', e) AS event_id, CAST(1000000 + e // 20 AS VARCHAR) AS order_no, '1000' AS plant,
           CASE WHEN e % 20 = 0 THEN 'output' ELSE 'consumption' END AS kind, concat('C', e % 3000) AS material, concat('B', e // 50) AS batch,
           CAST(CAST(hash(e) % 1000000 AS DECIMAL(18, 3)) / 1000 AS VARCHAR) AS quantity, 'KG' AS unit, NULL AS reverses_event_id,
           strftime(TIMESTAMP '2026-03-02 06:00:00' + to_seconds(e % 500000), '%Y-%m-%dT%H:%M:%SZ') AS occurred_at,
           strftime(TIMESTAMP '2026-03-02 06:00:05' + to_seconds(e % 500000), '%Y-%m-%dT%H:%M:%SZ') AS recorded_at
    FROM range({rows}) AS r(e)
"""
_CONFIGURATION = """
site = "bench"

[plants.1000]
name = "bench"
time_zone = "UTC"
currency = "EUR"

[sources.mes]
kind = "files"
pack = "mes-tables"
system = "P01/100"
plants = ["1000"]
path = "inbox"
max_lag = "48h"
without = {without}

[gates]
run = {run}
"""


def night(workspace: Path, number: int) -> dict[str, Any]:
    """Run one in a process of its own; its steps' seconds, and the peak memory of the run and of Great Expectations in MB."""
    program = f"""
import resource, sys
from datetime import datetime
from pathlib import Path
from recon.run import run
run(Path({str(workspace)!r}), datetime.fromisoformat({NIGHTS[number]!r}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
"""
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    own, child = map(int, ended.stdout.split())
    log = workspace / "logs" / (NIGHTS[number].replace("-", "").replace(":", "") + ".jsonl")
    steps = {line["step"]: line["seconds"] for line in map(json.loads, log.read_text(encoding="utf-8").splitlines()) if line["event"] == "step"}
    with duckdb.connect() as connection:
        counted = f"SELECT outcome, count(*) FROM read_parquet('{log.parent.parent}/store/runs/{log.stem}/gates.parquet') GROUP BY ALL"
        outcomes = dict(connection.execute(counted).fetchall())
    return {"read": steps["read"], "map": steps["map_to_canonical"], "gate": steps["gate"], "own": own, "child": child, "gates": outcomes}


def deliver(inbox: Path, rows: int, number: int) -> None:
    """The tables as Parquet, as of the night."""
    inbox.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for table, query in (("work_order", _ORDERS.format(orders=rows // 20 + 1)), ("movement", _EVENTS.format(rows=rows))):
            connection.execute(f"COPY ({query}) TO '{inbox / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    (inbox / "extract.json").write_text(json.dumps({"as_of": NIGHTS[number].replace("01:00:00Z", "00:30:00Z")}), encoding="utf-8")


def main() -> None:
    """Print the seconds of both nights, with gates and without."""
    tables = load_pack("mes-tables", [SHIPPED]).tables
    without = json.dumps(sorted({*tables} - {"work_order", "movement"}))
    print(f"{ROWS:,} events, and {ROWS // 100:,} more on the second night; peak memory of the run and of Great Expectations in MB")
    print(f"{'':28} {'read s':>8} {'map s':>8} {'gate s':>8} {'run MB':>8} {'GX MB':>8}")
    with tempfile.TemporaryDirectory(dir=os.environ.get("RECON_BENCH_DIR")) as folder:
        for run in ("false", "true"):
            workspace = Path(folder) / run
            workspace.mkdir()
            (workspace / "recon.toml").write_text(_CONFIGURATION.format(without=without, run=run), encoding="utf-8")
            for number, rows in enumerate((ROWS, ROWS + ROWS // 100)):
                deliver(workspace / "inbox", rows, number)
                took = night(workspace, number)
                name = f"{'with' if run == 'true' else 'without'} gates, night {number + 1}"
                print(
                    f"{name:28} {took['read']:8.1f} {took['map']:8.1f} {took['gate']:8.1f} {took['own']:8,} {took['child']:8,}  {took['gates'] or ''}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
