"""Every shipped expectation finds the rows it is there for, and takes no offence at good ones: one process of Great Expectations for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from recon import prepare, shipped
from recon.canonical import packs
from recon.canonical.schema import canonical_tables
from recon.config import WorkspaceSettings
from recon.gates.process import Process
from recon.gates.suite import ROWS_BEFORE, Expectation, Suite, asked
from recon.ruleset import load as ruleset

CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "bad_rows.yaml").read_text(encoding="utf-8"))
RAW = {"number": "DECIMAL(18, 6)", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP"}
SYSTEM = "P01/100"


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Suite]:
    """The shipped ones."""
    loaded = {name: packs.load_pack(name, [packs.SHIPPED]) for name in ("sap-ecc-tables", "sap-s4-tables")}
    return prepare.suites_of(tmp_path_factory.mktemp("site"), loaded)


def columns_of(table: str) -> dict[str, str]:
    """Column → DuckDB type, as gates see the table."""
    if "/" not in table:
        return canonical_tables()[table.partition(".")[2]].all_columns
    pack, _, name = table.partition("/")
    return {column: RAW.get(kind, "VARCHAR") for column, kind in packs.load_pack(pack, [packs.SHIPPED]).tables[name].columns.items()}


def select(columns: dict[str, str], rows: list[dict[str, Any]]) -> str:
    """SELECT of rows in the shape of a table."""

    def value(row: dict[str, Any], name: str) -> str:
        said = row.get(name)
        return "NULL" if said is None else "'" + str(said).replace("'", "''") + "'"

    values = [", ".join(f'CAST({value(row, name)} AS {kind}) AS "{name}"' for name, kind in columns.items()) for row in rows]
    selects = [f"SELECT {row}" for row in values]
    return " UNION ALL ".join(selects) or f"{select(columns, [{}])} WHERE false"


def expectation_of(suite: Suite, case: dict[str, Any]) -> Expectation:
    """The one expectation that a case is about."""
    found = [one for one in suite.expectations if one.type == case["type"] and _is_on(one, case.get("of", ""))]
    assert len(found) == 1, f"{suite.table}: {len(found)} expectations are {case['type']} of {case.get('of')}"
    return found[0]


def _is_on(expectation: Expectation, on: str) -> bool:
    query = expectation.kwargs.get("unexpected_rows_query")
    if query:
        return on in query
    return on == (ROWS_BEFORE if expectation.compares_nights else ", ".join(expectation.columns))


def questions(suite: Suite, folder: Path) -> Iterator[tuple[dict[str, Any], dict[int, set[int]]]]:
    """What to ask about one suite, and the numbers of the rows that each of its expectations must find; an empty set: it fails without naming rows."""
    case = CASES[suite.table]
    shape = {"_row": "BIGINT", **columns_of(suite.table)}
    given = {name: case.get("tables", {}).get(name, []) for one in suite.expectations for name in one.reads}
    tables = {name: select({"system": "VARCHAR", **columns_of(name)}, rows) for name, rows in given.items()}
    good = {"system": SYSTEM, **case["good"]}
    rows: list[dict[str, Any]] = [{"_row": number, **good, **row} for number, row in enumerate([{}, *case.get("lawful", [])], 1)]
    wanted: dict[int, set[int]] = {}
    for bad in case["bad"]:
        expectation = expectation_of(suite, bad)
        if "rows" in bad:
            new = [{**good, **row, "_row": len(rows) + place} for place, row in enumerate(bad["rows"], 1)]
            rows += new
            wanted[expectation.number] = {row["_row"] for row in new}
        elif "counts" in bad:
            for before, now in bad["counts"]:
                many = f"SELECT g.* REPLACE (r.range AS _row) FROM ({select(shape, [good])}) g, range({now}) r"
                yield _question(many, tables, [expectation], folder, before), {expectation.number: set()}
        else:
            other = select(shape | bad.get("types", {}), [] if bad.get("empty") else [{"_row": 1, **good}])
            yield _question(other, tables, [expectation], folder), {expectation.number: set()}
    yield _question(select(shape, rows), tables, list(suite.expectations), folder), wanted


def _question(batch: str, tables: dict[str, str], expectations: list[Expectation], folder: Path, before: int = 1) -> dict[str, Any]:
    file = folder / f"{len(list(folder.iterdir()))}"
    file.mkdir()
    duckdb.sql(f"COPY ({batch}) TO '{file}/batch.parquet'")
    return {
        "batch": f"SELECT * FROM read_parquet('{file}/batch.parquet')",
        "tables": tables,
        "expectations": asked(expectations),
        "parameters": {ROWS_BEFORE: before},
        "rows": str(file / "rows.parquet"),
        "numbers": [one.number for one in expectations],
    }


def test_every_shipped_expectation_has_its_bad_rows(suites: dict[str, Suite]) -> None:
    """So that none can be added without being seen to work, nor one be removed."""
    has = {table: [expectation_of(suites[table], bad).number for bad in case["bad"]] for table, case in CASES.items()}
    assert has == {table: [one.number for one in suite.expectations] for table, suite in suites.items()}


def test_each_expectation_finds_its_bad_rows_and_no_other(suites: dict[str, Suite], tmp_path: Path) -> None:
    """Great Expectations itself decides."""
    process = Process(WorkspaceSettings(), tmp_path / "spill")
    folder = tmp_path / "rows"
    folder.mkdir()
    expected = []
    for suite in suites.values():
        for question, wanted in questions(suite, folder):
            process.ask({name: value for name, value in question.items() if name != "numbers"})
            expected.append((suite, question, wanted))
    try:
        answers = list(process.answers())
    finally:
        process.stop()
    for (suite, question, wanted), answer in zip(expected, answers, strict=True):
        assert not isinstance(answer, str), f"{suite.table}: {answer}"
        file = Path(question["rows"])
        found: dict[int, set[int]] = {}
        for place, row in duckdb.read_parquet(str(file)).fetchall() if file.is_file() else ():
            found.setdefault(question["numbers"][place - 1], set()).add(row)
        failed = {number for number, one in zip(question["numbers"], answer, strict=True) if not one["met"]}
        assert [one["error"] for one in answer if one["error"]] == [], suite.table
        assert failed == set(wanted), suite.table
        assert found == {number: rows for number, rows in wanted.items() if rows}, suite.table


def test_every_table_that_a_shipped_rule_reads_has_a_suite(suites: dict[str, Suite], tmp_path: Path) -> None:
    """A rule is worth as much as its rows."""
    rules = ruleset.load(shipped.folder("rules"), tmp_path).rules.values()
    assert {table for rule in rules for table in rule.pairing.tables} <= suites.keys()


def test_every_suite_is_about_something_that_is_there() -> None:
    """File names say which table a suite is about."""
    for file in (shipped.folder("rules") / "gates").glob("*.yaml"):
        assert yaml.safe_load(file.read_text(encoding="utf-8"))["table"].replace("/", ".") == file.stem
