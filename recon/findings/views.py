"""A run for anyone with SQL: views over its files and over the canonical parts it judged."""

from __future__ import annotations

from pathlib import Path

import duckdb

from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.errors import IntegrityError, WorkspaceError
from recon.model import JsonObject
from recon.snapshots import trust
from recon.snapshots.current import canonical_rows
from recon.snapshots.listing import parts_of
from recon.snapshots.manifest import canonical_of
from recon.snapshots.parts import read_part

FILES = ("findings", "evidence", "outcomes", "not_evaluated", "refused", "unread", "gates", "transitions", "proposals", "latency")
YOUNGER = ("unread", "gates", "latency")


def create_views(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the views of the published run in `folder`: its files by name, its canonical tables as <schema>.<table>.

    Raises IntegrityError where a file is not what the manifest says, or where a part that it names is missing or damaged.
    """
    folder = folder.absolute()
    _, manifest = trust.read_checked(folder)
    trust.check_outputs(folder, manifest, [f"{name}.parquet" for name in _there(manifest)])
    for part in parts_of({"canonical": manifest["canonical"]}):
        read_part(folder.parent.parent, part)
    try:
        _create(connection, folder, manifest)
    except duckdb.Error as error:
        raise IntegrityError(str(folder), f"cannot be opened: {str(error).splitlines()[0]}", trust.RESTORE) from None


def _there(manifest: JsonObject) -> list[str]:
    """The files of the run; one that is older than some of them does not have those."""
    return [name for name in FILES if f"{name}.parquet" in manifest["outputs"] or name not in YOUNGER]


def _create(connection: duckdb.DuckDBPyConnection, folder: Path, manifest: JsonObject) -> None:
    for name in _there(manifest):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({_literal(folder / f'{name}.parquet')})")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for table, sources in sorted(canonical_of(manifest).items()):
        schema, _, name = table.partition(".")
        columns = list(canonical_tables()[name].all_columns)
        rows = " UNION ALL ".join(canonical_rows(folder.parent.parent, state, columns) for _, state in sorted(sources.items()))
        connection.execute(f'CREATE VIEW {schema}."{name}" AS {rows}')


def write_database(folder: Path) -> None:
    """Write run.duckdb into a published run, unless it is there. It holds views only, so it is small, and is read with any DuckDB of its version.

    Raises WorkspaceError where the disk does not take it.
    """
    final, temporary = folder / "run.duckdb", folder / ".run.duckdb.partial"
    if final.exists():
        return
    log = temporary.with_name(f"{temporary.name}.wal")
    for left in (temporary, log):
        left.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(temporary)) as connection:
            create_views(connection, folder)
            connection.execute("CHECKPOINT")  # closing would keep it to itself that the disk is full
        temporary.chmod(0o640)
        temporary.rename(final)
    except duckdb.FatalException as error:
        raise WorkspaceError(str(final), str(error).splitlines()[0], "check the disk's free space, and run again") from None
    finally:
        for left in (temporary, log):
            left.unlink(missing_ok=True)


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
