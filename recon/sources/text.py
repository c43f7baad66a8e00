"""Text files as blocks of whole lines in UTF-8, whatever encoding they are declared to have, in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from recon.errors import SourceError
from recon.sources.delivered import Delivered
from recon.sources.interface import RefusedRow

BLOCK = 4 << 20
"""Bytes read at a time."""
MAX_LINE = 16 << 20
"""A line beyond this is a sign of a wrong file, not of a long text."""
MAX_REFUSED = 100_000
"""Refused rows that are kept of one table. Where there are more, the declared form is wrong and the table is not read."""

UNDECODABLE = "\ufffd".encode()
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8"}


@dataclass(frozen=True)
class LineBlock:
    """Some whole lines of a file."""

    first: int
    """Number of its first line in the file, counted from 1."""
    data: bytes
    """UTF-8, without a byte order mark; ends with a line feed except perhaps at the end of the file."""

    def lines(self) -> pa.StringArray:
        """One value a line, without its line feed (a carriage return before it stays)."""
        whole = pa.array([self.data.removesuffix(b"\n")], pa.binary()).view(pa.string())
        return pc.list_flatten(pc.split_pattern(whole, "\n"))


def text_pieces(delivered: Delivered, encoding: str) -> Iterator[bytes]:
    """The content in UTF-8, piece by piece, without a byte order mark. Bytes that are not of `encoding` become U+FFFD.

    Raises SourceError for an unknown encoding, an empty file and another encoding's byte order mark.
    """
    decoder = _decoder(encoding, delivered.where)
    seen = started = False
    with delivered.open() as stream:
        while True:
            piece = stream.read(BLOCK)
            if not seen:
                _check_start(piece, encoding, delivered.where)
                seen = True
            text = decoder.decode(piece, final=not piece)
            if text and not started:
                text, started = text.removeprefix("\ufeff"), True
            if text:
                yield text.encode("utf-8", "replace")
            if not piece:
                return


def line_blocks(delivered: Delivered, encoding: str) -> Iterator[LineBlock]:
    """The content as blocks of whole lines. The caller refuses the rows with U+FFFD in them.

    Raises SourceError as `text_pieces` does, and for a file without lines.
    """
    rest, first = b"", 1
    for piece in text_pieces(delivered, encoding):
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        block, rest = data[:cut], data[cut:]
        if len(rest) > MAX_LINE:
            raise SourceError(delivered.where, f"has a line of more than {MAX_LINE >> 20} MiB", "it does not look like a text file with lines")
        if block:
            yield LineBlock(first, block)
            first += block.count(b"\n")
    if rest:
        yield LineBlock(first, rest)


def refuse(refused: list[RefusedRow], row: int, reason: str, raw: str, where: str) -> None:
    """Keep a refused row. Raises SourceError when they get too many to be single accidents."""
    if len(refused) >= MAX_REFUSED:
        first = refused[0]
        raise SourceError(
            where,
            f"more than {MAX_REFUSED:,} rows are refused; the first is row {first.row}: {first.reason}",
            "check encoding, delimiter and quote in the `form` of this source or table",
        )
    refused.append(RefusedRow(row, reason, raw[:1000]))


def _decoder(encoding: str, where: str) -> codecs.IncrementalDecoder:
    try:
        "".encode(encoding)  # refuses codecs that are not of text, such as base64
        return codecs.getincrementaldecoder(encoding)(errors="replace")
    except LookupError:
        raise SourceError(where, f"the encoding {encoding!r} is not known", "use a name such as utf-8, cp1252, latin-1 or utf-16") from None


def _check_start(piece: bytes, encoding: str, where: str) -> None:
    if not piece:
        raise SourceError(where, "is empty (0 bytes)", "an extract without rows still has its header, or is []; check whether it was cut short")
    declared = codecs.lookup(encoding).name
    for mark, name in _BYTE_ORDER_MARKS.items():
        if piece.startswith(mark) and not declared.startswith(name):
            raise SourceError(where, f"starts with the byte order mark of {name}, but its form declares {encoding}", f'set encoding = "{name}" in its `form`')
