"""Which findings a reader asks for. A filter that names nothing there is, such as a misspelt plant, is an error: it must not read as a clean one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from recon.errors import ConfigurationError
from recon.model import FAMILIES, SEVERITIES
from recon.reporting.runs import query

if TYPE_CHECKING:
    import duckdb

    from recon.reporting.runs import Run

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
    causes: tuple[str, ...] = ()
    """Parts of the cause, in any case."""
    older_than: int | None = None
    """Nights that a finding has been open for at least one more of."""
    older_than_working: int | None = None
    """The same in working days of its plant."""
    finding_id: str | None = None


def known(connection: duckdb.DuckDBPyConnection, run: Run, selection: Selection) -> Selection:
    """The selection with every value spelt as the run spells it, whatever its case. A value that no finding of tonight has is well, if there is such a thing.

    Raises ConfigurationError for one that there is not.
    """
    found = connection.execute("SELECT list(DISTINCT rule_id), list(DISTINCT plant), list(DISTINCT owner) FROM findings").fetchall()[0]
    rules, plants, owners = (set(filter(None, values or ())) for values in found)
    rules |= set(run.manifest["rules"])
    plants |= {plant for source in run.manifest["sources"].values() for plant in source["plants"]}
    owners |= {rule["owner"] for rule in run.rules.values() if rule.get("owner")}
    return replace(
        selection,
        rules=spelt("--rule", "a rule of this run", selection.rules, rules),
        families=spelt("--family", "a family of rules", [_prefix(family) for family in selection.families], FAMILIES),
        plants=spelt("--plant", "a plant of this run", selection.plants, plants),
        severities=spelt("--severity", "a severity", selection.severities, SEVERITIES),
        states=spelt("--state", "a state", selection.states, STATES),
        owners=spelt("--owner", "an owner of any rule", selection.owners, owners),
    )


def parameters(selection: Selection) -> dict[str, Any]:
    """Parameters of chosen.sql."""
    filters = {
        "rules": selection.rules,
        "families": selection.families,
        "plants": selection.plants,
        "severities": selection.severities,
        "states": selection.states,
        "owners": selection.owners,
        "causes": tuple(part.lower() for part in selection.causes),
    }
    lists = {name: list(values) or None for name, values in filters.items()}
    return lists | {"older_than": selection.older_than, "older_than_working": selection.older_than_working, "finding_id": selection.finding_id}


def _prefix(family: str) -> str:
    """The prefix of a family given by prefix or name, or else what was given."""
    return next((prefix for prefix, name in FAMILIES.items() if family.lower() == name), family)


def spelt(option: str, kind: str, asked: Iterable[str], there: Iterable[str]) -> tuple[str, ...]:
    """The values as those that are there are spelt. Raises ConfigurationError for one that is not."""
    by_case = {value.lower(): value for value in there}
    spelt = []
    for value in asked:
        if value.lower() not in by_case:
            near = difflib.get_close_matches(value.lower(), by_case, n=1, cutoff=0.6)
            some = ", ".join(sorted(by_case.values())[:40]) if not isinstance(there, tuple) else ", ".join(there)
            raise ConfigurationError(option, f"{value!r} is not {kind}", f"did you mean `{by_case[near[0]]}`?" if near else f"known here: {some}")
        spelt.append(by_case[value.lower()])
    return tuple(spelt)


def chosen(name: str) -> str:
    """The query in `name` with `chosen`, the selected findings, put before it."""
    return f"WITH chosen AS (\n{query('chosen.sql')})\n{query(name)}"


def find_finding(connection: duckdb.DuckDBPyConnection, prefix: str, run_id: str) -> str:
    """The whole identity of the one finding that begins with `prefix`. Raises ConfigurationError where there is none, or several."""
    wanted = prefix.strip().lower()
    if not wanted:
        raise ConfigurationError("FINDING", "is empty", "give the first digits of its id, as `recon findings` lists them")
    found = [row[0] for row in connection.execute("SELECT finding_id FROM findings WHERE starts_with(finding_id, $1) ORDER BY 1 LIMIT 6", [wanted]).fetchall()]
    if not found:
        raise ConfigurationError(
            f"finding {prefix}", f"is not in run {run_id}", "`recon findings` lists what is; an older one may be in an earlier run (--run)"
        )
    if len(found) > 1:
        least = ", ".join(finding_id[: max(12, len(wanted) + 4)] for finding_id in found[:5])
        raise ConfigurationError(f"finding {prefix}", "is the beginning of several findings", f"give more digits: {least}{', …' if len(found) > 5 else ''}")
    return str(found[0])
