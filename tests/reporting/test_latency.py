"""How long postings took, as the report draws it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from recon.reporting import html, latency
from recon.reporting.runs import open_run
from recon.reporting.tree import Latency, LatencyNight
from tests.reporting import night


def test_the_last_nights_by_plant_and_workflow(connection: duckdb.DuckDBPyConnection) -> None:
    """Oldest first, and no more than a chart shows; a workflow that never had a posting is left out."""
    found = latency.latencies(connection)
    assert [(one.plant, one.workflow) for one in found] == [
        (plant, workflow) for plant in ("1000", "2000") for workflow in ("confirmation", "consumption", "decision", "hold")
    ]
    assert {len(one.nights) for one in found} == {latency.NIGHTS}
    assert found[0].nights[-1] == LatencyNight(night.REFERENCE, 240, Decimal(226), Decimal(1130), Decimal(2486), "E0", Decimal(240))


def test_a_run_that_did_not_measure_it_has_no_chart(run_folder: Path) -> None:
    """One of an older recon is read all the same."""
    with open_run(run_folder.with_name(night.PREVIOUS_ID)) as connection:
        assert latency.latencies(connection) == ()
    assert latency.charts([]) == []


def test_marks_stand_in_their_order_and_on_one_scale() -> None:
    """The later, the higher; the newest night is at the right, a night without postings leaves its place empty, and p95 beyond the level is marked."""

    def of(p95: int | None) -> LatencyNight:
        p50, slowest = (Decimal(p95) / 2, Decimal(p95) * 2) if p95 else (None, None)
        return LatencyNight(datetime(2026, 3, 10, tzinfo=UTC), 20 if p95 else 0, p50, Decimal(p95) if p95 else None, slowest, "E", Decimal(60))

    early, late = latency.charts([Latency("P01/100", "1000", "hold", (of(4), of(None), of(61))), Latency("P01/100", "1000", "scrap", (of(60),))])
    assert [mark.late for mark in early.marks] == [False, True]
    assert [mark.late for mark in late.marks] == [False]
    step = (latency.WIDTH - 34) / latency.NIGHTS
    assert round((early.marks[1].x - early.marks[0].x) / step, 2) == 2
    assert early.marks[1].x == late.marks[0].x
    assert early.level == late.level == late.marks[0].p95
    for mark in (*early.marks, *late.marks):
        assert 0 < mark.slowest < mark.p95 < mark.p50 <= latency.HEIGHT - latency.FOOT
    assert early.told == "p50 30 min, p95 1 h 1 min, max 2 h 2 min, of 20 postings"


def told_of(*events: int, p95: int = 300) -> latency.Chart:
    """A chart of nights with so many postings each, of which p95 took so long; an hour is allowed."""
    took = [Decimal(p95) if of else None for of in events]
    nights = [LatencyNight(datetime(2026, 3, 9 + day, tzinfo=UTC), events[day], span, span, span, "E", Decimal(60)) for day, span in enumerate(took)]
    (chart,) = latency.charts([Latency("P01/100", "1000", "hold", tuple(nights))])
    return chart


def test_of_few_postings_there_is_no_verdict() -> None:
    """p95 of fewer than twenty is the slowest of them: neither the night nor its mark is called late, at the edge."""
    assert (told_of(19).verdict, [mark.late for mark in told_of(19).marks]) == ("service level 1 h; too few postings to tell", [False])
    assert (told_of(20).verdict, [mark.late for mark in told_of(20).marks]) == ("p95 beyond 1 h", [True])
    assert told_of(20, p95=60).verdict == "p95 within 1 h"
    assert (told_of(20, 0).verdict, told_of(20, 0).told) == ("service level 1 h; no postings", "09 Mar: p50 5 h, p95 5 h, max 5 h, of 20 postings")


def test_days_of_two_nights_stand_beside_each_other() -> None:
    """The first ends at its mark, where the second one's middle is at its own."""
    assert [(anchor, text) for _, anchor, text in told_of(20, 20).days] == [("end", "09 Mar"), ("middle", "10 Mar")]
    assert [anchor for _, anchor, _ in told_of(20, 20, 20).days] == ["middle", "middle"]
    assert [text for *_, text in told_of(20).days] == ["09 Mar"]


def test_the_page_draws_them_without_script_or_inline_style(run_folder: Path, tmp_path: Path) -> None:
    """A drawing for each, its figures in words for who does not see it, and what is late in red."""
    page = html.write_report(run_folder, tmp_path, night.settings()).read_text(encoding="utf-8")
    section = page.split('<section id="latency"')[1].split("</section>")[0]
    assert section.count('role="img"') == 8
    assert "style=" not in section
    assert "confirmation at 1000, last 14 nights: p50 3 h 46 min, p95 18 h 50 min, max 1 d 17 h, of 240 postings" in section
    assert len(re.findall(r'<g class="late">', section)) > 0
    assert section.count("p95 beyond 4 h") == 1
    assert section.count("service level 4 h; too few postings to tell") == 4
    assert "at most" not in section
    for drawn in re.findall(r"<g(?: class=\"late\")?>.*?</g>", section):  # where both stand at one height, p95 is seen in the ring of p50
        assert drawn.index('class="p50"') < drawn.index('class="p95"')
