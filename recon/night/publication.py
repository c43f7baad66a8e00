"""What stays of the night: the run's files, its name, its link in the ledger, its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recon.config import Settings
from recon.findings import files, views
from recon.genealogy import index
from recon.model import SEVERITIES
from recon.night import declared
from recon.night.state import LookedAgain, Night, Progress
from recon.reporting import metrics
from recon.snapshots import trust


def write(night: Night) -> None:
    """Write the run's files into its partial folder."""
    night.exit_code = files.verdict(night.connection, night.outcomes, SEVERITIES[: SEVERITIES.index(night.fail_on) + 1])
    about = files.about(
        night.run_id,
        night.settings,
        night.reference,
        night.readiness,
        night.exit_code,
        files.previous_run(night.store),
        night.believed,
        night.unheard,
        night.drifted,
    )
    about |= {"fail_on": night.fail_on, "declared": night.declared, "changed": night.changed, "site_files": declared.of_site(night.rules, night.packs)}
    about["second_look"] = told_again(night.looked_again)
    files.write_run(
        night.connection, night.partial, about, night.outcomes, night.supplies, night.snapshot, night.rules.rules, night.settings.owners, [index.FILE_NAME]
    )


def told_again(looked: LookedAgain | None) -> dict[str, Any] | None:
    """What run.json says of the second look; None: no source is asked for one."""
    if looked is None:
        return None
    sources = {
        name: {
            "as_of": f"{one.as_of:%Y-%m-%dT%H:%M:%SZ}" if one.as_of else None,
            "keys": one.asked.count,
            "asked": {column: [*values] for column, values in one.asked.keys.items()},
            "looks": [*one.asked.looks],
            "beyond": one.beyond,
            "rows": one.rows,
            "problem": one.problem,
        }
        for name, one in looked.sources.items()
    }
    return {
        "sources": sources,
        "healed": sum(looked.healed.values()),
        "confirmed": looked.confirmed,
        "in_flight": looked.moving,
        "problems": list(looked.problems),
    }


def publish(night: Night) -> None:
    """The run gets its name: from here on it is whole, and never changes."""
    files.publish(night.partial, night.folder)


def record(night: Night) -> None:
    """Chain the run in the ledger."""
    _record(night.workspace, night.folder)


def report(workspace: Path, folder: Path, settings: Settings, progress: Progress, seconds_of: Mapping[str, float] | None = None) -> Path:
    """Render the report and the metrics of a published run, unless they are there; `recon report` makes the report anew. seconds_of: step → seconds."""
    from recon.reporting.html import write_report

    file = report_file(workspace, folder.name)
    if not file.with_name(metrics.FILE).is_file():
        metrics.write(folder, file.parent, seconds_of or {})
    if not file.is_file():  # last: where it is, the run is whole
        progress("writing the report")
        write_report(folder, file.parent, settings)
    return file


def report_file(workspace: Path, run_id: str) -> Path:
    """Where the report of a run lies."""
    return workspace / "reports" / run_id / "index.html"


def finish_interrupted(workspace: Path, settings: Settings, progress: Progress) -> list[str]:
    """Record in the ledger and report what killed runs had published; returns their ids, oldest first."""
    from recon.findings.ledger import FILE_NAME, Ledger

    published = trust.published(workspace / "store")
    if not published:
        return []
    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        unfinished = ledger.unrecorded(published)
    newest = published[-1]
    if newest not in unfinished and not (files.whole(workspace / "store" / "runs" / newest) and report_file(workspace, newest).is_file()):
        unfinished.append(newest)
    for run_id in unfinished:
        progress(f"finishing the interrupted run {run_id}")
        _record(workspace, workspace / "store" / "runs" / run_id)
        report(workspace, workspace / "store" / "runs" / run_id, settings, progress)
    return unfinished


def _record(workspace: Path, folder: Path) -> None:
    from recon.findings.ledger import FILE_NAME, Ledger

    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        ledger.record_run(folder)
        files.write_chain_head(folder, ledger.head_of(folder.name).hash)
    views.write_database(folder)
