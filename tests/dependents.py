"""Which of the small company's rules depend on what its sources deliver, by what pairings and the packs' mappings declare that they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from recon.canonical.packs import Pack
from recon.config import Settings
from recon.prepare import prepare
from recon.rule import NO_PLANT, Rule
from tests import nights

RuleAtPlant = tuple[str, str]
Delivered = Mapping[str, Sequence[str] | str]
"""Source → raw tables, or 'all'."""


@dataclass(frozen=True)
class _Company:
    settings: Settings
    packs: dict[str, Pack]
    rules: list[Rule]
    """Those in force."""


@cache
def _company() -> _Company:
    with TemporaryDirectory() as workspace:
        nights.deliver(nights.SMALL, 1, Path(workspace))
        settings, rules, packs, _ = prepare(Path(workspace))
    return _Company(settings, packs, [rule for rule in rules.rules.values() if rule.in_force])


def noted() -> set[str]:
    """Rules over what the night notes of its intake: a fault there is what they find, whatever it costs the others."""
    return {rule.id for rule in _company().rules if rule.pairing.noted}


def everything() -> set[RuleAtPlant]:
    """Every rule at every plant."""
    return {(rule.id, plant) for rule in _company().rules for plant in _judged_at(rule, _company().settings.plants)}


def on(delivered: Delivered, optional: bool = True) -> set[RuleAtPlant]:
    """Rules that depend on one of these tables, at the plants of the source that delivers it, or at all plants where rows of all of them count.

    optional: those too that can do without it.
    """
    company, found = _company(), set[RuleAtPlant]()
    for name, tables in delivered.items():
        source = company.settings.sources[name]
        pack = company.packs[source.pack]
        filled = {
            f"{pack.schema}.{mapping.table}"
            for mapping in pack.mappings
            if (tables == "all" or {*tables} & {*mapping.reads}) and not (mapping.reads and {*mapping.reads} <= {*source.without})
        }
        found |= {
            (rule.id, plant)
            for rule in company.rules
            if filled & {*rule.pairing.tables} - (frozenset() if optional else rule.pairing.optional)
            for plant in _judged_at(rule, company.settings.plants if filled & rule.pairing.across else source.plants)
        }
    return found


def over(pairings: Iterable[str]) -> set[str]:
    """Rules over one of these pairings, or over one that builds on it."""
    wanted = {*pairings}
    return {rule.id for rule in _company().rules if wanted & {rule.pairing.name, *(base.name for base in rule.pairing.builds_on)}}


def _judged_at(rule: Rule, plants: Iterable[str]) -> list[str]:
    return [NO_PLANT] if rule.pairing.plantless else [*plants]
