"""Finished run → report tree. Counting and ranking are the queries beside this module; here their rows become values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recon.model import FAMILIES, SEVERITIES
from recon.reporting.exposure import exposure, read
from recon.reporting.latency import latencies
from recon.reporting.runs import Run, add_previous, fetch, moment
from recon.reporting.tree import (
    Ageing,
    Cause,
    Cell,
    Change,
    Doubt,
    GateFailed,
    Gates,
    HeatRow,
    Judging,
    Line,
    Money,
    Plant,
    Quiet,
    Refused,
    Report,
    SecondLook,
    SeverityCount,
    Skipped,
    SourceLine,
    SourceOutcome,
    Summary,
    Trust,
    Unheard,
    Urgent,
)
from recon.reporting.troubles import in_short, of_all, on_one_line, troubles, what_alone
from recon.reporting.words import key_words
from recon.rule import NO_PLANT

if TYPE_CHECKING:
    import duckdb

    from recon.config import Settings

EXPOSURES = {4: "shipped", 3: "consumed", 2: "allocated", 1: "available"}
SUMMARISED = ("findings", "outcomes", "not_evaluated", "refused", "gates", "latency")
"""Tables that `summary` reads."""
CAUSES, WORST_OF_CAUSE = 10, 3
"""Interfaces that the summary tells of, and findings of each."""
CHANGES = ("new", "reopened", "worsened", "resolved")


def summary(run: Run, settings: Settings, connection: duckdb.DuckDBPyConnection) -> Summary:
    """What a run says in a screenful."""
    outcomes = {row["outcome"]: row["rules"] for row in fetch(connection, "outcome_counts.sql")}
    doubts = _doubts(tuple(run.manifest["sources"]), connection)
    trust = Trust(
        _sources(run, connection),
        doubts,
        outcomes.get("evaluated", 0),
        outcomes.get("not evaluated", 0),
        outcomes.get("failed", 0),
        _off(run),
        run.changed,
        run.site_files,
    )
    counted = {row["severity"]: SeverityCount(**row) for row in fetch(connection, "severities.sql")}
    severities = tuple(counted.get(severity, SeverityCount(severity, 0, 0, 0)) for severity in SEVERITIES)
    quiet = Quiet(**fetch(connection, "quiet.sql")[0])
    plants = tuple(_plant(plant, run, settings) for plant in sorted({*run.cut, *(line.plant for line in trust.sources)}))
    groups = fetch(connection, "causes.sql", limit=CAUSES)
    return Summary(
        run.run_id,
        run.previous_run,
        run.site,
        run.reference,
        run.exit_code,
        run.chain_head,
        plants,
        trust,
        severities,
        quiet,
        _gates(connection),
        _causes(groups, connection),
        groups[0]["all_of_them"] if groups else 0,
        _unheard(run),
        _second_look(run.second_look),
        latencies(connection),
    )


def _causes(groups: list[dict[str, Any]], connection: duckdb.DuckDBPyConnection) -> tuple[Cause, ...]:
    """What messages explain, with the worst findings of each interface."""
    worst = fetch(connection, "causes_worst.sql", causes=[row["cause"] for row in groups], each=WORST_OF_CAUSE) if groups else []
    return tuple(replace(_cause(row), worst=tuple(line(each) for each in worst if each["cause"] == row["cause"])) for row in groups)


def _unheard(run: Run) -> tuple[Unheard, ...]:
    """Why messages said nothing, each reason with its plants; where there are several SAP systems, and no source tells which, with that of each plant."""
    several = len({source["system"] for source in run.manifest["sources"].values()}) > 1
    plants: dict[tuple[str | None, str], list[str]] = {}
    for one in run.unheard:
        reason = what_alone(str(one["reason"]), one["source"]) if one["source"] else str(one["reason"])
        place = f"{one['plant']} of {one['system']}" if several and not one["source"] and one.get("system") else str(one["plant"])
        plants.setdefault((one["source"], reason), []).append(place)
    return tuple(Unheard(source, reason, tuple(named)) for (source, reason), named in plants.items())


def _second_look(told: dict[str, Any] | None) -> SecondLook | None:
    if told is None:
        return None
    troubles = [f"{name} was not asked again: {one['problem']}" for name, one in told["sources"].items() if one["problem"]]
    troubles += [
        f"{one['beyond']:,} more keys in {name} are beyond its confirm_keys, and were not looked at again"
        for name, one in told["sources"].items()
        if one["beyond"]
    ]
    troubles += [f"not compared again: {problem}" for problem in told["problems"]]
    return SecondLook(told["healed"], told["confirmed"], told["in_flight"], tuple(troubles))


def _gates(connection: duckdb.DuckDBPyConnection) -> Gates:
    failed = []
    for row in fetch(connection, "gates.sql"):
        examples = tuple((each["row_ref"], _in_words(each["row"])) for each in json.loads(row.pop("examples") or "[]"))
        plants, table = tuple((row.pop("plants") or "").split(", ")), row.pop("gated")
        failed.append(GateFailed(**row, table=table, plants=plants, examples=examples))
    return Gates(**fetch(connection, "gates_met.sql")[0], failed=tuple(failed))


def _in_words(row: str) -> str:
    """The row of a failing example: name and value, absent ones as such. A row that was cut off is shown as it is."""
    try:
        values = json.loads(row, parse_float=str)
    except ValueError:
        return row
    return " · ".join(f"{name} {'–' if value is None else value}" for name, value in values.items())


def _plant(plant: str, run: Run, settings: Settings) -> Plant:
    known = settings.plants.get(plant)
    name = known.name if known else "of no plant" if plant == NO_PLANT else plant
    return Plant(plant, name, known.time_zone if known else "UTC", run.cut.get(plant))


def _sources(run: Run, connection: duckdb.DuckDBPyConnection) -> tuple[SourceLine, ...]:
    blocks = {(row["plant"], row["source"]): (row["rules"], row["because"]) for row in fetch(connection, "source_blocks.sql")}
    lines = []
    for name, source in sorted(run.manifest["sources"].items()):
        as_of = moment(source["as_of"]) if source["as_of"] else None
        tables = source["tables"]
        # A table that no rule needs may be missing.
        needed = {table: entry for table, entry in tables.items() if entry.get("needed", True)}
        found = troubles(name, {table: entry["problem"] for table, entry in needed.items() if entry.get("problem")})
        if source["problem"]:
            # Where the whole source failed, its tables have nothing to add.
            found = (of_all(name, source["problem"]),)
        problem = in_short(found, len(needed)) or (None if as_of else "not read")
        lag = None if as_of is None else round(((run.reference - as_of).total_seconds() + (source.get("skew") or 0)) / 60)
        refused = sum(entry.get("refused") or 0 for entry in tables.values())
        drift = tuple(f"{table}: {', '.join(entry['drift'])}" for table, entry in sorted(tables.items()) if entry.get("drift"))
        for plant in source["plants"]:
            blind, because = blocks.get((plant, name), (0, None))
            because = _of_one(because, name, run.manifest["sources"]) if because else None
            lines.append(SourceLine(plant, name, source["system"], as_of, lag, problem, found, refused, blind, because, drift))
    return tuple(sorted(lines, key=lambda line: (line.plant, line.source)))


def _off(run: Run) -> tuple[tuple[str, str], ...]:
    return tuple((rule_id, told["off"]) for rule_id, told in sorted(run.rules.items()) if told.get("off"))


def _of_one(reason: str, source: str, sources: Iterable[str]) -> str:
    """Of a reason that goes on about further sources, what it says of this one."""
    for other in sources:
        reason = reason.partition(f"; {other}: ")[0]
    return what_alone(reason, source)


def _doubts(sources: tuple[str, ...], connection: duckdb.DuckDBPyConnection) -> tuple[Doubt, ...]:
    """Reasons why rules were not judged; those that blame the same sources are one, since the sources' own lines say what is wrong with them."""
    doubts: dict[tuple[str, str], tuple[list[str], set[str]]] = {}
    for row in fetch(connection, "rule_problems.sql"):
        blamed = [name for name in sources if f"; {name}: " in f"; {row['reason']}"] if row["outcome"] == "not evaluated" else []
        reason = f"for want of {' and '.join(sorted(blamed))}" if blamed else on_one_line(row["reason"])
        rules, plants = doubts.setdefault((row["outcome"], reason), ([], set()))
        rules += [rule for rule in row["rule_ids"] if rule not in rules]
        plants.update(row["plants"])
    return tuple(Doubt(outcome, reason, tuple(sorted(rules)), tuple(sorted(plants))) for (outcome, reason), (rules, plants) in doubts.items())


def report(run: Run, settings: Settings, connection: duckdb.DuckDBPyConnection) -> Report:
    """The whole tree of one run."""
    known_before = add_previous(connection, run)
    rules = fetch(connection, "by_rule.sql", limit=5)
    urgent = fetch(connection, "act_now.sql", limit=10)
    return Report(
        summary=summary(run, settings, connection),
        act_now=_act_now(run, urgent, connection),
        critical=urgent[0]["all_of_them"] if urgent else 0,
        heat=_heat(connection),
        by_rule=tuple(_cause(row) for row in rules),
        groups=rules[0]["all_of_them"] if rules else 0,
        changes=_changes(connection, known_before),
        ageing=tuple(Ageing(**row) for row in fetch(connection, "ageing.sql")),
        has_workdays=connection.execute("SELECT count(*) > 0 FROM workdays").fetchall()[0][0],
        trapped=tuple(Money(row["amount"], row["currency"]) for row in fetch(connection, "trapped.sql")),
        worst=tuple(line(row) for row in fetch(connection, "worst.sql", limit=100)),
        judgings=tuple(_judging(row) for row in fetch(connection, "rule_outcomes.sql")),
        skipped=tuple(
            Skipped(
                row["plant"],
                row["reason"] or "no reason given",
                row["keys"],
                tuple((each["rule_id"], each["keys"]) for each in row["rules"]),
                tuple(dict.fromkeys(key_words(read(key)) for key in row["examples"])),
            )
            for row in fetch(connection, "not_evaluated_groups.sql")
        ),
        refused=tuple(
            Refused(row["source"], row["raw_table"], row["reason"], row["refused"], tuple((each["row"], each["raw"] or "") for each in row["examples"]))
            for row in fetch(connection, "refused_groups.sql")
        ),
    )


def line(row: dict[str, Any]) -> Line:
    """A row of worst.sql and its like as a value."""
    shown = ("material", "batch", "component") if row["material"] else ("batch",)
    return Line(
        finding_id=row["finding_id"],
        severity=row["severity"],
        rule_id=row["rule_id"],
        title=row["title"],
        plant=row["plant"],
        material=row["material"],
        material_text=row["material_text"],
        batch=row["batch"],
        key=key_words(read(row["key"]), without=shown),
        difference=row["difference"],
        quantity=row["quantity"],
        unit=row["unit"],
        value_at_risk=row["value_at_risk"],
        currency=row["currency"],
        nights_open=row["nights_open"] or 0,
        state=row["state"],
        owner=row["owner"],
    )


def _act_now(run: Run, urgent: list[dict[str, Any]], connection: duckdb.DuckDBPyConnection) -> tuple[Urgent, ...]:
    rows = fetch(connection, "act_now_rows.sql", finding_ids=[row["finding_id"] for row in urgent])
    found = []
    for row in urgent:
        behind = [(each["canonical_table"], read(each["row"])) for each in rows if each["finding_id"] == row["finding_id"]]
        at = exposure(read(row["key"]), read(row["evidence"]), behind)
        cut = run.cut.get(row["plant"], run.reference)
        hours = None if at.since is None or row["last_judged"] else max(0, int((cut - at.since).total_seconds() // 3600))
        exposed = EXPOSURES.get(row["exposure_rank"])
        found.append(Urgent(line(row), exposed, at.places, at.reason, at.since, hours, row["last_judged"], row["explanation"]))
    return tuple(found)


def _heat(connection: duckdb.DuckDBPyConnection) -> tuple[HeatRow, ...]:
    cells: dict[str, dict[str, Cell]] = {}
    for row in fetch(connection, "heat.sql"):
        plant = row.pop("plant")
        cells.setdefault(plant, {})[row["prefix"]] = Cell(**row)
    return tuple(
        HeatRow(plant, tuple(by_family.get(prefix, Cell(prefix, 0, 0, 0, 0, 0, 0, 0, 0)) for prefix in FAMILIES)) for plant, by_family in cells.items()
    )


def _cause(row: dict[str, Any]) -> Cause:
    money = tuple(Money(each["amount"], each["currency"]) for each in row["money"] or ())
    return Cause(row["cause"] or row["title"], row["rule_id"], row["findings"], row["critical"], row["plants"], money)


def _changes(connection: duckdb.DuckDBPyConnection, known_before: bool) -> tuple[Change, ...]:
    rows = fetch(connection, "changed.sql", limit=5)
    changes = []
    for kind in CHANGES:
        of_kind = [row for row in rows if row["kind"] == kind]
        known = known_before or kind != "worsened"
        changes.append(Change(kind, (of_kind[0]["all_of_them"] if of_kind else 0) if known else None, tuple(line(row) for row in of_kind)))
    return tuple(changes)


def _judging(row: dict[str, Any]) -> Judging:
    sources = tuple(SourceOutcome(each["source"], each["outcome"], each["reason"]) for each in row["sources"])
    return Judging(
        row["rule_id"], row["title"], row["severity"], row["plant"], row["outcome"], sources, row["compared"], row["findings"],
        row["keys_not_evaluated"], _utc(row["cut"]), _utc(row["settled_until"]),
    )  # fmt: skip


def _utc(value: datetime | None) -> datetime | None:
    """Run files keep UTC without a zone."""
    return None if value is None else value.replace(tzinfo=UTC)
