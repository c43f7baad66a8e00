"""Which side is believed where two contradict each other: the rule's, or what [authority] in recon.toml says of the rule or of a field that it compares."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_args

from recon.canonical.schema import canonical_tables
from recon.config import Settings, Side
from recon.errors import ConfigurationError, ReconError
from recon.model import Belief
from recon.rule import NO_PLANT, Correction, Rule
from recon.ruleset.load import RuleSet

Given = Mapping[str, Side | Mapping[str, Side]]
"""[authority] in recon.toml: rule id or field → a side, or plant → a side."""

ALL_OTHERS = "*"
"""Plants that a statement by plant does not name."""


def believed(rule: Rule, plant: str, given: Given) -> list[Belief]:
    """What is believed at a plant (NO_PLANT: of what belongs to none), field by field; one without a field for a rule that names none.

    The more particular statement holds: of the rule before one of a field, of the plant before one of the whole site, and last what the rule says itself.
    A statement of a field that believes a side which the rule does not look at says nothing to it.
    """
    own = _said(rule.id, plant, given)
    beliefs = []
    for field in rule.front.compares or (None,):
        said = own or (_said(field, plant, given) if field else None)
        if said and not own and said[0] not in (*rule.pairing.sides, "-"):
            said = None
        side, said_by = said or (rule.front.authority, None)
        beliefs.append(Belief(field, side, said_by))
    return beliefs


def _said(name: str, plant: str, given: Given) -> tuple[str, str] | None:
    """(side, key of recon.toml) of the statement about a rule or field that holds at a plant."""
    stated = given.get(name)
    if stated is None or isinstance(stated, str):
        return (stated, f"authority.{name}") if stated else None
    said = next((one for one in (plant, ALL_OTHERS) if one in stated), None)
    return (stated[said], f"authority.{name}.{said}") if said else None


def of_site(rules: RuleSet, settings: Settings) -> dict[str, dict[str, list[Belief]]]:
    """Rule id → plant → what is believed there, where [authority] says anything of it."""
    found: dict[str, dict[str, list[Belief]]] = {}
    for rule in rules.rules.values():
        for plant in (*settings.plants, NO_PLANT):
            beliefs = believed(rule, plant, settings.authority)
            if any(belief.said_by for belief in beliefs):
                found.setdefault(rule.id, {})[plant] = beliefs
    return found


def check(rules: RuleSet, given: Mapping[str, Any], plants: Collection[str]) -> list[ReconError]:
    """Everything in [authority] that names no rule and no field that one compares, a plant that is not there, or a side that has no part in it."""
    compared: dict[str, list[Rule]] = {}
    for rule in rules.rules.values():
        for field in rule.front.compares:
            compared.setdefault(field, []).append(rule)
    errors: list[ReconError] = []
    for name, value in given.items():
        where = f"recon.toml: authority.{name}"
        about = [rules.rules[name]] if name in rules.rules else compared.get(name)
        if about is None:
            errors.append(_nothing(name, value, [*rules.rules, *compared]))
            continue
        by_plant = value if isinstance(value, dict) else {}
        if set(by_plant) - {ALL_OTHERS} and all(rule.pairing.plantless for rule in about):
            errors.append(ConfigurationError(where, "says it by plant, and what is found of it belongs to none", f'write "{name}" = "sap"'))
            continue
        errors += [
            ConfigurationError(f"{where}.{plant}", f"is for the plant {plant!r}, which has no [plants.{plant}]")
            for plant in by_plant
            if plant not in (*plants, ALL_OTHERS)
        ]
        sides = sorted({side for rule in about for side in rule.pairing.sides})
        for place, side in (by_plant or {None: value}).items():
            # What is no side at all is said with the other values that do not fit their key.
            if side in get_args(Side) and side not in (*sides, "-"):
                at = f"{where}.{place}" if place else where
                errors.append(
                    ConfigurationError(at, f"believes {side!r}, which has no part in it", f'it compares {", ".join(sides)}; "-" leaves it to a person')
                )
    return errors


def _nothing(name: str, value: object, known: Collection[str]) -> ConfigurationError:
    where = f"recon.toml: authority.{name}"
    if isinstance(value, dict) and name in canonical_tables():
        field = f"{name}.{next(iter(value), '')}"
        return ConfigurationError(where, "is a table, and what is believed is said of its fields", f'put the field in quotation marks: "{field}" = …')
    near = difflib.get_close_matches(name, known, n=1)
    todo = f"did you mean {near[0]}?" if near else "recon rules matrix lists the rules and their fields"
    return ConfigurationError(where, "is neither a rule nor a field that one compares", todo)


def matrix(rules: RuleSet, settings: Settings | None) -> Iterator[dict[str, str | None]]:
    """The source-of-truth matrix, a row for every rule, field and plant: rule, title, field, plant, believed, from, corrected_in, in_force, owner.

    field: as table.column, or None where the rule names none. believed: a side, 'site' where the site has still to say, '-' where a person decides. from:
    shipped, 'site rule', or the key of recon.toml. corrected_in: sides that the rule's actions post in, comma between them, without the one that is
    believed; None: none is left, or a person decides. Without a site, the plant is '*'.
    """
    for rule in rules.rules.values():
        everywhere = [NO_PLANT] if rule.pairing.plantless or not settings else [*settings.plants]
        beliefs = {plant: believed(rule, plant, settings.authority if settings else {}) for plant in everywhere}
        for number, field in enumerate(rule.front.compares or (None,)):
            for plant in everywhere:
                belief = beliefs[plant][number]
                yield {
                    "rule": rule.id,
                    "title": rule.front.title,
                    "field": field,
                    "plant": plant,
                    "believed": belief.side,
                    "from": f"recon.toml, {belief.said_by}" if belief.said_by else "shipped" if rule.file not in rules.site_files else "site rule",
                    "corrected_in": ", ".join(side for side in corrected_in(rule, rules) if belief.side not in (side, "-")) or None,
                    "in_force": "yes" if rule.in_force else rule.off or rule.front.status,
                    "owner": (settings.owners.get(rule.id) if settings else None) or rule.front.owner,
                }


def corrected_in(rule: Rule, rules: RuleSet) -> list[str]:
    """Systems that the rule's actions post in."""
    correction = rule.front.correction
    return sorted({rules.actions[way.action].target for way in correction.tried}) if isinstance(correction, Correction) else []
