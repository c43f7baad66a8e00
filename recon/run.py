"""The whole night on one page: read, map, gate, note, trace, judge, look again, settle with earlier nights, propose, write, publish, record, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from recon.config import Settings
from recon.engines import duckdb as engine
from recon.engines.limits import foreseen
from recon.errors import ConfigurationError, ExitCode, place
from recon.findings import files
from recon.gates.gatekeeper import Gatekeeper
from recon.gates.process import Process
from recon.log import NightLog
from recon.log import keep as keep_logs
from recon.model import Severity
from recon.night import declared, figures
from recon.night.intake import gate, map_to_canonical, read
from recon.night.judgement import judge, propose, relate, settle, trace
from recon.night.learned import note
from recon.night.publication import finish_interrupted, publish, record, report, write
from recon.night.second_look import second_look
from recon.night.state import RUN_ID, Night, Progress
from recon.prepare import Loaded, prepare
from recon.reporting import words
from recon.snapshots import lock

STEPS: tuple[Callable[[Night], None], ...] = (
    read, map_to_canonical, gate, note, trace, judge, second_look, relate, settle, propose, write, publish, record
)  # fmt: skip


CHANGES_TOLD = 12
"""Changes that are told one by one when a night begins."""


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
        loaded = prepare(workspace, _day(workspace, reference, resume))
        settings = loaded[0]
        with lock.hold(workspace) as killed, foreseen(workspace):
            if killed:
                say(f"{killed}, did not end by itself")
            verify(workspace)
            moment = resumed(workspace, settings, reference, resume, say)
            log.name(f"{moment:{RUN_ID}}")
            keep_logs(workspace, settings.workspace.keep_logs)
            with begun(workspace, loaded, moment, fail_on, say) as night:
                already_there = night.folder.is_dir()
                if not already_there:
                    files.check_order(night.store, night.run_id)
                    note_changes(night)
                    for step in STEPS:
                        with log.step(step.__name__, partial(figures.of, step, night)):
                            step(night)
                with log.step("report", dict):
                    page = report(workspace, night.folder, settings, say, log.seconds_of)
                code = files.exit_code(night.folder)
                log.say("ended", exit_code=int(code), seconds=round(log.seconds, 3), judged=not already_there)
                return Finished(night.run_id, night.folder, page, code, already_there, log.seconds)


@contextmanager
def begun(workspace: Path, loaded: Loaded, moment: datetime, fail_on: Severity, say: Progress) -> Iterator[Night]:
    """A night on which no step was taken yet. Its engine and the process of its gates end with it, and what is half built is swept away."""
    settings, rules, known_packs, suites = loaded
    connection = engine.connect(settings.workspace, workspace / "store" / ".spill")
    gates = Process(settings.workspace, workspace / "store" / ".spill" / "gates")
    keeper = Gatekeeper(connection, workspace / "store", gates)
    night = Night(workspace, settings, rules, known_packs, suites, moment, fail_on, say, connection, gates, keeper)
    try:
        yield night
    finally:
        gates.stop()
        connection.close()
        files.sweep(night.store, keep=night.run_id)


def _day(workspace: Path, reference: datetime | None, resume: bool) -> date | None:
    """The day whose rules and mappings hold: that of the moment which the night is run for. None: today."""
    if reference:
        return reference.date()
    half_built = files.half_built(workspace / "store") if resume else []
    return datetime.strptime(half_built[-1], RUN_ID).replace(tzinfo=UTC).date() if half_built else None


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


def note_changes(night: Night) -> None:
    """Tell what the site, its rules or recon itself have changed since the run before: findings that come and go tonight may be of that."""
    night.declared = declared.declared(night.workspace, night.settings, night.rules, night.packs, night.suites)
    before = files.previous_run(night.store)
    night.changed = declared.changes(files.declared_in(night.store, before) if before else None, night.declared)
    for change in night.changed[:CHANGES_TOLD]:
        night.progress(f"changed since {before}: {words.change(change['what'], change['before'], change['after'])}")
    if len(night.changed) > CHANGES_TOLD:
        night.progress(f"changed since {before}: {len(night.changed) - CHANGES_TOLD} more; `recon status --format json` has all")


def verify(workspace: Path) -> None:
    """Nothing is judged on top of what is not what it was. Raises IntegrityError, and leaves everything as it is."""
    from recon.findings.integrity import verify_before_a_night

    verify_before_a_night(workspace)


def _said(log: NightLog, progress: Progress) -> Progress:
    """Progress that is told to both."""

    def say(text: str) -> None:
        progress(text)
        log.say("progress", text=text)

    return say
