"""What messages between the systems say of what rules returned: that it is on its way, or why it never came.

`hear` gathers the messages that are not simply posted, `explain` joins them with the results of rules, by what the rules and their pairings declare under
`messages` and `message`. docs/rules.md says how they are matched, docs/findings.md what comes of it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import duckdb

from recon.engines.duckdb import Cut
from recon.engines.evidence import joined, unbatched
from recon.errors import RuleError
from recon.rule import Messages, Rule

_FOLDER = Path(__file__).parent


def carriers() -> list[tuple[str, str]]:
    """(workflow, name): what messages of a workflow or interface of that name carry, as far as recon knows the names."""
    with (_FOLDER / "carried_by.csv").open(encoding="utf-8", newline="") as stream:
        return [(line["workflow"], line["name"]) for line in csv.DictReader(stream)]


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `logged_message`: messages of every side; and, empty, `explained`: a row for each finding that a message speaks of, and `of_message`: one for each
    finding about a message."""
    connection.execute((_FOLDER / "relations.sql").read_text(encoding="utf-8"))


def hear(
    connection: duckdb.DuckDBPyConnection,
    workflows: Iterable[str],
    carried_by: Mapping[str, Collection[str]],
    unheard: Collection[tuple[str, str, str | None]] = (),
) -> int:
    """Make `heard`, the messages that wait, failed, or were closed with their error; returns how many there are.

    workflows: that rules name. carried_by: workflow → the site's names for messages of it. unheard: (schema.table, source, plant)
    whose rows say nothing tonight; plant None: all rows of the source, those of no plant too.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE carried (workflow VARCHAR, name VARCHAR)")
    named = {*carriers(), *((name, name) for name in workflows), *((workflow, name) for workflow, names in carried_by.items() for name in names)}
    if named:
        connection.executemany("INSERT INTO carried VALUES (?, ?)", sorted(named))
    connection.execute("CREATE OR REPLACE TEMP TABLE not_heard (side VARCHAR, source VARCHAR, plant VARCHAR)")
    if unheard:
        connection.executemany("INSERT INTO not_heard VALUES (?, ?, ?)", [(table.partition(".")[0], source, plant) for table, source, plant in unheard])
    connection.execute((_FOLDER / "heard.sql").read_text(encoding="utf-8"))
    found = connection.execute("SELECT count(*) FROM heard").fetchone()
    return int(found[0]) if found else 0


def explain(
    connection: duckdb.DuckDBPyConnection,
    rules: Iterable[Rule],
    relation: Callable[[str], str],
    cuts: Mapping[str, Sequence[Cut]],
    zones: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Fill `explained` and `of_message` with what the messages that were heard say of the rules' results.

    relation: rule id → the relation of its result, with finding_id. cuts: pairing → the plants that it was judged for. zones: plant → time zone that its
    moments are told in; where there is none, or where what shares a cause is of plants with several, UTC. Raises RuleError where `messages` names a column
    that is not there.
    """
    telling = [rule for rule in rules if rule.messages or rule.pairing.front.message]
    until = [(rule.id, cut.system, cut.plant, cut.cut) for rule in telling for cut in cuts.get(rule.pairing.name, ())]
    if not until:
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE judged_until (rule_id VARCHAR, system VARCHAR, plant VARCHAR, cut TIMESTAMP)")
    connection.executemany("INSERT INTO judged_until VALUES (?, ?, ?, ?)", until)
    connection.execute("CREATE OR REPLACE TEMP TABLE plant_zone (plant VARCHAR, zone VARCHAR)")
    if zones:
        connection.executemany("INSERT INTO plant_zone VALUES (?, ?)", sorted(zones.items()))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE spoken_of "
        "(rule_id VARCHAR, finding_id VARCHAR, system VARCHAR, plant VARCHAR, number BIGINT, holds BOOLEAN, itself BOOLEAN)"
    )
    for rule in telling:
        for declared in rule.messages:
            for matched in _matched(rule, declared, relation(rule.id)):
                _insert(connection, rule, matched, holds=not declared.only_explain)
        if itself := rule.pairing.front.message:
            same = " AND ".join(f'r."{ours}" = m."{theirs}"' for ours, theirs in itself.match.items())
            one = f"""FROM {relation(rule.id)} r
                JOIN (SELECT * FROM heard WHERE {itself.where or "true"}) m
                  ON m.system = r.system AND (m.plant = r.plant OR '*' IN (m.plant, r.plant)) AND {same}
                WHERE r.not_evaluated IS NULL"""
            _insert(connection, rule, one, holds=False, itself=True)
    connection.execute((_FOLDER / "explained.sql").read_text(encoding="utf-8"))


def _insert(connection: duckdb.DuckDBPyConnection, rule: Rule, matched: str, *, holds: bool, itself: bool = False) -> None:
    try:
        connection.execute(f"INSERT INTO spoken_of SELECT $1, r.finding_id, r.system, r.plant, m.number, $2, $3 {matched}", [rule.id, holds, itself])
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise  # the machine's fault, not the rule's
    except duckdb.Error as error:
        raise RuleError(str(rule.file), f"messages: {str(error).splitlines()[0]}", "docs/rules.md says what `messages` holds") from None


def _matched(rule: Rule, declared: Messages, relation: str) -> list[str]:
    """SQL, from FROM on: the findings r and the messages m that are about them, for each of the rule's rows that `behind` names, or once."""
    workflows = ", ".join("'" + name.replace("'", "''") + "'" for name in declared.workflows)
    told = f"""
        JOIN (SELECT * FROM heard WHERE number IN (SELECT number FROM heard_as WHERE workflow IN ({workflows})) AND ({declared.where or "true"})) m
          ON m.system = r.system AND m.plant IN (r.plant, '*')"""
    if declared.behind is None:
        same = " AND ".join(_says(ours, theirs, declared.match) for ours, theirs in declared.match.items())
        return [f"FROM {relation} r {told} AND {same} WHERE r.not_evaluated IS NULL"]
    same = " AND ".join(f't."{ours}" = m."{theirs}"' for ours, theirs in declared.match.items())
    rows = (evidence for evidence in rule.pairing.front.evidence if evidence.table == declared.behind)
    return [f"{joined(relation, rule.pairing, evidence)} {told} AND {same} WHERE r.not_evaluated IS NULL" for evidence in rows]


def _says(ours: str, theirs: str, match: Mapping[str, str]) -> str:
    """SQL: the message names what the finding is about. What either leaves out is no match, but for the batch, which depends on the material."""
    same = f'r."{ours}" = m."{theirs}"'
    if theirs != "batch" or "material" not in match.values():
        return same
    ways = [same, f'r."{ours}" IS NULL AND m.batch IS NULL', unbatched(ours, "r.plant", "m.material")]
    if "order_no" in match.values():
        # Of a posting to an order that failed, the batch may be what was missing. What waits has to name it, since it hides a mismatch.
        ways.append("m.batch IS NULL AND m.status <> 'pending'")
    return f"({' OR '.join(ways)})"
