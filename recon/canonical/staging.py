"""Raw parts, typed: views raw.<table> in which every declared column has its type and every row says what did not fit.

Columns of raw.<table>: `_row`, the declared columns (text and identifier VARCHAR, number DECIMAL(18,6), date DATE, time TIME, timestamp TIMESTAMP in UTC),
`row_ref`, `problems` (NULL: none) and `ambiguous` (another row has the same key and says something else). Equal rows with equal keys are one row.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recon.canonical.packs import RawTable
from recon.config import Form
from recon.forms import look
from recon.model import Part

_PARSE = Path(__file__).with_name("parse.sql")

_SAMPLE, _MISFITS = 50_000, 20
"""Rows looked at for a form that is declared wrong, and how many must not fit before single bad rows are ruled out."""


@dataclass(frozen=True)
class Staged:
    """How staging one raw table went."""

    refused: int
    """Rows without a readable key; they are in the table `refused`."""
    repeated: int
    """Rows that repeat another one to the letter; they count once."""
    problem: str | None
    """Why the table cannot be used at all; None: it can."""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what staging needs on `connection`: the parsing macros, the schema raw, the relation units and the table refused."""
    connection.execute(_PARSE.read_text(encoding="utf-8"))
    connection.execute("CREATE SCHEMA IF NOT EXISTS raw")
    units = Path(__file__).with_name("units.csv")
    columns = "unit, iso_code, dimension, CAST(factor AS DECIMAL(24, 12)) AS factor"
    connection.execute(f"CREATE OR REPLACE TABLE units AS SELECT {columns} FROM read_csv({literal(units)}, all_varchar = true)")
    connection.execute("CREATE TABLE IF NOT EXISTS refused (source VARCHAR, raw_table VARCHAR, row BIGINT, reason VARCHAR, raw VARCHAR)")


def stage(connection: duckdb.DuckDBPyConnection, source: str, table: RawTable, part: Part, file: Path, form: Form, zone: str) -> Staged:
    """Make the view raw.<table> over `file`, the Parquet file of `part`. Rows without a readable key go to `refused`."""
    found = {name.upper(): name for name in part.columns}
    missing = [column for column in table.columns if column.upper() not in found]
    if missing and part.rows == 0 and list(part.columns) == ["_row"]:
        # An empty JSON array has no rows to take column names from.
        empty(connection, table)
        return Staged(0, 0, None)
    if missing:
        return Staged(0, 0, _header_changed(table, missing, part))
    typed = {column: _typed(identifier(found[column.upper()]), kind, form, zone) for column, kind in table.columns.items()}
    problems = [
        _misfit(column, identifier(found[column.upper()]), kind, typed[column]) for column, kind in table.columns.items() if kind not in ("text", "identifier")
    ]
    problem = f"nullif(concat_ws('; ', {', '.join(problems)}), '')" if problems else "CAST(NULL AS VARCHAR)"
    columns = ", ".join(f"{expression} AS {identifier(column)}" for column, expression in typed.items())
    reference = f"concat({literal(table.name)}, ':', {literal(part.digest[:12])}, ':', _row)"
    typed_view = f"raw.{identifier('typed ' + table.name)}"
    body = f"SELECT _row, {columns}, {reference} AS row_ref, {problem} AS problems FROM read_parquet({literal(file)})"
    connection.execute(f"CREATE OR REPLACE VIEW {typed_view} AS {body}")
    misread = _misread(connection, table, typed_view)
    if misread:
        return Staged(0, 0, misread)
    whole = " AND ".join(
        [*(f"{identifier(column)} IS NOT NULL" for column in table.required), *(_known(column, codes) for column, codes in table.codes.items())]
    )
    refused = _refuse(connection, source, table, file, found, typed_view, whole)
    repeated = _collapse_repeated(connection, table, typed_view, whole)
    view = f"CREATE OR REPLACE VIEW raw.{identifier(table.name)} AS SELECT *, false AS ambiguous FROM {typed_view} WHERE {whole}"
    if repeated is not None:
        # Row numbers tell the repeated rows apart at the price of one integer a row.
        view += f" AND _row NOT IN (SELECT _row FROM {_temporary('repeated', table)}) UNION ALL BY NAME SELECT * FROM {_temporary('collapsed', table)}"
    connection.execute(view)
    return Staged(refused, repeated or 0, None)


def _collapse_repeated(connection: duckdb.DuckDBPyConnection, table: RawTable, typed_view: str, whole: str) -> int | None:
    """Find the rows whose key comes more than once. Equal ones become one row, and where versions remain they are ambiguous.

    Returns how many rows went, which is 0 where all of them are versions; None where no key comes twice.
    """
    key = ", ".join(identifier(column) for column in table.key)
    keys, repeated, collapsed = (_temporary(name, table) for name in ("repeated keys", "repeated", "collapsed"))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {keys} AS SELECT {key} FROM {typed_view} WHERE {whole} GROUP BY {key} HAVING count(*) > 1")
    if connection.execute(f"SELECT 1 FROM {keys} LIMIT 1").fetchone() is None:
        return None
    same = " AND ".join(f"t.{identifier(column)} IS NOT DISTINCT FROM k.{identifier(column)}" for column in table.key)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {repeated} AS SELECT t.* FROM {typed_view} t SEMI JOIN {keys} k ON {same} WHERE {whole}")
    names = ", ".join(identifier(column) for column in table.columns)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE {collapsed} AS
        SELECT * EXCLUDE (versions), versions > 1 AS ambiguous
        FROM (
            SELECT *, count(*) OVER (PARTITION BY {key}) AS versions
            FROM (SELECT {names}, problems, min(_row) AS _row, min_by(row_ref, _row) AS row_ref FROM {repeated} GROUP BY {names}, problems)
        )""")
    gone = connection.execute(f"SELECT (SELECT count(*) FROM {repeated}) - (SELECT count(*) FROM {collapsed})").fetchone()
    assert gone is not None
    return int(gone[0])


def _temporary(what: str, table: RawTable) -> str:
    return identifier(f"{what} {table.name}")


def _misread(connection: duckdb.DuckDBPyConnection, table: RawTable, typed_view: str) -> str | None:
    """What to say where most rows do not fit the declared form: then it is the declaration that is wrong, and no single row.

    Looks at the first rows only; a form that is declared wrong shows in any of them.
    """
    seen = connection.execute(
        f"SELECT count(*), count(problems), min_by(problems, _row) FROM (SELECT _row, problems FROM {typed_view} LIMIT {_SAMPLE})"
    ).fetchone()
    assert seen is not None
    rows, misfits, first = seen
    if misfits < _MISFITS or 2 * misfits < rows:
        return None
    return f"{misfits:,} of the first {rows:,} rows of {table.name} do not fit the form that recon.toml declares for it, the first because: {first}"


def empty(connection: duckdb.DuckDBPyConnection, table: RawTable) -> None:
    """Make raw.<table> an empty view of the right shape, so that mappings which can do without the table still run."""
    kinds = {"number": "DECIMAL(18, 6)", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP"}
    columns = ", ".join(f"CAST(NULL AS {kinds.get(kind, 'VARCHAR')}) AS {identifier(column)}" for column, kind in table.columns.items())
    connection.execute(
        f"CREATE OR REPLACE VIEW raw.{identifier(table.name)} AS SELECT CAST(NULL AS BIGINT) AS _row, {columns}, CAST(NULL AS VARCHAR) AS row_ref, "
        "CAST(NULL AS VARCHAR) AS problems, false AS ambiguous WHERE false"
    )


def _refuse(connection: duckdb.DuckDBPyConnection, source: str, table: RawTable, file: Path, found: Mapping[str, str], typed_view: str, whole: str) -> int:
    reasons = ", ".join(f"CASE WHEN t.{identifier(column)} IS NULL THEN {literal(column + ' is empty or unreadable')} END" for column in table.required)
    for column, codes in table.codes.items():
        told = literal(f" is none of {', '.join(codes)}")
        reasons += f", CASE WHEN NOT ({_known(column, codes, 't.')}) THEN concat({literal(column + ' ')}, coalesce(t.{identifier(column)}, ''), {told}) END"
    raw = ", ".join(f"{literal(column)}: r.{identifier(found[column.upper()])}" for column in table.columns)
    count = connection.execute(f"""
        INSERT INTO refused
        SELECT {literal(source)}, {literal(table.name)}, t._row, concat_ws('; ', {reasons}, t.problems), left(CAST(to_json({{{raw}}}) AS VARCHAR), 1000)
        FROM (SELECT * FROM {typed_view} WHERE NOT ({whole})) t
        JOIN read_parquet({literal(file)}) r ON r._row = t._row""").fetchone()
    assert count is not None
    return int(count[0])


def _known(column: str, codes: tuple[str, ...], alias: str = "") -> str:
    """SQL: the column has one of the values that the pack declares."""
    return f"coalesce(lower({alias}{identifier(column)}) IN ({', '.join(literal(code) for code in codes)}), false)"


def _typed(column: str, kind: str, form: Form, zone: str) -> str:
    match kind:
        case "identifier":
            return f"as_identifier({column})"
        case "number":
            digits = rf"(?:\d{{1,3}}(?:[{form.thousands}]\d{{3}})+|\d+)" if form.thousands else r"\d+"
            pattern = rf"(?:{digits}(?:[{form.decimal}]\d*)?|[{form.decimal}]\d+)"
            return f"as_number({column}, {literal(pattern)}, {literal(form.thousands)}, {literal(form.decimal)})"
        case "date":
            return f"as_date({column}, {literal(form.date)}, {literal(look(form.date))})"
        case "time":
            return f"as_time({column}, {literal(form.time)}, {literal(look(form.time))})"
        case "timestamp" if form.timestamp == "iso":
            return f"as_timestamp({column}, {literal(zone)})"
        case "timestamp":
            return f"as_formed_timestamp({column}, {literal(form.timestamp)}, {literal(look(form.timestamp))}, {literal(zone)})"
    return f"as_text({column})"


def _misfit(name: str, column: str, kind: str, typed: str) -> str:
    """SQL: what to say of a value that is there and has no typed form."""
    there = f"as_text({column}) IS NOT NULL" + ("" if kind in ("number", "time") else f" AND NOT is_initial({column})")
    return (
        f"CASE WHEN {there} AND {typed} IS NULL THEN concat({literal(name)}, ' \"', left(as_text({column}), 40), '\" is not a {kind} in the declared form') END"
    )


def _header_changed(table: RawTable, missing: list[str], part: Part) -> str:
    present = [name for name in part.columns if name != "_row"]
    near = {column: difflib.get_close_matches(column.upper(), [name.upper() for name in present], n=1, cutoff=0.7) for column in missing}
    meant = [f"{column} (is {match[0]} it?)" if match else column for column, match in near.items()]
    return f"{table.name} has no column {', '.join(meant)}; its header reads {', '.join(present[:12])}{' …' if len(present) > 12 else ''}"


def literal(value: str | Path) -> str:
    """A text as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
