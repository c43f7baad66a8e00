"""recon sql: a run for anyone with SQL."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recon.cli.options import RunOption, workspace_of
from recon.errors import ConfigurationError, IntegrityError

if TYPE_CHECKING:
    import duckdb

Query = Annotated[str | None, typer.Argument(metavar="[QUERY]", help="A SELECT; from standard input where none is given.", show_default=False)]
Format = Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="How to print the answer.")]


def sql(ctx: typer.Context, query: Query = None, run: RunOption = None, form: Format = "table") -> None:
    """Query a run: findings, evidence, outcomes, not_evaluated, refused, transitions, and the canonical tables such as sap.movement.

    Example: recon sql "SELECT rule_id, count(*) FROM findings GROUP BY ALL ORDER BY ALL"
    """
    import duckdb

    from recon.config import WorkspaceSettings
    from recon.engines.duckdb import connect
    from recon.findings import views
    from recon.reporting import runs

    chosen = runs.find_run(workspace_of(ctx), run)
    if query is None:
        if sys.stdin.isatty():
            raise ConfigurationError("recon sql", "has no query", 'write it behind the command, as in: recon sql "SELECT * FROM findings LIMIT 10"')
        query = sys.stdin.read()
    with connect(WorkspaceSettings()) as connection:
        views.create_views(connection, chosen.folder)
        _shut(connection, chosen.folder.absolute().parent.parent)
        try:
            _only_reads(connection, query)
            answer = connection.sql(query).to_arrow_table()
            names = answer.column_names
            rows = list(zip(*(column.to_pylist() for column in answer.columns), strict=True))
        except duckdb.Error as error:
            if ".parquet" in str(error):  # a part that cannot be read is no mistake in the query
                raise IntegrityError(str(chosen.folder), str(error).split("\n\n")[0], "restore the part from a backup") from None
            raise ConfigurationError("recon sql", str(error).split("\n\n")[0], "DESCRIBE findings shows the columns of a table") from None
    if form == "json":
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], default=str, indent=1, ensure_ascii=False))
    elif form == "csv":
        import csv

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        from recon.cli.tables import print_rows

        print_rows(names, rows)


def _only_reads(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raises ConfigurationError unless `query` is one SELECT."""
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise ConfigurationError("recon sql", "answers one SELECT and changes nothing", "copy what you need with --format csv or json")


def _shut(connection: duckdb.DuckDBPyConnection, store: Path) -> None:
    """From here on the connection reads nothing but the store, and reaches no network."""
    folder = str(store).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
