"""Relations that no rule could write for itself, since rules cannot recurse: what follows from links along whole chains, by repeated set work.

Each step joins what was new in the step before with the links, and stops when nothing is new (semi-naive evaluation), so that circles and any depth end by
themselves. Everything happens in the engine; what is counted here are steps, never rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import duckdb

_FOLDER = Path(__file__).parent
VIEWS = {"sap": "in_sap", "mes": "in_mes", "joined": "true"}
"""View of the genealogy → condition on genealogy.link."""


def link(connection: duckdb.DuckDBPyConnection) -> None:
    """Make genealogy.node, genealogy.link and genealogy.origin out of the canonical tables (links.sql and origins.sql say which columns they have)."""
    _run(connection, "links.sql")
    _run(connection, "origins.sql")


def prepare(connection: duckdb.DuckDBPyConnection, relations: Collection[str]) -> None:
    """Make canonical."<name>" for each of `relations` (keys of recon.rule.PREPARED), out of genealogy.link."""
    for name in sorted(relations):
        _MAKE[name](connection)


def _descendants(connection: duckdb.DuckDBPyConnection) -> None:
    """First along links that are sure, then along all of them: a batch that only the second walk finds is uncertain."""
    _run(connection, "seeds.sql")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE genealogy_reached AS "
        "SELECT id AS seed, id, 0 AS depth, CAST(NULL AS TIMESTAMP) AS changed_at, true AS sure FROM genealogy_seed"
    )
    for sure in ("true", "false"):
        condition = "problems IS NULL AND NOT ambiguous" if sure == "true" else "true"
        connection.execute("CREATE OR REPLACE TEMP TABLE genealogy_new AS SELECT * FROM genealogy_reached")
        while _count(connection, "genealogy_new"):
            connection.execute(f"""
                CREATE OR REPLACE TEMP TABLE genealogy_new AS
                SELECT f.seed, l.output AS id, min(f.depth) + 1 AS depth, min(greatest(f.changed_at, l.changed_at)) AS changed_at, {sure} AS sure
                FROM genealogy_new f JOIN genealogy.link l ON l.input = f.id
                WHERE {condition} AND NOT EXISTS (FROM genealogy_reached r WHERE r.seed = f.seed AND r.id = l.output)
                GROUP BY f.seed, l.output""")
            connection.execute("INSERT INTO genealogy_reached BY NAME SELECT * FROM genealogy_new")
    _run(connection, "descendants.sql")


def _batches(connection: duckdb.DuckDBPyConnection) -> None:
    """Where every batch's chain ends without an origin, and the circles, in each view."""
    connection.execute("CREATE OR REPLACE TEMP TABLE genealogy_judged (view VARCHAR, id INTEGER, made BOOLEAN, end_of_chain INTEGER, uncertain VARCHAR, "
                       "reason VARCHAR, since TIMESTAMP, end_changed_at TIMESTAMP, oldest INTEGER, batches BIGINT, circle_changed_at TIMESTAMP, "
                       "circle_uncertain VARCHAR)")  # fmt: skip
    for view, condition in VIEWS.items():
        _edges(connection, condition)
        _circles(connection)
        _run(connection, "ends.sql")
        connection.execute("CREATE OR REPLACE TEMP TABLE genealogy_label AS SELECT id, rank AS label FROM genealogy_end")
        _spread(connection, "genealogy_edge")
        _rename(connection, "genealogy_label", "genealogy_worst")
        # What marks a circle as lawful is taken out of it: one that still closes is none.
        _edges(connection, f"{condition} AND purpose IS NULL")
        _circles(connection)
        connection.execute((_FOLDER / "judged.sql").read_text(encoding="utf-8"), {"view": view})
    _run(connection, "batches.sql")


def _edges(connection: duckdb.DuckDBPyConnection, condition: str) -> None:
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE genealogy_edge AS
        SELECT input, output, max(changed_at) AS changed_at, min(problems) AS problems, bool_or(ambiguous) AS ambiguous,
               bool_or(mes_tells) AS mes_tells
        FROM genealogy.link WHERE {condition} GROUP BY input, output""")


def _circles(connection: duckdb.DuckDBPyConnection) -> None:
    """genealogy_circle (id, circle): batches of genealogy_edge that lead back to themselves, each with the least id of those that lead to one another.

    What nothing leads to, or leads nowhere, is in no circle and is taken away until nothing is. In what is left every batch gets the least id that leads to
    it; those that lead back to that one, among batches of the same label, are its circle. They are taken away too, and all over again.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE genealogy_circle (id INTEGER, circle INTEGER)")
    connection.execute("CREATE OR REPLACE TEMP TABLE genealogy_alive AS SELECT input, output FROM genealogy_edge")
    while _peel(connection):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE genealogy_label AS "
            "SELECT input AS id, input AS label FROM genealogy_alive UNION SELECT output, output FROM genealogy_alive"
        )
        _spread(connection, "genealogy_alive")
        _rename(connection, "genealogy_label", "genealogy_colour")
        connection.execute("CREATE OR REPLACE TEMP TABLE genealogy_label AS SELECT id, label FROM genealogy_colour WHERE id = label")
        connection.execute("""
            CREATE OR REPLACE TEMP TABLE genealogy_back AS
            SELECT e.output AS input, e.input AS output FROM genealogy_alive e
            JOIN genealogy_colour a ON a.id = e.input JOIN genealogy_colour b ON b.id = e.output AND b.label = a.label""")
        _spread(connection, "genealogy_back")
        connection.execute("""
            INSERT INTO genealogy_circle
            SELECT id, label FROM genealogy_label
            WHERE label IN (SELECT label FROM genealogy_label GROUP BY label HAVING count(*) > 1)
               OR id IN (SELECT input FROM genealogy_alive WHERE input = output)""")
        connection.execute("""
            DELETE FROM genealogy_alive
            WHERE input IN (SELECT id FROM genealogy_label) OR output IN (SELECT id FROM genealogy_label)""")


def _peel(connection: duckdb.DuckDBPyConnection) -> int:
    """Take away the edges of genealogy_alive that are on no way from a circle to a circle; how many are left."""
    before, left = -1, _count(connection, "genealogy_alive")
    while left and left != before:
        connection.execute("""
            CREATE OR REPLACE TEMP TABLE genealogy_kept AS
            SELECT input, output FROM genealogy_alive
            WHERE input IN (SELECT output FROM genealogy_alive) AND output IN (SELECT input FROM genealogy_alive)""")
        _rename(connection, "genealogy_kept", "genealogy_alive")
        before, left = left, _count(connection, "genealogy_alive")
    return left


def _spread(connection: duckdb.DuckDBPyConnection, edges: str) -> None:
    """Carry the labels of genealogy_label (id, label) along `edges` until every id that is reached has the least that reaches it."""
    connection.execute("CREATE OR REPLACE TEMP TABLE genealogy_new AS SELECT id, label FROM genealogy_label")
    while _count(connection, "genealogy_new"):
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE genealogy_new AS
            SELECT e.output AS id, min(f.label) AS label
            FROM genealogy_new f JOIN {edges} e ON e.input = f.id
            GROUP BY e.output
            HAVING NOT EXISTS (FROM genealogy_label l WHERE l.id = e.output AND l.label <= min(f.label))""")
        connection.execute("DELETE FROM genealogy_label WHERE id IN (SELECT id FROM genealogy_new)")
        connection.execute("INSERT INTO genealogy_label SELECT id, label FROM genealogy_new")


def _rename(connection: duckdb.DuckDBPyConnection, old: str, new: str) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {new}; ALTER TABLE {old} RENAME TO {new}")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def _run(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute((_FOLDER / name).read_text(encoding="utf-8"))


_MAKE: dict[str, Callable[[duckdb.DuckDBPyConnection], None]] = {"trace.descendant": _descendants, "trace.batch": _batches}
