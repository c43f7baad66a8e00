"""The whole night on one page: read, map, judge, settle with earlier nights, write, publish, record, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from recon import config, shipped
from recon.canonical import mapping, packs
from recon.config import Settings
from recon.engines import duckdb as engine
from recon.engines.limits import foreseen
from recon.errors import ExitCode, ManyErrors, ReconError, RuleError
from recon.findings import collect, cuts, files, life, views
from recon.findings.cuts import Readiness
from recon.model import SEVERITIES, RuleOutcome, Severity, Snapshot, Supply
from recon.rule import Pairing, Rule
from recon.ruleset import load as ruleset
from recon.ruleset import parameters
from recon.snapshots import lock
from recon.snapshots.parts import make_folder, part_path
from recon.snapshots.take import take
from recon.sources import open_source

Progress = Callable[[str], None]


@dataclass
class Night:
    """What the steps of one night hand on to each other."""

    workspace: Path
    settings: Settings
    rules: ruleset.RuleSet
    packs: dict[str, packs.Pack]
    reference: datetime
    """The moment (UTC) the night is run for; sources are stale measured against it."""
    fail_on: Severity
    progress: Progress
    connection: duckdb.DuckDBPyConnection
    snapshot: Snapshot = field(default_factory=lambda: Snapshot({}))
    supplies: list[Supply] = field(default_factory=list)
    outcomes: list[RuleOutcome] = field(default_factory=list)
    readiness: dict[str, list[Readiness]] = field(default_factory=dict)
    believed: cuts.Counts = field(default_factory=dict)
    """How many rows each table had on the last days on which it was believed, tonight included."""
    exit_code: ExitCode = ExitCode.CLEAN

    @property
    def run_id(self) -> str:
        return f"{self.reference:%Y%m%dT%H%M%SZ}"

    @property
    def store(self) -> Path:
        return self.workspace / "store"

    @property
    def partial(self) -> Path:
        """Where the run is built; it gets its name when it is whole."""
        return self.store / "runs" / f".{self.run_id}.partial"

    @property
    def folder(self) -> Path:
        return self.store / "runs" / self.run_id


@dataclass(frozen=True)
class Finished:
    """How the night ended."""

    run_id: str
    folder: Path
    report: Path
    exit_code: ExitCode
    already_there: bool
    """The run had been published before; nothing was judged again."""


def run(workspace: Path, reference: datetime, fail_on: Severity = "high", progress: Progress = lambda _: None) -> Finished:
    """Run one night. Raises ReconError: ConfigurationError, RuleError and WorkspaceError before anything is published; a source that fails does not.

    What an earlier run that was killed left undone is finished first. A run that is there is not judged again.
    """
    settings, rules, known_packs = prepare(workspace)
    with lock.hold(workspace), foreseen(workspace):
        finish_interrupted(workspace, settings, progress)
        connection = engine.connect(settings.workspace, workspace / "store" / ".spill")
        night = Night(workspace, settings, rules, known_packs, reference, fail_on, progress, connection)
        try:
            already_there = night.folder.is_dir()
            if not already_there:
                files.check_order(night.store, night.run_id)
                for step in STEPS:
                    step(night)
            return Finished(night.run_id, night.folder, report(workspace, night.folder, settings, progress), files.exit_code(night.folder), already_there)
        finally:
            connection.close()
            files.sweep(night.store)


def prepare(workspace: Path) -> tuple[Settings, ruleset.RuleSet, dict[str, packs.Pack]]:
    """Everything a night needs besides data, checked: configuration, rules and packs."""
    settings = config.load(workspace)
    rules, known_packs, errors = ruleset.RuleSet({}, {}), {}, list[ReconError]()
    try:
        rules = ruleset.load(shipped.folder("rules"), workspace / "rules")
        errors += parameters.check(rules, settings.parameters)
    except ReconError as error:
        errors.append(error)
    for name in sorted({source.pack for source in settings.sources.values()}):
        try:
            known_packs[name] = packs.load_pack(name, [workspace / "packs", packs.SHIPPED])
        except ReconError as error:
            errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    return settings, rules, known_packs


def read(night: Night) -> None:
    """Read every source into raw parts."""
    make_folder(night.partial)
    night.progress(f"reading {', '.join(night.settings.sources)}")
    night.snapshot, refused = take(night.settings, night.workspace, night.connection, {name: pack.tables for name, pack in night.packs.items()}, open_source)
    night.connection.register("refused_by_readers", refused)
    night.connection.execute("CREATE TABLE refused AS SELECT * FROM refused_by_readers")
    night.connection.unregister("refused_by_readers")
    for name, source in night.snapshot.sources.items():
        rows = sum(table.part.rows for table in source.tables.values() if table.part)
        night.progress(f"read {name}: {source.problem or f'{rows:,} rows in {len(source.tables)} tables, as of {source.as_of:%Y-%m-%d %H:%M}Z'}")


def map_to_canonical(night: Night) -> None:
    """Map the raw parts to canonical parts."""
    night.supplies = mapping.map_sources(night.connection, night.store, night.snapshot, night.settings.sources, night.packs, night.progress)
    night.snapshot = mapping.with_losses(night.connection, night.snapshot)
    by_table: dict[str, list[Path]] = {}
    for supply in night.supplies:
        if supply.part:
            by_table.setdefault(supply.table, []).append(part_path(night.store, supply.part.digest))
    engine.load_canonical(night.connection, by_table)


def judge(night: Night) -> None:
    """Run every pairing once and the rules over it, for the plants that can be judged."""
    collect.prepare(night.connection, {name: plant.currency for name, plant in night.settings.plants.items()})
    before = files.believed(night.store)
    doubted = cuts.doubts(night.settings, night.snapshot, before)
    night.believed = cuts.believed_tonight(night.settings, night.snapshot, night.reference, doubted, before)
    unfit = _unfit(night.rules)
    active = [rule for rule in night.rules.rules.values() if rule.front.status == "active"]
    judged: list[Rule] = []
    for pairing in night.rules.pairings.values():
        over = [rule for rule in active if rule.pairing.name == pairing.name]
        if not over:
            continue
        ready = cuts.readiness(pairing, night.settings, night.snapshot, night.supplies, night.reference, doubted)
        night.readiness[pairing.name] = ready
        where = [
            engine.Cut(one.system, one.plant, _naive(one.cut), _naive(one.settled_until), _naive(one.complete_from) if one.complete_from else None)
            for one in ready
            if one.cut and one.settled_until
        ]
        night.progress(f"comparing: {pairing.front.title}")
        try:
            _refuse(pairing, unfit)
            engine.run_pairing(night.connection, pairing, where, _params(night, pairing))
            population = engine.population(night.connection, pairing)
        except RuleError as error:
            for rule in over:
                night.outcomes += files.outcomes(rule, ready, failed=str(error))
            continue
        for rule in over:
            try:
                _refuse(rule, unfit)
                result = engine.run_rule(night.connection, rule, where, _params(night, rule))
                fired, unjudged = collect.collect(night.connection, rule, result, night.settings.owners.get(rule.id, rule.front.owner))
            except RuleError as error:
                night.outcomes += files.outcomes(rule, ready, failed=str(error))
                continue
            judged.append(rule)
            night.outcomes += files.outcomes(rule, ready, population=population, fired=fired, unjudged=unjudged)
    collect.gather_rows(night.connection, judged)
    collect.subordinate(night.connection, judged)


def settle(night: Night) -> None:
    """Take the findings one night further: new, open, resolved, reopened, in flight, unsettled."""
    from recon.findings.ledger import FILE_NAME, Ledger

    with Ledger.open(night.workspace / FILE_NAME, write=True) as ledger:
        states, waivers = ledger.last_states(), ledger.waivers()
    files.remember(night.connection, night.store, states, waivers, night.outcomes, night.readiness, night.settings, night.rules.rules)
    advanced = life.advance(night.connection)
    night.progress(f"{advanced.findings:,} findings, {advanced.transitions:,} of them changed")


def write(night: Night) -> None:
    """Write the run's files into its partial folder."""
    night.exit_code = files.verdict(night.connection, night.outcomes, SEVERITIES[: SEVERITIES.index(night.fail_on) + 1])
    files.write_run(night.connection, night.partial, _about(night), night.outcomes, night.supplies, night.snapshot, night.rules.rules)


def publish(night: Night) -> None:
    """The run gets its name: from here on it is whole, and never changes."""
    files.publish(night.partial, night.folder)


def record(night: Night) -> None:
    """Chain the run in the ledger."""
    _record(night.workspace, night.folder)


STEPS: tuple[Callable[[Night], None], ...] = (read, map_to_canonical, judge, settle, write, publish, record)


def report(workspace: Path, folder: Path, settings: Settings, progress: Progress) -> Path:
    """Render the report of a published run, unless it is there; `recon report` makes it anew."""
    from recon.reporting.html import write_report

    file = report_file(workspace, folder.name)
    if not file.is_file():
        progress("writing the report")
        write_report(folder, file.parent, settings)
    return file


def report_file(workspace: Path, run_id: str) -> Path:
    """Where the report of a run lies."""
    return workspace / "reports" / run_id / "index.html"


def finish_interrupted(workspace: Path, settings: Settings, progress: Progress) -> None:
    """What a killed run left undone: its half-built files go; what it had published is recorded in the ledger and reported."""
    from recon.findings.ledger import FILE_NAME, Ledger

    files.sweep(workspace / "store")
    published = files.published(workspace / "store")
    if not published:
        return
    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        unfinished = ledger.unrecorded(published)
    newest = published[-1]
    if newest not in unfinished and not (files.whole(workspace / "store" / "runs" / newest) and report_file(workspace, newest).is_file()):
        unfinished.append(newest)
    for run_id in unfinished:
        progress(f"finishing the interrupted run {run_id}")
        _record(workspace, workspace / "store" / "runs" / run_id)
        report(workspace, workspace / "store" / "runs" / run_id, settings, progress)


def _record(workspace: Path, folder: Path) -> None:
    from recon.findings.ledger import FILE_NAME, Ledger

    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        ledger.record_run(folder)
        files.write_chain_head(folder, ledger.head_of(folder.name).hash)
    views.write_database(folder)


def _about(night: Night) -> dict[str, Any]:
    return files.about(night.run_id, night.settings, night.reference, night.readiness, night.exit_code, files.previous_run(night.store), night.believed)


def _unfit(rules: ruleset.RuleSet) -> dict[Path, ReconError]:
    if not rules.site_files:
        return {}
    from recon.ruleset import lint  # takes half a second, and only sites with rules of their own need it

    return lint.unfit(rules)


def _refuse(thing: Rule | Pairing, unfit: dict[Path, ReconError]) -> None:
    """A rule of the site's that does not lint is not run: it failed, and the others go on."""
    if thing.file in unfit:
        raise unfit[thing.file]


def _params(night: Night, thing: Rule | Pairing) -> dict[str, Any]:
    return {name: value for name, (value, _) in parameters.in_force(thing, night.settings.parameters).items()}


def _naive(moment: datetime) -> datetime:
    """UTC without its zone: the engine's TIMESTAMP."""
    return moment.replace(tzinfo=None)
