"""Arguments and options that several commands share, so that they read and mean the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


@dataclass(frozen=True)
class Age:
    """How long something has been open: one of the two."""

    nights: int | None = None
    working_days: int | None = None


def age(text: str) -> Age:
    """'5' → nights, '5wd' → working days of the finding's plant."""
    number = text.strip().removesuffix("wd")
    if not (number.isascii() and number.isdigit()):
        raise typer.BadParameter(f"{text!r} is neither a number of nights, such as 5, nor of working days, such as 5wd")
    return Age(working_days=int(number)) if text.strip() != number else Age(nights=int(number))


@dataclass(frozen=True)
class Context:
    """What the options before the command say; commands find it as `ctx.obj`."""

    workspace: Path


def workspace_of(ctx: typer.Context) -> Path:
    """The workspace that the command works on."""
    workspace: Path = ctx.obj.workspace
    return workspace


RunArgument = Annotated[str | None, typer.Argument(metavar="[RUN]", help="Id of the run or its beginning; default: the newest one.", show_default=False)]
RunOption = Annotated[str | None, typer.Option("--run", metavar="RUN", help="Id of the run or its beginning; default: the newest one.", show_default=False)]
Rules = Annotated[list[str] | None, typer.Option("--rule", metavar="ID", help="Only this rule, such as STK-001; may be repeated, as all filters.")]
Families = Annotated[list[str] | None, typer.Option("--family", metavar="NAME", help="Only this family of rules, by prefix (STK) or name.")]
Plants = Annotated[list[str] | None, typer.Option("--plant", metavar="PLANT", help="Only this plant.")]
Severities = Annotated[list[str] | None, typer.Option("--severity", metavar="SEVERITY", help="Only critical, high, medium or low.")]
States = Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="Only this state, such as new, 'in flight' or resolved.")]
Owners = Annotated[list[str] | None, typer.Option("--owner", metavar="OWNER", help="Only findings that this owner looks after.")]
Causes = Annotated[list[str] | None, typer.Option("--cause", metavar="TEXT", help="Only what messages explain whose cause has this in it, such as MBGMCR.")]
OlderThan = Annotated[
    Age | None, typer.Option("--older-than", metavar="NIGHTS", parser=age, help="Only what has been open for more nights than this, or working days: 5wd.")
]
