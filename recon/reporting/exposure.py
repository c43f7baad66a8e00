"""Where restricted stock lies, what restricts it and since when, read from the evidence of the few findings on top of the report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from recon.reporting.runs import moment

_PLACES = ("place", "storage_location", "bin", "location")
_REASONS = ("hold_reason", "reason", "decision", "disposition")
_SINCE = ("opened_at", "hold_opened_at", "hold_since", "held_since", "decided_at")
_ACTIVE = {"hold": "closed_at"}


@dataclass(frozen=True)
class Exposure:
    """Places, reason and beginning of a restriction, as far as the evidence tells."""

    places: tuple[str, ...]
    reason: str | None
    since: datetime | None


def read(text: str | None) -> dict[str, Any]:
    """A JSON object of a run file; its numbers stay exact."""
    value = json.loads(text, parse_float=Decimal) if text else {}
    return value if isinstance(value, dict) else {}


def exposure(key: dict[str, Any], compared: dict[str, Any], rows: list[tuple[str, dict[str, Any]]]) -> Exposure:
    """From a finding's key, its compared values per side, and its source rows as (canonical table, row); what the rule compared comes first."""
    restricting = [row for table, row in rows if table in ("hold", "disposition", "inspection_lot") and not row.get(_ACTIVE.get(table, ""))]
    holding = [row for table, row in rows if table in ("stock", "movement", "reservation")]
    sides = [side for side in compared.values() if isinstance(side, dict)]
    delivery = [f"delivery {key['delivery']}"] if key.get("delivery") else []
    places = delivery + (_values([*sides, key], _PLACES) or _values(holding, _PLACES))
    # Where one side accepted what the other rejected, only the rejection restricts.
    against = [side for side in sides if side.get("decision") != "accepted"]
    reasons = _values(against, _REASONS) or _values(restricting, _REASONS)
    since = _values(against, _SINCE) or _values(restricting, _SINCE)
    return Exposure(tuple(places), reasons[0] if reasons else None, _earliest(since))


def _values(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[str]:
    """Distinct values under the first of `names` that any of the rows has, in order of appearance."""
    for name in names:
        found = [str(row[name]) for row in rows if row.get(name) not in (None, "", False, True)]
        if found:
            return list(dict.fromkeys(found))
    return []


def _earliest(texts: list[str]) -> datetime | None:
    moments = []
    for text in texts:
        try:
            moments.append(moment(text))
        except ValueError:  # a site's own evidence column may carry anything; then there is no duration to show
            continue
    return min(moments, default=None)
