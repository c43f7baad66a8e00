"""recon status: can last night be believed, and what did it find."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from recon.cli.options import RunArgument, workspace_of

StatusFormat = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]


def status(ctx: typer.Context, run: RunArgument = None, form: StatusFormat = "table") -> None:
    """Show whether a run can be believed and how many findings it has."""
    from recon import config
    from recon.reporting import gather, json, runs, terminal

    workspace = workspace_of(ctx)
    chosen = runs.find_run(workspace, run)
    settings = config.load(workspace)
    with runs.open_run(chosen.folder, *gather.SUMMARISED) as connection:
        summary = gather.summary(chosen, settings, connection)
    if form == "json":
        typer.echo(json.status_json(summary))
    else:
        terminal.show_status(summary)
