"""Whether a finished run is still what it was: its files are held to the digests in its manifest, and its manifest to the ledger's event.

Every command that opens a run comes through here, so nothing slow is imported: the one row of the ledger that it needs is read with the standard
library. Walking the whole chain is recon.findings.integrity.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from recon.errors import IntegrityError, WorkspaceError, place
from recon.model import JsonObject

LEDGER = "ledger.db"
"""The ledger's file in the workspace."""
MANIFEST, RUN, RULES = "manifest.json", "run.json", "rules.json"
RESTORE = "keep everything as it is for the auditor, and restore it from a backup"
RUN_ID = re.compile(r"\d{8}T\d{6}Z")
"""Name of a published run's folder; whatever else lies beside them is left alone."""
_PATIENCE = 30.0
"""Seconds to wait for a writer of the ledger."""


@dataclass(frozen=True)
class Record:
    """What the ledger's event says of a run."""

    manifest: str
    """SHA-256 of manifest.json, in hex."""
    hash: str
    """Of the event: the head of the chain when the run was recorded."""


def file_digest(file: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def run_text(run: Mapping[str, Any]) -> str:
    """run.json as it is written."""
    return json.dumps(run, indent=1, ensure_ascii=False) + "\n"


def run_digest(run: Mapping[str, Any]) -> str:
    """What the manifest says of run.json: SHA-256 of its bytes without the chain's head, which is filled in when the manifest is in the chain."""
    return hashlib.sha256(run_text({**run, "chain_head": None}).encode()).hexdigest()


def read_checked(folder: Path) -> tuple[JsonObject, JsonObject]:
    """run.json and manifest.json of a published run, held to each other and to the ledger beside the store.

    Raises IntegrityError where one of them is missing or is not what was recorded, WorkspaceError where the ledger cannot be read.
    """
    run, manifest = _json(folder / RUN), _json(folder / MANIFEST)
    head = run.get("chain_head")
    workspace = folder.absolute().parents[2]
    check_ledger_is_there(workspace)
    record = recorded(workspace / LEDGER, folder.name)
    check_record(folder, head, record)
    if _outputs(folder, manifest).get(RUN) != run_digest(run):
        raise IntegrityError(str(folder / RUN), "is not what the manifest of its run says", RESTORE)
    return run, manifest


def check_record(folder: Path, head: str | None, record: Record | None) -> None:
    """Hold a run's manifest.json and the head it names to its event in the ledger; without an event it must be a run that is still to be recorded.

    Raises IntegrityError.
    """
    if record is None:
        if head is not None:
            what = f"says that it was recorded, and the ledger does not know run {folder.name}: the ledger was cut off, or is older than the run"
            raise IntegrityError(str(folder / RUN), what, f"restore {LEDGER} from the newest backup")
        return
    if file_digest(folder / MANIFEST) != record.manifest:
        raise IntegrityError(str(folder / MANIFEST), "is not the manifest that was recorded for this run", RESTORE)
    if head not in (None, record.hash):
        raise IntegrityError(str(folder / RUN), "names a head of the chain that is not its event in the ledger", RESTORE)


def check_outputs(folder: Path, manifest: JsonObject, names: Iterable[str] | None = None) -> None:
    """Hold files of a run (all of them where none are named) to the digests in its manifest. Raises IntegrityError."""
    outputs = _outputs(folder, manifest)
    for name in names if names is not None else sorted(outputs):
        if name == RUN:
            continue  # `read_checked` holds it
        try:
            digest = file_digest(folder / name)
        except OSError as error:
            raise IntegrityError(str(folder / name), f"cannot be read: {error.strerror}", RESTORE) from None
        if digest != outputs.get(name):
            raise IntegrityError(str(folder / name), "is not what the manifest of its run says", RESTORE)


def check_ledger_is_there(workspace: Path) -> None:
    """Raises IntegrityError where there is no ledger and a finished run says that it was recorded, or one must have been: a run is recorded before the next."""
    if (workspace / LEDGER).exists():
        return
    runs = published(workspace / "store")
    if len(runs) > 1 or (runs and _json(workspace / "store" / "runs" / runs[0] / RUN).get("chain_head") is not None):
        naming = "1 finished run names it" if len(runs) == 1 else f"{len(runs)} finished runs name it"
        raise IntegrityError(place(workspace), f"{LEDGER} is gone, but {naming}", "restore it from a backup; what became of each finding is in it")


def published(store: Path) -> list[str]:
    """Ids of the finished runs, oldest first; whatever else lies beside them is left alone."""
    folder = store / "runs"
    return sorted(entry.name for entry in folder.iterdir() if RUN_ID.fullmatch(entry.name) and entry.is_dir()) if folder.is_dir() else []


def recorded(ledger: Path, run_id: str) -> Record | None:
    """The ledger's event of a run; None where it has none, or where there is no ledger.

    Raises IntegrityError where the ledger is damaged, WorkspaceError where it cannot be read now.
    """
    if not ledger.exists():
        return None
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(ledger.absolute()))}?mode=ro", uri=True, timeout=_PATIENCE)) as connection:
            row = connection.execute("SELECT payload, hash FROM event WHERE run_id = ?", [run_id]).fetchone()
        return Record(json.loads(row[0])["manifest"], row[1]) if row else None
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(str(ledger), f"the event of run {run_id} is not what recon writes", RESTORE) from None
    except sqlite3.OperationalError as error:
        raise unreadable(ledger, str(error)) from None
    except sqlite3.DatabaseError as error:
        raise IntegrityError(str(ledger), f"the ledger is damaged: {error}", "restore it from a backup") from None


def unreadable(ledger: Path, why: str) -> WorkspaceError:
    """What to say of a ledger that only can be read here, and cannot."""
    if ledger.with_name(f"{ledger.name}-journal").exists():
        return WorkspaceError(str(ledger), "its writer was killed in the middle of a transaction", "the next `recon run` puts that right")
    if "locked" in why:
        return WorkspaceError(str(ledger), "another process is writing the ledger", "wait until it has ended, then start again")
    return WorkspaceError(str(ledger), f"the ledger cannot be read: {why}", "check who may read it, and the disk")


def _outputs(folder: Path, manifest: JsonObject) -> dict[str, str]:
    outputs = manifest.get("outputs")
    if not isinstance(outputs, dict):
        raise IntegrityError(str(folder / MANIFEST), "names no outputs, so it is not the manifest of a finished run", RESTORE)
    return outputs


def _json(file: Path) -> JsonObject:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
        raise ValueError("not an object")
    except OSError as error:
        raise IntegrityError(str(file), f"cannot be read: {error.strerror}", RESTORE) from None
    except ValueError as error:
        raise IntegrityError(str(file), f"is damaged: {error}", RESTORE) from None
