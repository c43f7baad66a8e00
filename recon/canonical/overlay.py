"""What the second look needs of a pack: by which raw table and values a canonical table can be asked for again, and what the answer means.

A canonical table can be asked for by a column where its mapping reads one raw table alone, which has a column of that name: so it is with the flat shapes.
Then a canonical row comes from rows of that table, and `row_ref` names one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from recon.canonical import forms
from recon.canonical.mapping import map_sources
from recon.canonical.packs import Pack, RawTable
from recon.canonical.staging import identifier, literal
from recon.config import SourceSettings
from recon.model import CanonicalState, Overlay, Part, Snapshot, SourceSnapshot, TableSnapshot
from recon.snapshots.current import current, file_of
from recon.snapshots.parts import write_part_from_query


def asked_by(pack: Pack, table: str, column: str) -> RawTable | None:
    """The raw table that holds what fills `table` (schema.table), where it can be asked by the canonical column; None: it cannot."""
    mapping = next((one for one in pack.mappings if f"{pack.schema}.{one.table}" == table), None)
    if mapping is None or len(mapping.inputs) != 1 or mapping.inputs[0].mapped:
        return None
    raw = pack.tables[mapping.inputs[0].name]
    return raw if raw.columns.get(column) in ("identifier", "text") else None


def raw_values(
    connection: duckdb.DuckDBPyConnection, store: Path, raw: RawTable, column: str, read: TableSnapshot, settings: SourceSettings, wanted: str
) -> Part:
    """A part of the values by which the source is asked, in the one column `value`.

    wanted: SELECT of canonical values. They are asked for as the table writes them, and, for there may be no row of them yet, as they are and with as many
    leading zeros as the column's numbers have. `connection` has been prepared for staging.
    """
    name = next(one for one in read.columns if one.upper() == column.upper())
    text = forms.text_of("raw", settings.form_of(raw.name))
    typed = f"as_identifier({text})" if raw.columns[column] == "identifier" else text
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


def overlaid(store: Path, raw: RawTable, read: TableSnapshot, overlay: Overlay) -> str:
    """SELECT of row_ref for the rows of a table that its overlay takes the place of."""
    same = f"CAST({identifier(overlay.column)} AS VARCHAR) IN (SELECT value FROM {file_of(store, overlay.asked)})"
    return f"SELECT concat({literal(raw.name + ':')}, _part, ':', _row) AS row_ref FROM ({current(store, read)}) WHERE {same}"


def map_overlays(
    connection: duckdb.DuckDBPyConnection, store: Path, read: SourceSnapshot, settings: SourceSettings, pack: Pack, overlays: Mapping[str, Overlay]
) -> dict[str, tuple[CanonicalState | None, str | None]]:
    """Canonical table (schema.table) → the rows that came of the raw tables read again, and what was wrong with them; None: nothing.

    overlays: raw table → what was read again of it. `connection` is one of its own: schemas of staging are made anew in it.
    """
    tables = {name: TableSnapshot(name, overlay.rows, read.tables[name].complete_from, 0, None) for name, overlay in overlays.items()}
    snapshot = Snapshot({read.name: replace(read, tables=tables)})
    supplies, _ = map_sources(connection, store, snapshot, {read.name: settings}, {settings.pack: pack})
    return {supply.table: (supply.state, supply.problem) for supply in supplies if set(supply.reads) <= set(tables)}
