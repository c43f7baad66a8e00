"""The sample company eight months later, when clocks go back in both of its time zones: an hour comes twice, and nothing is found that is not so."""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from company import clock, landing, simulation
from tests import nights

SEED, ORDERS = 1, 200
LATER = timedelta(weeks=34)
HORIZON = datetime(2026, 10, 4, 22, 0)
"""Midnight at the plant, which is still on summer time."""
CLOCK_CHANGE = datetime(2026, 11, 1, 7, 0)
"""When clocks in Peoria go back from two to one in the morning. In Lindau, where SAP stands, they have gone back from three to two on 25 October."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights of it."""
    folder = tmp_path_factory.mktemp("autumn")
    told = clock.zulu(clock.HORIZON)
    with pytest.MonkeyPatch.context() as patched:
        for name in ("FIRST_CUT", "OPENING", "BACKLOG_FROM"):
            patched.setattr(clock, name, getattr(clock, name) + LATER)
        patched.setattr(clock, "OUTAGE", tuple(moment + LATER for moment in clock.OUTAGE))
        patched.setattr(clock, "HORIZON", HORIZON)
        patched.setattr(clock, "SAP_SELECTION", HORIZON - timedelta(days=1))
        patched.setattr(clock, "NEXT_PERIOD", date(2026, 11, 1))
        patched.setattr(clock, "CLOCK_CHANGE", CLOCK_CHANGE)
        landing.write(simulation.simulate(SEED, ORDERS, 2), folder)
    settings = (folder / "recon.toml").read_text(encoding="utf-8")
    (folder / "recon.toml").write_text(settings.replace(told, clock.zulu(HORIZON)), encoding="utf-8")
    return folder


def test_an_hour_that_comes_twice_makes_no_difference(company: Path, tmp_path: Path) -> None:
    """Every planted mismatch in its state and under its primary; no other one."""
    for night in (1, 2):
        finished = nights.run_night(company, night, tmp_path)
        assert nights.found_findings(finished.folder) == nights.told_findings(company, night)
        assert nights.found_unjudged(finished.folder) == nights.told_unjudged(company, night)


def test_things_happen_in_that_hour(company: Path) -> None:
    """At the wall in Peoria a dose is taken back before it was booked, and SAP's server posts in its own doubled hour."""
    with closing(sqlite3.connect(company / "night1/mes_peoria/mes.db")) as connection:
        booked, taken_back = "booked.occurred_at", "back.occurred_at"
        pairs = connection.execute(
            f"SELECT {booked}, {taken_back} FROM movement back JOIN movement booked ON booked.event_id = back.reverses_event_id"
            f" WHERE {booked} LIKE '2026-11-01 01:59:%'"
        ).fetchall()
    assert len(pairs) >= 3
    assert all(back == "2026-11-01 01:00:00" for _, back in pairs)
    with (company / "night1/sap/MKPF.csv").open(encoding="cp1252", newline="") as file:
        posted = Counter(row["CPUTM"][:2] for row in csv.DictReader(file, delimiter=";") if row["CPUDT"] == "25.10.2026")
    assert posted["02"] >= 1
