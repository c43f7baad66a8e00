"""Folders of extracts: what is read, what is refused, and what each kind of bad input is answered with."""

from __future__ import annotations

import csv
import json
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recon.config import Form, SourceSettings
from recon.errors import SourceError
from recon.sources import open_source, text
from recon.sources.csv_text import read_csv
from recon.sources.delivered import Delivered
from recon.sources.extract import Extract
from recon.sources.interface import Reading, RefusedRow
from recon.sources.json_text import read_json
from tests.sources.made_files import write

SIDECAR = '{"as_of": "2026-03-10T01:00:00Z"}'
FILES = ("bad_input.yaml", "lists.yaml", "packed_and_typed.yaml")
CASES = [case for name in FILES for case in yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))]


def settings(**changes: Any) -> SourceSettings:
    """A files source over inbox/."""
    return SourceSettings.model_validate({"kind": "files", "pack": "p", "system": "P01/100", "plants": ["P100"], "path": "inbox"} | changes)


def rows_of(reading: Reading) -> list[list[str | int | None]]:
    """All values of a reading, row by row; every batch keeps the promised schema."""
    batches = list(reading.batches)
    assert all(batch.schema == reading.schema for batch in batches)
    table = pa.Table.from_batches(batches, reading.schema)
    return [list(row.values()) for row in table.to_pylist()]


@pytest.mark.parametrize("block", [pytest.param(None, id="one-block"), pytest.param(7, id="many-blocks")])
@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in CASES])
def test_bad_input(case: dict[str, Any], block: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case ends as its data says, in whatever pieces the file is read."""
    if block:
        monkeypatch.setattr(text, "BLOCK", block)
    sidecar = case.get("sidecar", SIDECAR)
    write(tmp_path / "inbox", case["files"] | ({"extract.json": sidecar} if sidecar else {}))
    source = settings(path=case.get("path", "inbox"), form=case.get("form", {}), tables=case.get("tables", {}))

    def whole() -> tuple[list[str], list[list[str | int | None]], list[RefusedRow]]:
        opened = open_source("F", source, tmp_path)
        opened.as_of()
        table = case.get("table", "T")
        opened.complete_from(table)
        reading = opened.read(table)
        return reading.schema.names, rows_of(reading), reading.refused

    if "error" in case:
        with pytest.raises(SourceError) as caught:
            whole()
        for part, fragment in case["error"].items():
            assert fragment in getattr(caught.value, part)
        return
    columns, rows, refused = whole()
    assert rows == [[value.isoformat() if isinstance(value, date) else value for value in row] for row in case["rows"]]
    assert columns == case.get("columns", columns)
    assert sorted((row.row, row.reason) for row in refused) == [tuple(expected) for expected in case.get("refused", [])]


def test_refused_rows_are_kept_as_they_were(tmp_path: Path) -> None:
    """The raw text of a refused row can be shown, up to 1,000 characters."""
    write(tmp_path / "inbox", {"T.csv": "a,b\nalone\n" + "x" * 5000 + "\n"})
    reading = open_source("F", settings(), tmp_path).read("T")
    assert rows_of(reading) == []
    assert [row.raw for row in reading.refused] == ["alone", "x" * 1000]


def test_too_many_refused_rows_mean_a_wrong_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused rows do not fill the memory: past a bound the table is not read, and what was refused so far is kept."""
    monkeypatch.setattr(text, "MAX_REFUSED", 10)
    write(tmp_path / "inbox", {"T.csv": "a,b\n" + "alone\n" * 11})
    reading = open_source("F", settings(), tmp_path).read("T")
    with pytest.raises(SourceError, match="more than 10 rows are refused; the first is row 2"):
        list(reading.batches)
    assert len(reading.refused) == 10


def test_a_file_without_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that never ends is a wrong file, not a reason to fill the memory."""
    monkeypatch.setattr(text, "MAX_LINE", 1000)
    monkeypatch.setattr(text, "BLOCK", 100)
    write(tmp_path / "inbox", {"T.csv": "x" * 5000})
    with pytest.raises(SourceError, match="has a line of more than"):
        open_source("F", settings(), tmp_path).read("T")


def test_tables_are_found_by_their_files(tmp_path: Path) -> None:
    """Known endings count, the sidecar does not, and a declared file goes by its table's name."""
    write(tmp_path / "inbox", {"MSEG.csv": "", "hold.jsonl": "", "mcha_2026.csv": "", "readme.md": "", "extract.json": SIDECAR})
    source = open_source("F", settings(tables={"MCHA": {"file": "mcha_2026.csv"}}), tmp_path)
    assert source.tables() == ["MCHA", "MSEG", "hold"]


def test_moments_of_the_sidecar(tmp_path: Path) -> None:
    """A moment without an offset is local to the source, and the nearest declaration of complete_from wins."""
    sidecar = '{"as_of": "2026-03-10T02:00:00", "complete_from": {"*": "2026-01-01T00:00:00Z", "MSEG": "2026-02-01T00:00:00+01:00"}}'
    write(tmp_path / "inbox", {"stand.json": sidecar})
    tables = {"MCHB": {"complete_from": datetime(2026, 3, 1, tzinfo=UTC)}}
    source = open_source("F", settings(as_of="stand.json", time_zone="Europe/Berlin", tables=tables), tmp_path)
    assert source.as_of() == datetime(2026, 3, 10, 1, tzinfo=UTC)
    assert source.complete_from("MKPF") == datetime(2026, 1, 1, tzinfo=UTC)
    assert source.complete_from("MSEG") == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert source.complete_from("MCHB") == datetime(2026, 3, 1, tzinfo=UTC)


def test_the_source_declares_its_history_where_the_sidecar_does_not(tmp_path: Path) -> None:
    """recon.toml's complete_from of the source is the last resort; without any, nothing is missing."""
    write(tmp_path / "inbox", {"extract.json": SIDECAR})
    assert open_source("F", settings(), tmp_path).complete_from("MSEG") is None
    declared = settings(complete_from=datetime(2026, 1, 1, tzinfo=UTC))
    assert open_source("F", declared, tmp_path).complete_from("MSEG") == datetime(2026, 1, 1, tzinfo=UTC)


def test_memory_is_bounded(tmp_path: Path) -> None:
    """A file of 60 MB, with an unclosed quote in the middle, is read in a fraction of its size."""
    tmp_path.joinpath("inbox").mkdir()
    with (tmp_path / "inbox" / "T.csv").open("w") as file:
        file.write("a,b,c\n")
        for part in range(60):
            file.write(f'{part},"never closed,x\n' if part == 30 else "")
            file.write('1000000,"a value, quoted",some text of a row\n' * 22_000)
    tracemalloc.start()
    reading = open_source("F", settings(), tmp_path).read("T")
    count = sum(batch.num_rows for batch in reading.batches)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60 * 22_000
    assert [row.reason for row in reading.refused] == ["a quoted value is never closed"]
    assert peak < 10 * text.BLOCK
    assert pa.total_allocated_bytes() < 5 * text.BLOCK


values = st.text(st.characters(exclude_characters="\0\ufffd\ufeff", exclude_categories=["Cs"]), max_size=8)


@given(rows=st.lists(st.tuples(values, values), max_size=12), block=st.integers(1, 50))
def test_whatever_is_quoted_comes_back(rows: list[tuple[str, str]], block: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any text in quotes is read as it was written, wherever the blocks are cut."""
    file = tmp_path_factory.mktemp("inbox") / "T.csv"
    lines = ['"a","b"', *(",".join('"' + value.replace('"', '""') + '"' for value in row) for row in rows)]
    file.write_bytes("\n".join(lines).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        reading = read_csv(Extract(Delivered(file, "T")))
        assert rows_of(reading) == [list(row) for row in rows]
    assert reading.refused == []


@given(data=st.lists(st.sampled_from(['"', ",", "\n", "\r", "a", "\0", "é"]), max_size=40), block=st.integers(1, 50))
def test_no_line_is_lost(data: list[str], block: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the body looks like, it is read or refused without another error, and the same for every way to cut it into blocks."""
    file = tmp_path_factory.mktemp("inbox") / "T.csv"
    file.write_bytes(("a,b\n" + "".join(data)).encode())
    whole = read_csv(Extract(Delivered(file, "T")))
    rows = rows_of(whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK", block)
        pieces = read_csv(Extract(Delivered(file, "T")))
        assert rows_of(pieces) == rows
        assert sorted(pieces.refused, key=lambda row: row.row) == sorted(whole.refused, key=lambda row: row.row)
    taken = sum("".join(map(str, row)).count("\n") + 1 for row in rows) + len(whole.refused)
    assert taken >= sum(1 for line in "".join(data).split("\n") if line.strip("\r"))


def test_public_extracts_of_sap_tables(shared_data: Path) -> None:
    """Real headers and values are read whole: every row arrives with every value as another reader of CSV has it."""
    files = sorted((shared_data / "sap" / "table_seeds").glob("*.csv"))
    assert len(files) >= 8
    for file in files:
        reading = read_csv(Extract(Delivered(file, file.name)))
        with file.open(encoding="utf-8", newline="") as source:
            header, *rows = csv.reader(source)
        assert reading.schema.names == [name or f"_{position}" for position, name in enumerate(header, start=1)]
        assert rows_of(reading) == rows
        assert len(rows) > 0
        assert reading.refused == []


@pytest.mark.parametrize(("name", "path"), [("A_OutbDeliveryHeader.json", "d.results"), ("A_OutbDeliveryHeader_queryAll.json", "response.jsonBody.d.results")])
def test_public_odata_answers(shared_data: Path, name: str, path: str) -> None:
    """What an OData service of SAP sends is read as a file, value by value; what is nested, as its JSON."""
    file = shared_data / "sap" / "odata_v2_wire" / name
    reading = read_json(Extract(Delivered(file, name), Form(records=path)))
    records = json.loads(file.read_text(encoding="utf-8"))
    for step in path.split("."):
        records = records[step]
    found = [dict(zip(reading.schema.names, row, strict=True)) for row in rows_of(reading)]
    assert len(found) == len(records) > 0
    for row, record in zip(found, records, strict=True):
        plain = {column: value if value is None else str(value).lower() if isinstance(value, bool) else value for column, value in record.items()}
        assert {column: value for column, value in row.items() if not isinstance(record.get(column), dict)} == {
            column: plain.get(column) for column in reading.schema.names if not isinstance(plain.get(column), dict)
        }
        assert all(json.loads(row[column] or "") == value for column, value in record.items() if isinstance(value, dict))
    assert reading.refused == []


@pytest.mark.parametrize(
    ("sidecar", "declared", "skew"),
    [(None, None, None), (None, "2m", 120), ("-90s", None, -90), ("-90s", "2m", -90), ("soon", "2m", "'soon' is not a duration"), (90, None, "90 is not a")],
)
def test_a_clock_is_declared(sidecar: object, declared: str | None, skew: int | str | None, tmp_path: Path) -> None:
    """By whoever made the extract, or else in recon.toml; a folder cannot be asked."""
    told = {"as_of": "2026-03-10T01:00:00Z"} | ({} if sidecar is None else {"skew": sidecar})
    write(tmp_path / "inbox", {"T.csv": "A\n1\n", "extract.json": json.dumps(told)})
    source = open_source("F", settings(**({"skew": declared} if declared else {})), tmp_path)
    if isinstance(skew, str):
        with pytest.raises(SourceError, match=skew):
            source.skew()
    else:
        found = source.skew()
        assert (found.total_seconds() if found is not None else None) == skew
