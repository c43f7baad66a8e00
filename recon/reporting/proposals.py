"""Proposals of a run: listed, and one in plain words. The words are the same in the terminal and in the HTML report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recon.errors import ConfigurationError
from recon.reporting.runs import fetch
from recon.reporting.selection import find_finding

if TYPE_CHECKING:
    import duckdb

STATUSES = ("proposed", "refused", "none")
SHOWN = ("proposed", "refused")
"""Statuses that are listed unless others are asked for."""
TABLES = ("findings", "proposals")
"""Tables of a run that listing and showing read."""
TARGETS = {"sap": "SAP", "mes": "MES", "qms": "QMS", "wms": "warehouse system"}
GUARD_WORDS = {"holds": "holds", "refuses": "refuses", "open": "for a person"}
NOT_POSTED = "recon has posted nothing, and SAP may still refuse it. It holds until the next cut: look at the thing again before posting."
"""What every proposal has to say of itself."""


@dataclass(frozen=True)
class Proposal:
    """One row of proposals.parquet."""

    proposal_id: str | None
    finding_id: str
    rule_id: str
    status: str
    reason: str | None
    severity: str
    title: str | None
    target: str | None
    effect: str | None
    transaction: str | None
    interface: str | None
    words: str | None
    correction: str | None
    fields: dict[str, Any]
    payload: Any
    believed: str | None
    because: str | None
    risk: str | None
    reversible: str | None
    approver: str | None
    guards: tuple[dict[str, str | None], ...]
    open_checks: tuple[str, ...]

    @property
    def headline(self) -> str:
        """'proposed: Issue 4 KG of …', 'none: a posting is on its way'."""
        if self.status == "none":
            return f"none: {self.reason}"
        return f"{self.words}" if self.status == "proposed" else f"refused ({self.reason}): {self.words}"


def proposal_of(connection: duckdb.DuckDBPyConnection, finding_id: str) -> Proposal | None:
    """The proposal of a finding; None where it is resolved or retired."""
    rows = fetch(connection, "proposal.sql", finding_id=finding_id)
    if not rows:
        return None
    row = {name: value for name, value in rows[0].items() if name in Proposal.__dataclass_fields__}
    for name, empty in (("fields", {}), ("payload", None)):
        row[name] = json.loads(row[name]) if row[name] else empty
    for name in ("guards", "open_checks"):
        row[name] = tuple(json.loads(row[name] or "[]"))
    return Proposal(**row)


def find(connection: duckdb.DuckDBPyConnection, asked: str, run_id: str) -> str:
    """finding_id of the one proposal, or finding, that begins with `asked`. Raises ConfigurationError where there is none, or several."""
    wanted = asked.strip().upper()
    if wanted.startswith("RC"):
        rows = connection.execute(
            "SELECT finding_id, proposal_id FROM proposals WHERE starts_with(proposal_id, $1) ORDER BY proposal_id LIMIT 6", [wanted]
        ).fetchall()
        if len(rows) == 1:
            return str(rows[0][0])
        if rows:
            raise ConfigurationError(f"proposal {asked}", "is the beginning of several proposals", f"give more of it: {', '.join(row[1] for row in rows[:5])}")
        todo = "`recon proposals list` lists what is; one of an earlier night may be in its run (--run)"
        raise ConfigurationError(f"proposal {asked}", f"is not in run {run_id}", todo)
    return find_finding(connection, asked, run_id)
