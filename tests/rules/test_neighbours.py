"""What lies beside an object changes nothing of what a rule says of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.frontmatter import yaml_of

from .mutants import bench
from .mutants.beside import Beside
from .neighbours import BELONG_TOGETHER

RULES = bench.rules().rules
PAIRINGS = sorted({rule.pairing.name for rule in RULES.values() if not rule.pairing.noted})


@cache
def _mixed_up(pairing: str) -> frozenset[tuple[str, str, str]]:
    """Kind of number by which a second object differs, rule and case, where what is said of the first is not what is said of it alone."""
    over = [rule for rule in RULES.values() if rule.pairing.name == pairing]
    layout = next(one for one in bench.layouts(over) if not one.cases[0].tells)
    found = set()
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        laid = Beside(connection, layout, pairing)
        for rule, places, rows in laid.unbroken():
            found |= {(kind, rule.id, laid.neighbours.cases[place].name) for place, kind in laid.mixed(rule, places, rows)}
    return frozenset(found)


def _told() -> Iterator[tuple[str, str, str]]:
    """Kind, rule and case, or `all`, as neighbours.yaml has them."""
    for kind, told in yaml_of(BELONG_TOGETHER.read_text(encoding="utf-8")).items():
        for rule, which in told["rules"].items():
            yield from ((kind, rule, case) for case in ([which] if which == "all" else which))


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_a_second_object_changes_nothing_of_the_first(pairing: str) -> None:
    """But where two belong together, as neighbours.yaml says; and it says so of none that do not."""
    mixed, told = _mixed_up(pairing), {one for one in _told() if RULES[one[1]].pairing.name == pairing}
    assert {one for one in mixed if one not in told and (*one[:2], "all") not in told} == set()
    assert {one for one in told if one not in mixed and not (one[2] == "all" and any(one[:2] == other[:2] for other in mixed))} == set()
