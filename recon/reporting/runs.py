"""Finished runs of a workspace: which there are, and their files as views of a DuckDB connection.

A run folder is immutable and complete in itself; reading one needs neither recon.toml nor the ledger.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon.errors import ConfigurationError, IntegrityError, WorkspaceError

if TYPE_CHECKING:
    import duckdb

RUN_ID = re.compile(r"\d{8}T\d{6}Z")
TABLES = ("findings", "outcomes", "evidence", "not_evaluated", "refused", "transitions")


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
    rules: dict[str, dict[str, str]]
    """Rule id → rationale and correction as they were that night; empty where the run does not carry them."""


def moment(text: str) -> datetime:
    """ISO text of a run file → UTC; a text without a zone is UTC already."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def runs_folder(workspace: Path) -> Path:
    """Where a workspace keeps its runs."""
    return workspace / "store" / "runs"


def list_runs(workspace: Path) -> tuple[str, ...]:
    """Ids of the finished runs, oldest first."""
    folder = runs_folder(workspace)
    if not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if RUN_ID.fullmatch(entry.name) and entry.is_dir()))


def find_run(workspace: Path, asked: str | None = None) -> Run:
    """The run whose id begins with `asked`, or the newest one.

    Raises WorkspaceError where there is no finished run, ConfigurationError where `asked` names none or several.
    """
    known = list_runs(workspace)
    if not known:
        raise WorkspaceError(str(workspace), "there is no finished run in this workspace", "run `recon run`, or name another workspace with -w")
    if asked is None:
        return read_run(runs_folder(workspace) / known[-1])
    matching = [run_id for run_id in known if run_id.startswith(asked)]
    if asked and len(matching) == 1:
        return read_run(runs_folder(workspace) / matching[0])
    if asked and matching:
        raise ConfigurationError(f"run {asked}", f"could be any of {len(matching)} runs", f"give more of its id: {_some(matching)}")
    raise ConfigurationError(f"run {asked}", "is not in this workspace", f"the runs here are {_some(known)}")


def _some(run_ids: tuple[str, ...] | list[str]) -> str:
    newest = list(reversed(run_ids))
    return ", ".join(newest[:5]) + (f" and {len(newest) - 5} older ones" if len(newest) > 5 else "")


def read_run(folder: Path) -> Run:
    """The run in `folder`. Raises IntegrityError where one of its files is missing or is not what it should be."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        rules_file = folder / "rules.json"
        rules = json.loads(rules_file.read_text(encoding="utf-8")) if rules_file.exists() else {}
        for table in TABLES:
            (folder / f"{table}.parquet").stat()
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
            rules=rules,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(
            str(folder),
            f"is not a whole run: {error if isinstance(error, OSError) else repr(error)}",
            "restore it from a backup, or make it again with `recon replay`",
        ) from None


def query(name: str) -> str:
    """Text of a query that lies beside this module."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def open_run(folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the files of a run as views, and `judged` and `ranked` over its findings. Close it when done."""
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({_literal(folder / f'{table}.parquet')})")
    connection.execute(query("judged.sql"))
    return connection


def add_previous(connection: duckdb.DuckDBPyConnection, run: Run) -> bool:
    """Make the view `before`: the findings of the run before, or none where it is not kept. True when it is there."""
    file = run.folder.parent / (run.previous_run or "") / "findings.parquet"
    kept = run.previous_run is not None and file.exists()
    body = f"SELECT * FROM read_parquet({_literal(file)})" if kept else "SELECT * FROM findings WHERE false"
    connection.execute(f"CREATE VIEW before AS {body}")
    return kept


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def fetch(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> list[dict[str, Any]]:
    """All rows of the query in `name`, as dictionaries. Only for queries whose answers are small."""
    cursor = connection.execute(query(name), parameters or None)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
