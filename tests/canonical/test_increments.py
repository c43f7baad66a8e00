"""A night that maps only what changed gives what mapping everything would give: rows, problems, ambiguity and refusals. For every mapping of every pack."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.canonical.packs import SHIPPED, Pack, load_pack
from tests.canonical.nights import Company, Site, Understood, only
from tests.canonical.raw import Bench

PACKS = {name: load_pack(name, [SHIPPED]) for name in sorted(path.parent.name for path in SHIPPED.glob("*/pack.yaml"))}
# What a pack has from the one that it extends, and reads from the same tables, is tried there.
OWN = {(one.file, one.sql, one.reads): (name, one.table) for name, pack in reversed(PACKS.items()) for one in pack.mappings}
MAPPINGS = [pytest.param(name, table, id=f"{name}-{table}") for name, table in reversed(OWN.values())]
ALONE = 3
Tables = dict[str, list[tuple[str | None, ...]]]
SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(("pack", "table"), MAPPINGS)
@settings(max_examples=2, derandomize=True)
@given(seed=SEEDS)
def test_increments_equal_a_full_rebuild(pack: str, table: str, seed: int) -> None:
    """After a change to one raw table alone, and after changes to all of them on a night that follows."""
    assert differences(only(PACKS[pack], table), seed) == []


def differences(pack: Pack, seed: int, alone: Sequence[str] | None = None) -> list[str]:
    """What increments give otherwise than full rebuilds: first nights on which one raw table alone changes, then one on which all do.

    alone: the tables that change alone; default: a few by chance.
    """
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "store")
        try:
            site, company = Site(bench, pack), Company(pack, Random(seed))
            first = {name: list(rows) for name, rows in company.tables.items()}
            start = before = site.understand(site.whole(first))
            found = []
            for name in alone or company.dice.sample(sorted(first), min(ALONE, len(first))):
                company.tables = {table: list(rows) for table, rows in first.items()}
                company.change(name)
                said, before = _compared(site, first, company, start, start, f"a change to {name}")
                found += said
            for name in first:
                company.change(name)
            # A night after one that was an increment itself.
            return found + _compared(site, first, company, before, start, "a change to everything")[0]
        finally:
            bench.connection.close()


def _compared(site: Site, first: Tables, company: Company, before: Understood, start: Understood, what: str) -> tuple[list[str], Understood]:
    """Tonight as an increment to `before`, beside tonight mapped from the start; what `start` has typed is not typed again."""
    tonight = {name: rows if rows == first[name] else company.dice.sample(rows, len(rows)) for name, rows in company.tables.items()}
    made = site.understand(site.increment(first, company.tables) if company.dice.random() < 0.7 else site.whole(tonight), before)
    anew = site.understand(site.whole(tonight), replace(start, supplies=[]))
    found = [
        f"{what}: {table} has {made.rows[table] - rows} and lacks {rows - made.rows[table]}" for table, rows in anew.rows.items() if made.rows[table] != rows
    ]
    found += [f"{what}: problems {made.problems}, not {anew.problems}"] if made.problems != anew.problems else []
    found += [f"{what}: refused {made.refused - anew.refused}, not {anew.refused - made.refused}"] if made.refused != anew.refused else []
    return found, made
