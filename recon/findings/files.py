"""The files of a run: written into the partial folder, published by one rename, and read again by the nights after."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from recon.config import Settings
from recon.errors import ConfigurationError, ExitCode
from recon.findings.columns import Drift, Drifts
from recon.findings.cuts import CLOCKS_AGREE, Counts, Readiness, Unheard
from recon.findings.life import create_findings
from recon.model import RuleOutcome, Snapshot, Supply, family
from recon.rule import NO_PLANT, Rule
from recon.snapshots import journal, trust
from recon.snapshots.manifest import manifest_of, write_manifest
from recon.snapshots.trust import RUN_ID, published
from recon.workdays import Workdays

LIVING = ("new", "open", "reopened", "unsettled")
"""States that a person has to do something about."""

BACK_FROM_THE_FUTURE = (
    "set the clock right where it is wrong; then restore ledger.db, store/runs and reports from a backup made before that run, or else go on in a new "
    "workspace with this recon.toml, where findings begin their life anew"
)
"""What to do where a run was judged for a moment that has not come: it is in the chain, so it cannot just be taken away."""

_FOLDER = Path(__file__).parent


def outcomes(
    rule: Rule,
    ready: Sequence[Readiness],
    *,
    failed: str | None = None,
    population: Mapping[tuple[str, str], int] | None = None,
    fired: Mapping[tuple[str, str], int] | None = None,
    unjudged: Mapping[tuple[str, str], tuple[int, str]] | None = None,
) -> list[RuleOutcome]:
    """One outcome for each plant and source that the rule needs.

    Where there was something to compare and none of it could be judged, the rule was not evaluated, whatever the state of its sources.
    """
    result = []
    for one in ready:
        where = (one.system, one.plant)
        for source in one.sources or ("-",):
            if one.reasons:
                result.append(RuleOutcome(rule.id, *where, source, "not evaluated", "; ".join(one.reasons), None, None, None, one.cut, one.settled_until))
            elif failed:
                result.append(RuleOutcome(rule.id, *where, source, "failed", failed, None, None, None, one.cut, one.settled_until))
            else:
                lost, why = (unjudged or {}).get(where, (0, ""))
                compared = (population or {}).get(where, 0) - lost
                if lost and compared <= 0:
                    reason = f"none of {lost} keys could be judged, most of them because: {why}"
                    result.append(RuleOutcome(rule.id, *where, source, "not evaluated", reason, None, None, lost, one.cut, one.settled_until))
                    continue
                result.append(RuleOutcome(rule.id, *where, source, "evaluated", None, compared, (fired or {}).get(where, 0), lost, one.cut, one.settled_until))
    return result


def verdict(connection: duckdb.DuckDBPyConnection, all_outcomes: Sequence[RuleOutcome], severities: Sequence[str]) -> ExitCode:
    """What the night tells its scheduler. Incomplete wins over findings: what was not looked at may be worse."""
    if any(outcome.outcome != "evaluated" for outcome in all_outcomes):
        return ExitCode.INCOMPLETE
    found = connection.execute(
        "SELECT count(*) FROM finding WHERE consequence_of IS NULL AND list_contains($states, state) AND list_contains($severities, severity)",
        {"states": list(LIVING), "severities": list(severities)},
    ).fetchone()
    return ExitCode.FINDINGS if found and found[0] else ExitCode.CLEAN


def remember(
    connection: duckdb.DuckDBPyConnection,
    store: Path,
    states: pa.Table,
    waivers: pa.Table,
    all_outcomes: Sequence[RuleOutcome],
    ready: Mapping[str, Sequence[Readiness]],
    settings: Settings,
    rules: Mapping[str, Rule],
) -> None:
    """Create the relations that `life.advance` reads besides `fired` and `unjudged`."""
    create_findings(connection, "prior")
    before = previous_run(store)
    if before:
        connection.execute(f"INSERT INTO prior BY NAME SELECT * FROM read_parquet({_literal(store / 'runs' / before / 'findings.parquet')})")
    evidence = f"read_parquet({_literal(store / 'runs' / before / 'evidence.parquet')})" if before else "evidence_row WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE prior_evidence AS SELECT * FROM {evidence}")
    connection.register("last_state", states)
    connection.register("waiver", waivers)
    connection.execute("CREATE OR REPLACE TEMP TABLE blind (rule_id VARCHAR, system VARCHAR, plant VARCHAR)")
    blind = sorted({(outcome.rule_id, outcome.system, outcome.plant) for outcome in all_outcomes if outcome.outcome != "evaluated"})
    if blind:
        connection.executemany("INSERT INTO blind VALUES (?, ?, ?)", blind)
    connection.execute("CREATE OR REPLACE TEMP TABLE cut_date (system VARCHAR, plant VARCHAR, cut_date DATE)")
    days = cut_days(ready)
    if days:
        connection.executemany("INSERT INTO cut_date VALUES (?, ?, ?)", [(system, plant, day) for (system, plant), day in days.items()])
    connection.execute("CREATE OR REPLACE TEMP TABLE state_rules (rule_id VARCHAR, kind VARCHAR)")
    active = [(rule.id, rule.front.judges) for rule in rules.values() if rule.in_force]
    connection.executemany("INSERT INTO state_rules VALUES (?, ?)", active)


def cut_days(ready: Mapping[str, Sequence[Readiness]]) -> dict[tuple[str, str], date]:
    """(system, plant) → the plant's calendar day of its earliest cut tonight."""
    days: dict[tuple[str, str], date] = {}
    for one in (one for of_pairing in ready.values() for one in of_pairing if one.cut):
        assert one.day is not None
        where = (one.system, one.plant)
        days[where] = min(days.get(where, one.day), one.day)
    return days


def about(
    run_id: str,
    settings: Settings,
    reference: datetime,
    ready: Mapping[str, Sequence[Readiness]],
    code: ExitCode,
    previous: str | None,
    counts: Counts,
    unheard: Sequence[Unheard],
    drifts: Drifts,
) -> dict[str, Any]:
    """run.json: the run in a few lines. Its chain head is filled in when the ledger has it."""
    cuts: dict[str, str] = {}
    # What compares no source says nothing of up to when a plant was compared.
    for one in (one for of_pairing in ready.values() for one in of_pairing if one.cut and (one.sources or one.plant == NO_PLANT)):
        moment = _iso(one.cut)
        cuts[one.plant] = min(cuts.get(one.plant, moment), moment)
    return {
        "run_id": run_id,
        "site": settings.site,
        "reference": _iso(reference),
        "cut": dict(sorted(cuts.items())),
        "cut_date": {plant: str(day) for (_, plant), day in sorted(cut_days(ready).items())},
        "workdays": {
            plant: {
                "week": sorted(one.workdays.week),
                "works": sorted(str(day) for day, works in one.workdays.exceptions.items() if works),
                "rests": sorted(str(day) for day, works in one.workdays.exceptions.items() if not works),
            }
            for plant, one in sorted(settings.plants.items())
            if one.workdays != Workdays()
        },
        "exit_code": int(code),
        "chain_head": None,
        "previous_run": previous,
        "believed": {
            source: {table: {str(day): rows for day, rows in days.items()} for table, days in sorted(tables.items())}
            for source, tables in sorted(counts.items())
        },
        "unheard": [{"system": one.system, "plant": one.plant, "source": one.source, "table": one.table, "reason": one.reason} for one in unheard],
        "drifted": [
            {"source": source, "table": table, "since": str(drift.since), "before": dict(drift.before), "now": dict(drift.now)}
            for (source, table), drift in sorted(drifts.items())
        ],
    }


def write_run(
    connection: duckdb.DuckDBPyConnection,
    partial: Path,
    run: dict[str, Any],
    all_outcomes: Sequence[RuleOutcome],
    supplies: Sequence[Supply],
    snapshot: Snapshot,
    rules: Mapping[str, Rule],
    owners: Mapping[str, str],
    besides: Sequence[str] = (),
) -> None:
    """Write everything that a published run consists of. owners: rule id → owner, where the site has another than the rule names; besides: files of the run
    that other steps have written."""
    fronts = {rule.id: rule.front for rule in rules.values()}
    rows = [(*asdict(outcome).values(), fronts[outcome.rule_id].title, family(outcome.rule_id), fronts[outcome.rule_id].severity) for outcome in all_outcomes]
    connection.execute((_FOLDER / "outcomes.sql").read_text(encoding="utf-8"))
    if rows:
        stripped = [tuple(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row) for row in rows]
        connection.register("outcomes_told", pa.table([pa.array(column) for column in zip(*stripped, strict=True)], [f"c{n}" for n in range(len(stripped[0]))]))
        connection.execute("INSERT INTO outcome SELECT * FROM outcomes_told")
        connection.unregister("outcomes_told")
    tables = {
        "findings": "SELECT * FROM finding ORDER BY finding_id",
        "evidence": (_FOLDER / "evidence.sql").read_text(encoding="utf-8"),
        "outcomes": "SELECT * FROM outcome ORDER BY rule_id, system, plant, source",
        "not_evaluated": "SELECT * FROM unjudged ORDER BY rule_id, system, plant, key",
        "refused": "SELECT * FROM refused ORDER BY source, raw_table, row, reason",
        "unread": "SELECT * FROM unread ORDER BY source, raw_table, row, reason",
        "gates": "SELECT * FROM gate ORDER BY source, gated, expectation",
        "transitions": "SELECT * FROM transition ORDER BY finding_id",
        "proposals": "SELECT * FROM proposal ORDER BY finding_id",
        "latency": "SELECT * FROM latency_night ORDER BY until, system, plant, workflow",
    }
    for name, query in tables.items():
        connection.execute(f"COPY ({query}) TO {_literal(partial / f'{name}.parquet')} (FORMAT parquet, COMPRESSION zstd)")
    _write_json(partial / trust.RULES, {rule.id: _told(rule, owners.get(rule.id, rule.front.owner)) for rule in rules.values()})
    _write_json(partial / trust.RUN, run)
    outputs = {name: trust.file_digest(partial / name) for name in (*(f"{name}.parquet" for name in tables), *besides, trust.RULES, trust.RUN)}
    write_manifest(partial, _manifest(run, supplies, snapshot, rules, outputs))


def _told(rule: Rule, owner: str) -> dict[str, Any]:
    front = rule.front
    return {
        "title": front.title,
        "owner": owner,
        "version": rule.version,
        "authority": front.authority,
        "rationale": front.rationale,
        "false_positives": front.false_positives,
        "correction": front.remedy,
        "off": rule.off,
    }


def _manifest(run: dict[str, Any], supplies: Sequence[Supply], snapshot: Snapshot, rules: Mapping[str, Rule], outputs: dict[str, str]) -> dict[str, Any]:
    return manifest_of(
        snapshot,
        run_id=run["run_id"],
        reference=datetime.fromisoformat(run["reference"]),
        previous_run=run["previous_run"],
        supplies=supplies,
        rules={rule.id: rule.version for rule in rules.values()},
        outputs=outputs,
    )


def publish(partial: Path, final: Path) -> None:
    """Give the run its name, once everything in it has reached the disk."""
    journal.Journal(partial).remove()
    for file in partial.iterdir():
        file.chmod(0o640)
    for file in (*partial.iterdir(), partial):
        _to_disk(file)
    partial.rename(final)
    _to_disk(final.parent)


def write_chain_head(folder: Path, head: str) -> None:
    """Note in run.json where the audit chain stood when the run was recorded."""
    file = folder / "run.json"
    run = json.loads(file.read_text(encoding="utf-8"))
    if run["chain_head"] is None:
        temporary = folder / ".run.json.partial"
        _write_json(temporary, run | {"chain_head": head})
        temporary.chmod(0o640)
        _to_disk(temporary)
        temporary.rename(file)


def whole(folder: Path) -> bool:
    """Whether a published run was also recorded to the end: the chain's head noted, its database of views there."""
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))["chain_head"] is not None and (folder / "run.duckdb").is_file()


def sweep(store: Path, keep: str | None = None) -> None:
    """Remove what killed runs left half-built. Only for who holds the lock: nobody else is building then.

    Of run `keep` the journal stays, if it notes anything.
    """
    shutil.rmtree(store / ".spill", ignore_errors=True)
    for folder in (store / "runs").glob(".*.partial"):
        if keep and folder == partial_folder(store, keep) and any((folder / journal.FOLDER).rglob("*.json")):
            for left in folder.iterdir():
                if left.name != journal.FOLDER:
                    left.unlink()
        else:
            shutil.rmtree(folder)
    for part in (store / "parts").glob(".*.partial"):
        part.unlink()


def partial_folder(store: Path, run_id: str) -> Path:
    """Where a run is built; it gets its name when it is whole."""
    return store / "runs" / f".{run_id}.partial"


def half_built(store: Path) -> list[str]:
    """Ids of the runs that were killed while they were built and are later than every published one, oldest first."""
    newest = previous_run(store) or ""
    found = (folder.name[1:].removesuffix(".partial") for folder in (store / "runs").glob(".*.partial"))
    return sorted(run_id for run_id in found if RUN_ID.fullmatch(run_id) and run_id > newest)


def check_order(store: Path, run_id: str) -> None:
    """Raises ConfigurationError where a later night was judged already: what it said of every finding's life would not fit any more."""
    newest = previous_run(store)
    if newest and run_id < newest:
        if in_future(newest, datetime.now(UTC)):
            raise ConfigurationError(f"run {run_id}", f"is older than {newest}, which was judged already and lies in the future", BACK_FROM_THE_FUTURE)
        todo = f"run for a moment after {newest}, or judge the older night in a workspace of its own"
        raise ConfigurationError(f"run {run_id}", f"is older than {newest}, which was judged already, and nights are judged in their order", todo)


def in_future(run_id: str, now: datetime) -> bool:
    """Whether a run lies further after `now` (UTC) than clocks differ: it bars every night until then."""
    return datetime.strptime(run_id, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) - now > CLOCKS_AGREE


def exit_code(folder: Path) -> ExitCode:
    """How a published run ended."""
    return ExitCode(json.loads((folder / "run.json").read_text(encoding="utf-8"))["exit_code"])


def previous_run(store: Path) -> str | None:
    """Id of the newest published run."""
    runs = published(store)
    return runs[-1] if runs else None


def believed(store: Path) -> Counts:
    """How many rows each table had on the last days on which it was believed, as the newest published run tells it; empty before the first run."""
    before = previous_run(store)
    if not before:
        return {}
    told = json.loads((store / "runs" / before / "run.json").read_text(encoding="utf-8")).get("believed", {})
    return {source: {table: {date.fromisoformat(day): rows for day, rows in days.items()} for table, days in tables.items()} for source, tables in told.items()}


def declared_in(store: Path, run_id: str) -> dict[str, str] | None:
    """What a published run stood on besides data; None where it did not note it."""
    told: dict[str, str] | None = json.loads((store / "runs" / run_id / "run.json").read_text(encoding="utf-8")).get("declared")
    return told


def drifted(store: Path) -> dict[tuple[str, str], Drift]:
    """Tables of which the columns had changed by the newest published run, without anybody having said that they are right."""
    before = previous_run(store)
    if not before:
        return {}
    told = json.loads((store / "runs" / before / "run.json").read_text(encoding="utf-8")).get("drifted", [])
    return {(one["source"], one["table"]): Drift(one["before"], one["now"], date.fromisoformat(one["since"])) for one in told}


def _iso(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _write_json(file: Path, content: Any) -> None:
    file.write_text(trust.run_text(content), encoding="utf-8")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
