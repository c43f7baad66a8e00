"""What goes wrong with the extracts themselves, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterator

from company.judgement import FIRES, Verdict

ADDED = ("fire_zone", "lift")
"""Columns that the warehouse's locations have from the second night on."""


def added(night: int) -> tuple[str, ...]:
    return ADDED if night > 1 else ()


def judge_columns(night: int) -> Iterator[Verdict]:
    """Each column that was not there on the first night, until somebody says that it is right."""
    for column in added(night):
        yield Verdict("INT-008", (("source", "wms"), ("table", "location"), ("column", column)), FIRES, None)
