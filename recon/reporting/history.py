"""The life of findings over the nights: what each run said of them, and what people decided. By a finding's id, or by fields of keys, across rules."""

from __future__ import annotations

import contextlib
import difflib
import itertools
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from recon.errors import ConfigurationError, WorkspaceError, place
from recon.reporting.json import exact_json
from recon.reporting.runs import list_runs, query, runs_folder
from recon.reporting.words import KEY_WORDS
from recon.snapshots import trust

if TYPE_CHECKING:
    import duckdb

_SEVERAL = {
    "batch": ("batch", "input_batch", "output_batch", "ancestor_batch"),
    "material": ("material", "component", "input_material", "output_material", "ancestor_material"),
}
"""What people ask for by one name, and keys name by what it is there."""
_ALIASES = {word: name for name, word in KEY_WORDS.items()}
_COLUMNS = ("system", "plant", "owner", "severity")
MOST = 200
"""Findings whose life is told at once."""


@dataclass(frozen=True)
class Life:
    """One finding, night after night."""

    finding_id: str
    rule_id: str
    title: str
    severity: str
    system: str
    plant: str
    key: dict[str, Any]
    nights: tuple[dict[str, Any], ...]
    """run_id, state, event, nights_open, difference, quantity, unit, value_at_risk, currency, explanation, consequence_of; oldest first. Numbers are text."""
    decisions: tuple[dict[str, Any], ...]
    """Rows of the ledger's table decision, oldest first."""


def lives(workspace: Path, asked: list[str]) -> list[Life]:
    """The lives of the findings asked for: the first digits of one finding's id, or fields of keys as name=value, all of which have to fit.

    Raises ConfigurationError where nothing is like that or too much is, IntegrityError where a run is not what was recorded.
    """
    import duckdb

    known = list_runs(workspace)
    if not known:
        raise WorkspaceError(place(workspace), "there is no finished run in this workspace", "run `recon run`, or name another workspace with -w")
    paths = []
    for run_id in known:
        folder = runs_folder(workspace) / run_id
        _, manifest = trust.read_checked(folder)
        trust.check_outputs(folder, manifest, ["findings.parquet"])
        paths.append(str(folder / "findings.parquet"))
    condition, values = _condition(asked)
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        connection.execute(query("judged.sql").partition("CREATE VIEW")[0])
        files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        connection.execute(f"CREATE VIEW everything AS SELECT * FROM read_parquet([{files}], filename = true, union_by_name = true)")
        connection.execute(f"CREATE TABLE asked_for AS SELECT DISTINCT finding_id FROM everything WHERE {condition}", values)
        found = int(connection.execute("SELECT count(*) FROM asked_for").fetchall()[0][0])
        if not found:
            _check_fields(connection, asked)
            what = f"no finding of any of {len(known)} runs is like this"
            raise ConfigurationError(" ".join(asked), what, "give the digits of a finding, or fields of a key as `recon findings --format json` has them")
        if found > MOST or (found > 1 and "=" not in asked[0]):
            todo = "give more digits" if "=" not in asked[0] else "name more fields, such as plant=1000 or rule=CON-001"
            raise ConfigurationError(" ".join(asked), f"is true of {found:,} findings", todo)
        cursor = connection.execute(query("history.sql"))
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    decisions = _decisions(workspace, sorted({str(row["finding_id"]) for row in rows}))
    return [_life(list(own), decisions.get(finding_id, ())) for finding_id, own in itertools.groupby(rows, key=lambda row: str(row["finding_id"]))]


def _life(rows: list[dict[str, Any]], decisions: tuple[dict[str, Any], ...]) -> Life:
    about = ("finding_id", "rule_id", "title", "severity", "system", "plant")
    newest = rows[-1]
    nights = tuple({name: value for name, value in row.items() if name not in (*about, "key")} for row in rows)
    return Life(**{name: newest[name] for name in about}, key=json.loads(newest["key"] or "{}"), nights=nights, decisions=decisions)


def _condition(asked: list[str]) -> tuple[str, dict[str, str]]:
    """SQL of what is asked for, and its parameters."""
    if len(asked) == 1 and "=" not in asked[0]:
        wanted = asked[0].strip().lower()
        if not wanted or set(wanted) - set("0123456789abcdef"):
            todo = "give the first digits of a finding's id, or fields of its key, such as order_no=1000123 or batch=B1"
            raise ConfigurationError("KEY", f"{asked[0]!r} is neither a finding nor a field of a key", todo)
        return "starts_with(finding_id, $finding)", {"finding": wanted}
    parts, values = [], {}
    for number, text in enumerate(asked):
        name, equals, value = text.partition("=")
        name = _ALIASES.get(name.strip(), name.strip())
        if not equals or not name.isidentifier() or not value:
            raise ConfigurationError("KEY", f"{text!r} is not a field of a key", "write fields as name=value, such as order_no=1000123")
        values[f"v{number}"] = value
        if name in _COLUMNS:
            parts.append(f"{name} = $v{number}")
        elif name in ("rule", "rule_id"):
            parts.append(f"rule_id = upper($v{number})")
        else:
            parts.append("(" + " OR ".join(f"json_extract_string(key, '$.{field}') = $v{number}" for field in _SEVERAL.get(name, (name,))) + ")")
    return " AND ".join(parts), values


def _check_fields(connection: duckdb.DuckDBPyConnection, asked: list[str]) -> None:
    """Raises ConfigurationError for a field that no key of any finding has."""
    fields = {row[0] for row in connection.execute("SELECT DISTINCT unnest(json_keys(key)) FROM everything").fetchall()}
    known = sorted({*fields, *_SEVERAL, *_COLUMNS, "rule"})
    for name in (text.partition("=")[0].strip() for text in asked if "=" in text):
        if _ALIASES.get(name, name) not in (*known, "rule_id"):
            near = difflib.get_close_matches(name, known, n=1)
            raise ConfigurationError(
                "KEY", f"no finding has a field {name!r} in its key", f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
            )


def _decisions(workspace: Path, finding_ids: list[str]) -> dict[str, tuple[dict[str, Any], ...]]:
    """finding_id → what people decided of it, oldest first. Read with the standard library alone; a ledger in another database is not read here."""
    ledger = workspace / trust.LEDGER
    if not ledger.exists():
        return {}
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(ledger.absolute()))}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            marks = ", ".join("?" * len(finding_ids))
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM decision WHERE finding_id IN ({marks}) ORDER BY event_seq", finding_ids)]
    except sqlite3.Error as error:
        raise trust.unreadable(ledger, str(error)) from None
    decided: dict[str, tuple[dict[str, Any], ...]] = {}
    for row in rows:
        decided[row["finding_id"]] = (*decided.get(row["finding_id"], ()), row)
    return decided


def to_json(found: list[Life]) -> str:
    """What `recon history --format json` prints."""
    return exact_json(found)
