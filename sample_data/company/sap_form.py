"""How this SAP writes its lists: code page 1252, semicolons, German numbers and dates, blanks to fill up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from company import clock

Row = list[str]

INITIAL_DATE = "00.00.0000"


@lru_cache(maxsize=500_000)
def number(value: Decimal, width: int = 0, decimals: int = 3) -> str:
    """1234.56 → '      1.234,560'; minus goes behind."""
    text = f"{abs(value):,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    return (text + ("-" if value < 0 else "")).rjust(width)


def day(value: date | None) -> str:
    return f"{value:%d.%m.%Y}" if value else INITIAL_DATE


@lru_cache(maxsize=500_000)
def stamp(moment: datetime | None) -> tuple[str, str]:
    """Date and time at the server of a UTC moment."""
    if moment is None:
        return INITIAL_DATE, "00:00:00"
    there = clock.local(moment)
    return f"{there:%d.%m.%Y}", f"{there:%H:%M:%S}"


def day_of(moment: datetime | None) -> str:
    """The server's date of a UTC moment."""
    return stamp(moment)[0]


def flag(value: bool) -> str:
    return "X" if value else " "


def order(number_: str | None) -> str:
    return number_.zfill(12) if number_ else ""


def write(folder: Path, table: str, columns: str, rows: Iterable[Row]) -> None:
    """One table as a file; `columns` is its header, names parted by blanks."""
    with (folder / f"{table}.csv").open("w", encoding="cp1252", newline="") as file:
        file.write(";".join(columns.split()) + "\r\n")
        for row in rows:
            file.write(";".join(row) + "\r\n")
