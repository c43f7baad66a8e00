"""Packs: the tables and columns a kind of source has (pack.yaml), and one SELECT for each canonical table it fills.

A site's own packs/ folder shadows the shipped packs file by file.
"""

from __future__ import annotations

import difflib
import re
from collections import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeGuard

import yaml

from recon import frontmatter
from recon.approval import SiteFile, waits
from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.config import SourceSettings
from recon.errors import ConfigurationError, RuleError

SHIPPED = Path(__file__).parent / "packs"
TYPES = ("text", "identifier", "number", "date", "time", "timestamp")
RESERVED = ("row_ref", "problems", "ambiguous")
"""Names that staging adds to the columns of a raw table; those that begin with an underscore are taken too."""

MAPPED = "mapped."
_MEANING = re.compile(r"\bmeaning\(\s*'([^']*)'", re.IGNORECASE)
_KEY_AND_READS = "a mapping declares its key, [columns], and reads: each table with the columns that hold the key, or with a SELECT of keys"
_DRIVING = "driving: [tables among `reads` that give it its rows]; without it that is the first of them"
_ASKED = "asked: {canonical column: part of the key, or TABLE.COLUMN of a table that `reads` leads to the key by its columns; several in a list}"

Columns = abc.Mapping[str, Sequence[str]]
"""Raw table → names of columns."""


@dataclass(frozen=True)
class RawTable:
    """A table of the source, as the pack expects it."""

    name: str
    columns: dict[str, str]
    """Name → one of TYPES; further columns of the source are ignored."""
    key: tuple[str, ...]
    required: tuple[str, ...]
    """Columns without which a row cannot be told apart: a row where one is empty or unreadable is refused."""
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Column → the only values it may have, in lower case; a row with another one is refused."""
    optional: tuple[str, ...] = ()
    """Columns that an extract may lack: what they would say is unknown then, and nothing else depends on it."""
    client: str | None = None
    """Column that holds the SAP client; None: it has none."""
    worklist: bool = False
    """Rows go when they are worked off: fewer of them, or none, are no sign of a broken extract."""


@dataclass(frozen=True)
class Input:
    """One table that a mapping reads, and how a row of it leads to the keys that have to be mapped anew when it changes."""

    name: str
    """A raw table, or mapped.<canonical table> for one that the pack has mapped before."""
    columns: tuple[str | None, ...]
    """Its columns that hold the mapping's key, in the key's order, None for a part that is empty in all its rows; none at all where `sql` finds the key."""
    sql: str
    """Else a SELECT of keys over changed.<table> and the raw tables that lead from it to the key; the mapping then reads the whole table."""

    @property
    def mapped(self) -> str | None:
        """The canonical table it is; None: it is a raw one."""
        return self.name.removeprefix(MAPPED) if self.name.startswith(MAPPED) else None

    @property
    def changed(self) -> str:
        """Under which name in the schema `changed` its changed rows are seen."""
        return self.name.replace(".", "_")


@dataclass(frozen=True)
class Mapping:
    """One canonical table filled by a pack."""

    table: str
    key: tuple[str, ...]
    """Columns that the SQL returns besides those of its table: what its rows come from. A row depends on nothing but the input rows that lead to its key."""
    empty: tuple[str, ...]
    """Those of the key that may be empty; an input row in which another one is empty leads to no key."""
    inputs: tuple[Input, ...]
    """What it reads, its driving table first."""
    reads: tuple[str, ...]
    """Raw tables it needs, those beneath mapped ones included; where one of them is incomplete, so is this one."""
    sql: str
    file: Path
    needs: Columns = field(default_factory=dict)
    """Raw table → those of its optional columns without which the mapped table would say that there is nothing, where nobody knows."""
    driving: tuple[str, ...] = ()
    """Raw tables that give it its rows; the others add to them."""
    asked: abc.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column of the canonical table → the part of the key that it is, or each TABLE.COLUMN in which a row with the value stands for a key (second look)."""

    def is_rightly_empty(self, without: abc.Collection[str]) -> bool:
        """Whether nothing can give it a row. without: raw tables that the source is declared not to have."""
        return bool(self.driving) and {*self.driving} <= {*without}

    def lacks(self, there: Columns) -> str | None:
        """What to say where an extract has not all columns that the mapping needs. there: raw table → its columns, for those that were read."""
        for table, columns in self.needs.items():
            held = {column.upper() for column in there.get(table, columns)}
            missing = [column for column in columns if column.upper() not in held]
            if missing:
                return f"{table} comes without {', '.join(missing)}, or with labels that could be several columns"
        return None


@dataclass(frozen=True)
class Pack:
    """A source shape and its mappings, in the order in which they run."""

    name: str
    schema: str
    """Which side it fills: sap, mes, qms or wms."""
    tables: dict[str, RawTable]
    mappings: tuple[Mapping, ...]
    family: tuple[str, ...]
    """Itself and the packs that it extends."""
    site: tuple[SiteFile, ...] = ()
    """The site's own mappings of it, those that are not in force yet among them."""
    code_lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Code list of which a site may say what its own codes mean → what they may mean (recon.canonical.crosswalks)."""


def names(folders: Sequence[Path]) -> list[str]:
    """The packs that there are, in order."""
    return sorted({path.parent.name for folder in folders for path in folder.glob("*/pack.yaml")})


def load_pack(name: str, folders: Sequence[Path], day: date | None = None) -> Pack:
    """Load pack `name` from the first of `folders` that has each of its files; a mapping of the site's that is a draft, or in force from a later day on,
    takes nobody's place. day: the one for which it is asked; default: today. Raises RuleError."""
    today = day or datetime.now(UTC).date()
    own: list[SiteFile] = []
    known = names(folders)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise RuleError(f"pack {name}", "is not known", f"did you mean {near[0]}?" if near else f"known packs: {', '.join(known)}")
    file = _first([name], "pack.yaml", folders)
    try:
        declared, family = _declared(name, folders)
        tables = {
            table: RawTable(
                table,
                dict(entry["columns"]),
                tuple(entry["key"]),
                tuple(entry["required"]),
                {column: tuple(values) for column, values in entry.get("codes", {}).items()},
                tuple(entry.get("optional", ())),
                next((column for column in declared.get("client", ()) if column in entry["columns"]), None),
                bool(entry.get("worklist", False)),
            )
            for table, entry in declared["tables"].items()
        }
        maps = [str(table) for table in declared["maps"]]
        code_lists = {str(name): tuple(str(code) for code in codes) for name, codes in declared.get("code_lists", {}).items()}
        schema = str(declared["schema"])
    except yaml.YAMLError as error:
        raise RuleError(str(file), f"is not YAML: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise RuleError(
            str(file), f"lacks or misuses {error}", "a pack declares schema, tables (key, required, columns) and maps, or extends another"
        ) from None
    for table in tables.values():
        wrong = [f"{column}: {kind}" for column, kind in table.columns.items() if kind not in TYPES]
        wrong += [f"{column} is a name that recon gives itself" for column in table.columns if column.startswith("_") or column.lower() in RESERVED]
        named = (*table.key, *table.required, *table.codes, *table.optional)
        wrong += [f"{column} is not among the columns" for column in named if column not in table.columns]
        if wrong:
            raise RuleError(f"{file}: {table.name}", "; ".join(wrong), f"column types are {', '.join(TYPES)}")
    if schema not in SCHEMAS:
        raise RuleError(str(file), f"fills the schema {schema}, which does not exist", f"schemas are {', '.join(SCHEMAS)}")
    mappings: list[Mapping] = []
    for mapped in maps:
        chosen, told = _in_force(family, mapped, folders, today)
        own += told
        mappings.append(_mapping(family, mapped, chosen, tables, mappings))
        if unknown := sorted(asked_of(mappings[-1]) - set(code_lists)):
            raise RuleError(str(mappings[-1].file), f"asks for the meaning of {', '.join(unknown)}, which is no code list", f"declare it in {file}: code_lists")
    if len(family) > 1:
        # What the pack it extends reads, and it does not, is nothing to it.
        read = {name for mapping in mappings for name in mapping.reads}
        tables = {name: raw for name, raw in tables.items() if name in read}
    return Pack(name, schema, tables, tuple(mappings), tuple(family), tuple(own), code_lists)


def _in_force(family: Sequence[str], table: str, folders: Sequence[Path], day: date) -> tuple[Sequence[Path], list[SiteFile]]:
    """Where a mapping is looked for, and what to tell of it if it is the site's own: one of several folders that is not the shipped one."""
    file = _first(family, f"{table}.sql", folders)
    if SHIPPED in file.parents or SHIPPED not in folders:
        return folders, []
    front, _ = frontmatter.split(file)
    why = waits(front, day, file)
    instead = any((SHIPPED / pack / file.name).is_file() for pack in family)
    if why and not instead:
        raise RuleError(str(file), f"is not in force ({why}), and nothing else maps {table}", "leave it out of `maps` in pack.yaml until it is")
    told = SiteFile("mapping", f"{family[0]}/{table}", instead, why, front.get("approved_by"))
    return ([SHIPPED] if why else folders), [told]


def asked_of(mapping: Mapping) -> set[str]:
    """The code lists of which a mapping asks what a site's codes mean."""
    return {name for sql in (mapping.sql, *(one.sql for one in mapping.inputs)) for name in _MEANING.findall(sql)}


def _declared(name: str, folders: Sequence[Path]) -> tuple[dict[str, Any], list[str]]:
    """What pack.yaml says, over what the pack that it extends says, and the packs in whose folders its files are looked for."""
    declared: dict[str, Any] = frontmatter.yaml_of(_first([name], "pack.yaml", folders).read_text(encoding="utf-8"))
    if "extends" not in declared:
        return declared, [name]
    base, family = _declared(str(declared["extends"]), folders)
    return base | declared | {"tables": base["tables"] | declared.get("tables", {})}, [name, *family]


def unknown_without(sources: dict[str, SourceSettings], packs: dict[str, Pack]) -> list[ConfigurationError]:
    """One error for every table that a source is declared to be without and that its pack does not read."""
    errors = []
    for name, source in sources.items():
        pack = packs.get(source.pack)
        for table in source.without:
            if pack and table not in pack.tables:
                near = difflib.get_close_matches(table, pack.tables, n=1)
                todo = f"did you mean {near[0]}?" if near else "leave it out"
                errors.append(ConfigurationError(f"sources.{name}.without", f"names {table}, which pack {pack.name} does not read", todo))
    return errors


def _first(family: Sequence[str], file_name: str, folders: Sequence[Path]) -> Path:
    for pack in family:
        for folder in folders:
            if (folder / pack / file_name).is_file():
                return folder / pack / file_name
    raise RuleError(f"pack {family[0]}", f"has no {file_name}", "a pack has a pack.yaml and one .sql file for each table it maps")


def _mapping(family: Sequence[str], table: str, folders: Sequence[Path], tables: dict[str, RawTable], before: Sequence[Mapping]) -> Mapping:
    file = _first(family, f"{table}.sql", folders)
    front, sql = frontmatter.split(file)
    if "continues" in front:
        # Packs that differ in where a statement begins share the rest of it.
        sql += "\n" + _first(family, str(front["continues"]), folders).read_text(encoding="utf-8")
    if table not in canonical_tables():
        near = difflib.get_close_matches(table, canonical_tables(), n=1)
        raise RuleError(str(file), f"maps {table}, which is not a canonical table", f"did you mean {near[0]}?" if near else "")
    key, reads, may_be_empty = front.get("key"), front.get("reads"), front.get("empty", [])
    if not _is_names(key) or not isinstance(reads, dict) or not reads:
        raise RuleError(str(file), "does not say what it reads, and by which key", _KEY_AND_READS)
    if not isinstance(may_be_empty, list) or not set(may_be_empty) <= set(key):
        raise RuleError(str(file), f"says that {may_be_empty} may be empty, which is not all in its key {', '.join(key)}", "empty: [columns of the key]")
    inputs: list[Input] = []
    needed: list[str] = []
    columns_needed = front.get("needs", {})
    if not isinstance(columns_needed, dict) or not all(_is_names(columns) for columns in columns_needed.values()):
        raise RuleError(str(file), "does not say which columns it needs", "needs: {TABLE: [columns that pack.yaml calls optional]}")
    for name, columns in columns_needed.items():
        stray = [column for column in columns if name not in tables or column not in tables[name].optional]
        if stray or name not in reads:
            raise RuleError(str(file), f"needs {', '.join(stray) or 'columns'} of {name}, which it reads no such optional columns of", "pack.yaml: optional")
    for name, path in reads.items():
        columns, needs = _of_input(file, str(name), tables, before)
        needed += needs
        if isinstance(path, str) and path.strip():
            inputs.append(Input(str(name), (), path))
        elif _is_path(path, key, may_be_empty):
            unknown = [column for column in path if column and column not in columns]
            if unknown:
                raise RuleError(str(file), f"reads {name} by {', '.join(unknown)}, which it does not have", f"its columns are {', '.join(columns)}")
            inputs.append(Input(str(name), tuple(path), ""))
        else:
            raise RuleError(str(file), f"does not say how a row of {name} leads to the key {', '.join(key)}", _KEY_AND_READS)
    driver = inputs[0]
    parts = zip(key, driver.columns, strict=False)
    nullable = [column for part, column in parts if column and not driver.mapped and part not in may_be_empty and column not in tables[driver.name].required]
    if nullable:
        todo = "name what may be empty, empty: [columns of the key], or leave it out of the key"
        raise RuleError(str(file), f"has a key with {', '.join(nullable)}, which pack.yaml does not require of {driver.name}", todo)
    driving = front.get("driving", [driver.name])
    if not _is_names(driving) or not {*driving} <= {one.name for one in inputs}:
        raise RuleError(str(file), f"is driven by {driving}, which are not tables that it reads", _DRIVING)
    rows_of = tuple(raw for name in driving for raw in _rows_of(name, before))
    asked = _asked(file, front.get("asked", {}), table, key, inputs, tables)
    return Mapping(table, tuple(key), tuple(may_be_empty), tuple(inputs), tuple(dict.fromkeys(needed)), sql, file, columns_needed, rows_of, asked)


def _rows_of(name: str, before: Sequence[Mapping]) -> tuple[str, ...]:
    """The raw tables that give a table its rows: itself, or those of the mapped one that it is."""
    mapped = name.removeprefix(MAPPED)
    return next((one.driving for one in before if one.table == mapped), ()) if name.startswith(MAPPED) else (name,)


def _asked(file: Path, said: Any, table: str, key: Sequence[str], inputs: Sequence[Input], tables: dict[str, RawTable]) -> dict[str, tuple[str, ...]]:
    """Canonical column → by what the second look asks for it."""
    if not isinstance(said, dict) or not all(isinstance(by, str) or _is_names(by) for by in said.values()):
        raise RuleError(str(file), "does not say by what it is asked for again", _ASKED)
    asked = {str(column): (by,) if isinstance(by, str) else tuple(by) for column, by in said.items()}
    holds_key = {one.name for one in inputs if one.columns and not one.mapped}
    for column, by in asked.items():
        if column not in canonical_tables()[table].all_columns:
            raise RuleError(str(file), f"is asked for by {column}, which {table} does not have", _ASKED)
        for one in () if len(by) == 1 and by[0] in key else by:
            raw, _, of_raw = one.partition(".")
            if raw not in holds_key or of_raw not in tables[raw].columns:
                raise RuleError(str(file), f"is asked for {column} by {one}, which is no part of the key, and no column of a table that holds it", _ASKED)
    return asked


def _of_input(file: Path, name: str, tables: dict[str, RawTable], before: Sequence[Mapping]) -> tuple[Sequence[str], Sequence[str]]:
    """Columns of a table that a mapping reads, and the raw tables beneath it."""
    if not name.startswith(MAPPED):
        if name not in tables:
            raise RuleError(str(file), f"reads {name}, which pack.yaml does not declare")
        return list(tables[name].columns), (name,)
    found = next((mapping for mapping in before if mapping.table == name.removeprefix(MAPPED)), None)
    if found is None:
        raise RuleError(str(file), f"reads {name}, which is not mapped before it", "the order of `maps` in pack.yaml is the order of the mappings")
    return list(canonical_tables()[found.table].all_columns), found.reads


def _is_path(path: Any, key: list[str], may_be_empty: list[str]) -> TypeGuard[list[str | None]]:
    """Whether it names a column for each part of the key, or none (~) for one that may be empty."""
    if not isinstance(path, list) or len(path) != len(key):
        return False
    return all(isinstance(column, str) or (column is None and part in may_be_empty) for part, column in zip(key, path, strict=True))


def _is_names(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)
