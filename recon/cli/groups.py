"""The kind of group that every group of commands is: its help shows the form of a value for options that take one, and none for flags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class _Plain:
    """A command or group whose flags, --help among them, have no metavar: Typer would show <bool>, and nobody can give one."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if getattr(param, "is_flag", False):
                param.metavar = ""
        return params


class PlainGroup(_Plain, TyperGroup):
    """A group whose own flags have no metavar."""


class _PlainCommand(_Plain, TyperCommand):
    """A command whose flags have no metavar."""


class Commands(typer.Typer):
    """Commands that are registered with it, and it itself, are plain in that sense. Takes what typer.Typer takes."""

    def __init__(self, *, cls: type[TyperGroup] = PlainGroup, **options: Any) -> None:
        super().__init__(cls=cls, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        """As typer.Typer.command."""
        return super().command(name, cls=_PlainCommand, **options)
