"""Which findings a reader asks for, checked against what the run holds: a filter that can match nothing is an error, never an empty list."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recon.errors import ConfigurationError
from recon.model import FAMILIES, SEVERITIES
from recon.reporting.runs import query

if TYPE_CHECKING:
    import duckdb

STATES = ("new", "open", "in flight", "unsettled", "waived", "resolved", "reopened", "retired")
GONE = ("resolved", "retired")
"""States of findings that are no longer there; listed only when asked for."""


@dataclass(frozen=True)
class Selection:
    """Filters over the findings of a run; an empty tuple or None filters nothing."""

    rules: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    """Prefixes such as CON, or names such as 'consumption and yield'."""
    plants: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    older_than: int | None = None
    """Nights that a finding has been open for at least one more of."""
    finding_id: str | None = None


def parameters(connection: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, Any]:
    """Parameters of chosen.sql. Raises ConfigurationError for a value that this run cannot have."""
    known = connection.execute(
        "SELECT list(DISTINCT rule_id), list(DISTINCT plant) FROM (SELECT rule_id, plant FROM outcomes UNION SELECT rule_id, plant FROM findings)"
    ).fetchall()[0]
    owners = [row[0] for row in connection.execute("SELECT DISTINCT owner FROM findings WHERE owner IS NOT NULL").fetchall()] if selection.owners else []
    return {
        "rules": _checked("--rule", [rule.upper() for rule in selection.rules], known[0] or ()),
        "families": _checked("--family", [_prefix(family) for family in selection.families], FAMILIES),
        "plants": _checked("--plant", selection.plants, known[1] or ()),
        "severities": _checked("--severity", selection.severities, SEVERITIES),
        "states": _checked("--state", selection.states, STATES),
        "owners": _checked("--owner", selection.owners, owners),
        "older_than": selection.older_than,
        "finding_id": selection.finding_id,
    }


def _prefix(family: str) -> str:
    """The prefix of a family given by prefix or name, or else what was given."""
    return next((prefix for prefix, name in FAMILIES.items() if family.upper() == prefix or family.lower() == name), family)


def _checked(option: str, asked: Iterable[str], known: Iterable[str]) -> list[str] | None:
    wanted, there = list(asked), sorted(known)
    for value in wanted:
        if value not in there:
            near = difflib.get_close_matches(value, there, n=1, cutoff=0.6)
            todo = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(there[:40])}"
            raise ConfigurationError(option, f"{value!r} is not in this run", todo)
    return wanted or None


def chosen(name: str) -> str:
    """The query in `name` with `chosen`, the selected findings, put before it."""
    return f"WITH chosen AS (\n{query('chosen.sql')})\n{query(name)}"


def find_finding(connection: duckdb.DuckDBPyConnection, prefix: str, run_id: str) -> str:
    """The whole identity of the one finding that begins with `prefix`. Raises ConfigurationError where there is none, or several."""
    wanted = prefix.lower()
    found = [row[0] for row in connection.execute("SELECT finding_id FROM findings WHERE starts_with(finding_id, $1) ORDER BY 1 LIMIT 6", [wanted]).fetchall()]
    if not wanted or not found:
        raise ConfigurationError(
            f"finding {prefix}", f"is not in run {run_id}", "`recon findings` lists what is; an older one may be in an earlier run (--run)"
        )
    if len(found) > 1:
        least = ", ".join(finding_id[: max(12, len(wanted) + 4)] for finding_id in found[:5])
        raise ConfigurationError(f"finding {prefix}", "is the beginning of several findings", f"give more digits: {least}{', …' if len(found) > 5 else ''}")
    return str(found[0])
