"""recon snapshots: what was read on which night, and whether the store still holds it."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from recon.cli.groups import Commands
from recon.cli.options import workspace_of
from recon.errors import ExitCode

app = Commands(no_args_is_help=True, help="List what the runs have read, and check that it is unchanged.")

Format = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
Run = Annotated[str | None, typer.Argument(metavar="[RUN]", help="Id of the run or its beginning; default: all runs.", show_default=False)]


def _runs(ctx: typer.Context, run: str | None) -> list[str]:
    from recon.reporting import runs

    workspace = workspace_of(ctx)
    newest = runs.find_run(workspace, run)  # says what is wrong where there is none
    return [newest.run_id] if run else list(runs.list_runs(workspace))


@app.command("list")
def list_snapshots(ctx: typer.Context, run: Run = None, form: Format = "table") -> None:
    """List the tables that were read, run by run: current rows, and of which base, delta and dead rows they are made.

    Example: recon snapshots list 20260310
    """
    from recon.reporting.troubles import on_one_line, what_alone
    from recon.snapshots.listing import held

    rows = [
        {
            "run": one.run_id,
            "source": one.source,
            "table": one.table.table,
            "as_of": one.as_of.isoformat().replace("+00:00", "Z") if one.as_of else None,
            "rows": one.table.rows,
            "base": one.table.base.rows if one.table.base else None,
            "delta": (one.table.delta.rows if one.table.delta else 0) if one.table.base else None,
            "dead": (one.table.dead.rows if one.table.dead else 0) if one.table.base else None,
            "problem": on_one_line(one.problem) if one.problem else None,
            "note": f"no rule needs it: {what_alone(one.note, one.source)}" if one.note else None,
        }
        for one in held(workspace_of(ctx) / "store", _runs(ctx, run))
    ]
    if form == "json":
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from recon.cli.tables import print_rows

    counts = ("rows", "base", "delta", "dead")
    shown = [[f"{value:,}" if name in counts and isinstance(value, int) else value for name, value in row.items()] for row in rows]
    print_rows(["run", "source", "table", "as of", *counts, "problem", "note"], shown)


@app.command()
def verify(ctx: typer.Context, run: Run = None) -> None:
    """Read every part of the runs again and compare it with its name. Exit code 4 when one is missing, damaged or changed.

    Example: recon snapshots verify
    """
    from recon.config import WorkspaceSettings
    from recon.engines import duckdb as engine
    from recon.snapshots.listing import check

    runs = _runs(ctx, run)
    parts = damaged = 0
    with engine.connect(WorkspaceSettings()) as connection:
        for checked in check(workspace_of(ctx) / "store", runs, connection):
            parts += 1
            if checked.damage:
                damaged += 1
                others = f" and {len(checked.named_by) - 1} more" if len(checked.named_by) > 1 else ""
                typer.echo(f"{checked.damage} (named by run {checked.named_by[-1]}{others})")
    verdict = f"{damaged:,} damaged" if damaged else "all are what their names say"
    typer.echo(f"{parts:,} parts of {len(runs):,} run{'s' * (len(runs) != 1)}: {verdict}")
    if damaged:
        raise typer.Exit(ExitCode.INTEGRITY)
