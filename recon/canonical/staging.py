"""Raw parts, typed: each raw part is understood once, by the form declared for it, and kept as a part of its own.

A typed part has `_row`, the declared columns (text and identifier VARCHAR, number DECIMAL(18,6), date DATE, time TIME, timestamp TIMESTAMP in UTC),
`problems` (what did not fit its form; NULL: nothing), `_refused` (why the row cannot be used; NULL: it can) and `_raw` (what a refused row said). Over the
typed parts of a table lies the view typed.<table> of its current rows: the declared columns, `row_ref`, `problems` and `ambiguous` (another row has the same
key and says something else). Equal rows with equal keys are one row.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from recon.canonical import clients, forms
from recon.canonical.packs import RawTable
from recon.config import Form, SourceSettings
from recon.model import Part, TableSnapshot, Typed, TypedPart
from recon.snapshots.current import DIGITS
from recon.snapshots.parts import part_path, write_part_from_query

_PARSE = Path(__file__).with_name("parse.sql")
_UNITS = Path(__file__).with_name("units.csv")

_TRUE, _FALSE = ("true", "t", "1", "x", "y", "yes"), ("false", "f", "0", "n", "no")

_KINDS = {"number": "DECIMAL(18, 6)", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP"}
"""Kind of a column → DuckDB type, where that is not VARCHAR."""

_DATED = ("date", "timestamp")
"""Kinds of which not every value is believed."""

_MISFITS = 20
"""How many rows must not fit before it is the declaration that is wrong, and no single row."""


@dataclass(frozen=True)
class Staged:
    """How staging one raw table went."""

    refused: int
    """Current rows that cannot be used; they are in the table `refused`."""
    typed: Typed | None
    """The typed parts beneath typed.<table>; None: there are none, and it is empty."""
    problem: str | None
    """Why the table cannot be used at all; None: it can."""
    client: str | None = None
    """The SAP client of its rows; None: it has no rows, or no client."""
    others: str | None = None
    """What to say of rows of other clients, which are among the refused ones; None: there are none."""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what staging needs on `connection`: the parsing macros, the schemas, the relation units and the table refused."""
    connection.execute(_PARSE.read_text(encoding="utf-8"))
    columns = "unit, iso_code, dimension, CAST(factor AS DECIMAL(24, 12)) AS factor"
    connection.execute(f"CREATE OR REPLACE TABLE units AS SELECT {columns} FROM read_csv({literal(_UNITS)}, all_varchar = true)")
    connection.execute("CREATE TABLE IF NOT EXISTS refused (source VARCHAR, raw_table VARCHAR, row BIGINT, reason VARCHAR, raw VARCHAR)")


def units_text() -> str:
    """The physical units that mappings know, as units.csv has them."""
    return _UNITS.read_text(encoding="utf-8")


def stage(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    source: str,
    table: RawTable,
    read: TableSnapshot,
    settings: SourceSettings,
    earlier: Typed | None = None,
) -> Staged:
    """Make the view typed.<table> of the table's current rows. Those that cannot be used, or are of another client, go to `refused`.

    earlier: what an earlier night has typed of the table; a part that it understood by the same declaration is not read again.
    """
    assert read.base is not None
    there = {name.upper() for name in read.base.columns}
    missing = [column for column in table.columns if column.upper() not in there and column not in table.optional]
    if missing:
        empty(connection, table)
        # An empty JSON array has no rows to take column names from.
        nothing = read.base.rows == 0 and list(read.base.columns) == ["_row"]
        return Staged(0, None, None if nothing else _header_changed(table, missing, read.base))
    typed = _typed_parts(connection, store, table, read, settings, earlier)
    rows = f"({state_rows(store, read, typed)})"
    misread, unusable = _looked_at(connection, table, rows)
    if misread:
        empty(connection, table)
        return Staged(0, typed, misread)
    judged = clients.judge(connection, table, rows, settings.client_of_rows, source)
    others = clients.refuse_others(connection, source, table, rows, judged)
    if not judged.usable:
        empty(connection, table)
        return Staged(others, typed, judged.problem)
    refused = _refuse(connection, source, table, f"{rows} WHERE _refused IS NOT NULL AND {judged.kept}") if unusable else 0
    kept = f"_refused IS NULL AND {judged.kept}"
    repeats = _collapse_repeated(connection, store, table, read, typed, kept)
    names = ", ".join(identifier(column) for column in table.columns)
    view = f"SELECT {names}, {reference(table, read)} AS row_ref, problems, false AS ambiguous FROM {rows} t"
    if repeats:
        view += f" ANTI JOIN {_temporary('repeated', table)} r ON r._part = t._part AND r._row = t._row"
    view += f" WHERE {kept}"
    if repeats:
        view += f" UNION ALL SELECT {names}, row_ref, problems, ambiguous FROM {_temporary('collapsed', table)}"
    connection.execute(f"CREATE OR REPLACE VIEW typed.{identifier(table.name)} AS {view}")
    return Staged(others + refused, replace(typed, repeats=repeats), None, judged.client, judged.problem)


def state_rows(store: Path, read: TableSnapshot, typed: Typed) -> str:
    """SELECT of the typed current rows of a table, refused ones included: `_part` (0: base, 1: delta) and the columns of its typed parts."""
    assert read.base is not None
    rows = f"SELECT CAST(0 AS TINYINT) AS _part, * FROM {_file(store, typed.parts[read.base.digest].part)}"
    if read.dead:
        rows += f" b ANTI JOIN {_file(store, read.dead)} d ON d._row = b._row"
    if read.delta:
        rows += f" UNION ALL SELECT CAST(1 AS TINYINT), * FROM {_file(store, typed.parts[read.delta.digest].part)}"
    return rows


def reference(table: RawTable, read: TableSnapshot) -> str:
    """SQL of the reference to a row of `state_rows`: its table, the first digits of its raw part, its number there."""
    digits = [f"{table.name}:{part.digest[:DIGITS]}:" for part in (read.base, read.delta) if part]
    return (
        f"concat({literal(digits[0])}, _row)"
        if len(digits) == 1
        else f"concat(CASE _part WHEN 0 THEN {literal(digits[0])} ELSE {literal(digits[1])} END, _row)"
    )


def empty(connection: duckdb.DuckDBPyConnection, table: RawTable) -> None:
    """Make typed.<table> an empty view of the right shape, so that mappings which can do without the table still run."""
    columns = ", ".join(f"{_nothing(kind)} AS {identifier(column)}" for column, kind in table.columns.items())
    connection.execute(
        f"CREATE OR REPLACE VIEW typed.{identifier(table.name)} AS SELECT {columns}, CAST(NULL AS VARCHAR) AS row_ref, "
        "CAST(NULL AS VARCHAR) AS problems, false AS ambiguous WHERE false"
    )


def declaration(table: RawTable, columns: Mapping[str, str], form: Form, zone: str, flags: Sequence[str]) -> str:
    """Digest of everything besides its rows that decides how a raw part is typed.

    columns: those of the raw part, name → DuckDB type; flags: those of them that mark deleted rows.
    """
    found = {name.upper(): name for name in columns}
    said = {
        "columns": table.columns,
        "key": table.key,
        "required": table.required,
        "codes": table.codes,
        "raw": {column: columns[found[column.upper()]] for column in table.columns if column.upper() in found},
        "form": form.model_dump(mode="json"),
        "zone": zone,
        "flags": list(flags),
        "parse": _PARSE.read_text(encoding="utf-8"),
        "engine": duckdb.__version__,
    }
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _typed_parts(
    connection: duckdb.DuckDBPyConnection, store: Path, table: RawTable, read: TableSnapshot, settings: SourceSettings, earlier: Typed | None
) -> Typed:
    """The typed parts of the table's base and delta, those of the earlier night where they serve."""
    assert read.base is not None
    form, zone = settings.form_of(table.name), settings.time_zone
    marks = {name.upper() for name in settings.deleted}
    flags = [name for name in read.base.columns if name.upper() in marks]
    by = declaration(table, read.base.columns, form, zone, flags)
    known = earlier.parts if earlier and earlier.declaration == by else {}
    parts: dict[str, TypedPart] = {}
    for raw in (read.base, read.delta):
        if raw is None:
            continue
        before = known.get(raw.digest)
        serves = before and all(part_path(store, part.digest).is_file() for part in (before.part, before.repeated) if part)
        parts[raw.digest] = before if before and serves else _typed_part(connection, store, table, raw, form, zone, flags)
    return Typed(by, parts, False)


def _typed_part(connection: duckdb.DuckDBPyConnection, store: Path, table: RawTable, raw: Part, form: Form, zone: str, flags: Sequence[str]) -> TypedPart:
    """Type one raw part without the rows that a flag marks as deleted, and find the rows whose key comes more than once in it."""
    found = {name.upper(): name for name in raw.columns}
    there = {column: identifier(found[column.upper()]) for column in table.columns if column.upper() in found}
    said = {column: identifier(f"said {column}") for column in there}
    # A text is itself once it is one; of the others the text is kept beside the value, for what is to be said where it has none.
    given = {column: identifier(column if table.columns[column] == "text" else f"text {column}") for column in there}
    taken = ", ".join(f"{of_source} AS {said[column]}" for column, of_source in there.items())
    texts = ", ".join(f"{forms.text_of(said[column], form)} AS {given[column]}" for column in there)
    valued = {column: _typed(given[column], kind, form, zone) for column, kind in table.columns.items() if column in there and kind != "text"}
    absent = {column: _nothing(kind) for column, kind in table.columns.items() if column not in there}
    typed = "".join(f", {value} AS {identifier(column)}" for column, value in (valued | absent).items())
    believed = ", ".join(
        f"{_believed(identifier(column), table.columns[column])} AS {identifier(column)}" for column in valued if table.columns[column] in _DATED
    )
    misfits = [_misfit(column, given[column], table.columns[column]) for column in valued]
    problems = f"nullif(concat_ws('; ', {', '.join(misfits)}), '')" if misfits else "CAST(NULL AS VARCHAR)"
    marked = [f"lower(trim(CAST({identifier(flag)} AS VARCHAR)))" for flag in flags]
    gone = " OR ".join(f"coalesce({mark} IN {_TRUE}, false)" for mark in marked) or "false"
    unclear = [
        f"CASE WHEN {mark} NOT IN {(*_TRUE, *_FALSE, '')} THEN concat({literal(flag)}, ' \"', left(CAST({identifier(flag)} AS VARCHAR), 40), "
        "'\" is neither true nor false') END"
        for flag, mark in zip(flags, marked, strict=True)
    ]
    reasons = ["_unclear"] if flags else []
    reasons += [f"CASE WHEN {identifier(column)} IS NULL THEN {literal(column + ' is empty or unreadable')} END" for column in table.required]
    for column, codes in table.codes.items():
        told, value = literal(f" is none of {', '.join(codes)}"), identifier(column)
        known = f"coalesce(lower({value}) IN ({', '.join(literal(code) for code in codes)}), false)"
        reasons.append(f"CASE WHEN NOT {known} THEN concat({literal(column + ' ')}, coalesce({value}, ''), {told}) END")
    reason = f"nullif(concat_ws('; ', {', '.join(reasons)}), '')" if reasons else "CAST(NULL AS VARCHAR)"
    whole = ", ".join(f"{literal(column)}: {said[column]}" for column in there)
    columns = ", ".join(identifier(column) for column in table.columns)
    query = f"""
        SELECT _row, {columns}, problems, CASE WHEN _reason IS NOT NULL THEN concat_ws('; ', _reason, problems) END AS _refused,
               CASE WHEN _reason IS NOT NULL THEN left(CAST(to_json({{{whole}}}) AS VARCHAR), 1000) END AS _raw
        FROM (SELECT *, {reason} AS _reason, {problems} AS problems FROM
        (SELECT *{f" REPLACE ({believed})" if believed else ""} FROM
        (SELECT *{typed} FROM
        (SELECT *, {texts} FROM
        (SELECT _row, {taken}, {f"nullif(concat_ws('; ', {', '.join(unclear)}), '')" if flags else "NULL"} AS _unclear
         FROM {_file(store, raw)} WHERE NOT ({gone}))))))"""
    part = write_part_from_query(store, query, connection)
    key = ", ".join(identifier(column) for column in table.key)
    twice = f"SELECT {key} FROM {_file(store, part)} WHERE _refused IS NULL GROUP BY {key} HAVING count(*) > 1"
    repeated = f"SELECT _row FROM {_file(store, part)} t SEMI JOIN ({twice}) k ON {_same(table, 't', 'k')} WHERE _refused IS NULL ORDER BY _row"
    if connection.execute(f"{twice} LIMIT 1").fetchone() is None:
        return TypedPart(part, None)
    return TypedPart(part, write_part_from_query(store, repeated, connection))


def _collapse_repeated(connection: duckdb.DuckDBPyConnection, store: Path, table: RawTable, read: TableSnapshot, typed: Typed, kept: str) -> bool:
    """Find the current rows whose key comes more than once. Equal ones become one row, and where versions remain they are ambiguous.

    Returns whether there are any. Within a part they are known; rows of the delta may also repeat rows of the base.
    """
    assert read.base is not None
    base = typed.parts[read.base.digest]
    rows, key = state_rows(store, read, typed), ", ".join(identifier(column) for column in table.key)
    candidates = []
    if base.repeated:
        candidates.append(f"SELECT {key} FROM {_file(store, base.part)} b SEMI JOIN {_file(store, base.repeated)} r ON r._row = b._row")
    if read.delta:
        candidates.append(f"SELECT {key} FROM {_file(store, typed.parts[read.delta.digest].part)} WHERE _refused IS NULL")
    if not candidates:
        return False
    keys, repeated, collapsed = (_temporary(name, table) for name in ("repeated keys", "repeated", "collapsed"))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {repeated} AS
        SELECT t.* FROM ({rows}) t SEMI JOIN ({" UNION ".join(candidates)}) k ON {_same(table, "t", "k")} WHERE {kept}""")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {keys} AS SELECT {key} FROM {repeated} GROUP BY {key} HAVING count(*) > 1")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {repeated} AS SELECT t.* FROM {repeated} t SEMI JOIN {keys} k ON {_same(table, 't', 'k')}")
    if connection.execute(f"SELECT 1 FROM {keys} LIMIT 1").fetchone() is None:
        return False
    names = ", ".join(identifier(column) for column in table.columns)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {collapsed} AS
        SELECT * EXCLUDE (versions), versions > 1 AS ambiguous
        FROM (
            SELECT *, count(*) OVER (PARTITION BY {key}) AS versions
            FROM (SELECT {names}, problems, min_by({reference(table, read)}, (_part, _row)) AS row_ref FROM {repeated} GROUP BY {names}, problems)
        )""")
    return True


def _same(table: RawTable, one: str, other: str) -> str:
    return " AND ".join(f"{one}.{identifier(column)} IS NOT DISTINCT FROM {other}.{identifier(column)}" for column in table.key)


def _temporary(what: str, table: RawTable) -> str:
    return identifier(f"{what} {table.name}")


def _file(store: Path, part: Part) -> str:
    return f"read_parquet({literal(part_path(store, part.digest))})"


def _looked_at(connection: duckdb.DuckDBPyConnection, table: RawTable, rows: str) -> tuple[str | None, int]:
    """What to say where most rows do not fit the declared form: then it is the declaration that is wrong, and no single row. And how many cannot be used."""
    seen = connection.execute(f"SELECT count(*), count(problems), min(problems), count(_refused) FROM {rows}").fetchone()
    assert seen is not None
    total, misfits, one, unusable = seen
    if misfits < _MISFITS or 2 * misfits < total:
        return None, int(unusable)
    return f"{misfits:,} of the {total:,} rows of {table.name} do not fit the form that recon.toml declares for it, such as: {one}", int(unusable)


def _refuse(connection: duckdb.DuckDBPyConnection, source: str, table: RawTable, rows: str) -> int:
    """Put rows into `refused`. rows: what follows FROM. Returns how many they are."""
    count = connection.execute(f"INSERT INTO refused SELECT {literal(source)}, {literal(table.name)}, _row, _refused, _raw FROM {rows}").fetchone()
    assert count is not None
    return int(count[0])


def _typed(text: str, kind: str, form: Form, zone: str) -> str:
    match kind:
        case "identifier":
            return f"as_identifier({text})"
        case "number":
            digits = rf"(?:\d{{1,3}}(?:[{form.thousands}]\d{{3}})+|\d+)" if form.thousands else r"\d+"
            pattern = rf"(?:{digits}(?:[{form.decimal}]\d*)?|[{form.decimal}]\d+)"
            return f"as_number({text}, {literal(pattern)}, {literal(form.thousands)}, {literal(form.decimal)})"
        case "date":
            text, pattern, look = forms.dated(text, form.date, form)
            return f"as_date({text}, {literal(pattern)}, {literal(look)})"
        case "time":
            text, pattern, look = forms.dated(text, form.time, form)
            return f"as_time({text}, {literal(pattern)}, {literal(look)})"
        case "timestamp" if form.timestamp == "iso":
            return f"as_timestamp({text}, {literal(zone)})"
        case "timestamp":
            text, pattern, look = forms.dated(text, form.timestamp, form)
            return f"as_formed_timestamp({text}, {literal(pattern)}, {literal(look)}, {literal(zone)})"
    return text


def _nothing(kind: str) -> str:
    """SQL: the value of a column that the source does not have."""
    return f"CAST(NULL AS {_KINDS.get(kind, 'VARCHAR')})"


def _believed(value: str, kind: str) -> str:
    """SQL: a typed value, unless it is one that cannot be meant. By itself, for a macro names its value more than once."""
    return f"believable({value})" if kind in _DATED else value


def _misfit(name: str, text: str, kind: str) -> str:
    """SQL: what to say of a text that is there and has no value in the column `name`."""
    if kind == "identifier":
        return f"CASE WHEN is_shortened({text}) THEN concat({literal(name)}, ' \"', left({text}, 40), '\" is a number in which a spreadsheet lost digits') END"
    there = f"{text} IS NOT NULL" + ("" if kind in ("number", "time") else f" AND NOT is_initial({text})")
    told = f"concat({literal(name)}, ' \"', left({text}, 40), '\" is not a {kind} in the declared form')"
    return f"CASE WHEN {identifier(name)} IS NULL AND {there} THEN {told} END"


def _header_changed(table: RawTable, missing: list[str], part: Part) -> str:
    present = [name for name in part.columns if name != "_row"]
    known = {column.upper() for column in table.columns}
    # A header that is another column of the table is never meant: CINSM is stock in inspection, and CEINM restricted.
    strangers = {name.upper(): name for name in present if name.upper() not in known}
    near = {column: [strangers[one] for one in difflib.get_close_matches(column.upper(), strangers, n=1, cutoff=0.7)] for column in missing}
    reads = f"its header reads {', '.join(present)}"
    if len(present) > 12:
        further = list(strangers.values())
        reads = f"beside those expected its header has {', '.join(further[:40]) or 'nothing'}{' …' if len(further) > 40 else ''}"
    meant = [f"{column} (is {match[0]} it?)" if match else column for column, match in near.items()]
    return f"{table.name} has no column {', '.join(meant)}; {reads}"


def literal(value: str | Path) -> str:
    """A text as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
