"""Moments that a source declares, as text or as numbers of a calendar, turned into UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from recon.errors import SourceError


def in_utc(moment: datetime, time_zone: str) -> datetime:
    """`moment` in UTC; one that carries no offset is a local time of `time_zone`."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone))
    return moment.astimezone(UTC)


def parse_moment(value: object, time_zone: str, where: str) -> datetime:
    """An ISO 8601 timestamp as UTC. Raises SourceError for anything else, a bare date included: a day is not a moment."""
    try:
        if not isinstance(value, str) or len(value.strip()) <= len("2026-03-09"):
            raise ValueError
        return in_utc(datetime.fromisoformat(value.strip()), time_zone)
    except (ValueError, OverflowError):
        raise SourceError(where, f"{value!r} is not a moment", "write it as 2026-03-09T22:14:05+01:00, or with Z for UTC") from None


def measured(server: Callable[[], datetime]) -> timedelta:
    """How far a server's clock is ahead of this machine's, in whole seconds: what it says lies between the asking and the answer."""
    asked = datetime.now(UTC)
    said = server()
    answered = datetime.now(UTC)
    return timedelta(seconds=round((said - asked - (answered - asked) / 2).total_seconds()))
