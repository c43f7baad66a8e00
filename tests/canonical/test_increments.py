"""A night that maps only what changed gives what mapping everything would give: rows, problems, ambiguity and refusals. For every mapping of every pack."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.canonical.packs import SHIPPED, Input, Pack, load_pack
from tests.canonical.nights import Company, Site, Understood, only
from tests.canonical.raw import Bench

PACKS = {name: load_pack(name, [SHIPPED]) for name in sorted(path.parent.name for path in SHIPPED.glob("*/pack.yaml"))}
# What a pack has from the one that it extends, and reads from the same tables, is tried there.
OWN = {(one.file, one.sql, one.reads): (name, one.table) for name, pack in reversed(PACKS.items()) for one in pack.mappings}
MAPPINGS = [pytest.param(name, table, id=f"{name}-{table}") for name, table in reversed(OWN.values())]
SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(("pack", "table"), MAPPINGS)
@settings(max_examples=3, derandomize=True)
@given(seed=SEEDS)
def test_increments_equal_a_full_rebuild(pack: str, table: str, seed: int) -> None:
    """After a change to any one raw table, and after changes to all of them on the nights that follow."""
    assert differences(only(PACKS[pack], table), seed) == []


def differences(pack: Pack, seed: int) -> list[str]:
    """What increments give otherwise than full rebuilds: first one night for each raw table alone, then two nights with changes everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "store")
        try:
            site, company = Site(bench, pack), Company(pack, Random(seed))
            first = {name: list(rows) for name, rows in company.tables.items()}
            start = site.understand(site.whole(first))
            found = []
            for name in first:
                company.tables = {table: list(rows) for table, rows in first.items()}
                company.change(name)
                found += _compared(site, first, company, start, f"a change to {name}")[0]
            before = start
            for night in ("the second night", "the third night"):
                for name in first:
                    company.change(name)
                said, before = _compared(site, first, company, before, night)
                found += said
            return found
        finally:
            bench.connection.close()


def _compared(site: Site, first: dict[str, list[tuple[str | None, ...]]], company: Company, before: Understood, what: str) -> tuple[list[str], Understood]:
    shuffled = {name: company.dice.sample(rows, len(rows)) for name, rows in company.tables.items()}
    made = site.understand(site.increment(first, company.tables) if company.dice.random() < 0.7 else site.whole(shuffled), before)
    anew = site.understand(site.whole(shuffled))
    found = [f"{what}: {table} has {made.rows[table] - rows} and lacks {rows - made.rows[table]}" for table, rows in anew.rows.items() if made.rows[table] != rows]
    found += [f"{what}: problems {made.problems}, not {anew.problems}"] if made.problems != anew.problems else []
    found += [f"{what}: refused {made.refused - anew.refused}, not {anew.refused - made.refused}"] if made.refused != anew.refused else []
    return found, made
