"""Do the cases notice when a rule is broken? Every rule and pairing is broken on purpose, in one place at a time, and its cases are run over it.

python -m tests.rules.mutants [RULE | PAIRING]…    (`nox -s mutants`)

A mutant is killed when a case goes otherwise than it should. Those of a pairing are tried with the cases of all rules over it, or over a pairing that builds
on it. What survives is printed: a case is missing, or the mutant means the same (tests/rules/survivors.yaml says of which ones, and why). Ends with 1 where a
rule's cases notice nothing at all, or something survives unexplained.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from recon import shipped
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.errors import ReconError
from recon.frontmatter import yaml_of
from recon.rule import Rule
from recon.ruleset import cases, load

PATIENCE = 20.0
"""Seconds after which a mutant that is still running is given up; what is right takes a fraction of one."""
SURVIVORS = Path(__file__).parent / "survivors.yaml"

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
    """original → what it became, #n where the same is there several times."""
    sql: str


@dataclass(frozen=True)
class Tried:
    mutant: Mutant
    killed_by: str | None
    """The rule and case that noticed; None: nobody did."""


def mutants(owner: str, sql: str, params: Iterable[str]) -> Iterator[Mutant]:
    """Every mutant of a statement. params: names of its parameters, which are dropped one at a time."""
    whole = sqlglot.parse_one(sql, read="duckdb")
    seen: dict[str, int] = {}
    for number, node in enumerate(whole.walk()):
        for change in _changes(node, frozenset(params)):
            copy = whole.copy()
            place = next(one for index, one in enumerate(copy.walk()) if index == number)
            before = _short(place)
            changed = change(place)
            if changed is not place:
                place.replace(changed)
            what = f"{before} → {_short(changed)}"
            seen[what] = seen.get(what, 0) + 1
            yield Mutant(owner, what + (f" #{seen[what]}" if seen[what] > 1 else ""), copy.sql("duckdb"))


def _changes(node: exp.Expr, params: frozenset[str]) -> Iterator[Callable[[Any], exp.Expr]]:
    """What may be done to one node: functions from the node to what takes its place."""
    for kind in _TURNED.get(type(node), ()):
        if not _joins_scope(node):
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
    text = node.sql("duckdb")
    return text if len(text) <= 110 else f"{text[:70]} … {text[-37:]}"


def _broken(rule: Rule, mutant: Mutant) -> Rule | None:
    """The rule over the mutant, which is its own, its pairing's, or that of one that its pairing builds on; None: it has nothing to do with it."""
    pairing = rule.pairing
    if mutant.owner == rule.id:
        return replace(rule, sql=mutant.sql)
    if mutant.owner == pairing.name:
        return replace(rule, pairing=replace(pairing, sql=mutant.sql))
    if any(base.name == mutant.owner for base in pairing.builds_on):
        bases = tuple(replace(base, sql=mutant.sql) if base.name == mutant.owner else base for base in pairing.builds_on)
        return replace(rule, pairing=replace(pairing, builds_on=bases))
    return None


class Bench:
    """The rules with their cases, and an engine that runs them: one for each process."""

    def __init__(self) -> None:
        self.rules = load.load(shipped.folder("rules"))
        self._cases = {rule.id: _together(rule) for rule in self.rules.rules.values()}
        self._laid_out = functools.lru_cache(maxsize=6)(self._lay_out)

    def tried(self, mutant: Mutant) -> Tried:
        """Run the cases of its rules over the mutant until one notices."""
        for rule in self.rules.rules.values():
            broken = _broken(rule, mutant)
            if broken is None:
                continue
            for number in range(len(self._cases[rule.id])):
                if noticed := self._noticed(broken, number):
                    return Tried(mutant, f"{rule.id}: {noticed}")
        return Tried(mutant, None)

    def _lay_out(self, rule_id: str, number: int) -> tuple[duckdb.DuckDBPyConnection, list[engine.Cut]]:
        """An engine with the tables of these cases: laying them out takes longer than judging them, and many mutants are judged over the same."""
        rule, connection = self.rules.rules[rule_id], engine.connect(WorkspaceSettings(threads=1))
        engine.load_canonical(connection, {})
        return connection, cases.lay_out(connection, rule, self._cases[rule_id][number].given, rule.cases_file)

    def _noticed(self, broken: Rule, number: int) -> str | None:
        several = self._cases[broken.id][number]
        connection, cuts = self._laid_out(broken.id, number)
        # A join turned into its opposite may multiply everything with everything: that is noticed too.
        impatient = threading.Timer(PATIENCE, connection.interrupt)
        impatient.start()
        try:
            rows = cases.judged(connection, broken, several.given, cuts)
        except ReconError as error:
            return str(error)
        finally:
            impatient.cancel()
        by_case: dict[int, list[dict[str, Any]]] = {number: [] for number in range(len(several.cases))}
        for row in rows:
            system, _, number = row["system"].rpartition("#")
            by_case[int(number)].append(row | {"system": system})
        return next((case["case"] for number, case in enumerate(several.cases) if cases.difference(case["expect"], by_case[number])), None)


@dataclass(frozen=True)
class Together:
    """Cases with the same parameters, each in a system of its own, so that one run judges them all."""

    cases: list[dict[str, Any]]
    given: dict[str, Any]


def _together(rule: Rule) -> list[Together]:
    by_params: dict[str, list[dict[str, Any]]] = {}
    for case in yaml_of(rule.cases_file.read_text(encoding="utf-8")):
        by_params.setdefault(repr(case.get("params")), []).append(case)
    return [Together(several, {"given": _apart(several), "params": several[0].get("params") or {}}) for several in by_params.values()]


def _apart(several: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    given: dict[str, list[dict[str, Any]]] = {}
    for number, case in enumerate(several):
        for table, rows in {"sap.unit_conversion": cases.UNITS, **case["given"]}.items():
            for place, row in enumerate(rows, 1):
                named = {"row_ref": f"case:{place}"} | ({"movement_id": f"{table}-{place}"} if table.endswith(".movement") else {})
                given.setdefault(table, []).append(named | row | {"system": f"{row.get('system', 'P01/100')}#{number}"})
    return given


@functools.cache
def bench() -> Bench:
    """The process's own."""
    return Bench()


def _one(mutant: Mutant) -> Tried:
    return bench().tried(mutant)


def explained() -> Mapping[str, Mapping[str, str]]:
    """Owner → what → why it cannot be noticed."""
    return yaml_of(SURVIVORS.read_text(encoding="utf-8")) or {}


def main(wanted: Iterable[str]) -> int:
    rules, only = bench().rules, set(wanted)
    statements = {rule.id: (rule.sql, rule.front.params) for rule in rules.rules.values()}
    statements |= {pairing.name: (pairing.sql, pairing.front.params) for pairing in rules.pairings.values()}
    if unknown := only - set(statements):
        print(f"no rule or pairing: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = {owner: statement for owner, statement in statements.items() if not only or owner in only}
    # What sqlglot writes must be what was read, or a mutant would be killed by the writing.
    whole = [Mutant(owner, "nothing", sqlglot.parse_one(sql, read="duckdb").sql("duckdb")) for owner, (sql, _) in chosen.items()]
    every = [mutant for owner, (sql, params) in chosen.items() for mutant in mutants(owner, sql, params)]
    began, found = time.monotonic(), []
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        if noticed := [one for one in pool.imap_unordered(_one, whole) if one.killed_by]:
            print("\n".join(f"{one.mutant.owner}: not broken, and yet {one.killed_by} fails" for one in noticed), file=sys.stderr)
            return 1
        for number, one in enumerate(pool.imap_unordered(_one, every, chunksize=8), 1):
            found.append(one)
            if number % 100 == 0 or number == len(every):
                print(f"{time.monotonic() - began:8.0f} s  {number:,} of {len(every):,} tried", file=sys.stderr, flush=True)
    return _told(found)


def _told(found: list[Tried]) -> int:
    reasons, code = explained(), 0
    by_owner: dict[str, list[Tried]] = {}
    for one in found:
        by_owner.setdefault(one.mutant.owner, []).append(one)
    unexplained = 0
    for owner, tries in sorted(by_owner.items()):
        killed = sum(1 for one in tries if one.killed_by)
        print(f"{owner}: {killed} of {len(tries)} noticed")
        code = code or (0 if killed else 1)
        for one in tries:
            if one.killed_by is None:
                why = reasons.get(owner, {}).get(one.mutant.what)
                unexplained += why is None
                print(f"    {one.mutant.what}\n        {why or 'survives'}")
    killed = sum(1 for one in found if one.killed_by)
    print(f"\n{killed:,} of {len(found):,} mutants noticed ({100 * killed / max(1, len(found)):.1f} %), {unexplained:,} survive unexplained")
    return 1 if unexplained else code


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Break every rule in one place at a time, and see whether its cases notice.")
    parser.add_argument("only", nargs="*", metavar="RULE|PAIRING", help="only these")
    sys.exit(main(parser.parse_args().only))
