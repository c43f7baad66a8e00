"""Typed columns (Parquet, Excel) as the text that a pack reads: exact, without the noise of binary numbers, moments in ISO 8601."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from recon.errors import SourceError

_NUMBERS = Path(__file__).with_name("numbers.sql")


class Texts:
    """Turns columns into text; one for all batches of a reading."""

    def __init__(self, decimal: str, where: str) -> None:
        """decimal: the mark that the form declares, so that a number cell and a text cell of one column are written alike."""
        self._decimal, self._where = decimal, where
        self._connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "1"})

    def of(self, column: pa.Array, name: str) -> pa.StringArray:
        """The column's values as text; NULL stays NULL. Raises SourceError for a type that has no text, such as a list."""
        kind = column.type
        if pa.types.is_dictionary(kind):
            return self.of(column.dictionary_decode(), name)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
            return column.cast(pa.string())
        if pa.types.is_string_view(kind):
            return column.cast(pa.string())
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            try:
                return column.cast(pa.string())
            except pa.ArrowInvalid:
                raise self._unfit(name, "bytes that are not UTF-8") from None
        if pa.types.is_floating(kind):
            return self._marked(self._numbers(column.cast(pa.float64()), 7 if kind == pa.float32() else 15))
        if pa.types.is_decimal(kind):
            return self._marked(self._decimals(column))
        if pa.types.is_date(kind):
            return pc.strftime(column.cast(pa.date32()), "%Y-%m-%d")
        if pa.types.is_time(kind):
            return _without_zeros(column.cast(pa.time64("us")).cast(pa.string()))
        if pa.types.is_timestamp(kind):
            return _moments(column)
        raise self._unfit(name, f"values of the type {kind}")

    def _unfit(self, name: str, what: str) -> SourceError:
        return SourceError(self._where, f"has {what} in the column {name}", "leave the column out, or write it as text, a number, a date or a timestamp")

    def _marked(self, texts: pa.StringArray) -> pa.StringArray:
        return texts if self._decimal == "." else pc.replace_substring(texts, ".", self._decimal)

    def _numbers(self, column: pa.DoubleArray, digits: int) -> pa.StringArray:
        self._connection.register("numbers", pa.table({"position": pa.array(range(len(column)), pa.int64()), "number": column}))
        return _array(self._connection.sql(_NUMBERS.read_text(encoding="utf-8").replace("{digits}", str(digits))).to_arrow_table())

    def _decimals(self, column: pa.Array) -> pa.StringArray:
        self._connection.register("decimals", pa.table({"position": pa.array(range(len(column)), pa.int64()), "number": column}))
        return _array(self._connection.sql("SELECT CAST(number AS VARCHAR) AS text FROM decimals ORDER BY position").to_arrow_table())


def _array(table: pa.Table) -> pa.StringArray:
    return table.column("text").combine_chunks().cast(pa.string()) if table.num_rows else pa.array([], pa.string())


def _moments(column: pa.Array) -> pa.StringArray:
    """2026-03-09T22:14:05.25, with Z where the column has a zone; at midnight the date alone, since many a date is kept as a timestamp."""
    zone = "Z" if column.type.tz else ""
    column = column.cast(pa.timestamp("us", tz="UTC" if column.type.tz else None), safe=False)
    text = _without_zeros(pc.strftime(column, "%Y-%m-%dT%H:%M:%S"))
    if zone:
        return pc.binary_join_element_wise(text, zone, "")
    return pc.replace_substring_regex(text, "T00:00:00$", "")


def _without_zeros(text: pa.StringArray) -> pa.StringArray:
    """Times without a fraction of nothing but zeros."""
    return pc.replace_substring_regex(pc.replace_substring_regex(text, r"(\.[0-9]*[1-9])0+$", r"\1"), r"\.0*$", "")
