"""Excel (.xlsx) to Arrow batches of text. A sheet is taken into memory, so its size is limited.

The reader underneath gives an empty cell for one with an error (#N/A) and does not tell the number 1.234 from the text "1.234" in a mixed column. Both
would change what the sheet says, so the sheet's own XML is looked through for them first.
"""

from __future__ import annotations

import logging
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import IO

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from recon.errors import SourceError
from recon.sources.delivered import file_error
from recon.sources.extract import Extract
from recon.sources.interface import Reading
from recon.sources.typed import Texts

MAX_CONTENT = 512 << 20
"""Bytes of XML in an Excel file: about a million rows of ten columns. Reading takes some five times as much memory."""
HEADER_ROWS = 200
"""Rows in which the header is looked for."""

_PIECE, _LONGEST_CELL = 1 << 20, 1 << 17
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<", re.DOTALL)
_ERROR = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)

# What it cannot find a type for, it reads as text, and says so in the log.
logging.getLogger("fastexcel").setLevel(logging.ERROR)


def read_excel(extract: Extract) -> Reading:
    """Read one sheet. Numbers become text as `typed` says, dates and times ISO 8601, error cells are taken only where `null` of the form names them.

    The header is the first row that is not blank; with `labels`, the first that has labels. Raises SourceError for a file that is missing,
    damaged, encrypted or too large, for several sheets of which none is declared, and for cells that cannot be told apart.
    """
    if extract.delivered.is_packed:
        raise SourceError(extract.where, "is Excel in an archive", "an .xlsx file is compressed by itself: deliver it as it is")
    sheets = _sheets(extract)
    name = _chosen(list(sheets), extract)
    cells = _look_through(extract, sheets[name])
    try:
        book = fastexcel.read_excel(extract.delivered.file)
        top = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=HEADER_ROWS, dtypes="string").to_arrow()
        place, header = _header(top, extract)
        names = extract.naming.names(header, extract.where)
        columns = [f"c{position}" for position in range(len(names))]
        rows = book.load_sheet(name, header_row=None, column_names=columns, skip_rows=place + 1, schema_sample_rows=None).to_arrow()
    except fastexcel.FastExcelError as error:
        raise _unreadable(extract, str(error).splitlines()[0]) from None
    _check_mixed(rows, cells, extract)
    schema = pa.schema([(column, pa.string()) for column in names])
    texts = Texts(extract.form.decimal, extract.where)
    values = [_plain(texts.of(column, name)) for column, name in zip(rows.columns, names, strict=True)]
    return Reading(batches=iter([pa.record_batch(values, schema=schema)] if rows.num_rows else []), schema=schema)


def _sheets(extract: Extract) -> dict[str, str]:
    """Sheet → the member of the file that holds it."""
    where, start = extract.where, b""
    try:
        with extract.delivered.file.open("rb") as file:
            start = file.read(8)
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise SourceError(where, "is an encrypted Excel file, or one of before 2007", "save it as .xlsx without a password")
        with zipfile.ZipFile(extract.delivered.file) as archive:
            size = sum(info.file_size for info in archive.infolist())
            if size > MAX_CONTENT:
                what = f"holds {size >> 20:,} MiB, and recon takes Excel files of up to {MAX_CONTENT >> 20} MiB into memory"
                raise SourceError(where, what, "deliver it as CSV or Parquet")
            book = archive.read("xl/workbook.xml").decode()
            links = archive.read("xl/_rels/workbook.xml.rels").decode()
    except zipfile.BadZipFile:
        if start.startswith(b"PK") or not start:
            raise _unreadable(extract, "it is not a zip archive") from None
        todo = 'SAP saves lists as text under such a name: declare layout = "list" or "csv" in its `form`'
        raise SourceError(where, "is not an Excel file", todo) from None
    except (KeyError, UnicodeDecodeError, zlib.error, EOFError, RuntimeError) as error:
        raise _unreadable(extract, str(error)) from None
    except OSError as error:
        raise file_error(error, where) from None
    targets = {_attribute(link, "Id"): _attribute(link, "Target") for link in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", links)}
    found = {}
    for sheet in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", book):
        target = targets.get(_attribute(sheet, r"\w+:id"), "")
        if "worksheets/" in target:
            found[unescape(_attribute(sheet, "name"))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _attribute(tag: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return match[1] if match else ""


def _chosen(sheets: list[str], extract: Extract) -> str:
    names = ", ".join(sheets[:20])
    if extract.sheet:
        if extract.sheet not in sheets:
            raise SourceError(extract.where, f"has no sheet {extract.sheet!r}", f"it has: {names}")
        return extract.sheet
    if len(sheets) != 1:
        raise SourceError(extract.where, f"has {len(sheets)} sheets: {names}", f"say which with {extract.key}.sheet")
    return sheets[0]


@dataclass
class _Cells:
    """What the XML of a sheet shows and the reader underneath does not."""

    fractions: set[str] = field(default_factory=set)
    """Letters of the columns with a number cell that is not whole; looked for where the form has a decimal comma."""


def _look_through(extract: Extract, member: str) -> _Cells:
    """Read the sheet's XML to its end, which also shows whether the file is whole. Raises SourceError for an error cell that the form does not name."""
    cells, comma = _Cells(), extract.form.decimal == ","
    try:
        with zipfile.ZipFile(extract.delivered.file) as archive:
            for info in archive.infolist():
                with archive.open(info) as stream:
                    if info.filename != member:
                        while stream.read(_PIECE):
                            pass
                        continue
                    for match in _matches(stream, _CELL if comma else _ERROR):
                        attributes, value = match[1].decode(errors="replace"), unescape(match[2].decode(errors="replace"))
                        kind, place = _attribute(" " + attributes, "t"), _attribute(" " + attributes, "r")
                        if kind == "e" and value not in extract.form.null:
                            todo = f'mend the formula, or declare null = ["{value}"] in its `form`'
                            raise SourceError(extract.where, f"has the error {value} in the cell {place}", todo)
                        if kind in ("", "n") and "." in value:
                            cells.fractions.add(place.rstrip("0123456789"))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise _unreadable(extract, str(error)) from None
    except OSError as error:
        raise file_error(error, extract.where) from None
    return cells


def _matches(stream: IO[bytes], pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    rest = b""
    while piece := stream.read(_PIECE):
        data, done = rest + piece, 0
        for match in pattern.finditer(data):
            yield match
            done = match.end()
        rest = data[max(done, len(data) - _LONGEST_CELL) :]


def _header(top: pa.RecordBatch, extract: Extract) -> tuple[int, list[str]]:
    """Number of the header's row, from 0, and its cells."""
    for index in range(top.num_rows):
        cells = [str(column[index].as_py() or "") for column in top.columns]
        if extract.naming.knows(cells) if extract.form.labels != "none" else any(cell.strip() for cell in cells):
            return index, cells
    if extract.form.labels != "none":
        what = f'has no row with labels that are known for {extract.naming.table} in "{extract.form.labels}"'
        raise SourceError(extract.where, what, f"check `labels` in its `form`, or declare {extract.naming.key}")
    raise SourceError(extract.where, "has no header: the sheet is empty", "an extract without rows still has its header")


def _check_mixed(rows: pa.RecordBatch, cells: _Cells, extract: Extract) -> None:
    """Raises SourceError where a column of text has numbers too, and the form says that texts are written with a decimal comma."""
    numbers = sum(pa.types.is_floating(column.type) and pc.any(pc.not_equal(column, pc.floor(column))).as_py() is True for column in rows.columns)
    if numbers < len(cells.fractions):
        what = "has a column with both texts and numbers, and its form declares a decimal comma: 1.234 could be either"
        raise SourceError(extract.where, what, "give its cells one format, or declare a `form` with a decimal point for the table")


def _plain(texts: pa.StringArray) -> pa.StringArray:
    """Times without the day that Excel counts from, dates without midnight; a mixed column has them with a blank in between."""
    texts = pc.replace_substring_regex(texts, r"^1899-12-3[01](?:[ T](.+))?$", r"\1")
    texts = pc.replace_substring_regex(texts, r"^(\d{4}-\d{2}-\d{2}) 00:00:00$", r"\1")
    return pc.replace_substring_regex(texts, r"^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)$", r"\1T\2")


def _unreadable(extract: Extract, why: str) -> SourceError:
    return SourceError(extract.where, f"is not a sound Excel file: {why}", "check that it arrived whole; save it again as .xlsx")
