"""The state of a canonical table: written whole, or carried on by what was mapped anew. Rows that repeat or contradict one another are found here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from recon.canonical.schema import CanonicalTable
from recon.canonical.staging import identifier, literal
from recon.model import CanonicalState, Part
from recon.snapshots.parts import part_path, write_part_from_query

_INCREMENT = Path(__file__).with_name("increment.sql")
_MARKED = Path(__file__).with_name("marked.sql")
_PLACED = Path(__file__).with_name("placed.sql")

TENTH = 10
"""The base is written anew where a tenth of it would be dead, or beside it in the delta."""


def written(connection: duckdb.DuckDBPyConnection, store: Path, shape: CanonicalTable, rows: str) -> Part:
    """Store all rows of a table as its base. rows: SELECT of its columns and `_origin`, `ambiguous` as the mapping says it."""
    order = ", ".join([*_key(shape), "row_ref"])
    columns = ", ".join(identifier(name) for name in shape.all_columns)
    part = write_part_from_query(store, f"SELECT {columns}, _origin, ambiguous AS _own, true AS _shown FROM ({rows}) ORDER BY {order}", connection)
    stored, key = _file(store, part), ", ".join(_key(shape))
    twice = f"SELECT {key} FROM {stored} GROUP BY {key} HAVING count(*) > 1"
    if connection.execute(f"{twice} LIMIT 1").fetchone() is None:
        return part
    connection.execute(f"CREATE OR REPLACE TEMP TABLE twice AS {twice}")
    same = _same(_key(shape), "t", "k")
    marked = _marked(shape, f"SELECT t.* EXCLUDE (_shown) FROM {stored} t SEMI JOIN twice k ON {same}")
    return write_part_from_query(store, f"{marked} UNION ALL SELECT t.* FROM {stored} t ANTI JOIN twice k ON {same} ORDER BY {_full_order(shape)}", connection)


def carried_on(
    connection: duckdb.DuckDBPyConnection, store: Path, shape: CanonicalTable, state: CanonicalState, compared: bool
) -> tuple[Part, Part | None, Part | None]:
    """Base, delta and dead of `state` after an increment.

    Reads the tables `made` (columns of the table, `_origin`) and `driver_origin` (`_origin`); leaves in `replaced` the rows of the state that are not current
    any more and in `placed` the rows that came. compared: whether `replaced` is needed with all columns and not only with their numbers and logical keys.
    """
    columns = ", ".join(identifier(name) for name in shape.all_columns)
    parts = {0: state.base} | ({1: state.delta} if state.delta else {})
    stored = " UNION ALL ".join(
        f"SELECT CAST({number} AS TINYINT) AS _part, file_row_number + 1 AS _row, {columns}, _origin, _own, _shown "
        f"FROM read_parquet({literal(part_path(store, part.digest))}, file_row_number = true)"
        + (f" b ANTI JOIN {_file(store, state.dead)} d ON d._row = b.file_row_number + 1" if state.dead and number == 0 else "")
        for number, part in parts.items()
    )
    key, same_key = ", ".join(_key(shape)), _same(_key(shape), "t", "k")
    wanted = f"{columns}, _shown" if compared else key
    connection.execute(_INCREMENT.read_text(encoding="utf-8").format(stored=stored, key=key, same_key=same_key, wanted=wanted))
    shares = connection.execute("SELECT 1 FROM sharing_rows LIMIT 1").fetchone() is not None
    joined = "SEMI JOIN sharing_rows s ON s._part = t._part AND s._row = t._row" if shares else "WHERE false"
    plain = ", ".join(identifier(name) for name in shape.all_columns if name != "ambiguous")
    rows = f"SELECT {plain}, ambiguous, _origin, ambiguous AS _own FROM made UNION ALL BY NAME SELECT {plain}, ambiguous, _origin, _own FROM sharing"
    connection.execute(_PLACED.read_text(encoding="utf-8").format(stored=stored, joined=joined, wanted=wanted, marked=_marked(shape, rows)))
    delta = f"SELECT {columns}, _origin, _own, _shown FROM placed"
    if state.delta:
        kept = f"FROM ({stored}) t ANTI JOIN replaced r ON r._part = t._part AND r._row = t._row WHERE t._part = 1"
        delta += f" UNION ALL SELECT {columns}, _origin, _own, _shown {kept}"
    dead = "SELECT _row FROM replaced WHERE _part = 0"
    if state.dead:
        dead += f" UNION ALL SELECT _row FROM {_file(store, state.dead)}"
    counts = connection.execute(f"SELECT (SELECT count(*) FROM ({delta})), (SELECT count(*) FROM ({dead}))").fetchone()
    assert counts is not None
    if TENTH * max(counts) > state.base.rows:
        whole = f"SELECT {columns}, _origin, _own, _shown FROM placed UNION ALL SELECT {columns}, _origin, _own, _shown FROM ({stored}) t "
        whole += "ANTI JOIN replaced r ON r._part = t._part AND r._row = t._row"
        return write_part_from_query(store, f"{whole} ORDER BY {_full_order(shape)}", connection), None, None
    return (
        state.base,
        write_part_from_query(store, f"{delta} ORDER BY {_full_order(shape)}", connection) if counts[0] else None,
        write_part_from_query(store, f"{dead} ORDER BY _row", connection) if counts[1] else None,
    )


def _marked(shape: CanonicalTable, rows: str) -> str:
    said = ", ".join(identifier(name) for name in shape.all_columns if name not in ("row_ref", "ambiguous"))
    columns = ", ".join(identifier(name) for name in shape.all_columns)
    return _MARKED.read_text(encoding="utf-8").format(columns=columns, key=", ".join(_key(shape)), said=said, rows=rows)


def _key(shape: CanonicalTable) -> list[str]:
    return ["plant", *(identifier(column) for column in shape.key)]


def _full_order(shape: CanonicalTable) -> str:
    """No two rows are equal in all of it."""
    first = [*_key(shape), "row_ref", "_origin"]
    return ", ".join([*first, *(identifier(name) for name in shape.all_columns if identifier(name) not in first and name not in first)])


def _same(columns: Sequence[str], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{column} IS NOT DISTINCT FROM {other}.{column}" for column in columns)


def _file(store: Path, part: Part) -> str:
    return f"read_parquet({literal(part_path(store, part.digest))})"
