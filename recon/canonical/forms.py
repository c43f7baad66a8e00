"""The declared form of a text in SQL: what means nothing, what the months are called, and how long a date without separators is."""

from __future__ import annotations

import re

from recon.config import Form

_WIDTHS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}


def text_of(value: str, form: Form) -> str:
    """SQL: the text of a raw value; NULL where it is blank or one of the declared signs for nothing."""
    text = f"as_text({value})"
    return f"CASE WHEN {text} NOT IN ({', '.join(map(_literal, form.null))}) THEN {text} END" if form.null else text


def dated(text: str, pattern: str, form: Form) -> tuple[str, str]:
    """SQL of a text that DuckDB understands, and the pattern to read it by, for a date, time or timestamp of the declared `pattern`.

    A month is a number then. Where digits stand without a separator the text must have its full length: strptime takes 2026039 for March 9th.
    """
    guarded = f"CASE WHEN length({text}) = {width} THEN {text} END" if (width := _width(pattern)) else text
    if not form.months or "%b" not in pattern:
        return guarded, pattern
    name = rf"regexp_extract({text}, '\p{{L}}+')"
    numbers = " ".join(f"WHEN {_literal(month.lower())} THEN '{number:02}'" for number, month in enumerate(form.months, start=1))
    return rf"regexp_replace({guarded}, '\p{{L}}+', CASE lower({name}) {numbers} END)", pattern.replace("%b", "%m")


def _width(pattern: str) -> int | None:
    """Characters of a text of the pattern, where two of its numbers stand side by side; None: they are separated, or their width varies."""
    if not re.search(r"%[YymdHMS]%[YymdHMS]", pattern):
        return None
    letters = re.findall(r"%.|.", pattern)
    return sum(_WIDTHS.get(letter, 1) for letter in letters) if all(letter in _WIDTHS or "%" not in letter for letter in letters) else None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
