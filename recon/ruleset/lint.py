"""Is the SQL of rules and pairings within the allow-list, and does every rule have its cases?

The allow-list is what translates exactly to Spark: functions and node types that mean the same on both engines. A function that is not on it would
pass through a translation unchanged and fail, or differ silently, on the other engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import sqlglot
import yaml
from sqlglot import exp

from recon.action import Action
from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.errors import ReconError, RuleError
from recon.frontmatter import yaml_of
from recon.rule import Correction, FromRows, Pairing, Rule
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


_TWISTS: dict[type[exp.Expr], dict[str, str]] = {
    exp.Distinct: {"on": "DISTINCT ON keeps whichever row comes first; aggregate instead"},
    exp.Join: {"method": "ASOF, POSITIONAL and NATURAL joins are not those of other engines; join by columns, and take the newest by max_by"},
    exp.With: {"recursive": "a recursion has no end that a reader can see; trace.batch and trace.descendant know whole chains"},
    exp.Union: {"by_name": "UNION BY NAME depends on names that others choose; list the columns"},
    exp.Star: {"except_": "list the columns", "replace": "list the columns", "rename": "list the columns"},
    exp.Table: {"ordinality": "rows have no order in a rule"},
    **{kind: {"count": "an aggregate gives one value; lists lose their order in translation"} for kind in (exp.Min, exp.Max, exp.ArgMin, exp.ArgMax)},
}
"""Nodes of the allow-list that mean something else with one of these parts: part → why not, and what instead."""


def lint(rules: RuleSet) -> list[ReconError]:
    """Everything wrong with the SQL or the cases of any rule or pairing, with file and line."""
    problems: list[ReconError] = []
    things: list[Rule | Pairing] = [*rules.pairings.values(), *rules.rules.values()]
    for thing in things:
        problems += check_sql(thing)
    for rule in rules.rules.values():
        problems += _cases_missing(rule)
    for action in rules.actions.values():
        problems += check_action(action)
    return problems


def check_action(action: Action) -> list[ReconError]:
    """Problems of the conditions in an action's file, which are SQL too."""
    given = [(f"fields.{name}", rows.rows, rows.where) for name, field in action.front.fields.items() for rows in field.rows]
    if action.front.items:
        given.append(("items", action.front.items.rows, action.front.items.where))
    return [problem for part, table, where in given for problem in _rows_condition(f"{action.file}: {part}", table, where)]


def _rows_condition(where: str, table: str, condition: str | None) -> list[ReconError]:
    if condition is None:
        return []
    shape = canonical_tables()[table.partition(".")[2]].all_columns
    return [RuleError(where, what, todo) for what, todo in _condition(condition, shape)]


def _compared(rule: Rule, tree: exp.Query) -> list[ReconError]:
    """Problems of the conditions under which the fields that a rule compares differ."""
    returned = dict.fromkeys(tree.named_selects, "")
    return [
        RuleError(f"{rule.file}: compares", what.replace("where:", f"{name}:", 1), todo)
        for name, condition in rule.front.compares.items()
        if condition is not None
        for what, todo in _condition(condition, returned)
    ]


def _correction(rule: Rule, tree: exp.Query) -> list[ReconError]:
    """Problems of the conditions and columns that a rule's correction names."""
    correction = rule.front.correction
    if not isinstance(correction, Correction):
        return []
    where = f"{rule.file}: correction"
    returned = dict.fromkeys(tree.named_selects, "")
    problems: list[ReconError] = []
    if correction.released_by is not None and correction.released_by not in returned:
        problems.append(
            RuleError(where, f"is released by {correction.released_by}, which the rule does not return", "a decision that is there, such as qms_decision")
        )
    for way in correction.tried:
        if way.when is not None:
            problems += [RuleError(where, what.replace("where:", "when:", 1), todo) for what, todo in _condition(way.when, returned)]
        for name, given in way.fields.items():
            if isinstance(given, FromRows):
                problems += _rows_condition(f"{where}: {name}", given.rows, given.where)
                problems += [
                    RuleError(where, f"matches the rows of {name} by {ours}, which the rule does not return", f"its columns are {', '.join(returned)}")
                    for ours in given.match
                    if ours not in returned
                ]
            elif given not in returned:
                problems.append(RuleError(where, f"takes {name} from {given}, which the rule does not return", f"its columns are {', '.join(returned)}"))
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
    problems = [RuleError(f"{thing.file}:{before + _line(node)}", what, todo) for node, what, todo in _off_the_list(tree)]
    evidence = _evidence(thing) if isinstance(thing, Pairing) else []
    correction = _correction(thing, statements[0]) if isinstance(thing, Rule) else []
    compared = _compared(thing, statements[0]) if isinstance(thing, Rule) else []
    return problems + _unknown_tables(thing, tree) + evidence + compared + correction + _messages(thing, statements[0])


def _off_the_list(tree: exp.Expr) -> list[tuple[exp.Expr, str, str]]:
    """(node, what is wrong with it, what to do) for every different thing in `tree` that is not on the allow-list."""
    found: list[tuple[exp.Expr, str, str]] = []
    said: set[str] = set()
    # What stands inside something forbidden is not looked at: one mistake is one message.
    for node in tree.walk(prune=lambda node: _forbidden(node) is not None):
        what = _forbidden(node)
        if what and what[0] not in said:
            said.add(what[0])
            found.append((node, *what))
    return found


def _evidence(pairing: Pairing) -> list[ReconError]:
    """Problems of the conditions in its front matter, which are SQL too, and of the columns that it matches by."""
    problems: list[ReconError] = []
    for evidence in pairing.front.evidence:
        where = f"{pairing.file}: evidence of {evidence.table}"
        shape = canonical_tables()[evidence.table.partition(".")[2]].all_columns
        strange = [ours for ours in evidence.match if ours not in pairing.key] + [theirs for theirs in evidence.match.values() if theirs not in shape]
        if strange:
            problems.append(RuleError(where, f"matches by {', '.join(strange)}", "a column of the pairing's key, and one of the table's"))
        if evidence.where is not None:
            problems += [RuleError(where, what, todo) for what, todo in _condition(evidence.where, shape)]
    return problems


def _messages(thing: Rule | Pairing, tree: exp.Query) -> list[ReconError]:
    """Problems of the columns that it finds messages by, and of the conditions on them, which are SQL too."""
    pairing, own = (thing, set(thing.key)) if isinstance(thing, Pairing) else (thing.pairing, set(tree.named_selects))
    shape, where = canonical_tables()["message"].all_columns, f"{thing.file}: messages"
    shown = {evidence.table for evidence in pairing.front.evidence}
    problems: list[ReconError] = []
    if isinstance(thing, Pairing) and (itself := thing.front.message):
        strange = [*sorted(itself.match.keys() - own), *sorted(set(itself.match.values()) - shape.keys())]
        if strange:
            problems.append(RuleError(f"{thing.file}: message", f"matches by {', '.join(strange)}", "a column of the key, and one of the message's"))
        if itself.where is not None:
            problems += [RuleError(f"{thing.file}: message", what, todo) for what, todo in _condition(itself.where, shape)]
    for declared in thing.front.messages or ():
        if declared.behind is not None and declared.behind not in shown:
            problems.append(RuleError(where, f"looks behind at {declared.behind}, of which the pairing shows none", "they are those of its evidence"))
            continue
        ours = own if declared.behind is None else set(canonical_tables()[declared.behind.partition(".")[2]].all_columns)
        strange = [*sorted(declared.match.keys() - ours), *sorted(set(declared.match.values()) - shape.keys())]
        if strange:
            todo = "a column of the pairing's key, of what the rule returns or of the rows behind it, and one of the message's"
            problems.append(RuleError(where, f"matches by {', '.join(strange)}", todo))
        if declared.where is not None:
            problems += [RuleError(where, what, todo) for what, todo in _condition(declared.where, shape)]
    return problems


def _condition(text: str, shape: Mapping[str, str]) -> list[tuple[str, str]]:
    """(what is wrong, what to do) with a condition on the rows of one table with the columns `shape`."""
    one = "a condition compares columns of the table with values"
    try:
        tokens = sqlglot.tokenize(text, dialect="duckdb")
        statements = sqlglot.parse(f"SELECT 1 FROM t WHERE ({text})", dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        return [(f"where: is not SQL: {str(error).splitlines()[0]}", one)]
    tree = statements[0] if len(statements) == 1 else None
    # A condition that closes the bracket around it would be more than a condition.
    inner = tree.args["where"].this if isinstance(tree, exp.Select) and tree.args.get("where") else None
    if not isinstance(inner, exp.Paren) or any(token.comments for token in tokens) or any(isinstance(node, exp.Query) for node in inner.walk()):
        return [("where: is not one condition", one)]
    found = [(f"where: {what}", todo) for _, what, todo in _off_the_list(inner)]
    unknown = [column.sql() for column in inner.find_all(exp.Column) if column.table or column.name not in shape]
    return found + ([(f"where: names {', '.join(unknown)}", one)] if unknown else [])


def _line(node: exp.Expr) -> int:
    """Line of the SQL in which `node` stands; not every kind of node knows its own, so its surroundings are asked."""
    around: exp.Expr | None = node
    while around is not None:
        line = next((int(part.meta["line"]) for part in around.walk() if part.meta.get("line")), None)
        if line is not None:
            return line
        around = around.parent
    return 1


def _forbidden(node: exp.Expr) -> tuple[str, str] | None:
    """What is wrong with the node, and what to do; None: nothing."""
    todo = _REPLACEMENTS.get(type(node), "docs/rules.md lists what a rule may use")
    if isinstance(node, exp.Anonymous):
        return f"uses the function {node.name}, which is not on the allow-list", todo
    for part, why in _TWISTS.get(type(node), {}).items():
        if node.args.get(part):
            return f"uses {_twist(node, part)} ({node.sql(dialect='duckdb')[:60]}), which is not on the allow-list", why
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.to.is_type(*exp.DataType.TEMPORAL_TYPES) and not node.this.name[:1].isdigit():
        return f"uses the clock ({node.sql(dialect='duckdb')[:60]})", "`cut` has the moment that is judged"
    if isinstance(node, exp.Div) and isinstance(node.parent, exp.Cast):
        return None
    if isinstance(node, exp.Div) or not isinstance(node, _ALLOWED):
        return f"uses {type(node).__name__} ({node.sql(dialect='duckdb')[:60]}), which is not on the allow-list", todo
    return None


def _twist(node: exp.Expr, part: str) -> str:
    """'ASOF Join', 'Distinct with on'."""
    return f"{node.args[part]} {type(node).__name__}" if part == "method" else f"{type(node).__name__} with {part.rstrip('_')}"


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
            known = name in named or (table.db in (*SCHEMAS, "pairing", "trace", "intake", "latency") and name in thing.front.reads)
            tip = "a pairing reads the tables and pairings that its `from` names"
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
        cases = yaml_of(file.read_text(encoding="utf-8")) or []
        fires = {bool(case["expect"]) and case["expect"] != "none" for case in cases}
    except (yaml.YAMLError, TypeError, KeyError) as error:
        return [RuleError(str(file), f"is not a list of cases: {error}", "each has case, given and expect")]
    try:
        check_form(cases, rule)
    except RuleError as error:
        return [error]
    return [] if fires == {True, False} else [RuleError(str(file), "lacks a case that must fire, or one that must not")]
