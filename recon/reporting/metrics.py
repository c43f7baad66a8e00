"""A run as a Prometheus textfile: reports/<run>/metrics.prom, and one at a stable path for node_exporter's textfile collector.

The stable file also tells how the last attempt ended, whether or not it came to a run. Both are replaced in one step, so a collector never reads half of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from recon import __version__
from recon.reporting.latency import latencies
from recon.reporting.runs import Run, fetch, moment, open_run, read_run
from recon.reporting.tree import Latency
from recon.snapshots.parts import make_folder

if TYPE_CHECKING:
    import duckdb

FILE = "metrics.prom"
STABLE = "recon.prom"
"""Under reports/, unless recon.toml names another place."""
_TABLES = ("findings", "outcomes", "not_evaluated", "proposals", "latency")

Sample = tuple[Mapping[str, str], float | int]


def write(run_dir: Path, out_dir: Path, seconds_of: Mapping[str, float]) -> Path:
    """Write the metrics of a run to `out_dir`. seconds_of: step → seconds, empty where they are not known. Raises IntegrityError where the run is not whole."""
    run = read_run(run_dir)
    with open_run(run_dir, *_TABLES) as connection:
        text = of_run(run, connection, seconds_of)
    make_folder(out_dir)
    return _replace(out_dir / FILE, text, 0o640)


def publish(stable: Path, site: str, body: Path | None, at: datetime, exit_code: int, seconds: float) -> Path:
    """Write the stable file: how the last attempt ended, and the metrics of the newest run (`body`; None: there is none).

    at: the moment (UTC) at which the attempt ended. Everybody may read it: the collector runs under an account of its own, and it holds counts alone.
    """
    attempt = "".join(
        (
            _family("recon_last_attempt_exit_code", "exit code of the last recon run", [({"site": site}, exit_code)]),
            _family("recon_last_attempt_timestamp_seconds", "when the last recon run ended", [({"site": site}, int(at.timestamp()))]),
            _family("recon_last_attempt_seconds", "how long the last recon run took", [({"site": site}, round(seconds, 3))]),
        )
    )
    known = body.read_text(encoding="utf-8") if body and body.is_file() else ""
    return _replace(stable, attempt + known, 0o644)


def of_run(run: Run, connection: duckdb.DuckDBPyConnection, seconds_of: Mapping[str, float]) -> str:
    """The metrics of one run as text."""
    site = {"site": run.site}
    sources = run.manifest["sources"]
    ages = [
        (site | {"source": name, "plant": plant}, int((run.reference - moment(source["as_of"])).total_seconds()) + (source.get("skew") or 0))
        for name, source in sorted(sources.items())
        if source["as_of"]
        for plant in source["plants"]
    ]
    broken = [
        (site | {"source": name, "plant": plant}, int(not (source["problem"] or any(table.get("problem") for table in _needed(source)))))
        for name, source in sorted(sources.items())
        for plant in source["plants"]
    ]
    findings = [
        (site | {"plant": row["plant"], "family": row["prefix"], "severity": row["severity"], "state": row["state"]}, row["findings"])
        for row in fetch(connection, "metrics_findings.sql")
    ]
    rules = [(site | {"plant": row["plant"], "outcome": row["outcome"]}, row["rules"]) for row in fetch(connection, "metrics_rules.sql")]
    lost = connection.execute("SELECT plant, count(*) FROM not_evaluated GROUP BY plant ORDER BY plant").fetchall()
    proposals = connection.execute("SELECT status, count(*) FROM proposals GROUP BY status ORDER BY status").fetchall()
    postings, seconds, levels = _latencies(site, latencies(connection))
    families = (
        ("recon_run_info", "the newest run", [(site | {"run_id": run.run_id, "version": __version__}, 1)]),
        ("recon_run_timestamp_seconds", "moment that the newest run was made for", [(site, int(run.reference.timestamp()))]),
        ("recon_run_exit_code", "exit code of the newest run", [(site, run.exit_code)]),
        ("recon_findings", "findings that are not consequences, by state", findings),
        ("recon_rules", "rules by how they ended at a plant", rules),
        ("recon_keys_not_evaluated", "single keys that could not be judged", [(site | {"plant": plant}, keys) for plant, keys in lost]),
        ("recon_source_age_seconds", "how far a source was behind the moment of the run", ages),
        ("recon_source_complete", "1: the source came whole", broken),
        ("recon_proposals", "corrections by status", [(site | {"status": status}, count) for status, count in proposals]),
        ("recon_postings", "postings that came in since the night before, of which the event is known", postings),
        ("recon_posting_latency_seconds", "how long those postings took from the event to their entry in SAP: quantile 0.5, 0.95 and 1", seconds),
        ("recon_posting_service_level_seconds", "how long postings of the workflow may take", levels),
        ("recon_step_seconds", "how long a step of the run took", [(site | {"step": step}, value) for step, value in seconds_of.items()]),
    )
    return "".join(_family(name, told, samples) for name, told, samples in families if samples)


def _latencies(site: dict[str, str], found: Iterable[Latency]) -> tuple[list[Sample], list[Sample], list[Sample]]:
    """How many postings there were, how long they took, and how long they may, of the newest night of each workflow at each plant."""
    postings: list[Sample] = []
    seconds: list[Sample] = []
    levels: list[Sample] = []
    for one in found:
        newest, of = one.nights[-1], site | {"system": one.system, "plant": one.plant, "workflow": one.workflow}
        postings.append((of, newest.events))
        levels.append((of, round(newest.service_level * 60)))
        measured = (("0.5", newest.p50), ("0.95", newest.p95), ("1", newest.slowest))
        seconds += [(of | {"quantile": quantile}, round(minutes * 60)) for quantile, minutes in measured if minutes is not None]
    return postings, seconds, levels


def _needed(source: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Iterable[Mapping[str, object]]:
    return (table for table in source["tables"].values() if table.get("needed", True))


def _family(name: str, told: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {told}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _replace(file: Path, text: str, mode: int) -> Path:
    """Written beside it under a name that no collector reads, and renamed."""
    temporary = file.with_name(f".{file.name}.partial")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.chmod(mode)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return file
