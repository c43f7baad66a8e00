"""The site's clock: when the nights are, what each extract has seen, and when something counts as settled. All moments are naive UTC."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")

FIRST_CUT = datetime(2026, 3, 10, 1, 0)
"""02:00 at the plant."""
OPENING = datetime(2026, 2, 12, 5, 0)
"""Start of the first order that lies wholly within the history."""
HORIZON = datetime(2026, 2, 8, 23, 0)
"""SAP and MES declare their events complete from here: midnight at the plant."""
SAP_SELECTION = HORIZON - timedelta(days=1)
"""The SAP extract selects documents from here, one day more than it vouches for."""

EXTRACT_DELAY = {"sap": timedelta(0), "mes": timedelta(minutes=5), "qms": timedelta(minutes=10), "wms": timedelta(minutes=3)}
"""How long after the cut each system was read."""
REFERENCE_DELAY = timedelta(minutes=15)

SETTLE_MOVEMENT = timedelta(hours=2)
SETTLE_ORDER = timedelta(hours=4)
SETTLE_STOCK = timedelta(hours=1)
SETTLE_LINK = timedelta(hours=2)
SETTLE_DECISION = timedelta(hours=4)
SETTLE_KEPT = timedelta(hours=72)
SETTLE_MASTER_DATA = timedelta(hours=24)
SETTLE_MESSAGE = timedelta(minutes=30)
SERVICE_LEVEL = timedelta(hours=4)
"""How long a message may wait."""
AGREED = {"consumption": timedelta(hours=2), "receipt": timedelta(hours=2)}
"""Service levels of recon.toml, by workflow."""
DOWNLOAD_HORIZON = timedelta(days=7)

OUTAGE = (datetime(2026, 3, 9, 22, 30), datetime(2026, 3, 10, 0, 30))
"""The movement interface is down from … to …; its backlog is worked off after the first cut."""
BACKLOG_FROM = datetime(2026, 3, 10, 1, 20)

NEXT_PERIOD = date(2026, 3, 1)
"""First day of the second of the two posting periods in which the history lies."""
CLOCK_CHANGE = datetime(2026, 3, 8, 8, 0)
"""When clocks in Peoria go from two to three in the morning. No clock is put back within the history, so no hour comes twice."""


def cut(night: int) -> datetime:
    """The moment of night 1, 2, …"""
    return FIRST_CUT + timedelta(days=night - 1)


def as_of(source: str, night: int) -> datetime:
    """Up to when the extract of 'sap', 'mes', 'qms' or 'wms' shows its system that night."""
    return cut(night) + EXTRACT_DELAY[source]


def local(moment: datetime, zone: ZoneInfo = ZONE) -> datetime:
    """UTC → aware time at the SAP server, which stands in Lindau, or in another zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone)


def midnight(day: date, zone: ZoneInfo = ZONE) -> datetime:
    """With which a day begins, of SAP's postings or of another zone."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def zulu(moment: datetime) -> str:
    """2026-03-10T01:00:00Z"""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def office_hours(day: date, rng: random.Random, first: int = 7, last: int = 15, zone: ZoneInfo = ZONE) -> datetime:
    """Some moment of the day shift, between the hours `first` and `last` of the zone."""
    start = datetime.combine(day, time(first), tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    return start + timedelta(seconds=rng.randrange((last - first) * 3600))


def between(start: datetime, end: datetime, rng: random.Random) -> datetime:
    """A whole second in [start, end)."""
    return start + timedelta(seconds=rng.randrange(max(1, int((end - start).total_seconds()))))


def minutes(low: float, high: float, rng: random.Random) -> timedelta:
    """Some whole seconds between so many minutes."""
    return timedelta(seconds=rng.randint(int(low * 60), int(high * 60)))
