"""What the log says of a step besides how long it took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from recon.night import intake, judgement
from recon.night.publication import told_again
from recon.night.second_look import second_look
from recon.night.state import Night


def of(step: Callable[[Night], None], night: Night) -> dict[str, Any]:
    """Figure → value; none for a step that has nothing to count."""
    return _FIGURES[step](night) if step in _FIGURES else {}


def _sources_read(night: Night) -> dict[str, Any]:
    sources = {
        name: {
            "rows": sum(table.rows or 0 for table in source.tables.values()),
            "refused": sum(table.refused for table in source.tables.values()),
            "as_of": f"{source.as_of:%Y-%m-%dT%H:%M:%SZ}" if source.as_of else None,
            "problem": source.problem,
        }
        for name, source in night.snapshot.sources.items()
    }
    return {"rows": sum(int(source["rows"] or 0) for source in sources.values()), "sources": sources}


def _mapped(night: Night) -> dict[str, Any]:
    return {
        "rows": sum(supply.state.rows for supply in night.supplies if supply.state),
        "mapped_anew": sum(supply.remapped.rows for supply in night.supplies if supply.remapped),
        "unfit": sorted({supply.table for supply in night.supplies if supply.problem}),
    }


def _judged(night: Night) -> dict[str, Any]:
    # A rule has one outcome for each of its sources, and compared the same in all of them.
    compared = {(outcome.rule_id, outcome.system, outcome.plant): outcome for outcome in night.outcomes if outcome.outcome == "evaluated"}
    lost = {(outcome.rule_id, outcome.system, outcome.plant) for outcome in night.outcomes if outcome.outcome != "evaluated"}
    fired = sum(outcome.findings or 0 for outcome in compared.values())
    slowest = dict(sorted(night.seconds.items(), key=lambda one: (-one[1], one[0])))
    rows = sum(outcome.compared or 0 for outcome in compared.values())
    return {"rows": rows, "fired": fired, "evaluated": len(compared), "not_evaluated": len(lost), "seconds_of": slowest}


def _looked_again(night: Night) -> dict[str, Any]:
    told = told_again(night.looked_again) or {}
    for source in told.get("sources", {}).values():
        # run.json has them one by one; a line of a log is not the place.
        del source["asked"], source["looks"]
    return told


def _settled(night: Night) -> dict[str, Any]:
    states = night.connection.execute("SELECT state, count(*) FROM finding GROUP BY ALL ORDER BY ALL").fetchall()
    return {"rows": sum(count for _, count in states), "states": dict(states)}


def _proposed(night: Night) -> dict[str, Any]:
    statuses = night.connection.execute("SELECT status, count(*) FROM proposal GROUP BY ALL ORDER BY ALL").fetchall()
    return {"rows": sum(count for _, count in statuses), "statuses": dict(statuses)}


_FIGURES: dict[Callable[[Night], None], Callable[[Night], dict[str, Any]]] = {
    intake.read: _sources_read,
    intake.map_to_canonical: _mapped,
    judgement.judge: _judged,
    second_look: _looked_again,
    judgement.settle: _settled,
    judgement.propose: _proposed,
}
