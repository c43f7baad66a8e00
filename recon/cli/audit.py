"""recon audit: what an auditor asks of a workspace."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from recon.cli.groups import Commands
from recon.cli.options import workspace_of
from recon.errors import ConfigurationError

app = Commands(no_args_is_help=True, help="Check that what was recorded is what is there.")

Heads = Annotated[
    list[str] | None, typer.Option("--head", metavar="HASH", help="A head that a report printed, or its first 16 digits; may be repeated.", show_default=False)
]


@app.command()
def verify(ctx: typer.Context, head: Heads = None) -> None:
    """Walk the chain of the ledger and hold every run, and every file of it, to what was recorded. Changes nothing.

    Exit code 0: everything is what it was; 4: something is not, and the message names the first that is not.

    Example: recon audit verify --head 929853bc3fe642e0
    """
    from recon.config import FILE_NAME, missing
    from recon.findings.integrity import verify as verify_workspace
    from recon.reporting.words import many

    heads = [_head(text) for text in head or ()]
    found = verify_workspace(workspace_of(ctx), heads)
    if found is None:
        if not (workspace_of(ctx) / FILE_NAME).exists():
            raise missing(workspace_of(ctx))
        typer.echo("there is no ledger and no run yet, so there is nothing to verify")
        return
    counted = many(found.events, "event"), many(found.runs, "run"), many(found.parts, "part")
    typer.echo("{} in the chain, {} and all their files as recorded, {} there".format(*counted))
    for run_id in found.unrecorded:
        typer.echo(f"run {run_id} is not recorded yet: the next `recon run` does it, and until then its manifest is held to nothing")
    typer.echo(f"head of the chain: {found.head.hash} (event {found.head.seq})")


def _head(text: str) -> str:
    """A head as it was printed: at least the 16 digits that `recon status` shows."""
    if not re.fullmatch(r"[0-9a-fA-F]{16,64}", text):
        raise ConfigurationError("--head", f"{text!r} is not the head of a chain", "give the 64 digits that a report prints, or at least the first 16")
    return text.lower()
