"""Parameters of rules and pairings: the shipped value, or the site's from recon.toml; a rule sees them as the relation `params`.

A site's value is for the whole site, under [parameters.<name>], or for a part of it, in the entries of [[parameters.<name>.where]].
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from recon.config import Settings
from recon.errors import ConfigurationError, ReconError
from recon.rule import SELECTORS, Override, Pairing, Rule
from recon.ruleset.load import RuleSet

_LIMIT = 1_000_000
"""Parameters are decimals with six digits before the point and six behind it."""


def in_force(thing: Rule | Pairing, site: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Any, str]]:
    """Parameter → (value, where it comes from: 'shipped' or 'recon.toml'), where no entry says otherwise."""
    own = site.get(_name(thing), {})
    return {key: (own[key], "recon.toml") if key in own else (value, "shipped") for key, value in thing.front.params.items()}


def overrides(thing: Rule | Pairing, site: Mapping[str, Mapping[str, Any]]) -> list[Override]:
    """The entries of [[parameters.<name>.where]], in their order; `check` has found nothing wrong with them."""
    return [
        Override(
            {key: value for key, value in entry.items() if key not in SELECTORS},
            _texts(entry.get("plant")),
            _texts(entry.get("order_type")),
            _texts(entry.get("material_group")),
            entry.get("effective_from"),
        )
        for entry in site.get(_name(thing), {}).get("where", ())
    ]


def on(days: Mapping[str, date], given: Sequence[Override]) -> list[Override]:
    """Those that hold on a day, in their order, each for the plants where it does. days: plant → its day."""
    held = []
    for one in given:
        plants = tuple(
            plant for plant, day in days.items() if (one.plants is None or plant in one.plants) and (one.effective_from is None or one.effective_from <= day)
        )
        if plants:
            held.append(replace(one, plants=plants))
    return held


def days(settings: Settings, moment: datetime) -> dict[str, date]:
    """Plant → its calendar day at a moment."""
    return {name: moment.astimezone(ZoneInfo(plant.time_zone)).date() for name, plant in settings.plants.items()}


def selecting(rules: RuleSet, site: Mapping[str, Mapping[str, Any]]) -> RuleSet:
    """The same set, in which a pairing depends also on the canonical tables that its own entries and those of its rules in force select by."""
    tables = {name: set(_selected_by(pairing, overrides(pairing, site))) for name, pairing in rules.pairings.items()}
    for rule in rules.rules.values():
        if rule.in_force:
            tables[rule.pairing.name] |= set(_selected_by(rule.pairing, overrides(rule, site)))
    if not any(tables.values()):
        return rules
    marked = {name: replace(pairing, selected_by=tuple(sorted(tables[name]))) for name, pairing in rules.pairings.items()}
    pairings = {name: replace(pairing, builds_on=tuple(marked[base.name] for base in pairing.builds_on)) for name, pairing in marked.items()}
    return replace(rules, pairings=pairings, rules={rule_id: replace(rule, pairing=pairings[rule.pairing.name]) for rule_id, rule in rules.rules.items()})


def _selected_by(pairing: Pairing, given: Sequence[Override]) -> Iterator[str]:
    groups = any(one.material_groups is not None for one in given)
    if any(one.order_types is not None for one in given) or (groups and not pairing.material):
        yield "sap.work_order"
    if groups:
        yield "sap.material"


def check(rules: RuleSet, site: Mapping[str, Mapping[str, Any]], plants: Collection[str]) -> list[ReconError]:
    """Everything in [parameters] that no rule or pairing declares, has another kind of value, or selects by what is not there. plants: those declared."""
    things: dict[str, Rule | Pairing] = {**rules.pairings, **rules.rules}
    errors: list[ReconError] = []
    for name, values in site.items():
        where = f"recon.toml: parameters.{name}"
        if name not in things:
            errors.append(_unknown(where, "is neither a rule nor a pairing", name, list(things)))
            continue
        declared = things[name].front.params
        for key, value in values.items():
            if key == "where":
                errors += _wrong_entries(f"{where}.where", things[name], value, plants)
            elif key not in declared:
                errors.append(_unknown(f"{where}.{key}", f"is not a parameter of {name}", key, list(declared)))
            else:
                errors += _wrong_value(f"{where}.{key}", value, declared[key])
    return errors


def _wrong_entries(where: str, thing: Rule | Pairing, entries: Any, plants: Collection[str]) -> Iterator[ReconError]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        yield ConfigurationError(where, "is no list of entries", f"begin each with [[parameters.{_name(thing)}.where]], in double brackets")
        return
    declared = thing.front.params
    for number, entry in enumerate(entries, 1):
        place = f"{where}, entry {number}"
        for key, value in entry.items():
            if key in declared:
                yield from _wrong_value(f"{place}: {key}", value, declared[key])
            elif key == "effective_from":
                if not isinstance(value, date) or isinstance(value, datetime):
                    yield ConfigurationError(f"{place}: {key}", f"is {_kind(value)}, and has to be a day without quotes, such as 2026-01-01")
            elif key in SELECTORS:
                yield from _wrong_selector(f"{place}: {key}", thing, key, value, plants)
            else:
                yield _unknown(f"{place}: {key}", f"is neither a selector nor a parameter of {_name(thing)}", key, [*SELECTORS, *declared])
        if not entry.keys() - set(SELECTORS):
            yield ConfigurationError(place, "gives no parameter a value", f"known: {', '.join(sorted(declared)) or 'none'}")


def _wrong_selector(where: str, thing: Rule | Pairing, key: str, value: Any, plants: Collection[str]) -> Iterator[ReconError]:
    pairing = thing.pairing if isinstance(thing, Rule) else thing
    if _kind(value) not in ("a text", "a list of texts"):
        yield ConfigurationError(where, f"is {_kind(value)}, and has to be a text or a list of texts")
        return
    named = _texts(value)
    if not named or not all(named):
        yield ConfigurationError(where, "names nothing", "leave it out where the entry holds for all")
    elif key == "plant" and pairing.plantless:
        yield ConfigurationError(where, f"selects a plant, and what {_name(thing)} finds belongs to none", "set the value for the whole site")
    elif key == "plant" and plants:  # without any, their absence is told
        for plant in named:
            if plant not in plants:
                yield _unknown(where, f"names {plant!r}, which has no [plants.{plant}]", plant, list(plants))
    answers = "order_no" in pairing.front.key or (key == "material_group" and pairing.material is not None)
    if key in ("order_type", "material_group") and not answers:
        lacks = "order" if key == "order_type" else "material or order"
        told = f"no {lacks} is in the key of {_name(thing)}: {', '.join(pairing.key)}"
        yield ConfigurationError(where, told, "select by what its key tells, or set the value for the whole plant")


def _wrong_value(where: str, value: Any, shipped: Any) -> Iterator[ReconError]:
    if _kind(value) != _kind(shipped):
        yield ConfigurationError(where, f"is {_kind(value)}, and has to be {_kind(shipped)} such as {shipped}")
    elif _kind(value) == "a number" and not abs(value) < _LIMIT:
        yield ConfigurationError(where, f"is {value}, and has to lie between -{_LIMIT:,} and {_LIMIT:,}")


def _name(thing: Rule | Pairing) -> str:
    return thing.id if isinstance(thing, Rule) else thing.name


def _texts(value: str | list[str] | None) -> tuple[str, ...] | None:
    """A selector is a text or a list of them."""
    return None if value is None else (value,) if isinstance(value, str) else tuple(value)


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
