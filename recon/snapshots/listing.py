"""What the published runs hold, by their manifests, and whether the store still has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from recon.errors import IntegrityError
from recon.model import JsonObject, Part, TableSnapshot
from recon.snapshots.manifest import read_manifest, snapshot_of
from recon.snapshots.parts import verify


@dataclass(frozen=True)
class Held:
    """One raw table of one run."""

    run_id: str
    source: str
    as_of: datetime | None
    """UTC; None where the source could not be reached."""
    table: TableSnapshot
    problem: str | None
    """What kept the table, or its whole source, from being complete."""
    note: str | None
    """The same of a table that no rule in force needs, in a source that was read: nobody has to mend it."""


def held(store: Path, run_ids: Sequence[str]) -> list[Held]:
    """Every raw table of these runs, by run, source and table. Raises IntegrityError where a manifest is missing or damaged."""
    return [
        Held(run_id, name, source.as_of, table, *((table.problem or source.problem, None) if table.needed or source.problem else (None, table.problem)))
        for run_id in run_ids
        for name, source in sorted(snapshot_of(read_manifest(store / "runs" / run_id)).sources.items())
        for _, table in sorted(source.tables.items())
    ]


@dataclass(frozen=True)
class Checked:
    """One part, or the manifest of a run, read again."""

    named_by: tuple[str, ...]
    """Runs, oldest first."""
    damage: str | None
    """What is wrong with it; None: it is what its name says."""


def check(store: Path, run_ids: Sequence[str], connection: duckdb.DuckDBPyConnection) -> Iterator[Checked]:
    """Compute the digest of every part that these runs name, each part once. A manifest that cannot be read is damage too."""
    parts: dict[str, Part] = {}
    named: dict[str, list[str]] = {}
    for run_id in run_ids:
        try:
            found = parts_of(read_manifest(store / "runs" / run_id))
        except IntegrityError as error:
            yield Checked((run_id,), f"{error.where}: {error.what}")
            continue
        for part in found:
            parts.setdefault(part.digest, part)
            runs = named.setdefault(part.digest, [])
            runs += [run_id] if run_id not in runs else []
    for digest, part in sorted(parts.items()):
        try:
            verify(store, part, connection)
        except IntegrityError as error:
            yield Checked(tuple(named[digest]), f"{error.where}: {error.what}")
        else:
            yield Checked(tuple(named[digest]), None)


def parts_of(manifest: JsonObject) -> list[Part]:
    """Every part that a manifest names, raw and canonical, whatever else it says of it; columns where it says them."""
    parts: list[Part] = []
    _gather(manifest.get("sources"), {}, parts)
    _gather(manifest.get("canonical"), {}, parts)
    return parts


def _gather(value: object, columns: Mapping[str, str], parts: list[Part]) -> None:
    if isinstance(value, list):
        for entry in value:
            _gather(entry, columns, parts)
    elif isinstance(value, dict):
        here = value.get("columns") or {}
        if isinstance(value.get("digest"), str) and isinstance(value.get("rows"), int):
            parts.append(Part(value["digest"], value["rows"], dict(here or columns)))
        for name, entry in value.items():
            _gather(entry, here if name in ("base", "delta") else {}, parts)
