"""recon compare and recon history: what changed between two nights, and over all of them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from recon.cli.options import workspace_of

Before = Annotated[str, typer.Argument(metavar="RUN", help="Id of the earlier run or its beginning.")]
After = Annotated[str | None, typer.Argument(metavar="[RUN]", help="Id of the later run or its beginning; default: the newest one.", show_default=False)]
Key = Annotated[
    list[str], typer.Argument(metavar="KEY|FINDING...", help="Fields of keys, such as order_no=1000123 or batch=B1, or the first digits of a finding.")
]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most N single findings in the table.")]


def compare(ctx: typer.Context, before: Before, after: After = None, form: Format = "table", limit: Limit = 50) -> None:
    """Compare two runs: what is new, gone, or changed in state or value, rule by rule.

    Example: recon compare 20260310 20260311
    """
    from recon.reporting import compare as comparing
    from recon.reporting import json, runs, terminal

    one, other = runs.find_run(workspace_of(ctx), before), runs.find_run(workspace_of(ctx), after)
    with comparing.opened(one, other) as connection:
        if form == "json":
            comparing.write_json(connection, one, other, json.standard_output("json"))
        else:
            terminal.show_compared_runs(connection, one.run_id, other.run_id, limit)


def history(ctx: typer.Context, key: Key, form: Format = "table") -> None:
    """Tell the life of findings over the nights: states, quantities, and who decided what. Several fields have to fit together.

    Example: recon history order_no=1000123
    """
    from recon.reporting import history as histories

    found = histories.lives(workspace_of(ctx), key)
    if form == "json":
        typer.echo(histories.to_json(found))
        return
    from recon.reporting import terminal

    terminal.show_lives(found)
