"""Findings and the state of a run as JSON, CSV and Parquet, written to a binary stream. Decimals keep every digit on the way."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from recon.errors import ConfigurationError
from recon.reporting.selection import GONE, STATES, Selection, chosen, parameters

if TYPE_CHECKING:
    import duckdb

    from recon.reporting.tree import LatencyNight, Summary

Format = Literal["json", "csv", "parquet"]
_BATCH = 5_000


def write_findings(connection: duckdb.DuckDBPyConnection, selection: Selection, form: Format, out: BinaryIO, limit: int | None = None) -> None:
    """Write the selected findings, worst first, primaries and consequences alike; those no longer there only when their state is asked for."""
    values = parameters(selection)
    if values["states"] is None and selection.finding_id is None:
        values["states"] = [state for state in STATES if state not in GONE]
    text = chosen(f"findings_{form}.sql") + (f" LIMIT {limit:d}" if limit else "")
    if form == "json":
        _write_array(connection.execute(text, values), out)
        return
    _copy(connection, text, values, "FORMAT csv, HEADER" if form == "csv" else "FORMAT parquet, COMPRESSION zstd", out)


def _copy(connection: duckdb.DuckDBPyConnection, text: str, values: Mapping[str, object], options: str, out: BinaryIO) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows"
        connection.execute(f"COPY ({text}) TO '{file}' ({options})", dict(values))
        with file.open("rb") as written:
            shutil.copyfileobj(written, out)


def write_proposals(
    connection: duckdb.DuckDBPyConnection,
    selection: Selection,
    statuses: Sequence[str],
    form: Literal["json", "csv"],
    out: BinaryIO,
    limit: int | None = None,
) -> None:
    """Write the proposals of the selected findings, those of the worst first."""
    values = parameters(selection) | {"statuses": list(statuses)}
    text = chosen(f"proposals_{form}.sql") + (f" LIMIT {limit:d}" if limit else "")
    if form == "json":
        _write_array(connection.execute(text, values), out)
    else:
        _copy(connection, text, values, "FORMAT csv, HEADER", out)


def _write_array(cursor: duckdb.DuckDBPyConnection, out: BinaryIO) -> None:
    separator = b"[\n"
    while rows := cursor.fetchmany(_BATCH):
        out.write(separator + ",\n".join([row[0] for row in rows]).encode())
        separator = b",\n"
    out.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def exact_json(value: object) -> str:
    """JSON of dataclasses, mappings, sequences, dates and decimals; a decimal becomes a number with just its digits."""
    if value is None or isinstance(value, bool | int | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return json.dumps(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if is_dataclass(value) and not isinstance(value, type):
        return exact_json({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key), ensure_ascii=False)}: {exact_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(exact_json(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def status_json(summary: Summary) -> str:
    """What `recon status --format json` prints."""
    trust = summary.trust
    return exact_json(
        {
            "run_id": summary.run_id,
            "site": summary.site,
            "reference": summary.reference,
            "previous_run": summary.previous_run,
            "chain_head": summary.chain_head,
            "exit_code": summary.exit_code,
            "complete": trust.complete,
            "plants": {plant.plant: {"name": plant.name, "time_zone": plant.time_zone, "cut": plant.cut} for plant in summary.plants},
            "sources": trust.sources,
            "rules": {"evaluated": trust.evaluated, "not_evaluated": trust.not_evaluated, "failed": trust.failed, "switched_off": dict(trust.off)},
            "changed": trust.changed,
            "site_files": trust.site_files,
            "doubts": trust.doubts,
            "findings": {count.severity: {"findings": count.findings, "new": count.came, "not_judged": count.carried} for count in summary.severities},
            "quiet": summary.quiet,
            "second_look": summary.second_look,
            "gates": summary.gates,
            "causes": [
                {
                    "cause": cause.text,
                    "findings": cause.findings,
                    "critical": cause.critical,
                    "plants": cause.plants,
                    "value_at_risk": cause.money,
                    "worst": [line.finding_id for line in cause.worst],
                }
                for cause in summary.causes
            ],
            "unheard": summary.unheard,
            "latency": [{"system": one.system, "plant": one.plant, "workflow": one.workflow} | _night(one.nights[-1]) for one in summary.latencies],
        }
    )


def _night(night: LatencyNight) -> dict[str, object]:
    return {field.name: getattr(night, field.name) for field in fields(night)}


def standard_output(form: str) -> BinaryIO:
    """Standard output as bytes. Raises ConfigurationError where that would fill a terminal with binary data."""
    if form == "parquet" and sys.stdout.isatty():
        raise ConfigurationError(
            "--format parquet", "is binary and would garble this terminal", "redirect it: recon findings --format parquet > findings.parquet"
        )
    sys.stdout.flush()
    return sys.stdout.buffer
