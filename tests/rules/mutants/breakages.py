"""A statement, broken in one place at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

# min, max and the like are left alone: most of them only pick one of several equal values.
_TURNED: dict[type[exp.Expr], tuple[type[exp.Expr], ...]] = {
    exp.GT: (exp.GTE, exp.LT),
    exp.GTE: (exp.GT, exp.LTE),
    exp.LT: (exp.LTE, exp.GT),
    exp.LTE: (exp.LT, exp.GTE),
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.NullSafeEQ: (exp.EQ,),
    exp.NullSafeNEQ: (exp.NEQ,),
    exp.Greatest: (exp.Least,),
    exp.Least: (exp.Greatest,),
    exp.Add: (exp.Sub,),
    exp.Sub: (exp.Add,),
}
_SIDES = (("this", "expression"), ("expression", "this"))


@dataclass(frozen=True)
class Mutant:
    """One statement, broken in one place."""

    owner: str
    """Rule ID or name of the pairing."""
    what: str
    """part: original → what it became, #n where the same is in the part several times; part: the named query, if it is in one."""
    sql: str


def mutants(owner: str, sql: str, params: Iterable[str]) -> Iterator[Mutant]:
    """Every mutant of a statement. params: names of its parameters, which are dropped one at a time."""
    parts = _parts(sql)
    written = [(name, part.sql("duckdb")) for name, part in parts]
    for place, (name, part) in enumerate(parts):
        seen: dict[str, int] = {}
        for number, node in enumerate(part.walk()):
            for change in _changes(node, frozenset(params)):
                # Only the part is copied and written: a statement has up to a dozen, and thousands of places.
                broken = part.copy()
                target = next(one for index, one in enumerate(broken.walk()) if index == number)
                before = _short(target)
                changed = change(target)
                if changed is not target:
                    target.replace(changed)
                what = f"{name}: {before} → {_short(changed)}" if name else f"{before} → {_short(changed)}"
                seen[what] = seen.get(what, 0) + 1
                told = what + (f" #{seen[what]}" if seen[what] > 1 else "")
                yield Mutant(owner, told, _whole([*written[:place], (name, broken.sql("duckdb")), *written[place + 1 :]]))


def unbroken(owner: str, sql: str) -> Mutant:
    """The statement as it is, written the way that mutants are: it must not be noticed, or a mutant would be killed by the writing."""
    return Mutant(owner, "nothing", _whole([(name, part.sql("duckdb")) for name, part in _parts(sql)]))


def _parts(sql: str) -> list[tuple[str, exp.Expr]]:
    """The named queries of a statement, and last the one that is left without them, under no name."""
    whole = sqlglot.parse_one(sql, read="duckdb")
    before = whole.args.get("with_")
    named = before.expressions if before is not None else []
    whole.set("with_", None)
    return [*((cte.alias, cte.this) for cte in named), ("", whole)]


def _whole(written: list[tuple[str, str]]) -> str:
    named = ", ".join(f"{name} AS ({text})" for name, text in written[:-1])
    return f"WITH {named} {written[-1][1]}" if named else written[-1][1]


def _changes(node: exp.Expr, params: frozenset[str]) -> Iterator[Callable[[Any], exp.Expr]]:
    """What may be done to one node: functions from the node to what takes its place."""
    for kind in _TURNED.get(type(node), ()):
        if not _joins_scope(node) and not _adds_zero(node, kind):
            yield functools.partial(_as, kind)
    match node:
        case exp.Join() if node.side == "LEFT":
            yield lambda place: _joined(place, None)
        case exp.Join() if not node.side and node.args.get("on"):
            yield lambda place: _joined(place, "LEFT")
        case exp.And() | exp.Or():
            # To forget a column of the scope that every table shares is no mistake of the rule.
            yield from (functools.partial(_part, side) for side, other in _SIDES if not _joins_scope(node.args[other]))
        case exp.Not():
            yield lambda place: place.this
        case exp.Filter() | exp.Coalesce():
            yield lambda place: place.this
        case exp.Sum():
            yield lambda place: exp.Sum(this=exp.Abs(this=place.this))
        case exp.Abs():
            yield lambda place: place.this
        case exp.Case() if len(node.args["ifs"]) > 1 or node.args.get("default"):
            yield from (functools.partial(_without, drop) for drop in range(len(node.args["ifs"])))
        case exp.Column() if node.name in params and not isinstance(node.parent, exp.ArrayContains | exp.Alias):
            yield lambda _: exp.Literal.number(0)


def _as(kind: type[exp.Expr], node: exp.Expr) -> exp.Expr:
    return kind(**{name: value for name, value in node.args.items() if name in kind.arg_types})


def _part(name: str, node: exp.Expr) -> Any:
    return node.args[name]


def _joins_scope(node: exp.Expr) -> bool:
    """Whether it only says that two rows are of one system or plant."""
    sides = (node.args.get("this"), node.args.get("expression"))
    return isinstance(node, exp.EQ) and all(isinstance(side, exp.Column) and side.name in ("system", "plant") for side in sides)


def _adds_zero(node: exp.Expr, kind: type[exp.Expr]) -> bool:
    """Whether a sum of what is above or below zero would only take in, or leave out, what is zero."""
    filtered = node.find_ancestor(exp.Filter)
    if filtered is None or not isinstance(filtered.this, exp.Sum) or {type(node), kind} not in ({exp.GT, exp.GTE}, {exp.LT, exp.LTE}):
        return False
    return bool(node.args["this"] == filtered.this.this and node.args["expression"].sql() == "0")


def _joined(join: exp.Join, side: str | None) -> exp.Join:
    join.set("side", side)
    return join


def _without(drop: int, case: exp.Case) -> exp.Expr:
    left = [branch for number, branch in enumerate(case.args["ifs"]) if number != drop]
    default = case.args.get("default")
    if not left:
        return default if default is not None else exp.Null()
    return exp.Case(this=case.this, ifs=left, default=default)


def _short(node: exp.Expr) -> str:
    text = node.sql("duckdb", comments=False)
    return text if len(text) <= 110 else f"{text[:70]} … {text[-37:]}"
