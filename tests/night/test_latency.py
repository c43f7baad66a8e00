"""From an event to its posting: which events are measured, and what the percentiles of a night are of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.engines.latency.measure import WORKFLOWS, measure
from recon.ruleset import cases

NOON = datetime(2026, 3, 9, 12)
Rows = dict[str, list[dict[str, Any]]]


def at(minutes: float) -> datetime:
    """So many minutes after the event."""
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine.connect(WorkspaceSettings(threads=1)) as opened:
        engine.load_canonical(opened, {}, {"hold": timedelta(minutes=30)})
        opened.execute(
            "CREATE TABLE latency_window "
            "(system VARCHAR, plant VARCHAR, workflow VARCHAR, moment TIMESTAMP, until TIMESTAMP, not_evaluated VARCHAR, since TIMESTAMP)"
        )
        for workflow in WORKFLOWS:
            window = ["P01/100", "1000", workflow, at(1440), at(1000), None, at(-440)]
            opened.execute("INSERT INTO latency_window VALUES (?, ?, ?, ?, ?, ?, ?)", window)
        yield opened


def measured(connection: duckdb.DuckDBPyConnection, given: Rows) -> dict[str, tuple[int, Decimal | None, Decimal | None, Decimal | None]]:
    """workflow → events, p50, p95 and max in minutes, of those that have events."""
    for table, rows in given.items():
        cases._put(connection, table, rows, Path("case"))
    measure(connection)
    rows_ = connection.execute('SELECT workflow, events, p50, p95, slowest FROM canonical."latency.workflow" WHERE events > 0').fetchall()
    return {row[0]: row[1:] for row in rows_}


def movement(kind: str) -> Rows:
    """An event of the MES and its posting seven minutes later."""
    return {"mes.movement": [{"kind": kind, "reference": "E", "occurred_at": NOON}], "sap.movement": [{"kind": kind, "reference": "E", "changed_at": at(7)}]}


CONFIRMED: Rows = {"sap.confirmation": [{"reference": "E", "changed_at": at(7)}]}


@pytest.mark.parametrize(
    ("workflow", "given"),
    [
        ("consumption", movement("consumption")),
        ("receipt", movement("output")),
        ("receipt", movement("by-product")),
        ("scrap", movement("scrap")),
        ("confirmation", CONFIRMED | {"mes.confirmation": [{"reference": "E", "ended_at": NOON, "changed_at": at(3)}]}),
        ("confirmation", CONFIRMED | {"mes.confirmation": [{"reference": "E", "changed_at": NOON}]}),
        (
            "hold",
            {"qms.hold": [{"opened_at": NOON}], "sap.movement": [{"kind": "transfer", "target_stock_type": "07", "reference": "H1", "changed_at": at(7)}]},
        ),
        ("decision", {"qms.inspection_lot": [{"decided_at": NOON}], "sap.inspection_lot": [{"decided_at": at(7)}]}),
        (
            "decision",
            {
                "qms.disposition": [{"lot": "1", "decision": "conditional", "decided_at": NOON}],
                "sap.inspection_lot": [{"decision": "accepted", "decided_at": at(7)}],
            },
        ),
    ],
    ids=["consumption", "output", "by-product", "scrap", "confirmation", "confirmation without an end", "hold", "decision", "decision under conditions"],
)
def test_an_event_is_joined_with_the_posting_that_quotes_it(connection: duckdb.DuckDBPyConnection, workflow: str, given: Rows) -> None:
    """From when it happened to when its posting was entered, for each workflow."""
    seven = Decimal(7)
    assert measured(connection, given) == {workflow: (1, seven, seven, seven)}


@pytest.mark.parametrize(
    "given",
    [
        {"mes.movement": [{"reference": None, "occurred_at": NOON}], "sap.movement": [{"reference": None, "changed_at": at(7)}]},
        {"mes.movement": [{"reference": "E", "occurred_at": NOON}]},
        {"mes.movement": [{"reference": "E", "occurred_at": NOON}], "sap.movement": [{"reference": "E", "order_no": "2", "changed_at": at(7)}]},
        {"mes.movement": [{"reference": "E", "occurred_at": NOON, "ambiguous": True}], "sap.movement": [{"reference": "E", "changed_at": at(7)}]},
        {"mes.movement": [{"reference": "E", "occurred_at": NOON}], "sap.movement": [{"reference": "E", "changed_at": at(7), "problems": "CPUTM"}]},
        {"mes.confirmation": [{"reference": "E", "ended_at": NOON}], "sap.confirmation": [{"reference": "E", "cancels": "1", "changed_at": at(7)}]},
        {"qms.inspection_lot": [{"decision": "accepted", "decided_at": NOON}], "sap.inspection_lot": [{"decided_at": at(7)}]},
        {"qms.disposition": [{"lot": "1", "kind": "assessment", "decided_at": NOON}], "sap.inspection_lot": [{"decided_at": at(7)}]},
    ],
    ids=["by hand", "not posted", "another order", "ambiguous", "unreadable", "a cancellation", "another decision", "an assessment"],
)
def test_what_is_not_sure_is_not_measured(connection: duckdb.DuckDBPyConnection, given: Rows) -> None:
    assert measured(connection, given) == {}


def test_only_postings_of_the_window_count(connection: duckdb.DuckDBPyConnection) -> None:
    """After its beginning and up to its end, whenever the event happened; of an event posted twice the first posting."""
    entries = {"A": -440, "B": -439, "C": 1000, "D": 1001}
    given: Rows = {
        "mes.movement": [{"reference": name, "occurred_at": at(-500)} for name in entries],
        "sap.movement": [{"reference": name, "changed_at": at(minutes)} for name, minutes in entries.items()] + [{"reference": "B", "changed_at": at(30)}],
    }
    assert measured(connection, given) == {"consumption": (2, Decimal(61), Decimal(1500), Decimal(1500))}


def test_percentiles_are_times_that_events_took(connection: duckdb.DuckDBPyConnection) -> None:
    """Of a hundred events that took 1 to 100 minutes; the slowest is named, and the site's service level stands beside them."""
    given: Rows = {
        "qms.hold": [{"hold_id": f"H{n}", "batch": f"B{n}", "opened_at": NOON} for n in range(1, 101)],
        "sap.movement": [{"kind": "transfer", "target_stock_type": "07", "batch": f"B{n}", "reference": f"H{n}", "changed_at": at(n)} for n in range(1, 101)],
    }
    assert measured(connection, given) == {"hold": (100, Decimal(50), Decimal(95), Decimal(100))}
    row = connection.execute("""SELECT reference, service_level FROM canonical."latency.workflow" WHERE workflow = 'hold'""").fetchone()
    assert row == ("H100", Decimal(30))


SENT_BACK = {"kind": "transfer", "target_stock_type": "07", "changed_at": at(7)}


@pytest.mark.parametrize(
    ("workflow", "given", "reason"),
    [
        ("hold", {"qms.hold": [{"opened_at": NOON}], "sap.movement": [SENT_BACK | {"reference": None}]}, "no transfer in SAP quotes the number of a hold"),
        ("hold", {"qms.hold": [{"opened_at": NOON}], "sap.movement": [SENT_BACK | {"reference": "4711"}]}, "no transfer in SAP quotes the number of a hold"),
        ("hold", {"qms.hold": [{"opened_at": NOON}], "sap.movement": [SENT_BACK | {"reference": "H1"}]}, None),
        ("hold", {"qms.hold": [{"opened_at": NOON}]}, None),
        ("hold", {"sap.movement": [SENT_BACK | {"reference": None}]}, None),
        ("consumption", {"mes.movement": [{"occurred_at": NOON}], "sap.movement": [{"reference": None}]}, "no posting in SAP quotes an event of the MES"),
        ("confirmation", {"mes.confirmation": [{"reference": "E"}], "sap.confirmation": [{"reference": None}]}, "no confirmation in SAP quotes one of the MES"),
        (
            "decision",
            {"qms.inspection_lot": [{"lot": "Q7", "decided_at": NOON}], "sap.inspection_lot": [{}]},
            "no lot in SAP has the number of a lot in quality",
        ),
        ("decision", {"qms.inspection_lot": [{"decision": "rejected", "decided_at": NOON}], "sap.inspection_lot": [{}]}, None),
    ],
    ids=["quotes nothing", "quotes else", "quotes it", "not posted", "no hold", "posted by hand", "confirmed by hand", "own lot numbers", "decided otherwise"],
)
def test_a_workflow_of_which_nothing_is_quoted_cannot_be_measured(
    connection: duckdb.DuckDBPyConnection, workflow: str, given: Rows, reason: str | None
) -> None:
    """It is told as such, and not as a night without postings."""
    assert measured(connection, given).keys() <= {workflow}
    row = connection.execute('SELECT not_evaluated, events IS NULL FROM canonical."latency.workflow" WHERE workflow = $1', [workflow]).fetchone()
    assert row == (reason, reason is not None)


def test_what_could_not_be_measured_says_why(connection: duckdb.DuckDBPyConnection) -> None:
    """It has no figures, which is not the same as none having been late."""
    connection.execute("UPDATE latency_window SET not_evaluated = 'qms: stale', until = NULL, since = NULL WHERE workflow = 'hold'")
    measure(connection)
    rows = connection.execute("""SELECT not_evaluated, events, p95, changed_at FROM canonical."latency.workflow" WHERE workflow = 'hold'""").fetchall()
    assert rows == [("qms: stale", None, None, at(1440))]
