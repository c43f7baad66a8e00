"""JSON records to Arrow batches in which every value is text, as it stands in the file: 1.50 stays 1.50.

A file is an array of objects, one object a line, or one object that holds the array at a declared path.
A JSON parser would turn numbers into binary ones and lose their digits, so numbers
(and true and false) are first made strings by one regular expression over the record's text. Nested values become their JSON text.
"""

from __future__ import annotations

import codecs
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from recon.errors import SourceError
from recon.sources.columns import MAX_COLUMNS, too_many_columns
from recon.sources.delivered import file_error
from recon.sources.extract import Extract
from recon.sources.interface import Reading
from recon.sources.text import BLOCK, MAX_LINE, line_blocks, refuse, text_pieces

ROWS = 20_000
"""Records of an array that are handled at a time."""
MAX_ENVELOPE = 64 << 20
"""Bytes of an object that holds its records at a path: it is taken into memory whole."""

_SCALAR = r'"((?:[^"\\]|\\.)*)"|(-?[0-9][0-9.eE+-]*)|(true|false)'
"""Strings are matched too, so that digits inside them are passed over."""


def read_json(extract: Extract) -> Reading:
    """Read one JSON file. It is read twice: once for the names of its columns, once for its rows.

    Columns are the names in the order of the first record, then further ones as they appear; where a record lacks one, the value is NULL.
    An empty array has no columns. Raises SourceError for a file that is empty, missing, unreadable or is not a list of objects, now or while
    batches are consumed.
    """
    tables = _tables_of(extract)
    with _engine() as connection:
        found, nested = _columns(connection, tables(extract), extract.where)
    columns = extract.naming.names(found, extract.where) if found else []
    reading = Reading(batches=iter(()), schema=pa.schema([(name, pa.string()) for name in columns]))
    reading.batches = _batches(tables(extract), _extraction(found, nested, extract.form.decimal), reading, extract)
    return reading


def _tables_of(extract: Extract) -> Callable[[Extract], Iterator[pa.Table]]:
    """How the records of the file are come by."""
    if extract.form.records:
        return _enveloped
    return _array if _is_array(extract) else _lines


def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"})


def _is_array(extract: Extract) -> bool:
    """Whether the file is one array; otherwise it has one object a line."""
    if Path(extract.delivered.name).suffix.lower() in (".jsonl", ".ndjson"):
        return False
    start = b""
    for piece in text_pieces(extract.delivered, extract.form.encoding):
        start = (start + piece).lstrip()
        if start.startswith(b"["):
            return True
        line, end, _ = start.partition(b"\n")
        if end or len(start) > MAX_LINE:
            break
    else:
        line = start
    try:
        if isinstance(json.loads(line), dict):
            return False
    except (ValueError, RecursionError):
        pass
    todo = "export the rows as [{...}, {...}] or as JSON lines, or declare in `records` of its `form` where the array stands"
    raise SourceError(extract.where, "is neither an array of objects nor one object a line", todo)


def _lines(extract: Extract) -> Iterator[pa.Table]:
    """Tables of `row` (line of the file) and `record`, one record a line."""
    for block in line_blocks(extract.delivered, extract.form.encoding):
        lines = block.lines()
        yield pa.table({"row": pa.array(range(block.first, block.first + len(lines)), pa.int64()), "record": lines})


def _array(extract: Extract) -> Iterator[pa.Table]:
    """Tables of `row` (number of the record) and `record`, the elements of one array."""
    with _as_utf8(extract) as path, _engine() as connection:
        try:
            query = "SELECT row_number() OVER () AS row, json::VARCHAR AS record FROM read_json_objects($file, format = 'array', compression = 'none')"
            for batch in connection.sql(query, params={"file": str(path)}).to_arrow_reader(ROWS):
                yield pa.table(batch)
        except (duckdb.Error, OSError) as error:
            what = str(error).splitlines()[0].rpartition(", ")[2]
            if "maximum_object_size" in str(error):
                what = "a record of it is larger than 16 MiB"
            raise SourceError(extract.where, f"is not sound JSON: {what}", "the file must be an array of objects, or one object a line") from None


def _enveloped(extract: Extract) -> Iterator[pa.Table]:
    """A table of `row` (number of the record) and `record`, the elements of the array at the declared path of one object."""
    where, path = extract.where, extract.form.records or ""
    if extract.form.decimal != ".":
        raise SourceError(where, "its form declares a decimal comma, and numbers in such a file have a point", "give the table a `form` of its own")
    content, size = [], 0
    for piece in text_pieces(extract.delivered, extract.form.encoding):
        content.append(piece)
        size += len(piece)
        if size > MAX_ENVELOPE:
            todo = "export its records as an array, or in smaller files"
            raise SourceError(where, f"is an object of more than {MAX_ENVELOPE >> 20} MiB, which is taken whole for the sake of `records`", todo)
    steps = [json.dumps(step) for step in path.split(".")]
    pointers = ["$" + "".join(f".{step}" for step in steps[:depth]) for depth in range(len(steps) + 1)]
    with _engine() as connection:
        connection.execute("CREATE TABLE document AS SELECT $1 AS text, json_valid($1) AS sound", [b"".join(content).decode()])
        if connection.sql("SELECT sound FROM document").fetchall() != [(True,)]:
            raise SourceError(where, "is not sound JSON", "check that it arrived whole")
        ((kind, beside),) = connection.sql(
            f"SELECT json_type(text, {_literal(pointers[-1])}), json_keys(text, {_literal(pointers[-2])}) FROM document"
        ).fetchall()
        if kind != "ARRAY":
            names = ", ".join(beside or []) or "nothing"
            raise SourceError(where, f"has no array at {path!r}", f"check `records` in its `form`; beside the last step stand: {names}")
        for name in ("__next", "@odata.nextLink"):
            more = "$" + "".join(f".{step}" for step in [*steps[:-1], json.dumps(name)])
            if connection.sql(f"SELECT json_exists(text, {_literal(more)}) FROM document").fetchall() == [(True,)]:
                raise SourceError(where, f"is one page of several: {name} names the next", "export all pages into one array")
        # Numbers become text before the document is taken apart, which would lose their digits.
        query = f"SELECT unnest(json_extract({_scalars('text')}, {_literal(pointers[-1] + '[*]')}))::VARCHAR AS record FROM document"
        for batch in connection.sql(f"SELECT row_number() OVER () AS row, record FROM ({query})").to_arrow_reader(ROWS):
            yield pa.table(batch)


@contextmanager
def _as_utf8(extract: Extract) -> Iterator[Path]:
    """The file itself where it is sound UTF-8, or else a copy in which bytes that do not decode are marked, so that they cost their record alone."""
    plain = codecs.lookup(extract.form.encoding).name in ("utf-8", "utf-8-sig") and not extract.delivered.is_packed
    if plain and _is_sound_utf8(extract.delivered.file, extract.where):
        yield extract.delivered.file
        return
    with tempfile.NamedTemporaryFile(suffix=".json") as copy:
        for piece in text_pieces(extract.delivered, extract.form.encoding):
            copy.write(piece)
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
            if len(names) > MAX_COLUMNS:
                raise too_many_columns(len(names), where)
    return list(names), nested


def _extraction(columns: list[str], nested: bool, decimal: str) -> str:
    """SELECT that turns the sound records of `block` into text columns."""
    pointers = [_literal("/" + name.replace("~", "~0").replace("/", "~1")) for name in columns]
    values = [f"value[{position}]" for position in range(1, len(columns) + 1)]
    if decimal != ".":
        # A number of JSON has a point; among texts it must read as the form says that numbers are written.
        values = [
            f"CASE WHEN json_type(record, {pointer}) = 'DOUBLE' THEN replace({value}, '.', '{decimal}') ELSE {value} END"
            for value, pointer in zip(values, pointers, strict=True)
        ]
    if nested:
        values = [
            f"CASE WHEN json_type(record, {pointer}) IN ('OBJECT', 'ARRAY') THEN json_extract(record, {pointer})::VARCHAR ELSE {value} END"
            for value, pointer in zip(values, pointers, strict=True)
        ]
    selected = ", ".join(f"{value} AS c{position}" for position, value in enumerate(values)) or "row"
    value = f"json_extract_string({_scalars('record')}, [{', '.join(pointers)}]::VARCHAR[])"
    return f"SELECT {selected} FROM (SELECT row, record, {value} AS value FROM block WHERE reason IS NULL)"


def _scalars(text: str) -> str:
    """SQL: the JSON `text` with every number and truth value as a string."""
    return f"""regexp_replace({text}, {_literal(_SCALAR)}, '"\\1\\2\\3"', 'g')"""


def _batches(records: Iterator[pa.Table], extraction: str, reading: Reading, extract: Extract) -> Iterator[pa.RecordBatch]:
    with _engine() as connection:
        for block in records:
            connection.register("block", block)
            judged = connection.sql(_text("json_judged.sql")).to_arrow_table()
            connection.register("block", judged)
            refused = judged.filter(pc.is_valid(judged.column("reason")))
            for row in refused.to_pylist():
                refuse(reading.refused, row["row"], row["reason"].format(encoding=extract.form.encoding), row["record"], extract.where)
            if refused.num_rows < judged.num_rows:
                rows = connection.sql(extraction).to_arrow_table()
                if not reading.schema.names:
                    continue
                yield from rows.rename_columns(reading.schema.names).cast(reading.schema).to_batches()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
