"""A table of one source as a suite looks at it: its parts, each looked at once, and its current rows.

Rows that a mapping refused, or found unreadable or ambiguous, are not looked at: what they cost is settled already (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recon.canonical.schema import canonical_tables
from recon.gates.suite import Suite
from recon.model import CanonicalState, Part, TableSnapshot
from recon.snapshots.current import DIGITS, file_of, identifier, literal
from recon.snapshots.parts import part_path


@dataclass(frozen=True)
class GatedPart:
    """One part of the table."""

    digest: str
    rows: str
    """SELECT of `_row` and the columns of its rows, dead ones included."""
    sign: int
    """Among the current rows its `_row` is taken times this: rows of the base count upwards, those of the delta downwards."""


@dataclass(frozen=True)
class Gated:
    """A table of one source and what is expected of it."""

    source: str
    suite: Suite
    plants: tuple[str, ...]
    """Those of the source."""
    parts: tuple[GatedPart, ...]
    """Those that have rows."""
    current: str
    """SELECT of the current rows: `_row`, row_ref, plant (NULL in a raw table) and the columns."""
    key: tuple[str, ...]
    """Columns that tell a row from others, for people."""
    columns: tuple[str, ...]
    digests: tuple[str | None, ...]
    """Of base, delta and dead: the same ones hold the same rows."""


def of_canonical(store: Path, source: str, plants: tuple[str, ...], suite: Suite, state: CanonicalState) -> Gated:
    """A canonical table that a source supplies."""
    shape = canonical_tables()[suite.table.partition(".")[2]]
    columns = tuple(shape.all_columns)
    names = ", ".join(identifier(name) for name in columns)

    def rows(part: Part) -> str:
        file = f"read_parquet({literal(part_path(store, part.digest))}, file_row_number = true)"
        return f"SELECT file_row_number + 1 AS _row, {names} FROM {file} WHERE _shown AND problems IS NULL AND NOT coalesce(ambiguous, false)"

    current, parts = _put_together(store, state.base, state.delta, state.dead, rows, f"_row, {names}")
    return Gated(source, suite, plants, parts, current, shape.key, columns, _digests(state.base, state.delta, state.dead))


def of_raw(
    store: Path, source: str, plants: tuple[str, ...], suite: Suite, key: tuple[str, ...], columns: tuple[str, ...], read: TableSnapshot
) -> Gated | None:
    """A raw table as it was typed; None where it could not be."""
    if read.base is None or read.typed is None:
        return None
    names = ", ".join(identifier(name) for name in columns)
    typed, table = read.typed.parts, suite.table.partition("/")[2]

    def rows(part: Part) -> str:
        reference = f"concat({literal(f'{table}:{part.digest[:DIGITS]}:')}, _row)"
        file = file_of(store, typed[part.digest].part)
        return f"SELECT _row, {reference} AS row_ref, CAST(NULL AS VARCHAR) AS plant, {names} FROM {file} WHERE _refused IS NULL AND problems IS NULL"

    current, parts = _put_together(store, read.base, read.delta, read.dead, rows, f"_row, row_ref, plant, {names}")
    raw = {part.digest: typed[part.digest].part.digest for part in (read.base, read.delta) if part}
    parts = tuple(GatedPart(raw[part.digest], part.rows, part.sign) for part in parts)
    return Gated(source, suite, plants, parts, current, key, columns, (read.typed.declaration, *_digests(read.base, read.delta, read.dead)))


def _put_together(
    store: Path, base: Part, delta: Part | None, dead: Part | None, rows: Callable[[Part], str], columns: str
) -> tuple[str, tuple[GatedPart, ...]]:
    parts = tuple(GatedPart(part.digest, rows(part), sign) for part, sign in ((base, 1), (delta, -1)) if part and part.rows)
    current = f"SELECT {columns} FROM ({rows(base)}) b"
    if dead:
        current = f"SELECT {columns} FROM ({rows(base)}) b ANTI JOIN {file_of(store, dead)} d USING (_row)"
    if delta:
        current += f" UNION ALL SELECT {columns.replace('_row', '-_row AS _row', 1)} FROM ({rows(delta)}) d"
    return current, parts


def _digests(*parts: Part | None) -> tuple[str | None, ...]:
    return tuple(part.digest if part else None for part in parts)
