"""A second chance to notice a mutant: what no case notices, a case with a second object beside it may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.rule import Rule
from tests.rules.neighbours import Neighbours, belong_together, mixed_up, neighbours

from . import bench
from .bench import Layout, Noticed, Silent
from .breakages import Mutant

BESIDE = "beside another "
"""Begins how a mutant was noticed by a second object."""


def tried(task: tuple[str, Mutant, Sequence[Mutant]]) -> tuple[str, list[tuple[Mutant, Noticed | None]]]:
    """As bench.tried_beside, and what survives there is tried once more."""
    owner, found = bench.tried_beside(task)
    alive = [mutant for mutant, noticed in found if noticed is None and mutant.what != "nothing"]
    again: dict[str, Noticed | None] = {}
    for layout in _plain(owner) if alive else ():
        with engine.connect(WorkspaceSettings(threads=1)) as connection:
            bench_ = Beside(connection, layout, owner)
            if wrong := bench_.noticed(task[1].sql):
                return owner, [(task[1], wrong)]
            again |= {mutant.sql: noticed for mutant in alive if (noticed := again.get(mutant.sql) or bench_.noticed(mutant.sql))}
    return owner, [(mutant, noticed or again.get(mutant.sql)) for mutant, noticed in found]


def _plain(owner: str) -> list[Layout]:
    """Of each pairing that the owner is a part of, the cases with the parameters that most of them have."""
    largest: dict[str, Layout] = {}
    for layout in bench.layouts(bench.over(owner)):
        if not layout.cases[0].tells and not layout.pairing.noted:
            largest.setdefault(layout.pairing.name, layout)
    return list(largest.values())


class Beside(Silent):
    """What is said of each case's object with a second one beside it."""

    def __init__(self, connection: Any, layout: Layout, owner: str) -> None:
        self.neighbours: Neighbours = neighbours(layout)
        super().__init__(connection, self.neighbours, owner)

    def unbroken(self) -> Iterator[tuple[Rule, Sequence[int], list[dict[str, Any]]]]:
        """Rule, places of its cases, and what it returns of them as it is."""
        for rule, number, places, rows in self.runs:
            names, _ = self._returned(rule, number, rule.sql)
            yield rule, places, [dict(zip(names, row, strict=True)) for row in rows]

    def _compared(self, rule: Rule, places: Sequence[int], rows: list[dict[str, Any]]) -> Noticed | None:
        for number, kind in self.mixed(rule, places, rows):
            case = self.neighbours.cases[number].name
            if not belong_together(rule.id, case, kind):
                return Noticed(rule.id, case, f"{BESIDE}{kind}")
        return None

    def mixed(self, rule: Rule, places: Sequence[int], rows: list[dict[str, Any]]) -> list[tuple[int, str]]:
        """Place of a case → kind of number of the second object, where of the first something else is said than without it."""
        by_place: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            by_place.setdefault(int(str(row["system"]).rpartition("#")[2]), []).append(row)
        return [
            (beside, str(self.neighbours.kinds[beside]))
            for first, several in self.neighbours.first()
            if first in places
            for beside in several
            if mixed_up(by_place.get(beside, ()), by_place.get(first, ()), rule.key)
        ]
