"""A night that maps only what changed gives what mapping everything would give: rows, problems, ambiguity and refusals. For every mapping of every pack."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.canonical import remap, states
from recon.canonical.packs import SHIPPED, Pack, load_pack, names
from tests.canonical.nights import Company, Site, Understood, only
from tests.canonical.raw import Bench

PACKS = {name: load_pack(name, [SHIPPED]) for name in names([SHIPPED])}
# What a pack has from the one that it extends, and reads from the same tables, is tried there.
OWN = {(one.file, one.sql, one.reads): (name, one.table) for name, pack in reversed(PACKS.items()) for one in pack.mappings}
MAPPINGS = [pytest.param(name, table, id=f"{name}-{table}") for name, table in reversed(OWN.values())]
EVERY_MAPPING = pytest.mark.parametrize(("pack", "table"), MAPPINGS)
ALONE = 2
SEEDS = st.integers(0, 2**32 - 1)
Tables = dict[str, list[tuple[str | None, ...]]]
Told = dict[str, list[Mapping[str, str | None]]]


@EVERY_MAPPING
@settings(max_examples=1, derandomize=True)
@given(seed=SEEDS)
def test_increments_equal_a_full_rebuild(pack: str, table: str, seed: int) -> None:
    """After a change to one raw table alone, and after changes to all of them on a night that follows."""
    assert differences(only(PACKS[pack], table), seed) == []


@pytest.mark.long
@EVERY_MAPPING
@settings(max_examples=10)
@given(seed=SEEDS)
def test_increments_equal_a_full_rebuild_whatever_changes(pack: str, table: str, seed: int) -> None:
    """The same for seeds that nobody has seen, each raw table in its turn changing alone."""
    chosen = only(PACKS[pack], table)
    assert differences(chosen, seed, alone=list(chosen.tables)) == []


# Raw tables of a first night. On the second, the first row of one of them says something else.
REVERSED: Told = {
    "MSEG": [
        {"MANDT": "100", "MBLNR": "49", "MJAHR": "2026", "ZEILE": "1", "BWART": "261", "SHKZG": "H", "WERKS": "1", "MENGE": "1", "MEINS": "KG"},
        {"MANDT": "100", "MBLNR": "50", "MJAHR": "2026", "ZEILE": "1", "BWART": "262", "SHKZG": "S", "WERKS": "1", "MENGE": "1", "MEINS": "KG"}
        | {"SMBLN": "49", "SJAHR": "2026", "SMBLP": "1"},
    ],
    "MKPF": [
        {"MANDT": "100", "MBLNR": number, "MJAHR": "2026", "CPUDT": "2026-03-01", "CPUTM": "10:00:00", "BUDAT": "2026-03-01", "XBLNR": event}
        for number, event in (("49", "event 1"), ("50", None))
    ],
}
STATUS: Told = {
    "AUFK": [{"MANDT": "100", "AUFNR": "1", "OBJNR": "OR1", "WERKS": "1", "AUART": "PP01"}],
    "AFKO": [{"MANDT": "100", "AUFNR": "1"}],
    "JCDS": [{"MANDT": "100", "OBJNR": "OR1", "STAT": "I0002", "UDATE": "2026-03-01", "UTIME": "10:00:00", "CHGNR": "1"}],
    "JEST": [{"MANDT": "100", "OBJNR": "OR1", "STAT": "I0002"}],
}


@pytest.mark.parametrize(
    ("table", "told", "source", "change", "wrong"),
    [
        ("movement", REVERSED, "MKPF", {"XBLNR": "event 2"}, "SELECT MANDT, MBLNR, MJAHR FROM changed.MKPF"),
        (
            "work_order",
            STATUS,
            "JCDS",
            {"UDATE": "2026-03-02"},
            "SELECT a.MANDT, a.AUFNR FROM raw.AUFK a SEMI JOIN changed.JCDS c ON c.MANDT = a.MANDT AND c.OBJNR = a.AUFNR",
        ),
    ],
    ids=["reversals are forgotten", "a join by the wrong column"],
)
def test_a_wrong_path_is_found(tmp_path: Path, table: str, told: Told, source: str, change: dict[str, str], wrong: str) -> None:
    """The comparison would be of no use if it did not see what it is for; the shipped path passes it on the same rows."""
    pack = only(PACKS["sap-ecc-tables"], table)
    (mapped,) = [one for one in pack.mappings if one.table == table]
    inputs = tuple(replace(one, columns=(), sql=wrong) if one.name == source else one for one in mapped.inputs)
    broken = replace(pack, mappings=tuple(replace(one, inputs=inputs) if one is mapped else one for one in pack.mappings))
    first = {name: [tuple(row.get(column) for column in of.columns) for row in told.get(name, [])] for name, of in pack.tables.items()}
    then = {name: list(rows) for name, rows in first.items()}
    then[source][0] = tuple({**told[source][0], **change}.get(column) for column in pack.tables[source].columns)
    found = []
    for number, tried in enumerate((pack, broken)):
        bench = Bench(tmp_path / str(number))
        site = Site(bench, tried)
        before = site.understand(site.whole(first))
        # Had the change no effect on the table, nothing would be compared.
        made, anew = site.understand(site.increment(first, then), before), site.understand(site.whole(then))
        assert anew.rows[next(iter(anew.rows))]
        assert before.rows != anew.rows
        found.append(made.rows == anew.rows)
        bench.connection.close()
    assert found == [True, False]


@pytest.fixture
def mes(tmp_path: Path) -> Iterator[tuple[Site, Company]]:
    """The movements of an MES, in a store of their own."""
    bench, pack = Bench(tmp_path / "store"), only(PACKS["mes-tables"], "movement")
    yield Site(bench, pack), Company(pack, Random(1))
    bench.connection.close()


def test_nothing_changed_is_nothing_mapped(mes: tuple[Site, Company]) -> None:
    """The same rows are the same parts."""
    site, company = mes
    first = site.understand(site.whole(company.tables))
    again = site.understand(site.whole(company.tables), first)
    assert [(supply.state, supply.problem) for supply in again.supplies] == [(supply.state, supply.problem) for supply in first.supplies]
    assert [supply.remapped and supply.remapped.rows for supply in again.supplies] == [0]
    assert again.refused == first.refused


def test_the_same_night_gives_the_same_parts(mes: tuple[Site, Company]) -> None:
    """A night that was killed and is run again continues from the same night before."""
    site, company = mes
    first = site.understand(site.whole(company.tables))
    tonight = {name: list(rows) for name, rows in company.tables.items()}
    company.change("movement")
    snapshot = site.increment(tonight, company.tables)
    assert site.understand(snapshot, first).supplies == site.understand(snapshot, first).supplies


def test_a_mapping_that_was_changed_maps_everything(mes: tuple[Site, Company]) -> None:
    """What earlier nights made of the rows is no longer what the pack makes of them."""
    site, company = mes
    first = site.understand(site.whole(company.tables))
    (one,) = site.pack.mappings
    site.pack = replace(site.pack, mappings=(replace(one, sql=one.sql.replace("movement_id", "/* as ever */ movement_id")),))
    (supply,) = site.understand(site.whole(company.tables), first).supplies
    assert supply.remapped
    assert supply.remapped.rows > 0


def test_references_do_not_keep_old_parts_for_ever(mes: tuple[Site, Company]) -> None:
    """After so many increments a table is mapped as a whole, and names tonight's raw parts alone."""
    site, company = mes
    before = site.understand(site.whole(company.tables))
    states_ = [replace(supply, state=supply.state and replace(supply.state, increments=remap.RENEWED_AFTER)) for supply in before.supplies]
    company.change("movement")
    tonight = site.whole(company.tables)
    (supply,) = site.understand(tonight, replace(before, supplies=states_)).supplies
    base = tonight.sources["source"].tables["movement"].base
    assert supply.state
    assert base
    assert (supply.state.increments, supply.state.refers) == (0, (base.digest,))


def differences(pack: Pack, seed: int, alone: Sequence[str] | None = None) -> list[str]:
    """What increments give otherwise than full rebuilds: first nights on which one raw table alone changes, then one on which all do.

    alone: the tables that change alone; default: a few by chance.
    """
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "store")
        try:
            site, company = Site(bench, pack), Company(pack, Random(seed))
            first = {name: list(rows) for name, rows in company.tables.items()}
            with _tenth(company.dice.choice((0, states.TENTH))):
                return _differences(site, company, first, alone or company.dice.sample(sorted(first), min(ALONE, len(first))))
        finally:
            bench.connection.close()


def _differences(site: Site, company: Company, first: Tables, alone: Sequence[str]) -> list[str]:
    start = before = site.understand(site.whole(first))
    found: list[str] = []
    for name in alone:
        company.tables = {table: list(rows) for table, rows in first.items()}
        company.change(name)
        said, before = _compared(site, first, company, start, start, f"a change to {name}")
        found += said
    for name in first:
        company.change(name)
    # A night after one that was an increment itself.
    return found + _compared(site, first, company, before, start, "a change to everything")[0]


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


@contextmanager
def _tenth(value: int) -> Iterator[None]:
    """Of a dozen rows more than a tenth always changes; with 0 a base is kept whatever changes, so that increments are made over deltas and dead rows too."""
    before, states.TENTH = states.TENTH, value
    try:
        yield
    finally:
        states.TENTH = before
