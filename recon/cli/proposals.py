"""recon proposals: what would put the findings right, and what speaks against it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from recon.cli.groups import Commands
from recon.cli.options import Families, Owners, Plants, Rules, RunArgument, RunOption, Severities, workspace_of

app = Commands(no_args_is_help=True, help="List and show the corrections that are proposed. recon posts none of them.")

Status = Annotated[
    list[str] | None,
    typer.Option("--status", metavar="STATUS", help="proposed, refused (a guard speaks against it) or none; default: the first two.", show_default=False),
]
ListFormat = Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="How to print it.")]
ShowFormat = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="At most N, worst first; default: 100 in a table, else all.", show_default=False)
]
ProposalArgument = Annotated[str, typer.Argument(metavar="PROPOSAL", help="Its id, or that of its finding, or the first digits of either.")]


@app.command("list")
def list_proposals(
    ctx: typer.Context,
    run: RunArgument = None,
    rule: Rules = None,
    family: Families = None,
    plant: Plants = None,
    severity: Severities = None,
    owner: Owners = None,
    status: Status = None,
    form: ListFormat = "table",
    limit: Limit = None,
) -> None:
    """List the proposals of a run, those of the worst findings first.

    Example: recon proposals list --severity critical
    """
    from recon.reporting import json, proposals, runs, terminal
    from recon.reporting.selection import Selection, known, spelt

    chosen = runs.find_run(workspace_of(ctx), run)
    statuses = spelt("--status", "a status of proposals", status or (), proposals.STATUSES) or proposals.SHOWN
    selection = Selection(
        rules=tuple(rule or ()), families=tuple(family or ()), plants=tuple(plant or ()), severities=tuple(severity or ()), owners=tuple(owner or ())
    )
    with runs.open_run(chosen.folder, *proposals.TABLES) as connection:
        selection = known(connection, chosen, selection)
        if form == "table":
            terminal.show_proposals(connection, selection, statuses, limit or terminal.TABLE_ROWS)
        else:
            json.write_proposals(connection, selection, statuses, form, json.standard_output(form), limit)


@app.command()
def show(ctx: typer.Context, proposal: ProposalArgument, run: RunOption = None, form: ShowFormat = "table") -> None:
    """Show one proposal: what to do where, with which values, who is believed and why, and everything to look at before.

    Example: recon proposals show RC3374323F9584BA
    """
    from recon.reporting import json, proposals, runs, terminal
    from recon.reporting.selection import Selection

    chosen = runs.find_run(workspace_of(ctx), run)
    with runs.open_run(chosen.folder, *proposals.TABLES) as connection:
        finding_id = proposals.find(connection, proposal, chosen.run_id)
        if form == "json":
            json.write_proposals(connection, Selection(finding_id=finding_id), proposals.STATUSES, "json", json.standard_output("json"))
        else:
            terminal.show_proposal(connection, finding_id)
