"""Values as text without a change to any of them: every digit, no exponents, binary as hexadecimal digits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def texts(values: Sequence[Any]) -> pa.Array:
    """Python values as text; a binary number becomes the shortest digits that tell it apart."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds == {int}:
        return pc.cast(pa.array(values, pa.int64()), pa.string())
    # SQLite keeps 10.0 in a NUMERIC column as the integer 10, so that columns of numbers are mixtures.
    return pa.array([value if value is None or type(value) is str else _text(value) for value in values], pa.string())


def text_array(values: pa.Array) -> pa.Array:
    """An Arrow array as text: dates and timestamps in ISO form, true and false."""
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type) or pa.types.is_fixed_size_binary(values.type):
        return pa.array([None if value is None else value.hex() for value in values.to_pylist()], pa.string())
    text = pc.cast(values, pa.string())
    return plain(text) if pa.types.is_decimal(values.type) or pa.types.is_floating(values.type) else text


def plain(numbers: pa.Array) -> pa.Array:
    """Numbers as text, with those written as 1e-07 written out."""
    small = pc.match_substring_regex(numbers, "^[-+0-9.]+[eE][-+0-9]+$")
    if not pc.any(small).as_py():
        return numbers
    return pc.replace_with_mask(
        numbers, pc.fill_null(small, False), pa.array([format(Decimal(n), "f") for n in numbers.filter(small).to_pylist()], pa.string())
    )


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        text = repr(value)
        return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")
    return str(value)
