"""A past run once more, from the parts that its manifest names: the workspace as it was before that night, the same steps, and what came of them.

Nothing is written into the workspace, and no source is opened. The workspace as it was is laid out in a folder of its own, out of links to parts and earlier
runs and of what the ledger held then; in it the night is run as recon/run.py runs it, with what was read in place of reading (docs/decisions/0029).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from recon import config, run
from recon.canonical.crosswalks import FOLDER as CROSSWALKS
from recon.config import WorkspaceSettings, table_of
from recon.engines import duckdb as engine
from recon.engines.limits import foreseen
from recon.errors import ConfigurationError, IntegrityError, ReconError, place
from recon.findings.integrity import verify
from recon.findings.ledger import FILE_NAME as LEDGER
from recon.findings.ledger import copy_before
from recon.model import SEVERITIES, JsonObject, Severity
from recon.night import declared
from recon.night.intake import read
from recon.night.restoration import restore
from recon.night.state import Progress
from recon.prepare import Loaded, prepare
from recon.reporting import replayed
from recon.reporting.replayed import Replayed
from recon.reporting.runs import Run
from recon.snapshots import manifest as manifests
from recon.snapshots import trust
from recon.snapshots.listing import check, parts_of
from recon.snapshots.parts import make_folder, part_path
from recon.snapshots.recorded import Recorded

STEPS = tuple(restore if step is read else step for step in run.STEPS)
OF_THE_SITE = ("rules", "packs", CROSSWALKS)


def replay(workspace: Path, past: Run, into: Path, progress: Progress = lambda _: None) -> Replayed:
    """Judge a finished run again in the empty folder `into`, and hold what came of it to what the run says.

    Raises IntegrityError where anything that it stands on is missing or is not what it was, WorkspaceError where `into` cannot be written or the ledger not
    be read, and RuleError or ConfigurationError where today's rules, packs or recon.toml cannot be used.
    """
    store, run_id = workspace / "store", past.run_id
    said = trust.read_checked(past.folder)[0]
    verify(workspace, every_file=False)
    earlier = _earlier(store, past)
    recorded = Recorded(store, past.folder, said, past.manifest)
    leaned_on = _leaned_on(store, earlier, past.manifest)
    parts = _checked(store, past, leaned_on, progress)
    noted: dict[str, str] = said.get("declared") or {}
    with foreseen(into):
        _lay_out(workspace, into, run_id, earlier, recorded, leaned_on)
        loaded, unfit = as_then(workspace, past, noted)
        fail_on: Severity = next((one for one in SEVERITIES if one == said.get("fail_on")), "high")
        with run.begun(into, loaded, past.reference, fail_on, progress) as night:
            night.recorded = Recorded(night.store, past.folder, said, past.manifest)
            run.note_changes(night)
            for step in STEPS:
                step(night)
        otherwise = declared.changes(noted or None, night.declared)
    return replayed.compared(past, night.folder, parts, otherwise, unfit)


def _earlier(store: Path, past: Run) -> list[str]:
    """The runs before it, oldest first, with the files of the newest as they were: it was settled with them."""
    earlier = [one for one in trust.published(store) if one < past.run_id]
    before = past.previous_run
    if before and before not in earlier:
        what = f"is gone, and run {past.run_id} was settled with what it had found"
        raise IntegrityError(str(store / "runs" / before), what, "restore the folder from a backup")
    if before:
        trust.check_outputs(store / "runs" / before, trust.read_checked(store / "runs" / before)[1])
    trust.check_outputs(past.folder, past.manifest)
    return earlier


def _leaned_on(store: Path, earlier: Sequence[str], manifest: JsonObject) -> list[str]:
    """The runs whose state of a canonical table the night may have mapped on from: for each source the newest that had mapped it."""
    found: list[str] = []
    missing = {*manifest["sources"]}
    for run_id in reversed(earlier[-manifests.REMEMBERED :]):
        mapped = {source for states in manifests.canonical_of(manifests.read_manifest(store / "runs" / run_id)).values() for source in states}
        if missing & mapped:
            found.append(run_id)
            missing -= mapped
    return found


def _checked(store: Path, past: Run, leaned_on: Sequence[str], progress: Progress) -> int:
    """Hold every part to its digest; how many there are. Raises IntegrityError naming the first that is not there or not what it was."""
    progress("reading every part again")
    with engine.connect(WorkspaceSettings()) as connection:
        checked = list(check(store, [*sorted(leaned_on), past.run_id], connection))
    damaged = [one.damage for one in checked if one.damage]
    if damaged:
        others = f"; so are {len(damaged) - 1} more" if len(damaged) > 1 else ""
        todo = "restore them from a backup; without them nobody can tell what the run had read. `recon snapshots verify` names every one"
        raise IntegrityError(f"run {past.run_id}", f"cannot be replayed: {damaged[0]}{others}", todo)
    return len(checked)


def _lay_out(workspace: Path, into: Path, run_id: str, earlier: Sequence[str], recorded: Recorded, leaned_on: Sequence[str]) -> None:
    """The workspace as it was before the night: links to what never changes, and copies of the rest."""
    there, here = workspace.absolute() / "store", into / "store"
    make_folder(here / "runs")
    for one in earlier:
        (here / "runs" / one).symlink_to(there / "runs" / one)
    parts = {part.digest for part in recorded.parts}
    parts |= {part.digest for one in leaned_on for part in parts_of(manifests.read_manifest(there / "runs" / one))}
    for digest in parts:
        link = part_path(here, digest)
        make_folder(link.parent)
        link.symlink_to(part_path(there, digest))
    for name in OF_THE_SITE:
        if (workspace / name).is_dir():
            (into / name).symlink_to(workspace.absolute() / name)
    if (workspace / config.FILE_NAME).is_file():
        shutil.copyfile(workspace / config.FILE_NAME, into / config.FILE_NAME)
    if (workspace / LEDGER).is_file():
        copy_before(workspace / LEDGER, run_id, into / LEDGER)


def as_then(workspace: Path, past: Run, noted: declared.Declared) -> tuple[Loaded, str | None]:
    """Rules and packs as they are today, with the settings that the run has noted; and why they could not be used, where today's stand in their place."""
    day = past.reference.date()
    try:
        limits = table_of(config.read(workspace), "workspace")
    except ReconError:
        limits = {}  # that of today is not needed
    then = declared.settings_of(noted, limits)
    unfit = "the run noted nothing of its recon.toml"
    if then:
        try:
            return prepare(workspace, day, then), None
        except ReconError as error:
            unfit = f"its recon.toml does not fit today's rules: {str(error).splitlines()[0]}"
    loaded = prepare(workspace, day)
    if {*loaded[0].sources} != {*past.manifest["sources"]}:
        raise ConfigurationError(
            f"run {past.run_id}", f"{unfit}, and today's has other sources", "replay it with the version of recon and the rules that judged it"
        )
    return loaded, unfit


def empty_folder(workspace: Path, into: Path) -> Path:
    """Make the folder that a replay is to be kept in. Raises ConfigurationError where it holds something, or is part of the workspace."""
    if into.resolve().is_relative_to(workspace.resolve()):
        raise ConfigurationError(str(into), f"lies in the workspace {place(workspace)}, in which a replay changes nothing", "name a folder elsewhere")
    with foreseen(into):
        if into.exists() and any(into.iterdir()):
            raise ConfigurationError(str(into), "is not empty", "name a folder that is, or none for a temporary one")
        make_folder(into)
    return into
