"""The days on which a plant works: what counts as an age and as a settle time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon import config
from recon.errors import ConfigurationError
from recon.workdays import Workdays, WorkingDays, read_exceptions

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Workdays(frozenset(range(1, 6)), {date(2026, 4, 3): False, date(2026, 4, 6): False, date(2026, 4, 11): True})
"""Monday to Friday, with Good Friday and Easter Monday, and a Saturday that is made up for."""

PLANT = '[plants.1000]\nname = "n"\ntime_zone = "Europe/Berlin"\ncurrency = "EUR"\n'
SOURCE = '[sources.s]\nkind = "files"\npack = "p"\nsystem = "P"\nplants = ["1000"]\npath = "."\n'


@pytest.mark.parametrize(
    ("day", "days", "back"),
    [
        ("2026-03-16", 0, "2026-03-16"),  # a Monday
        ("2026-03-16", 1, "2026-03-13"),
        ("2026-03-16", 3, "2026-03-11"),
        ("2026-03-15", 1, "2026-03-13"),  # a Sunday
        ("2026-03-14", 1, "2026-03-13"),
        ("2026-04-07", 1, "2026-04-02"),  # the Tuesday after Easter
        ("2026-04-13", 1, "2026-04-11"),
    ],
)
def test_so_many_working_days_back(day: str, days: int, back: str) -> None:
    """At the same time by the plant's clock, which the change to summer time on 29 March does not move."""
    moment = datetime.fromisoformat(f"{day}T02:30").replace(tzinfo=BERLIN).astimezone(UTC)
    found = OFFICE.before(moment, days, BERLIN).astimezone(BERLIN)
    assert (str(found.date()), found.hour, found.minute) == (back, 2, 30)


@given(
    st.frozensets(st.integers(1, 7)),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 2, 28)), st.booleans(), max_size=30),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 10)),
    st.integers(0, 20),
)
def test_between_lie_as_many_working_days(week: frozenset[int], exceptions: dict[date, bool], moment: datetime, days: int) -> None:
    """And no later day would do; where the plant does not work at all it still ends."""
    one = Workdays(week, exceptions)
    back = one.before(moment.replace(tzinfo=UTC), days, ZoneInfo("UTC"))
    between = [back.date() + timedelta(days=number) for number in range((moment.date() - back.date()).days)]
    worked = sum(map(one.works, between))
    assert worked == days or (not week and worked < days)
    assert days == 0 or not week or one.works(back.date())


def test_a_plant_has_a_week_and_exceptions(tmp_path: Path) -> None:
    """The calendar lies in the workspace; without either key every day is one."""
    (tmp_path / "holidays.csv").write_text("day,works,name\n2026-04-03,no,Good Friday\n2026-04-11, Yes ,\n", encoding="utf-8")
    more = 'working_days = ["mon", "fri"]\ncalendar = "holidays.csv"\n'
    (tmp_path / "recon.toml").write_text(f'site = "s"\n{PLANT}{more}{SOURCE}[workflows.w]\nsettle = "3wd"\n[workflows.v]\nsettle = "3d"\n', encoding="utf-8")
    settings = config.load(tmp_path)
    assert settings.plants["1000"].workdays == Workdays(frozenset({1, 5}), {date(2026, 4, 3): False, date(2026, 4, 11): True})
    assert (settings.workflows["w"].settle, settings.workflows["v"].settle) == (WorkingDays(3), timedelta(days=3))
    (tmp_path / "recon.toml").write_text(f'site = "s"\n{PLANT}{SOURCE}', encoding="utf-8")
    assert config.load(tmp_path).plants["1000"].workdays == Workdays()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("day,name\n", "has no column works"),
        ("day;works\n", "has no column day and none works"),
        ("day,works\n3.4.2026,no\n", "line 2: '3.4.2026' is not a day"),
        ("day,works\n2026-02-30,no\n", "line 2: there is no 2026-02-30"),
        ("day,works\n2026-04-03,maybe\n", "line 2: 'maybe' is neither"),
        ("day,works\n2026-04-03\n", "line 2: '' is neither"),
        ("day,works\n2026-04-03,no\n2026-04-03,yes\n", "line 3: 2026-04-03 was said to be otherwise"),
        (None, "cannot be read: "),
    ],
)
def test_a_calendar_that_says_nothing_is_refused(text: str | None, told: str, tmp_path: Path) -> None:
    """With its line, as an error of recon.toml's key."""
    if text is not None:
        (tmp_path / "c.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_exceptions(tmp_path / "c.csv")
    (tmp_path / "recon.toml").write_text(f'site = "s"\n{PLANT}calendar = "c.csv"\n{SOURCE}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told) as caught:
        config.load(tmp_path)
    assert caught.value.where.endswith("recon.toml: plants.1000.calendar")
