"""Finished runs of a workspace: which there are, and their files as views of a DuckDB connection.

A run folder is immutable and complete in itself. What is opened is held to the digests of the run's manifest, and that to the ledger (snapshots/trust.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon import config
from recon.approval import SiteFile
from recon.errors import ConfigurationError, IntegrityError, WorkspaceError, place
from recon.model import JsonObject
from recon.reporting.tree import Redeclared
from recon.snapshots import trust

if TYPE_CHECKING:
    import duckdb

GATES = "gates"
YOUNGER = {GATES: "no_gates.sql", "latency": "no_latency.sql"}
"""Files that older runs do not have → what makes an empty view in their place."""
TABLES = ("findings", "outcomes", "evidence", "not_evaluated", "refused", "transitions", "proposals", *YOUNGER)


@dataclass(frozen=True)
class Run:
    """run.json and manifest.json of one finished run."""

    folder: Path
    run_id: str
    site: str
    reference: datetime
    """The moment of the night, UTC."""
    cut: dict[str, datetime]
    """Plant → the moment up to which both sides were compared, UTC."""
    exit_code: int
    chain_head: str | None
    """Hex digest of the newest entry of the audit chain; None where the run was not recorded yet."""
    previous_run: str | None
    manifest: dict[str, Any]
    second_look: dict[str, Any] | None
    """What came of it; None where no source was asked for one."""
    rules: dict[str, dict[str, Any]]
    """Rule id → rationale and correction as they were that night; empty where the run does not carry them."""
    changed: tuple[Redeclared, ...] = ()
    """What recon.toml, rules, packs and recon itself say otherwise than in the run before."""
    site_files: tuple[SiteFile, ...] = ()
    """The site's own rules, pairings and mappings."""
    unheard: tuple[dict[str, str | None], ...] = ()
    """system, plant, source, table, reason: messages that said nothing; empty where the run is older than explanations."""


def moment(text: str) -> datetime:
    """ISO text of a run file → UTC; a text without a zone is UTC already."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def runs_folder(workspace: Path) -> Path:
    """Where a workspace keeps its runs."""
    return workspace / "store" / "runs"


def list_runs(workspace: Path) -> tuple[str, ...]:
    """Ids of the finished runs, oldest first."""
    return tuple(trust.published(workspace / "store"))


def find_run(workspace: Path, asked: str | None = None) -> Run:
    """The run whose id begins with `asked`, or the newest one.

    Raises WorkspaceError where there is no finished run, ConfigurationError where there is no workspace or `asked` names no run or several.
    """
    known = list_runs(workspace)
    if not known:
        if not (workspace / config.FILE_NAME).exists():
            raise config.missing(workspace)
        raise WorkspaceError(place(workspace), "there is no finished run in this workspace", "run `recon run`, or name another workspace with -w")
    if asked is None:
        return read_run(runs_folder(workspace) / known[-1])
    if not asked:
        raise ConfigurationError("RUN", "is empty", f"the runs here are {_some(known)}")
    matching = [run_id for run_id in known if run_id.startswith(asked)]
    if len(matching) == 1:
        return read_run(runs_folder(workspace) / matching[0])
    if matching:
        raise ConfigurationError(f"run {asked}", f"could be any of {len(matching)} runs", f"give more of its id: {_some(matching)}")
    raise ConfigurationError(f"run {asked}", "is not in this workspace", f"the runs here are {_some(known)}")


def _some(run_ids: tuple[str, ...] | list[str]) -> str:
    newest = list(reversed(run_ids))
    return ", ".join(newest[:5]) + (f" and {len(newest) - 5} older ones" if len(newest) > 5 else "")


def read_run(folder: Path) -> Run:
    """The run in `folder`. Raises IntegrityError where one of its files is missing, or is not what was recorded."""
    run, manifest = trust.read_checked(folder)
    trust.check_outputs(folder, manifest, [trust.RULES])
    for table in _there(manifest, TABLES):
        try:
            (folder / f"{table}.parquet").stat()
        except OSError as error:
            raise IntegrityError(str(folder / f"{table}.parquet"), f"cannot be read: {error.strerror}", trust.RESTORE) from None
    try:
        return Run(
            folder=folder,
            run_id=run["run_id"],
            site=run["site"],
            reference=moment(run["reference"]),
            cut={plant: moment(text) for plant, text in sorted(run["cut"].items())},
            exit_code=run["exit_code"],
            chain_head=run["chain_head"],
            previous_run=run["previous_run"],
            manifest=manifest,
            second_look=run.get("second_look"),
            rules=json.loads((folder / trust.RULES).read_text(encoding="utf-8")),
            changed=tuple(Redeclared(**one) for one in run.get("changed", ())),
            site_files=tuple(SiteFile(**one) for one in run.get("site_files", ())),
            unheard=tuple(run.get("unheard", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(str(folder), f"is not a whole run: {error!r}", trust.RESTORE) from None


def query(name: str) -> str:
    """Text of a query that lies beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def open_run(folder: Path, *tables: str) -> duckdb.DuckDBPyConnection:
    """A connection with files of a run as views (all of TABLES where none are named), and `judged` and `ranked` over its findings. Close it when done.

    Raises IntegrityError where one of them is not what the run's manifest says: large files that are not asked for are not read.
    """
    import duckdb

    run, manifest = trust.read_checked(folder)
    opened = _there(manifest, tables or TABLES)
    trust.check_outputs(folder, manifest, [f"{table}.parquet" for table in opened])
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for table in opened:
        # Runs of before there was a second look do not say what it confirmed.
        younger = " UNION ALL BY NAME SELECT NULL::TIMESTAMP AS confirmed_at WHERE false" if table == "findings" else ""
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({_literal(folder / f'{table}.parquet')}){younger}")
    for table, empty in YOUNGER.items():
        if table not in opened:
            connection.execute(query(empty))
    connection.execute(query("workdays.sql"))
    for plant, when in run.get("workdays", {}).items():  # runs of before there were calendars have none
        connection.execute("INSERT INTO workdays VALUES ($1, $2, $3, $4)", [plant, when["week"], when["works"], when["rests"]])
    connection.execute(query("judged.sql"))
    return connection


def _there(manifest: JsonObject, tables: Iterable[str]) -> list[str]:
    """Those of the tables that the run has."""
    return [table for table in tables if table not in YOUNGER or f"{table}.parquet" in manifest["outputs"]]


def add_previous(connection: duckdb.DuckDBPyConnection, run: Run) -> bool:
    """Make the view `before`: the findings of the run before, or none where it is not kept. True when it is there.

    Raises IntegrityError where they are not what they were.
    """
    folder = run.folder.parent / (run.previous_run or "")
    kept = run.previous_run is not None and folder.is_dir()
    if kept:
        _, manifest = trust.read_checked(folder)
        trust.check_outputs(folder, manifest, ["findings.parquet"])
    body = f"SELECT * FROM read_parquet({_literal(folder / 'findings.parquet')})" if kept else "SELECT * FROM findings WHERE false"
    connection.execute(f"CREATE VIEW before AS {body}")
    return kept


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def fetch(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> list[dict[str, Any]]:
    """All rows of the query in `name`, as dictionaries. Only for queries whose answers are small."""
    cursor = connection.execute(query(name), parameters or None)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
