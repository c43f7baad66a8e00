"""A suite: what is expected of one table, in Great Expectations' own names, and what a failure leads to. Great Expectations itself is not imported here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

Action = Literal["refuse", "not evaluated", "warn"]
ACTIONS: tuple[Action, ...] = get_args(Action)

QUERY = "unexpected_rows_expectation"
"""The expectation that is a query of its own; it may read the other canonical tables."""

BY_ROW = frozenset(
    {
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
        "expect_column_pair_values_to_be_in_set",
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal",
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_be_null",
        "expect_column_values_to_match_like_pattern",
        "expect_column_values_to_match_like_pattern_list",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_match_regex_list",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_not_match_like_pattern",
        "expect_column_values_to_not_match_like_pattern_list",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_not_match_regex_list",
        "expect_multicolumn_sum_to_equal",
        "expect_multicolumn_values_to_be_equal",
        "expect_select_column_values_to_be_unique_within_record",
    }
)
"""Expectations that look at each row alone: what they said of a part holds as long as the part does. All others are asked of the whole table."""

ROWS_BEFORE = "rows_before"
"""What an argument may be reckoned from, as Great Expectations' suite parameter: the rows that gates looked at on the night before."""
PARAMETER = "$PARAMETER"

_TABLE = re.compile(r"\b(sap|mes|qms|wms)\.\"?([a-z_]+)\"?", re.IGNORECASE)


@dataclass(frozen=True)
class Expectation:
    """One thing that is expected of a table."""

    number: int
    """Place in its suite, counted from 1."""
    type: str
    """Great Expectations' name of it."""
    kwargs: dict[str, Any]
    """What Great Expectations takes with it."""
    action: Action
    reason: str
    """Why it is expected, for who reads that it failed."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that its arguments name."""
        named = [self.kwargs.get(name) for name in ("column", "column_A", "column_B")]
        return tuple(name for name in (*named, *self.kwargs.get("column_list", ())) if isinstance(name, str))

    @property
    def by_row(self) -> bool:
        """It looks at each row alone. A share of rows (`mostly`) is a matter of the whole table."""
        return self.type in BY_ROW and "mostly" not in self.kwargs and not self.compares_nights

    @property
    def compares_nights(self) -> bool:
        """An argument is reckoned from what the night before had."""
        return any(isinstance(value, dict) and PARAMETER in value for value in self.kwargs.values())

    @property
    def reads(self) -> tuple[str, ...]:
        """Canonical tables that its query reads besides its own."""
        found = _TABLE.findall(str(self.kwargs.get("unexpected_rows_query", ""))) if self.type == QUERY else []
        return tuple(dict.fromkeys(f"{schema}.{table}".lower() for schema, table in found))

    @property
    def words(self) -> str:
        """What is expected, in a few words: 'quantity to be between 0 and 10'."""
        if self.type == QUERY:
            return "a query to find no row"
        what = re.sub(r"^expect_(?:column|table|multicolumn|compound)_|^expect_", "", self.type)
        what = re.sub(r"^(?:pair_)?(?:values_|columns_|value_)?", "", what).replace("_", " ")
        rest = {name: value for name, value in self.kwargs.items() if not name.startswith("column") and name != "ignore_row_if"}
        told = ", ".join(f"{name} {_in_words(value)}" for name, value in rest.items())
        return " ".join(part for part in (", ".join(self.columns), what, f"({told})" if told else "") if part)


@dataclass(frozen=True)
class Suite:
    """What is expected of one table."""

    table: str
    """schema.table of a canonical table, or pack/table of a raw one."""
    expectations: tuple[Expectation, ...]
    file: Path

    @property
    def raw(self) -> bool:
        """It is about a raw table, as the pack has typed it."""
        return "/" in self.table


def _in_words(value: Any) -> str:
    return str(value[PARAMETER]) if isinstance(value, dict) and PARAMETER in value else json.dumps(value, default=str, ensure_ascii=False)


def digest(*said: Any) -> str:
    """SHA-256 of values that JSON can hold."""
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def asked(expectations: Sequence[Expectation]) -> list[dict[str, Any]]:
    """What the process is asked of these expectations; the same question has the same answer."""
    return [{"type": one.type, "kwargs": one.kwargs} for one in expectations]
