"""The days on which a plant works, as SAP's factory calendars tell them: a week, and the days that are not as their weekday is."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COLUMNS = ("day", "works")
_MOST = 366
"""Days that are looked through, going back, besides a week for each working day that is asked for."""


@dataclass(frozen=True)
class WorkingDays:
    """A number of them, such as 3wd."""

    days: int


@dataclass(frozen=True)
class Calendar:
    """The days of a file that are not as their weekday is."""

    file: str
    """As recon.toml names it, relative to the workspace."""
    days: Mapping[date, bool]
    """Day → whether the plant works then."""


@dataclass(frozen=True)
class Workdays:
    """When a plant works."""

    week: frozenset[int] = frozenset(range(1, 8))
    """Weekdays on which it works, Monday being 1."""
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    """Day → whether it works then, whatever the weekday: holidays, and Saturdays that are made up for."""

    def works(self, day: date) -> bool:
        """Whether the plant works on this day."""
        return self.exceptions.get(day, day.isoweekday() in self.week)

    def before(self, moment: datetime, days: int, zone: ZoneInfo) -> datetime:
        """`moment` (UTC) so many working days back, at the same time of the plant's clock.

        Three before a Monday at 02:00 is Wednesday at 02:00: Wednesday, Thursday and Friday lie between. Beyond a year without enough of them every day counts.
        """
        local = moment.astimezone(zone)
        day, left, looked = local.date(), days, 0
        while left:
            day -= timedelta(days=1)
            looked += 1
            left -= self.works(day) or looked > _MOST + 7 * days
        return datetime.combine(day, local.time(), zone).astimezone(moment.tzinfo)


def read_exceptions(file: Path) -> dict[date, bool]:
    """A CSV with the columns `day` (2026-12-25) and `works` (yes or no); further ones, such as a name, are for people. Raises ValueError, naming the line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.DictReader(text)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise ValueError(f"{file} has no column {' and none '.join(missing)}; it needs {' and '.join(COLUMNS)}, parted by a comma")
            found: dict[date, bool] = {}
            for row in rows:
                where = f"{file}, line {rows.line_num}"
                written, works = (row["day"] or "").strip(), (row["works"] or "").strip().lower()
                if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
                    raise ValueError(f"{where}: {written!r} is not a day such as 2026-12-25")
                if works not in ("yes", "no"):
                    raise ValueError(f"{where}: {works!r} is neither yes nor no")
                try:
                    day = date.fromisoformat(written)
                except ValueError:
                    raise ValueError(f"{where}: there is no {written}") from None
                if found.setdefault(day, works == "yes") != (works == "yes"):
                    raise ValueError(f"{where}: {written} was said to be otherwise before")
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file} cannot be read: {error}") from None
