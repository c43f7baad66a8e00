"""Files that a case describes in YAML: text in an encoding, archives, Excel, Parquet; whole, cut short or damaged."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(), "integer": pa.int64(), "float": pa.float64(), "float32": pa.float32(), "decimal": pa.decimal128(18, 9), "date": pa.date32(),
    "time": pa.time64("us"), "timestamp": pa.timestamp("us"), "nanoseconds": pa.timestamp("ns"), "zoned": pa.timestamp("ms", tz="Europe/Berlin"),
    "truth": pa.bool_(), "bytes": pa.binary(), "list": pa.list_(pa.int64()), "structure": pa.struct([("a", pa.int64())]),
    "code": pa.dictionary(pa.int32(), pa.string()),
    "nothing": pa.null(), "duration": pa.duration("s"),
}  # fmt: skip


def made(content: str | dict[str, Any]) -> bytes:
    """The bytes of a file: plain text in UTF-8, or {latin1 | gzip | zip | excel | parquet: …} with `cut` (bytes taken off the end) or `encrypted`."""
    if isinstance(content, str):
        return content.encode()
    data: bytes
    match content:
        case {"latin1": text}:
            data = text.encode("latin-1")
        case {"gzip": inner}:
            data = gzip.compress(made(inner), mtime=0)
        case {"zip": members}:
            data = _zip(members)
        case {"excel": sheets}:
            data = _excel(sheets)
        case {"parquet": columns}:
            data = _parquet(columns)
        case _:
            raise AssertionError(f"nothing is known to make {content}")
    if content.get("encrypted"):
        # The flag of the local header and of the directory.
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = data.index(mark) + offset
            data = data[:place] + bytes([data[place] | 1]) + data[place + 1 :]
    if damage := content.get("damage"):
        data = data[:damage] + bytes([data[damage] ^ 0xFF]) + data[damage + 1 :]
    return data[: len(data) - content.get("cut", 0)]


def write(folder: Path, files: dict[str, Any]) -> None:
    """Put the files of a case into a folder, which is made."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(made(content))


def _zip(members: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, made(content))
    return target.getvalue()


def _excel(sheets: dict[str, list[list[Any]]]) -> bytes:
    """Cells: text, numbers, dates and times as YAML has them; {time: "22:14:05"}, {error: "#N/A"}."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in (("date", "dd.mm.yyyy"), ("time", "hh:mm:ss"), ("moment", "dd.mm.yyyy hh:mm"))}
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                match value:
                    case {"error": error}:
                        sheet.write_formula(place, column, "=1/0", None, error)
                    case {"time": time}:
                        sheet.write_datetime(place, column, dt.time.fromisoformat(time), formats["time"])
                    case dt.datetime():
                        sheet.write_datetime(place, column, value, formats["moment"])
                    case dt.date():
                        sheet.write_datetime(place, column, value, formats["date"])
                    case bool():
                        sheet.write_boolean(place, column, value)
                    case int() | float():
                        sheet.write_number(place, column, value)
                    case str():
                        sheet.write_string(place, column, value)
    book.close()
    return target.getvalue()


def _parquet(columns: dict[str, list[Any]]) -> bytes:
    """Columns: name → [type, value, value, …]."""
    target = io.BytesIO()
    arrays = {name: pa.array([_value(kind, value) for value in values], _TYPES[kind]) for name, (kind, *values) in columns.items()}
    pq.write_table(pa.table(arrays), target)
    return target.getvalue()


def _value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case "decimal":
            return Decimal(value)
        case "time":
            return dt.time.fromisoformat(value)
        case "zoned":
            return value.replace(tzinfo=dt.UTC)
        case "bytes":
            return value.encode("latin-1")
        case "duration":
            return dt.timedelta(seconds=value)
    return value
