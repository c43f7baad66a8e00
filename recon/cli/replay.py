"""recon replay: a past run once more."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from recon.cli.options import workspace_of
from recon.errors import ExitCode

Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run or its beginning, such as a day.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Keep the replay as a workspace in this empty folder; default: nothing is kept.", show_default=False)
]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="At most N single findings in the table.")]


def replay(ctx: typer.Context, run: Run, out: Out = None, form: Format = "table", limit: Limit = 50) -> None:
    """Judge a past run again from the parts that it had read, and tell whether it says the same. No source is read, nothing in the workspace changes.

    Exit code 0: it finds the same. 1: it does not. 4: a part is missing or not what it was.

    Example: recon replay 20260310
    """
    workspace = workspace_of(ctx)
    from recon.reporting import runs

    past = runs.find_run(workspace, run)
    from recon import replay as replaying
    from recon.cli.run import progress
    from recon.reporting import json, replayed, terminal

    with ExitStack() as stack:
        into = replaying.empty_folder(workspace, out) if out else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recon-replay-")))
        with progress() as say:
            found = replaying.replay(workspace, past, into, say)
        if form == "json":
            replayed.write_json(found, json.standard_output("json"))
        else:
            terminal.show_replay(found, limit)
        if out:
            typer.echo(f"kept in {out}: `recon -w {out} findings` reads it", err=True)
    raise typer.Exit(ExitCode.CLEAN if found.same else ExitCode.FINDINGS)
