"""The state of a table taken one night further: what was read tonight, told as a base, its delta and its dead rows (docs/decisions/0007).

Rows are compared as a multiset, by a digest of their values: repeated rows, NULL keys and keys that come twice are rows like others.
"""

from __future__ import annotations

import filecmp
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recon.model import Part
from recon.snapshots.current import file_of, identifier, literal
from recon.snapshots.digest import columns_of
from recon.snapshots.parts import keep, part_path, read_part, verify, write_part_from_query

COMPACTED = 10
"""The base is written anew where the delta, or the dead, would be more than this fraction of it."""

_DIFFER, _SWEEP = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("differ.sql", "sweep.sql"))


@dataclass(frozen=True)
class State:
    """Where the rows of a table are."""

    base: Part
    delta: Part | None = None
    dead: Part | None = None


def whole(store: Path, earlier: State | None, read: Path, connection: duckdb.DuckDBPyConnection) -> State:
    """The state after a table was read whole. read: the rows as `parts.incoming` left them, in the source's order.

    The same earlier base and the same rows give the same state. Raises IntegrityError where the earlier base is gone or damaged.
    """
    # Most tables of most nights: the same rows in the same order are the same file, and comparing bytes costs next to nothing beside comparing rows.
    if earlier and (base := part_path(store, earlier.base.digest)).is_file() and filecmp.cmp(read, base, shallow=False):
        return State(earlier.base)
    if earlier is None or sorted(columns_of(read, connection).items()) != sorted(earlier.base.columns.items()):
        return State(keep(store, read, connection))
    columns, rows = _columns(earlier.base), f"read_parquet({literal(read)})"
    with _comparing(store, State(earlier.base), connection) as cursor:
        cursor.execute(f"CREATE TEMP TABLE was AS SELECT 0 AS _part, _row, {_digest(columns)} AS digest FROM {file_of(store, earlier.base)}")
        cursor.execute(f"CREATE TEMP TABLE now AS SELECT _row, {_digest(columns)} AS digest FROM {rows}")
        cursor.execute(_DIFFER)
        came, dead = _count(cursor, "came"), _count(cursor, "gone")
        if _outgrown(earlier.base, came, dead):
            return State(keep(store, read, connection))
        delta = f"SELECT 0 AS _part, _row, {_list(columns)} FROM {rows} SEMI JOIN came USING (_row)"
        return State(earlier.base, _numbered(store, columns, [delta], cursor) if came else None, _numbers(store, ["gone"], cursor) if dead else None)


def increment(store: Path, earlier: State, read: Path, key: Sequence[str], keys: Path | None, connection: duckdb.DuckDBPyConnection) -> State | None:
    """The state after a read from a watermark on: the rows that were read take the place of all rows with their keys.

    keys: the `key` columns of all rows that the source has, as `parts.incoming` left them: what is not among them was deleted. None: no sweep.
    Returns None where the swept keys are not those of the state, so that the table has to be read whole: of two rows with one key one was
    changed, or a row came late. Raises IntegrityError where the earlier state is gone or damaged.
    """
    columns, rows = _columns(earlier.base), f"read_parquet({literal(read)})"
    state = f"SELECT 0 AS _part, * FROM {file_of(store, earlier.base)}"
    state += f" base ANTI JOIN {file_of(store, earlier.dead)} dead USING (_row)" if earlier.dead else ""
    state += f" UNION ALL SELECT 1 AS _part, * FROM {file_of(store, earlier.delta)}" if earlier.delta else ""
    kept = f"SELECT * FROM ({state}) ANTI JOIN gone USING (_part, _row)"
    placed = f"SELECT 2 AS _part, * FROM {rows} SEMI JOIN came USING (_row)"
    with _comparing(store, earlier, connection) as cursor:
        same = " AND ".join(f"s.{identifier(column)} IS NOT DISTINCT FROM n.{identifier(column)}" for column in key)
        cursor.execute(f"CREATE TEMP TABLE was AS SELECT _part, _row, {_digest(columns)} AS digest FROM ({state}) s SEMI JOIN {rows} n ON {same}")
        cursor.execute(f"CREATE TEMP TABLE now AS SELECT _row, {_digest(columns)} AS digest FROM {rows}")
        cursor.execute(_DIFFER)
        if keys and not _swept(cursor, key, kept, placed, keys):
            return None
        gone, replaced, came = _count(cursor, "gone WHERE _part = 0"), _count(cursor, "gone WHERE _part = 1"), _count(cursor, "came")
        delta = came + (earlier.delta.rows - replaced if earlier.delta else 0)
        dead = gone + (earlier.dead.rows if earlier.dead else 0)
        if _outgrown(earlier.base, delta, dead):
            return State(_numbered(store, columns, [kept, placed], cursor))
        numbers = ["gone WHERE _part = 0", *([file_of(store, earlier.dead)] if earlier.dead else [])]
        return State(
            earlier.base,
            _numbered(store, columns, [f"{kept} WHERE _part = 1", placed], cursor) if delta else None,
            _numbers(store, numbers, cursor) if dead else None,
        )


def _swept(cursor: duckdb.DuckDBPyConnection, key: Sequence[str], kept: str, placed: str, keys: Path) -> bool:
    """Add the rows that were deleted to `gone`; False where the keys tell of anything else than deleted rows."""
    names = [f"k{number}" for number in range(1, len(key) + 1)]
    aliased = ", ".join(f"{identifier(column)} AS {name}" for column, name in zip(key, names, strict=True))
    cursor.execute(_SWEEP.format(names=", ".join(names), key=aliased, kept=kept, placed=placed, swept=f"SELECT * FROM read_parquet({literal(keys)})"))
    same = " AND ".join(f"t.{identifier(column)} IS NOT DISTINCT FROM m.{name}" for column, name in zip(key, names, strict=True))
    if cursor.execute(f"SELECT 1 FROM mismatch WHERE theirs > 0 UNION ALL SELECT 1 FROM ({placed}) t SEMI JOIN mismatch m ON {same} LIMIT 1").fetchone():
        return False
    cursor.execute(f"INSERT INTO gone SELECT _part, _row FROM ({kept}) t SEMI JOIN mismatch m ON {same}")
    return True


@contextmanager
def _comparing(store: Path, earlier: State, connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor with temporary tables of its own. Where it fails on a part that is damaged, that is what is said."""
    parts = [part for part in (earlier.base, earlier.delta, earlier.dead) if part]
    for part in parts:
        read_part(store, part)
    with closing(connection.cursor()) as cursor:
        try:
            yield cursor
        except (duckdb.OutOfMemoryException, duckdb.InterruptException):
            raise
        except duckdb.Error:
            for part in parts:
                verify(store, part, connection)
            raise


def _outgrown(base: Part, delta: int, dead: int) -> bool:
    return max(delta, dead) * COMPACTED > base.rows


def _numbered(store: Path, columns: Sequence[str], rows: Sequence[str], cursor: duckdb.DuckDBPyConnection) -> Part:
    """A raw part of these rows in the order of `_part` and `_row`, with new numbers."""
    together = " UNION ALL ".join(f"SELECT _part, _row, {_list(columns)} FROM ({one})" for one in rows)
    sql = f"SELECT row_number() OVER (ORDER BY _part, _row) AS _row, {_list(columns)} FROM ({together}) ORDER BY _row"
    return write_part_from_query(store, sql, cursor)


def _numbers(store: Path, sources: Sequence[str], cursor: duckdb.DuckDBPyConnection) -> Part:
    """A part of row numbers, sorted."""
    return write_part_from_query(store, f"{' UNION ALL '.join(f'SELECT _row FROM {one}' for one in sources)} ORDER BY _row", cursor)


def _count(cursor: duckdb.DuckDBPyConnection, rows: str) -> int:
    counted = cursor.execute(f"SELECT count(*) FROM {rows}").fetchone()
    assert counted is not None
    return int(counted[0])


def _columns(base: Part) -> list[str]:
    return [name for name in base.columns if name != "_row"]


def _list(columns: Sequence[str]) -> str:
    return ", ".join(identifier(column) for column in columns)


def _digest(columns: Sequence[str]) -> str:
    """SQL of a number that tells rows apart: 128 bits of MD5 over their values, each after its length; NULL has none."""
    values = [f"strlen(CAST({identifier(column)} AS VARCHAR)), ':', CAST({identifier(column)} AS VARCHAR)" for column in columns]
    return f"md5_number(concat({', '.join(values) or chr(39) * 2}))"
