"""The declared form of a text in SQL: what means nothing, what the months are called, and what a date looks like."""

from __future__ import annotations

from recon.config import Form
from recon.patterns import look


def text_of(value: str, form: Form) -> str:
    """SQL: the text of a raw value; NULL where it is blank or one of the declared signs for nothing."""
    text = f"as_text({value})"
    return f"CASE WHEN {text} NOT IN ({', '.join(map(_literal, form.null))}) THEN {text} END" if form.null else text


def dated(text: str, pattern: str, form: Form) -> tuple[str, str, str]:
    """SQL of a text that DuckDB understands, the pattern to read it by, and what it has to look like, for a moment of the declared `pattern`.

    The name of a month is a number then.
    """
    if not form.months or "%b" not in pattern:
        return text, pattern, look(pattern)
    name = rf"regexp_extract({text}, '\p{{L}}+')"
    numbers = " ".join(f"WHEN {_literal(month.lower())} THEN '{number:02}'" for number, month in enumerate(form.months, start=1))
    numeric = pattern.replace("%b", "%m")
    return rf"regexp_replace({text}, '\p{{L}}+', CASE lower({name}) {numbers} END)", numeric, look(numeric)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
