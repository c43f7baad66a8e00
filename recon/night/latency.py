"""How long postings took since the night before: which window is measured at which plant, and what earlier nights measured."""

from __future__ import annotations

from datetime import timedelta

from recon.engines.latency.measure import WORKFLOWS
from recon.engines.latency.measure import measure as measure_windows
from recon.findings import cuts, files
from recon.night.state import Night
from recon.snapshots.current import literal

FIRST_WINDOW = timedelta(days=1)
"""How far a plant's first window reaches back."""
NIGHTS_KEPT = 60
"""Moments for which a run's file has the figures of a workflow, tonight's included."""

_SHAPE = """
    SELECT CAST(NULL AS VARCHAR) AS run_id, * EXCLUDE (changed_at, not_evaluated) FROM canonical."latency.workflow" WHERE false"""


def measure(night: Night) -> None:
    """Fill latency.workflow for tonight, and latency_night: the same and what the nights before measured, as latency.parquet keeps it."""
    connection = night.connection
    before = files.previous_run(night.store)
    file = night.store / "runs" / before / "latency.parquet" if before else None
    earlier = f"SELECT * FROM read_parquet({literal(file)})" if file and file.is_file() else _SHAPE
    connection.execute(f"CREATE OR REPLACE TEMP TABLE latency_before AS {earlier}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE latency_cut (system VARCHAR, plant VARCHAR, workflow VARCHAR, moment TIMESTAMP, until TIMESTAMP, not_evaluated VARCHAR)"
    )
    moment = night.reference.replace(tzinfo=None)
    rows = [
        (system, plant, workflow, moment, until.replace(tzinfo=None) if until else None, reason)
        for workflow, tables in WORKFLOWS.items()
        for system, plant, reason, until in cuts.common_cut(tables, night.intake)
    ]
    if rows:
        connection.executemany("INSERT INTO latency_cut VALUES (?, ?, ?, ?, ?, ?)", rows)
    # A window begins where the last one ended. Where the sources show the same moment as then, the same window is measured again.
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE latency_window AS
        SELECT c.*, coalesce(b.until, c.until - INTERVAL {int(FIRST_WINDOW.total_seconds())} SECOND) AS since
        FROM latency_cut c
        LEFT JOIN (
            SELECT e.system, e.plant, e.workflow, max(e.until) AS until
            FROM latency_before e
            JOIN latency_cut n ON n.system = e.system AND n.plant = e.plant AND n.workflow = e.workflow AND e.until < n.until
            GROUP BY ALL
        ) b ON b.system = c.system AND b.plant = c.plant AND b.workflow = c.workflow""")
    measure_windows(connection)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE latency_night AS
        SELECT * FROM (
            SELECT * FROM latency_before b
            WHERE NOT EXISTS (FROM canonical."latency.workflow" w WHERE (w.system, w.plant, w.workflow, w.until) = (b.system, b.plant, b.workflow, b.until))
            UNION ALL BY NAME
            SELECT {literal(night.run_id)} AS run_id, * EXCLUDE (changed_at, not_evaluated) FROM canonical."latency.workflow" WHERE not_evaluated IS NULL
        )
        QUALIFY row_number() OVER (PARTITION BY system, plant, workflow ORDER BY until DESC) <= {NIGHTS_KEPT}""")
