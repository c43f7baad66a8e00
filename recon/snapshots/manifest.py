"""The manifest of a run: what was read, by digest, and what came of it. docs/manifest.md explains it, manifest.schema.json checks it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recon import __version__
from recon.errors import IntegrityError
from recon.model import CanonicalState, JsonObject, Overlay, Part, Remapped, Snapshot, SourceSnapshot, Supply, TableSnapshot, Typed, TypedPart
from recon.snapshots.parts import ASKED_COLUMNS, DEAD_COLUMNS
from recon.snapshots.trust import published

FILE_NAME = "manifest.json"
SCHEMA_VERSION = 2
READABLE = (1, 2)
"""Versions that can be read. In 1 a table was one part, its `digest` beside its `rows`: a base without anything over it."""
REMEMBERED = 30
"""Runs that are looked through for the last state of a table that could not be read since."""
SCHEMA_FILE = Path(__file__).with_name("manifest.schema.json")


def manifest_of(
    snapshot: Snapshot,
    *,
    run_id: str,
    reference: datetime,
    previous_run: str | None = None,
    supplies: Sequence[Supply] = (),
    rules: Mapping[str, str] | None = None,
    outputs: Mapping[str, str] | None = None,
) -> JsonObject:
    """The manifest as JSON values.

    rules: id → version; outputs: file of the run → SHA-256 of its bytes, in hex.
    """
    canonical: dict[str, JsonObject] = {}
    for supply in sorted(supplies, key=lambda supply: (supply.table, supply.source)):
        if supply.state:
            canonical.setdefault(supply.table, {})[supply.source] = _canonical(supply.state, supply.remapped)
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "reference": _moment(reference),
        "previous_run": previous_run,
        "recon_version": __version__,
        "sources": {name: _source(source) for name, source in snapshot.sources.items()},
        "canonical": canonical,
        "rules": dict(sorted((rules or {}).items())),
        "outputs": dict(sorted((outputs or {}).items())),
    }


def snapshot_of(manifest: JsonObject) -> Snapshot:
    """What the manifest says was read; the inverse of `manifest_of`. Raises IntegrityError where it does not say it."""
    try:
        return Snapshot({name: _source_snapshot(name, source) for name, source in manifest["sources"].items()})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"manifest of run {manifest.get('run_id')}", f"is not complete: {error}", "restore it from the backup") from None


def canonical_of(manifest: JsonObject) -> dict[str, dict[str, CanonicalState]]:
    """Canonical table (sap.movement) → source → its state, as the manifest tells them. Raises IntegrityError where it does not say it."""
    try:
        return {table: {source: _state_of(state) for source, state in sources.items()} for table, sources in manifest["canonical"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"manifest of run {manifest.get('run_id')}", f"is not complete: {error}", "restore it from the backup") from None


def latest_tables(store: Path) -> dict[str, dict[str, TableSnapshot]]:
    """Source → table → its state on the last of the published nights on which it could be read. Raises IntegrityError where a manifest is damaged.

    Older nights are asked only for tables that the newest one names and could not read.
    """
    found: dict[str, dict[str, TableSnapshot]] = {}
    sought: set[tuple[str, str]] | None = None
    for run_id in reversed(published(store)[-REMEMBERED:]):
        sources = snapshot_of(read_manifest(store / "runs" / run_id)).sources
        tables = {(name, table): read for name, source in sources.items() for table, read in source.tables.items()}
        sought = set(tables) if sought is None else sought
        for name, table in [one for one in tables if tables[one].base and one in sought]:
            found.setdefault(name, {})[table] = tables[name, table]
            sought.discard((name, table))
        if not sought:
            break
    return found


def write_manifest(folder: Path, manifest: JsonObject) -> None:
    """Write manifest.json into the folder of a run."""
    (folder / FILE_NAME).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> JsonObject:
    """Read manifest.json of a run's folder. Raises IntegrityError where it is missing, damaged or of a newer recon."""
    file = folder / FILE_NAME
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise IntegrityError(str(file), "the run has no manifest", "restore the run's folder from the backup") from None
    except (OSError, ValueError) as error:
        raise IntegrityError(str(file), f"the manifest cannot be read: {error}", "restore it from the backup") from None
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if version not in READABLE:
        what = f"schema_version is {version!r}, this recon reads {' and '.join(map(str, READABLE))}"
        raise IntegrityError(str(file), what, "use the version of recon that wrote it, or a newer one")
    return dict(manifest)


def _source(source: SourceSnapshot) -> JsonObject:
    return {
        "system": source.system,
        "plants": list(source.plants),
        "pack": source.pack,
        "as_of": _moment(source.as_of),
        "skew": None if source.skew is None else round(source.skew.total_seconds()),
        "problem": source.problem,
        "tables": {name: json_of_table(table) for name, table in sorted(source.tables.items())},
    }


def json_of_table(table: TableSnapshot) -> JsonObject:
    """A table as the manifest says it."""
    return {
        "base": _part(table.base),
        "delta": _part(table.delta),
        "dead": _part(table.dead),
        "rows": table.rows,
        "columns": dict(table.columns) if table.base else None,
        "watermark": table.watermark,
        "asked": table.asked,
        "increments": table.increments,
        "interrupted": table.interrupted,
        "complete_from": _moment(table.complete_from),
        "refused": table.refused,
        "unread": table.unread,
        "drift": list(table.drift),
        "problem": table.problem,
        "needed": table.needed,
        "typed": _typed(table.typed),
        "overlays": [json_of_overlay(one) for one in table.overlays],
    }


def json_of_overlay(overlay: Overlay) -> JsonObject:
    """What was read again, as the manifest says it."""
    return {
        "as_of": _moment(overlay.as_of),
        "column": overlay.column,
        "asked": _part(overlay.asked),
        "rows": _part(overlay.rows),
        "columns": dict(overlay.rows.columns),
    }


def overlay_of_json(overlay: JsonObject) -> Overlay:
    """The inverse of `json_of_overlay`. Raises KeyError, TypeError or ValueError where something is missing."""
    asked = Part(overlay["asked"]["digest"], overlay["asked"]["rows"], dict(ASKED_COLUMNS))
    rows = Part(overlay["rows"]["digest"], overlay["rows"]["rows"], dict(overlay["columns"]))
    return Overlay(datetime.fromisoformat(overlay["as_of"]), overlay["column"], asked, rows)


def _typed(typed: Typed | None) -> JsonObject | None:
    if typed is None:
        return None
    parts = {raw: {"part": _part(one.part), "repeated": _part(one.repeated)} for raw, one in sorted(typed.parts.items())}
    return {"declaration": typed.declaration, "parts": parts, "repeats": typed.repeats}


def _canonical(state: CanonicalState, remapped: Remapped | None) -> JsonObject:
    return {
        "base": _part(state.base),
        "delta": _part(state.delta),
        "dead": _part(state.dead),
        "rows": state.rows,
        "declaration": state.declaration,
        "refers": list(state.refers),
        "increments": state.increments,
        "remapped": asdict(remapped) if remapped else None,
    }


def _part(part: Part | None) -> JsonObject | None:
    return {"digest": part.digest, "rows": part.rows} if part else None


def _source_snapshot(name: str, source: JsonObject) -> SourceSnapshot:
    tables = {table: table_of_json(table, values) for table, values in source["tables"].items()}
    seconds = source.get("skew")  # stores of earlier versions do not say it
    skew = None if seconds is None else timedelta(seconds=seconds)
    return SourceSnapshot(name, source["system"], tuple(source["plants"]), source["pack"], _parsed(source["as_of"]), tables, source["problem"], skew)


def table_of_json(name: str, table: JsonObject) -> TableSnapshot:
    """The inverse of `json_of_table`. Raises KeyError, TypeError or ValueError where something is missing."""
    complete_from, refused, problem = _parsed(table["complete_from"]), table["refused"], table["problem"]
    columns = dict(table["columns"] or {})
    if "base" not in table:  # version 1
        return TableSnapshot(name, Part(table["digest"], table["rows"], columns) if table["digest"] else None, complete_from, refused, problem)
    return TableSnapshot(
        name,
        _part_of(table["base"], columns),
        complete_from,
        refused,
        problem,
        delta=_part_of(table["delta"], columns),
        dead=_part_of(table["dead"], dict(DEAD_COLUMNS)),
        watermark=table["watermark"],
        asked=table["asked"],
        increments=table["increments"],
        interrupted=table["interrupted"],
        unread=table["unread"],
        drift=tuple(table["drift"]),
        needed=table["needed"],
        typed=_typed_of(table["typed"]),
        overlays=tuple(overlay_of_json(one) for one in table.get("overlays", ())),
    )


def _typed_of(typed: JsonObject | None) -> Typed | None:
    if typed is None:
        return None
    parts = {raw: TypedPart(_named(one["part"]), _part_of(one["repeated"], dict(DEAD_COLUMNS))) for raw, one in typed["parts"].items()}
    return Typed(typed["declaration"], parts, typed["repeats"])


def _state_of(state: JsonObject) -> CanonicalState:
    if "base" not in state:  # version 1
        return CanonicalState(_named(state), None, None, state["rows"], "", (), 0)
    return CanonicalState(
        _named(state["base"]),
        _part_of(state["delta"], {}),
        _part_of(state["dead"], dict(DEAD_COLUMNS)),
        state["rows"],
        state["declaration"],
        tuple(state["refers"]),
        state["increments"],
    )


def _named(part: JsonObject) -> Part:
    return Part(part["digest"], part["rows"], {})


def _part_of(part: JsonObject | None, columns: dict[str, str]) -> Part | None:
    return Part(part["digest"], part["rows"], columns) if part else None


def _moment(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC. A moment without a zone is UTC already."""
    if moment is None:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parsed(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
