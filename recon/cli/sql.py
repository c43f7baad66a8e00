"""recon sql: a run for anyone with SQL."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Literal

import typer

from recon.cli.options import RunOption, workspace_of
from recon.errors import ConfigurationError

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
        try:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchall()
        except duckdb.Error as error:
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
