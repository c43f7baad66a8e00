"""How many rows a table has beside the night before: asked where they differ, and not where another finding tells it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from recon.config import WorkspaceSettings
from recon.gates.gated import Gated
from recon.gates.gatekeeper import Gatekeeper, create_relations
from recon.gates.process import Process
from recon.gates.suite import PARAMETER, Expectation, Suite

HALF = Expectation(1, "expect_table_row_count_to_be_between", {"min_value": {PARAMETER: "trunc(rows_before / 2)"}}, "not evaluated", "because")
BEFORE: dict[str, int | str] = {"as_many": 40, "fewer": 82, "half": 80, "doubted": "INT-007 tells it"}
"""Source → what the night before had; tonight each has 40 rows."""


def test_a_table_is_compared_with_what_gates_looked_at_before(tmp_path: Path) -> None:
    """Half of it and no less; a table that nobody looked at before, and one that is doubted already, are not judged."""
    connection, process = duckdb.connect(), Process(WorkspaceSettings(threads=1), tmp_path / "spill")
    create_relations(connection)
    connection.execute("CREATE TABLE refused (source VARCHAR, raw_table VARCHAR, row BIGINT, reason VARCHAR, raw VARCHAR)")
    keeper = Gatekeeper(connection, tmp_path, process)
    current = "SELECT range AS _row, 'a:b:1' AS row_ref, '1000' AS plant FROM range(40)"
    for source in (*BEFORE, "new"):
        keeper.show(Gated(source, Suite("mes.stock", (HALF,), Path()), ("1000",), (), current, (), ("plant",), (source,)))
    try:
        verdicts = keeper.decide({}, {(source, "mes.stock"): rows for source, rows in BEFORE.items()})
    finally:
        process.stop()
    assert connection.execute("SELECT source, outcome, said, plants FROM gate ORDER BY source").fetchall() == [
        ("as_many", "met", "observed: 40, the night before: 40", None),
        ("doubted", "not compared", "INT-007 tells it", None),
        ("fewer", "failed", "observed: 40, the night before: 82", "1000"),
        ("half", "met", "observed: 40, the night before: 80", None),
        ("new", "not compared", "no night before has looked at it", None),
    ]
    assert list(verdicts.tables) == [("fewer", "mes.stock", "1000")]
