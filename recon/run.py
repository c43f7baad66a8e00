"""The whole night on one page: read, map, judge, settle with earlier nights, write, publish, record, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from recon.canonical import mapping, packs
from recon.canonical.schema import canonical_tables
from recon.config import Settings
from recon.engines import duckdb as engine
from recon.engines.genealogy import relations
from recon.engines.limits import foreseen
from recon.errors import ConfigurationError, ExitCode, ReconError, RuleError, place
from recon.findings import collect, cuts, files, life, views
from recon.findings.cuts import Readiness
from recon.genealogy import index
from recon.model import SEVERITIES, RuleOutcome, Severity, Snapshot, Supply
from recon.prepare import prepare
from recon.rule import Pairing, Rule
from recon.ruleset import load as ruleset
from recon.ruleset import parameters
from recon.snapshots import lock, manifest, trust
from recon.snapshots.current import canonical_rows
from recon.snapshots.journal import Journal
from recon.snapshots.parts import make_folder
from recon.snapshots.take import take
from recon.sources import open_source

Progress = Callable[[str], None]
RUN_ID = "%Y%m%dT%H%M%SZ"
"""A run is named by its moment in UTC."""


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
        return f"{self.reference:{RUN_ID}}"

    @property
    def store(self) -> Path:
        return self.workspace / "store"

    @property
    def partial(self) -> Path:
        """Where the run is built; it gets its name when it is whole."""
        return files.partial_folder(self.store, self.run_id)

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


def run(
    workspace: Path,
    reference: datetime | None,
    fail_on: Severity = "high",
    progress: Progress = lambda _: None,
    resume: bool = False,
) -> Finished:
    """Run one night. Raises ReconError: ConfigurationError, RuleError, WorkspaceError, and IntegrityError where what earlier nights left is not what
    they left, before anything is published; a source that fails does not.

    What an earlier run that was killed had published is finished first. A run that is there is not judged again. resume: what a killed run of the same
    moment has read is not read again; without `reference` (None), the moment is that of the killed run.
    """
    settings, rules, known_packs = prepare(workspace)
    with lock.hold(workspace) as killed, foreseen(workspace):
        if killed:
            progress(f"{killed}, did not end by itself")
        verify(workspace)
        moment = resumed(workspace, settings, reference, resume, progress)
        connection = engine.connect(settings.workspace, workspace / "store" / ".spill")
        night = Night(workspace, settings, rules, known_packs, moment, fail_on, progress, connection)
        try:
            already_there = night.folder.is_dir()
            if not already_there:
                files.check_order(night.store, night.run_id)
                for step in STEPS:
                    step(night)
            return Finished(night.run_id, night.folder, report(workspace, night.folder, settings, progress), files.exit_code(night.folder), already_there)
        finally:
            connection.close()
            files.sweep(night.store, keep=night.run_id)


def resumed(workspace: Path, settings: Settings, reference: datetime | None, resume: bool, progress: Progress) -> datetime:
    """Clear what killed runs left, but for what is resumed, and finish what they published; the moment to run for.

    Raises ConfigurationError where a run is to be resumed and none was interrupted.
    """
    store = workspace / "store"
    half_built = files.half_built(store)
    wanted = f"{reference:{RUN_ID}}" if reference else half_built[-1] if half_built else None
    for run_id in half_built:
        going_on = resume and run_id == wanted
        progress(f"going on with the interrupted run {run_id}" if going_on else f"throwing away what the interrupted run {run_id} has read")
    files.sweep(store, keep=wanted if resume else None)
    finished = finish_interrupted(workspace, settings, progress)
    if reference:
        return reference
    if not wanted and not finished:
        raise ConfigurationError(place(workspace), "no run was interrupted here, so there is none to resume", "call `recon run` without --resume to start one")
    return datetime.strptime(wanted or finished[-1], RUN_ID).replace(tzinfo=UTC)


def read(night: Night) -> None:
    """Read every source into raw parts."""
    make_folder(night.partial)
    night.progress(f"reading {', '.join(night.settings.sources)}")
    tables = {name: {table.name: table.key for table in pack.tables.values()} for name, pack in night.packs.items()}
    earlier = manifest.latest_tables(night.store)
    night.snapshot, refused = take(night.settings, night.workspace, night.connection, tables, open_source, earlier, Journal(night.partial))
    night.connection.register("refused_by_readers", refused)
    night.connection.execute("CREATE TABLE refused AS SELECT * FROM refused_by_readers")
    night.connection.unregister("refused_by_readers")
    for name, source in night.snapshot.sources.items():
        rows = sum(table.rows or 0 for table in source.tables.values())
        night.progress(f"read {name}: {source.problem or f'{rows:,} rows in {len(source.tables)} tables, as of {source.as_of:%Y-%m-%d %H:%M}Z'}")


def map_to_canonical(night: Night) -> None:
    """Map the raw parts to canonical parts."""
    runs = (night.store / "runs" / run_id for run_id in reversed(trust.published(night.store)[-manifest.REMEMBERED :]))
    earlier = mapping.before(manifest.read_manifest(folder) for folder in runs)
    night.supplies, understood = mapping.map_sources(
        night.connection, night.store, night.snapshot, night.settings.sources, night.packs, earlier, night.progress
    )
    night.snapshot = _needs_marked(understood, night.rules, night.supplies)
    rows: dict[str, list[str]] = {}
    for supply in night.supplies:
        if supply.state:
            columns = list(canonical_tables()[supply.table.partition(".")[2]].all_columns)
            rows.setdefault(supply.table, []).append(canonical_rows(night.store, supply.state, columns))
    engine.load_canonical(night.connection, rows)


def _needs_marked(snapshot: Snapshot, rules: ruleset.RuleSet, supplies: list[Supply]) -> Snapshot:
    """The snapshot, saying of each raw table whether an active rule depends on it."""
    read = {*collect.ALWAYS_READ}.union(*(rule.pairing.front.tables for rule in rules.rules.values() if rule.in_force))
    needed = {(supply.source, name) for supply in supplies if supply.table in read for name in supply.reads}
    sources = {
        name: replace(source, tables={table: replace(one, needed=(name, table) in needed) for table, one in source.tables.items()})
        for name, source in snapshot.sources.items()
    }
    return Snapshot(sources)


def trace(night: Night) -> None:
    """Follow what was made of what along whole chains: the index that traces are served from, and what rules read of it."""
    night.progress("tracing what was made of what")
    relations.link(night.connection)
    relations.prepare(night.connection, {name for rule in night.rules.rules.values() if rule.in_force for name in rule.pairing.front.prepared})
    index.write(night.connection, night.partial, night.run_id, night.snapshot, night.supplies)


def judge(night: Night) -> None:
    """Run every pairing once and the rules over it, for the plants that can be judged."""
    collect.prepare(night.connection, {name: plant.currency for name, plant in night.settings.plants.items()})
    before = files.believed(night.store)
    doubted = cuts.doubts(night.settings, night.snapshot, before)
    night.believed = cuts.believed_tonight(night.settings, night.snapshot, night.reference, doubted, before)
    unfit = _unfit(night.rules)
    active = [rule for rule in night.rules.rules.values() if rule.in_force]
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
    files.write_run(
        night.connection, night.partial, _about(night), night.outcomes, night.supplies, night.snapshot, night.rules.rules, night.settings.owners, [index.FILE_NAME]
    )


def publish(night: Night) -> None:
    """The run gets its name: from here on it is whole, and never changes."""
    files.publish(night.partial, night.folder)


def record(night: Night) -> None:
    """Chain the run in the ledger."""
    _record(night.workspace, night.folder)


STEPS: tuple[Callable[[Night], None], ...] = (read, map_to_canonical, trace, judge, settle, write, publish, record)


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


def verify(workspace: Path) -> None:
    """Nothing is judged on top of what is not what it was. Raises IntegrityError, and leaves everything as it is."""
    from recon.findings.integrity import verify_before_a_night

    verify_before_a_night(workspace)


def finish_interrupted(workspace: Path, settings: Settings, progress: Progress) -> list[str]:
    """Record in the ledger and report what killed runs had published; returns their ids, oldest first."""
    from recon.findings.ledger import FILE_NAME, Ledger

    published = trust.published(workspace / "store")
    if not published:
        return []
    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        unfinished = ledger.unrecorded(published)
    newest = published[-1]
    if newest not in unfinished and not (files.whole(workspace / "store" / "runs" / newest) and report_file(workspace, newest).is_file()):
        unfinished.append(newest)
    for run_id in unfinished:
        progress(f"finishing the interrupted run {run_id}")
        _record(workspace, workspace / "store" / "runs" / run_id)
        report(workspace, workspace / "store" / "runs" / run_id, settings, progress)
    return unfinished


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
