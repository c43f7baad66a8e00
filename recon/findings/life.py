"""Takes every finding one night further: set work over relations on a DuckDB connection, by the table of states.csv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from recon.errors import RuleError
from recon.findings import states

UNSETTLED_AFTER = 3
"""Distinct cut dates in a row that a state may be in flight before it counts as unsettled."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Advanced:
    """What a night did."""

    findings: int
    """Rows of `finding`."""
    transitions: int
    """Rows of `transition`."""


def create_findings(connection: duckdb.DuckDBPyConnection, name: str = "finding") -> None:
    """Create an empty temporary table in the shape of findings.parquet, such as the `prior` of a first night. Replaces one of that name."""
    shape = (_FOLDER / "findings.sql").read_text(encoding="utf-8")
    connection.execute(shape)
    if name != "finding":
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS FROM finding')


def advance(connection: duckdb.DuckDBPyConnection, *, unsettled_after: int = UNSETTLED_AFTER) -> Advanced:
    """Bring the findings of the previous run and what fires tonight together in the temporary tables `finding` and `transition`.

    Reads these relations of the connection:
      fired        the rows that fired tonight, those in flight and those that are consequences included: the columns of findings.parquet but for
                   state, event, first_seen, last_seen, nights_open and in_flight_nights, and in_flight BOOLEAN; one row a finding_id
      unjudged     finding_id: single keys that could not be judged tonight
      blind        rule_id, system, plant: rules that were not evaluated, or failed, for a plant as a whole
      prior        findings.parquet of the previous published run (`create_findings` makes an empty one)
      last_state   finding_id, state, first_seen: what the ledger knows (`Ledger.last_states`)
      cut_date     system, plant, cut_date: the calendar day that each plant is judged at; a plant left out was not judged
      state_rules  rule_id, kind ('state', 'quantity', 'existence'): every rule in force; a rule left out is retired
      waiver       finding_id, until DATE, and optionally quantity and value_at_risk, beyond which it no longer covers; NULL is unbounded.
                   `until` is the last cut date that it covers

    `finding` is a whole findings.parquet: what fires, what is carried because it could not be judged, what was resolved or retired tonight.
    `transition` has finding_id, rule_id, prior, next, event, first_seen, cut_date for every change that the ledger must learn. Both are sorted by
    finding_id. Raises RuleError where a finding fires twice.
    """
    twice = connection.execute("SELECT min(rule_id), finding_id, min(key) FROM fired GROUP BY finding_id HAVING count(*) > 1 ORDER BY ALL LIMIT 1").fetchone()
    if twice:
        raise RuleError(f"rule {twice[0]}: {twice[2]}", f"finding {twice[1]} fires twice", "a rule returns at most one row for a key")
    _load_states(connection)
    create_findings(connection)
    connection.execute(f"SET VARIABLE unsettled_after = {int(unsettled_after)}")
    connection.execute((_FOLDER / "transitions.sql").read_text(encoding="utf-8"))
    counts = connection.execute("SELECT (SELECT count(*) FROM finding), (SELECT count(*) FROM transition)").fetchone()
    connection.execute("DROP TABLE temp.step; DROP TABLE temp.state_cell")
    assert counts is not None
    return Advanced(findings=counts[0], transitions=counts[1])


def _load_states(connection: duckdb.DuckDBPyConnection) -> None:
    columns = [list(column) for column in zip(*states.cells(), strict=True)]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE state_cell AS "
        "SELECT unnest($1) AS prior, unnest($2) AS tonight, unnest($3) AS waiver, unnest($4) AS next, unnest($5) AS event",
        columns,
    )
