"""What is wrong with a source, said once: tables that fail alike are one trouble, and what to do about it stands apart from what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

from recon.reporting.tree import Trouble

_TIP = "\n  Tip: "
"""How a message of recon's parts what is wrong from what to do (recon/errors.py)."""


def troubles(source: str, problems: Mapping[str, str]) -> tuple[Trouble, ...]:
    """Problems by table → those that are alike but for the table's name, put together; the most frequent first."""
    alike: dict[str, list[tuple[str, str, str]]] = {}
    for table, problem in sorted(problems.items()):
        what, _, tip = problem.partition(_TIP)
        what = what_alone(what, source)
        alike.setdefault(re.sub(rf"\b{re.escape(table)}\b", "…", what), []).append((table, what, tip))
    found = [
        Trouble(tuple(table for table, _, _ in group), group[0][1] if len(group) == 1 else pattern, group[0][2] if len(group) == 1 else "")
        for pattern, group in alike.items()
    ]
    return tuple(sorted(found, key=lambda trouble: (-len(trouble.tables), trouble.tables)))


def of_all(source: str, problem: str) -> Trouble:
    """The problem of a source that failed as a whole."""
    return Trouble((), what_alone(problem, source), problem.partition(_TIP)[2])


def on_one_line(message: str) -> str:
    """A message with its advice, without the break between them."""
    return message.replace(_TIP, "; ")


def in_short(found: tuple[Trouble, ...], tables: int) -> str | None:
    """One line for a strip: the largest trouble, and how many more there are. None where there is none."""
    if not found:
        return None
    first = found[0]
    if not first.tables:
        return first.what
    named = ", ".join(first.tables[:3]) + (", …" if len(first.tables) > 3 else "")
    line = f"{named}: {first.what}" if len(first.tables) == 1 else f"{len(first.tables)} of {tables} tables: {first.what} ({named})"
    others = sum(len(trouble.tables) for trouble in found[1:])
    return f"{line}; {others} more {'table' if others == 1 else 'tables'} with troubles" if others else line


def what_alone(message: str, source: str) -> str:
    """A message without its advice and without the place that the reader knows already."""
    what = message.partition(_TIP)[0]
    return re.sub(rf"^(?:{re.escape(source)}: )?source {re.escape(source)}(?:, table \S+)?(?: \([^)]*\))?(?:, table \S+)?: ", "", what)
