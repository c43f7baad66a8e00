"""A run and its replay side by side: the same to the byte, the same in what it says, or what differs, and what of all that it stands on is otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from recon.reporting.json import exact_json
from recon.reporting.runs import Run, fetch, query
from recon.reporting.tree import Redeclared
from recon.snapshots import trust

if TYPE_CHECKING:
    import duckdb

SAID = ("findings", "not_evaluated", "outcomes")
"""Files that say what the night found and could not judge; the others follow from them, or lead to them."""


@dataclass(frozen=True)
class ReplayedFile:
    """One file of the run."""

    name: str
    then: str | None
    """SHA-256 of its bytes as the run's manifest has it; None: the run has no such file."""
    now: str | None
    """The same of the replay's."""


@dataclass(frozen=True)
class ReplayedRule:
    """A rule that says something else in the replay."""

    rule_id: str
    version_then: str | None
    version_now: str | None
    findings_then: int
    findings_now: int
    gone: int
    """Findings that the replay has not."""
    came: int
    """Findings that it alone has."""
    changed: int
    """Findings that it tells otherwise."""
    keys: int
    """Single keys that one of the two could not judge, or for another reason."""
    outcomes: int
    """Plants and sources for which it ended otherwise."""


@dataclass(frozen=True)
class Replayed:
    """What came of a replay."""

    run_id: str
    folder: Path
    """Of the replay's run; that of the run itself is `past`."""
    past: Path
    parts: int
    """Parts that were read again and are what their names say."""
    manifest_then: str
    """SHA-256 of manifest.json, which names everything that went in and came out."""
    manifest_now: str
    head_then: str | None
    """Hash of the run's event in the ledger; None where a crash kept it from there."""
    head_now: str | None
    """Hash that the replay's event has after what the ledger held then."""
    findings: int
    """Findings of the run."""
    files: tuple[ReplayedFile, ...]
    rules: tuple[ReplayedRule, ...]
    """Those that say something else."""
    otherwise: tuple[Redeclared, ...]
    """What of recon.toml, rules, packs, crosswalks and recon itself is not as it was, and was not to be had any more."""
    unfit: str | None
    """Why today's recon.toml stands in the place of that of the night; None: it does not."""

    @property
    def same(self) -> bool:
        """It finds the same, and could judge the same."""
        return not self.rules

    @property
    def identical(self) -> bool:
        """Everything that went in and came out is the same to the byte."""
        return self.manifest_then == self.manifest_now


def compared(past: Run, folder: Path, parts: int, otherwise: Sequence[Mapping[str, Any]], unfit: str | None) -> Replayed:
    """Hold the replay in `folder` to the run that it replays. parts: how many were read again."""
    run, manifest = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (trust.RUN, trust.MANIFEST))
    then, now = past.manifest["outputs"], manifest["outputs"]
    with opened(past.folder, folder) as connection:
        rows = fetch(connection, "replayed_rules.sql")
        (findings,) = connection.execute("SELECT count(*) FROM findings_then").fetchone() or (0,)
    versions = past.manifest["rules"], manifest["rules"]
    return Replayed(
        run_id=past.run_id,
        folder=folder,
        past=past.folder,
        parts=parts,
        manifest_then=trust.file_digest(past.folder / trust.MANIFEST),
        manifest_now=trust.file_digest(folder / trust.MANIFEST),
        head_then=past.chain_head,
        head_now=run["chain_head"],
        findings=findings,
        files=tuple(ReplayedFile(name, then.get(name), now.get(name)) for name in sorted({*then, *now})),
        rules=tuple(ReplayedRule(version_then=versions[0].get(row["rule_id"]), version_now=versions[1].get(row["rule_id"]), **row) for row in rows),
        otherwise=tuple(Redeclared(**one) for one in otherwise),
        unfit=unfit,
    )


@contextmanager
def opened(past: Path, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with `differing`: what the runs in these two folders say otherwise."""
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        for when, files in (("then", past), ("now", folder)):
            for table in SAID:
                path = str(files / f"{table}.parquet").replace("'", "''")
                connection.execute(f"CREATE VIEW {table}_{when} AS SELECT * FROM read_parquet('{path}')")
        connection.execute(query("replayed.sql"))
        yield connection


def write_json(found: Replayed, out: BinaryIO) -> None:
    """The replay as one JSON object, with every difference."""
    told = {name: value for name, value in asdict(found).items() if name not in ("folder", "past")}
    head: dict[str, Any] = {"run": told.pop("run_id"), "same": found.same, "identical": found.identical}
    out.write(exact_json(head | told)[:-1].encode() + b', "differences": [')
    with opened(found.past, found.folder) as connection:
        cursor = connection.execute(query("replayed_differences.sql"))
        separator = b"\n"
        while rows := cursor.fetchmany(5_000):
            out.write(separator + ",\n".join(row[0] for row in rows).encode())
            separator = b",\n"
    out.write(b"]}\n")
