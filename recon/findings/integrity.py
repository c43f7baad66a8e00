"""Whether all that earlier nights left is what they left: the ledger's chain, the runs that it vouches for, and the parts behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon.errors import IntegrityError
from recon.findings.chain import Head
from recon.findings.ledger import FILE_NAME, Ledger
from recon.snapshots import trust
from recon.snapshots.listing import parts_of
from recon.snapshots.parts import read_part


@dataclass(frozen=True)
class Verified:
    """What was found to be as it was left."""

    events: int
    """Events of the chain."""
    runs: int
    """Finished runs, each held to its event."""
    parts: int
    """Parts that the runs name, each there."""
    head: Head
    unrecorded: tuple[str, ...]
    """Finished runs that a crash kept from the ledger; the next run records them."""


def verify_before_a_night(workspace: Path) -> None:
    """All that tonight's judgement leans on: the chain, the manifest of every run, and the files of the newest. Needs the lock: it opens the ledger
    as its writer, which mends what a killed one left.

    Raises IntegrityError naming the first thing that is not what it was.
    """
    if _anything(workspace):
        with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
            _runs(workspace, ledger, (), every_file=False)


def verify(workspace: Path, heads: Iterable[str] = (), *, every_file: bool = True) -> Verified | None:
    """Walk the chain and hold every run to it; changes nothing. None: there is neither a ledger nor a run yet.

    heads: hashes printed in reports or stored elsewhere, which must be in the chain. every_file: all files of all runs, and that their parts are there, not
    only the files of the newest run.
    Raises IntegrityError naming the first thing that is not what it was.
    """
    if not _anything(workspace):
        if heads := sorted(heads):
            raise IntegrityError(str(workspace / FILE_NAME), f"there is no ledger, so the head {heads[0]} is not in it", "restore it from a backup")
        return None
    with Ledger.open(workspace / FILE_NAME) as ledger:
        events, unrecorded, manifests = _runs(workspace, ledger, heads, every_file=every_file)
        head = ledger.head()
    looked_at = _parts(workspace / "store", manifests) if every_file else 0
    return Verified(events, len(manifests), looked_at, head, tuple(unrecorded))


def _anything(workspace: Path) -> bool:
    trust.check_ledger_is_there(workspace)
    return (workspace / FILE_NAME).exists()


def _runs(workspace: Path, ledger: Ledger, heads: Iterable[str], *, every_file: bool) -> tuple[int, list[str], list[dict[str, Any]]]:
    """Events, runs that are still to be recorded, manifests."""
    store = workspace / "store"
    published = trust.published(store)
    recorded = ledger.recorded()
    newest = max(recorded, default="")
    for run_id in [*recorded] if every_file else [newest] if newest else []:
        if run_id not in published:
            raise IntegrityError(str(store / "runs" / run_id), "is gone, and the ledger says that it was recorded", "restore the folder from a backup")
    unrecorded = [run_id for run_id in published if run_id not in recorded]
    if unrecorded and (len(unrecorded) > 1 or unrecorded[0] < newest):
        # A crash leaves one run unrecorded, the last, and the next start records it before anything else.
        what = f"{'is' if len(unrecorded) == 1 else f'and {len(unrecorded) - 1} more are'} not in the ledger, which knows runs up to {newest or 'none'}"
        raise IntegrityError(
            str(store / "runs" / unrecorded[0]), what, f"restore {FILE_NAME} from the newest backup, or take away what recon did not put there"
        )
    manifests = []
    for run_id in published:
        run, manifest = trust.read_checked(store / "runs" / run_id)
        if run.get("run_id") != run_id or manifest.get("run_id") != run_id:
            raise IntegrityError(str(store / "runs" / run_id), "holds the files of another run", trust.RESTORE)
        if every_file or run_id == published[-1]:
            trust.check_outputs(store / "runs" / run_id, manifest)
        manifests.append(manifest)
    return ledger.verify(heads), unrecorded, manifests


def _parts(store: Path, manifests: Iterable[dict[str, Any]]) -> int:
    """Every part that a manifest names is there; how many they are. Whether its rows are what its name says, `recon snapshots verify` finds out."""
    found = {part.digest: part for manifest in manifests for part in parts_of(manifest)}
    for part in found.values():
        read_part(store, part)
    return len(found)
