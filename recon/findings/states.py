"""The life of a finding as one table: what it was, what tonight says, what a waiver says → what it is, and what happened.

states.csv beside this file is the source; docs/states.md prints the same cells and says why, and a test holds the two together.
"""

from __future__ import annotations

import csv
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from recon.errors import ManyErrors, ReconError, RuleError

FILE = Path(__file__).with_name("states.csv")

STATES = ("new", "open", "in flight", "unsettled", "waived", "resolved", "reopened", "retired")
"""What a reader sees in the column `state`."""

IN_FLIGHT = "in flight"
OPEN_BEFORE = "in flight (open before)"
CLOSED_BEFORE = "in flight (closed before)"
"""Seen as `in flight`, all three; kept apart because what follows depends on what was there before: nothing yet, something open, or something closed."""

PRIORS = ("none", "new", "open", IN_FLIGHT, OPEN_BEFORE, CLOSED_BEFORE, "unsettled", "waived", "resolved", "reopened", "retired")
TONIGHTS = ("fires", "fires again the same day", "in flight", "in flight for the third cut date", "absent", "not evaluated", "rule retired")
WAIVERS = ("none", "in force", "ended")

_COLUMNS = ["prior", "tonight", "waiver", "next", "event"]


class Cell(NamedTuple):
    """One cell of the table, a line of states.csv."""

    prior: str
    tonight: str
    waiver: str
    next: str
    event: str
    """Blank where nothing happened."""


def shown(state: str) -> str:
    """The state as a reader sees it: 'in flight (open before)' → 'in flight'."""
    return state.partition(" (")[0]


@cache
def cells(file: Path = FILE) -> tuple[Cell, ...]:
    """Every cell in the order of the file. Raises ManyErrors, one RuleError for each cell that is missing, double or unknown."""
    found: dict[tuple[str, str, str], Cell] = {}
    errors: list[ReconError] = []
    with file.open(encoding="utf-8", newline="") as stream:
        lines = csv.reader(stream)
        if (header := next(lines, [])) != _COLUMNS:
            raise RuleError(f"{file}:1", f"the columns are {header}", f"they must be {_COLUMNS}")
        for line in lines:
            where = f"{file}:{lines.line_num}"
            if len(line) != len(_COLUMNS):
                errors.append(RuleError(where, f"has {len(line)} values instead of {len(_COLUMNS)}"))
                continue
            cell = Cell(*line)
            for name, value, known in zip(_COLUMNS, cell, (PRIORS, TONIGHTS, WAIVERS, PRIORS), strict=False):
                if value not in known:
                    errors.append(RuleError(where, f"{name} {value!r} is unknown", f"known: {', '.join(known)}"))
            if found.setdefault(cell[:3], cell) is not cell:
                errors.append(RuleError(where, f"{cell[:3]} is already decided above"))
    errors += [RuleError(str(file), f"no line for {key}") for key in product(PRIORS, TONIGHTS, WAIVERS) if key not in found]
    if errors:
        raise ManyErrors(errors)
    return tuple(found.values())


@cache
def _lookup() -> dict[tuple[str, str, str], Cell]:
    return {cell[:3]: cell for cell in cells()}


def cell(prior: str, tonight: str, waiver: str = "none") -> Cell:
    """The one cell for these three. Raises KeyError for a value that the table does not know."""
    return _lookup()[prior, tonight, waiver]
