"""docs/shapes, read as what it is for a site: the only thing known about a flat shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "shapes"
PACKS = ("mes-tables", "qms-tables", "wms-tables")


@dataclass(frozen=True)
class Column:
    """One line of a table of a page."""

    name: str
    type: str
    """A type of the page's list, or `code`."""
    codes: tuple[str, ...]
    needed: str
    """row, value, column or nothing."""
    example: str

    @property
    def value(self) -> Any:
        """The example as its type says that it is read."""
        match self.type:
            case "identifier":
                return self.example.lstrip("0") if self.example.isdigit() else self.example
            case "number" | "amount":
                return Decimal(self.example)
            case "whole":
                return int(self.example)
            case "flag" | "mark":
                return {"true": True, "false": False}[self.example]
            case "date":
                return date.fromisoformat(self.example)
            case "timestamp":
                return datetime.fromisoformat(self.example).astimezone(UTC).replace(tzinfo=None)
        return self.example


@dataclass(frozen=True)
class Table:
    """One table of a page."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def example(self) -> dict[str, str | None]:
        """The row that its examples make."""
        return {column.name: column.example for column in self.columns}


@cache
def tables(pack: str) -> dict[str, Table]:
    """Every table of the page of `pack`."""
    found = {}
    for section in re.split(r"(?m)^## ", (FOLDER / f"{pack}.md").read_text(encoding="utf-8"))[1:]:
        name, _, body = section.partition("\n")
        key = re.search(r"Key: (.*)\.\n", body)
        assert key is not None, name
        lines = re.findall(r"(?m)^\| (\w+) \| (.*?) \| ?(\w*) \| `(.*?)` \| (\S.*) \|$", body)
        assert len(lines) == body.count("\n| ") - 1, name
        columns = []
        for column, kind, needed, example, _ in lines:
            codes = tuple(re.findall(r"`(.*?)`", kind)) if kind.startswith("one of ") else ()
            columns.append(Column(column, "code" if codes else kind, codes, needed, example))
        found[name] = Table(name, tuple(re.findall(r"`(\w+)`", key[1])), tuple(columns))
    return found


EVERY_TABLE = [(pack, name) for pack in PACKS for name in tables(pack)]


def example(pack: str, table: str) -> dict[str, str | None]:
    """The example row of a table of a page."""
    return tables(pack)[table].example
