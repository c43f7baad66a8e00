"""What pydantic finds wrong with a value, in recon's words: what stands there, and how to write it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

_LONGEST = 60
"""Characters of a wrong value that are shown."""
_FORMS = {
    "string": ("is not a text", 'write a text in quotes, such as "name"'),
    "int": ("is not a whole number", "write digits alone, such as 10"),
    "float": ("is not a number", "write digits with a point, such as 2.5"),
    "decimal": ("is not a number", "write digits with a point, such as 2500.00"),
    "bool": ("is neither true nor false", "write true or false"),
    "list": ("is not a list", 'write it in brackets, such as ["a", "b"]'),
    "tuple": ("is not a list", 'write it in brackets, such as ["a", "b"]'),
    "dict": ("is not a table", "write keys with their values under it"),
    "model": ("is not a table", "write keys with their values under it"),
    "datetime": ("is not a moment", "write day and time, such as 2026-03-01T00:00:00Z"),
    "date": ("is not a day", "write it as 2026-03-01"),
}
"""First word of pydantic's type of an error → what is wrong, and what to do."""
_BOUNDS = {
    "greater_than": ("gt", "is too small", "it must be more than {}"),
    "greater_than_equal": ("ge", "is too small", "it must be at least {}"),
    "less_than": ("lt", "is too large", "it must be less than {}"),
    "less_than_equal": ("le", "is too large", "it must be at most {}"),
}
"""pydantic's type of an error → its name of the bound, what is wrong, and what to do."""


def explained(problem: Mapping[str, Any], secret: bool = False) -> tuple[str, str]:
    """One of ValidationError.errors() → what is wrong, with the value, and what to do; the second is empty where the first says it already.

    secret: the value may hold one, and is not shown.
    """
    kind, value, context = str(problem["type"]), problem.get("input"), problem.get("ctx") or {}
    if secret:
        return "does not fit", 'write a reference in quotes, such as "env:NAME"'
    if kind in ("value_error", "assertion_error"):
        return str(problem["msg"]).partition(" error, ")[2], ""
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        near = difflib.get_close_matches(str(value).lower(), re.findall("'([^']+)'", expected), n=1)
        return f"{written(value)} is none of {expected.replace(' or ', ', ')}", f'did you mean "{near[0]}"?' if near else "write one of them"
    if kind in ("too_short", "string_too_short"):
        least = context.get("min_length", 1)
        missing = "is empty" if least == 1 else f"is shorter than {least}"
        return f"{written(value)} {missing}", "name at least one" if kind == "too_short" else "say it in words"
    if kind in _BOUNDS:
        name, what, todo = _BOUNDS[kind]
        return f"{written(value)} {what}", todo.format(context.get(name))
    if kind.startswith("decimal_max"):
        places, digits = context.get("decimal_places"), context.get("max_digits") or context.get("whole_digits")
        return f"{written(value)} has too many digits", f"write at most {f'{places} after the point' if places is not None else digits}"
    form = next((words for name, words in _FORMS.items() if kind.startswith(f"{name}_") and not kind.startswith("string_pattern")), None)
    if form:
        return f"{written(value)} {form[0]}", form[1]
    return f"{written(value)} does not fit: {problem['msg']}", ""


def written(value: object) -> str:
    """A value as its file has it, cut where it is long; an address, may hold a password, and is not shown."""
    text = str(value) if isinstance(value, date | time) else json.dumps(value, ensure_ascii=False, default=str)
    if "://" in text:
        return "an address"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
