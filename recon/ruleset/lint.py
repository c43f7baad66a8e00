"""Is the SQL of rules and pairings within the allow-list, and does every rule have its cases?

The allow-list is what translates exactly to Spark: functions and node types that mean the same on both engines. A function that is not on it would
pass through a translation unchanged and fail, or differ silently, on the other engine.
"""

from __future__ import annotations

from pathlib import Path

import sqlglot
import yaml
from sqlglot import exp

from recon.canonical.schema import SCHEMAS
from recon.errors import ReconError, RuleError
from recon.rule import Pairing, Rule
from recon.ruleset.cases import check_form
from recon.ruleset.load import RuleSet

_ALLOWED: tuple[type[exp.Expr], ...] = (
    # statement
    exp.Select, exp.Union, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Subquery, exp.Distinct, exp.Star,
    exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Paren, exp.Tuple,
    # values
    exp.Literal, exp.Null, exp.Boolean, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var,
    # comparison and logic
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between,
    exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif,
    # arithmetic
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Abs,
    # aggregates
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.ArgMin, exp.ArgMax, exp.LogicalOr, exp.LogicalAnd, exp.Filter,
    # text and lists
    exp.Concat, exp.ArrayContains,
)  # fmt: skip

_REPLACEMENTS: dict[type[exp.Expr], str] = {
    exp.Div: "a quotient is decimal on one engine and floating on the other: CAST it, or multiply",
    exp.Window: "a window hides how much it sorts; join an aggregate instead",
    exp.Order: "results are sets; ORDER BY means nothing in a rule",
    exp.List: "lists lose their order in translation",
}


def lint(rules: RuleSet) -> list[ReconError]:
    """Everything wrong with the SQL or the cases of any rule or pairing, with file and line."""
    problems: list[ReconError] = []
    things: list[Rule | Pairing] = [*rules.pairings.values(), *rules.rules.values()]
    for thing in things:
        problems += check_sql(thing)
    for rule in rules.rules.values():
        problems += _cases_missing(rule)
    return problems


def unfit(rules: RuleSet) -> dict[Path, ReconError]:
    """The site's files whose SQL is not within the allow-list, with the first problem of each. The shipped ones are checked before they are shipped."""
    things: list[Rule | Pairing] = [*rules.pairings.values(), *rules.rules.values()]
    problems = {thing.file: check_sql(thing) for thing in things if thing.file in rules.site_files}
    return {file: found[0] for file, found in problems.items() if found}


def check_sql(thing: Rule | Pairing) -> list[ReconError]:
    """Problems of one file's SQL."""
    before = thing.file.read_text(encoding="utf-8").partition(thing.sql)[0].count("\n")
    try:
        statements = sqlglot.parse(thing.sql, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        detail = error.errors[0]
        line = before + int(detail.get("line") or 1)
        return [RuleError(f"{thing.file}:{line}", f"is not SQL: {detail.get('description')} near {detail.get('highlight')!r}")]
    except sqlglot.errors.TokenError as error:
        return [RuleError(str(thing.file), f"is not SQL: {str(error).splitlines()[0]}")]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return [RuleError(str(thing.file), "is not one SELECT", "a rule reads and never writes")]
    tree: exp.Expr = statements[0]
    problems: list[ReconError] = []
    said: set[str] = set()
    # What stands inside something forbidden is not looked at: one mistake is one message.
    for node in tree.walk(prune=lambda node: _forbidden(node) is not None):
        what = _forbidden(node)
        if what and what not in said:
            said.add(what)
            problems.append(RuleError(f"{thing.file}:{before + _line(node)}", what, _REPLACEMENTS.get(type(node), "docs/rules.md lists what a rule may use")))
    return problems + _unknown_tables(thing, tree)


def _line(node: exp.Expr) -> int:
    """Line of the SQL in which `node` stands; not every kind of node knows its own, so its surroundings are asked."""
    around: exp.Expr | None = node
    while around is not None:
        line = next((int(part.meta["line"]) for part in around.walk() if part.meta.get("line")), None)
        if line is not None:
            return line
        around = around.parent
    return 1


def _forbidden(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Anonymous):
        return f"uses the function {node.name}, which is not on the allow-list"
    if isinstance(node, exp.Div) and isinstance(node.parent, exp.Cast):
        return None
    if isinstance(node, exp.Div) or not isinstance(node, _ALLOWED):
        return f"uses {type(node).__name__} ({node.sql(dialect='duckdb')[:60]}), which is not on the allow-list"
    return None


def _unknown_tables(thing: Rule | Pairing, tree: exp.Expr) -> list[ReconError]:
    named = {cte.alias for cte in tree.find_all(exp.CTE)} | {"params", "cut"}
    problems: list[ReconError] = []
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue  # a function that makes a table: the allow-list speaks of it
        name = f"{table.db}.{table.name}" if table.db else table.name
        if isinstance(thing, Rule):
            known = name == f"pairing.{thing.pairing.name}" or name in named
            tip = f"this rule is over pairing.{thing.pairing.name}"
        else:
            known = name in named or (table.db in SCHEMAS and name in thing.front.reads)
            tip = "a pairing reads the tables that its `from` names"
        if not known:
            problems.append(RuleError(str(thing.file), f"reads {name}", tip))
    if isinstance(thing, Pairing):
        used = {f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db}
        problems += [RuleError(str(thing.file), f"declares {name} in `from` and never reads it") for name in thing.front.reads if name not in used]
    return problems


def _cases_missing(rule: Rule) -> list[ReconError]:
    file: Path = rule.cases_file
    if not file.is_file():
        return [RuleError(str(rule.file), "has no cases", f"write {file.name}: one that must fire and one that must not, at least")]
    try:
        cases = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        fires = {bool(case["expect"]) and case["expect"] != "none" for case in cases}
    except (yaml.YAMLError, TypeError, KeyError) as error:
        return [RuleError(str(file), f"is not a list of cases: {error}", "each has case, given and expect")]
    try:
        check_form(cases, rule)
    except RuleError as error:
        return [error]
    return [] if fires == {True, False} else [RuleError(str(file), "lacks a case that must fire, or one that must not")]
