"""Delimited text to Arrow batches in which every value is text, as it stands in the file.

Arrow's reader does the work, a block of lines at a time. Before it sees a block, the lines that it would misread are taken out: those with bytes
that do not decode or with NUL, and those whose quoting is not plain. The latter are parsed one by one: a quoted value may run over several
lines, a quote inside an unquoted value is a character (5" pipe), and one that is never closed costs its own line and not the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from recon.config import Form
from recon.errors import SourceError
from recon.sources.columns import MAX_COLUMNS, too_many_columns
from recon.sources.extract import Extract
from recon.sources.interface import Reading, RefusedRow
from recon.sources.text import UNDECODABLE, LineBlock, line_blocks, refuse

MAX_LINES_IN_VALUE = 200
"""A quoted value that runs on for more lines is taken for one whose closing quote is missing."""


def read_csv(extract: Extract) -> Reading:
    """Read one delimited file. The header is read at once; `batches` stream.

    Columns are named from the header as extract.naming says. Blank lines are skipped.
    Raises SourceError for a file that is empty, missing, unreadable or has no usable header, now or while batches are consumed.
    """
    rows = DelimitedRows(extract.form, extract.where)
    blocks = line_blocks(extract.delivered, extract.form.encoding)
    header, body = rows.first_line(blocks)
    _check_layout(header, extract)
    rows.columns = extract.naming.names(header, extract.where)
    reading = Reading(batches=iter(()), schema=rows.schema, refused=rows.refused)
    reading.batches = rows.batches(with_first(body, blocks))
    return reading


def _check_layout(header: list[str], extract: Extract) -> None:
    """Raises SourceError for what shows that another delimiter or layout should be declared."""
    line = extract.form.delimiter.join(header).strip()
    framed = line.startswith("|") and line.endswith("|") and len(line) > 2
    if framed or (line.count("-") > 2 and not line.strip("-+| ")):
        raise SourceError(extract.where, f"starts with {line[:40]!r}, which looks like a list", 'declare layout = "list" in its `form`')
    if len(header) == 1 and (other := next((mark for mark in ";\t|," if mark in header[0]), None)):
        what = f"has one column, {header[0].strip()[:80]!r}, with the delimiter {extract.form.delimiter!r}"
        raise SourceError(extract.where, what, f"declare delimiter = {other!r} in its `form`")


@dataclass(frozen=True)
class _Piece:
    """Consecutive records of a block that Arrow may read."""

    data: bytes
    first: int
    """File line of its first record."""
    single: bool
    """It is one record, perhaps of several lines; otherwise every line is a record."""


@dataclass
class DelimitedRows:
    """The rows of a delimited text. `columns` is set before `batches` is called."""

    form: Form
    where: str
    columns: list[str] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, value, allowed in (("delimiter", self.form.delimiter, (1,)), ("quote", self.form.quote, (0, 1))):
            if len(value) not in allowed or not value.isascii() or value in ("\r", "\n"):
                raise SourceError(self.where, f"{name} = {value!r} is not one ASCII character", f"declare {name} in its `form`")
        if self.form.delimiter == self.form.quote:
            raise SourceError(self.where, f"delimiter and quote are both {self.form.quote!r}", "declare them in its `form`")
        delimiter = rf"\x{ord(self.form.delimiter):02x}"
        value = rf"[^{delimiter}\r]*"
        if self.form.quote:
            quote = rf"\x{ord(self.form.quote):02x}"
            value = rf"(?:{quote}[^{quote}]*{quote}(?:{quote}[^{quote}]*{quote})*|[^{quote}{delimiter}\r]*)"
            self._quoted = re.compile(rf"{quote}((?:[^{quote}]|{quote}{quote})*+)({quote}?)")
        self._plain_line = rf"^{value}(?:{delimiter}{value})*\r?$"
        self._bare = re.compile(rf"[^{delimiter}\r]*+")

    @property
    def schema(self) -> pa.Schema:
        """The columns, all of them text."""
        return pa.schema([(name, pa.string()) for name in self.columns])

    # -- header ---------------------------------------------------------------------------------------------------------------

    def first_line(self, blocks: Iterator[LineBlock]) -> tuple[list[str], LineBlock | None]:
        """Values of the first line that is not blank, and what remains of its block."""
        for block in blocks:
            blank = len(block.data) - len(block.data.lstrip())
            start = block.data.rfind(b"\n", 0, blank) + 1
            line, _, rest = block.data[start:].partition(b"\n")
            if line.strip():
                number = block.first + block.data.count(b"\n", 0, start) + 1
                return self.header(line), LineBlock(number, rest) if rest else None
        raise SourceError(self.where, "has no header: every line is blank", "an extract without rows still has its header")

    def header(self, line: bytes) -> list[str]:
        """Values of a line that names the columns. Raises SourceError where it cannot be read."""
        if b"\0" in line:
            raise SourceError(self.where, "has NUL bytes in its header", 'a file with NUL bytes is often UTF-16: declare encoding = "utf-16" in its `form`')
        if UNDECODABLE in line:
            raise SourceError(self.where, f"has a header with bytes that are not {self.form.encoding}", "declare the right encoding in its `form`")
        if (count := line.count(self.form.delimiter.encode())) >= MAX_COLUMNS:
            raise too_many_columns(count + 1, self.where)
        fields = self.split(line.decode())
        if isinstance(fields, str):
            raise SourceError(self.where, f"has a header in which {fields}", "the header must be one line")
        return fields

    # -- rows -----------------------------------------------------------------------------------------------------------------

    def batches(self, blocks: Iterable[LineBlock]) -> Iterator[pa.RecordBatch]:
        """The rows of the blocks, which follow one another without a gap."""
        open_tail: LineBlock | None = None
        for block in blocks:
            if open_tail:
                block = LineBlock(open_tail.first, open_tail.data + block.data)
            pieces, open_tail = self._sound(block, final=False)
            yield from self._parse(pieces)
        if open_tail:
            pieces, _ = self._sound(open_tail, final=True)
            yield from self._parse(pieces)

    def _sound(self, block: LineBlock, final: bool) -> tuple[list[_Piece], LineBlock | None]:
        """What Arrow may read of a block, and the lines at its end whose last value is not closed yet."""
        data, quote = block.data, self.form.quote
        quoted = bool(quote) and quote.encode() in data
        stray_return = data.count(b"\r") != data.count(b"\r\n") + data.endswith(b"\r")
        if not (quoted or stray_return or b"\0" in data or UNDECODABLE in data):
            return [_Piece(data, block.first, single=False)], None
        lines = block.lines()
        bad = pc.invert(pc.match_substring_regex(lines, self._plain_line))
        for mark in ("\0", UNDECODABLE.decode()):
            bad = pc.or_(bad, pc.match_substring(lines, mark))
        suspects = pc.indices_nonzero(bad).to_pylist()
        if not suspects:
            return [_Piece(data, block.first, single=False)], None
        return self._without(block, lines, suspects, final)

    def _without(self, block: LineBlock, lines: pa.StringArray, suspects: list[int], final: bool) -> tuple[list[_Piece], LineBlock | None]:
        """Go through the suspect lines: parse, refuse or keep each for the next block."""
        pieces: list[_Piece] = []
        done = 0
        for suspect in suspects:
            if suspect < done:
                continue
            if suspect > done:
                pieces.append(_Piece(_bytes_of(lines, done, suspect), block.first + done, single=False))
            fields, following = self._record(lines, suspect, final)
            if following is None:
                return pieces, LineBlock(block.first + suspect, _bytes_of(lines, suspect, len(lines), block.data.endswith(b"\n")))
            if isinstance(fields, str):
                self.refuse(block.first + suspect, fields, lines[suspect].as_py())
            else:
                pieces.append(_Piece(self.canonical(fields), block.first + suspect, single=True))
            done = following
        if done < len(lines):
            pieces.append(_Piece(_bytes_of(lines, done, len(lines)), block.first + done, single=False))
        return pieces, None

    def _record(self, lines: pa.StringArray, start: int, final: bool) -> tuple[list[str] | str, int | None]:
        """The record that starts at a suspect line, or why it is refused, and the line after it; None: it may go on in the next block."""
        text: str = lines[start].as_py()
        if "\0" in text:
            return "it contains a NUL byte", start + 1
        if "\ufffd" in text:
            return f"it contains bytes that are not {self.form.encoding}", start + 1
        fields, end = self.split(text), start + 1
        never_closed = "a quoted value is never closed"
        while fields == _OPEN:
            if end - start > MAX_LINES_IN_VALUE:
                return never_closed, start + 1
            if end == len(lines):
                return (never_closed, start + 1) if final else ("", None)
            following: str = lines[end].as_py()
            text, end = f"{text}\n{following}", end + 1
            if "\0" in following or "\ufffd" in following:
                return never_closed, start + 1
            if self.form.quote in following:
                fields = self.split(text)
        if isinstance(fields, list) and len(fields) != len(self.columns):
            # Where lines were joined, the missing quote is the likelier mistake: the lines that follow are judged by themselves.
            return (wrong_count(len(fields), len(self.columns)) if end == start + 1 else never_closed), start + 1
        return (fields if isinstance(fields, list) or end == start + 1 else never_closed), end if isinstance(fields, list) else start + 1

    def split(self, record: str) -> list[str] | str:
        """The values of one record, or what is wrong with it; _OPEN where a quoted value does not end."""
        record = record.removesuffix("\r")
        fields: list[str] = []
        position, quote = 0, self.form.quote
        while True:
            if quote and record.startswith(quote, position):
                match = self._quoted.match(record, position)
                if match is None or not match[2]:
                    return _OPEN
                fields.append(match[1].replace(quote * 2, quote))
            else:
                match = self._bare.match(record, position)
                assert match is not None  # it may match nothing, but it matches
                fields.append(match[0])
            position = match.end()
            if position == len(record):
                return fields
            if record[position] == "\r":
                return "there is a carriage return inside the row"
            if record[position] != self.form.delimiter:
                return "there is text after a closing quote"
            position += 1

    def canonical(self, fields: list[str]) -> bytes:
        """The values as one line that is read back as it was."""
        quote = self.form.quote
        if not quote:
            return self.form.delimiter.join(fields).encode() + b"\n"
        return self.form.delimiter.join(quote + value.replace(quote, quote * 2) + quote for value in fields).encode() + b"\n"

    def _parse(self, pieces: list[_Piece]) -> Iterator[pa.RecordBatch]:
        data = b"".join(piece.data for piece in pieces)
        if not data.strip(b"\r\n"):
            return
        wrong: list[tuple[int, int, str]] = []

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            wrong.append((row.number, row.actual_columns, row.text))
            return "skip"

        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(column_names=self.columns, use_threads=False, block_size=len(data) + 1),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self.form.delimiter, quote_char=self.form.quote or False, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(self.columns, pa.string()), strings_can_be_null=False, null_values=[]),
        )
        if wrong:
            numbers = _record_lines(pieces)
            for record, found, text in wrong:
                self.refuse(numbers[record - 1], wrong_count(found, len(self.columns)), text)
        yield from table.to_batches()

    def refuse(self, line: int, reason: str, raw: str) -> None:
        """Keep the line as one that is not a row."""
        refuse(self.refused, line, reason, raw.rstrip("\r"), self.where)


_OPEN = "a quoted value is not closed"


def wrong_count(found: int, expected: int) -> str:
    """Why a row is refused whose number of values is not that of the header."""
    return f"it has {found} value{'s' * (found != 1)} where the header has {expected}"


def _bytes_of(lines: pa.StringArray, start: int, stop: int, ended: bool = True) -> bytes:
    """Lines start to stop as they were, each with its line feed; the last one only if `ended`."""
    joined: str = pc.binary_join(pa.ListArray.from_arrays([0, stop - start], lines.slice(start, stop - start)), "\n")[0].as_py()
    return joined.encode() + (b"\n" if ended else b"")


def _record_lines(pieces: list[_Piece]) -> list[int]:
    """File line of each record, in the order in which Arrow counts them: blank lines are none."""
    numbers: list[int] = []
    for piece in pieces:
        if piece.single:
            numbers.append(piece.first)
        else:
            numbers += [piece.first + index for index, line in enumerate(piece.data.split(b"\n")) if line.strip(b"\r")]
    return numbers


def with_first(body: LineBlock | None, blocks: Iterator[LineBlock]) -> Iterator[LineBlock]:
    """The rest of a block, and then those that follow it."""
    if body:
        yield body
    yield from blocks
