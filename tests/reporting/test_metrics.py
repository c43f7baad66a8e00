"""Metrics of a run, in Prometheus' text format."""

from __future__ import annotations

import re
import stat
from datetime import UTC, datetime
from pathlib import Path

from recon.reporting import metrics

LINE = re.compile(r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\} (-?[0-9.]+)')


def samples(file: Path) -> dict[tuple[str, str], float]:
    """(name, labels) → value; fails where a line is not in the format."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# "):
            match = LINE.fullmatch(line)
            assert match, line
            found[match[1], match[2]] = float(match[3])
    return found


def test_a_run_tells_its_findings_rules_sources_and_seconds(run_folder: Path, tmp_path: Path) -> None:
    """Counted by plant, family, severity and state; consequences are not counted; sources that never came have no age and are not complete."""
    found = samples(metrics.write(run_folder, tmp_path, {"read": 1.5}))
    site = 'site="Lindau Pharma"'
    assert found["recon_findings", f'{site},plant="1000",family="STK",severity="critical",state="open"'] > 0
    assert found["recon_source_age_seconds", f'{site},source="mes-3000",plant="3000"'] == 31 * 3600
    assert not any(name == "recon_source_age_seconds" and "lims" in labels for name, labels in found)
    assert found["recon_source_complete", f'{site},source="lims",plant="1000"'] == 0
    assert found["recon_source_complete", f'{site},source="sap",plant="1000"'] == 1
    assert sum(value for (name, labels), value in found.items() if name == "recon_rules" and 'outcome="not evaluated"' in labels) > 0
    assert found["recon_keys_not_evaluated", f'{site},plant="1000"'] == 7
    late = f'{site},system="P01/100",plant="1000",workflow="confirmation"'
    assert (found["recon_postings", late], found["recon_posting_service_level_seconds", late]) == (240, 4 * 3600)
    measured = [found["recon_posting_latency_seconds", f'{late},quantile="{quantile}"'] for quantile in ("0.5", "0.95", "1")]
    assert measured == [226 * 60, 1130 * 60, 2486 * 60]
    assert found["recon_step_seconds", f'{site},step="read"'] == 1.5
    assert found["recon_run_exit_code", site] == 3
    assert {labels for name, labels in found if name == "recon_proposals"} == {f'{site},status="{status}"' for status in ("none", "proposed", "refused")}


def test_the_stable_file_tells_of_an_attempt_that_failed_beside_the_newest_run(run_folder: Path, tmp_path: Path) -> None:
    """A collector sees that tonight failed, and still what the night before found. Its account may read the file, and no half of one is ever there."""
    body = metrics.write(run_folder, tmp_path, {})
    stable = metrics.publish(tmp_path / "recon.prom", 'A "site"\nof two lines', body, datetime(2026, 3, 11, tzinfo=UTC), 5, 3.25)
    found = samples(stable)
    site = r'site="A \"site\"\nof two lines"'
    assert found["recon_last_attempt_exit_code", site] == 5
    assert found["recon_last_attempt_timestamp_seconds", site] == datetime(2026, 3, 11, tzinfo=UTC).timestamp()
    assert ("recon_run_exit_code", 'site="Lindau Pharma"') in found
    assert stat.S_IMODE(stable.stat().st_mode) == 0o644
    assert sorted(file.name for file in tmp_path.iterdir()) == ["metrics.prom", "recon.prom"]


def test_before_the_first_run_there_is_only_the_attempt(tmp_path: Path) -> None:
    """A first night that failed is told too."""
    stable = metrics.publish(tmp_path / "recon.prom", "S", None, datetime(2026, 3, 11, tzinfo=UTC), 2, 0.5)
    assert {name for name, _ in samples(stable)} == {"recon_last_attempt_exit_code", "recon_last_attempt_timestamp_seconds", "recon_last_attempt_seconds"}
