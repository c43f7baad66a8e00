"""recon demo: two nights of the sample company, from nothing to a report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from recon import shipped
from recon.cli.run import moment, one_night
from recon.errors import ConfigurationError

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the demo's workspace.")]


def demo(directory: Directory = Path("recon-demo")) -> None:
    """Run two nights of a small sample company and show what a report looks like.

    Example: recon demo, then: recon -w recon-demo findings
    """
    from recon.engines.limits import foreseen
    from recon.snapshots.parts import make_folder

    company = shipped.folder("sample_data") / "small"
    with foreseen(directory):
        there = directory.exists() and any(directory.iterdir())
        make_folder(directory)
    if there:
        raise ConfigurationError(str(directory), "is there already and is not empty", "name a new folder: recon demo DIR")
    nights = sorted((company / "truth").glob("night*.json"), key=lambda file: int(file.stem.removeprefix("night")))
    code = 0
    for night in nights:
        with foreseen(directory):
            shutil.copyfile(company / "recon.toml", directory / "recon.toml")
            shutil.rmtree(directory / "inbox", ignore_errors=True)
            shutil.copytree(company / night.stem, directory / "inbox", copy_function=shutil.copyfile)
        typer.echo(f"\nNight {night.stem.removeprefix('night')} of {len(nights)}")
        code = one_night(directory, moment(json.loads(night.read_text(encoding="utf-8"))["reference"]))
    typer.echo(f"\nLook further: recon -w {directory} findings    recon -w {directory} show FINDING    recon -w {directory} status")
    raise typer.Exit(code)
