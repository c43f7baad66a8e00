"""recon packs: how sources become canonical tables, listed and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from recon.cli.groups import Commands
from recon.cli.options import workspace_of
from recon.errors import ExitCode, ReconError

app = Commands(no_args_is_help=True, help="List and check the packs that map sources.")

Format = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[PACK]...", help="Only these; default: all.", show_default=False)]


def _folders(ctx: typer.Context) -> list[Path]:
    from recon.canonical.packs import SHIPPED

    return [workspace_of(ctx) / "packs", SHIPPED]


@app.command("list")
def list_packs(ctx: typer.Context, form: Format = "table") -> None:
    """List the packs in force, with the tables that each reads and fills.

    Example: recon packs list
    """
    from recon.canonical.packs import load_pack, names

    folders = _folders(ctx)
    rows = [
        {
            "pack": pack.name,
            "fills": pack.schema,
            "from": "site" if (folders[0] / pack.name).is_dir() else "shipped",
            "maps": [mapping.table for mapping in pack.mappings],
            "reads": sorted(pack.tables),
        }
        for pack in (load_pack(name, folders) for name in names(folders))
    ]
    if form == "json":
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from recon.cli.tables import print_rows

    told = [tuple(", ".join(value) if isinstance(value, list) else value for value in row.values()) for row in rows]
    print_rows(["pack", "fills", "from", "maps", "reads"], told)


@app.command()
def check(ctx: typer.Context, only: Names = None) -> None:
    """Check packs: front matter, keys and paths, and SQL, which is run on empty tables.

    Example: recon packs check mes-tables
    """
    from recon.canonical import check as checking
    from recon.canonical.packs import load_pack, names
    from recon.config import WorkspaceSettings
    from recon.engines.duckdb import connect

    folders = _folders(ctx)
    chosen = only or names(folders)
    problems: list[ReconError] = []
    mappings = 0
    for name in chosen:
        try:
            pack = load_pack(name, folders)
        except ReconError as error:
            problems.append(error)
            continue
        mappings += len(pack.mappings)
        with connect(WorkspaceSettings()) as connection:
            problems += checking.check(pack, connection)
    for problem in problems:
        typer.echo(str(problem))
    typer.echo(f"{len(chosen)} packs with {mappings} mappings checked, {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    raise typer.Exit(ExitCode.USAGE if problems else ExitCode.CLEAN)
