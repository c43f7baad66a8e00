"""JSON records to Arrow batches in which every value is text, as it stands in the file: 1.50 stays 1.50.

A file is an array of objects, or one object a line. A JSON parser would turn numbers into binary ones and lose their digits, so numbers
(and true and false) are first made strings by one regular expression over the record's text. Nested values become their JSON text.
"""

from __future__ import annotations

import codecs
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from recon.config import Form
from recon.errors import SourceError
from recon.sources.columns import check_names
from recon.sources.interface import Reading
from recon.sources.text import BLOCK, file_error, line_blocks, refuse

ROWS = 20_000
"""Records of an array that are handled at a time."""

_SCALAR = r'"((?:[^"\\]|\\.)*)"|(-?[0-9][0-9.eE+-]*)|(true|false)'
"""Strings are matched too, so that digits inside them are passed over."""


def read_json(file: Path, form: Form, where: str) -> Reading:
    """Read one JSON file. It is read twice: once for the names of its columns, once for its rows.

    Columns are the names in the order of the first record, then further ones as they appear; where a record lacks one, the value is NULL.
    An empty array has no columns. Raises SourceError for a file that is empty, missing, unreadable or is not a list of objects, now or while
    batches are consumed.
    """
    records = _array(file, form, where) if _is_array(file, form, where) else _lines(file, form, where)
    with _engine() as connection:
        columns, nested = _columns(connection, records, where)
    reading = Reading(batches=iter(()), schema=pa.schema([(name, pa.string()) for name in columns]))
    records = _array(file, form, where) if _is_array(file, form, where) else _lines(file, form, where)
    reading.batches = _batches(records, _extraction(columns, nested), reading, form, where)
    return reading


def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"})


def _is_array(file: Path, form: Form, where: str) -> bool:
    """Whether the file is one array; otherwise it has one object a line."""
    if file.suffix in (".jsonl", ".ndjson"):
        return False
    for block in line_blocks(file, form.encoding, where):
        text = block.data.decode().lstrip()
        if text.startswith("["):
            return True
        if text:
            try:
                if isinstance(json.loads(text.partition("\n")[0]), dict):
                    return False
            except json.JSONDecodeError:
                pass
            break
    raise SourceError(where, "is neither an array of objects nor one object a line", "export the rows as [{...}, {...}] or as JSON lines")


def _lines(file: Path, form: Form, where: str) -> Iterator[pa.Table]:
    """Tables of `row` (line of the file) and `record`, one record a line."""
    for block in line_blocks(file, form.encoding, where):
        lines = block.lines()
        yield pa.table({"row": pa.array(range(block.first, block.first + len(lines)), pa.int64()), "record": lines})


def _array(file: Path, form: Form, where: str) -> Iterator[pa.Table]:
    """Tables of `row` (number of the record) and `record`, the elements of one array."""
    with _as_utf8(file, form, where) as path, _engine() as connection:
        try:
            query = "SELECT row_number() OVER () AS row, json::VARCHAR AS record FROM read_json_objects($file, format = 'array')"
            for batch in connection.sql(query, params={"file": str(path)}).to_arrow_reader(ROWS):
                yield pa.table(batch)
        except (duckdb.Error, OSError) as error:
            what = str(error).splitlines()[0].rpartition(", ")[2]
            raise SourceError(where, f"is not sound JSON: {what}", "the file must be an array of objects, or one object a line") from None


@contextmanager
def _as_utf8(file: Path, form: Form, where: str) -> Iterator[Path]:
    """The file itself where it is sound UTF-8, or else a copy in which bytes that do not decode are marked, so that they cost their record alone."""
    if codecs.lookup(form.encoding).name in ("utf-8", "utf-8-sig") and _is_sound_utf8(file, where):
        yield file
        return
    with tempfile.NamedTemporaryFile(suffix=".json") as copy:
        for block in line_blocks(file, form.encoding, where):
            copy.write(block.data)
        copy.flush()
        yield Path(copy.name)


def _is_sound_utf8(file: Path, where: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open("rb") as stream:
            while piece := stream.read(BLOCK):
                decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except OSError as error:
        raise file_error(error, where) from None
    return True


def _columns(connection: duckdb.DuckDBPyConnection, records: Iterator[pa.Table], where: str) -> tuple[list[str], bool]:
    """Names of the columns, and whether any value may be nested."""
    names: dict[str, None] = {}
    nested = False
    for block in records:
        connection.register("block", block)
        for keys, deep in connection.execute(_text("json_names.sql")).fetchall():
            names |= dict.fromkeys(keys)
            nested = nested or deep
    check_names(list(names), where)
    return list(names), nested


def _extraction(columns: list[str], nested: bool) -> str:
    """SELECT that turns the sound records of `block` into text columns."""
    pointers = [_literal("/" + name.replace("~", "~0").replace("/", "~1")) for name in columns]
    values = [
        f"CASE WHEN json_type(record, {pointer}) IN ('OBJECT', 'ARRAY') THEN json_extract(record, {pointer})::VARCHAR ELSE value[{position}] END"
        if nested
        else f"value[{position}]"
        for position, pointer in enumerate(pointers, start=1)
    ]
    selected = ", ".join(f"{value} AS c{position}" for position, value in enumerate(values)) or "row"
    scalars_as_strings = f"""regexp_replace(record, {_literal(_SCALAR)}, '"\\1\\2\\3"', 'g')"""
    value = f"json_extract_string({scalars_as_strings}, [{', '.join(pointers)}]::VARCHAR[])"
    return f"SELECT {selected} FROM (SELECT row, record, {value} AS value FROM block WHERE reason IS NULL)"


def _batches(records: Iterator[pa.Table], extraction: str, reading: Reading, form: Form, where: str) -> Iterator[pa.RecordBatch]:
    with _engine() as connection:
        for block in records:
            connection.register("block", block)
            judged = connection.sql(_text("json_judged.sql")).to_arrow_table()
            connection.register("block", judged)
            refused = judged.filter(pc.is_valid(judged.column("reason")))
            for row in refused.to_pylist():
                refuse(reading.refused, row["row"], row["reason"].format(encoding=form.encoding), row["record"], where)
            if refused.num_rows < judged.num_rows:
                rows = connection.sql(extraction).to_arrow_table()
                if not reading.schema.names:
                    continue
                yield from rows.rename_columns(reading.schema.names).cast(reading.schema).to_batches()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
