"""Packs: the tables and columns a kind of source has (pack.yaml), and one SELECT for each canonical table it fills.

A site's own packs/ folder shadows the shipped packs file by file.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from recon import frontmatter
from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.config import SourceSettings
from recon.errors import ConfigurationError, RuleError

SHIPPED = Path(__file__).parent / "packs"
TYPES = ("text", "identifier", "number", "date", "time", "timestamp")


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


@dataclass(frozen=True)
class Mapping:
    """One canonical table filled by a pack."""

    table: str
    reads: tuple[str, ...]
    """Raw tables it needs; where one of them is incomplete, so is this one."""
    sql: str
    file: Path


@dataclass(frozen=True)
class Pack:
    """A source shape and its mappings, in the order in which they run."""

    name: str
    schema: str
    """Which side it fills: sap, mes, qms or wms."""
    tables: dict[str, RawTable]
    mappings: tuple[Mapping, ...]


def load_pack(name: str, folders: Sequence[Path]) -> Pack:
    """Load pack `name` from the first of `folders` that has each of its files. Raises RuleError."""
    known = sorted({path.parent.name for folder in folders for path in folder.glob("*/pack.yaml")})
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise RuleError(f"pack {name}", "is not known", f"did you mean {near[0]}?" if near else f"known packs: {', '.join(known)}")
    file = _first(name, "pack.yaml", folders)
    try:
        declared: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        tables = {
            table: RawTable(
                table,
                dict(entry["columns"]),
                tuple(entry["key"]),
                tuple(entry["required"]),
                {column: tuple(values) for column, values in entry.get("codes", {}).items()},
                tuple(entry.get("optional", ())),
                next((column for column in declared.get("client", ()) if column in entry["columns"]), None),
            )
            for table, entry in declared["tables"].items()
        }
        mappings: tuple[Mapping, ...] = ()
        for table in declared["maps"]:
            mappings += (_mapping(name, table, folders, mappings),)
        schema = str(declared["schema"])
    except yaml.YAMLError as error:
        raise RuleError(str(file), f"is not YAML: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise RuleError(str(file), f"lacks or misuses {error}", "a pack declares schema, tables (key, required, columns) and maps") from None
    for table in tables.values():
        wrong = [f"{column}: {kind}" for column, kind in table.columns.items() if kind not in TYPES]
        named = (*table.key, *table.required, *table.codes, *table.optional)
        wrong += [f"{column} is not among the columns" for column in named if column not in table.columns]
        if wrong:
            raise RuleError(f"{file}: {table.name}", "; ".join(wrong), f"column types are {', '.join(TYPES)}")
    if schema not in SCHEMAS:
        raise RuleError(str(file), f"fills the schema {schema}, which does not exist", f"schemas are {', '.join(SCHEMAS)}")
    for mapping in mappings:
        if mapping.table not in canonical_tables():
            near = difflib.get_close_matches(mapping.table, canonical_tables(), n=1)
            raise RuleError(str(mapping.file), f"maps {mapping.table}, which is not a canonical table", f"did you mean {near[0]}?" if near else "")
        missing = [table for table in mapping.reads if table not in tables]
        if missing:
            raise RuleError(str(mapping.file), f"reads {', '.join(missing)}, which pack.yaml does not declare")
    return Pack(name, schema, tables, mappings)


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


def _first(pack: str, file_name: str, folders: Sequence[Path]) -> Path:
    for folder in folders:
        if (folder / pack / file_name).is_file():
            return folder / pack / file_name
    raise RuleError(f"pack {pack}", f"has no {file_name}", "a pack has a pack.yaml and one .sql file for each table it maps")


def _mapping(pack: str, table: str, folders: Sequence[Path], before: Sequence[Mapping]) -> Mapping:
    file = _first(pack, f"{table}.sql", folders)
    front, sql = frontmatter.split(file)
    reads: list[str] = []
    for name in front["reads"]:
        mapped = next((mapping for mapping in before if f"mapped.{mapping.table}" == name), None)
        reads += mapped.reads if mapped else (name,)
    return Mapping(table, tuple(dict.fromkeys(reads)), sql, file)
