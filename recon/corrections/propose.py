"""Every finding that is still there → a proposal, or the reason why there is none: set work over relations on a DuckDB connection.

A proposal is made of the finding's key and evidence and nothing else. What it needs and recon does not know is an open check or no proposal, never a guess;
guards are looked at in the canonical tables of the same night, and those that cannot be looked at are open checks too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import duckdb
import pyarrow as pa

from recon import frontmatter
from recon.action import PLACEHOLDER, Action, Call, Field, Guard, Interface, Items
from recon.canonical.schema import canonical_tables
from recon.errors import RuleError
from recon.model import Belief
from recon.rule import NO_PLANT, Correction, FromRows, Rule, Way

ID_VERSION = "1"
"""Of the proposals' ids: they change where this does."""

BECAUSE = {
    "sap": "SAP plans and releases, and the MES executes what SAP has sent",
    "mes": "the MES records what the line did, and SAP books it afterwards",
    "qms": "quality decides what may be used, and SAP follows",
    "wms": "the warehouse system moves the goods, and SAP books them",
}
"""Why a side is believed, where the rule says nothing of its own."""

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Proposed:
    """How the findings of a night fared."""

    proposed: int
    refused: int
    """A guard speaks against it."""
    none: int
    """There is nothing to propose, and the proposal says why."""


def propose(
    connection: duckdb.DuckDBPyConnection,
    rules: Mapping[str, Rule],
    actions: Mapping[str, Action],
    judged: Iterable[str],
    found: Callable[[str], str],
    rows_behind: Callable[[Rule, str], str],
    supplied: Sequence[tuple[str, str, str]],
    today: Sequence[tuple[str, str, date]],
    value_limit: Decimal | None,
    authority: Mapping[str, Mapping[str, Sequence[Belief]]] = MappingProxyType({}),
) -> Proposed:
    """Make the temporary table `proposal`, one row a finding that is not resolved or retired; docs/proposals.md has its columns.

    Reads `finding`, `explained` (recon.engines.messages) and the canonical tables. judged: ids of the rules that returned a result tonight. found: rule id →
    the relation of its result, with finding_id. rows_behind: (rule, schema.table) → SELECT of finding_id and the table's columns, for all source rows behind
    its findings. supplied: (schema.table, system, plant) that some source fills. today: (system, plant, day) that a posting would have. value_limit: in the
    plant's currency. authority: rule id → plant → which side is believed there, field by field, where the site has said anything of it.
    """
    connection.execute((_FOLDER / "relations.sql").read_text(encoding="utf-8"))
    _fill(connection, "supplied", supplied)
    _fill(connection, "today", today)
    connection.execute("SET VARIABLE value_limit = CAST($1 AS DECIMAL(18, 2))", [value_limit])
    beliefs = [(rule, plant, belief) for rule, plants in authority.items() for plant, found in plants.items() for belief in found]
    _fill(connection, "site_says", [(rule, plant, one.field, one.side, one.said_by is not None) for rule, plant, one in beliefs])
    _fill(connection, "remedy", [_remedy(rule) for rule in rules.values()])
    _fill(connection, "declared", [_declared(action) for action in actions.values()])
    _repair(connection, actions)
    stands = {row[0] for row in connection.execute("SELECT DISTINCT rule_id FROM finding WHERE state NOT IN ('resolved', 'retired')").fetchall()}
    for rule in (rules[rule_id] for rule_id in judged):
        connection.execute(f"INSERT INTO found_tonight SELECT finding_id FROM {found(rule.id)} WHERE not_evaluated IS NULL")
        if rule.id in authority:
            _tell_apart(connection, rule, found(rule.id))
        if isinstance(rule.front.correction, Correction) and (_proposes(rule) or rule.id in authority) and rule.id in stands:
            for rank, way in enumerate(rule.front.correction.tried):
                try:
                    with _blamed_on(rule.file):
                        _draft(connection, _found(rule, found(rule.id), rows_behind), rank, way, actions[way.action])
                except RuleError as error:
                    # Of a site's own rule or action: its findings stand, and are put right by hand.
                    connection.execute("UPDATE remedy SET no_action = $2 WHERE rule_id = $1", [rule.id, f"its action {way.action} failed: {error.what}"])
    _look(connection)
    connection.execute((_FOLDER / "proposals.sql").read_text(encoding="utf-8"))
    counts = dict(connection.execute("SELECT status, count(*) FROM proposal GROUP BY ALL").fetchall())
    return Proposed(counts.get("proposed", 0), counts.get("refused", 0), counts.get("none", 0))


def _tell_apart(connection: duckdb.DuckDBPyConnection, rule: Rule, result: str) -> None:
    """Note which of the fields that a rule compares differ in each of its findings, as far as its result tells."""
    for field, condition in rule.front.compares.items():
        if condition is None:
            continue
        try:
            connection.execute(f"INSERT INTO told_apart SELECT finding_id, $1, coalesce({condition}, false) FROM {result} WHERE not_evaluated IS NULL", [field])
        except duckdb.BinderException as error:
            # Of a site's own rule. What it cannot tell apart counts as differing; its findings are put right by hand.
            no_action = f"its condition for {field} failed: {str(error).splitlines()[0]}"
            connection.execute("UPDATE remedy SET no_action = $2 WHERE rule_id = $1", [rule.id, no_action])


def _repair(connection: duckdb.DuckDBPyConnection, actions: Mapping[str, Action]) -> None:
    """Add a draft for every finding that is explained by a message which may still be posted: to repair that message."""
    connection.execute((_FOLDER / "repair.sql").read_text(encoding="utf-8"))
    for name in [str(row[0]) for row in connection.execute("SELECT DISTINCT action FROM repair ORDER BY ALL").fetchall()]:
        action = actions[name]
        try:
            with _blamed_on(action.file):
                _draft(connection, _Found(f"(FROM repair WHERE action = {_literal(name)})", action.file), 0, Way(action=name), action)
        except RuleError:
            # Of a site's own action: the rule's stands, which the message refuses.
            connection.execute("DELETE FROM repair WHERE action = $1", [name])


def _look(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `held`, what every guard says of every draft that is held to it: one relation a guard, joined, for sorting them into lists takes far longer."""
    asked = {row[0] for row in connection.execute("SELECT DISTINCT unnest(guards) FROM draft").fetchall()}
    looked: list[str] = []
    for guard in (guard for guard in get_args(Guard) if guard in asked):
        front, sql = frontmatter.split(_FOLDER / "guards" / f"{guard}.sql")
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW held_to AS SELECT * EXCLUDE (fields, words, payload) FROM draft WHERE list_contains(guards, '{guard}')"
        )
        if not front.get("everywhere"):
            # At no plant it finds nothing that speaks against it, which is not to say that nothing does.
            nowhere = f"plant = '{NO_PLANT}' AND state = 'holds'"
            sql = f"""
                SELECT finding_id, rank, CASE WHEN {nowhere} THEN 'open' ELSE state END AS state,
                       CASE WHEN {nowhere} THEN {_literal(f"look at each plant that it is about: {front['holds']}")} ELSE reason END AS reason
                FROM ({sql}) JOIN (SELECT finding_id, rank, plant FROM held_to) USING (finding_id, rank)"""
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE "guarded {guard}" AS
            SELECT finding_id, rank, CASE WHEN state = 'open' THEN reason END AS look, CASE WHEN state = 'refuses' THEN reason END AS refusal,
                   concat('{{"guard":"{guard}","title":', to_json({_literal(front["holds"])}), ',"state":"', state, '","reason":',
                          CASE WHEN state <> 'holds' AND reason IS NOT NULL THEN CAST(to_json(reason) AS VARCHAR) ELSE 'null' END, '}}') AS told
            FROM ({sql})""")
        looked.append(f'"guarded {guard}"')
    told = ", ".join(["NULL", *(f"{name}.told" for name in looked)])
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE held AS
        SELECT d.finding_id, d.rank, concat('[', concat_ws(',', {told}), ']') AS guards, {_known([f"{name}.look" for name in looked])} AS to_look_at,
               coalesce({", ".join([*(f"{name}.refusal" for name in looked), "NULL"])}) AS refusal
        FROM draft d {" ".join(f"LEFT JOIN {name} ON {name}.finding_id = d.finding_id AND {name}.rank = d.rank" for name in looked)}""")


def _fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        connection.register("told", pa.table([pa.array(column) for column in zip(*rows, strict=True)], [f"c{number}" for number in range(len(rows[0]))]))
        connection.execute(f"INSERT INTO {table} SELECT * FROM told")
        connection.unregister("told")


def _proposes(rule: Rule) -> bool:
    return rule.front.authority in BECAUSE


def _remedy(rule: Rule) -> tuple[Any, ...]:
    """A row of `remedy`: what a rule says of putting it right, and why no action can."""
    front, correction = rule.front, rule.front.correction
    believed = front.authority if _proposes(rule) else None
    undecided = {
        "-": "person decides: no side is believed by itself",
        "site": "person decides: which side is believed is the site's to say",
    }.get(front.authority)
    no_action = "no action is declared for this correction" if isinstance(correction, str) else None
    because = correction.because if isinstance(correction, Correction) and correction.because else BECAUSE.get(front.authority)
    checks = correction.checks if isinstance(correction, Correction) else []
    return rule.id, believed, because, front.remedy, undecided, no_action, checks


def _declared(action: Action) -> tuple[Any, ...]:
    front = action.front
    return (
        action.name, action.version, front.title, action.target, front.effect, front.transaction, front.risk, front.reversible, front.approver,
        front.checks,
    )  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """What drafts are made of: a rule's result, or messages that explain findings."""

    relation: str
    """SQL of it, with finding_id, and not_evaluated."""
    file: Path
    """What is to blame where it lacks a column."""
    released_by: str | None = None
    """Column with the decision that a release rests on."""
    shown: frozenset[str] = frozenset()
    """schema.table of the rows that stand behind it."""
    behind: Callable[[str], str] = lambda _: "SELECT NULL AS finding_id WHERE false"
    """schema.table → SELECT of these rows."""
    plantless: bool = False
    """Its findings belong to no plant. Where all rows behind one are of a single plant, the correction is looked at there."""


def _found(rule: Rule, relation: str, rows_behind: Callable[[Rule, str], str]) -> _Found:
    correction = rule.front.correction
    released_by = correction.released_by if isinstance(correction, Correction) else None
    shown = frozenset(evidence.table for evidence in rule.pairing.front.evidence)
    # What a message still carries is put right with the message, and with nothing besides.
    return _Found(
        f"(FROM {relation} WHERE finding_id NOT IN (SELECT finding_id FROM repair))",
        rule.file,
        released_by,
        shown,
        partial(rows_behind, rule),
        rule.pairing.plantless,
    )


def _draft(connection: duckdb.DuckDBPyConnection, found: _Found, rank: int, way: Way, action: Action) -> None:
    """Add a draft for everything found that the way is for."""
    front = action.front
    columns = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE FROM {found.relation}").fetchall()}
    condition = f"({way.when})" if way.when else "true"
    if front.effect == "release":
        # The decision has to be there and to say so: that nothing forbids it is not enough.
        condition += f" AND \"{found.released_by}\" = 'accepted'"
    values: dict[str, str] = {}
    joins: list[str] = []
    figures = set()
    for name, field in front.fields.items():
        given = way.fields.get(name) or field.column or name
        kind = _kind([given]) if isinstance(given, FromRows) else columns.get(str(given), _kind(field.rows))
        figures |= {name} if kind.startswith("DECIMAL") else set()
        if isinstance(given, FromRows):
            values[name] = _from_rows(name, [given], joins, found, field.decimals)
        elif given in columns:
            values[name] = _text(f'r."{given}"', columns[given], field.decimals)
        elif name in way.fields:
            raise RuleError(str(found.file), f"takes {name} from {given}, which the rule does not return", f"its columns are {', '.join(columns)}")
        elif name == "material" and not field.rows:
            values[name] = "f.material"  # the one that is valued and named; in keys it has many names
        else:
            values[name] = _from_rows(name, [rows for rows in field.rows if rows.rows in found.shown], joins, found, field.decimals)
    plant = "f.plant"
    if found.plantless and found.shown:
        behind = " UNION ALL ".join(f"SELECT finding_id, plant FROM ({found.behind(table)})" for table in sorted(found.shown))
        joins.append(f"""LEFT JOIN (
            SELECT finding_id, CASE WHEN min(plant) = max(plant) THEN min(plant) END AS plant FROM ({behind}) WHERE plant <> '{NO_PLANT}' GROUP BY finding_id
        ) of_one USING (finding_id)""")
        plant = "coalesce(of_one.plant, f.plant)"
    subject = {name: values.get(name) or (f'r."{name}"' if name in columns else "NULL") for name in _SUBJECT}
    drafted = connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE drafted AS
        SELECT f.finding_id, f.system AS plant_system, {plant} AS plant, f.value_at_risk, f.currency, f.evidence,
               {_columns(values, "is ")}, {_columns(subject, "of ")}
        FROM finding f
        JOIN (SELECT * FROM {found.relation} WHERE not_evaluated IS NULL AND {condition}) r USING (finding_id)
        {" ".join(joins)}
        WHERE f.state NOT IN ('in flight', 'waived', 'resolved', 'retired') AND f.consequence_of IS NULL""").fetchone()
    if drafted == (0,):
        return
    _items(connection, front.items, rank, found.behind(front.items.rows) if front.items else "", front.fields)
    missing = {name: field.label for name, field in front.fields.items() if field.absent == "refuse"}
    asked = {name: f"{field.label} is not known to recon: look it up" for name, field in front.fields.items() if field.absent == "ask"}
    fields = _named(front.fields) + (", 'items', coalesce(i.fields, '[]')" if front.items else "")
    nothing = f"CASE WHEN x.items IS NULL THEN {_literal(f'rows of {front.items.rows}')} END" if front.items else "NULL"
    connection.execute(f"""
        INSERT INTO draft BY NAME
        SELECT finding_id, {rank} AS rank, action, proposal_id, {_list(map(_literal, front.guards))} AS guards,
               plant_system AS system, plant, {", ".join(f'x."of {name}" AS {name}' for name in _SUBJECT)}, value_at_risk, currency,
               {_known([*(f'CASE WHEN x."is {name}" IS NULL THEN {_literal(label)} END' for name, label in missing.items()), nothing])} AS missing,
               {_known([f'CASE WHEN x."is {name}" IS NULL THEN {_literal(text)} END' for name, text in asked.items()])} AS to_look_at,
               CAST(fields AS VARCHAR) AS fields, {_sentence(front.words, figures)} || coalesce(': ' || item_words, '') AS words,
               {_by_order_type(front.interface, lambda call: _literal(f"{front.interface.kind}: {call.name}"))} AS interface,
               {_by_order_type(front.interface, lambda call: f"CAST({_json(call.payload)} AS VARCHAR)")} AS payload
        FROM (
            SELECT *, 'RC' || upper(left(sha256(concat_ws(chr(10), '{ID_VERSION}', finding_id, action, CAST(fields AS VARCHAR), evidence)), 14)) AS proposal_id
            FROM (
                SELECT x.*, {_literal(action.name)} AS action, json_object({fields}) AS fields, i.payload AS items, i.words AS item_words
                FROM drafted x
                LEFT JOIN drafted_items i USING (finding_id)
            ) x
        ) x""")


_SUBJECT = ("order_no", "material", "batch", "right_batch", "storage_location", "lot")
"""What a draft is about, for the guards."""


def _from_rows(name: str, sources: Sequence[FromRows], joins: list[str], found: _Found, decimals: int | None) -> str:
    """SQL: what the first of the sources says that knows it; each is joined as "rows <name> <n>"."""
    for number, given in enumerate(sources):
        text = _text(f'"{given.column}"', _kind([given]), decimals)
        value = {
            "only": f"CASE WHEN min({text}) = max({text}) AND count(*) = count({text}) THEN min({text}) END",
            "newest": f"max_by({text}, (changed_at, row_ref))",
            "highest": f"max({text})",
        }[given.take]
        condition = f"({given.where})" if given.where else "true"
        rows = f"SELECT finding_id, {value} AS value FROM ({_matched(given, found)}) WHERE {condition} GROUP BY finding_id"
        joins.append(f'LEFT JOIN ({rows}) "rows {name} {number}" USING (finding_id)')
    return f"coalesce({', '.join(f'{chr(34)}rows {name} {number}{chr(34)}.value' for number in range(len(sources)))})" if sources else "NULL"


def _kind(sources: Sequence[FromRows]) -> str:
    """DuckDB's type of what the sources tell, by the first; '' where there is none."""
    return next((canonical_tables()[given.rows.partition(".")[2]].all_columns[given.column] for given in sources), "")


def _matched(given: FromRows, found: _Found) -> str:
    """SQL: the rows behind the findings that are meant."""
    rows = found.behind(given.rows)
    same = " AND ".join(f'f."{ours}" = t."{theirs}"' for ours, theirs in given.match.items())
    return f"SELECT t.* FROM ({rows}) t JOIN {found.relation} f ON f.finding_id = t.finding_id AND {same}" if same else rows


def _items(connection: duckdb.DuckDBPyConnection, items: Items | None, rank: int, behind: str, fields: Mapping[str, Field]) -> None:
    """Make `drafted_items`, the lines of every draft as JSON and in words, and note their places for the guards."""
    if items is None:
        connection.execute("CREATE OR REPLACE TEMP TABLE drafted_items AS SELECT '' AS finding_id, '' AS fields, '' AS payload, '' AS words WHERE false")
        return
    kinds = canonical_tables()[items.rows.partition(".")[2]].all_columns
    own = _columns({name: _text(f't."{column}"', kinds[column]) for name, column in items.fields.items()}, "is ")
    figures = {name for name, column in items.fields.items() if kinds[column].startswith("DECIMAL")}
    outer = ", ".join(f'd."is {name}"' for name in fields if name not in items.fields)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE drafted_item AS
        SELECT x.finding_id, row_number() OVER (PARTITION BY x.finding_id ORDER BY {", ".join(f'x."is {name}"' for name in items.fields)}) AS ordinal,
               {'x."is storage_location"' if "storage_location" in items.fields else "NULL"} AS storage_location,
               json_object({_named(items.fields)}) AS fields,
               {_json(items.payload)} AS payload, {_sentence(items.words, figures)} AS words
        FROM (
            SELECT DISTINCT d.finding_id, d.plant, d.plant_system{", " + outer if outer else ""}, {own}
            FROM drafted d JOIN (SELECT * FROM ({behind}) WHERE {f"({items.where})" if items.where else "true"}) t USING (finding_id)
        ) x""")
    connection.execute(f"INSERT INTO draft_place_of_item SELECT finding_id, {rank}, storage_location FROM drafted_item")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE drafted_items AS
        SELECT finding_id, to_json(list(fields ORDER BY ordinal)) AS fields, to_json(list(payload ORDER BY ordinal)) AS payload,
               string_agg(words, '; ' ORDER BY ordinal) AS words
        FROM drafted_item
        GROUP BY finding_id""")


def _by_order_type(interface: Interface, told: Callable[[Call], str]) -> str:
    """SQL: what is told of the call, for the type of the order where that decides."""
    if not interface.by_order_type:
        return told(interface)
    of_order = """(SELECT CASE WHEN min(w.order_type) = max(w.order_type) THEN min(w.order_type) END FROM canonical."sap.work_order" w
                   WHERE w.system = x.plant_system AND w.plant = x.plant AND w.order_no = x."of order_no")"""
    cases = " ".join(f"WHEN {_literal(kind)} THEN {told(call)}" for kind, call in interface.by_order_type.items())
    return f"CASE {of_order} {cases} ELSE {told(interface)} END"


def _named(names: Iterable[str]) -> str:
    """SQL: the arguments of an object of the filled fields."""
    return ", ".join(f"""'{name}', x."is {name}\"""" for name in names)


def _columns(values: Mapping[str, str], prefix: str) -> str:
    return ", ".join(f'CAST({value} AS VARCHAR) AS "{prefix}{name}"' for name, value in values.items())


def _text(value: str, kind: str, decimals: int | None = None) -> str:
    """SQL: a value as people type it; a number without the zeros that its type gives it, a moment as ISO 8601 in UTC."""
    if kind.startswith("DECIMAL"):
        exact = value if decimals is None else f"CAST({value} AS DECIMAL(18, {decimals}))"
        return f"CASE WHEN contains(CAST({exact} AS VARCHAR), '.') THEN rtrim(rtrim(CAST({exact} AS VARCHAR), '0'), '.') ELSE CAST({exact} AS VARCHAR) END"
    return f"strftime({value}, '%Y-%m-%dT%H:%M:%SZ')" if kind == "TIMESTAMP" else f"CAST({value} AS VARCHAR)"


def _sentence(text: str, figures: Collection[str]) -> str:
    """SQL: a sentence with its fields filled; '?' stands for what is not known, and [ … ] vanishes where it would have to.

    figures: fields that are numbers, which are grouped by thousands; a batch of digits is none.
    """
    parts = []
    for number, section in enumerate(re.split(r"[\[\]]", text)):
        pieces = [_filled(piece, at % 2 == 1, unknown=number % 2 == 0, figures=figures) for at, piece in enumerate(PLACEHOLDER.split(section))]
        whole = " || ".join(pieces)
        parts.append(f"coalesce({whole}, '')" if number % 2 else f"({whole})")
    return " || ".join(parts)


def _filled(piece: str, is_field: bool, *, unknown: bool, figures: Collection[str] = ()) -> str:
    if not is_field:
        return _literal(piece)
    text = _grouped(_field(piece)) if piece in figures else _field(piece)
    return f"coalesce({text}, '?')" if unknown else text


def _grouped(text: str) -> str:
    """SQL: the text of a number as the other commands print it, 12480.5 as 12,480.5."""
    whole = f"format('{{:,}}', CAST(split_part(ltrim({text}, '-'), '.', 1) AS BIGINT))"
    return f"regexp_replace({text}, '^(-?)[0-9]+', '\\1' || {whole})"


def _field(name: str) -> str:
    own = {"proposal_id": "x.proposal_id", "plant": "x.plant", "plant_system": "x.plant_system", "items": "x.items"}
    return own.get(name, f'x."is {name}"')


def _json(value: Any) -> str:
    """SQL: a payload with its fields filled; one that is not known is null."""
    if isinstance(value, Mapping):
        return f"json_object({', '.join(f'{_literal(str(name))}, {_json(entry)}' for name, entry in value.items())})"
    if isinstance(value, list):
        return f"json_array({', '.join(map(_json, value))})"
    if isinstance(value, bool) or not isinstance(value, str):
        return "NULL" if value is None else str(value).lower()
    pieces = PLACEHOLDER.split(value)
    if len(pieces) == 3 and not pieces[0] and not pieces[2]:
        return _field(pieces[1])
    return " || ".join(_filled(piece, at % 2 == 1, unknown=True) for at, piece in enumerate(pieces))


def _known(values: Iterable[str]) -> str:
    """SQL: a list of texts without those that are NULL."""
    return f"[said FOR said IN {_list(values)} IF said IS NOT NULL]"


def _list(values: Iterable[str]) -> str:
    return f"CAST([{', '.join(values)}] AS VARCHAR[])"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _blamed_on(file: Path) -> Iterator[None]:
    """SQL made from what `file` declares does not run: that is said of the file. What the machine refuses is not its fault."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        raise RuleError(str(file), str(error).split("\n")[0]) from None
