"""What will happen when: the systems act in order of time, whoever asked for it first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class Agenda:
    """Actions with their moments."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, Callable[[], object]]] = []

    def at(self, moment: datetime, action: Callable[[], object]) -> None:
        self._entries.append((moment, len(self._entries), action))

    def play(self) -> None:
        """Carry out everything, earliest first; of equal moments what was asked for first."""
        for _, _, action in sorted(self._entries, key=lambda entry: entry[:2]):
            action()
