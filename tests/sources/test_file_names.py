"""Files that carry their moment in their names: which is read, and as of when the source is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources import open_source
from recon.sources.interface import Source

PATTERN = "{table}_%Y%m%d_%H%M.csv"


def opened(folder: Path, names: list[str], sidecar: str | None = None, **changes: Any) -> Source:
    """A source over files of these names, each of which holds its own name."""
    (folder / "inbox").mkdir()
    for name in names:
        (folder / "inbox" / name).write_text(f"name\n{name}\n")
    if sidecar:
        (folder / "inbox" / "extract.json").write_text(sidecar)
    declared = {"kind": "files", "pack": "p", "system": "P01/100", "plants": ["P100"], "path": "inbox", "time_zone": "Europe/Berlin", "file": PATTERN}
    return open_source("F", SourceSettings.model_validate(declared | changes), folder)


def content(source: Source, table: str) -> str:
    """The only value of a table."""
    (batch,) = source.read(table).batches
    value: str = batch.column(0)[0].as_py()
    return value


NIGHTS = ["MSEG_20260309_0200.csv", "MSEG_20260310_0200.csv", "MARA_20260310_0130.csv", "notes.txt", "MSEG_2026031_0200.csv", "MSEG_20261341_0200.csv"]


def test_the_newest_file_of_a_table_is_read(tmp_path: Path) -> None:
    """By the moment in its name; names that are not of the pattern, or carry no moment that exists, are left alone."""
    source = opened(tmp_path, NIGHTS)
    assert source.tables() == ["MARA", "MSEG"]
    assert content(source, "MSEG") == "MSEG_20260310_0200.csv"
    assert content(source, "MARA") == "MARA_20260310_0130.csv"


def test_the_source_is_as_old_as_its_oldest_table(tmp_path: Path) -> None:
    """Of the newest files the oldest counts, in the source's time zone; a sidecar is not needed."""
    source = opened(tmp_path, NIGHTS)
    assert source.as_of() == datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
    assert source.complete_from("MSEG") is None


def test_a_table_that_did_not_arrive_makes_the_source_old(tmp_path: Path) -> None:
    """Yesterday's file never passes for tonight's."""
    source = opened(tmp_path, ["MSEG_20260309_0200.csv", "MARA_20260310_0130.csv"])
    assert source.as_of() == datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


def test_a_name_with_an_offset(tmp_path: Path) -> None:
    """It is taken at its word."""
    source = opened(tmp_path, ["MSEG-20260310T0200Z.csv", "MARA-20260310T0200-0500.csv"], file="{table}-%Y%m%dT%H%M%z.csv")
    assert source.as_of() == datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def test_one_table_with_its_moment_and_others_with_a_sidecar(tmp_path: Path) -> None:
    """The oldest of both counts, and a declared beginning of the history holds for all."""
    sidecar = '{"as_of": "2026-03-10T03:00:00Z", "complete_from": {"*": "2026-01-01T00:00:00Z"}}'
    tables = {"MSEG": {"file": "moves %d.%m.%y %H-%M.csv"}}
    source = opened(tmp_path, ["moves 10.03.26 02-00.csv", "MARA.csv"], sidecar, file=None, tables=tables)
    assert source.as_of() == datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    assert content(source, "MSEG") == "moves 10.03.26 02-00.csv"
    assert content(source, "MARA") == "MARA.csv"
    assert source.complete_from("MSEG") == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_pattern_without_a_moment(tmp_path: Path) -> None:
    """Names may follow a pattern and leave the moment to the sidecar."""
    source = opened(tmp_path, ["P01_MSEG.csv"], '{"as_of": "2026-03-10T03:00:00Z"}', file="P01_{table}.csv")
    assert source.tables() == ["MSEG"]
    assert content(source, "MSEG") == "P01_MSEG.csv"
    assert source.as_of() == datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "what", "todo"),
    [("{table}_%Y%m%d.csv", "does not make a moment: it needs a year, a day, %H and %M", "let a sidecar say"),
     ("{table}_%d%H%M.csv", "does not make a moment", "sidecar"),
     ("{table}_%Q.csv", "'%Q' is not known in", "known are %Y"),
     ("{table}_100%.csv", "'%.' is not known", "known are"),
     ("{table}_%Y%Y.csv", "has a letter twice", "")],
)  # fmt: skip
def test_a_pattern_that_makes_no_moment(tmp_path: Path, pattern: str, what: str, todo: str) -> None:
    """It is said where it is declared."""
    with pytest.raises(SourceError) as caught:
        opened(tmp_path, [], file=pattern).as_of()
    assert caught.value.where == "sources.F.file"
    assert what in caught.value.what
    assert todo in caught.value.todo


def test_nothing_of_the_pattern_is_there(tmp_path: Path) -> None:
    """Neither the source nor a table of it passes for empty."""
    source = opened(tmp_path, ["MSEG.csv"])
    with pytest.raises(SourceError, match="nothing says as of when the source is"):
        source.as_of()
    with pytest.raises(SourceError, match=r"there is no file named like MSEG_%Y%m%d_%H%M\.csv"):
        source.read("MSEG")


def test_a_source_pattern_names_the_table() -> None:
    """Without it every table would be the same file."""
    declared = {"kind": "files", "pack": "p", "system": "s", "plants": ["1"], "path": "inbox", "file": "all.csv"}
    with pytest.raises(ValueError, match=r"must have \{table\} once"):
        SourceSettings.model_validate(declared)
