"""Of which kind a case is, told by what it gives and expects and never by its name."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from recon.engines.genealogy import relations
from recon.rule import Pairing, Rule
from recon.ruleset import cases

CLOSE = Decimal("0.2")
"""The two sides of a threshold lie at most this part of it apart."""
_UNITS = {"_minutes": timedelta(minutes=1), "_hours": timedelta(hours=1), "_days": timedelta(days=1)}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
_TRACES = tuple(file.read_text(encoding="utf-8") for file in sorted(Path(relations.__file__).parent.glob("*.sql")))
"""What prepares relations that follow whole chains."""
_CONDITION = re.compile(r"(\w+) (?:= '([^']*)'|IN \(([^)]*)\)|IS (NOT )?NULL)")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One case of a rule."""

    rule: Rule
    said: Mapping[str, Any]

    @cached_property
    def rows(self) -> list[tuple[str, Row, Row]]:
        """Table, row as the case gives it, and as it is laid out."""
        return [(table, row, cases.completed(table, place, row)) for table, rows in self.said["given"].items() for place, row in enumerate(rows, 1)]

    @property
    def expected(self) -> Sequence[Row]:
        return () if self.said["expect"] in ("none", None) else self.said["expect"]

    @property
    def fires(self) -> int:
        """How many findings it expects that are none in flight and no key that cannot be judged."""
        return sum(row.get("state") == "new" and "not_evaluated" not in row for row in self.expected)


def fires(case: Case) -> bool:
    """Something is found tonight."""
    return case.fires > 0


def stays_silent(case: Case) -> bool:
    """There is something to compare, and nothing is said of it."""
    return bool(case.rows) and not case.expected


def one_side_absent(case: Case) -> bool:
    """One side has a row about something of which no other side has any. Always, where a rule compares no sides."""
    evidence = case.rule.pairing.front.evidence
    if len({one.table.partition(".")[0] for one in evidence}) < 2:
        return True
    about = [
        (table.partition(".")[0], {name: _typed_alike(row.get(column)) for name, column in one.match.items()})
        for one in evidence
        for table, _, row in case.rows
        if table == one.table and _holds(one.where, row)
    ]
    return any(all(other == side or any(named[name] != key[name] for name in key.keys() & named.keys()) for other, named in about) for side, key in about)


def duplicate(case: Case) -> bool:
    """Two sources tell the same row, and what is found is found all the same, or told as ambiguous: joins neither double nor hide it."""
    told = [(table, repr(sorted((name, str(value)) for name, value in row.items() if name not in ("source", "row_ref")))) for table, _, row in case.rows]
    heard = case.fires or any(str(row.get("not_evaluated")).startswith("ambiguous") for row in case.expected)
    return bool(heard) and len(set(told)) < len(told)


def absent_value(case: Case) -> bool:
    """A row says that it has nothing in a column that the rule or its pairing names."""
    pairing = case.rule.pairing
    named = _words(case.rule.sql, pairing.sql, *(base.sql for base in pairing.builds_on), *(_TRACES if pairing.traced else ()))
    return any((value is None or not str(value).strip()) and column in named for _, row, _ in case.rows for column, value in row.items())


def in_flight(case: Case) -> bool:
    """Something changed within the settle time, and is in flight. Where a rule puts nothing in flight, whatever is said of it; always, where none settles."""
    settle = case.rule.pairing.front.settle
    if not settle:
        return True
    changed = (_moment(row.get("changed_at")) for _, _, row in case.rows)
    moves = any(moment > cases.CUT - settle for moment in changed if moment)
    return moves and ("false AS in_flight" in case.rule.sql or any(row.get("state") == "in flight" for row in case.expected))


def settled(case: Case) -> bool:
    """Something changed at the very moment at which the settle time begins, and what is found is not in flight. Always, where nothing ever is."""
    settle = case.rule.pairing.front.settle
    if not settle or "false AS in_flight" in case.rule.sql:
        return True
    begins = any(_moment(row.get("changed_at")) == cases.CUT - settle for _, _, row in case.rows)
    return begins and case.fires > 0 and all(row.get("state") != "in flight" for row in case.expected)


KINDS: Mapping[str, Callable[[Case], bool]] = {
    "must fire": fires,
    "must not fire": stays_silent,
    "one side absent": one_side_absent,
    "duplicate": duplicate,
    "NULL or blank": absent_value,
    "in flight": in_flight,
    "just settled": settled,
}


@dataclass(frozen=True)
class Edge:
    """Two cases of one rule that differ in one number or moment alone, and do not fire alike."""

    case: Case
    """One of them."""
    values: tuple[Any, Any]
    """The number or moment in each: both Decimal, or both datetime."""

    def of(self, name: str, shipped: float) -> bool:
        """Whether the threshold lies between the two, and hardly beside either. name, shipped: of the parameter."""
        threshold = Decimal(str(self.case.said.get("params", {}).get(name, shipped)))
        if isinstance(self.values[0], datetime):
            unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), None)
            return unit is not None and any(_between(threshold, [abs(value - other) / unit for value in self.values], shipped) for other in self._moments)
        low, high = (abs(value) for value in self.values)
        sizes = {threshold * amount for amount in self._amounts} if name.startswith("rel_") or name.endswith("_residual") else {threshold}
        return any(_between(size, (abs(low - amount), abs(high - amount)), shipped) for size in sizes for amount in self._measures)

    @cached_property
    def _amounts(self) -> set[Decimal]:
        """What the number may be a part of: those of the case, in any unit that it knows."""
        numbers = {abs(number) for _, _, row in self.case.rows for number in map(_number, row.values()) if number is not None}
        units = self.case.said["given"].get("sap.unit_conversion", cases.UNITS)
        factors = {Decimal(str(row["factor"])) for row in units if row.get("factor")}
        return numbers | {amount for number in numbers for factor in factors for amount in (number * factor, number / factor)}

    @cached_property
    def _measures(self) -> set[Decimal]:
        """What it may be measured from: nothing, those amounts, and what lies between any two of them."""
        return {abs(one - other) for one, other in itertools.product({Decimal(0), *self._amounts}, repeat=2)}

    @cached_property
    def _moments(self) -> set[datetime]:
        return {cases.CUT, *(moment for _, _, row in self.case.rows for moment in map(_moment, row.values()) if moment)}


def edges(several: Sequence[Case]) -> Iterator[Edge]:
    """All pairs of cases of one rule that show an edge."""
    alike: dict[str, list[tuple[Case, Any]]] = {}
    for case in several:
        texts = [(table, repr(sorted(row.items()))) for table, row, _ in case.rows]
        for place, (table, row, laid) in enumerate(case.rows):
            for column in row.keys() & laid.keys():
                value = _moment(laid[column]) or _number(laid[column])
                if value is not None:
                    others = sorted((name, repr(other)) for name, other in row.items() if name != column)
                    rest = [*texts[:place], (table, column, others, type(value)), *texts[place + 1 :]]
                    alike.setdefault(repr((rest, case.said.get("params"))), []).append((case, value))
    for those in alike.values():
        for (one, value), (other, beside) in itertools.combinations(those, 2):
            if one.fires != other.fires:
                yield Edge(one, (value, beside))


def differ_by_one_row(one: Case, other: Case) -> bool:
    """Whether they have all rows and parameters in common but one row, and do not fire alike."""
    first, second = (Counter((table, repr(sorted(row.items()))) for table, row, _ in case.rows) for case in (one, other))
    apart = max((first - second).total(), (second - first).total())
    return apart == 1 and one.said.get("params") == other.said.get("params") and one.fires != other.fires


def thresholds(thing: Rule | Pairing) -> dict[str, float]:
    """Parameters of a rule or pairing that are numbers, and their shipped values."""
    return {name: value for name, value in thing.front.params.items() if isinstance(value, int | float) and not isinstance(value, bool)}


def _between(size: Decimal, apart: Sequence[Any], shipped: float) -> bool:
    """Whether one of two distances is within a size, the other beyond it, and both are close to it. Whole numbers have nothing closer than one."""
    first, second = (Decimal(str(one)) for one in apart)
    low, high = min(first, second), max(first, second)
    return size > 0 and low <= size <= high and high - low <= max(CLOSE * size, Decimal(isinstance(shipped, int)))


def _number(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def _moment(value: Any) -> datetime | None:
    """A moment, however a case gives it; a day begins with midnight."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None


def _typed_alike(value: Any) -> str | None:
    """As systems of different kinds type the same number; None: absent."""
    text = "" if value is None else str(value).strip()
    return (text.lstrip("0") if text.isdecimal() else text) or None


def _holds(where: str | None, row: Row) -> bool:
    """Whether a condition of an evidence holds: comparisons with texts and with NULL."""
    for condition in where.split(" AND ") if where else ():
        found = _CONDITION.fullmatch(condition.strip())
        assert found, f"no condition that this understands: {condition}"
        column, equal, among, present = found.groups()
        value = row.get(column)
        if equal is not None or among is not None:
            holds = value in ([equal] if equal is not None else [text.strip().strip("'") for text in among.split(",")])
        else:
            holds = (value is not None) == (present is not None)
        if not holds:
            return False
    return True


@cache
def _words(*sql: str) -> frozenset[str]:
    return frozenset(word for text in sql for word in re.findall(r"\w+", text))
