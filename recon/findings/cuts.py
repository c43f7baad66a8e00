"""Who can be judged tonight, and up to when: the cut of every pairing and plant, or the reasons why there is none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from recon.config import PlantSettings, Settings, SourceSettings
from recon.model import Snapshot, SourceSnapshot, Supply
from recon.rule import NO_PLANT, Pairing
from recon.workdays import WorkingDays

CLOCKS_AGREE = timedelta(hours=1)
"""A source may show a moment this far after the run's own; further ahead, one of the two clocks is wrong."""
DAYS_BELIEVED = 7
"""Distinct days whose row counts say what is a plausible size."""

Counts = Mapping[str, Mapping[str, Mapping[date, int]]]
"""Source → raw table → day of its as_of → its rows, on the last days on which the table was believed."""
MESSAGE = "message"
"""The canonical table of messages, in every schema."""
GROWN, GROWN_FROM, NIGHTS_OF_GROWTH = 5, 1000, 3
"""More than so many times the rows of the days before is no growth but another extract: where they had so many rows, over so many days."""


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
    day: date | None
    """The calendar day at the plant when the cut was; where there is none, at the plant of the system that is furthest behind."""


@dataclass(frozen=True)
class Unheard:
    """Messages at one plant that say nothing tonight, so that they explain no finding."""

    system: str
    plant: str
    source: str | None
    """None: there is no source for messages."""
    table: str | None
    """schema.table"""
    reason: str


def doubts(settings: Settings, snapshot: Snapshot, believed: Counts, worklists: Collection[tuple[str, str]] = ()) -> dict[tuple[str, str], str]:
    """(source, raw table) → why tonight's rows are not believed: there are none where there were some, under half of what there used to be, or far more.

    Only days on which the table was believed say what there used to be: one that stays broken is not believed for having been broken before.
    worklists: tables whose rows go when they are worked off, to none in the end.
    """
    found: dict[tuple[str, str], str] = {}
    for name, source in snapshot.sources.items():
        day = day_of(settings, name, source.shown)
        for table, read in source.tables.items():
            rows = read.rows
            if rows is None or day is None:
                continue
            own = settings.sources[name].tables.get(table)
            accepted = own.accept_rows_from if own else None
            # A day that is still to come accepts nothing yet; on the day itself any number is accepted.
            since = accepted if accepted and accepted <= day else date.min
            earlier = {when: count for when, count in believed.get(name, {}).get(table, {}).items() if when >= since and day > since}
            what = _implausible(rows, earlier, may_halve=own is not None and own.may_halve, may_end=(name, table) in worklists)
            if what:
                todo = f"if that is right, say so in recon.toml: sources.{name}.tables.{table}.accept_rows_from = {day}"
                found[name, table] = f"{table} {what}; {todo}"
    return found


def _implausible(rows: int, earlier: Mapping[date, int], may_halve: bool, may_end: bool) -> str | None:
    """What to say of a number of rows that is far from those of earlier days; None: it is not.

    may_halve: few rows where there were more say nothing. may_end: nor do none.
    """
    some = [day for day, count in earlier.items() if count]
    if not rows and some and not may_end:
        return f"is suspiciously empty: no rows, {earlier[max(some)]:,} on {max(some)}"
    if not earlier:
        return None
    usual = median(earlier.values())
    told = f"{rows:,} rows, {int(usual):,} is the middle of the days before"
    if rows * 2 < usual and not (may_halve or may_end):
        return f"is suspiciously empty: {told}"
    if len(earlier) >= NIGHTS_OF_GROWTH and usual >= GROWN_FROM and rows > usual * GROWN:
        return f"has grown implausibly: {told}"
    return None


def believed_tonight(settings: Settings, snapshot: Snapshot, reference: datetime, doubted: Mapping[tuple[str, str], str], before: Counts) -> Counts:
    """`before` with tonight's rows of every table that was read whole and is not doubted; the last DAYS_BELIEVED days of each table."""
    counts = {source: {table: dict(days) for table, days in tables.items()} for source, tables in before.items()}
    for name, source in snapshot.sources.items():
        day = day_of(settings, name, source.shown)
        for table, read in source.tables.items():
            rows = read.rows
            if rows is None or day is None or read.problem or read.interrupted or (name, table) in doubted or ahead(source.shown, reference):
                continue
            days = counts.setdefault(name, {}).setdefault(table, {})
            days[day] = rows
            counts[name][table] = dict(sorted(days.items())[-DAYS_BELIEVED:])
    return counts


def day_of(settings: Settings, name: str, as_of: datetime | None) -> date | None:
    """The calendar day that a source shows, at the plant of it that is furthest behind."""
    zones = [ZoneInfo(settings.plants[plant].time_zone) for plant in settings.sources[name].plants]
    return min(as_of.astimezone(zone).date() for zone in zones) if as_of else None


def ahead(as_of: datetime | None, reference: datetime) -> str | None:
    """What to say of a source that shows a moment after that of the run; None: it does not."""
    if as_of is None or as_of - reference <= CLOCKS_AGREE:
        return None
    return f"as of {as_of:%Y-%m-%d %H:%M}Z lies after the moment of the run, {reference:%Y-%m-%d %H:%M}Z"


@dataclass(frozen=True)
class Intake:
    """What came tonight, and what of it is not believed."""

    settings: Settings
    snapshot: Snapshot
    supplies: Sequence[Supply]
    reference: datetime
    """The moment (UTC) against which staleness is measured."""
    doubted: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(source, raw table) → why its rows are not believed (`doubts`), or failed a gate."""
    closed: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """(source, schema.table, plant) → the gate that what it holds for the plant did not pass."""

    @property
    def places(self) -> list[tuple[str, str]]:
        """(system, plant) of all plants for which a source works."""
        return sorted({(source.system, plant) for source in self.settings.sources.values() for plant in source.plants})

    def working_for(self, system: str, plants: Set[str]) -> set[str]:
        """Sources that tell of these plants. A source works for one SAP system: another system's plant of the same number is none of its business."""
        return {name for name, source in self.settings.sources.items() if source.system == system and plants & {*source.plants}}

    def lacking(self, supply: Supply) -> bool:
        """Whether the source has none of what this is mapped from: it is complete, tells nothing, and nobody waits for it."""
        return bool(supply.reads) and {*supply.reads} <= {*self.settings.sources[supply.source].without}

    def trouble(self, supply: Supply, plants: Iterable[str]) -> str | None:
        """Why what it tells of these plants cannot be judged; None: it can."""
        source, settings = self.snapshot.sources[supply.source], self.settings.sources[supply.source]
        reason = _reason(supply, source, settings, self.reference, self.doubted)
        return reason or next(
            (self.closed[supply.source, supply.table, one] for one in sorted(plants) if (supply.source, supply.table, one) in self.closed), None
        )


def readiness(pairing: Pairing, intake: Intake) -> list[Readiness]:
    """Judge every plant's readiness for `pairing`; where what it is about belongs to no plant, that of each SAP system, by all sources that work for it.

    The cut is the earliest moment, by this machine's clock, that a source which the pairing needs for the plant shows; a stale source has no say in it, since
    it blocks the rule. What a clock that is behind has stamped looks older than it is, so all has to be older by as much to be settled (docs/decisions/0025).
    """
    settings, snapshot = intake.settings, intake.snapshot
    workflow = settings.workflows.get(pairing.front.workflow)
    settle = workflow.settle if workflow and workflow.settle is not None else pairing.front.settle
    result = []
    for system, plant, plants in _places(pairing, intake):
        everywhere = {one for of, one in intake.places if of == system}
        wanted = [(table, everywhere if table in pairing.across else plants) for table in pairing.tables]
        reasons, used, horizons, sources = _looked_at(wanted, pairing.optional, system, intake)
        behind = max((max(-(snapshot.sources[name].skew or timedelta(0)), timedelta(0)) for name in used), default=timedelta(0))
        if not pairing.tables:
            # What recon has noted itself is as of the run, whatever became of the sources; a plant that none of them shows anew has no day of its own tonight.
            own = intake.working_for(system, plants)
            if pairing.plantless or any(_shows_anew(snapshot.sources[name], settings.sources[name], intake.reference) for name in own):
                used["recon"] = intake.reference
            else:
                reasons.append("no source shows the plant anew")
        if not used and not reasons:
            reasons.append(f"no source provides any of {', '.join(pairing.tables)}")
        cut = min(used.values()) if used and not reasons else None
        horizon = max(horizons) if horizons and cut else None
        day = min(cut.astimezone(ZoneInfo(settings.plants[one].time_zone)).date() for one in plants) if cut else None
        settled = min(_before(cut, settle, settings.plants[one]) for one in plants) - behind if cut else None
        result.append(Readiness(system, plant, tuple(sorted(sources)), tuple(dict.fromkeys(reasons)), cut, settled, horizon, day))
    return result


def common_cut(tables: Sequence[str], intake: Intake) -> list[tuple[str, str, str | None, datetime | None]]:
    """(system, plant, why not, cut) of every plant that has a source for each of `tables`: up to when all of them tell what happened there."""
    result: list[tuple[str, str, str | None, datetime | None]] = []
    for system, plant in intake.places:
        own = intake.working_for(system, {plant})
        if any(not any(supply.table == table and supply.source in own for supply in intake.supplies) for table in tables):
            continue
        reasons, used, _, _ = _looked_at([(table, {plant}) for table in tables], frozenset(), system, intake)
        result.append((system, plant, "; ".join(dict.fromkeys(reasons)) or None, min(used.values()) if used and not reasons else None))
    return result


def _looked_at(
    wanted: Sequence[tuple[str, Set[str]]], optional: Set[str], system: str, intake: Intake
) -> tuple[list[str], dict[str, datetime], list[datetime], set[str]]:
    """Of each table, for its plants: why what came of it cannot be judged, what each source shows, from when on it is complete, and the sources that count.

    A source that has none of what is looked at counts only where no other one has any of it either.
    """
    reasons: list[str] = []
    used: dict[str, datetime] = {}
    horizons: list[datetime] = []
    serving: list[tuple[Supply, Set[str]]] = []
    for table, plants in wanted:
        own = intake.working_for(system, plants)
        found = [(supply, plants) for supply in intake.supplies if supply.table == table and supply.source in own]
        if not found and table not in optional:
            reasons.append(f"no source provides {table}")
        serving += found
    telling = [(supply, plants) for supply, plants in serving if not intake.lacking(supply)]
    for supply, plants in telling or serving:
        source = intake.snapshot.sources[supply.source]
        if reason := intake.trouble(supply, plants):
            reasons.append(f"{supply.source}: {reason}")
        elif source.shown:
            used[supply.source] = source.shown
        horizons += [read.complete_from for name in supply.reads if (read := source.tables.get(name)) and read.complete_from]
    return reasons, used, horizons, {supply.source for supply, _ in telling or serving}


def _places(pairing: Pairing, intake: Intake) -> list[tuple[str, str, set[str]]]:
    """(system, plant of the key, plants whose sources count) of all that is judged by itself."""
    if not pairing.plantless:
        return [(system, plant, {plant}) for system, plant in intake.places]
    return [(system, NO_PLANT, {plant for of, plant in intake.places if of == system}) for system in sorted({system for system, _ in intake.places})]


def unheard(intake: Intake) -> list[Unheard]:
    """Messages that cannot be believed tonight, or that no source of a plant tells of; rules are judged without them.

    As for readiness, a plant of the same number in another SAP system is another one, with its own sources.
    """
    found: list[Unheard] = []
    for system, plant in intake.places:
        own = intake.working_for(system, {plant})
        told = False
        for supply in intake.supplies:
            if supply.source not in own or supply.table.partition(".")[2] != MESSAGE or intake.lacking(supply):
                continue
            told = True
            if reason := intake.trouble(supply, {plant}):
                found.append(Unheard(system, plant, supply.source, supply.table, reason))
        if not told:
            found.append(Unheard(system, plant, None, None, "no source tells of messages"))
    return found


def silent(found: Iterable[Unheard], intake: Intake) -> set[tuple[str, str, str | None]]:
    """(schema.table, source, plant) of messages that explain nothing; plant None where none of the source's is heard: then those of no plant are not either."""
    plants: dict[tuple[str, str], set[str]] = {}
    for one in found:
        if one.table and one.source:
            plants.setdefault((one.table, one.source), set()).add(one.plant)
    return {
        (table, source, plant)
        for (table, source), broken in plants.items()
        for plant in ([None] if broken >= {*intake.settings.sources[source].plants} else sorted(broken))
    }


def _before(cut: datetime, settle: timedelta | WorkingDays, plant: PlantSettings) -> datetime:
    return plant.workdays.before(cut, settle.days, ZoneInfo(plant.time_zone)) if isinstance(settle, WorkingDays) else cut - settle


def clock_off(skew: timedelta) -> str:
    """'3 min ahead of this machine's'; seconds below two minutes."""
    seconds = round(abs(skew).total_seconds())
    far = f"{seconds} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else _hours(timedelta(seconds=round(seconds, -2)))
    return f"{far} {'behind' if skew < timedelta(0) else 'ahead of'} this machine's"


def clock_wrong(source: SourceSnapshot, settings: SourceSettings, reference: datetime) -> str | None:
    """What to say of a source whose clock is too far off, or that shows a moment after that of the run; None: neither."""
    if source.skew and abs(source.skew) > settings.max_skew:
        return f"its clock is {clock_off(source.skew)}, which is more than max_skew"
    return ahead(source.shown, reference)


def _reason(supply: Supply, source: SourceSnapshot, settings: SourceSettings, reference: datetime, doubted: Mapping[tuple[str, str], str]) -> str | None:
    as_of, max_lag = source.shown, settings.max_lag
    if supply.problem or supply.state is None or as_of is None:
        return supply.problem or "could not be read"
    if wrong := clock_wrong(source, settings, reference):
        return wrong
    if reference - as_of > max_lag:
        return f"stale: as of {as_of:%Y-%m-%d %H:%M}Z, more than {_hours(max_lag)} before {reference:%Y-%m-%d %H:%M}Z"
    return next((doubted[supply.source, name] for name in supply.reads if (supply.source, name) in doubted), None)


def _shows_anew(source: SourceSnapshot, settings: SourceSettings, reference: datetime) -> bool:
    return source.problem is None and source.shown is not None and reference - source.shown <= settings.max_lag and not clock_wrong(source, settings, reference)


def _hours(lag: timedelta) -> str:
    return f"{lag.total_seconds() / 3600:g} h"
