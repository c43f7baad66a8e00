"""Profiles: rules/profiles/<name>.toml names the rules of one phase of an introduction, so that a site does not begin with all of them at once.

A file has `title`, `rules` and, where it goes on from others, `includes`. A site's own file takes the place of the shipped one of its name.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from recon.config import RulesSettings
from recon.errors import ConfigurationError, RuleError

FOLDER = "profiles"
_KEYS = ("title", "includes", "rules")
_WHERE = "recon.toml: rules"


@dataclass(frozen=True)
class Profile:
    """The rules of one phase."""

    name: str
    title: str
    rules: frozenset[str]
    """Ids, those of the profiles that it includes among them."""
    file: Path


def names(folders: Sequence[Path]) -> list[str]:
    """The profiles that there are. folders: rules folders, the site's last."""
    return sorted({file.stem for folder in folders for file in (folder / FOLDER).glob("*.toml")})


def load(name: str, folders: Sequence[Path], known: Collection[str], within: tuple[str, ...] = ()) -> Profile:
    """One profile. known: ids of all rules. Raises ConfigurationError where there is none of the name, RuleError where its file is wrong."""
    file = next((path for folder in reversed(folders) if (path := folder / FOLDER / f"{name}.toml").is_file()), None)
    if file is None:
        there = names(folders)
        near = difflib.get_close_matches(name, there, n=1)
        todo = f"did you mean {near[0]}?" if near else f"there are {', '.join(there)}; without a profile all rules are on"
        raise ConfigurationError(f"{_WHERE}.profile", f"names {name!r}, which is no profile", todo)
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(str(file), f"is not TOML: {error}") from None
    if unknown := sorted(told.keys() - {*_KEYS}):
        raise RuleError(str(file), f"has the key {', '.join(unknown)}, which nothing reads", f"its keys are {', '.join(_KEYS)}")
    title, rules, includes = told.get("title"), told.get("rules", []), told.get("includes", [])
    if not isinstance(title, str) or not _texts(rules) or not _texts(includes):
        raise RuleError(str(file), "does not say what it is", "title is a text, rules and includes are lists of texts")
    for rule in rules:
        if rule not in known:
            near = difflib.get_close_matches(rule, known, n=1)
            raise RuleError(str(file), f"names {rule!r}, which is not a rule", f"did you mean {near[0]}?" if near else "recon rules list shows them all")
    if circle := {*within, name} & {*includes}:
        raise RuleError(str(file), f"includes {', '.join(sorted(circle))}, which includes it", "a circle has no beginning")
    every = frozenset(rules).union(*(load(one, folders, known, (*within, name)).rules for one in includes))
    return Profile(name, title, every, file)


def switched_off(settings: RulesSettings, folders: Sequence[Path], known: Collection[str]) -> Mapping[str, str]:
    """Rule id → why it is off at the site. Raises ConfigurationError where [rules] contradicts itself, and as `load` does."""
    if both := sorted({*settings.on} & settings.off.keys()):
        raise ConfigurationError(f"{_WHERE}.on", f"has {', '.join(both)}, and so has off", "leave it out of one of them")
    if settings.profile is None:
        if settings.on:
            raise ConfigurationError(f"{_WHERE}.on", "adds to a profile, and none is named", "leave it out: without a profile all rules are on")
        return settings.off
    profile = load(settings.profile, folders, known)
    left_out = (rule for rule in known if rule not in profile.rules and rule not in settings.on)
    return dict.fromkeys(left_out, f"not in the profile {profile.name}") | settings.off


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
