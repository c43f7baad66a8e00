"""A wrong value of an option or argument, in recon's words: Typer tells it in those of pydantic."""

from __future__ import annotations

from typing import Any

from recon.errors import ConfigurationError


def mistake(error: Any) -> ConfigurationError | None:
    """What Typer raised for a value that does not fit → the message of recon; None where Typer says it in words of its own."""
    problems = getattr(error.__cause__, "errors", None)
    param = getattr(error, "param", None)
    if not callable(problems) or param is None:
        return None
    from recon.wrong_values import explained

    where = param.opts[-1] if getattr(param, "opts", None) and param.opts[-1].startswith("-") else str(param.metavar or param.name)
    return ConfigurationError(where, *explained(problems()[0]))
