"""Report files of a run, by format."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from recon.config import Settings
from recon.errors import ConfigurationError
from recon.reporting.html import write_report
from recon.reporting.json import Format, write_findings
from recon.reporting.runs import open_run
from recon.reporting.selection import Selection
from recon.snapshots.parts import make_folder

FORMATS = ("html", "json", "csv", "parquet")


def write_reports(run_dir: Path, out_dir: Path, settings: Settings, formats: str) -> list[Path]:
    """Write `formats`, names separated by commas, and return the files. Raises ConfigurationError for a format that is not known."""
    wanted = list(dict.fromkeys(name.strip() for name in formats.split(",") if name.strip()))
    for name in wanted:
        if name not in FORMATS:
            raise ConfigurationError("--format", f"{name!r} is not a format of reports", f"known: {', '.join(FORMATS)}")
    if not wanted:
        raise ConfigurationError("--format", "names no format", f"known: {', '.join(FORMATS)}")
    return [write_report(run_dir, out_dir, settings) if name == "html" else _write_data(run_dir, out_dir, cast("Format", name)) for name in wanted]


def _write_data(run_dir: Path, out_dir: Path, form: Format) -> Path:
    make_folder(out_dir)
    file = out_dir / f"findings.{form}"
    partial = file.with_name(f".{file.name}.partial")
    with open_run(run_dir) as connection, partial.open("wb") as out:
        write_findings(connection, Selection(), form, out)
    partial.chmod(0o640)
    partial.replace(file)
    return file
