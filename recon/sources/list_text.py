"""Lists as SAP's screens save them (SE16N, ALV, classic reports) to Arrow batches in which every value is text, as it stands in the list.

Between the rows of such a file stand lines that are none: titles, dashed rules, page breaks with the header again, totals. They are blanked, so that lines
keep their numbers, and what remains is delimited text. A line that is neither a row nor certain to be one of these is refused, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from recon.errors import SourceError
from recon.sources.csv_text import DelimitedRows, with_first, wrong_count
from recon.sources.extract import Extract
from recon.sources.interface import Reading
from recon.sources.text import LineBlock, line_blocks

MAX_TITLE = 200
"""Lines before the header, at most."""
_NEVER = "\x1f"
"""Quotes values inside recon where the list quotes none: a control character that no list prints."""
_RULE = r"^[-|+\s]*--[-|+\s]*$"
_BLANK = r"^\s*$"
# What a totals line holds besides its asterisks: amounts and units.
_AMOUNT = re.compile(r"|[-+]?[\d.,' ]*\d[-+]?|[^\W\d_]{1,3}|%")


def read_list(extract: Extract) -> Reading:
    """Read one list. The header is found at once; `batches` stream.

    The header is the first line of which extract.naming says so. Raises SourceError for a file that is empty, missing, unreadable or has no
    such line, and for a list whose rows take several lines, now or while batches are consumed.
    """
    quote = extract.form.quote or _NEVER
    rows = DelimitedRows(extract.form.model_copy(update={"quote": quote}), extract.where)
    blocks = line_blocks(extract.delivered, extract.form.encoding)
    shape, body = _find_header(extract, rows, blocks)
    rows.columns = [f"c{position}" for position in range(shape.width + 2 * shape.framed)]
    names = extract.naming.names(shape.header, extract.where, shape.cut)
    schema = pa.schema([(name, pa.string()) for name in names])
    reading = Reading(batches=iter(()), schema=schema, refused=rows.refused)
    cleaned = _Cleaning(extract, rows, shape).blocks(with_first(body, blocks))
    inner = slice(1, -1) if shape.framed else slice(None)
    reading.batches = (pa.record_batch(batch.columns[inner], schema=schema) for batch in rows.batches(cleaned))
    return reading


@dataclass(frozen=True)
class _Shape:
    """What the header says about the lines below it."""

    line: str
    """The header, without blanks at its end."""
    header: list[str]
    framed: bool
    """Rows begin and end with the delimiter."""
    delimiter: str
    titles: frozenset[str] = frozenset()
    """Lines before the header, with every number made alike: they come again on every page."""

    @property
    def width(self) -> int:
        return len(self.header)

    @property
    def cut(self) -> list[str]:
        """Labels that fill their column, which may be too narrow for the rest, with the blank that the cut may have left; '' for others."""
        return [cell.lstrip() if self.framed and not cell.endswith("  ") else "" for cell in self.header]

    def cells(self, line: str) -> list[str]:
        """Values of a line that quotes nothing."""
        cells = line.split(self.delimiter)
        return cells[1:-1] if self.framed else cells

    def by_position(self, line: str) -> list[str] | None:
        """Values of a line in which a delimiter is part of a value, where its columns stand exactly below those of the header."""
        places = [place for place, character in enumerate(self.line) if character == self.delimiter]
        if not self.framed or len(line) != len(self.line) or any(line[place] != self.delimiter for place in places):
            return None
        return [line[start + 1 : end] for start, end in pairwise(places)]


def _find_header(extract: Extract, rows: DelimitedRows, blocks: Iterator[LineBlock]) -> tuple[_Shape, LineBlock | None]:
    delimiter = extract.form.delimiter
    titles: list[str] = []
    found: _Shape | None = None
    for block in blocks:
        lines = block.lines().to_pylist()
        for index, text in enumerate(lines):
            line = text.strip("\r\n\f ") if delimiter != " " else text
            if re.match(_RULE, line) or not line.strip():
                if found:
                    return found, LineBlock(block.first + index, "\n".join(lines[index:]).encode() + b"\n")
                continue
            framed = line.startswith(delimiter) and line.endswith(delimiter) and delimiter == "|"
            cells = (line.split(delimiter)[1:-1] if framed else rows.split(text.strip("\r\f"))) if not found or framed else []
            is_header = isinstance(cells, list) and extract.naming.knows(cells)
            if found and is_header:
                what = f"names columns in line {block.first + index} and in the line before: its rows take several lines"
                raise SourceError(extract.where, what, "widen the list before it is saved, or save it as a spreadsheet")
            if found:
                return found, LineBlock(block.first + index, "\n".join(lines[index:]).encode() + b"\n")
            if is_header:
                rows.header(text.encode())
                found = _Shape(line if framed else text.rstrip(), list(cells), framed, delimiter, frozenset(map(_alike, titles)))
            else:
                titles.append(line)
            if len(titles) > MAX_TITLE:
                break
        if len(titles) > MAX_TITLE:
            break
    if found:
        return found, None
    raise _no_header(extract, titles)


def _no_header(extract: Extract, titles: list[str]) -> SourceError:
    delimiter, labels = extract.form.delimiter, extract.form.labels
    what = f"has no line that names columns, with the delimiter {delimiter!r} and labels = {labels!r}"
    nearest = max(titles, key=lambda line: line.count(delimiter), default="")
    if nearest.count(delimiter) < 1:
        other = next((mark for mark in ("|", "\t", ";") if any(line.count(mark) > 1 for line in titles)), None)
        return SourceError(extract.where, what, f"declare delimiter = {other!r} in its `form`" if other else "is it a list of this table?")
    cells = [cell for text in nearest.strip(delimiter).split(delimiter) if (cell := " ".join(text.split()))]
    known = [language for language in ("none", "en", "de") if extract.naming.in_language(language).knows(cells)]
    tip = f'declare labels = "{known[0]}" in its `form`' if known else f"check `labels`, or declare {extract.naming.key}"
    return SourceError(extract.where, f"{what}; the nearest reads {', '.join(cells[:40])}", tip)


@dataclass
class _Cleaning:
    """Blanks the lines of a list that are no rows."""

    extract: Extract
    rows: DelimitedRows
    shape: _Shape
    after_row: bool = False
    """The last line that was not blank was a row, or was refused as one."""
    after_totals: bool = False

    def __post_init__(self) -> None:
        mark = rf"\x{ord(self.shape.delimiter):02x}"
        cell = rf"[^{mark}]*"
        edge = mark if self.shape.framed else ""
        self._row = rf"^{edge}{cell}(?:{mark}{cell}){{{self.shape.width - 1}}}{edge}[ \r]*$"
        if quote := self.extract.form.quote:
            self._row += rf"|\x{ord(quote):02x}"
        lead = next(index for index, text in enumerate(self.shape.header) if text.strip())
        first = re.escape(self.shape.header[lead].strip())
        # Lines that look like rows and may be none: totals, a second header, what goes on below a totals line.
        before = rf"(?:{cell}{mark}){{{lead}}}"
        self._doubtful = rf"^{edge}(?:\s*\*+\s*(?:{mark}|$)|{before}\s*(?:{first})?\s*(?:{mark}|$))"

    def blocks(self, blocks: Iterator[LineBlock]) -> Iterator[LineBlock]:
        """The blocks with the same numbers of lines, in which only rows are left."""
        for block in blocks:
            lines = block.lines()
            none = pc.or_(pc.match_substring_regex(lines, _RULE), pc.match_substring_regex(lines, _BLANK))
            none = pc.or_(none, pc.equal(pc.utf8_trim(lines, " \r\f") if self.shape.framed else pc.utf8_rtrim_whitespace(lines), self.shape.line))
            row = pc.and_not(pc.match_substring_regex(lines, self._row), pc.match_substring_regex(lines, self._doubtful))
            special = pc.indices_nonzero(pc.invert(pc.or_(none, row))).to_pylist()
            changed = self._judge(lines, special, none, block.first)
            if changed or pc.any(none).as_py():
                kept: pa.StringArray = pc.if_else(none, "", lines)
                if changed:
                    places = pa.array([index in changed for index in range(len(lines))])
                    kept = pc.replace_with_mask(kept, places, pa.array([changed[index] for index in sorted(changed)], pa.string()))
                joined: str = pc.binary_join(pa.ListArray.from_arrays([0, len(kept)], kept), "\n")[0].as_py()
                block = LineBlock(block.first, joined.encode() + b"\n")
            yield block

    def _judge(self, lines: pa.StringArray, special: list[int], none: pa.BooleanArray, first: int) -> dict[int, str]:
        """What stands in place of the lines that are not plainly rows: nothing, or the line as it is read."""
        changed: dict[int, str] = {}
        last = -1
        for index in special:
            if index > last + 1:
                # What stands between is rows and blanked lines; a rule or a blank line ends what a row began.
                self.after_row, self.after_totals = not none[index - 1].as_py(), False
            last = index
            verdict = self._verdict(lines[index].as_py(), first + index)
            if verdict is not None:
                changed[index] = verdict
        if last < len(lines) - 1:
            self.after_row, self.after_totals = not none[len(lines) - 1].as_py(), False
        return changed

    def _verdict(self, text: str, number: int) -> str | None:
        """'' for a line that is no row or is refused, another text for a row that must be read otherwise, None for a row as it is."""
        shape = self.shape
        line = text.strip("\r\f ") if shape.framed else text.strip("\r\f")
        cells = shape.cells(line)
        outside = shape.framed and not line.startswith(shape.delimiter)
        if len(cells) != shape.width and (_alike(line) in shape.titles or (outside and not self.after_row)):
            self.after_row = False
            return ""
        if outside:
            return self._refused(number, "it is not a row of the list", text)
        lead = next((cell.strip() for cell, name in zip(cells, shape.header, strict=False) if name.strip()), "")
        if len(cells) == shape.width and (re.fullmatch(r"\s*\*+\s*", cells[0]) or (not lead and self.after_totals)):
            if all(_AMOUNT.fullmatch(cell.strip().lstrip("*").strip()) for cell in cells):
                self.after_row, self.after_totals = False, True
                return ""
            return self._refused(number, "it starts like a totals line, and holds more than amounts and units", text)
        self.after_row, self.after_totals = True, False
        if len(cells) == shape.width and lead and lead == next(name.strip() for name in shape.header if name.strip()):
            return self._refused(number, "it looks like another header", text)
        if len(cells) == shape.width:
            return None
        if values := shape.by_position(line):
            framed = ["", *values, ""]
            return self.rows.canonical(framed).decode().removesuffix("\n")
        if shape.framed and not line.endswith(shape.delimiter):
            return self._refused(number, "it does not end as a row of the list", text)
        return self._refused(number, wrong_count(len(cells), shape.width), text)

    def _refused(self, number: int, reason: str, text: str) -> str:
        self.after_row, self.after_totals = True, False
        self.rows.refuse(number, reason, text)
        return ""


def _alike(line: str) -> str:
    """A title in which numbers (the page's, the time's) are all the same."""
    return " ".join(re.sub(r"\d+", "0", line).split())
