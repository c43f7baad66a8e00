"""Measures how long the postings of each workflow took."""

from __future__ import annotations

from pathlib import Path

import duckdb

_FOLDER = Path(__file__).parent
WORKFLOWS: dict[str, tuple[str, ...]] = {
    "consumption": ("mes.movement", "sap.movement"),
    "receipt": ("mes.movement", "sap.movement"),
    "scrap": ("mes.movement", "sap.movement"),
    "confirmation": ("mes.confirmation", "sap.confirmation"),
    "hold": ("qms.hold", "sap.movement"),
    "decision": ("qms.inspection_lot", "qms.disposition", "sap.inspection_lot"),
}
"""Kind of event → the canonical tables that tell of both of its sides. A workflow's service level in recon.toml goes by the same name."""


def measure(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill canonical."latency.workflow" from the canonical tables, for the windows in the relation latency_window.

    latency_window: system, plant, workflow, since and until (UTC; postings entered in between count), moment (of the run), not_evaluated (why nothing
    can be measured; then there is no window).
    """
    for name in ("events.sql", "unquoted.sql", "workflows.sql"):
        connection.execute((_FOLDER / name).read_text(encoding="utf-8"))
