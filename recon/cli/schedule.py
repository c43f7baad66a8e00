"""recon schedule: what to install so that a workspace is run every night."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from recon.cli.options import workspace_of

At = Annotated[str, typer.Option("--at", metavar="HH:MM", help="Time of day, after the extracts have arrived.")]
Zone = Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="Time zone of --at; default: that of the first plant.", show_default=False)]
User = Annotated[str | None, typer.Option("--user", metavar="NAME", help="Account that runs it; default: the owner of the workspace.", show_default=False)]
Format = Annotated[Literal["text", "json"], typer.Option("--format", help="text for reading, json for whatever installs it.")]


def schedule(ctx: typer.Context, at: At = "02:30", zone: Zone = None, user: User = None, form: Format = "text") -> None:
    """Print a cron line, and a systemd service and timer, that run this workspace every night. Installs nothing.

    Example: recon -w /srv/recon/lindau schedule --at 04:15
    """
    from recon import config
    from recon import schedule as schedules

    workspace = workspace_of(ctx)
    found = schedules.schedule(workspace, config.load(workspace), at, zone, user)
    if form == "json":
        typer.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        return
    units = "/etc/systemd/system"
    parts = [
        "# Know:",
        *(f"#   {note}" for note in found.notes),
        f"\n# Either cron: the line for the crontab of the account (crontab -e)\n{found.cron}",
        f"\n# Or systemd: {units}/{found.name}.service\n{found.service}",
        f"# and {units}/{found.name}.timer\n{found.timer}",
        f"# then: systemctl daemon-reload && systemctl enable --now {found.name}.timer",
        f"# try it: systemctl start {found.name}.service; systemctl status {found.name}.service",
        f"# with cron and systemd alike, secrets stand in {found.environment}",
    ]
    typer.echo("\n".join(parts))
