"""SAP's labels of its columns, by table and language: sap_labels.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de")
_FILE = Path(__file__).with_name("sap_labels.csv")


@dataclass(frozen=True)
class Label:
    """What one column of a table is called in lists."""

    column: str
    """Its technical name."""
    texts: tuple[str, ...]
    """Short, medium and long labels and the heading, as `plain` makes them."""
    repeats: bool
    """Stands in a list only beside another column of the same label, never instead of it."""


def plain(text: str) -> str:
    """A label as labels are compared: case, blanks and ß for ss do not count."""
    return " ".join(text.split()).casefold()


@cache
def labels_of(table: str, language: str) -> tuple[Label, ...]:
    """The known columns of an SAP table in the order in which the table declares them; none for a table that is not known.

    S/4HANA's views of stock, NSDM_V_MCHB, have the columns of the tables that they stand for.
    """
    name = table.upper().removeprefix("NSDM_V_")
    return tuple(
        Label(row["column"], tuple(dict.fromkeys(plain(text) for text in row[language].split(";") if text.strip())), row["repeats"] == "x")
        for row in _rows()
        if row["table"] == name
    )


def tables() -> list[str]:
    """SAP tables whose labels are known."""
    return sorted({row["table"] for row in _rows()})


@cache
def _rows() -> list[dict[str, str]]:
    """Every column, with the labels that it has in all tables where the file gives none for this one."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="|"))
    everywhere = {row["column"]: row for row in rows if row["table"] == "*"}
    return [_filled(row, everywhere.get(row["column"], {})) for row in rows if row["table"] != "*"]


def _filled(row: dict[str, str], general: dict[str, str]) -> dict[str, str]:
    return row | {language: ";".join(text for text in (general.get(language, ""), row[language] or "") if text) for language in LANGUAGES}
