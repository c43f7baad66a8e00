"""The share of mutants that are noticed: by family, by rule and pairing, and in total."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from recon.frontmatter import yaml_of

from .bench import Noticed
from .breakages import Mutant

SURVIVORS = Path(__file__).parents[1] / "survivors.yaml"
EVERYWHERE = "everywhere"


@dataclass
class Share:
    """Of one rule or pairing, or several together."""

    mutants: int = 0
    tried: int = 0
    noticed: int = 0
    explained: int = 0
    """Survived, and survivors.yaml says why."""
    unexplained: int = 0

    def add(self, other: Share) -> None:
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True)
class Outcomes:
    """What became of the mutants of one rule or pairing."""

    owner: str
    family: str
    is_rule: bool
    mutants: tuple[Mutant, ...]
    tried: Mapping[str, Noticed | None]
    """What a mutant is → who noticed it."""

    @property
    def survivors(self) -> list[tuple[str, str | None]]:
        """Each with why it cannot be noticed, if anybody has said so."""
        return [(what, explanation(self.owner, what)) for what, noticed in self.tried.items() if noticed is None]

    @property
    def share(self) -> Share:
        explained = sum(why is not None for _, why in self.survivors)
        return Share(
            len(self.mutants), len(self.tried), len(self.tried) - len(self.survivors), explained, len(self.survivors) - explained
        )  # fmt: skip

    @property
    def notices_nothing(self) -> bool:
        """Whether every one of its mutants was tried, and none was noticed."""
        return bool(self.mutants) and len(self.tried) == len(self.mutants) and all(noticed is None for noticed in self.tried.values())


def explanation(owner: str, what: str) -> str | None:
    """Why this mutant cannot be noticed, as survivors.yaml says; None: it does not."""
    told = _explanations()
    return next((why for pattern, why in (*told.get(owner, ()), *told[EVERYWHERE]) if pattern.fullmatch(what)), None)


@cache
def _explanations() -> Mapping[str, list[tuple[re.Pattern[str], str]]]:
    told = yaml_of(SURVIVORS.read_text(encoding="utf-8"))
    return {owner: list(_patterns(said)) for owner, said in told.items()}


def _patterns(said: Mapping[str, str] | list[Mapping[str, str]]) -> Iterator[tuple[re.Pattern[str], str]]:
    """What is broken, word by word → why; or several of them by a pattern each."""
    if isinstance(said, Mapping):
        yield from ((re.compile(re.escape(what)), why) for what, why in said.items())
    else:
        yield from ((re.compile(one["what"], re.DOTALL), one["why"]) for one in said)


def unknown_explanations(outcomes: Iterable[Outcomes]) -> list[str]:
    """What survivors.yaml explains of one rule or pairing, and is not there or is noticed."""
    return [
        f"{one.owner}: {pattern.pattern}"
        for one in outcomes
        for pattern, _ in _explanations().get(one.owner, ())
        if all(one.tried.get(what) is not None for what in _matching(pattern, one))
    ]


def _matching(pattern: re.Pattern[str], one: Outcomes) -> list[str]:
    return [mutant.what for mutant in one.mutants if pattern.fullmatch(mutant.what)]


def by_family(outcomes: Iterable[Outcomes]) -> dict[str, dict[str, Share]]:
    """Family, and `all` → rules and pairings."""
    found: dict[str, dict[str, Share]] = {}
    for one in outcomes:
        for family in (one.family, "all"):
            found.setdefault(family, {"rules": Share(), "pairings": Share()})["rules" if one.is_rule else "pairings"].add(one.share)
    return dict(sorted(found.items(), key=lambda item: (item[0] == "all", item[0])))


def as_json(outcomes: Iterable[Outcomes]) -> dict[str, object]:
    outcomes = list(outcomes)
    return {
        "families": {family: {kind: asdict(share) for kind, share in kinds.items()} for family, kinds in by_family(outcomes).items()},
        "rules": {one.owner: asdict(one.share) for one in outcomes if one.is_rule},
        "pairings": {one.owner: asdict(one.share) for one in outcomes if not one.is_rule},
        "unexplained": {one.owner: left for one in outcomes if (left := [what for what, why in one.survivors if why is None])},
    }


def as_markdown(outcomes: Iterable[Outcomes]) -> str:
    outcomes = list(outcomes)
    families = [(f"{family} {kind}", share) for family, kinds in by_family(outcomes).items() for kind, share in kinds.items() if share.mutants]
    rules = [(one.owner, one.share) for one in outcomes if one.is_rule]
    pairings = [(one.owner, one.share) for one in outcomes if not one.is_rule]
    return "\n\n".join(_table(name, rows) for name, rows in (("family", families), ("rule", rules), ("pairing", pairings)) if rows)


def _table(name: str, rows: Iterable[tuple[str, Share]]) -> str:
    lines = [f"| {name} | mutants | tried | noticed | explained | unexplained |", "|---|---:|---:|---:|---:|---:|"]
    lines += [f"| {label} | {s.mutants:,} | {s.tried:,} | {s.noticed:,} | {s.explained:,} | {s.unexplained:,} |" for label, s in rows]
    return "\n".join(lines)
