"""Files that are made to flood a machine, or happen to: refused with one message, in flat memory, and not read to their end where that can be."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LIMIT = 500 << 20
"""Bytes that a process with all readers in it may take; half of them are taken when nothing has been read yet."""

# Reads every file named T1.*, T2.* … of a folder to its end, in one process, and tells what became of it and the most memory it took.
_READ = """
import json, sys
from pathlib import Path
from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources import open_source

folder = Path(sys.argv[1])
told = {}
for file in sorted(folder.iterdir()):
    table = {"file": file.name, "form": {"layout": "list"} if file.suffix == ".lst" else {}}
    settings = {"kind": "files", "pack": "p", "system": "s", "plants": ["1"], "path": folder.name, "tables": {file.name: table}}
    try:
        reading = open_source("F", SourceSettings.model_validate(settings), folder.parent).read(file.name)
        told[file.name] = sum(batch.num_rows for batch in reading.batches)
    except SourceError as error:
        told[file.name] = error.what
# Not getrusage: that also counts what the process was before it was this program.
(peak,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(json.dumps([int(peak) * 1024, told]))
"""


def _sparse(file: Path, start: bytes, size: int) -> None:
    """A file of NUL bytes that takes no room on the disk."""
    with file.open("wb") as target:
        target.write(start)
        target.truncate(size)


def _zip(file: Path, members: dict[str, int], compression: int) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=compression) as archive:
        for name, size in members.items():
            with archive.open(name, "w") as target:
                for _ in range(size >> 20):
                    target.write(b"0" * (1 << 20))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, str | int]]:
    """The most memory, and what became of each file."""
    folder = tmp_path_factory.mktemp("inbox")
    _sparse(folder / "line.csv", b"a,b\n1,", 2 << 30)
    _sparse(folder / "header.csv", b"a,b", 2 << 30)
    _sparse(folder / "line.lst", b"|AUFNR|WERKS|\n|1|", 2 << 30)
    _sparse(folder / "line.jsonl", b'{"a": "', 2 << 30)
    _sparse(folder / "record.json", b'[{"a": "', 1 << 30)
    member = gzip.compress(b"1,2\n" * (1 << 22), mtime=0)
    (folder / "bomb.csv.gz").write_bytes(gzip.compress(b"a,b\n", mtime=0) + member * 6)
    _zip(folder / "bomb.zip", {"a.csv": 80 << 20}, 9)
    _zip(folder / "bomb.xlsx", {"xl/workbook.xml": 1 << 20, "xl/worksheets/sheet1.xml": 600 << 20}, 1)
    (folder / "blank.csv").write_bytes(b"\n" * (64 << 20))
    (folder / "columns.csv").write_bytes(b"a," * (4 << 20) + b"\n")
    (folder / "names.jsonl").write_text("\n".join(json.dumps({f"column {number}": 1}) for number in range(10_000)))
    (folder / "deep.json").write_bytes(b'{"a":' * 1_000_000)
    (folder / "deep.jsonl").write_bytes(b'{"a": 1}\n' + b'{"a":' * 1_000_000 + b"\n")
    (folder / "nul.csv").write_bytes(b"a,b\n" + b"\0\n" * 200_000)
    run = subprocess.run([sys.executable, "-c", _READ, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True)
    peak, told = json.loads(run.stdout)
    return peak, told


REFUSED = {
    "line.csv": "has a line of more than 16 MiB",
    "header.csv": "has a line of more than 16 MiB",
    "line.lst": "has a line of more than 16 MiB",
    "line.jsonl": "has a line of more than 16 MiB",
    "record.json": "is not sound JSON: a record of it is larger than 16 MiB",
    "bomb.csv.gz": "grows to more than 250 times its size",
    "bomb.zip": "grows to more than 250 times its size",
    "bomb.xlsx": "holds 601 MiB, and recon takes Excel files of up to 512 MiB into memory",
    "blank.csv": "has no header: every line is blank",
    "columns.csv": "has 4,194,305 columns; recon takes up to 5,000",
    "names.jsonl": "columns; recon takes up to 5,000",
    "deep.json": "is neither an array of objects nor one object a line",
    "nul.csv": "more than 100,000 rows are refused; the first is row 2: it contains a NUL byte",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_flood_is_refused(name: str, ended: tuple[int, dict[str, str | int]]) -> None:
    """One message says what it is."""
    assert REFUSED[name] in str(ended[1][name])


def test_a_record_too_deep_costs_itself(ended: tuple[int, dict[str, str | int]]) -> None:
    """The lines around it are read."""
    assert ended[1]["deep.jsonl"] == 1


def test_memory_stays_flat(ended: tuple[int, dict[str, str | int]]) -> None:
    """Whatever the files pretend to be, the process that reads them takes little."""
    assert ended[0] < LIMIT
