"""Reads causes.yaml, the written table of what each damage must lead to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent.parent / "causes.yaml"


@dataclass(frozen=True)
class Cause:
    """One row of the table."""

    name: str
    must: tuple[str, ...]
    """One of these fires once all has settled."""
    rules: dict[str, tuple[str, ...]]
    """Rule that may fire → the rules it then hangs under; none: it is primary."""


@dataclass(frozen=True)
class Table:
    """All of it."""

    causes: dict[str, Cause]
    in_flight: Cause
    not_evaluated: dict[str, dict[str, Any]]
    """Damage → its reason, and the rules by what they are about."""
    noise: tuple[str, ...]


def read() -> Table:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    name = "in flight at the cut"
    return Table(
        {cause: _cause(cause, row) for cause, row in data["causes"].items()},
        _cause(name, data[name]),
        data["not evaluated"],
        tuple(data["noise"]),
    )


def _cause(name: str, row: dict[str, Any]) -> Cause:
    return Cause(name, tuple(row.get("must", ())), {rule: () if under == "primary" else tuple(under) for rule, under in row["rules"].items()})
