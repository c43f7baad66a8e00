"""What every source has in common: how a watermark is moved back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recon.sources.interface import moved_back


@pytest.mark.parametrize(
    ("watermark", "expected"),
    [
        ("2026-03-09 00:30:00", "2026-03-08 23:30:00"),
        ("2026-03-09T22:14:05.123456+01:00", "2026-03-09T21:14:05.123456+01:00"),
        ("2026-03-09T22:14:05Z", "2026-03-09T21:14:05Z"),
        ("2026-03-09 22:14:05.5+00", "2026-03-09 21:14:05.5+00"),
        ("2026-03-09T22:14", "2026-03-09T21:14"),
        ("2026-03-01", "2026-02-28"),
        ("20260309221405", "20260309221405"),
        ("17", "17"),
        ("0001-01-01 00:00:00", "0001-01-01 00:00:00"),
        ("2026-13-09", "2026-13-09"),
    ],
)
def test_a_watermark_moves_back_in_its_own_form(watermark: str, expected: str) -> None:
    """Timestamps by the overlap, dates by a whole day; what is no moment, such as a counter, stays."""
    assert moved_back(watermark, timedelta(hours=1)) == expected
