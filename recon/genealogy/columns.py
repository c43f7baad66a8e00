"""A file of columns that is read where it lies: whatever a trace touches is a few pages of it, and opening it costs nothing.

Columns stand one after another as Arrow lays them out in memory: numbers in little-endian arrays, a text as 64-bit offsets and UTF-8. Texts that repeat are
codes of 32 bits into a list of texts. A table of contents in JSON follows them, and its position ends the file. Python's own mmap and memoryview read it:
no library is imported for a trace (docs/decisions/0020).
"""

from __future__ import annotations

import json
import mmap
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from recon.errors import IntegrityError
from recon.snapshots.trust import RESTORE

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"recon columns 1\n"
_ALIGNED = 8
_KINDS: dict[str, Literal["B", "i", "q"]] = {"uint8": "B", "int32": "i", "int64": "q"}


class Text:
    """A column of texts."""

    def __init__(self, offsets: memoryview, data: memoryview) -> None:
        self._offsets, self._data = offsets, data

    def __getitem__(self, row: int) -> str:
        return str(self._data[self._offsets[row] : self._offsets[row + 1]], "utf-8")

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def raw(self, row: int) -> bytes:
        """The text's UTF-8, in whose order a sorted column is sorted."""
        return bytes(self._data[self._offsets[row] : self._offsets[row + 1]])


class Coded:
    """A column of texts that repeat."""

    def __init__(self, codes: memoryview, texts: Text) -> None:
        self._codes, self._texts = codes, texts

    def __getitem__(self, row: int) -> str:
        return self._texts[self._codes[row]]

    def __len__(self) -> int:
        return len(self._codes)


Column = Any
"""Text, Coded or memoryview of numbers."""


class Writer:
    """Writes tables one after another; `finish` makes the file whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._contents: dict[str, dict[str, Any]] = {}
        file.write(_MAGIC)

    def table(self, name: str, table: pa.Table, coded: tuple[str, ...] = ()) -> None:
        """Add a table without NULLs, of texts, 32- and 64-bit integers and bytes; the columns in `coded` are texts that repeat."""
        import pyarrow as pa

        columns: dict[str, Any] = {}
        for column in table.column_names:
            values = table[column]
            assert values.null_count == 0, f"{name}.{column} has NULLs"
            if column in coded:
                encoded = values.combine_chunks().dictionary_encode()
                encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
                codes = self._buffer(encoded.indices.buffers()[1], len(encoded) * 4)
                columns[column] = {"kind": "coded", "codes": codes, **self._text(encoded.dictionary)}
            elif pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
                columns[column] = {"kind": "text", **self._text(pa.chunked_array(values.cast(pa.large_string())).combine_chunks())}
            else:
                whole = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
                width = whole.type.bit_width // 8
                columns[column] = {"kind": str(values.type), "data": self._buffer(whole.buffers()[1], len(whole) * width, whole.offset * width)}
        self._contents[name] = columns

    def finish(self, about: Mapping[str, Any]) -> None:
        """Write the table of contents. about: whatever a reader should know of the whole."""
        position = self._file.tell()
        self._file.write(json.dumps({"about": about, "tables": self._contents}, ensure_ascii=False).encode())
        self._file.write(position.to_bytes(8, "little"))

    def _text(self, values: Any) -> dict[str, Any]:
        import pyarrow as pa

        whole = values.cast(pa.large_string())
        whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
        _, offsets, data = whole.buffers() if len(whole) else (None, None, None)
        return {
            "offsets": self._buffer(offsets, (len(whole) + 1) * 8, whole.offset * 8) if offsets else self._raw(bytes(8)),
            "data": self._buffer(data, data.size if data else 0) if data else self._raw(b""),
        }

    def _buffer(self, buffer: Any, size: int, begin: int = 0) -> list[int]:
        return self._raw(memoryview(buffer)[begin : begin + size] if buffer is not None else b"")

    def _raw(self, content: memoryview | bytes) -> list[int]:
        self._file.write(bytes(-self._file.tell() % _ALIGNED))
        position = self._file.tell()
        self._file.write(content)
        return [position, len(content)]


class Columns:
    """A finished file, open for reading: `about`, and the columns of each table by `columns["table.column"]`."""

    def __init__(self, file: Path) -> None:
        """Raises IntegrityError where it is not such a file."""
        if sys.byteorder != "little":
            raise IntegrityError(str(file), "is written for little-endian machines", "trace on one")
        try:
            with file.open("rb") as stream:
                self._view = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            if self._view[: len(_MAGIC)] != _MAGIC:
                raise ValueError("it begins otherwise")
            contents = json.loads(bytes(self._view[int.from_bytes(self._view[-8:], "little") : -8]))
            self.about: dict[str, Any] = contents["about"]
            self._columns = dict(self._all(contents["tables"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IntegrityError(str(file), f"is no index of a run: {error}", RESTORE) from None

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def _all(self, tables: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[tuple[str, Column]]:
        for table, columns in tables.items():
            for name, told in columns.items():
                yield f"{table}.{name}", self._column(told)

    def _column(self, told: Mapping[str, Any]) -> Column:
        if told["kind"] in _KINDS:
            return self._part(told["data"]).cast(_KINDS[told["kind"]])
        text = Text(self._part(told["offsets"]).cast("q"), self._part(told["data"]))
        return Coded(self._part(told["codes"]).cast("i"), text) if told["kind"] == "coded" else text

    def _part(self, where: tuple[int, int]) -> memoryview:
        return self._view[where[0] : where[0] + where[1]]
