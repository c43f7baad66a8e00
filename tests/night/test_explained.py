"""A night of the sample company whose MES tells of its queue: a dead interface is one group, what waits is in flight, and the rest is as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon import run
from recon.config import load
from recon.reporting import gather
from recon.reporting.runs import open_run, read_run
from recon.reporting.tree import Report
from tests import nights

COLUMNS = (
    "message_id", "plant", "kind", "interface", "workflow", "queue", "status", "reason", "order_no", "material", "batch", "sent_at", "changed_at",
)  # fmt: skip


def _told(rule_id: str, *causes: str) -> list[tuple[str, str, str]]:
    """Order, component and batch of what the truth tells of plant 1000 on the first night and no message of the sample explains."""
    return [
        (row["key"]["order_no"], row["key"]["component"], row["key"]["batch"])
        for row in nights.truth(nights.SMALL, 1)["findings"]
        if (row["rule_id"], row["plant"], row["state"], row["consequence_of"]) == (rule_id, "1000", "new", None)
        and row["cause"] in causes
        and row["key"]["batch"] is not None
    ]


DOWN = _told("CON-002", "interface down")[:2]
"""Whose posting fails in the queue."""
WAITING = _told("CON-001", "quantity keyed wrongly", "dosed too much", "average posted in place of the weight")[0]
"""Whose correction waits in another one."""
CAUSE = "MBGMCR of mes, queue P200: failed since 2026-03-09 21:40 Europe/Berlin"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's folder: queue P200 is dead since 21:40 at the plant, one entry of another queue waits for twenty minutes."""
    workspace = tmp_path_factory.mktemp("explained")
    moment = nights.deliver(nights.SMALL, 1, workspace)
    failed = [
        (f"Q{number}", "1000", "queue", "MBGMCR", "goods-issue", "P200", "failed", "connection refused", *what, *[f"2026-03-09T20:4{number}:00Z"] * 2)
        for number, what in enumerate(DOWN)
    ]
    waiting = ("Q9", "1000", "queue", "MBGMCR", "goods-issue", "P300", "pending", None, *WAITING, "2026-03-10T00:55:00Z", "2026-03-10T00:55:00Z")
    with sqlite3.connect(workspace / "inbox" / "mes" / "mes.db") as database:
        database.execute("ALTER TABLE message ADD COLUMN workflow TEXT")
        database.executemany(f"INSERT INTO message ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", [*failed, waiting])
    return run.run(workspace, moment).folder


@pytest.fixture(scope="module")
def opened(night: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_run(night) as connection:
        yield connection


def of_order(connection: duckdb.DuckDBPyConnection, order_no: str, component: str, batch: str) -> dict[str, Any]:
    """The finding of a component batch with its proposal."""
    cursor = connection.execute(
        "SELECT f.*, p.status, p.action, p.words FROM findings f LEFT JOIN proposals p USING (finding_id) "
        "WHERE f.rule_id IN ('CON-001', 'CON-002') AND f.order_no = $1 AND f.material = $2 AND f.batch = $3",
        [order_no, component, batch],
    )
    names = [column[0] for column in cursor.description or ()]
    (row,) = cursor.fetchall()
    return dict(zip(names, row, strict=True))


@pytest.mark.parametrize("what", DOWN)
def test_what_failed_explains_the_loss_and_is_repaired(opened: duckdb.DuckDBPyConnection, what: tuple[str, str, str]) -> None:
    """The finding stays, says which message it is, and its proposal is that message and no posting."""
    found = of_order(opened, *what)
    assert (found["state"], found["cause"]) == ("new", CAUSE)
    assert found["explanation"].startswith(f"queue entry Q{DOWN.index(what)} (MBGMCR, queue P200): failed since 2026-03-09 21:4")
    assert found["explanation"].endswith(": connection refused")
    assert (found["status"], found["action"]) == ("proposed", "mes.repair-message")


def test_what_waits_is_in_flight(opened: duckdb.DuckDBPyConnection) -> None:
    """Within its service level nobody has to act, and the reader is told why."""
    found = of_order(opened, *WAITING)
    assert (found["state"], found["status"], found["cause"]) == ("in flight", "none", None)
    assert found["explanation"] == "queue entry Q9 (MBGMCR, queue P300): waiting since 2026-03-10 01:55 Europe/Berlin, within its 4 h"


def test_nothing_else_changes(night: Path) -> None:
    """States and primaries are those of the truth, but for what the waiting message carries, which is in flight, what hangs under it included.

    The messages that failed are told as well.
    """
    told, found = nights.told_findings(nights.SMALL, 1), nights.found_findings(night)
    stuck = {("INT-001", "*", nights.key_of({"message_id": f"Q{number}"})) for number in range(len(DOWN))}
    assert {found[key] for key in stuck} == {("new", None)}
    changed = {key for key in told.keys() | found.keys() if told.get(key) != found.get(key)} - stuck
    assert changed
    for rule_id, _, fields in changed:
        key = dict(fields)
        assert found[rule_id, "1000", fields] == ("in flight", told[rule_id, "1000", fields][1])
        assert key["order_no"] == WAITING[0]
        assert WAITING[1] in (key.get("component"), key.get("input_material"))


def test_a_dead_interface_is_one_group(night: Path, opened: duckdb.DuckDBPyConnection) -> None:
    """With its findings under it, its own messages too, before everything that no message explains."""
    told: Report = gather.report(read_run(night), load(night.parents[2]), opened)
    (cause,) = [cause for cause in told.summary.causes if "queue P200" in cause.text]
    assert (cause.text, cause.findings, cause.plants, {line.rule_id for line in cause.worst}) == (CAUSE, 4, 1, {"CON-002", "INT-001"})
    assert all(group.rule_id for group in told.by_rule)


def test_sources_without_messages_are_not_missed(night: Path, opened: duckdb.DuckDBPyConnection) -> None:
    """What recon.toml says a source does not have, nobody waits for; tests/findings/test_cuts.py has those that are missing."""
    summary = gather.summary(read_run(night), load(night.parents[2]), opened)
    assert summary.unheard == ()
    assert summary.trust.failed == 0
