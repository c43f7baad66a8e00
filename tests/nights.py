"""Nights of a company as its job would run them: a landing folder, a run, and what the run found."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from recon import run
from recon.night.state import RUN_ID
from recon.run import Finished

SMALL = Path(__file__).parent.parent / "sample_data" / "small"

A_MINUTE = timedelta(minutes=1)

Key = tuple[tuple[str, str | None], ...]


def deliver(company: Path, night: int, workspace: Path, gates: bool = False) -> datetime:
    """Put a night's extracts where the workspace's sources look; returns the moment the night is run for.

    gates: with Great Expectations, which takes seconds of every first night; they have tests of their own.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    if not (workspace / "recon.toml").exists():
        settings = (company / "recon.toml").read_text(encoding="utf-8")
        (workspace / "recon.toml").write_text(settings if gates else f"{settings}\n[gates]\nrun = false\n", encoding="utf-8")
    shutil.rmtree(workspace / "inbox", ignore_errors=True)
    shutil.copytree(company / f"night{night}", workspace / "inbox", copy_function=shutil.copyfile)
    return moment(company, night)


def moment(company: Path, night: int) -> datetime:
    """The moment a night is run for."""
    return datetime.fromisoformat(truth(company, night)["reference"])


def run_night(company: Path, night: int, workspace: Path, gates: bool = False) -> Finished:
    """Deliver a night and run it."""
    return run.run(workspace, deliver(company, night, workspace, gates))


def run_again(company: Path, night: int, workspace: Path) -> Finished:
    """Run a night that the workspace has had once more, a minute later: what did not change is neither typed nor mapped again."""
    return run.run(workspace, deliver(company, night, workspace) + A_MINUTE)


def published(company: Path, night: int, workspace: Path) -> Path:
    """Where a workspace has the run of a night."""
    return workspace / "store" / "runs" / f"{moment(company, night):{RUN_ID}}"


def undisturbed(night: int, shared: Path) -> Path:
    """A workspace of the committed company after its first or second night, gates off: made by whoever asks first, for all processes that share a folder.

    It is copied (`copied`) and never changed.
    """
    workspace = shared / f"small-{night}"
    whole = shared / f"small-{night}.whole"
    with (shared / f"small-{night}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(workspace, ignore_errors=True)
            if night > 1:
                copied(undisturbed(night - 1, shared), workspace)
            run_night(SMALL, night, workspace)
            whole.touch()
    return workspace


def copied(workspace: Path, into: Path) -> Path:
    """A workspace of its own; parts are never written again, so they are linked."""
    shutil.copytree(workspace, into, copy_function=_link_parts)
    return into


def _link_parts(source: str, target: str) -> None:
    if source.endswith(".parquet") and "/store/parts/" in source:
        os.link(source, target)
    else:
        shutil.copy(source, target)


def truth(company: Path, night: int) -> dict[str, Any]:
    """What the generator wrote down when it did the damage."""
    told: dict[str, Any] = json.loads((company / "truth" / f"night{night}.json").read_text(encoding="utf-8"))
    return told


def rows(folder: Path, query: str) -> list[dict[str, Any]]:
    """Rows of a query over a run's files, each named by its file's stem."""
    with duckdb.connect() as connection:
        for file in folder.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM read_parquet('{file}')")
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def key_of(fields: dict[str, str | None]) -> Key:
    """A key as something that can be compared and put into sets; blank is absent."""
    return tuple(sorted((name, value or None) for name, value in fields.items()))


def told_findings(company: Path, night: int) -> dict[tuple[str, str, Key], tuple[str, tuple[str, Key] | None]]:
    """The truth: (rule, plant, key) → (state, primary it hangs under)."""
    return {
        (one["rule_id"], one["plant"], key_of(one["key"])): (
            one["state"],
            (one["consequence_of"]["rule_id"], key_of(one["consequence_of"]["key"])) if one["consequence_of"] else None,
        )
        for one in truth(company, night)["findings"]
    }


def found_findings(folder: Path) -> dict[tuple[str, str, Key], tuple[str, tuple[str, Key] | None]]:
    """What a run found, in the same form."""
    found = rows(folder, "SELECT finding_id, rule_id, plant, key, state, consequence_of FROM findings")
    by_id = {one["finding_id"]: (one["rule_id"], key_of(json.loads(one["key"]))) for one in found}
    return {
        (one["rule_id"], one["plant"], key_of(json.loads(one["key"]))): (one["state"], by_id[one["consequence_of"]] if one["consequence_of"] else None)
        for one in found
    }


def told_unjudged(company: Path, night: int) -> dict[tuple[str, str, Key], str]:
    """The truth about single keys that cannot be judged: (rule, plant, key) → the kind of reason."""
    return {(one["rule_id"], one["plant"], key_of(one["key"])): reason_kind(one["reason"]) for one in truth(company, night)["not_evaluated"]}


def found_unjudged(folder: Path) -> dict[tuple[str, str, Key], str]:
    """What a run could not judge, in the same form."""
    return {
        (one["rule_id"], one["plant"], key_of(json.loads(one["key"]))): reason_kind(one["reason"])
        for one in rows(folder, "SELECT rule_id, plant, key, reason FROM not_evaluated")
    }


def reason_kind(reason: str) -> str:
    """'no conversion from ROL for 100234' → 'no conversion'."""
    return next((kind for kind in ("no conversion", "ambiguous", "before history", "unreadable") if reason.startswith(kind)), reason)
