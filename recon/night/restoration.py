"""The first step of a replay: what the run had read, in place of reading."""

from __future__ import annotations

from recon.night.intake import know_refused
from recon.night.state import Night
from recon.snapshots.current import literal
from recon.snapshots.parts import make_folder
from recon.snapshots.take import REFUSED


def restore(night: Night) -> None:
    """Take what was read from the run's own parts."""
    assert night.recorded is not None
    make_folder(night.partial)
    night.snapshot = night.recorded.snapshot
    night.progress(f"what was read from {', '.join(night.snapshot.sources)}")
    if night.suites:
        night.gates.start()
    unread = night.recorded.unread
    night.connection.register("refused_by_readers", REFUSED.empty_table())
    know_refused(night, f"read_parquet({literal(unread)})" if unread else "refused_by_readers")
    night.connection.unregister("refused_by_readers")
