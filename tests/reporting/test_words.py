"""Numbers, money and spans as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from recon.reporting import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("12480.500000"), "12,480.5"),
        (Decimal("-0.000001"), "-0.000001"),
        (Decimal("100.000000"), "100"),
        (Decimal(100), "100"),
        (48211, "48,211"),
        (None, ""),
    ],
)
def test_numbers_keep_every_digit_that_says_something(value: Decimal | int | None, text: str) -> None:
    """Thousands are grouped and trailing zeros go, never others."""
    assert words.number(value) == text


def test_money_beyond_floating_point() -> None:
    """Two decimals, grouped, exact."""
    assert words.money(Decimal("9007199254740993.01"), "EUR") == "9,007,199,254,740,993.01 EUR"


@pytest.mark.parametrize(("value", "text"), [("468373.50", "468 k EUR"), ("1234567", "1.2 M EUR"), ("9130.25", "9.1 k EUR"), ("913.25", "913 EUR")])
def test_headline_money(value: str, text: str) -> None:
    """Two or three digits are enough in a headline."""
    assert words.about(Decimal(value), "EUR") == text


@pytest.mark.parametrize(("minutes", "text"), [(0, "on time"), (38, "38 min behind"), (-5, "5 min after"), (31 * 60, "1 d 7 h behind"), (None, "not read")])
def test_lag(minutes: int | None, text: str) -> None:
    """Behind, after, or not at all."""
    assert words.lag(minutes) == text


def test_local_time_follows_the_plant_through_summer_time() -> None:
    """01:00 UTC is 02:00 in Lindau in winter and 03:00 in summer."""
    assert words.local(datetime(2026, 3, 10, 1, tzinfo=UTC), "Europe/Berlin") == "2026-03-10 02:00"
    assert words.local(datetime(2026, 7, 10, 1, tzinfo=UTC), "Europe/Berlin") == "2026-07-10 03:00"


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (["STK-001"], "STK-001"),
        (["GEN-002", "GEN-001"], "GEN-001, GEN-002"),
        (["GEN-007", "CON-010", "CON-009", "CON-008", "GEN-005"], "CON-008 to -010, GEN-005, GEN-007"),
        (["CON-012", "GEN-013", "GEN-014", "GEN-015"], "CON-012, GEN-013 to -015"),
    ],
)
def test_rules_that_follow_one_another_are_named_by_their_ends(ids: list[str], text: str) -> None:
    assert words.rules_in_short(ids) == text


def test_texts_cannot_command_a_terminal() -> None:
    """Escape sequences, line breaks and direction marks lose their power, the rest of the text stays."""
    assert words.plain("\x1b[31mred\r\n\u202eevil\x9b2J") == " [31mred  \ufffdevil 2J"
