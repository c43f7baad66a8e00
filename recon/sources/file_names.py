"""Names of files that say which table they hold and as of when: {table}_%Y%m%d_%H%M.csv."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from recon.errors import SourceError
from recon.sources.moments import in_utc

_LETTERS = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{2}",
    "%d": r"\d{2}",
    "%H": r"\d{2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%j": r"\d{3}",
    "%z": r"Z|[+-]\d{4}",
}
_DAY = ({"%m", "%d"}, {"%j"})


@dataclass(frozen=True)
class NamePattern:
    """A declared pattern of file names."""

    pattern: str
    where: str
    """Key of recon.toml that declares it, for messages."""

    @property
    def has_moment(self) -> bool:
        """Whether the names carry the moment that the file shows."""
        return "%" in self.pattern

    def check(self) -> None:
        """Raises SourceError where the letters of the pattern are unknown or do not make a moment: a day is not one."""
        letters = re.findall(r"%.?", self.pattern)
        unknown = [letter for letter in letters if letter not in _LETTERS]
        if unknown:
            raise SourceError(self.where, f"{unknown[0]!r} is not known in {self.pattern!r}", f"known are {', '.join(_LETTERS)}")
        if len(letters) != len(set(letters)):
            raise SourceError(self.where, f"{self.pattern!r} has a letter twice")
        whole = {"%H", "%M"} <= set(letters) and set(letters) & {"%Y", "%y"} and any(day <= set(letters) for day in _DAY)
        if letters and not whole:
            what = f"{self.pattern!r} does not make a moment: it needs a year, a day, %H and %M"
            raise SourceError(self.where, what, "where the names have no time of day, let a sidecar say as of when the files are")

    def moment(self, name: str, table: str, time_zone: str) -> datetime | None:
        """The moment, in UTC, that the name of a table's file carries; None: it is not a name of the pattern, or not a moment."""
        parts = re.split(r"(%.)", self.pattern.replace("{table}", table))
        expression = "".join(f"(?P<{part[1]}>{_LETTERS[part]})" if part in _LETTERS else re.escape(part) for part in parts)
        match = re.fullmatch(expression, name)
        if match is None:
            return None
        try:
            found = match.groupdict()
            moment = datetime.strptime(" ".join(found.values()), " ".join(f"%{letter}" for letter in found))  # noqa: DTZ007 - in_utc gives it its zone
            return in_utc(moment, time_zone)
        except (ValueError, OverflowError):
            return None

    def newest(self, names: Iterable[str], table: str, time_zone: str) -> tuple[str, datetime] | None:
        """The name with the latest moment, and the moment; None: there is none."""
        dated = [(moment, name) for name in names if (moment := self.moment(name, table, time_zone))]
        return max(dated)[::-1] if dated else None

    def tables(self, names: Iterable[str]) -> set[str]:
        """Tables of which there is a file."""
        parts = re.split(r"(%.|\{table\})", self.pattern)
        expression = "".join(r"(?P<table>.+?)" if part == "{table}" else f"(?:{_LETTERS[part]})" if part in _LETTERS else re.escape(part) for part in parts)
        return {match["table"] for name in names if (match := re.fullmatch(expression, name))}
