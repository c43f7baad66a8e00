"""recon report: files about a run for people and other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recon.cli.options import RunArgument, workspace_of

Formats = Annotated[str, typer.Option("--format", metavar="LIST", help="html, json, csv, parquet, separated by commas.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the files; default: reports/RUN in the workspace.", show_default=False)]
DataDocs = Annotated[bool, typer.Option("--data-docs", help="Write Great Expectations' own pages about the gates too, into gates/.")]


def report(ctx: typer.Context, run: RunArgument = None, formats: Formats = "html", out: Out = None, data_docs: DataDocs = False) -> None:
    """Write the reports of a run and print where they are."""
    from recon import config
    from recon.engines.limits import foreseen
    from recon.reporting import reports, runs

    workspace = workspace_of(ctx)
    chosen = runs.find_run(workspace, run)
    settings, folder = config.load(workspace), out or workspace / "reports" / chosen.run_id
    with foreseen(folder):
        files = reports.write_reports(chosen.folder, folder, settings, formats)
        if data_docs:
            from recon.gates import docs

            with runs.open_run(chosen.folder, "findings", "outcomes", runs.GATES) as connection:
                files.append(docs.write(connection, chosen.run_id, chosen.reference, folder))
    for file in files:
        typer.echo(str(file))
