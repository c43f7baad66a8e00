"""The whole night on one page: read, map, gate, judge, settle with earlier nights, write, publish, record, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from recon.canonical import mapping, packs
from recon.canonical.schema import canonical_tables
from recon.config import Settings
from recon.corrections.propose import propose as propose_all
from recon.engines import duckdb as engine
from recon.engines.genealogy import relations
from recon.engines.limits import foreseen
from recon.errors import ConfigurationError, ExitCode, ReconError, RuleError, place
from recon.findings import collect, cuts, files, life, views
from recon.findings.cuts import Readiness
from recon.gates import effects, gated
from recon.gates.gatekeeper import Gatekeeper, Verdicts, create_relations
from recon.gates.process import Process
from recon.gates.suite import Suite, digest
from recon.genealogy import index
from recon.log import NightLog
from recon.log import keep as keep_logs
from recon.model import SEVERITIES, RuleOutcome, Severity, Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.prepare import prepare
from recon.reporting import metrics
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
    suites: dict[str, Suite]
    """What is expected of which table; empty where the site wants no gates."""
    reference: datetime
    """The moment (UTC) the night is run for; sources are stale measured against it."""
    fail_on: Severity
    progress: Progress
    connection: duckdb.DuckDBPyConnection
    gates: Process
    """Great Expectations, which loads while the night goes on."""
    gatekeeper: Gatekeeper
    snapshot: Snapshot = field(default_factory=lambda: Snapshot({}))
    supplies: list[Supply] = field(default_factory=list)
    verdicts: Verdicts = field(default_factory=Verdicts)
    outcomes: list[RuleOutcome] = field(default_factory=list)
    readiness: dict[str, list[Readiness]] = field(default_factory=dict)
    believed: cuts.Counts = field(default_factory=dict)
    """How many rows each table had on the last days on which it was believed, tonight included."""
    judged: list[str] = field(default_factory=list)
    """Ids of the rules that returned a result."""
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
    seconds: float
    """From the start to the report."""


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
    with NightLog(workspace) as log:
        say = _said(log, progress)
        settings, rules, known_packs, suites = prepare(workspace)
        with lock.hold(workspace) as killed, foreseen(workspace):
            if killed:
                say(f"{killed}, did not end by itself")
            verify(workspace)
            moment = resumed(workspace, settings, reference, resume, say)
            log.name(f"{moment:{RUN_ID}}")
            keep_logs(workspace, settings.workspace.keep_logs)
            connection = engine.connect(settings.workspace, workspace / "store" / ".spill")
            gates = Process(settings.workspace, workspace / "store" / ".spill" / "gates")
            keeper = Gatekeeper(connection, workspace / "store", gates)
            night = Night(workspace, settings, rules, known_packs, suites, moment, fail_on, say, connection, gates, keeper)
            try:
                already_there = night.folder.is_dir()
                if not already_there:
                    files.check_order(night.store, night.run_id)
                    for step in STEPS:
                        with log.step(step.__name__, lambda step=step: FIGURES.get(step, _none)(night)):  # type: ignore[misc]  # mypy knows no type of it
                            step(night)
                with log.step("report", dict):
                    page = report(workspace, night.folder, settings, say, log.seconds_of)
                code = files.exit_code(night.folder)
                log.say("ended", exit_code=int(code), seconds=round(log.seconds, 3), judged=not already_there)
                return Finished(night.run_id, night.folder, page, code, already_there, log.seconds)
            finally:
                gates.stop()
                connection.close()
                files.sweep(night.store, keep=night.run_id)


def _said(log: NightLog, progress: Progress) -> Progress:
    """Progress that is told to both."""

    def say(text: str) -> None:
        progress(text)
        log.say("progress", text=text)

    return say


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
    if night.suites and not earlier:
        night.gates.start()
    night.snapshot, refused = take(night.settings, night.workspace, night.connection, tables, open_source, earlier, Journal(night.partial))
    night.connection.register("refused_by_readers", refused)
    night.connection.execute("CREATE TABLE refused AS SELECT * FROM refused_by_readers")
    night.connection.unregister("refused_by_readers")
    for name, source in night.snapshot.sources.items():
        rows = sum(table.rows or 0 for table in source.tables.values())
        night.progress(f"read {name}: {source.problem or f'{rows:,} rows in {len(source.tables)} tables, as of {source.as_of:%Y-%m-%d %H:%M}Z'}")
    if night.suites and _has_changed(night.snapshot, earlier):
        night.gates.start()


def map_to_canonical(night: Night) -> None:
    """Map the raw parts to canonical parts."""
    runs = (night.store / "runs" / run_id for run_id in reversed(trust.published(night.store)[-manifest.REMEMBERED :]))
    earlier = mapping.before(manifest.read_manifest(folder) for folder in runs)
    typed, mapped = partial(_show_raw, night), partial(_show_canonical, night)
    night.supplies, understood = mapping.map_sources(
        night.connection, night.store, night.snapshot, night.settings.sources, night.packs, earlier, night.progress, typed, mapped
    )
    night.snapshot = _needs_marked(understood, night.rules, night.supplies)
    engine.load_canonical(night.connection, _canonical_rows(night))


def _has_changed(snapshot: Snapshot, earlier: Mapping[str, Mapping[str, TableSnapshot]]) -> bool:
    """Whether any table holds other rows than on the night before: only then will gates have something new to look at."""
    return any(
        read.base and (before := earlier.get(name, {}).get(table)) and (read.base, read.delta, read.dead) != (before.base, before.delta, before.dead)
        for name, source in snapshot.sources.items()
        for table, read in source.tables.items()
    )


def _canonical_rows(night: Night) -> dict[str, list[str]]:
    """schema.table → a SELECT of what each source supplies of it."""
    rows: dict[str, list[str]] = {}
    for supply in night.supplies:
        if supply.state:
            columns = list(canonical_tables()[supply.table.partition(".")[2]].all_columns)
            of_source = canonical_rows(night.store, supply.state, columns)
            if supply.table in night.verdicts.refused:
                of_source = effects.with_refusals(of_source, supply.source, supply.table)
            rows.setdefault(supply.table, []).append(of_source)
    return rows


def _needs_marked(snapshot: Snapshot, rules: ruleset.RuleSet, supplies: list[Supply]) -> Snapshot:
    """The snapshot, saying of each raw table whether an active rule depends on it."""
    read = {*collect.ALWAYS_READ}.union(*(rule.pairing.tables for rule in rules.rules.values() if rule.in_force))
    needed = {(supply.source, name) for supply in supplies if supply.table in read for name in supply.reads}
    sources = {
        name: replace(source, tables={table: replace(one, needed=(name, table) in needed) for table, one in source.tables.items()})
        for name, source in snapshot.sources.items()
    }
    return Snapshot(sources)


def _show_raw(night: Night, source: SourceSnapshot) -> None:
    """Raw tables that a suite is about, as they were typed."""
    pack = night.packs[source.pack]
    for name, suite in night.suites.items():
        family, _, table = name.partition("/")
        if table in source.tables and table in pack.tables and family in pack.family:
            shape = pack.tables[table]
            found = gated.of_raw(night.store, source.name, source.plants, suite, shape.key, tuple(shape.columns), source.tables[table])
            if found:
                night.gatekeeper.show(found)


def _show_canonical(night: Night, supply: Supply) -> None:
    """A canonical table that a suite is about, as it was mapped. One of which the source is declared to be without everything is rightly empty."""
    suite = night.suites.get(supply.table)
    without = {*night.settings.sources[supply.source].without}
    if suite and supply.state and not without.issuperset(supply.reads):
        night.gatekeeper.show(gated.of_canonical(night.store, supply.source, night.snapshot.sources[supply.source].plants, suite, supply.state))


def gate(night: Night) -> None:
    """Look whether the rows are what rules may rely on, and take from the rules what is not."""
    create_relations(night.connection)
    rows, held = _canonical_rows(night), dict[str, list[Any]]()
    for supply in night.supplies:
        if supply.state:
            parts = (supply.state.base, supply.state.delta, supply.state.dead)
            held.setdefault(supply.table, []).append((supply.source, [part.digest if part else None for part in parts]))
    night.verdicts = night.gatekeeper.decide({table: (" UNION ALL ".join(rows[table]), digest(held[table])) for table in held}, night.progress)
    if night.verdicts.refused:
        engine.load_canonical(night.connection, _canonical_rows(night))


def trace(night: Night) -> None:
    """Follow what was made of what along whole chains: the index that traces are served from, and what rules read of it."""
    night.progress("tracing what was made of what")
    relations.link(night.connection)
    relations.prepare(night.connection, {name for rule in night.rules.rules.values() if rule.in_force for name in rule.pairing.prepared})
    without = {name: source.without for name, source in night.settings.sources.items()}
    index.write(night.connection, night.partial, night.run_id, night.snapshot, night.supplies, without, night.verdicts.tables)


def judge(night: Night) -> None:
    """Run every pairing once and the rules over it, for the plants that can be judged."""
    collect.prepare(night.connection, {name: plant.currency for name, plant in night.settings.plants.items()})
    before = files.believed(night.store)
    doubted = cuts.doubts(night.settings, night.snapshot, before)
    night.believed = cuts.believed_tonight(night.settings, night.snapshot, night.reference, doubted, before)
    unfit = _unfit(night.rules)
    active = [rule for rule in night.rules.rules.values() if rule.in_force]
    judged: list[Rule] = []
    broken: dict[str, RuleError] = {}
    for pairing in _needed(active):
        over = [rule for rule in active if rule.pairing.name == pairing.name]
        gated_out = doubted | night.verdicts.raw_tables
        ready = cuts.readiness(pairing, night.settings, night.snapshot, night.supplies, night.reference, gated_out, night.verdicts.tables)
        night.readiness[pairing.name] = ready
        where = [
            engine.Cut(one.system, one.plant, _naive(one.cut), _naive(one.settled_until), _naive(one.complete_from) if one.complete_from else None)
            for one in ready
            if one.cut and one.settled_until
        ]
        night.progress(f"comparing: {pairing.front.title}")
        try:
            _refuse(pairing, unfit)
            for base in pairing.builds_on:
                if base.name in broken:
                    raise broken[base.name]
            engine.run_pairing(night.connection, pairing, where, _params(night, pairing))
            effects.leave_out(night.connection, pairing, night.verdicts.refused)
            population = engine.population(night.connection, pairing)
        except RuleError as error:
            broken[pairing.name] = error
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
    night.judged = [rule.id for rule in judged]
    collect.gather_rows(night.connection, judged)
    collect.subordinate(night.connection, judged)


def _needed(rules: Sequence[Rule]) -> list[Pairing]:
    """Pairings that `rules` are over, and before them the ones that these build on."""
    over = {rule.pairing.name: rule.pairing for rule in rules}
    bases = {base.name: base for pairing in over.values() for base in pairing.builds_on}
    return sorted((over | bases).values(), key=lambda pairing: (bool(pairing.builds_on), pairing.name))


def settle(night: Night) -> None:
    """Take the findings one night further: new, open, resolved, reopened, in flight, unsettled."""
    from recon.findings.ledger import FILE_NAME, Ledger

    with Ledger.open(night.workspace / FILE_NAME, write=True) as ledger:
        states, waivers = ledger.last_states(), ledger.waivers()
    files.remember(night.connection, night.store, states, waivers, night.outcomes, night.readiness, night.settings, night.rules.rules)
    advanced = life.advance(night.connection)
    night.progress(f"{advanced.findings:,} findings, {advanced.transitions:,} of them changed")


def propose(night: Night) -> None:
    """Propose what would put each finding right, or say why nothing does."""
    days = {
        (source.system, plant): night.reference.astimezone(ZoneInfo(night.settings.plants[plant].time_zone)).date()
        for source in night.settings.sources.values()
        for plant in source.plants
    }
    supplied = {
        (supply.table, night.settings.sources[supply.source].system, plant)
        for supply in night.supplies
        # A table that the site does not have is complete for the rules, and tells nothing.
        if not supply.problem and not set(supply.reads) <= set(night.settings.sources[supply.source].without)
        for plant in night.settings.sources[supply.source].plants
    }
    found = propose_all(
        night.connection,
        night.rules.rules,
        night.rules.actions,
        night.judged,
        collect.relation,
        collect.rows_behind,
        sorted(supplied),
        [(system, plant, day) for (system, plant), day in sorted(days.items())],
        night.settings.corrections.value_limit,
    )
    night.progress(f"{found.proposed:,} corrections proposed, {found.refused:,} refused by a guard, {found.none:,} findings without one")


def write(night: Night) -> None:
    """Write the run's files into its partial folder."""
    night.exit_code = files.verdict(night.connection, night.outcomes, SEVERITIES[: SEVERITIES.index(night.fail_on) + 1])
    files.write_run(
        night.connection,
        night.partial,
        _about(night),
        night.outcomes,
        night.supplies,
        night.snapshot,
        night.rules.rules,
        night.settings.owners,
        [index.FILE_NAME],
    )


def publish(night: Night) -> None:
    """The run gets its name: from here on it is whole, and never changes."""
    files.publish(night.partial, night.folder)


def record(night: Night) -> None:
    """Chain the run in the ledger."""
    _record(night.workspace, night.folder)


STEPS: tuple[Callable[[Night], None], ...] = (read, map_to_canonical, gate, trace, judge, settle, propose, write, publish, record)


def _sources_read(night: Night) -> dict[str, Any]:
    sources = {
        name: {
            "rows": sum(table.rows or 0 for table in source.tables.values()),
            "refused": sum(table.refused for table in source.tables.values()),
            "as_of": f"{source.as_of:%Y-%m-%dT%H:%M:%SZ}" if source.as_of else None,
            "problem": source.problem,
        }
        for name, source in night.snapshot.sources.items()
    }
    return {"rows": sum(int(source["rows"] or 0) for source in sources.values()), "sources": sources}


def _mapped(night: Night) -> dict[str, Any]:
    return {
        "rows": sum(supply.state.rows for supply in night.supplies if supply.state),
        "mapped_anew": sum(supply.remapped.rows for supply in night.supplies if supply.remapped),
        "unfit": sorted({supply.table for supply in night.supplies if supply.problem}),
    }


def _judged(night: Night) -> dict[str, Any]:
    # A rule has one outcome for each of its sources, and compared the same in all of them.
    compared = {(outcome.rule_id, outcome.system, outcome.plant): outcome for outcome in night.outcomes if outcome.outcome == "evaluated"}
    lost = {(outcome.rule_id, outcome.system, outcome.plant) for outcome in night.outcomes if outcome.outcome != "evaluated"}
    fired = sum(outcome.findings or 0 for outcome in compared.values())
    return {"rows": sum(outcome.compared or 0 for outcome in compared.values()), "fired": fired, "evaluated": len(compared), "not_evaluated": len(lost)}


def _settled(night: Night) -> dict[str, Any]:
    states = night.connection.execute("SELECT state, count(*) FROM finding GROUP BY ALL ORDER BY ALL").fetchall()
    return {"rows": sum(count for _, count in states), "states": dict(states)}


def _proposed(night: Night) -> dict[str, Any]:
    statuses = night.connection.execute("SELECT status, count(*) FROM proposal GROUP BY ALL ORDER BY ALL").fetchall()
    return {"rows": sum(count for _, count in statuses), "statuses": dict(statuses)}


def _none(_: Night) -> dict[str, Any]:
    return {}


FIGURES: dict[Callable[[Night], None], Callable[[Night], dict[str, Any]]] = {
    read: _sources_read,
    map_to_canonical: _mapped,
    judge: _judged,
    settle: _settled,
    propose: _proposed,
}
"""What the log says of a step besides how long it took."""


def report(workspace: Path, folder: Path, settings: Settings, progress: Progress, seconds_of: Mapping[str, float] | None = None) -> Path:
    """Render the report and the metrics of a published run, unless they are there; `recon report` makes the report anew. seconds_of: step → seconds."""
    from recon.reporting.html import write_report

    file = report_file(workspace, folder.name)
    if not file.with_name(metrics.FILE).is_file():
        metrics.write(folder, file.parent, seconds_of or {})
    if not file.is_file():  # last: where it is, the run is whole
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
