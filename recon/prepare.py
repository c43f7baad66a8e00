"""Everything a night needs besides data: recon.toml, rules, packs and crosswalks, checked alone and against each other, and all that is wrong told together."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from recon import config, shipped
from recon.canonical import crosswalks, packs
from recon.canonical.packs import Pack
from recon.config import Settings, table_of
from recon.engines import duckdb as engine
from recon.errors import ConfigurationError, ManyErrors, ReconError
from recon.gates import suites
from recon.gates.suite import Suite
from recon.rule import Rule
from recon.ruleset import authority, parameters, profiles
from recon.ruleset import load as ruleset

Loaded = tuple[Settings, ruleset.RuleSet, dict[str, Pack], dict[str, Suite]]
"""What a night needs besides data, with nothing wrong in it."""


@dataclass
class Prepared:
    """What could be loaded, and what is wrong."""

    settings: Settings | None = None
    """None where recon.toml is wrong by itself."""
    rules: ruleset.RuleSet | None = None
    """None where a rule file is wrong."""
    packs: dict[str, Pack] = field(default_factory=dict)
    """Those of the sources that could be loaded."""
    suites: dict[str, Suite] = field(default_factory=dict)
    """What is expected of which table; empty where the site wants no gates, or a file is wrong."""
    errors: list[ReconError] = field(default_factory=list)


@dataclass(frozen=True)
class Apart:
    """A plant whose sources say that they work for several SAP systems, so that some rules can never compare them."""

    plant: str
    systems: dict[str, tuple[str, ...]]
    """System → its sources at the plant."""
    rules: tuple[str, ...]
    """Rules that no system has all sides of, and the sources together would."""

    def __str__(self) -> str:
        sides = (f"{_and(sources)} {'has' if len(sources) == 1 else 'have'} {system}" for system, sources in self.systems.items())
        return f"plant {self.plant}: {', '.join(sides)}: they are never compared"


@dataclass(frozen=True)
class TakenAsEmpty:
    """A canonical table that rules in force need, and of which every source that could tell of it at some plant is declared to be without all it is made of."""

    table: str
    """As schema.table."""
    plants: tuple[str, ...]
    sources: tuple[str, ...]
    without: tuple[str, ...]
    """Raw tables that it would be made of."""
    rules: tuple[str, ...]

    def __str__(self) -> str:
        whose = f"{_and(self.sources)} {'is' if len(self.sources) == 1 else 'are'} declared to be without {_and(self.without)}"
        return f"{whose}: {self.table} counts as empty at {_and(self.plants)}"


def prepare(workspace: Path, day: date | None = None, data: dict[str, Any] | None = None) -> Loaded:
    """Load all of it, as it is in force on a day (default: today). data: what stands in the place of recon.toml, as `config.read` gives it.

    Raises ReconError, or ManyErrors with everything that is wrong.
    """
    found = look(workspace, day, data)
    if found.errors:
        raise found.errors[0] if len(found.errors) == 1 else ManyErrors(found.errors)
    assert found.settings is not None
    assert found.rules is not None
    return found.settings, found.rules, found.packs, found.suites


def look(workspace: Path, day: date | None = None, data: dict[str, Any] | None = None) -> Prepared:
    """The same, with what is wrong as a value. A wrong key in one place hides nothing that is wrong in another."""
    found = Prepared()
    of_today = data is None
    try:
        data = config.read(workspace) if data is None else data
    except ReconError as error:
        found.errors.append(error)
        return found
    with_errors = _collector(found)
    found.settings = with_errors(lambda: config.settings_of(workspace, data))
    found.rules = with_errors(lambda: ruleset.load(shipped.folder("rules"), workspace / "rules", day))
    wanted = {pack for name in table_of(data, "sources") if isinstance(pack := table_of(data, "sources", name).get("pack"), str)}
    for name in sorted(wanted):
        pack = with_errors(partial(packs.load_pack, name, [workspace / "packs", packs.SHIPPED], day))
        if pack:
            found.packs[name] = pack
    found.errors += _misnamed(data, found.rules, found.packs)
    wanted_suites = with_errors(lambda: suites_of(workspace, found.packs)) or {}
    if found.settings:
        found.suites = {} if not found.settings.gates.run else {name: one for name, one in wanted_suites.items() if name not in found.settings.gates.off}
        found.errors += _unknown("gates.off", found.settings.gates.off, wanted_suites, "has no suite")
        found.errors += packs.unknown_without(found.settings.sources, found.packs)
        # Beside settings of another day there may be files of sources that came or went since.
        found.errors += crosswalks.strays(workspace, found.settings.sources) if of_today else []
        for name, source in found.settings.sources.items():
            if source.pack in found.packs:
                with_errors(partial(crosswalks.read, workspace, name, found.packs[source.pack]))
        limits = found.settings.workspace
        with_errors(lambda: engine.connect(limits).close())
    if found.settings and found.rules:
        try:
            off = profiles.switched_off(found.settings.rules, [shipped.folder("rules"), workspace / "rules"], found.rules.rules)
            found.rules = found.rules.without(off)
        except ReconError as error:
            found.errors.append(error)
    if found.settings and found.rules and not found.errors:
        found.rules = parameters.selecting(found.rules, found.settings.parameters)
        found.errors += nothing_to_compare(found.settings, found.rules, found.packs)
    return found


def suites_of(workspace: Path, loaded: Mapping[str, Pack]) -> dict[str, Suite]:
    """Every suite in force in the workspace. loaded: packs whose raw tables' columns are known. Raises RuleError or ManyErrors."""
    raw_tables: dict[str, Mapping[str, Mapping[str, str]] | None] = dict.fromkeys(packs.names([workspace / "packs", packs.SHIPPED]))
    raw_tables |= {name: {table.name: table.columns for table in pack.tables.values()} for name, pack in loaded.items()}
    return suites.load(shipped.folder("rules"), workspace / "rules", raw_tables)


def _collector(found: Prepared) -> Callable[[Callable[[], Any]], Any]:
    def with_errors(load: Callable[[], Any]) -> Any:
        try:
            return load()
        except ManyErrors as many:
            found.errors += many.errors
        except ReconError as error:
            found.errors.append(error)
        return None

    return with_errors


def _misnamed(data: Mapping[str, Any], rules: ruleset.RuleSet | None, known_packs: Mapping[str, Pack]) -> Iterator[ReconError]:
    """Names in recon.toml that stand for something and for nothing that is there."""
    if rules:
        workflows = {pairing.front.workflow for pairing in rules.pairings.values()}
        # A service level is of messages, whose workflows and interfaces are the site's own.
        settled = [name for name in table_of(data, "workflows") if "settle" in table_of(data, "workflows", name)]
        yield from _unknown("workflows", settled, workflows, "is no workflow of any pairing, and only theirs have `settle`")
        carried = [name for name in table_of(data, "workflows") if "carried_by" in table_of(data, "workflows", name)]
        yield from _unknown("workflows", carried, rules.carried, "is nothing that a rule takes from messages, and only that is `carried_by` some")
        yield from _unknown("owners", table_of(data, "owners"), rules.rules, "is not a rule")
        yield from _unknown("rules.off", table_of(data, "rules", "off"), rules.rules, "is not a rule")
        on = table_of(data, "rules").get("on")
        yield from _unknown("rules.on", [name for name in on if isinstance(name, str)] if isinstance(on, list) else [], rules.rules, "is not a rule")
        yield from authority.check(rules, table_of(data, "authority"), table_of(data, "plants"))
        given = table_of(data, "parameters")
        yield from parameters.check(rules, {name: table_of(given, name) for name in given}, table_of(data, "plants"))
    for source in table_of(data, "sources"):
        pack = known_packs.get(str(table_of(data, "sources", source).get("pack")))
        if pack:
            tables = table_of(data, "sources", source, "tables")
            yield from _unknown(f"sources.{source}.tables", tables, pack.tables, f"is no table that the pack {pack.name} reads")


def _unknown(where: str, given: Iterable[str], known: Iterable[str], what: str) -> Iterator[ConfigurationError]:
    there = sorted(known)
    for name in given:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1, cutoff=0.5) or difflib.get_close_matches(name.upper(), there, n=1, cutoff=0.5)
            todo = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(there)}"
            yield ConfigurationError(f"{config.FILE_NAME}: {where}.{name}", what, todo)


def apart(settings: Settings, rules: ruleset.RuleSet, known_packs: Mapping[str, Pack]) -> list[Apart]:
    """The plants where sources of different systems keep rules from ever being judged."""
    found = []
    for plant in settings.plants:
        systems = _systems(plant, settings)
        if len(systems) > 1:
            tables = [_tables(sources, settings, known_packs) for sources in systems.values()]
            never = [rule.id for rule in _active(rules) if not any(_has(each, rule) for each in tables) and _has(set().union(*tables), rule)]
            if never:
                found.append(Apart(plant, systems, tuple(never)))
    return found


def taken_as_empty(settings: Settings, rules: ruleset.RuleSet, known_packs: Mapping[str, Pack]) -> list[TakenAsEmpty]:
    """What rules in force need, and nobody tells because recon.toml says that there is none, by table."""
    needing: dict[str, list[str]] = {}
    for rule in _active(rules):
        for table in sorted({*rule.pairing.tables} - rule.pairing.optional):
            needing.setdefault(table, []).append(rule.id)
    found = []
    for table, ids in sorted(needing.items()):
        plants, quiet, raw = set[str](), set[str](), set[str]()
        for plant in settings.plants:
            for sources in _systems(plant, settings).values():
                made_of = {source: reads for source in sources if (reads := _made_of(table, known_packs[settings.sources[source].pack]))}
                if made_of and all(reads <= {*settings.sources[source].without} for source, reads in made_of.items()):
                    plants.add(plant)
                    quiet |= made_of.keys()
                    raw = raw.union(*made_of.values())
        if plants:
            found.append(TakenAsEmpty(table, tuple(sorted(plants)), tuple(sorted(quiet)), tuple(sorted(raw)), tuple(ids)))
    return found


def _made_of(table: str, pack: Pack) -> set[str]:
    """Raw tables that the pack makes a canonical table of; none: it does not make it."""
    return {raw for mapping in pack.mappings if f"{pack.schema}.{mapping.table}" == table for raw in mapping.reads}


def nothing_to_compare(settings: Settings, rules: ruleset.RuleSet, known_packs: Mapping[str, Pack]) -> list[ReconError]:
    """One error a plant where no system has all sides of any rule that compares some anywhere, and the sources of a plant together would have."""
    for plant in settings.plants:
        of_systems = [_tables(sources, settings, known_packs) for sources in _systems(plant, settings).values()]
        if any(_has(tables, rule) for tables in of_systems for rule in _active(rules) if _compares(rule)):
            return []
    todo = "`system` is the SAP instance and client that a source belongs to or works for: write it the same way in every source that belongs together"
    return [ConfigurationError(f"{config.FILE_NAME}: sources", str(one), todo) for one in apart(settings, rules, known_packs)]


def _systems(plant: str, settings: Settings) -> dict[str, tuple[str, ...]]:
    """System → its sources at the plant."""
    systems: dict[str, tuple[str, ...]] = {}
    for name, source in settings.sources.items():
        if plant in source.plants:
            systems[source.system] = (*systems.get(source.system, ()), name)
    return systems


def _active(rules: ruleset.RuleSet) -> list[Rule]:
    return [rule for rule in rules.rules.values() if rule.in_force]


def _tables(sources: Iterable[str], settings: Settings, known_packs: Mapping[str, Pack]) -> set[str]:
    """Canonical tables that the packs of these sources fill."""
    of_sources = (known_packs[settings.sources[source].pack] for source in sources)
    return {f"{pack.schema}.{mapping.table}" for pack in of_sources for mapping in pack.mappings}


def _has(tables: set[str], rule: Rule) -> bool:
    needed = {*rule.pairing.tables} - rule.pairing.optional
    return tables.issuperset(needed) and not tables.isdisjoint(rule.pairing.tables)


def _compares(rule: Rule) -> bool:
    """Whether it holds one side against another; some look at one alone."""
    return len({table.partition(".")[0] for table in rule.pairing.tables if table not in rule.pairing.optional}) > 1


def _and(names: Iterable[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
