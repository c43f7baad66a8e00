"""Is a pack fit for use? Everything about its mappings that can be told without a row of data."""

from __future__ import annotations

import duckdb

from recon.canonical import changes, staging
from recon.canonical.looks import look_of
from recon.canonical.packs import Mapping, Pack
from recon.canonical.schema import canonical_tables
from recon.canonical.staging import identifier
from recon.canonical.statement import blamed_on, know_source, query, restrict, schemas_anew, show
from recon.errors import RuleError


def check(pack: Pack, connection: duckdb.DuckDBPyConnection) -> list[RuleError]:
    """The first mistake of each mapping of a pack that could be loaded: paths and SQL are run on empty tables, as increments and as a whole.

    Takes `connection` for its own.
    """
    staging.prepare(connection)
    know_source(connection, "UTC", (), {})
    schemas_anew(connection, "typed", "changed", "done")
    for table in pack.tables.values():
        staging.empty(connection, table)
        connection.execute(f"CREATE TABLE changed.{identifier(table.name)} AS SELECT * EXCLUDE (row_ref, ambiguous) FROM typed.{identifier(table.name)}")
    errors = []
    for mapping in pack.mappings:
        try:
            _run(connection, pack, mapping)
        except RuleError as error:
            errors.append(error)
        columns = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in canonical_tables()[mapping.table].all_columns.items())
        connection.execute(f"CREATE VIEW done.{identifier(mapping.table)} AS SELECT {columns} WHERE false")
        connection.execute(f"CREATE TABLE changed.{identifier(f'mapped_{mapping.table}')} AS SELECT * EXCLUDE (row_ref) FROM done.{identifier(mapping.table)}")
    return errors


def _run(connection: duckdb.DuckDBPyConnection, pack: Pack, mapping: Mapping) -> None:
    show(connection, mapping)
    with blamed_on(mapping):
        changes.find_drivers(connection, mapping, {one.name: 1 for one in mapping.inputs})
    for one in mapping.inputs:
        if one.sql:
            width = len(connection.execute(f"DESCRIBE {one.sql}").fetchall())
            if width != len(mapping.key):
                todo = f"it selects the mapping's key and nothing else: {', '.join(mapping.key)}"
                raise RuleError(str(mapping.file), f"the path from {one.name} gives {width} columns, and the key has {len(mapping.key)}", todo)
    for column in mapping.asked:
        if look_of(pack, f"{pack.schema}.{mapping.table}", column) is None:
            todo = (
                "every table has to hold the key, or be compared in its path, by one column, with a table that does; a mapped one is asked by that column too"
            )
            raise RuleError(str(mapping.file), f"cannot be asked for by {column} again: its paths do not lead to all of its tables", todo)
    for part in (False, True):
        if part:
            restrict(connection, mapping, [f"k{number}" for number in range(1, len(mapping.key) + 1)])
        with blamed_on(mapping):
            connection.execute(query(connection, mapping, "P01/100", "source", ()))
