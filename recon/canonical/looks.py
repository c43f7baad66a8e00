"""In which steps a canonical table is asked for again by one of its columns: read off what its mapping declares, the key and the paths to it.

A step asks one raw table for values of one of its columns: those that are wanted, or those that rows of earlier steps have in theirs. In this way every
table of the mapping is asked for all rows that lead to some keys. A mapped table that it reads is asked for by the same values, in steps of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp

from recon.canonical.packs import Input, Mapping, Pack, RawTable

Name = tuple[str, str, str]
"""Canonical table that a step is for, raw table and column; no two steps of a look share all three."""


@dataclass(frozen=True)
class Step:
    """One question to the source."""

    canonical: str
    """The table that its rows are mapped to."""
    table: str
    column: str
    of: tuple[tuple[Name, str], ...] = ()
    """The steps whose rows say what is asked for, each with the column that does; none: the values that are wanted."""

    @property
    def name(self) -> Name:
        return self.canonical, self.table, self.column


@dataclass(frozen=True)
class Look:
    """How a canonical table is asked for by one of its columns."""

    mapping: Mapping
    column: str
    finds: tuple[Step, ...]
    """Rows that have the wanted values: they say which keys there are."""
    brings: tuple[Step, ...]
    """All rows of these keys, and what they lead to: what is mapped."""
    beneath: tuple[Look, ...] = ()
    """How the mapped tables that it reads are asked for."""

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for look in (*self.beneath, self) for step in look.finds + look.brings)

    @property
    def brought(self) -> tuple[Step, ...]:
        """The steps whose rows are mapped: a canonical row names (`row_ref`) one of them."""
        return tuple(step for look in (*self.beneath, self) for step in look.brings)

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """In the order in which they run."""
        return (*(look.mapping for look in self.beneath), self.mapping)

    def for_keys(self, keys: tuple[tuple[Name, str], ...]) -> Look:
        """The same where rows of other steps say what is wanted."""
        finds, brings = (tuple(step if step.of else replace(step, of=keys) for step in steps) for steps in (self.finds, self.brings))
        return replace(self, finds=finds, brings=brings, beneath=tuple(look.for_keys(keys) for look in self.beneath))


def look_of(pack: Pack, table: str, column: str, without: Sequence[str] = ()) -> Look | None:
    """How `table` (schema.table) is asked for by its column; None: it cannot be. without: raw tables that the source does not have.

    A mapping that reads one raw table with a column of that name is asked by it. Another one says by what it is asked (`asked`), and each of its tables has to
    hold its key, or to be compared in its path with a table that is asked; a mapped one has to hold it, and to be one that can be asked for by that column.
    """
    mapping = next((one for one in pack.mappings if f"{pack.schema}.{one.table}" == table), None)
    if mapping is None:
        return None
    inputs = [one for one in mapping.inputs if one.name not in without]
    own: Look | None = None
    if len(mapping.inputs) == 1 and inputs and not inputs[0].mapped and column in pack.tables[inputs[0].name].columns:
        own = Look(mapping, column, (), (Step(mapping.table, inputs[0].name, column),))
    elif inputs:
        own = _over_keys(pack, mapping, column, inputs, without)
    return own if own and all(pack.tables[step.table].columns[step.column] in ("identifier", "text") for step in own.steps) else None


def _over_keys(pack: Pack, mapping: Mapping, column: str, inputs: Sequence[Input], without: Sequence[str]) -> Look | None:
    """The look that finds keys and asks for all rows of them; by one part of the key, for a source is asked by one column."""
    by = mapping.asked.get(column, ())
    driver = next((one for one in mapping.inputs if not one.mapped), None)
    if not by or not driver:
        return None
    is_part = by[0] in mapping.key
    part = mapping.key.index(by[0]) if is_part else next(number for number, name in enumerate(driver.columns) if name != pack.tables[driver.name].client)
    keyed = {one.name: one.columns for one in inputs if one.columns and not one.mapped}
    named = [] if is_part else [one.partition(".") for one in by]
    finds = [Step(mapping.table, table, of) for table, _, of in named if table in keyed]
    keys = tuple((step.name, of) for step in finds if (of := keyed[step.table][part]))
    # A table without the part has no rows of these keys.
    holds = {name: Step(mapping.table, name, of, keys) for name, columns in keyed.items() if (of := columns[part])}
    if not holds or not (keys or is_part):
        return None
    beneath = []
    for one in inputs:
        if one.mapped:
            of = one.columns[part] if one.columns else None
            look = look_of(pack, f"{pack.schema}.{one.mapped}", of, without) if of else None
            if look is None:
                return None
            beneath.append(look.for_keys(keys))
    placed, leads = dict(holds), []
    waiting = [one for one in inputs if not one.columns]
    while waiting:
        ready = [(one, step) for one in waiting if (step := _led_to(pack, mapping, one, part, holds, placed))]
        if not ready:
            return None
        for one, step in ready:
            placed[one.name] = step
            leads.append(step)
            waiting.remove(one)
    look = Look(mapping, column, tuple(finds), (*holds.values(), *leads), tuple(beneath))
    return look if len({step.name for step in look.steps}) == len(look.steps) else None


def _led_to(pack: Pack, mapping: Mapping, one: Input, part: int, holds: dict[str, Step], placed: dict[str, Step]) -> Step | None:
    """The step that asks a table for all rows that its path compares with those of tables already asked; None: it cannot be told yet, or at all.

    Conditions of one path are joined by AND: rows that meet one of them are all that is wanted, and more.
    """
    of: dict[str, list[tuple[Name, str]]] = {}
    try:
        path = sqlglot.parse_one(one.sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        return None
    places = [found for found in path.find_all(exp.Table) if found.db == "changed" and found.name == one.changed]
    for place in places:
        told = sorted(_compared(mapping, place, pack.tables[one.name], part, placed), key=lambda found: found[0])
        if not told:
            return None
        _, column, source = told[0]
        if isinstance(source, int):
            keys = {step.name: mapped.columns[source] for mapped in mapping.inputs if mapped.columns and (step := holds.get(mapped.name))}
            of.setdefault(column, []).extend((name, value) for name, value in keys.items() if value)
        else:
            of.setdefault(column, []).append((placed[source[0]].name, source[1]))
    # By two columns of one table there would be two answers of one moment that have rows in common.
    if len(of) != 1:
        return None
    ((column, sources),) = of.items()
    return Step(mapping.table, one.name, column, tuple(dict.fromkeys(sources))) if sources else None


def _compared(mapping: Mapping, place: exp.Table, raw: RawTable, part: int, placed: dict[str, Step]) -> Iterator[tuple[int, str, int | tuple[str, str]]]:
    """(rank, column of the table, the part of the key or the (raw table, column) that it equals) for what a path says of the table at one place in it."""
    select = place.find_ancestor(exp.Select)
    assert select is not None
    # The path returns a part of the key where this SELECT is one of its own, and none beneath.
    keys = {} if select.find_ancestor(exp.Subquery, exp.Select) else {chosen.sql(): number for number, chosen in enumerate(select.expressions)}
    if isinstance(place.parent, exp.From):
        pairs = [(chosen.name, chosen.sql()) for chosen in select.expressions if isinstance(chosen, exp.Column)]
    elif isinstance(place.parent, exp.Join) and (condition := place.parent.args.get("on")):
        sides = [(one.left, one.right) for one in condition.flatten() if isinstance(one, exp.EQ)] if isinstance(condition, exp.And) else []
        sides += [(condition.left, condition.right)] if isinstance(condition, exp.EQ) else []
        pairs = [
            (own.name, other.sql())
            for left, right in sides
            for own, other in ((left, right), (right, left))
            if isinstance(own, exp.Column) and isinstance(other, exp.Column) and own.table == place.alias_or_name
        ]
    else:
        return
    raws = {found.alias_or_name: found.name for found in select.find_all(exp.Table) if found.db == "raw" and found.find_ancestor(exp.Select) is select}
    for column, other in pairs:
        if column == raw.client or column not in raw.columns:
            continue
        alias, _, of_raw = other.rpartition(".")
        if keys.get(other) == part:
            yield 0, column, part
        elif raws.get(alias) in placed:
            yield 1, column, (raws[alias], of_raw)
        elif other in keys and mapping.key[keys[other]] not in mapping.empty:
            yield 2, column, keys[other]
