"""A second object beside what a case gives, that shares all with it but one kind of number: what a rule says of the first stays as it was.

A join that forgets a part of its key mixes up the two, which no case with one object in it notices. neighbours.yaml says of which rules this does not hold,
since there the two belong together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from recon.canonical.schema import canonical_tables
from recon.frontmatter import yaml_of
from recon.rule import NO_PLANT, NOTED
from recon.ruleset.cases import DEFAULTS, EVENT_NUMBERS, UNITS

from .mutants.bench import Case, Layout

OTHER = "°"
"""Ends the numbers of the second object."""
EVERYTHING = "everything"
"""The second object has numbers of its own throughout."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "material": ("material", "output_material", "input_material", "target_material", "parent_material", "component"),
    "batch": ("batch", "output_batch", "input_batch", "target_batch"),
    "order": ("order_no", "rework_order"),
    "operation": ("operation_no", "sequence_no"),
    "item": ("item_no", "item", "reservation", "reservation_item", "parent_item", "delivery_item"),
    "reference": ("reference",),
    "hold": ("hold_id",),
    "case": ("case_no",),
    "decision": ("disposition_id", "supersedes"),
    "lot": ("lot",),
    "place": ("storage_location", "target_storage_location", "bin"),
    "handling unit": ("handling_unit", "parent"),
    "serial number": ("serial_no", "parent_serial_no"),
    "delivery": ("delivery",),
    "code": ("code", "resource", "characteristic", "activity", "equipment"),
}
"""Kind of number → the columns that hold it."""
_POSTINGS = ("movement_id", "reverses", "confirmation", "cancels", "activity_id", "message_id", "result_id", "status_id")
"""Numbers of postings: no two objects share one."""
BELONG_TOGETHER = Path(__file__).parent / "neighbours.yaml"

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Neighbours(Layout):
    """Cases, each followed by itself with a second object in it, once for each kind of number by which it can differ."""

    kinds: tuple[str | None, ...] = ()
    """Of each of `cases`; None: the case as it is."""

    @cached_property
    def given(self) -> dict[str, list[dict[str, Any]]]:
        given: dict[str, list[dict[str, Any]]] = {}
        for number, (case, kind) in enumerate(zip(self.cases, self.kinds, strict=True)):
            for table, rows in _tables(case).items():
                for row in (*rows, *(second(table, rows, kind) if kind else ())):
                    given.setdefault(table, []).append({**row, "system": f"{row.get('system', 'P01/100')}#{number}"})
        return given

    def first(self) -> Iterator[tuple[int, list[int]]]:
        """Place of each case as it is → places of it with a second object."""
        alone = [number for number, kind in enumerate(self.kinds) if kind is None]
        for number, following in zip(alone, [*alone[1:], len(self.kinds)], strict=True):
            yield number, list(range(number + 1, following))


def neighbours(layout: Layout) -> Neighbours:
    """The cases of a layout with second objects, where they have something to differ by and do not belong together."""
    pairs: list[tuple[Case, str | None]] = []
    for case in layout.cases:
        pairs.append((case, None))
        pairs += [(case, kind) for kind in (*KINDS, EVERYTHING) if any(second(table, rows, kind) for table, rows in _tables(case).items())]
    return Neighbours(layout.pairing, tuple(case for case, _ in pairs), tuple(kind for _, kind in pairs))


def second(table: str, rows: Rows, kind: str) -> list[dict[str, Any]]:
    """Rows of the second object. Only what is told apart by such a number, or is a posting about it, is there twice."""
    own, postings = _numbers(table, kind)
    full = [DEFAULTS.get(table.partition(".")[2], {}) | dict(row) for row in rows] if own else []
    return [
        row | {column: f"{row[column]}{OTHER}" for column in (*own, *postings) if row.get(column) is not None}
        for row in full
        if any(row.get(column) is not None for column in own)
    ]


@cache
def _numbers(table: str, kind: str) -> tuple[Sequence[str], Sequence[str]]:
    """Columns of a table with numbers of a kind, where its rows are told apart by them or are postings, and with numbers of postings."""
    if table in NOTED:
        return (), ()
    described = canonical_tables()[table.partition(".")[2]]
    numbers = dict.fromkeys(column for several in KINDS.values() for column in several) if kind == EVERYTHING else KINDS[kind]
    own = [column for column in numbers if described.all_columns.get(column) == "VARCHAR"]
    postings = [column for column in _POSTINGS if column in described.all_columns]
    return (own, postings) if {*own, *postings} & {*described.key} else ((), postings)


def mixed_up(rows: Iterable[Mapping[str, Any]], alone: Iterable[Mapping[str, Any]], key: Sequence[str]) -> bool:
    """Whether of the first object anything else is said than without the second."""
    return _of_the_first(rows, key) != _of_the_first(alone, key)


def belong_together(rule: str, case: str, kind: str) -> bool:
    """Whether neighbours.yaml says so of a rule, or of this case of it."""
    said = _together().get(kind, {}).get("rules", {}).get(rule, ())
    return bool(said == "all" or case in said)


@cache
def _together() -> Mapping[str, Any]:
    told: Mapping[str, Any] = yaml_of(BELONG_TOGETHER.read_text(encoding="utf-8"))
    return told


def _tables(case: Case) -> dict[str, Rows]:
    given: dict[str, Rows] = {"sap.unit_conversion": [{"plant": NO_PLANT, **row} for row in UNITS], **case.said["given"]}
    return {table: [_named(table, place) | dict(row) for place, row in enumerate(rows, 1)] for table, rows in given.items()}


def _named(table: str, place: int) -> dict[str, str]:
    """What a row is told by that does not say so itself: its place in the case, with and without a second object."""
    number = EVENT_NUMBERS.get(table.partition(".")[2])
    return ({} if table in NOTED else {"row_ref": f"case:{place}"}) | ({number: f"{table}-{place}"} if number else {})


def _of_the_first(rows: Iterable[Mapping[str, Any]], key: Sequence[str]) -> list[str]:
    first = (row for row in rows if not any(OTHER in str(row[column]) for column in key))
    return sorted(repr({name: value for name, value in row.items() if name != "system"}) for row in first)
