"""Cases beside a rule: given canonical rows, expected findings. `recon rules test` and the test suite run the same code.

A case file is a list of {case, given, expect, params?}. `given` maps canonical tables to rows; columns left out get the defaults below, so that a case
says only what it is about. `expect` is `none`, or a list of rows; each expected row names the columns it is about, `state` (new or in flight) among them,
`not_evaluated` where the key cannot be judged, and `explanation` where the case gives messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import yaml

from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.engines import evidence, messages
from recon.engines.genealogy import relations
from recon.errors import ReconError, RuleError
from recon.frontmatter import yaml_of
from recon.rule import NO_PLANT, NOTED, Override, Rule
from recon.ruleset.load import RuleSet

CUT = datetime.fromisoformat("2026-03-10T01:00:00")
COMPLETE_FROM = datetime.fromisoformat("2026-01-01T00:00:00")
_SETTLED, _MOVING = CUT - timedelta(days=2), CUT - timedelta(minutes=5)

SYSTEM = "P01/100"
"""Whose rows a case gives where it says nothing."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "*": {"system": SYSTEM, "source": "case", "plant": "1000", "changed_at": _SETTLED, "row_ref": "case:1", "ambiguous": False},
    "movement": {"kind": "consumption", "order_no": "1", "material": "M", "batch": "B", "quantity": 1, "unit": "KG"},
    "work_order": {
        "order_no": "1", "order_type": "PP01", "material": "M", "planned_quantity": 100, "unit": "KG", "released_at": _SETTLED, "finally_confirmed": False,
        "delivery_completed": False, "technically_complete": False, "closed": False, "cancelled": False,
    },
    "operation": {"order_no": "1", "operation_no": "0010", "unit": "KG", "finally_confirmed": False, "deletion_flag": False},
    "confirmation": {"order_no": "1", "operation_no": "0010", "unit": "KG", "final": False, "cancelled": False},
    "activity": {"order_no": "1", "operation_no": "0010", "activity": "machine", "quantity": 60, "unit": "MIN", "cancelled": False},
    "genealogy_link": {"order_no": "1", "output_material": "P", "output_batch": "O", "input_material": "M", "input_batch": "B"},
    "batch": {"plant": "*", "material": "M", "batch": "B"},
    "component": {"order_no": "1", "item_no": "1", "material": "M", "required_quantity": 100, "unit": "KG", "deleted": False},
    "posting_period": {"kind": "finance", "fiscal_year": "2026", "period": "003", "first_day": "2026-03-01", "last_day": "2026-03-31"},
    "price": {"material": "M", "price": 10, "currency": "EUR"},
    "serial": {"material": "M", "serial_no": "1"},
    "stock": {"material": "M", "batch": "B", "storage_location": "0001", "stock_type": "01", "quantity": 10, "unit": "KG"},
    "hold": {"hold_id": "H1", "material": "M", "batch": "B", "scope": "batch", "opened_at": _SETTLED},
    "disposition": {"disposition_id": "D1", "material": "M", "batch": "B", "decision": "rejected", "decided_at": _SETTLED},
    "inspection_lot": {"lot": "1", "material": "M", "batch": "B", "decision": "rejected", "decided_at": _SETTLED, "cancelled": False},
    "delivery_item": {
        "delivery": "80", "item_no": "10", "kind": "outbound", "material": "M", "batch": "B", "quantity": 10, "unit": "KG", "goods_issued": True,
        "goods_issue_at": CUT - timedelta(hours=30), "movement_id": "4900000001/2026/1",
    },
    "material": {"plant": "*", "material": "M", "base_unit": "KG", "batch_managed": True, "deletion_flag": False},
    "message": {"kind": "queue", "interface": "MBGMCR"},
    "unit_conversion": {"plant": "*", "material": "M", "unit": "KG", "base_unit": "KG", "factor": 1},
    "source_table": {"plant": "*", "as_of": CUT, "behind_hours": 0, "allowed_hours": 6},
    "source_column": {"plant": "*", "table": "T", "was": "VARCHAR", "is_now": "VARCHAR"},
    "refused": {"plant": "*", "table": "T", "refused": 0},
    "workflow": {
        "workflow": "consumption", "since": CUT - timedelta(days=1), "until": CUT, "events": 100, "p50": 5, "p95": 60, "slowest": 90, "service_level": 240,
    },
}  # fmt: skip
"""What a case means where it says nothing."""

EVENT_NUMBERS = {"movement": "movement_id", "confirmation": "confirmation", "activity": "activity_id", "message": "message_id"}
"""Events are told apart by their number, and each row of a case is another one unless it says so."""

_MESSAGES = tuple(f"{schema}.message" for schema in SCHEMAS)
CARRYING: dict[str, Any] = {
    "message_id": "4711", "kind": "idoc", "order_no": "1", "material": "M", "batch": "B", "sent_at": CUT - timedelta(hours=1),
}  # fmt: skip
"""A message that may explain what a rule finds, where a case says nothing of it. Where a rule compares messages, they are about nothing by default."""

UNITS: list[dict[str, Any]] = [{"unit": "KG"}, {"unit": "G", "factor": "0.001"}, {"unit": "PAL", "factor": 40}]
"""sap.unit_conversion of a case that gives none."""


@dataclass(frozen=True)
class CaseResult:
    """How one case went."""

    name: str
    problem: str | None
    """What differs from what was expected; None: nothing."""


def run_cases(rules: RuleSet, rule: Rule) -> Iterator[CaseResult]:
    """Run every case of `rule`. Raises RuleError where its case file cannot be read."""
    try:
        cases = yaml_of(rule.cases_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(str(rule.file), "has no cases", f"write {rule.cases_file.name}") from None
    except yaml.YAMLError as error:
        raise RuleError(str(rule.cases_file), f"is not YAML: {error}") from None
    check_form(cases, rule)
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        engine.load_canonical(connection, {})
        problems = {case["case"]: problem for alike in _alike(rule, cases) for case, problem in _tried(connection, rule, alike)}
    yield from (CaseResult(case["case"], problems[case["case"]]) for case in cases)


def _alike(rule: Rule, cases: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The cases that can be judged in one go: they have the same parameters, and messages or none."""
    groups: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for case in cases:
        groups.setdefault((repr(sorted(case.get("params", {}).items())), _tells(rule, case)), []).append(case)
    return list(groups.values())


def _tried(connection: duckdb.DuckDBPyConnection, rule: Rule, alike: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    """Each of these cases with its problem, if any.

    Statements over a few rows are planned for much longer than they run, so the cases are judged beside one another. A case that does not hold is judged
    once more by itself: what is wrong is told of it alone.
    """
    try:
        beside = [difference(case["expect"], found) for case, found in zip(alike, _judged_beside(connection, rule, alike), strict=True)]
    except ReconError as error:
        beside = [str(error)] * len(alike)
    for case, problem in zip(alike, beside, strict=True):
        if problem is None:
            yield case, None
            continue
        try:
            alone = difference(case["expect"], judge(connection, rule, case, rule.cases_file))
        except ReconError as error:
            alone = str(error)
        yield case, alone or f"holds alone, and not beside the other cases, each of which is in a system of its own: {problem}"


def _judged_beside(connection: duckdb.DuckDBPyConnection, rule: Rule, alike: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """What `rule` returns for each of these cases, when each is in systems of its own; the systems are named as the case names them."""
    given: dict[str, list[dict[str, Any]]] = {}
    plants: set[tuple[str, str]] = set()
    for number, case in enumerate(alike):
        for table, rows in _given(rule, case).items():
            given.setdefault(table, []).extend(row | {"system": f"{row.get('system', SYSTEM)}#{number}"} for row in rows)
        plants |= {(f"{system}#{number}", plant) for system, plant in _plants(case)}
    together = {"given": given, "params": alike[0].get("params", {})}
    _fill(connection, rule, given, _tells(rule, alike[0]), rule.cases_file)
    found: list[list[dict[str, Any]]] = [[] for _ in alike]
    for row in judged(connection, rule, together, _cuts(rule, plants)):
        system, _, number = row["system"].rpartition("#")
        found[int(number)].append(row | {"system": system})
    return found


def check_form(cases: Any, rule: Rule) -> None:
    """Raises RuleError where a case lacks something, or says something that nothing reads."""
    file = str(rule.cases_file)
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise RuleError(file, "is not a list of cases", "each has case, given and expect")
    known = {*rule.front.params, *rule.pairing.front.params}.union(*(base.front.params for base in rule.pairing.builds_on))
    names: set[str] = set()
    for number, case in enumerate(cases, 1):
        name = case.get("case", f"number {number}")
        said = [f"lacks `{key}`" for key in ("case", "given", "expect") if key not in case]
        said += [f"`{key}` is not a known key" for key in case if key not in ("case", "given", "expect", "params")]
        said += [f"`{key}` is not a parameter of {rule.id} or its pairing" for key in case.get("params", {}) if key not in known]
        tables = {*rule.pairing.tables, *rule.pairing.noted, *(_MESSAGES if rule.messages else ())}
        said += [f"gives {table}, which pairing {rule.pairing.name} does not read" for table in case.get("given", {}) if table not in tables]
        said += ["another case has the same name"] if name in names else []
        names.add(name)
        if said:
            raise RuleError(f"{file}: {name}", "; ".join(said), "each case has case, given, expect and, where it is about them, params")


def judge(connection: duckdb.DuckDBPyConnection, rule: Rule, case: Mapping[str, Any], file: Path) -> list[dict[str, Any]]:
    """Rows that `rule` returns for one case, unexpected columns and all; its result is left on the connection. file: whose case it is, for messages."""
    return judged(connection, rule, case, lay_out(connection, rule, case, file))


def lay_out(connection: duckdb.DuckDBPyConnection, rule: Rule, case: Mapping[str, Any], file: Path) -> list[engine.Cut]:
    """Make the canonical tables that a case gives; returns the plants that are judged."""
    _fill(connection, rule, _given(rule, case), _tells(rule, case), file)
    return _cuts(rule, _plants(case))


def _given(rule: Rule, case: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows that a case gives, by table, each with what tells it from the others of its table."""
    rows: dict[str, list[dict[str, Any]]] = {"sap.unit_conversion": UNITS, **case["given"]}
    return {table: [_own(rule, table, number) | row for number, row in enumerate(given, 1)] for table, given in rows.items()}


def _own(rule: Rule, table: str, number: int) -> dict[str, Any]:
    """What tells a row from the others of its table, and of a message what it carries, unless the rule compares messages."""
    return _numbered(table, number) | (CARRYING if table in _MESSAGES and table not in rule.pairing.tables else {})


def _numbered(table: str, number: int) -> dict[str, str]:
    """Where a row stands in its table."""
    event_number = EVENT_NUMBERS.get(table.partition(".")[2])
    return ({} if table in NOTED else {"row_ref": f"case:{number}"}) | ({event_number: f"{table}-{number}"} if event_number else {})


def _fill(connection: duckdb.DuckDBPyConnection, rule: Rule, given: Mapping[str, list[dict[str, Any]]], tells: bool, file: Path) -> None:
    """Make the canonical tables that the rule's pairing reads, and those of messages where the rows tell of them."""
    for table in dict.fromkeys((*rule.pairing.tables, *rule.pairing.noted, *(_MESSAGES if tells else ()))):
        _put(connection, table, given.get(table, []), file)
    follow(connection, rule)


def _plants(case: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(system, plant) of all that a case gives."""
    return {(row.get("system", SYSTEM), str(row.get("plant", "1000"))) for rows in case["given"].values() for row in rows} or {(SYSTEM, "1000")}


def _cuts(rule: Rule, plants: set[tuple[str, str]]) -> list[engine.Cut]:
    if rule.pairing.plantless:
        plants = {(system, NO_PLANT) for system, _ in plants}
    return [
        engine.Cut(system, plant, CUT, CUT - rule.pairing.front.settle, COMPLETE_FROM, CUT.date())
        for system, plant in sorted(plants)
        if rule.pairing.plantless or plant != NO_PLANT
    ]


def follow(connection: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    """Prepare what the rule's pairing reads of whole chains, out of the tables as they are laid out."""
    if rule.pairing.traced:
        relations.link(connection)
        relations.prepare(connection, rule.pairing.traced)


def judged(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    case: Mapping[str, Any],
    cuts: Sequence[engine.Cut],
    overrides: Mapping[str, Sequence[Override]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Rows that `rule` returns for a case that is laid out. overrides: rule or pairing → values for a part of the site."""
    own = case.get("params", {})
    for pairing in (*rule.pairing.builds_on, rule.pairing):
        settled_until = [replace(cut, settled_until=CUT - pairing.front.settle) for cut in cuts]
        values = pairing.front.params | {name: own[name] for name in own if name in pairing.front.params}
        engine.run_pairing(connection, pairing, settled_until, values, overrides.get(pairing.name, ()))
    values = rule.front.params | {name: own[name] for name in own if name in rule.front.params}
    result = engine.run_rule(connection, rule, cuts, values, overrides.get(rule.id, ()))
    cursor = connection.execute(f"SELECT * FROM {_explained(connection, rule, result, cuts) if _tells(rule, case) else result} ORDER BY ALL")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _tells(rule: Rule, case: Mapping[str, Any]) -> bool:
    """Whether the case is about messages."""
    return bool(rule.messages) and any(table in case["given"] for table in _MESSAGES)


def _explained(connection: duckdb.DuckDBPyConnection, rule: Rule, result: str, cuts: Sequence[engine.Cut]) -> str:
    """SQL of what the rule returned and messages say of it, as a night adds it: `in_flight`, and one more column, `explanation`."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE told AS SELECT CAST(row_number() OVER () AS VARCHAR) AS finding_id, * FROM {result}")
    evidence.prepare(connection, {cut.plant for cut in cuts})
    messages.prepare(connection)
    messages.hear(connection, {name for declared in rule.messages for name in declared.workflows}, {})
    messages.explain(connection, [rule], lambda _: "told", {rule.pairing.name: cuts})
    return """(
        SELECT t.* EXCLUDE (finding_id) REPLACE (coalesce(t.in_flight OR e.in_flight, t.in_flight) AS in_flight), e.text AS explanation
        FROM told t LEFT JOIN explained e USING (finding_id))"""


def _put(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]], file: Path) -> None:
    name = table.partition(".")[2]
    # What the night notes has a shape of its own, without what every canonical row has.
    noted = table in NOTED
    columns = (
        {str(one[0]): str(one[1]) for one in connection.execute(f'DESCRIBE canonical."{table}"').fetchall()} if noted else canonical_tables()[name].all_columns
    )
    typed = []
    for number, row in enumerate(rows, 1):
        full = completed(table, number, row)
        # What the night notes lacks some of what every canonical row has; what the case says itself has to be there.
        unknown = [column for column in ("changed_at" if said == "moving" else said for said in row) if column not in columns]
        if unknown:
            raise RuleError(str(file), f"{table} has no column {', '.join(unknown)}", f"its columns are {', '.join(columns)}")
        typed.append([full.get(column) for column in columns])
    given = f'canonical."{table}"' if noted else f'canonical."given {table}"'
    try:
        connection.execute(f"DELETE FROM {given}")
    except duckdb.CatalogException:  # the first case on this connection
        shape = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f"CREATE TABLE {given} ({shape})")
        connection.execute(f'CREATE OR REPLACE VIEW canonical."{table}" AS SELECT * FROM {given}')
    if typed:
        # In one statement: each row would be planned by itself.
        marks = f"({', '.join('?' * len(columns))})"
        connection.execute(f"INSERT INTO {given} VALUES {', '.join([marks] * len(typed))}", [value for row in typed for value in row])


def completed(table: str, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a case with what the case means where it says nothing. number: its place among the rows of `table`, from 1."""
    name = table.partition(".")[2]
    full = DEFAULTS["*"] | DEFAULTS.get(name, {}) | _numbered(table, number) | dict(row)
    if full.pop("moving", False):
        full["changed_at"] = _MOVING
    return {column: _value(value) for column, value in full.items()}


def _value(value: Any) -> Any:
    """YAML's floats stand for decimals, and a relative time for the cut."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, str) and value.startswith("cut"):
        hours = value.removeprefix("cut").strip().removesuffix("h").replace(" ", "")
        return CUT + timedelta(hours=float(hours or 0))
    return value


def difference(expect: Any, found: list[dict[str, Any]]) -> str | None:
    """What a case expects otherwise than what its rule returned; None: nothing."""
    wanted: list[dict[str, Any]] = [] if expect in ("none", None) else list(expect)
    left = list(found)
    for row in wanted:
        unknown = [name for name in row if found and name not in found[0] and name not in ("state", "explanation")]
        if unknown:
            return f"expects {', '.join(unknown)}, which the rule does not return"
        match = next((candidate for candidate in left if _matches(row, candidate)), None)
        if match is None:
            return f"expected {row}, found {[_short(candidate) for candidate in found] or 'nothing'}"
        left.remove(match)
    return f"found {[_short(row) for row in left]}, which was not expected" if left else None


def _matches(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    for name, value in wanted.items():
        if name == "state":
            if found["not_evaluated"] is not None or (value == "in flight") != bool(found["in_flight"]):
                return False
        elif name == "not_evaluated":
            if not found["not_evaluated"] or not str(found["not_evaluated"]).startswith(str(value)):
                return False
        elif name == "explanation" and value is not None:
            if not str(found.get(name) or "").startswith(str(value)):
                return False
        elif _value(value) != found.get(name):
            return False
    return "not_evaluated" in wanted or found["not_evaluated"] is None


def _short(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items() if value is not None and name not in ("system", "plant", "changed_at")}
