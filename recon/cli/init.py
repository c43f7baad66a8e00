"""`recon init`: a workspace for a new site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recon.cli.options import workspace_of
from recon.errors import ConfigurationError, WorkspaceError

FOLDERS = ("inbox", "crosswalks", "packs", "rules", "store", "reports")
"""What a site owns; README.md says what belongs in each."""

_TEMPLATE = Path(__file__).parent / "templates" / "recon.toml"

# The site's group may read, and what is made inside stays the group's; nobody else sees production data.
_FOLDER_MODE = 0o2750
_FILE_MODE = 0o640


Directory = Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Where to make it; default: the folder that -w names.", show_default=False)]


def init(ctx: typer.Context, directory: Directory = None) -> None:
    """Make a workspace: a recon.toml to fill in and the folders beside it. Nothing that is there already is changed.

    Example: recon init /srv/recon/lindau
    """
    workspace = directory or workspace_of(ctx)
    make(workspace)
    here = "" if workspace == Path() else f" -w {workspace}"
    typer.echo(f"Made a workspace in {workspace.resolve()}")
    typer.echo(f"  1. fill in {workspace / _TEMPLATE.name}: plants, sources, how they write numbers and dates")
    typer.echo(f"  2. recon{here} doctor")
    typer.echo(f"  3. recon{here} run")


def make(workspace: Path) -> None:
    """Write recon.toml and the folders under `workspace`. Raises ConfigurationError where there is one, WorkspaceError where it cannot write."""
    file = workspace / _TEMPLATE.name
    if file.exists():
        raise ConfigurationError(str(file), "is there already, and init overwrites nothing", "name another folder, or edit this file")
    try:
        for folder in (workspace, *(workspace / name for name in FOLDERS)):
            if not folder.is_dir():
                folder.mkdir(parents=True)
                folder.chmod(_FOLDER_MODE)
        with file.open("x", encoding="utf-8") as target:
            target.write(_TEMPLATE.read_text(encoding="utf-8"))
        file.chmod(_FILE_MODE)
    except OSError as error:
        raise WorkspaceError(
            str(error.filename or workspace), f"cannot be written: {error.strerror}", "check its owner and permissions, or name another folder"
        ) from None
