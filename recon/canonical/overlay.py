"""What the second look needs of a pack: what a source is asked for, step by step (recon.canonical.looks), and what the answer means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from recon.canonical import forms
from recon.canonical.looks import Look, Name, Step, look_of
from recon.canonical.mapping import map_sources
from recon.canonical.packs import Pack, RawTable
from recon.canonical.staging import identifier, literal
from recon.config import SourceSettings
from recon.model import CanonicalState, Overlay, Part, Snapshot, SourceSnapshot, TableSnapshot
from recon.snapshots.current import canonical_rows, current, file_of
from recon.snapshots.parts import ROW_NUMBER, write_part_from_query

__all__ = ["Look", "Name", "gone", "look_at", "map_look", "next_values"]

Answers = Mapping[Name, Overlay]
"""What was answered of one look, by step."""


def look_at(pack: Pack, table: str, column: str, read: SourceSnapshot, settings: SourceSettings) -> Look | None:
    """How the source is asked for `table` (schema.table) by its column; None: it cannot be, or was not read well enough."""
    look = look_of(pack, table, column, settings.without)
    if look is None:
        return None
    for name in look.mapping.reads:
        of = read.tables.get(name)
        if name not in settings.without and (of is None or of.base is None):
            return None
    return look if all(_there(read.tables[step.table], step.column) for step in look.steps) else None


def next_values(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    look: Look,
    pack: Pack,
    read: SourceSnapshot,
    settings: SourceSettings,
    wanted: str,
    answers: Answers,
) -> Iterator[tuple[Step, Part]]:
    """The steps that can be asked now, each with the values, as its table writes them. wanted: SELECT of canonical values.

    Rows of an earlier step say what is asked for next: those that it brought, and those that were there before.
    """
    for step in look.steps:
        if step.name in answers or any(name not in answers for name, _ in step.of):
            continue
        found = [_values_of(store, pack.tables[name[1]], column, read.tables[name[1]], settings, answers[name]) for name, column in step.of]
        values = " UNION ".join(found) or wanted
        yield step, raw_values(connection, store, pack.tables[step.table], step.column, read.tables[step.table], settings, values)


def _values_of(store: Path, raw: RawTable, column: str, read: TableSnapshot, settings: SourceSettings, answer: Overlay) -> str:
    """SELECT of what the rows of a step have in a column, as canonical tables would say it."""
    name = _there(read, column)
    if name is None:
        return "SELECT NULL::VARCHAR AS value WHERE false"
    listed = f"CAST({identifier(name)} AS VARCHAR) AS raw"
    rows = f"SELECT {listed} FROM {file_of(store, answer.rows)} UNION ALL SELECT {listed} FROM ({current(store, read)}) WHERE {_same(store, answer)}"
    return f"SELECT DISTINCT {_typed(raw, column, settings)} AS value FROM ({rows}) WHERE {_typed(raw, column, settings)} IS NOT NULL"


def raw_values(
    connection: duckdb.DuckDBPyConnection, store: Path, raw: RawTable, column: str, read: TableSnapshot, settings: SourceSettings, wanted: str
) -> Part:
    """A part of the values by which the source is asked, in the one column `value`.

    wanted: SELECT of canonical values. They are asked for as the table writes them, and, for there may be no row of them yet, as they are and with as many
    leading zeros as the column's numbers have. `connection` has been prepared for staging.
    """
    name = _there(read, column)
    assert name is not None
    typed = _typed(raw, column, settings)
    padded = """
            UNION
            SELECT lpad(value, CAST(width AS INTEGER), '0')
            FROM wanted, (SELECT DISTINCT length(raw) AS width FROM seen WHERE regexp_full_match(raw, '0[0-9]+'))
            WHERE regexp_full_match(value, '[0-9]+') AND length(value) < width"""
    return write_part_from_query(
        store,
        f"""
        WITH wanted AS (SELECT value FROM ({wanted}) w(value)),
             seen AS (SELECT DISTINCT CAST({identifier(name)} AS VARCHAR) AS raw FROM ({current(store, read)}))
        SELECT value FROM (
            SELECT raw AS value FROM seen WHERE {typed} IN (SELECT value FROM wanted)
            UNION SELECT value FROM wanted
            {padded if raw.columns[column] == "identifier" else ""})
        ORDER BY value""",
        connection,
    )


def gone(store: Path, look: Look, read: SourceSnapshot, answers: Answers) -> str:
    """SELECT of row_ref for the rows that the answers take the place of: a canonical row that names one of them is not there any more."""
    selects = []
    for step in look.brought:
        rows = f"SELECT * FROM ({current(store, read.tables[step.table])}) WHERE {_same(store, answers[step.name])}"
        selects.append(f"SELECT concat({literal(step.table + ':')}, _part, ':', _row) AS row_ref FROM ({rows})")
    return " UNION ALL ".join(selects)


def map_look(
    connection: duckdb.DuckDBPyConnection, store: Path, read: SourceSnapshot, settings: SourceSettings, pack: Pack, look: Look, answers: Answers
) -> tuple[CanonicalState | None, str | None]:
    """The canonical rows that came of what was read again, and what was wrong with them; None: nothing.

    `connection` is one of its own: schemas of staging are made anew in it.
    """
    tables = {}
    for name in look.mapping.reads:
        if name in settings.without:
            continue
        parts = [answers[step.name].rows for step in look.brought if step.table == name]
        part = parts[0] if len(parts) == 1 else write_part_from_query(store, _together(store, read.tables[name], parts), connection)
        tables[name] = TableSnapshot(name, part, read.tables[name].complete_from, 0, None)
    alone = replace(pack, mappings=look.mappings, tables={name: pack.tables[name] for name in look.mapping.reads})
    snapshot = Snapshot({read.name: replace(read, tables=tables)})
    supplies, _ = map_sources(connection, store, snapshot, {read.name: settings}, {settings.pack: alone})
    supply = supplies[-1]
    if supply.state:
        named = f"SELECT DISTINCT split_part(row_ref, ':', 1) FROM ({canonical_rows(store, supply.state, ['row_ref'])})"
        if strange := {name for (name,) in connection.execute(named).fetchall()} - {step.table for step in look.brought}:
            return None, f"{supply.table} names rows of {', '.join(sorted(strange))}, which no step asks: what it takes the place of cannot be told"
    return supply.state, next((one.problem for one in supplies if one.problem), None)


def _together(store: Path, read: TableSnapshot, parts: Sequence[Part]) -> str:
    """SELECT of the rows of one table that several steps brought, each once, for equal rows are one to a mapping. A table that no step asks holds no row of
    the keys."""
    if not parts:
        return f"SELECT * EXCLUDE (_part) FROM ({current(store, read)}) WHERE false"
    listed = ", ".join(identifier(name) for name in read.columns if name != ROW_NUMBER)
    rows = " UNION ".join(f"SELECT {listed} FROM {file_of(store, part)}" for part in parts)
    return f"SELECT row_number() OVER (ORDER BY {listed}) AS {ROW_NUMBER}, {listed} FROM ({rows}) ORDER BY {ROW_NUMBER}"


def _there(read: TableSnapshot, column: str) -> str | None:
    """What the source calls a column; None: it has none."""
    return next((one for one in read.columns if one.upper() == column.upper()), None)


def _typed(raw: RawTable, column: str, settings: SourceSettings) -> str:
    """SQL of the canonical value of what a column says, which is `raw`."""
    text = forms.text_of("raw", settings.form_of(raw.name))
    return f"as_identifier({text})" if raw.columns[column] == "identifier" else text


def _same(store: Path, answer: Overlay) -> str:
    """SQL: whether a row of the table has one of the values asked for."""
    return f"CAST({identifier(answer.column)} AS VARCHAR) IN (SELECT value FROM {file_of(store, answer.asked)})"
