"""What recon itself learned at intake, noted as relations that rules read: how old and how plausible what came is, which columns changed, what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from recon.canonical.schema import canonical_tables
from recon.findings import columns, cuts, files
from recon.model import TableSnapshot
from recon.night import latency
from recon.night.state import Night
from recon.rule import NO_PLANT
from recon.snapshots import manifest
from recon.snapshots.current import identifier, literal

_REFUSED = (Path(__file__).parent / "refused.sql").read_text(encoding="utf-8")
_NONE = 'SELECT NULL AS source, NULL AS "table", NULL AS why, 0 AS refused, NULL AS example WHERE false'


def note(night: Night) -> None:
    """Fill what is noted (engines/noted.sql), whatever became of the sources."""
    before = files.believed(night.store)
    night.doubted = cuts.doubts(night.settings, night.snapshot, before, night.worklists)
    night.believed = cuts.believed_tonight(night.settings, night.snapshot, night.reference, night.doubted, before)
    drifted = columns.drifted(night.settings, night.snapshot, manifest.latest_tables(night.store), files.drifted(night.store))
    night.drifted = {where: drift for where, drift in drifted.items() if drift.changes}
    _fill(night, "intake.source_table", _source_tables(night))
    _fill(night, "intake.source_column", _source_columns(night, drifted))
    _note_refused(night)
    latency.measure(night)


def _source_tables(night: Night) -> list[dict[str, Any]]:
    """Every source, and every table of it that a rule needs."""
    rows: list[dict[str, Any]] = []
    before = night.connection.execute(_found_before(night, "intake.source_table", "source", "table")).fetchall()
    for name, source in night.snapshot.sources.items():
        own: dict[str, Any] = {
            "system": source.system,
            "plant": NO_PLANT,
            "changed_at": _naive(source.as_of or night.reference),
            "source": name,
            "as_of": _naive(source.as_of),
            "behind_hours": _hours(night.reference - source.shown) if source.shown else None,
            "allowed_hours": _hours(night.settings.sources[name].max_lag),
        }
        rows.append(own | {"problem": source.problem, "doubt": cuts.clock_wrong(source, night.settings.sources[name], night.reference)})
        if source.problem or source.as_of is None:
            # What was wrong with a table of it may be mended or not.
            rows += [own | {"table": table, "not_evaluated": "the source could not be read"} for of, table in before if of == name and table]
            continue
        for table, read in source.tables.items():
            if read.needed:
                problem = _problem(read, night.drifted.get((name, table)))
                rows.append(own | {"table": table, "row_count": read.rows, "problem": problem, "doubt": night.doubted.get((name, table))})
    return rows


def _problem(read: TableSnapshot, drift: columns.Drift | None) -> str | None:
    """Why a table did not come whole, unless rows that were refused (INT-009), or columns that are gone or of another type (INT-008), tell it themselves."""
    whole = read.base is not None and not read.interrupted
    return None if whole and (read.refused or (drift and {*drift.changes.values()} - {"added"})) else read.problem


def _source_columns(night: Night, drifted: Mapping[tuple[str, str], columns.Drift]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for (name, table), drift in drifted.items():
        source = night.snapshot.sources[name]
        own: dict[str, Any] = {
            "system": source.system,
            "plant": NO_PLANT,
            "changed_at": _naive(source.as_of or night.reference),
            "source": name,
            "table": table,
            "since": drift.since,
            "not_evaluated": drift.unread,
        }
        changes = drift.changes
        rows += [
            own | {"column": column, "change": changes.get(column), "was": drift.before.get(column), "is_now": drift.now.get(column)}
            for column in {**drift.before, **drift.now}
            if column in changes or not drift.unread
        ]
    return rows


def _note_refused(night: Night) -> None:
    """Group what readers, mappings and gates refused, and count what is ambiguous or unreadable."""
    sources = night.snapshot.sources
    told = [{"source": name, "system": one.system, "changed_at": _naive(one.as_of or night.reference)} for name, one in sources.items()]
    raw = [(name, table) for name, source in sources.items() for table, read in source.tables.items() if read.base]
    mapped = [(supply.source, supply.table) for supply in night.supplies if supply.state and not supply.problem]
    night.connection.register("source_told", _table(told, ("source", "system", "changed_at")))
    night.connection.register("table_told", _table([{"source": source, "table": table} for source, table in [*raw, *mapped]], ("source", "table")))
    looks = [_unusable(table) for table in sorted({supply.table for supply in night.supplies if supply.state})]
    night.connection.execute(f"CREATE OR REPLACE TEMP TABLE unusable AS {' UNION ALL '.join(looks) or _NONE}")
    night.connection.execute(f"CREATE OR REPLACE TEMP TABLE refused_before AS {_found_before(night, 'intake.refused', 'source', 'table', 'reason')}")
    night.connection.execute(_REFUSED)


def _unusable(table: str) -> str:
    """SELECT of how many keys of a canonical table are ambiguous, and how many rows have values that could not be read, by source."""
    key = ", ".join(f'"{name}"' for name in ("system", "plant", *canonical_tables()[table.partition(".")[2]].key))
    return f"""
        SELECT source, {literal(table)} AS "table", CASE WHEN ambiguous THEN 'ambiguous' ELSE 'unreadable' END AS why,
               CASE WHEN ambiguous THEN count(DISTINCT ({key})) ELSE count(*) END AS refused, min(row_ref) AS example
        FROM (SELECT * REPLACE (coalesce(ambiguous, false) AS ambiguous) FROM canonical."{table}")
        WHERE ambiguous OR (problems IS NOT NULL AND NOT starts_with(problems, 'refused by a gate: '))
        GROUP BY source, ambiguous"""


def _found_before(night: Night, relation: str, *fields: str) -> str:
    """SELECT of what the rules that read a relation found by the night before and nobody has seen mended: these fields of the keys."""
    before = files.previous_run(night.store)
    over = [rule.id for rule in night.rules.rules.values() if relation in rule.pairing.noted]
    if not before or not over:
        return f"SELECT {', '.join(f'NULL AS {identifier(field)}' for field in fields)} WHERE false"
    told = ", ".join(f"key ->> {literal(f'$.{field}')} AS {identifier(field)}" for field in fields)
    found = night.store / "runs" / before / "findings.parquet"
    return f"""
        SELECT DISTINCT {told} FROM read_parquet({literal(found)})
        WHERE rule_id IN ({", ".join(map(literal, over))}) AND state NOT IN ('resolved', 'retired')"""


def _fill(night: Night, relation: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        night.connection.register("noted", _table(rows, dict.fromkeys(field for row in rows for field in row)))
        night.connection.execute(f'INSERT INTO canonical."{relation}" BY NAME SELECT * FROM noted')
        night.connection.unregister("noted")


def _table(rows: list[dict[str, Any]], names: Mapping[str, None] | tuple[str, ...]) -> pa.Table:
    """As many rows as the night's sources have tables and columns, never as they have rows."""
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string() if not rows else None) for name in names})


def _naive(moment: datetime | None) -> datetime | None:
    """UTC without its zone: the engine's TIMESTAMP."""
    return moment.replace(tzinfo=None) if moment else None


def _hours(span: timedelta) -> Decimal:
    return round(Decimal(int(span.total_seconds())) / 3600, 6)
