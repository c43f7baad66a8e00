"""recon findings and recon show: the mismatches of a run, and one of them with its evidence."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from recon.cli.options import Causes, Families, OlderThan, Owners, Plants, Rules, RunArgument, RunOption, Severities, States, workspace_of

FindingsFormat = Annotated[Literal["table", "json", "csv", "parquet"], typer.Option("--format", help="table for reading; the others hold consequences too.")]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="At most N, worst first; default: 100 in a table, else all.", show_default=False)
]
ShowFormat = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
FindingArgument = Annotated[str, typer.Argument(metavar="FINDING", help="Its id, or as many of the first digits as tell it apart.")]


def findings(
    ctx: typer.Context,
    run: RunArgument = None,
    rule: Rules = None,
    family: Families = None,
    plant: Plants = None,
    severity: Severities = None,
    state: States = None,
    owner: Owners = None,
    cause: Causes = None,
    older_than: OlderThan = None,
    form: FindingsFormat = "table",
    limit: Limit = None,
) -> None:
    """List the findings of a run, worst first."""
    from recon.reporting import json, runs, terminal
    from recon.reporting.selection import Selection, known

    chosen = runs.find_run(workspace_of(ctx), run)
    selection = Selection(
        rules=tuple(rule or ()),
        families=tuple(family or ()),
        plants=tuple(plant or ()),
        severities=tuple(severity or ()),
        states=tuple(state or ()),
        owners=tuple(owner or ()),
        causes=tuple(cause or ()),
        older_than=older_than.nights if older_than else None,
        older_than_working=older_than.working_days if older_than else None,
    )
    opened = {"table": ("not_evaluated", "refused"), "json": ("evidence",)}.get(form, ())
    with runs.open_run(chosen.folder, "findings", *opened) as connection:
        selection = known(connection, chosen, selection)
        if form == "table":
            terminal.show_findings(connection, selection, limit or terminal.TABLE_ROWS)
        else:
            json.write_findings(connection, selection, form, json.standard_output(form), limit)


def show(ctx: typer.Context, finding: FindingArgument, run: RunOption = None, form: ShowFormat = "table") -> None:
    """Show one finding: both sides, the rows behind it, and what to do."""
    from recon.reporting import json, runs, terminal
    from recon.reporting.selection import Selection, find_finding

    workspace = workspace_of(ctx)
    chosen = runs.find_run(workspace, run)
    with runs.open_run(chosen.folder, "findings", "evidence", "proposals") as connection:
        finding_id = find_finding(connection, finding, chosen.run_id)
        if form == "json":
            json.write_findings(connection, Selection(finding_id=finding_id), "json", json.standard_output("json"))
        else:
            from recon import config

            terminal.show_finding(connection, chosen, config.load(workspace), finding_id)
