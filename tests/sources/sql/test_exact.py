"""Values become text without a change to any of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from recon.sources.sql.exact import plain, text_array


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([Decimal("0.000000000001"), Decimal("-12.500000000000"), None], pa.decimal128(38, 12), ["0.000000000001", "-12.500000000000", None]),
        ([1e22, 0.1, 1e-7, None], pa.float64(), ["10000000000000000000000", "0.1", "0.0000001", None]),
        ([True, False, None], pa.bool_(), ["true", "false", None]),
        ([date(2026, 3, 9), None], pa.date32(), ["2026-03-09", None]),
        ([time(22, 14, 5)], pa.time32("s"), ["22:14:05"]),
        ([datetime(2026, 3, 9, 22, 14, 5, 120000)], pa.timestamp("us"), ["2026-03-09 22:14:05.120000"]),
        ([datetime(2026, 3, 9, 22, 14, 5, tzinfo=UTC)], pa.timestamp("us", "UTC"), ["2026-03-09 22:14:05.000000Z"]),
        ([b"\x01\xff", None], pa.binary(), ["01ff", None]),
        (["1e5", "", None], pa.string(), ["1e5", "", None]),
    ],
)
def test_arrow_values_as_text(values: list[Any], kind: pa.DataType, expected: list[str | None]) -> None:
    """Every digit, no exponents, ISO forms, hexadecimal digits; text stays what it is, even where it looks like a number."""
    assert text_array(pa.array(values, kind)).to_pylist() == expected


def test_exponents_are_written_out() -> None:
    """Of numbers alone: what a float may be besides stays."""
    assert plain(pa.array(["1e-07", "-2.5E+3", "12", "NaN", "Infinity", None])).to_pylist() == ["0.0000001", "-2500", "12", "NaN", "Infinity", None]
