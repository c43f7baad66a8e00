"""A site's own rules, pairings and mappings: in force only once they are no drafts any more, and from the day on that they name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from recon.errors import RuleError

KEYS = ("status", "approved_by", "effective_from")
"""Of the front matter."""


@dataclass(frozen=True)
class SiteFile:
    """A file of the site's that says what recon does."""

    kind: str
    """rule, pairing or mapping"""
    name: str
    """Rule id, name of the pairing, pack/table."""
    instead: bool
    """It takes the place of a shipped one, or will."""
    waits: str | None
    """Why it is not in force: draft, or from which day on it is; None: it is."""
    approved_by: str | None


def waits(front: dict[str, Any], day: date, file: Path) -> str | None:
    """Why what has this front matter is not in force on a day; None: it is. Raises RuleError where the keys do not hold what they should."""
    status, approved_by, effective_from = (front.get(key) for key in KEYS)
    if status not in (None, "active", "draft", "retired"):
        raise RuleError(str(file), f"has the status {status!r}", "it is active, draft or retired")
    if approved_by is not None and (not isinstance(approved_by, str) or not approved_by.strip()):
        raise RuleError(str(file), "does not say who has approved it", "approved_by is a name")
    if effective_from is not None and type(effective_from) is not date:
        raise RuleError(str(file), "does not say from which day on it is in force", "effective_from is a day, such as 2026-04-01")
    if status == "draft":
        return "draft"
    return f"in force from {effective_from}" if effective_from and effective_from > day else None
