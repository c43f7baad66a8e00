"""Ages in working days: nights open without those on which the finding's plant does not work."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from recon.cli import app
from recon.reporting import gather
from recon.reporting.runs import open_run, query, read_run
from recon.reporting.tree import Report
from recon.workdays import Workdays
from tests.reporting import night

OFFICE = {"week": [1, 2, 3, 4, 5], "works": ["2026-03-07"], "rests": ["2026-03-09"]}
"""The night is that of Tuesday 10 March; the Saturday before is made up for, and Monday is a holiday."""
WORKED = {0: 0, 1: 1, 3: 1, 5: 3, 9: 7, 14: 10, 45: 32}
"""Nights open → working days among them."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "recon.toml").write_text(night.TOML, encoding="utf-8")
    night.write_run(folder, workdays={"1000": OFFICE})
    return folder


def test_it_is_what_a_calendar_says() -> None:
    """SQL and the settings' own class count alike, over a thousand calendars, ages and days."""
    dice = random.Random(7)
    cases = []
    for _ in range(1000):
        first = date(2026, 1, 1)
        exceptions = {first + timedelta(days=dice.randrange(90)): dice.random() < 0.5 for _ in range(dice.randrange(20))}
        one = Workdays(frozenset(dice.sample(range(1, 8), dice.randrange(8))), exceptions)
        last, nights = first + timedelta(days=dice.randrange(90)), dice.randrange(60)
        works, rests = ([str(day) for day, at_work in exceptions.items() if at_work is kind] for kind in (True, False))
        cases.append((nights, last, sorted(one.week), works, rests, sum(one.works(last - timedelta(days=back)) for back in range(nights))))
    with duckdb.connect() as connection:
        connection.execute(query("workdays.sql"))
        connection.execute("CREATE TABLE told (nights INTEGER, last_day DATE, week INTEGER[], works DATE[], rests DATE[], worked INTEGER)")
        connection.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?)", cases)
        assert connection.execute("SELECT * FROM told WHERE working_days(nights, last_day, week, works, rests) <> worked").fetchall() == []


def test_each_plant_has_its_own(workspace: Path) -> None:
    """One without a calendar works every day."""
    result = CliRunner().invoke(app, ["-w", str(workspace), "findings", "--format", "json"])
    found = json.loads(result.stdout)
    assert {(one["nights_open"], one["working_days_open"]) for one in found if one["plant"] == "1000"} <= set(WORKED.items())
    assert all(one["nights_open"] == one["working_days_open"] for one in found if one["plant"] != "1000")


@pytest.mark.parametrize(("asked", "field", "more_than"), [("5wd", "working_days_open", 5), ("5", "nights_open", 5)])
def test_older_than(workspace: Path, asked: str, field: str, more_than: int) -> None:
    """In nights, or in working days."""
    everything = json.loads(CliRunner().invoke(app, ["-w", str(workspace), "findings", "--format", "json"]).stdout)
    chosen = json.loads(CliRunner().invoke(app, ["-w", str(workspace), "findings", "--older-than", asked, "--format", "json"]).stdout)
    assert {one["finding_id"] for one in chosen} == {one["finding_id"] for one in everything if one[field] > more_than} != set()


@pytest.mark.parametrize("asked", ["5 weeks", "-1", "wd", "1.5wd", "٣"])
def test_an_age_is_a_number(workspace: Path, asked: str) -> None:
    """Anything else is wrong usage."""
    result = CliRunner().invoke(app, ["-w", str(workspace), "findings", f"--older-than={asked}"])
    assert result.exit_code == 2
    assert "nor of working days, such as 5wd" in " ".join(result.stderr.replace("│", " ").split())


def test_people_see_both(workspace: Path) -> None:
    """Where they differ."""
    result = CliRunner().invoke(app, ["-w", str(workspace), "findings", "--plant", "1000", "--older-than", "40"], terminal_width=200)
    assert "45 (32 wd)" in result.stdout


def test_the_reports_ageing_counts_them(workspace: Path, report: Report) -> None:
    """And says so where a plant has a calendar."""
    folder = workspace / "store" / "runs" / night.RUN_ID
    with open_run(folder) as connection:
        counted = gather.report(read_run(folder), night.settings(), connection)
    assert (counted.has_workdays, report.has_workdays) == (True, False)
    assert sum(row.findings for row in counted.ageing) == sum(row.findings for row in report.ageing)
    assert sum(row.to_30 + row.over_30 for row in counted.ageing) < sum(row.to_30 + row.over_30 for row in report.ageing)
