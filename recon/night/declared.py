"""What a night stands on besides data: recon.toml, rules, packs, crosswalks and recon itself; and what of it is not as it was in the run before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import recon
from recon.approval import SiteFile
from recon.canonical.packs import Pack
from recon.config import Settings
from recon.gates.suite import Suite
from recon.rule import Rule
from recon.ruleset.load import RuleSet

Declared = Mapping[str, str]
"""What it is, such as `parameters.CON-001.rel_tol` or `rule CON-001` → its value, or a digest of what is long."""

_DIGITS = 12
_OF_SETTINGS = "recon.toml: "
_NOT_SHOWN = ("url",)
"""Keys whose values name machines and accounts: a digest tells that they have changed."""
_DIGEST = "digest "
_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|[^.]+')
"""One key of a dotted one; those with other characters than letters, digits, - and _ stand in quotes, as in recon.toml."""


def declared(workspace: Path, settings: Settings, rules: RuleSet, packs: Mapping[str, Pack], suites: Mapping[str, Suite]) -> dict[str, str]:
    """Everything that is declared, as texts, but for the limits of the machine: they change no finding."""
    told = {"recon": recon.__version__}
    told |= {f"{_OF_SETTINGS}{key}": value for key, value in _flat(settings.model_dump(mode="json", exclude_defaults=True, exclude={"workspace"}))}
    told |= {f"rule {rule.id}": _rule(rule) for rule in rules.rules.values()}
    told |= {f"action {action.name}": f"version {action.version}" for action in rules.actions.values()}
    told |= {f"gates of {name}": _digest(repr(suite)) for name, suite in sorted(suites.items())}
    told |= {f"pack {name}": _digest(_pack(pack)) for name, pack in sorted(packs.items())}
    for source in sorted(settings.sources):
        crosswalk = workspace / "crosswalks" / f"{source}.csv"
        if crosswalk.is_file():
            told[f"crosswalks/{source}.csv"] = _digest(crosswalk.read_text(encoding="utf-8"))
    return told


def changes(before: Declared | None, now: Declared) -> list[dict[str, str | None]]:
    """What is not as it was: `what`, `before` and `after`, None where it was not there, or is not any more. before: None where nobody noted it."""
    if before is None:
        return []
    return [{"what": what, "before": before.get(what), "after": now.get(what)} for what in sorted({*before, *now}) if before.get(what) != now.get(what)]


def settings_of(noted: Declared, limits: Mapping[str, Any]) -> dict[str, Any]:
    """What recon.toml said on the night that noted it, as `config.read` gives it; empty where the night noted nothing.

    limits: the table `workspace` of today's, which nobody notes. What names machines and accounts is a digest: no source can be opened by it.
    """
    data: dict[str, Any] = {}
    for what, value in noted.items():
        if what.startswith(_OF_SETTINGS):
            *path, key = [json.loads(one) if one.startswith('"') else one for one in _KEY.findall(what.removeprefix(_OF_SETTINGS))]
            table = data
            for name in path:
                table = table.setdefault(name, {})
            table[key] = value if key in _NOT_SHOWN and value.startswith(_DIGEST) else json.loads(value)
    for values in data.get("parameters", {}).values():
        for entry in values.get("where", ()):
            if "effective_from" in entry:  # a day of recon.toml, and JSON has none
                entry["effective_from"] = date.fromisoformat(entry["effective_from"])
    return data | {"workspace": dict(limits)} if data else {}


def of_site(rules: RuleSet, packs: Mapping[str, Pack]) -> list[dict[str, str | bool | None]]:
    """The site's own rules, pairings and mappings: kind, name, instead (of a shipped one), waits (None: in force), approved_by."""
    own: Sequence[SiteFile] = [*rules.site, *(file for _, pack in sorted(packs.items()) for file in pack.site)]
    return [asdict(one) for one in own]


def _rule(rule: Rule) -> str:
    return f"version {rule.version}" + (f", off: {rule.off}" if rule.off else "" if rule.in_force else f", {rule.front.status}")


def _pack(pack: Pack) -> str:
    return repr((pack.tables, pack.code_lists, [(one.table, one.key, one.empty, one.inputs, one.needs, one.sql) for one in pack.mappings]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every key of recon.toml that says something else than the default, dotted, with its value as JSON."""
    for key, one in value.items():
        name = f"{prefix}{key if re.fullmatch('[A-Za-z0-9_-]+', key) else json.dumps(key, ensure_ascii=False)}"
        if isinstance(one, dict) and one:
            yield from _flat(one, f"{name}.")
        elif key in _NOT_SHOWN:
            yield name, one if one and one.startswith(_DIGEST) else f"{_DIGEST}{_digest(json.dumps(one))}"
        else:
            yield name, json.dumps(one, ensure_ascii=False)
