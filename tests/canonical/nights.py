"""Random nights for the packs: raw rows from small domains, so that keys collide, joins hit and miss and values cannot be read, and changes to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from recon.canonical import mapping
from recon.canonical.packs import Pack, RawTable
from recon.canonical.schema import canonical_tables
from recon.config import SourceSettings
from recon.model import Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.snapshots.current import canonical_rows
from recon.snapshots.parts import write_part_from_query
from tests.canonical.raw import AS_OF, Bench

Row = tuple[str | None, ...]
SYSTEM, PLANTS = "P01/100", ("1",)

VALUES = {
    "number": ("1", "2.5", "10", "0", "-3", "1,5", None),
    "date": ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04", "2026-13-01", None),
    "time": ("10:00:00", "11:00:00", "12:00:00", "25:00", None),
    "timestamp": ("2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z", "2026-03-01 12:00", "yesterday"),
}
_WORD = re.compile(r"'((?:[^']|'')*)'|[A-Za-z_][A-Za-z_0-9]*")


@dataclass
class Company:
    """The raw tables beneath some mappings of a pack, as they are tonight."""

    pack: Pack
    dice: Random
    tables: dict[str, list[Row]] = field(default_factory=dict)
    says: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Column → all that it says; others: what there is to say of a column of their kind, and words that the SQL looks for."""
    values: dict[str, dict[str, tuple[str | None, ...]]] = field(default_factory=dict)
    """Raw table → column → what it may say."""

    read: set[str] = field(default_factory=set)
    """Words of the SQL, in upper case: a change to a column that is not among them is none."""

    def __post_init__(self) -> None:
        said = " ".join(
            [one.sql + " ".join([source.sql, *(column for column in source.columns if column)]) for one in self.pack.mappings for source in one.inputs]
        )
        self.read = {found[0].upper() for found in _WORD.finditer(said)}
        told = _told_of(self.pack)
        for table in self.pack.tables.values():
            self.values[table.name] = {column: _values(table, column, kind, told) for column, kind in table.columns.items()}
            self.tables[table.name] = []
        for table in self.pack.tables.values():
            self.tables[table.name] += [self.row(table) for _ in range(self.dice.randint(5, 12))]

    def row(self, table: RawTable) -> Row:
        """A new row, mostly one that joins: what it has in common with a row of another table is taken from there."""
        there: dict[str, str | None] = {}
        for other in self.dice.sample(sorted(self.tables), len(self.tables)):
            shared = self._in_common(table.name, other)
            if other != table.name and shared and self.tables[other] and self.dice.random() < 0.7:
                row = dict(zip(self.pack.tables[other].columns, self.dice.choice(self.tables[other]), strict=True))
                there = {column: row[column] for column in shared} | there
        return tuple(there[column] if column in there else self._value(table, column) for column in table.columns)

    def _in_common(self, one: str, other: str) -> list[str]:
        """Columns of both that may tell things apart."""
        tables = self.pack.tables
        return [
            column
            for column, kind in tables[one].columns.items()
            if kind in ("text", "identifier") and column in tables[other].columns and column != tables[one].client
        ]

    def change(self, name: str) -> None:
        """Insert, update, repeat and delete a few rows of one table."""
        table, rows = self.pack.tables[name], self.tables[name]
        read = [number for number, column in enumerate(table.columns) if column.upper() in self.read]
        for _ in range(self.dice.randint(1, 5)):
            deed = self.dice.choice(("insert", "update", "update", "update", "delete", "repeat")) if rows else "insert"
            place = self.dice.randrange(len(rows)) if rows else 0
            if deed == "insert":
                rows.append(self.row(table))
            elif deed == "delete":
                del rows[place]
            elif deed == "repeat":
                rows.append(rows[place])
            else:
                number = self.dice.choice(read)
                rows[place] = (*rows[place][:number], self._value(table, list(table.columns)[number]), *rows[place][number + 1 :])

    def _value(self, table: RawTable, column: str) -> str | None:
        if column in self.says:
            return self.dice.choice(self.says[column])
        values = self.values[table.name][column]
        if column == table.client:
            return "200" if self.dice.random() < 0.02 else "100"
        needed = column in table.required
        if table.columns[column] in VALUES:
            return self.dice.choice(values[:-2] if self.dice.random() < 0.8 else values)
        if self.dice.random() < (0.03 if needed else 0.3):
            return None
        return self.dice.choice(values if self.dice.random() < 0.2 else values[: max(2, len(values) - 3)])


def _told_of(pack: Pack) -> dict[str, list[str]]:
    """Column → the texts that the pack's SQL compares it with, as far as one can tell by what stands before them."""
    columns = {column.upper() for table in pack.tables.values() for column in table.columns}
    told: dict[str, list[str]] = {}
    for one in pack.mappings:
        last = ""
        for found in _WORD.finditer(re.sub(r"--.*", "", one.sql)):
            if found[1] is None:
                last = found[0].upper() if found[0].upper() in columns else last
            elif last and len(found[1]) < 12 and " " not in found[1]:
                told.setdefault(last, []).append(found[1])
    return told


def _values(table: RawTable, column: str, kind: str, told: Mapping[str, Sequence[str]]) -> tuple[str | None, ...]:
    if kind in VALUES:
        return VALUES[kind]
    if column in table.codes:
        return (*table.codes[column], "unheard-of")
    # "01" and "1 " are other ways to write 1; a word that the mapping looks for is more telling than a number.
    words = list(dict.fromkeys(told.get(column.upper(), ())))
    return (*words, "1", "2", "01", "1 ")


@dataclass
class Understood:
    """What one mapping of all tables gave, in a form in which nights can be compared."""

    rows: dict[str, Counter[tuple[Any, ...]]]
    """Canonical table → its rows without row_ref."""
    problems: dict[str, str | None]
    refused: Counter[tuple[Any, ...]]
    supplies: list[Supply]
    snapshot: Snapshot


class Site:
    """A store in which nights of one company are mapped, as increments or from the start."""

    def __init__(self, bench: Bench, pack: Pack) -> None:
        self.bench, self.pack = bench, pack
        self.settings = SourceSettings(kind="files", path=".", pack=pack.name, system=SYSTEM, plants=list(PLANTS), time_zone="Europe/Berlin")

    def whole(self, tables: Mapping[str, Sequence[Row]]) -> Snapshot:
        """Tonight's rows as nothing but bases."""
        return self._snapshot({name: TableSnapshot(name, self.bench.part(*self._said(name, rows)), None, 0, None) for name, rows in tables.items()})

    def increment(self, first: Mapping[str, Sequence[Row]], tables: Mapping[str, Sequence[Row]]) -> Snapshot:
        """Tonight's rows over the bases of the first night: what went is dead, and what came is the delta."""
        states = {}
        for name, rows in tables.items():
            base = self.bench.part(*self._said(name, first[name]))
            came = Counter(rows)
            dead = []
            for number, row in enumerate(first[name], 1):
                if came[row]:
                    came[row] -= 1
                else:
                    dead.append(number)
            new = list(came.elements())
            states[name] = TableSnapshot(
                name,
                base,
                None,
                0,
                None,
                delta=self.bench.part(*self._said(name, new)) if new else None,
                dead=write_part_from_query(self.bench.store, f"SELECT unnest({dead}::BIGINT[]) AS _row", self.bench.connection) if dead else None,
            )
        return self._snapshot(states)

    def understand(self, snapshot: Snapshot, before: Understood | None = None) -> Understood:
        """Map the night; `before` is the one that it is an increment to."""
        connection = self.bench.connection
        connection.execute("DROP TABLE IF EXISTS refused")
        earlier = {}
        if before:
            states = {supply.table: supply.state for supply in before.supplies if supply.state}
            earlier = {"source": mapping.Before(before.snapshot.sources["source"], states)}
        supplies, understood = mapping.map_sources(connection, self.bench.store, snapshot, {"source": self.settings}, {self.pack.name: self.pack}, earlier)
        rows = {supply.table: Counter(self._rows(supply)) for supply in supplies}
        refused = connection.execute(
            "SELECT raw_table, reason, CASE WHEN reason NOT LIKE '% without a plant' THEN raw END FROM refused ORDER BY ALL"
        ).fetchall()
        return Understood(rows, {supply.table: supply.problem for supply in supplies}, Counter(refused), supplies, understood)

    def _rows(self, supply: Supply) -> list[tuple[Any, ...]]:
        if supply.state is None:
            return []
        columns = [name for name in canonical_tables()[supply.table.split(".")[1]].all_columns if name != "row_ref"]
        return self.bench.connection.execute(canonical_rows(self.bench.store, supply.state, columns)).fetchall()

    def _said(self, name: str, rows: Sequence[Row]) -> tuple[list[str], list[dict[str, str | None]]]:
        columns = list(self.pack.tables[name].columns)
        return columns, [dict(zip(columns, row, strict=True)) for row in rows]

    def _snapshot(self, tables: dict[str, TableSnapshot]) -> Snapshot:
        return Snapshot({"source": SourceSnapshot("source", SYSTEM, PLANTS, self.pack.name, AS_OF, tables, None)})


def only(pack: Pack, table: str) -> Pack:
    """The pack with one mapping alone and what that needs."""
    wanted = {table}
    kept = []
    for one in reversed(pack.mappings):
        if one.table in wanted:
            kept.append(one)
            wanted |= {source.mapped for source in one.inputs if source.mapped}
    needed = {name for one in kept for name in one.reads}
    return replace(pack, mappings=tuple(reversed(kept)), tables={name: of for name, of in pack.tables.items() if name in needed})
