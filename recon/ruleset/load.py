"""rules/<family>/*.pairing.sql and <ID>-<slug>.sql → RuleSet. Everything wrong in any file is reported together.

A site's own rules/ folder shadows shipped files that declare the same pairing or rule, and adds new ones.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from recon import frontmatter
from recon.action import Action
from recon.approval import SiteFile, waits
from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.errors import ManyErrors, ReconError, RuleError
from recon.model import FAMILIES
from recon.rule import Pairing, PairingFront, Rule, RuleFront
from recon.ruleset import actions
from recon.wrong_values import explained

Front = TypeVar("Front", bound=BaseModel)
RULE_ID = re.compile(rf"({'|'.join(FAMILIES)})-\d{{3}}")


@dataclass(frozen=True)
class RuleSet:
    """All pairings and rules that apply, by name and in the order of their IDs."""

    pairings: dict[str, Pairing]
    rules: dict[str, Rule]
    site_files: frozenset[Path] = field(default_factory=frozenset)
    """Files that come from the site rather than from recon."""
    site: tuple[SiteFile, ...] = ()
    """The site's own rules and pairings, those that are not in force yet among them."""
    actions: dict[str, Action] = field(default_factory=dict)
    """What the rules' corrections may name, by name."""

    def rule(self, rule_id: str) -> Rule:
        """The rule of an ID in any case. Raises RuleError with the nearest ID."""
        found = self.rules.get(rule_id.upper())
        if found is None:
            near = difflib.get_close_matches(rule_id.upper(), self.rules, n=1)
            raise RuleError(f"rule {rule_id!r}", "is not a known rule", f"did you mean {near[0]}?" if near else "recon rules list shows them all")
        return found

    @property
    def carried(self) -> frozenset[str]:
        """Workflows whose messages can carry what some rule compares."""
        return frozenset(name for rule in self.rules.values() for declared in rule.messages for name in declared.workflows)

    def without(self, off: Mapping[str, str]) -> RuleSet:
        """The same set with these rules switched off: rule id → why."""
        return replace(self, rules={rule_id: replace(rule, off=off.get(rule_id) or rule.off) for rule_id, rule in self.rules.items()})


def load(shipped: Path, site: Path | None = None, day: date | None = None) -> RuleSet:
    """Load the shipped rules and then the site's, of which drafts and those that are in force from a later day on take nobody's place.

    day: the one for which it is asked; default: today. Raises RuleError or ManyErrors.
    """
    today = day or datetime.now(UTC).date()
    own: list[SiteFile] = []
    waiting: dict[str, str] = {}
    late: dict[str, str] = {}
    errors: list[ReconError] = []
    pairings: dict[str, Pairing] = {}
    sources: dict[str, tuple[RuleFront, str, Path]] = {}
    site_files: set[Path] = set()
    broken: set[str] = set()
    for folder in [shipped, *([site] if site and site.is_dir() else [])]:
        seen: dict[str, Path] = {}
        for file in sorted(folder.rglob("*.sql")):
            try:
                front, sql = frontmatter.split(file)
                why = waits(front, today, file) if folder == site else None
                if file.name.endswith(".pairing.sql"):
                    pairing = Pairing(_validated(PairingFront, front, file), sql, file)
                    _only_once(seen, pairing.name, file)
                    kind, name, instead = "pairing", pairing.name, pairing.name in pairings
                    if not (why and instead):
                        pairings[name] = pairing
                        late |= {name: why} if why else {}
                else:
                    rule_front = _validated(RuleFront, front, file)
                    _only_once(seen, rule_front.id, file)
                    kind, name, instead = "rule", rule_front.id, rule_front.id in sources
                    if not (why and instead):
                        sources[name] = (rule_front, sql, file)
                        waiting |= {name: why} if why else {}
                if folder == site:
                    own.append(SiteFile(kind, name, instead, why, front.get("approved_by")))
                    if not (why and instead):
                        site_files.add(file)
            except ReconError as error:
                if folder == site and _is_draft(file):
                    # Half-written, it stops no night; `recon rules lint` says what is wrong once it is no draft any more.
                    own.append(
                        SiteFile("pairing" if file.name.endswith(".pairing.sql") else "rule", file.name.split(".")[0], False, f"draft: {error.what}", None)
                    )
                    continue
                errors.append(error)
                broken.add(file.name.removesuffix(".pairing.sql"))
    pairings = {name: replace(pairing, builds_on=_bases(pairing, pairings)) for name, pairing in pairings.items()}
    rules: dict[str, Rule] = {}
    for rule_id, (rule_front, sql, file) in sorted(sources.items()):
        if rule_front.over in pairings:
            texts = [one.read_text("utf-8") for one in (file, pairings[rule_front.over].file, *(base.file for base in pairings[rule_front.over].builds_on))]
            version = hashlib.sha256("".join(texts).encode()).hexdigest()[:12]
            rules[rule_id] = Rule(rule_front, pairings[rule_front.over], sql, file, version, waiting.get(rule_id) or _over_late(rule_front.over, late))
        elif rule_front.over not in broken:  # of a pairing that is there and wrong, its own error says enough
            near = difflib.get_close_matches(rule_front.over, pairings, n=1)
            errors.append(RuleError(str(file), f"is over the pairing {rule_front.over!r}, which does not exist", f"did you mean {near[0]}?" if near else ""))
    errors += _contradictions(pairings.values(), rules)
    known, wrong, files = actions.load([shipped, *([site] if site and site.is_dir() else [])])
    # Where an action cannot be read, rules that name it are not at fault.
    errors += wrong or actions.contradictions(rules.values(), known)
    site_files |= {file for file in files if site and file.is_relative_to(site)}
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    return RuleSet(dict(sorted(pairings.items())), rules, frozenset(site_files), tuple(sorted(own, key=lambda one: (one.kind, one.name))), known)


def _is_draft(file: Path) -> bool:
    """Whether its front matter can be read that far, and says so."""
    try:
        return frontmatter.split(file)[0].get("status") == "draft"
    except ReconError:
        return False


def _over_late(pairing: str, late: Mapping[str, str]) -> str | None:
    """Why a rule is not in force whose pairing is not; None: its pairing is."""
    return f"its pairing {pairing} is {'a draft' if late[pairing] == 'draft' else late[pairing]}" if pairing in late else None


def _bases(pairing: Pairing, pairings: dict[str, Pairing]) -> tuple[Pairing, ...]:
    named = (name.removeprefix("pairing.") for name in pairing.front.reads if name.startswith("pairing."))
    return tuple(pairings[name] for name in named if name in pairings)


def _only_once(seen: dict[str, Path], name: str, file: Path) -> None:
    if name in seen:
        raise RuleError(str(file), f"declares {name}, which {seen[name].name} declares already", "an ID is never used twice")
    seen[name] = file


def _validated(model: type[Front], front: dict[str, Any], file: Path) -> Front:
    try:
        return model.model_validate(front)
    except ValidationError as error:
        known: Sequence[str] = sorted(entry.alias or name for name, entry in model.model_fields.items())
        said = []
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("{"))  # {tag}: which form of a key it is
            near = difflib.get_close_matches(name, known, n=1)
            if problem["type"] == "extra_forbidden":
                said.append(f"`{name}` is not a known key" + (f" (did you mean `{near[0]}`?)" if near else ""))
            elif problem["type"] == "missing":
                said.append(f"`{name}` is missing")
            else:
                said.append(f"`{name}`: {explained(problem)[0]}")
        raise RuleError(str(file), "front matter: " + "; ".join(said), f"its keys are {', '.join(known)}") from None


def _contradictions(pairings: Iterable[Pairing], rules: dict[str, Rule]) -> list[ReconError]:
    """Small named checks over the whole set."""
    errors: list[ReconError] = []
    for pairing in pairings:
        errors += [
            RuleError(str(pairing.file), f"builds on {name}", "a pairing builds on one that exists and reads canonical tables alone")
            for name in pairing.front.reads
            if name.startswith("pairing.")
            and name.removeprefix("pairing.") not in {base.name for base in pairing.builds_on if base.own_tables == tuple(base.front.reads)}
        ]
        for table in (*pairing.own_tables, *(evidence.table for evidence in pairing.front.evidence)):
            schema, _, name = table.partition(".")
            if schema not in SCHEMAS or name not in canonical_tables():
                errors.append(RuleError(str(pairing.file), f"reads {table}, which is not a canonical table", "recon/canonical/schema.sql lists them"))
        errors += [
            RuleError(
                str(pairing.file), f"builds on {base.name}, which is about {'no plant' if base.plantless else 'plants'}", "both have to say `plant` alike"
            )
            for base in pairing.builds_on
            if base.plantless != pairing.plantless
        ]
        errors += [
            RuleError(str(pairing.file), f"optional: {table} is not among the canonical tables that it reads", "`from` names them")
            for table in pairing.front.optional
            if table not in pairing.own_tables
        ]
        errors += [
            RuleError(str(pairing.file), f"across: {table} is not among the canonical tables that it reads", "`from` names them")
            for table in pairing.front.across
            if table not in pairing.own_tables
        ]
        if pairing.front.local not in pairing.front.key:
            errors.append(RuleError(str(pairing.file), f"local: {pairing.front.local} is not part of its key"))
    for rule in rules.values():
        if not RULE_ID.fullmatch(rule.id):
            errors.append(RuleError(str(rule.file), f"{rule.id!r} is not a rule ID", f"a family ({', '.join(FAMILIES)}) and three digits, such as CON-001"))
        elif not rule.file.name.startswith(rule.id + "-"):
            errors.append(RuleError(str(rule.file), f"declares {rule.id}, so its name must begin with {rule.id}-"))
        errors += [
            RuleError(str(rule.file), f"yields to {other.rule}, which does not exist", "a rule yields only to rules that are there")
            for other in rule.front.yields_to
            if other.rule not in rules
        ]
        errors += [
            RuleError(str(rule.file), f"yields by rows of {other.rows.table}, of which {other.rule} shows none", "they are those of its pairing's evidence")
            for other in rule.front.yields_to
            if other.rows and other.rule in rules and other.rows.table not in {evidence.table for evidence in rules[other.rule].pairing.front.evidence}
        ]
        errors += _fields(rule)
    return errors + _circles(rules)


def _fields(rule: Rule) -> Iterator[ReconError]:
    """What a rule calls a field that it compares, and is none."""
    read = {table.partition(".")[2] for table in rule.pairing.tables}
    for field_name in rule.front.compares:
        table, _, column = field_name.partition(".")
        if table not in canonical_tables() or column not in canonical_tables()[table].columns:
            yield RuleError(str(rule.file), f"compares: {field_name} is no column of a canonical table", "table.column, such as batch.expires_on")
        elif table not in read:
            yield RuleError(str(rule.file), f"compares: {field_name}, and its pairing reads no table {table}", f"it reads {', '.join(sorted(read))}")


def _circles(rules: dict[str, Rule]) -> list[ReconError]:
    """Where rules yield to each other in a circle every finding would be a consequence, and none would be counted."""
    errors: list[ReconError] = []
    for rule in rules.values():
        above, waiting = set[str](), [other.rule for other in rule.front.yields_to]
        while waiting:
            name = waiting.pop()
            if name not in above and name in rules:
                above.add(name)
                waiting += [other.rule for other in rules[name].front.yields_to]
        if rule.id in above:
            errors.append(
                RuleError(
                    str(rule.file), f"{rule.id} yields to itself, by way of {', '.join(sorted(above - {rule.id})) or 'nobody'}", "a circle has no primary"
                )
            )
    return errors
