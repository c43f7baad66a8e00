"""What earlier runs have found out, so that a run tries only what has changed since, and one that was stopped goes on where it was."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb

from recon.engines import duckdb as engine
from recon.rule import Pairing, Rule
from recon.ruleset import cases
from tests.rules import neighbours

from . import bench, beside
from .bench import Noticed
from .beside import BESIDE
from .breakages import Mutant

FILE = Path(__file__).resolve().parents[3] / ".nox" / "mutants.jsonl"
"""A line for each mutant tried, the last one counts: what it is, what its outcome stands on, and who noticed."""


class Known:
    """Outcomes by mutant. What was noticed stands as long as that rule, its pairings and that case do; what survived, as long as all that tried it does."""

    def __init__(self) -> None:
        self._found: dict[str, Mapping[str, str | None]] = {}
        if FILE.exists():
            # A run that was stopped may have left half a line.
            lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
            self._found = {entry["mutant"]: entry for entry in map(json.loads, lines)}

    def of(self, mutant: Mutant) -> tuple[bool, Noticed | None]:
        """Whether its outcome is known, and who noticed."""
        entry = self._found.get(_digest(mutant.owner, mutant.sql))
        if entry is None:
            return False, None
        noticed = Noticed(entry["rule"], entry["case"], entry["how"] or "") if entry["rule"] else None
        return (entry["stands_on"] == self._stands_on(mutant.owner, noticed)), noticed

    def note(self, mutant: Mutant, noticed: Noticed | None) -> None:
        entry = {
            "mutant": _digest(mutant.owner, mutant.sql),
            "stands_on": self._stands_on(mutant.owner, noticed),
            "rule": noticed.rule if noticed else None,
            "case": noticed.case if noticed else None,
            "how": noticed.how if noticed else None,
        }
        self._found[str(entry["mutant"])] = entry
        FILE.parent.mkdir(exist_ok=True)
        with FILE.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def _stands_on(self, owner: str, noticed: Noticed | None) -> str:
        if noticed is None:
            return _digest(_beside(), *(_of_rule(rule, owner, None) for rule in bench.over(owner)))
        rule = bench.rules().rules.get(noticed.rule)
        return (_beside() if noticed.how.startswith(BESIDE) else "") + (_of_rule(rule, owner, noticed.case) if rule else "")


@cache
def _beside() -> str:
    """What second objects are laid beside cases. What a case notices by itself does not stand on it."""
    trees = [ast.dump(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))) for module in (beside, neighbours)]
    return _digest(neighbours.BELONG_TOGETHER.read_text(encoding="utf-8"), *trees)


@cache
def _judging() -> str:
    """What judges, besides rules, however it is written: where it changes, nothing is known."""
    trees = [ast.dump(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))) for module in (bench, cases, engine)]
    return _digest(duckdb.__version__, *trees)


_by_rule: dict[tuple[str, str, str | None], str] = {}


def _of_rule(rule: Rule, owner: str, case: str | None) -> str:
    """Digest of a rule with its pairings and one of its cases, or all of them. What is broken is the mutant's own."""
    key = (rule.id, owner, case)
    if key not in _by_rule:
        said = [one.said for one in bench.cases_of(rule) if case in (None, one.name)]
        pairings = [_of_pairing(one, owner) for one in (*rule.pairing.builds_on, rule.pairing)]
        own = "" if owner == rule.id else rule.sql
        _by_rule[key] = _digest(_judging(), own, repr(rule.front.params), repr(rule.messages), *pairings, repr(said))
    return _by_rule[key]


def _of_pairing(pairing: Pairing, owner: str) -> str:
    own = "" if owner == pairing.name else pairing.sql
    return own + repr([pairing.front.params, pairing.front.settle, pairing.key, pairing.front.reads, pairing.front.evidence])


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
