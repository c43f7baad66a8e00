"""The second look: what fires for the first time is asked for once more, and what does not fire any more is not told (docs/decisions/0024).

It can take away and move into flight what fired; it makes no finding, and changes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from recon.canonical import overlay as overlays
from recon.canonical.schema import canonical_tables
from recon.engines import duckdb as engine
from recon.errors import RuleError
from recon.findings import collect, files
from recon.findings.cuts import Readiness
from recon.findings.identity import identity_sql
from recon.gates import effects
from recon.model import CanonicalState, Overlay, Snapshot, Supply
from recon.night.intake import canonical_tables_of, rows_supplied
from recon.night.judgement import cuts_of, naive, needed, params
from recon.night.state import AskedAgain, LookedAgain, Night
from recon.rule import Pairing, Rule
from recon.ruleset import parameters
from recon.snapshots.current import canonical_rows, identifier, literal
from recon.snapshots.second_look import Answer, Asked, Name, Question, ask
from recon.sources import open_source

_SQL = Path(__file__).parent


@dataclass
class _Asking:
    """What one source is asked for."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    """Column → canonical values."""
    looks: dict[str, tuple[str, overlays.Look]] = field(default_factory=dict)
    """What is asked for, in words → canonical table, and how it is asked."""
    beyond: int = 0
    """Keys that the source's bound left out."""


def second_look(night: Night) -> None:
    """Ask the sources that recon.toml wants confirmed for what fired for the first time, and compare that again with what they say now."""
    confirming = [name for name, source in night.settings.sources.items() if source.confirm]
    if not confirming:
        return
    rules = {rule_id: night.rules.rules[rule_id] for rule_id in night.judged if not _follows_chains(night.rules.rules[rule_id].pairing)}
    _suspect(night, [rule for rule_id, rule in rules.items() if rule_id in night.firing])
    asked: dict[str, _Asking] = {}
    answers: dict[str, Answer] = {}
    for name in confirming:
        asking = asked[name] = _asking(night, name, rules)
        if not asking.looks:
            continue
        night.progress(f"looking again at {sum(map(len, asking.keys.values())):,} keys in {name}")
        read, settings = night.snapshot.sources[name], night.settings.sources[name]
        opened = night.recorded.open if night.recorded else open_source
        answers[name] = ask(partial(_questions, night, name, asking), read, settings, opened, night.partial, night.connection)
        if answers[name].problem:
            night.progress(f"second look: {answers[name].problem}; what fired there stands unconfirmed")
    _keep_overlays(night, answers)
    night.connection.execute((_SQL / "second_look.sql").read_text(encoding="utf-8"))
    problems: list[str] = []
    for column in sorted({column for name, answer in answers.items() if not answer.problem for column in asked[name].keys}):
        try:
            problems += _compare(night, column, asked, answers, rules)
        except RuleError as error:
            problems.append(str(error))
        finally:
            engine.load_canonical(night.connection, canonical_tables_of(night), night.settings.service_levels, night.few)
    for problem in problems:
        night.progress(f"second look: {problem}; what fired there stands unconfirmed")
    _take_effect(night, {name: _told(asked[name], answers.get(name)) for name in confirming}, tuple(dict.fromkeys(problems)))


def _told(asking: _Asking, answer: Answer | None) -> AskedAgain:
    rows = sum(one.rows.rows for one in answer.overlays.values()) if answer else 0
    return AskedAgain(answer.as_of if answer else None, Asked(asking.keys, [*asking.looks]), asking.beyond, rows, answer.problem if answer else None)


def _follows_chains(pairing: Pairing) -> bool:
    """Whether it reads what was prepared of whole chains, or noted of the intake, which nobody prepares for a few keys anew."""
    return any(one.traced or one.noted for one in (pairing, *pairing.builds_on))


def _suspect(night: Night, rules: Iterable[Rule]) -> None:
    """Make `suspicious`: what fired tonight and did not stand yesterday, with the key by which a part of its pairing can be computed alone."""
    before = files.previous_run(night.store)
    stood = f"read_parquet({literal(night.store / 'runs' / before / 'findings.parquet')})" if before else "(SELECT NULL AS finding_id, NULL AS state)"
    found = [
        f"SELECT finding_id, {literal(rule.pairing.front.local)} AS by_column, CAST({identifier(rule.pairing.front.local)} AS VARCHAR) AS value "
        f"FROM {collect.relation(rule.id)}"
        for rule in rules
    ] or ["SELECT NULL::VARCHAR AS finding_id, NULL::VARCHAR AS by_column, NULL::VARCHAR AS value WHERE false"]
    night.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE suspicious AS
        SELECT f.finding_id, f.rule_id, f.system, f.plant, l.by_column, l.value, f.value_at_risk,
               list_position(['critical', 'high', 'medium', 'low'], f.severity) AS gravity
        FROM fired f JOIN ({" UNION ALL ".join(found)}) l USING (finding_id)
        WHERE NOT f.in_flight AND l.value IS NOT NULL
          AND f.finding_id NOT IN (SELECT finding_id FROM {stood} WHERE state IN ('new', 'open', 'reopened', 'waived'))""")


def _asking(night: Night, name: str, rules: Mapping[str, Rule]) -> _Asking:
    """The gravest of what is suspicious, as far as the source can be asked for it and its bound allows."""
    asking, settings, read = _Asking(), night.settings.sources[name], night.snapshot.sources[name]
    supplied = {supply.table for supply in night.supplies if supply.source == name and supply.state}
    known: dict[tuple[str, str], overlays.Look | None] = {}

    def of(rule: Rule) -> dict[str, overlays.Look]:
        """Canonical table of the rule's pairing → how the source is asked for it."""
        by, found = rule.pairing.front.local, {}
        for table in supplied.intersection(rule.pairing.tables):
            if (table, by) not in known:
                known[table, by] = overlays.look_at(night.packs[settings.pack], table, by, read, settings)
            if look := known[table, by]:
                found[table] = look
        return found

    able = [rule_id for rule_id, rule in rules.items() if of(rule)]
    if not able:
        return asking
    ranked = night.connection.execute(
        """
        SELECT by_column, value, list(DISTINCT rule_id) FROM suspicious
        WHERE system = ? AND list_contains(?, plant) AND list_contains(?, rule_id)
        GROUP BY by_column, value ORDER BY min(gravity), max(value_at_risk) DESC NULLS LAST, by_column, value""",
        [settings.system, [*settings.plants, "*"], able],
    )
    suspicious = ranked.fetchall()
    then = night.recorded.asked(name) if night.recorded else None
    chosen = [one for one in suspicious if then is None or one[1] in then.keys.get(one[0], ())][: settings.confirm_keys]
    asking.beyond = len(suspicious) - len(chosen)
    firing: dict[str, set[str]] = {}
    for column, value, rule_ids in chosen:
        asking.keys.setdefault(column, []).append(value)
        firing.setdefault(column, set()).update(rule_ids)
    for column in sorted(asking.keys):
        looks = {table: look for rule_id in firing[column] for table, look in of(rules[rule_id]).items()}
        told = {f"{table} by {column}": (table, look) for table, look in sorted(looks.items())}
        asking.looks |= {said: look for said, look in told.items() if then is None or said in then.looks}
    return asking


def _questions(night: Night, name: str, asking: _Asking, answered: Mapping[Name, Overlay]) -> list[Question]:
    """What the source is asked next."""
    settings, read = night.settings.sources[name], night.snapshot.sources[name]
    night.connection.execute("CREATE OR REPLACE TEMP TABLE wanted_key (by_column VARCHAR, value VARCHAR)")
    for column, wanted in asking.keys.items():
        night.connection.execute("INSERT INTO wanted_key SELECT ?, unnest(?)", [column, wanted])
    questions = []
    for said, (_, look) in asking.looks.items():
        values = f"SELECT value FROM wanted_key WHERE by_column = {literal(look.column)}"
        answers = _of_look(said, answered)
        pack = night.packs[settings.pack]
        for step, asked in overlays.next_values(night.connection, night.store, look, pack, read, settings, values, answers):
            questions.append(Question(said, step.canonical, step.table, step.column, asked))
    return questions


def _of_look(said: str, answered: Mapping[Name, Overlay]) -> dict[overlays.Name, Overlay]:
    """What was answered of one look, by step."""
    return {name[1:]: overlay for name, overlay in answered.items() if name[0] == said}


def _keep_overlays(night: Night, answers: Mapping[str, Answer]) -> None:
    """What was read again belongs to the snapshot."""
    sources = dict(night.snapshot.sources)
    for name, answer in answers.items():
        tables = dict(sources[name].tables)
        for (_, _, table, _), overlay in sorted(answer.overlays.items()):
            if overlay not in tables[table].overlays:
                tables[table] = replace(tables[table], overlays=(*tables[table].overlays, overlay))
        sources[name] = replace(sources[name], tables=tables)
    night.snapshot = Snapshot(sources)


@dataclass(frozen=True)
class _Again:
    """A canonical table of one source as it was read again."""

    state: CanonicalState
    gone: str
    """SELECT of row_ref for the rows that it takes the place of."""
    as_of: datetime


def _compare(night: Night, column: str, asked: Mapping[str, _Asking], answers: Mapping[str, Answer], rules: Mapping[str, Rule]) -> list[str]:
    """Compare again what is alone with the keys of one column, and add what came of it to `verdict`. Returns why some of it could not be compared.

    Twice: with the rows as they were, for a pairing that says something else of a part than of the whole is not believed; and with those read again.
    """
    again, problems = _mapped(night, column, asked, answers)
    night.connection.execute("CREATE OR REPLACE TABLE asked_key (source VARCHAR, system VARCHAR, plant VARCHAR, value VARCHAR)")
    for source in sorted({source for source, _ in again}):
        settings = night.settings.sources[source]
        for plant in (*settings.plants, "*"):
            keys = asked[source].keys[column]
            night.connection.execute("INSERT INTO asked_key SELECT ?, ?, ?, unnest(?)", [source, settings.system, plant, keys])
    tables = {table for _, table in again}
    looked = [rule for rule in rules.values() if rule.pairing.front.local == column and tables.intersection(rule.pairing.tables)]
    _judge(night, "before", looked, column, {}, lambda pairing: cuts_of(night.readiness[pairing.name]))
    _judge(night, "after", looked, column, again, lambda pairing: cuts_of(_later(night, pairing, column, again)))
    for rule in looked:
        sources = {source: one.as_of for (source, table), one in again.items() if table in rule.pairing.tables}
        if rule.id in night.firing and sources:
            partly = {one.source for one in _in_question(night, rule.pairing, column) if one.source in sources and (one.source, one.table) not in again}
            told = {"sources": sorted(sources), "partly": sorted(partly), "as_of": naive(min(sources.values()))}
            night.connection.execute(_verdict(rule, looked), told)
    return problems


def _mapped(night: Night, column: str, asked: Mapping[str, _Asking], answers: Mapping[str, Answer]) -> tuple[dict[tuple[str, str], _Again], list[str]]:
    """(source, canonical table) → what was read again by one column. A table of which a row does not fit is left as it was."""
    again: dict[tuple[str, str], _Again] = {}
    problems = []
    for source, answer in sorted(answers.items()):
        if answer.as_of is None:
            continue
        settings, read = night.settings.sources[source], night.snapshot.sources[source]
        for said, (table, look) in asked[source].looks.items():
            if look.column != column:
                continue
            own = _of_look(said, answer.overlays)
            with closing(engine.connect(night.settings.workspace, night.store / ".spill")) as connection:
                state, problem = overlays.map_look(connection, night.store, read, settings, night.packs[settings.pack], look, own)
            if problem or state is None:
                problems.append(f"{source}: {problem or 'could not be mapped'}")
            else:
                again[source, table] = _Again(state, overlays.gone(night.store, look, read, own), answer.as_of)
    return again, problems


def _judge(
    night: Night,
    when: str,
    rules: Sequence[Rule],
    column: str,
    again: Mapping[tuple[str, str], _Again],
    cuts: Callable[[Pairing], list[engine.Cut]],
) -> None:
    """Run rules over the rows of the keys asked for alone: `<when> <rule>` has their finding_id, what they said of it, and its key."""
    rows: dict[str, list[str]] = {}
    for supply, of_source in rows_supplied(night):
        shape = canonical_tables()[supply.table.partition(".")[2]].all_columns
        one = again.get((supply.source, supply.table))
        if one:
            come = canonical_rows(night.store, one.state, list(shape))
            of_source = f"SELECT o.* FROM ({of_source}) o ANTI JOIN ({one.gone}) g ON g.row_ref = o.row_ref UNION ALL {come}"
        if column in shape:
            of_source = f"SELECT * FROM ({of_source}) WHERE {identifier(column)} IN (SELECT value FROM asked_key)"
        rows.setdefault(supply.table, []).append(of_source)
    engine.load_canonical(night.connection, rows, night.settings.service_levels, night.few)
    days = parameters.days(night.settings, night.reference)
    for pairing in needed(rules):
        where = cuts(pairing)
        engine.run_pairing(night.connection, pairing, where, *params(night, pairing, days))
        effects.leave_out(night.connection, pairing, night.verdicts.refused)
        for rule in rules:
            if rule.pairing.name == pairing.name:
                result = engine.run_rule(night.connection, rule, where, *params(night, rule, days))
                said = "CASE WHEN not_evaluated IS NOT NULL THEN 'not evaluated' WHEN coalesce(in_flight, false) THEN 'in flight' ELSE 'fires' END"
                told = ", ".join([f"{identity_sql(rule.id, rule.key)} AS finding_id", f"{said} AS said", *map(identifier, rule.key)])
                night.connection.execute(f"CREATE OR REPLACE TEMP TABLE {_named(when, rule)} AS SELECT {told} FROM {result}")


def _later(night: Night, pairing: Pairing, column: str, again: Mapping[tuple[str, str], _Again]) -> list[Readiness]:
    """Up to when the pairing is judged now.

    Where all that it compares was read again, everything has settled: both sides were asked at one time. Where a side is as it was, its cut holds for both,
    so that what the other has said since is moving.
    """
    result = []
    for one in night.readiness[pairing.name]:
        moments = []
        for supply in _in_question(night, pairing, column):
            if supply.source in one.sources:
                found = again.get((supply.source, supply.table))
                moments.append(found.as_of if found else None)
        now = [moment for moment in moments if moment]
        result.append(replace(one, settled_until=min(now)) if one.settled_until and now and len(now) == len(moments) else one)
    return result


def _in_question(night: Night, pairing: Pairing, column: str) -> list[Supply]:
    """What the pairing compares that has the column: all that a key of it rests on."""
    return [
        supply
        for supply in night.supplies
        if supply.table in pairing.tables
        and column in canonical_tables()[supply.table.partition(".")[2]].all_columns
        and not {*supply.reads} <= {*night.settings.sources[supply.source].without}
    ]


def _verdict(rule: Rule, looked: Sequence[Rule]) -> str:
    """INSERT of what the second look says of the rule's findings: confirmed, in flight, healed, or nothing.

    What fires again is confirmed where its sources were asked for all that they say of it; where one could be asked for a part alone, it stands as it was.
    What fires no more has healed only where nothing else came for it: another rule that says something new of the same thing leaves it as it was.
    """
    others = []
    for other in looked:
        same = " AND ".join(f"n.{identifier(name)} IS NOT DISTINCT FROM b.{identifier(name)}" for name in rule.key if name in other.key)
        others.append(
            f"SELECT b.finding_id, n.said FROM {_named('before', rule)} b JOIN "
            f"(SELECT * FROM {_named('after', other)} ANTI JOIN {_named('before', other)} USING (finding_id, said)) n ON {same}"
        )
    return f"""
        INSERT INTO verdict
        SELECT s.finding_id, s.rule_id, s.system, s.plant,
               CASE WHEN a.said = 'fires' AND EXISTS (FROM asked_key k WHERE list_contains($partly, k.source) AND k.system = s.system AND k.plant = s.plant)
                         THEN 'stands'
                    WHEN a.said = 'fires' THEN 'confirmed' WHEN a.said IS NOT NULL THEN a.said
                    WHEN o.firm THEN 'stands' WHEN o.finding_id IS NOT NULL THEN 'in flight' ELSE 'healed' END,
               $as_of
        FROM suspicious s
        JOIN {_named("before", rule)} b ON b.finding_id = s.finding_id AND b.said = 'fires'
        LEFT JOIN {_named("after", rule)} a ON a.finding_id = s.finding_id
        LEFT JOIN (SELECT finding_id, bool_or(said <> 'in flight') AS firm FROM ({" UNION ALL ".join(others)}) GROUP BY finding_id) o
            ON o.finding_id = s.finding_id
        WHERE s.rule_id = {literal(rule.id)}
          AND (s.system, s.plant) IN (SELECT (system, plant) FROM asked_key WHERE list_contains($sources, source))
          -- One whose bound left the key out has said nothing of it.
          AND NOT EXISTS (FROM asked_key a WHERE list_contains($sources, a.source) AND a.system = s.system AND a.plant = s.plant
                          AND (a.source, s.value) NOT IN (SELECT (source, value) FROM asked_key))"""


def _named(when: str, rule: Rule) -> str:
    return identifier(f"{when} {rule.id}")


def _take_effect(night: Night, sources: dict[str, AskedAgain], problems: tuple[str, ...]) -> None:
    """Drop what has healed, move what is in flight, mark what is confirmed, and count all of it."""
    connection = night.connection
    connection.execute("UPDATE fired SET in_flight = true WHERE finding_id IN (SELECT finding_id FROM verdict WHERE says = 'in flight')")
    connection.execute("UPDATE fired f SET confirmed_at = v.as_of FROM verdict v WHERE v.finding_id = f.finding_id AND v.says = 'confirmed'")
    connection.execute("DELETE FROM fired WHERE finding_id IN (SELECT finding_id FROM verdict WHERE says = 'healed')")
    for rule_id in night.firing:
        found = collect.relation(rule_id)
        connection.execute(f"UPDATE {found} SET in_flight = true WHERE finding_id IN (SELECT finding_id FROM verdict WHERE says = 'in flight')")
        connection.execute(f"DELETE FROM {found} WHERE finding_id IN (SELECT finding_id FROM verdict WHERE says = 'healed')")
    counted = connection.execute("SELECT rule_id, system, plant, count(*) FROM verdict WHERE says = 'healed' GROUP BY ALL ORDER BY ALL").fetchall()
    healed = {(rule_id, system, plant): int(count) for rule_id, system, plant, count in counted}
    said = dict(connection.execute("SELECT says, count(*) FROM verdict GROUP BY ALL").fetchall())
    night.looked_again = LookedAgain(sources, healed, said.get("confirmed", 0), said.get("in flight", 0), problems)
    night.outcomes = [
        replace(
            one, findings=(one.findings or 0) - healed.get((one.rule_id, one.system, one.plant), 0), healed=healed.get((one.rule_id, one.system, one.plant), 0)
        )
        if one.outcome == "evaluated"
        else one
        for one in night.outcomes
    ]
    night.progress(
        f"second look: {sum(healed.values()):,} findings healed, {night.looked_again.confirmed:,} confirmed, {night.looked_again.moving:,} in flight"
    )
