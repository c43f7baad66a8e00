"""What the steps of one night hand on to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from recon.canonical import packs
from recon.config import Settings
from recon.errors import ExitCode
from recon.findings import cuts, files
from recon.findings.columns import Drift
from recon.findings.cuts import Readiness
from recon.gates.gatekeeper import Gatekeeper, Verdicts
from recon.gates.process import Process
from recon.gates.suite import Suite
from recon.model import RuleOutcome, Severity, Snapshot, Supply
from recon.ruleset import load as ruleset
from recon.snapshots.recorded import Recorded
from recon.snapshots.second_look import Asked

Progress = Callable[[str], None]
RUN_ID = "%Y%m%dT%H%M%SZ"
"""A run is named by its moment in UTC."""


@dataclass(frozen=True)
class AskedAgain:
    """One source at the second look."""

    as_of: datetime | None
    """UTC; None where it was not asked, or did not answer."""
    asked: Asked
    """Orders, batches, lots … that it was asked for."""
    beyond: int
    """Those that were suspicious too and beyond its confirm_keys: nobody looked at them again."""
    rows: int
    """Rows that it gave."""
    problem: str | None
    """Why what it was asked for stands unconfirmed; None: it answered."""


@dataclass(frozen=True)
class LookedAgain:
    """What came of the second look."""

    sources: dict[str, AskedAgain]
    healed: dict[tuple[str, str, str], int]
    """(rule, system, plant) → findings that did not fire any more."""
    confirmed: int
    """Findings that fired again."""
    moving: int
    """Findings that are in flight by what came meanwhile."""
    problems: tuple[str, ...] = ()
    """Why what was read again could not be compared."""


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
    recorded: Recorded | None = None
    """What the run of this moment had read, where it is replayed: it is asked in place of the sources. None: this is the run itself."""
    snapshot: Snapshot = field(default_factory=lambda: Snapshot({}))
    few: bool = False
    """Whether the sources gave so few rows that they are held in memory (engine.FEW_ROWS)."""
    supplies: list[Supply] = field(default_factory=list)
    verdicts: Verdicts = field(default_factory=Verdicts)
    outcomes: list[RuleOutcome] = field(default_factory=list)
    readiness: dict[str, list[Readiness]] = field(default_factory=dict)
    unheard: list[cuts.Unheard] = field(default_factory=list)
    """Messages that say nothing tonight."""
    believed: cuts.Counts = field(default_factory=dict)
    """How many rows each table had on the last days on which it was believed, tonight included."""
    doubted: dict[tuple[str, str], str] = field(default_factory=dict)
    """(source, raw table) → why tonight's number of rows is not believed."""
    drifted: dict[tuple[str, str], Drift] = field(default_factory=dict)
    """Tables of which the columns are not what they were."""
    judged: list[str] = field(default_factory=list)
    """Ids of the rules that returned a result."""
    firing: list[str] = field(default_factory=list)
    """Ids of those of them that found something."""
    looked_again: LookedAgain | None = None
    """What the second look did; None: no source is asked for one."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Pairing, as pairing.<name>, or rule → how long it took."""
    exit_code: ExitCode = ExitCode.CLEAN
    declared: dict[str, str] = field(default_factory=dict)
    """What the night stands on besides data, as texts."""
    changed: list[dict[str, str | None]] = field(default_factory=list)
    """What of it is not as it was in the run before."""

    @property
    def intake(self) -> cuts.Intake:
        """What came, and what of it is not believed or failed a gate."""
        return cuts.Intake(self.settings, self.snapshot, self.supplies, self.reference, self.doubted | self.verdicts.raw_tables, self.verdicts.tables)

    @property
    def worklists(self) -> set[tuple[str, str]]:
        """(source, raw table) whose rows go when they are worked off, as its pack or the site says."""
        by_pack = {(name, table.name) for name, source in self.settings.sources.items() for table in self.packs[source.pack].tables.values() if table.worklist}
        return by_pack | {(name, table) for name, source in self.settings.sources.items() for table, own in source.tables.items() if own.worklist}

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
