"""The second look over SAP's tables: what is asked for leads to all rows of some values, and they map to what mapping everything anew would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from recon.canonical import overlay, staging
from recon.canonical.packs import SHIPPED, load_pack, names
from recon.canonical.schema import canonical_tables
from recon.model import CanonicalState, Overlay
from recon.snapshots.current import canonical_rows, file_of
from tests.canonical.nights import Company, Row, Site, only
from tests.canonical.raw import AS_OF, Bench

PACKS = {name: load_pack(name, [SHIPPED]) for name in names([SHIPPED])}
DECLARED = {(one.file, column): (name, one.table, column) for name, pack in reversed(PACKS.items()) for one in pack.mappings for column in one.asked}
ASKED = [pytest.param(*one, id="-".join(one)) for one in reversed(DECLARED.values())]
SAYS = {"genealogy_link": {"BWART": ("261", "101"), "WERKS": ("1",), "AUFNR": ("1", "2"), "CHARG": ("1", "2", "3"), "MBLNR": ("1", "2", "3"), "MJAHR": ("1",)}}
"""Canonical table → what columns say, where chance alone hardly ever gives a row of it: one order has to consume and to produce."""
ENOUGH = 1
"""Rows that are compared of each."""
Rows = Counter[tuple[Any, ...]]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A store of its own."""
    made = Bench(tmp_path / "store")
    staging.prepare(made.connection)
    yield made
    made.connection.close()


@pytest.mark.parametrize(("pack", "table", "column"), ASKED)
def test_a_look_gives_what_mapping_everything_would(bench: Bench, pack: str, table: str, column: str) -> None:
    """For some of the values, after changes to all raw tables; other values are not touched."""
    chosen = only(PACKS[pack], table)
    compared, seed = 0, 0
    while compared < ENOUGH:
        company, site = Company(chosen, Random(seed), says=SAYS.get(table, {})), Site(bench, chosen)
        first = {name: _told_apart(company, name) for name in company.tables}
        for name in company.tables:
            company.change(name)
        then = {name: _told_apart(company, name) for name in company.tables}
        before, after = site.understand(site.whole(first)), site.understand(site.whole(then))
        was, now = (night.supplies[-1].state for night in (before, after))
        assert was is not None
        assert now is not None
        every = {value for state in (was, now) for (value,) in _rows(bench, canonical_rows(bench.store, state, [column])) if value}
        wanted = sorted(every)[::2]
        found = _looked(bench, site, before.snapshot.sources["source"], then, column, wanted, was)
        expected = _counted(bench, canonical_rows(bench.store, now, _columns(table)), column, wanted)
        assert found == expected
        compared, seed = compared + expected.total(), seed + 1


def _looked(bench: Bench, site: Site, read: Any, then: dict[str, list[Row]], column: str, wanted: list[str], was: CanonicalState) -> Rows:
    """The rows of the values as the look leaves them, out of the state before."""
    mapping = site.pack.mappings[-1]
    look = overlay.look_at(site.pack, f"{site.pack.schema}.{mapping.table}", column, read, site.settings)
    assert look is not None
    answers: dict[overlay.Name, Overlay] = {}
    values = f"SELECT unnest({wanted}::VARCHAR[])"
    while asked := list(overlay.next_values(bench.connection, bench.store, look, site.pack, read, site.settings, values, answers)):
        for step, part in asked:
            columns = list(site.pack.tables[step.table].columns)
            raw = {value for (value,) in _rows(bench, f"SELECT value FROM {file_of(bench.store, part)}")}
            rows = [dict(zip(columns, row, strict=True)) for row in then[step.table]]
            answers[step.name] = Overlay(AS_OF, step.column, part, bench.part(columns, [row for row in rows if row[step.column] in raw]))
    assert answers.keys() == {step.name for step in look.steps}
    gone = overlay.gone(bench.store, look, read, answers)
    state, _ = overlay.map_look(bench.connection, bench.store, read, site.settings, site.pack, look, answers)
    assert state is not None
    kept = f"SELECT o.* FROM ({canonical_rows(bench.store, was, _columns(mapping.table))}) o ANTI JOIN ({gone}) g ON g.row_ref = o.row_ref"
    come = canonical_rows(bench.store, state, _columns(mapping.table))
    return _counted(bench, f"{kept} UNION ALL {come}", column, wanted)


def _counted(bench: Bench, rows: str, column: str, wanted: list[str]) -> Rows:
    return Counter(_rows(bench, f"SELECT * EXCLUDE (row_ref, ambiguous) FROM ({rows}) WHERE {column} IN (SELECT unnest({wanted}::VARCHAR[]))"))


def _rows(bench: Bench, query: str) -> list[tuple[Any, ...]]:
    return bench.connection.execute(query).fetchall()


def _columns(table: str) -> list[str]:
    return list(canonical_tables()[table].all_columns)


def _told_apart(company: Company, name: str) -> list[Row]:
    """The rows of a table of one client, each key once, its values in one spelling: a source is asked for the spellings that it was read with."""
    raw = company.pack.tables[name]
    found: dict[Row, Row] = {}
    for row in company.tables[name]:
        plain = [_plain(value, kind) for value, kind in zip(row, raw.columns.values(), strict=True)]
        told = dict(zip(raw.columns, plain, strict=True)) | ({raw.client: "100"} if raw.client else {})
        found[tuple(told[column] for column in raw.key)] = tuple(told.values())
    return list(found.values())


def _plain(value: str | None, kind: str) -> str | None:
    if value is None or kind not in ("text", "identifier"):
        return value
    return value.strip().lstrip("0") if kind == "identifier" else value.strip()
