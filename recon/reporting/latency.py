"""How long postings took over the last nights, as values and as the marks of a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from recon.reporting import words
from recon.reporting.runs import fetch, moment
from recon.reporting.tree import Latency, LatencyNight

if TYPE_CHECKING:
    import duckdb

NIGHTS = 14
"""That a chart shows."""
WIDTH, HEIGHT, TOP, FOOT = 300, 108, 8, 18
"""Of the drawing, in its own units; what is left above the highest mark, and below the lowest for the days."""
_LEFT = 34
_SCALE = ((1, "1 min"), (60, "1 h"), (1440, "1 d"))
"""Minutes that have a line of their own."""


def latencies(connection: duckdb.DuckDBPyConnection) -> tuple[Latency, ...]:
    """By plant and workflow, oldest night first."""
    nights: dict[tuple[str, str, str], list[LatencyNight]] = {}
    for row in fetch(connection, "latency.sql", nights=NIGHTS):
        night = LatencyNight(moment(f"{row['until']}"), row["events"], row["p50"], row["p95"], row["slowest"], row["reference"], Decimal(row["service_level"]))
        nights.setdefault((row["system"], row["plant"], row["workflow"]), []).append(night)
    return tuple(Latency(*where, tuple(of_one)) for where, of_one in nights.items())


@dataclass(frozen=True)
class Mark:
    """One night of a chart: where its figures stand."""

    x: float
    p50: float
    p95: float
    slowest: float
    late: bool
    """Its p95 is beyond the service level, of enough postings."""
    told: str
    """The same in words."""


@dataclass(frozen=True)
class Chart:
    """A drawing of one workflow at one plant; minutes grow upwards, by their logarithm."""

    latency: Latency
    marks: tuple[Mark, ...]
    level: float
    lines: tuple[tuple[float, str], ...]
    """Heights of lines, with what they mean."""
    days: tuple[tuple[float, str, str], ...]
    """Places of the first and the last night, which end of the text stands there ("middle", or "end" where it would run into the other), and their days."""

    @property
    def verdict(self) -> str:
        """What the newest night says of the service level, in words."""
        newest = self.latency.nights[-1]
        level = words.span(round(newest.service_level))
        if newest.late is None:
            return f"service level {level}; {'too few postings to tell' if newest.events else 'no postings'}"
        return f"p95 {'beyond' if newest.late else 'within'} {level}"

    @property
    def told(self) -> str:
        """The figures of the newest night that had postings, in words; with its day where that is an earlier one."""
        measured = [night for night in self.latency.nights if night.events]
        if not measured:
            return ""
        return in_words(measured[-1]) if measured[-1] is self.latency.nights[-1] else f"{measured[-1].until:%d %b}: {in_words(measured[-1])}"


def in_words(night: LatencyNight) -> str:
    """'p50 4 min, p95 38 min, max 3 h, of 212 postings'."""
    if night.p50 is None or night.p95 is None or night.slowest is None:
        return "no postings"
    p50, p95, slowest = (words.span(max(0, round(value))) for value in (night.p50, night.p95, night.slowest))
    return f"p50 {p50}, p95 {p95}, max {slowest}, of {words.many(night.events, 'posting')}"


def charts(found: Sequence[Latency]) -> list[Chart]:
    """A drawing for each, all on one scale so that they can be compared."""
    values = [value for one in found for night in one.nights for value in (night.slowest, night.service_level) if value is not None]
    highest = max([float(value) for value in values] or [60.0]) * 1.3
    return [_chart(one, highest) for one in found]


def _chart(latency: Latency, highest: float) -> Chart:
    step = (WIDTH - _LEFT) / NIGHTS
    marks = []
    for place, night in enumerate(latency.nights, NIGHTS - len(latency.nights)):
        if night.p50 is None or night.p95 is None or night.slowest is None:
            continue
        x = round(_LEFT + (place + 0.5) * step, 1)
        p50, p95, slowest = (_height(value, highest) for value in (night.p50, night.p95, night.slowest))
        marks.append(Mark(x, p50, p95, slowest, bool(night.late), f"{night.until:%d %b %H:%M} UTC: {in_words(night)}"))
    lines = tuple((_height(Decimal(minutes), highest), text) for minutes, text in _SCALE if minutes < highest)
    ends = {NIGHTS - len(latency.nights): latency.nights[0], NIGHTS - 1: latency.nights[-1]}
    side_by_side = len(latency.nights) == 2
    days = tuple(
        (round(_LEFT + (place + 0.5) * step, 1), "end" if side_by_side and place < NIGHTS - 1 else "middle", f"{night.until:%d %b}")
        for place, night in ends.items()
    )
    return Chart(latency, tuple(marks), _height(latency.nights[-1].service_level, highest), lines, days)


def _height(minutes: Decimal, highest: float) -> float:
    """From the top of the drawing; a minute and less is at its foot."""
    share = math.log(max(float(minutes), 1.0)) / math.log(max(highest, 2.0))
    return round(HEIGHT - FOOT - share * (HEIGHT - FOOT - TOP), 1)
