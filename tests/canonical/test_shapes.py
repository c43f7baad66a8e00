"""The flat shapes are what docs/shapes says: column by column, and row by row from a CSV that is made of nothing else."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from recon import run
from recon.canonical.packs import RawTable
from recon.config import WorkspaceSettings
from recon.engines.duckdb import connect
from recon.findings import views
from tests.canonical import pages
from tests.canonical.pages import EVERY_TABLE, Table
from tests.canonical.raw import Bench, Mapped, shipped_pack

YAML_TYPES = {"code": "text", "flag": "text", "mark": "text", "amount": "number", "whole": "number"}
SCHEMAS = {"mes-tables": "mes", "qms-tables": "qms", "wms-tables": "wms"}

NAMES = {
    "work_order": {"received_at": "released_at"},
    "movement": {"event_id": "movement_id", "reverses_event_id": "reverses"},
    "confirmation": {"confirmation_id": "confirmation", "cancels_confirmation_id": "cancels"},
}
"""Columns that a shape calls otherwise than the canonical table."""
SAID_OTHERWISE: dict[tuple[str, str], dict[str, Any]] = {
    ("mes-tables", "work_order"): {"closed": True, "cancelled": False, "locked": False, "closed_at": datetime(2026, 3, 9, 21)},
    ("mes-tables", "operation"): {"finally_confirmed": True, "deletion_flag": False},
    ("mes-tables", "movement"): {"quantity": Decimal("-12.5"), "catch_quantity": Decimal("-58.34"), "reference": "E-000001"},
    ("mes-tables", "confirmation"): {"cancelled": True, "reference": "C-000207"},
    ("mes-tables", "activity"): {"reference": "A-000815"},
    ("qms-tables", "disposition"): {"changed_at": datetime(2026, 3, 9, 16)},
    ("wms-tables", "movement"): {"quantity": Decimal(-250), "reference": "WT-000001"},
}
"""What the example row of a table says beyond its own columns, or by them."""

SAID_ANYWAY: dict[str, dict[str, Any]] = {"bom_item": {"by_product": False}}
"""What the mapping knows of columns that are left out."""

SAYS_NOTHING = {"inspection_result": "no value", "batch_characteristic": "no value"}
"""What is said of a row in which all that may be empty is empty."""


@pytest.mark.parametrize(("pack", "table"), EVERY_TABLE)
def test_a_page_is_its_pack(pack: str, table: str) -> None:
    """Every column, its type, key, codes and whether it is needed, in both directions."""
    page = pages.tables(pack)[table]
    columns = {column.name: YAML_TYPES.get(column.type, column.type) for column in page.columns}
    refused = {column.name: column.codes for column in page.columns if column.codes and column.needed == "row"}
    required = tuple(column.name for column in page.columns if column.needed == "row" and column.name not in refused)
    optional = tuple(column.name for column in page.columns if not column.needed)
    assert RawTable(table, columns, page.key, required, refused, optional) == shipped_pack(pack).tables[table]


@pytest.mark.parametrize("pack", pages.PACKS)
def test_a_page_has_every_table_of_its_pack(pack: str) -> None:
    """Each fills the canonical table of its name."""
    shipped = shipped_pack(pack)
    assert list(pages.tables(pack)) == list(shipped.tables) == [mapping.table for mapping in shipped.mappings]
    assert [list(mapping.reads) for mapping in shipped.mappings] == [[name] for name in shipped.tables]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Views over a night whose sources are CSV files made of the pages' examples."""
    workspace = tmp_path_factory.mktemp("shapes")
    toml = 'site = "Lindau"\n[plants.1000]\nname = "Lindau"\ntime_zone = "Europe/Berlin"\ncurrency = "EUR"\n'
    for pack in pages.PACKS:
        folder = workspace / "inbox" / pack
        folder.mkdir(parents=True)
        (folder / "extract.json").write_text('{"as_of": "2026-03-10T02:00:00+01:00"}', encoding="utf-8")
        for table in pages.tables(pack).values():
            with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([table.example.keys(), table.example.values()])
        toml += f'[sources.{SCHEMAS[pack]}]\nkind = "files"\npack = "{pack}"\nsystem = "P01/100"\nplants = ["1000"]\npath = "inbox/{pack}"\n'
        toml += 'time_zone = "Europe/Berlin"\n'
    (workspace / "recon.toml").write_text(toml, encoding="utf-8")
    finished = run.run(workspace, datetime.fromisoformat("2026-03-10T03:00:00+01:00"))
    with connect(WorkspaceSettings()) as connection:
        views.create_views(connection, finished.folder)
        yield connection


@pytest.mark.parametrize(("pack", "table"), EVERY_TABLE)
def test_a_csv_made_from_the_page_alone_loads(night: duckdb.DuckDBPyConnection, pack: str, table: str) -> None:
    """Every column of the page is in the canonical row, as its type says, and nothing else is."""
    (row,) = night.sql(f"SELECT * FROM {SCHEMAS[pack]}.{table}").to_arrow_table().to_pylist()
    told = {column: value for column, value in row.items() if value is not None}
    assert told.pop("row_ref").startswith(f"{table}:")
    page = pages.tables(pack)[table]
    expected = {_canonical(table, column.name): column.value for column in page.columns} | SAID_OTHERWISE.get((pack, table), {})
    assert told == {"system": "P01/100", "source": SCHEMAS[pack], "ambiguous": False} | expected


def _canonical(table: str, column: str) -> str:
    if column == "recorded_at":
        return "changed_at"
    return NAMES.get(table, {}).get(column, column)


class Dirty:
    """The rows of one table that try each of its columns, and what has to be said of each."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: list[dict[str, str | None]] = []
        self.expected: dict[int, str | None] = {}
        """Row → a text in its problems or its refusal; None: there is nothing to say."""
        needed = [column for column in table.columns if column.needed in ("row", "value")]
        self._minimum = {column.name: column.example for column in needed}
        coded = {column.name for column in table.columns if column.codes}
        self._told_apart_by = [name for name in table.key if name in self._minimum and name not in {"plant", *coded}][-1]
        self._columns()

    def add(self, says: str | None, changes: dict[str, str] | None = None, *, bare: bool = False) -> None:
        """One more row, with a key of its own unless that is what is tried."""
        number = len(self.rows) + 1
        own = {self._told_apart_by: f"{self.table.example[self._told_apart_by]}-{number}"}
        row: dict[str, str | None] = {**(self._minimum if bare else self.table.example), **own, **(changes or {})}
        self.rows.append(row)
        self.expected[number] = says

    def _columns(self) -> None:
        self.add(None)
        self.add(SAYS_NOTHING.get(self.table.name), bare=True)
        self.add(SAYS_NOTHING.get(self.table.name), {column.name: " \t" for column in self.table.columns if column.needed not in ("row", "value")})
        for column in self.table.columns:
            name = column.name
            if column.needed == "row":
                self.add(f"{name} is empty or unreadable" if not column.codes else f"{name}  is none of", {name: ""})
            elif column.needed == "value":
                self.add(f'{name} "" is unknown' if column.codes else f"no {name}", {name: ""})
            match column.type:
                case "code":
                    for code in (*column.codes, *(code.upper() for code in column.codes)):
                        self.add(None, {name: code})
                    self.add(f"{name} unheard-of is none of" if column.needed == "row" else f'{name} "unheard-of" is unknown', {name: "unheard-of"})
                case "flag" | "mark":
                    for flag in ("TRUE", "1", "yes", "X", "t", "False", "0", "no", "f"):
                        self.add(None, {name: flag})
                    self.add(f'{name} "perhaps" is neither true nor false', {name: "perhaps"})
                case "amount":
                    self.add(f"negative {name}", {name: "-1"})
                    self.add(f'{name} "1,5" is not a number in the declared form', {name: "1,5"})
                case "whole":
                    self.add(f"negative {name}", {name: "-1"})
                    self.add(f"{name} 1.500000 is not whole", {name: "1.5"})
                case "number" | "date" | "timestamp":
                    self.add(f'{name} "soon" is not a {column.type} in the declared form', {name: "soon"})


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Mapped, dict[str, Dirty]]]:
    """Every pack over its dirty rows."""
    found = {}
    for pack in pages.PACKS:
        tried = {name: Dirty(table) for name, table in pages.tables(pack).items()}
        bench = Bench(tmp_path_factory.mktemp(pack) / "store")
        found[pack] = (bench.map(pack, {name: one.rows for name, one in tried.items()}), tried)
        bench.connection.close()
    return found


@pytest.mark.parametrize(("pack", "table"), EVERY_TABLE)
def test_nothing_is_guessed_and_nothing_passed_over(dirty: dict[str, tuple[Mapped, dict[str, Dirty]]], pack: str, table: str) -> None:
    """Of every row that a type, code or need does not allow it is said which column and why; of the others there is nothing to say."""
    mapped, tried = dirty[pack]
    said: dict[int, str | None] = {int(row["row_ref"].split(":")[2]): row["problems"] for row in mapped.rows[table]}
    said |= {row: reason for raw_table, row, reason in mapped.refused if raw_table == table}
    wrong = {}
    for number, expected in tried[table].expected.items():
        found = said.get(number, "(not there)")
        if (expected is None and found is not None) or (expected is not None and expected not in (found or "")):
            wrong[number] = (expected, found)
    assert wrong == {}


@pytest.mark.parametrize(("pack", "table"), EVERY_TABLE)
def test_what_may_be_left_out_may_be_left_out(bare: dict[str, Mapped], pack: str, table: str) -> None:
    """An extract of the needed columns alone maps, the others are absent, and nothing is out of the ordinary."""
    mapped = bare[pack]
    left_out = [column for column in pages.tables(pack)[table].columns if not column.needed]
    row = mapped.only(table)
    expected = {column.name: False if column.type == "mark" else None for column in left_out} | SAID_ANYWAY.get(table, {})
    assert {name: row[name] for name in expected} == expected
    assert (len(mapped.rows[table]), mapped.supplies[f"{SCHEMAS[pack]}.{table}"].problem, mapped.refused) == (1, None, [])


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mapped]:
    """Every pack over one row of the needed columns."""
    found = {}
    for pack in pages.PACKS:
        headers = {name: [column.name for column in table.columns if column.needed] for name, table in pages.tables(pack).items()}
        bench = Bench(tmp_path_factory.mktemp(pack) / "store")
        found[pack] = bench.map(pack, {name: [table.example] for name, table in pages.tables(pack).items()}, headers=headers)
        bench.connection.close()
    return found


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mapped]:
    """Every pack over a row that comes three times, once with another day of change."""
    found = {}
    for pack in pages.PACKS:
        bench = Bench(tmp_path_factory.mktemp(pack) / "store")
        rows = {name: [table.example, table.example, table.example | _changed(table)] for name, table in pages.tables(pack).items()}
        found[pack] = bench.map(pack, rows)
        bench.connection.close()
    return found


def _changed(table: Table) -> dict[str, str | None]:
    moment = next(name for name in ("changed_at", "recorded_at", "decided_at") if name in table.example)
    return {moment: "2026-03-09T23:59:00Z"}


@pytest.mark.parametrize(("pack", "table"), EVERY_TABLE)
def test_equal_rows_are_one_and_versions_are_ambiguous(repeated: dict[str, Mapped], pack: str, table: str) -> None:
    """Nobody can say which version is right."""
    assert [row["ambiguous"] for row in repeated[pack].rows[table]] == [True, True]
