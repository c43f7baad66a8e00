"""Which side is believed where two contradict each other: the rule's, or the one that [authority] in recon.toml names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from recon.config import Settings
from recon.errors import ConfigurationError, ReconError
from recon.rule import Correction, Rule
from recon.ruleset.load import RuleSet

Sites = Mapping[str, Mapping[str, str]]
"""Rule id → plant → the side that the site believes there, where it has said so; '-': none by itself."""


def of_site(settings: Settings) -> Sites:
    """What [authority] says, by plant."""
    return {rule: dict(given) if isinstance(given, dict) else dict.fromkeys((*settings.plants, "*"), given) for rule, given in settings.authority.items()}


def check(rules: RuleSet, given: Mapping[str, Any], plants: Collection[str]) -> list[ReconError]:
    """Everything in [authority] that names a plant that is not declared, or a plant of a rule that has none. That its rules exist is checked elsewhere."""
    errors: list[ReconError] = []
    for rule_id, value in given.items():
        if rule_id not in rules.rules or not isinstance(value, dict):
            continue
        where = f"recon.toml: authority.{rule_id}"
        if rules.rules[rule_id].pairing.plantless:
            errors.append(ConfigurationError(where, "says it by plant, and what the rule finds belongs to none", f'write "{rule_id}" = "sap"'))
            continue
        errors += [
            ConfigurationError(f"{where}.{plant}", f"is for the plant {plant!r}, which has no [plants.{plant}]") for plant in value if plant not in plants
        ]
    return errors


def matrix(rules: RuleSet, settings: Settings | None) -> Iterator[dict[str, str | None]]:
    """The source-of-truth matrix, a row for every rule and plant: rule, title, plant, believed, from (shipped or recon.toml), corrected_in, in_force, owner.

    believed: a side, 'site' where the site has still to say, '-' where a person decides. corrected_in: sides that its actions post in, comma between
    them; None: no action is declared. Without a site, the plant is '*'.
    """
    own = of_site(settings) if settings else {}
    for rule in rules.rules.values():
        everywhere = ["*"] if rule.pairing.plantless or not settings else [*settings.plants]
        for plant in everywhere:
            said = own.get(rule.id, {}).get(plant)
            yield {
                "rule": rule.id,
                "title": rule.front.title,
                "plant": plant,
                "believed": said or rule.front.authority,
                "from": "recon.toml" if said else "shipped" if rule.file not in rules.site_files else "site rule",
                "corrected_in": ", ".join(corrected_in(rule, rules)) or None,
                "in_force": "yes" if rule.in_force else rule.off or rule.front.status,
                "owner": (settings.owners.get(rule.id) if settings else None) or rule.front.owner,
            }


def corrected_in(rule: Rule, rules: RuleSet) -> list[str]:
    """Systems that the rule's actions post in."""
    correction = rule.front.correction
    return sorted({rules.actions[way.action].target for way in correction.tried}) if isinstance(correction, Correction) else []
