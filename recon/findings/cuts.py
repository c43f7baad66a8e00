"""Who can be judged tonight, and up to when: the cut of every pairing and plant, or the reasons why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from recon.config import Settings
from recon.model import Snapshot, Supply
from recon.rule import Pairing

CLOCKS_AGREE = timedelta(hours=1)
"""A source may show a moment this far after the run's own; further ahead, one of the two clocks is wrong."""
MANIFESTS_REMEMBERED = 7
"""Earlier runs whose row counts say what is a plausible size."""
GROWN, GROWN_FROM, NIGHTS_OF_GROWTH = 5, 1000, 3
"""More than so many times the rows of the runs before is no growth but another extract: where they had so many rows, over so many runs."""


@dataclass(frozen=True)
class Readiness:
    """One pairing at one plant."""

    system: str
    plant: str
    sources: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why it cannot be judged; empty: it can."""
    cut: datetime | None
    settled_until: datetime | None
    complete_from: datetime | None


def readiness(
    pairing: Pairing,
    settings: Settings,
    snapshot: Snapshot,
    supplies: Sequence[Supply],
    reference: datetime,
    earlier_rows: Mapping[tuple[str, str], Sequence[int]],
) -> list[Readiness]:
    """Judge every plant's readiness for `pairing`.

    reference: the moment (UTC) against which staleness is measured. earlier_rows: (source, raw table) → row counts of the last runs, newest first.
    The cut is the earliest as_of of the sources that the pairing needs for the plant; a stale source has no say in it, since it blocks the rule.
    """
    settle = settings.workflows[pairing.front.workflow].settle if pairing.front.workflow in settings.workflows else pairing.front.settle
    result = []
    for system, plant in sorted({(source.system, plant) for source in settings.sources.values() for plant in source.plants}):
        reasons: list[str] = []
        used: dict[str, datetime] = {}
        horizons: list[datetime] = []
        # A source works for one SAP system: another system's plant of the same number is none of its business.
        own = {name for name, source in settings.sources.items() if source.system == system and plant in source.plants}
        for table in pairing.front.reads:
            serving = [supply for supply in supplies if supply.table == table and supply.source in own]
            if not serving:
                reasons.append(f"no source provides {table}")
            for supply in serving:
                source = snapshot.sources[supply.source]
                reason = _reason(supply, source.as_of, settings.sources[supply.source].max_lag, reference, snapshot, earlier_rows)
                if reason:
                    reasons.append(f"{supply.source}: {reason}")
                elif source.as_of:
                    used[supply.source] = source.as_of
                horizons += [read.complete_from for name in supply.reads if (read := source.tables.get(name)) and read.complete_from]
        sources = tuple(sorted({supply.source for supply in supplies if supply.table in pairing.front.reads and supply.source in own}))
        cut = min(used.values()) if used and not reasons else None
        horizon = max(horizons) if horizons and cut else None
        result.append(Readiness(system, plant, sources, tuple(dict.fromkeys(reasons)), cut, cut - settle if cut else None, horizon))
    return result


def _reason(
    supply: Supply, as_of: datetime | None, max_lag: timedelta, reference: datetime, snapshot: Snapshot, earlier_rows: Mapping[tuple[str, str], Sequence[int]]
) -> str | None:
    if supply.problem or supply.state is None or as_of is None:
        return supply.problem or "could not be read"
    if as_of - reference > CLOCKS_AGREE:
        return f"as of {as_of:%Y-%m-%d %H:%M}Z lies after the moment of the run, {reference:%Y-%m-%d %H:%M}Z"
    if reference - as_of > max_lag:
        return f"stale: as of {as_of:%Y-%m-%d %H:%M}Z, more than {_hours(max_lag)} before {reference:%Y-%m-%d %H:%M}Z"
    for name in supply.reads:
        read = snapshot.sources[supply.source].tables.get(name)
        earlier = earlier_rows.get((supply.source, name), ())
        if read is None or read.rows is None or not earlier:
            continue
        # A table that stays empty is not believed for having been empty yesterday.
        if read.rows == 0 and max(earlier) > 0:
            return f"{name} is suspiciously empty: no rows, {next(rows for rows in earlier if rows)} when it last had some"
        if read.rows * 2 < median(earlier):
            return f"{name} is suspiciously empty: {read.rows} rows, {int(median(earlier))} in the runs before"
        if len(earlier) >= NIGHTS_OF_GROWTH and median(earlier) >= GROWN_FROM and read.rows > median(earlier) * GROWN:
            return f"{name} has grown implausibly: {read.rows} rows, {int(median(earlier))} in the runs before"
    return None


def _hours(lag: timedelta) -> str:
    return f"{lag.total_seconds() / 3600:g} h"
