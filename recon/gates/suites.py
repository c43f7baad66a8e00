"""rules/gates/*.yaml → suites. Everything wrong in any file is reported together, with what was meant where that can be told.

A site's own rules/gates/ shadows the shipped suite of a table and adds others. What Great Expectations knows, its names and their arguments, is read from the
JSON schemas that it ships: importing it would take seconds.
"""

from __future__ import annotations

import difflib
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.errors import ManyErrors, ReconError, RuleError
from recon.frontmatter import yaml_of
from recon.gates.suite import ACTIONS, PARAMETER, QUERY, ROWS_BEFORE, Expectation, Suite

_PATTERNS = ("regex", "regex_list")
_OF_GREAT_EXPECTATIONS = {"id", "meta", "notes", "result_format", "description", "catch_exceptions", "rendered_content", "severity", "windows", "batch_id"} | {
    "metadata", "row_condition", "condition_parser",
}  # fmt: skip
"""Keys of its schemas that are none of a suite's: how results are shown, and conditions in its own little language."""

RawTables = Mapping[str, Mapping[str, Mapping[str, str]] | None]
"""Pack → table → column → type of the raw tables that a suite may be about; None: the pack is there, and not loaded."""


def folders(shipped: Path, site: Path) -> list[Path]:
    """Where suites are looked for, the shipped ones first. shipped, site: the rules folders."""
    return [shipped / "gates", site / "gates"]


def load(shipped: Path, site: Path, raw_tables: RawTables) -> dict[str, Suite]:
    """Table → its suite. Raises RuleError or ManyErrors."""
    suites: dict[str, Suite] = {}
    errors: list[ReconError] = []
    for folder in folders(shipped, site):
        seen: dict[str, Path] = {}
        for file in sorted(folder.glob("*.yaml")):
            suite, problems = _read(file, raw_tables)
            errors += problems
            if suite is None:
                continue
            if suite.table in seen:
                errors.append(RuleError(str(file), f"is about {suite.table}, as {seen[suite.table].name} is", "a table has one suite"))
            seen[suite.table] = file
            suites[suite.table] = suite
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    return dict(sorted(suites.items()))


def _read(file: Path, raw_tables: RawTables) -> tuple[Suite | None, list[ReconError]]:
    form = "a suite is table: and expectations:, each with type, kwargs and meta (action, reason); docs/gates.md shows one"
    try:
        said = yaml_of(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return None, [RuleError(str(file), f"cannot be read: {error}")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return None, [RuleError(f"{file}:{mark.line + 1}" if mark else str(file), f"is not YAML: {getattr(error, 'problem', error)}", form)]
    if not isinstance(said, dict) or not isinstance(said.get("table"), str) or not isinstance(said.get("expectations"), list) or not said["expectations"]:
        return None, [RuleError(str(file), "names no table, or expects nothing of it", form)]
    if strange := said.keys() - {"table", "expectations"}:
        return None, [RuleError(str(file), f"has the key {', '.join(sorted(map(str, strange)))}", form)]
    columns, problem = _columns(said["table"], raw_tables)
    if problem:
        return None, [RuleError(str(file), *problem)]
    expectations: list[Expectation] = []
    errors: list[ReconError] = []
    for number, entry in enumerate(said["expectations"], 1):
        where = f"{file}: expectation {number}"
        problems = list(_wrong(entry, said["table"], columns))
        errors += [RuleError(where, *problem) for problem in problems]
        if not problems:
            meta = entry["meta"]
            expectations.append(Expectation(number, entry["type"], entry.get("kwargs") or {}, meta["action"], " ".join(meta["reason"].split())))
    return Suite(said["table"], tuple(expectations), file), errors


def _columns(table: str, raw_tables: RawTables) -> tuple[Mapping[str, str] | None, tuple[str, str] | None]:
    """Column → type of the table, None where they are not known; and what is wrong with its name."""
    if "/" in table:
        pack, _, name = table.partition("/")
        of_pack = raw_tables.get(pack)
        if pack in raw_tables and (of_pack is None or name in of_pack):
            return (of_pack[name] if of_pack else None), None
        known = [f"{one}/{other}" for one, tables in raw_tables.items() for other in tables or ()]
        near = difflib.get_close_matches(table, known, n=1)
        todo = f"did you mean {near[0]}?" if near else "a raw table is named by its pack and its name, such as sap-ecc-tables/MSEG"
        return None, (f"is about {table}, which no pack has", todo)
    schema, _, name = table.partition(".")
    if schema in SCHEMAS and name in canonical_tables():
        return canonical_tables()[name].all_columns, None
    near = difflib.get_close_matches(table, [f"{one}.{other}" for one in SCHEMAS for other in canonical_tables()], n=1)
    return None, (f"is about {table}, which is not a canonical table", f"did you mean {near[0]}?" if near else "docs/canonical.md lists them")


def _wrong(entry: Any, table: str, columns: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do) with one expectation."""
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        yield "has no type", "such as type: expect_column_values_to_not_be_null"
        return
    if strange := entry.keys() - {"type", "kwargs", "meta"}:
        yield f"has the key {', '.join(sorted(map(str, strange)))}", "an expectation has type, kwargs and meta"
    yield from _wrong_meta(entry.get("meta"))
    if entry["type"] not in known_types():
        near = difflib.get_close_matches(entry["type"], known_types(), n=1)
        todo = f"did you mean {near[0]}?" if near else "docs.greatexpectations.io lists them; docs/gates.md those that suites use most"
        yield f"{entry['type']} is not an expectation of Great Expectations", todo
        return
    kwargs = entry.get("kwargs") or {}
    if not isinstance(kwargs, dict):
        yield "kwargs are not names with values", "such as kwargs: {column: quantity, min_value: 0}"
        return
    yield from _wrong_kwargs(entry["type"], kwargs, schema_of(entry["type"]))
    expectation = Expectation(0, entry["type"], kwargs, "warn", "")
    for column in expectation.columns if columns is not None else ():
        assert columns is not None
        if column not in columns:
            near = difflib.get_close_matches(column, columns, n=1)
            yield f"names the column {column}, which {table} does not have", f"did you mean {near[0]}?" if near else f"it has {', '.join(columns)}"
    yield from _wrong_query(expectation)
    meta = entry.get("meta")
    if isinstance(meta, dict) and meta.get("action") == "refuse":
        yield from _wrong_refusal(expectation, table, columns)


def _wrong_meta(meta: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(meta, dict):
        yield "has no meta", "meta: {action: warn, reason: why it is expected}"
        return
    if strange := meta.keys() - {"action", "reason"}:
        yield f"meta has the key {', '.join(sorted(map(str, strange)))}", "it has action and reason"
    if meta.get("action") not in ACTIONS:
        near = difflib.get_close_matches(str(meta.get("action")), ACTIONS, n=1, cutoff=0.5)
        what = f"has the action {meta['action']!r}" if "action" in meta else "names no action"
        yield what, f"did you mean {near[0]!r}?" if near else f"actions: {', '.join(ACTIONS)}"
    if not isinstance(meta.get("reason"), str) or not meta["reason"].strip():
        yield "gives no reason", "whoever reads that it failed wants to know why it is expected"


def _wrong_kwargs(kind: str, kwargs: dict[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    takes = [name for name in schema["properties"] if name not in _OF_GREAT_EXPECTATIONS]
    for name in kwargs:
        if name not in takes:
            near = difflib.get_close_matches(str(name), takes, n=1)
            yield f"{kind} takes no {name}", f"did you mean {near[0]}?" if near else f"it takes {', '.join(takes)}"
    for name in schema.get("required", ()):
        if name not in kwargs:
            yield f"{kind} needs {name}", f"it takes {', '.join(takes)}"
    for name, value in kwargs.items():
        wanted = schema["properties"].get(name, {}).get("type")
        fits = {"string": str, "boolean": bool, "array": list, "integer": int}.get(wanted, object) if isinstance(wanted, str) else object
        if name in takes and not isinstance(value, fits):
            yield f"{name} is {value!r}", f"it is a {wanted}"
        if name == "value_set" and not isinstance(value, list):
            yield f"value_set is {value!r}", "it is a list"
        if isinstance(value, dict):
            yield from _wrong_parameter(name, value)
    bounds = [kwargs[name] for name in ("min_value", "max_value") if kwargs.get(name) is not None and not isinstance(kwargs[name], dict)]
    if len(bounds) == 2 and type(bounds[0]) is type(bounds[1]) and bounds[0] > bounds[1]:
        yield f"min_value {bounds[0]} is above max_value {bounds[1]}", "no value can lie between them"
    patterns = [pattern for name in _PATTERNS if name in kwargs for pattern in ([kwargs[name]] if isinstance(kwargs[name], str) else kwargs[name])]
    for pattern in patterns:
        yield from _wrong_pattern(str(pattern))


def _wrong_parameter(name: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """An argument that is reckoned: Great Expectations knows numbers, + - * / ( ) and its own trunc, round and abs."""
    reckoned = value.get(PARAMETER)
    form = f"such as {name}: {{{PARAMETER}: 'trunc({ROWS_BEFORE} / 2)'}}"
    if value.keys() != {PARAMETER} or not isinstance(reckoned, str) or not re.fullmatch(r"[\w\s.+*/()-]+", reckoned):
        yield f"{name} is {dict(value)!r}", form
        return
    for word in sorted({*re.findall(r"[A-Za-z]\w*", reckoned)} - {ROWS_BEFORE, "trunc", "round", "abs"}):
        near = difflib.get_close_matches(word, [ROWS_BEFORE], n=1)
        yield f"{name} is reckoned from {word}, which nobody knows", f"did you mean {near[0]}?" if near else form


def _wrong_pattern(pattern: str) -> Iterator[tuple[str, str]]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"the pattern {pattern!r} is not a regular expression: {error}", "quote it in YAML: single quotes leave backslashes alone"
        return
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield f"the pattern {pattern!r} does not say what the whole value is", "begin it with ^ and end it with $"


def _wrong_query(expectation: Expectation) -> Iterator[tuple[str, str]]:
    query = expectation.kwargs.get("unexpected_rows_query")
    if expectation.type != QUERY or not isinstance(query, str):
        return
    if not re.match(r"\s*(SELECT|WITH)\b", query, re.IGNORECASE) or ";" in query:
        yield "its query is not one SELECT", "a gate reads and never writes"
    if "{batch}" not in query:
        yield "its query does not read {batch}", "{batch} stands for the table that is looked at"
    for table in expectation.reads:
        if table.partition(".")[2] not in canonical_tables():
            near = difflib.get_close_matches(table.partition(".")[2], canonical_tables(), n=1)
            yield f"its query reads {table}, which is not a canonical table", f"did you mean {table.partition('.')[0]}.{near[0]}?" if near else ""


def _wrong_refusal(expectation: Expectation, table: str, columns: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    """A refused row costs the keys that it enters. Where it is not certain which those are, more than the row is in doubt."""
    if not expectation.by_row:
        yield f"refuses rows by {expectation.type}, which looks at the whole table", "its action is 'not evaluated' or 'warn'"
    if "/" in table or columns is None:
        return
    for column in expectation.columns:
        if columns.get(column) == "VARCHAR" and not column.endswith("unit"):
            todo = "a row whose key or kind is wrong could belong to anything: its action is 'not evaluated' or 'warn'"
            yield f"refuses rows by {column}, which says what a row is about", todo


@cache
def known_types() -> Mapping[str, str]:
    """Every expectation that Great Expectations describes → the file with the JSON schema of its arguments."""
    index = json.loads((_schema_folder() / "index.json").read_text(encoding="utf-8"))
    return {name: str(about["schema_file"]) for name, about in index["expectations"].items()}


@cache
def schema_of(kind: str) -> Mapping[str, Any]:
    """JSON schema of the arguments of an expectation that is known."""
    schema: Mapping[str, Any] = json.loads((_schema_folder() / known_types()[kind]).read_text(encoding="utf-8"))
    return schema


def _schema_folder() -> Path:
    found = importlib.util.find_spec("great_expectations")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "expectations" / "core" / "schemas"
