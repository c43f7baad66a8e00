"""Parameters of rules and pairings: the shipped value, or the site's from recon.toml; a rule sees them as the relation `params`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from recon.errors import ConfigurationError, ReconError
from recon.rule import Pairing, Rule
from recon.ruleset.load import RuleSet

_LIMIT = 1_000_000
"""Parameters are decimals with six digits before the point and six behind it."""


def in_force(thing: Rule | Pairing, site: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Any, str]]:
    """Parameter → (value, where it comes from: 'shipped' or 'recon.toml')."""
    name = thing.id if isinstance(thing, Rule) else thing.name
    own = site.get(name, {})
    return {key: (own[key], "recon.toml") if key in own else (value, "shipped") for key, value in thing.front.params.items()}


def check(rules: RuleSet, site: Mapping[str, Mapping[str, Any]]) -> list[ReconError]:
    """Everything in [parameters] that no rule or pairing declares, or that has another kind of value."""
    things: dict[str, Rule | Pairing] = {**rules.pairings, **rules.rules}
    errors: list[ReconError] = []
    for name, values in site.items():
        if name not in things:
            errors.append(_unknown(f"recon.toml: parameters.{name}", "is neither a rule nor a pairing", name, list(things)))
            continue
        declared = things[name].front.params
        for key, value in values.items():
            where = f"recon.toml: parameters.{name}.{key}"
            if key not in declared:
                errors.append(_unknown(where, f"is not a parameter of {name}", key, list(declared)))
            elif _kind(value) != _kind(declared[key]):
                errors.append(ConfigurationError(where, f"is {_kind(value)}, and has to be {_kind(declared[key])} such as {declared[key]}"))
            elif _kind(value) == "a number" and not abs(value) < _LIMIT:
                errors.append(ConfigurationError(where, f"is {value}, and has to lie between -{_LIMIT:,} and {_LIMIT:,}"))
    return errors


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float | Decimal):
        return "a number"
    if isinstance(value, list):
        return "a list of texts" if all(isinstance(entry, str) for entry in value) else "a list of other things than texts"
    return "a text" if isinstance(value, str) else f"a {type(value).__name__}"


def _unknown(where: str, what: str, name: str, known: list[str]) -> ConfigurationError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return ConfigurationError(where, what, f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known)) or 'none'}")
