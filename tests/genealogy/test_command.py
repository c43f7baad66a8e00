"""recon trace on a finished run: what it prints, how it ends, and what it imports."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recon.cli import main
from recon.genealogy import drill
from tests.cli.test_reading import SLOW
from tests.genealogy.small import Rows, both, indexed, link
from tests.reporting import night


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night in which B was made of A, C of B at one order that the MES lacks, and C went to a customer."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "recon.toml").write_text(night.TOML, encoding="utf-8")
    run = night.write_run(folder)
    rows: Rows = both(link("B", "A", "1"))
    rows["sap.genealogy_link"] = [*rows["sap.genealogy_link"], link("C", "B", "2")]
    rows["mes.work_order"] = [{"order_no": "2"}]
    rows["qms.hold"] = [{"material": "MA", "batch": "A", "reason": "smell"}]
    rows["sap.movement"] = [
        {"kind": "output", "order_no": "2", "material": "MC", "batch": "C", "quantity": 8},
        {"kind": "delivery", "order_no": None, "material": "MC", "batch": "C", "quantity": 8, "delivery": "80", "delivery_item": "10", "customer": "K1"},
    ]
    indexed(run, rows)
    night.record_anew(run)
    return folder


Trace = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trace(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Trace:
    """Exit code, standard output and standard error of recon trace in a workspace."""

    def call(workspace: Path, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recon", "-w", str(workspace), "trace", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


def test_the_tree_says_what_matters(trace: Trace, workspace: Path) -> None:
    """The batch held, the view that lacks a link, the end of the chain, and the delivery; all of it without colour in a pipe."""
    out = trace(workspace, "MA/A")[1]
    assert "hold H1 batch smell" in out.partition("backward:")[0]
    assert "made of nothing that anybody knows of" in out
    assert "forward: 2 batches in SAP's view, 1 in the MES's, 2 in both together" in out
    assert "MB/B → MC/C by order 2: in SAP only" in out
    assert "delivery 80 to K1: 8" in out
    assert "\x1b" not in out
    assert "the chain ends at MA/A: no record of it" in trace(workspace, "C", "--backward")[1]
    assert "MC/C" not in trace(workspace, "A", "--forward", "--view", "mes")[1].partition("went into")[2]


def test_what_no_source_told_stands_beside_the_answer(trace: Trace, workspace: Path) -> None:
    """In the tree above it, of the recall list on standard error."""
    assert "the MES's links: no source tells them at plant 1000" in trace(workspace, "A")[1]
    _, listed, remarks = trace(workspace, "A", "--format", "csv")
    assert "not whole: the MES's links: no source tells them at plant 1000" in remarks
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert [(row["batch"], row["in_view"], row["delivery"], row["shipped_quantity"]) for row in rows] == [
        ("A", "both", "", ""),
        ("B", "both", "", ""),
        ("C", "sap", "80", "8"),
    ]


def test_a_plant_on_the_way_that_no_source_tells_of_is_named(tmp_path: Path) -> None:
    """The batch went from plant 2000 to 1000, whose source is missing; of a batch that stayed at 2000 nothing is left open by that."""
    moved = {
        "kind": "transfer",
        "order_no": None,
        "plant": "2000",
        "material": "M",
        "batch": "A",
        "quantity": 5,
        "target_plant": "1000",
        "movement_type": "301",
    }
    stayed = link("C", "B") | {"plant": "2000"}
    genealogy = indexed(tmp_path, {"sap.movement": [moved], "sap.genealogy_link": [stayed]}, plants=("2000",))
    missing = "SAP's links: no source tells them at plant 1000"
    walk = genealogy.walk(genealogy.find("A", "2000"), "forward")
    assert missing in genealogy.doubts(walk.depth)
    assert missing in drill._one(genealogy, genealogy.find("A", "2000")).doubts
    assert not any("1000" in line for line in genealogy.doubts(genealogy.walk(genealogy.find("B"), "forward").depth))


def test_json_and_the_exercise(trace: Trace, workspace: Path) -> None:
    """Standard output is the data."""
    told = json.loads(trace(workspace, "B", "--format", "json")[1])
    assert [one["batch"] for one in told["backward"]["batches"] + told["forward"]["batches"]] == ["B", "A", "B", "C"]
    drawn = json.loads(trace(workspace, "--drill", "1", "--format", "json")[1])
    assert [(one["batch"], one["deliveries"], one["backward"], one["gaps"]) for one in drawn] == [
        ("C", 1, 2, 2)
    ]  # A came from nowhere, and in the view of the MES C did too
    _, exercise, remarks = trace(workspace, "--drill", "2")
    assert "2 batches traced both ways" in exercise
    assert "not whole: the MES's links: no source tells them at plant 1000" in remarks
    assert "the MES's links: no source tells them at plant 1000" in told["doubts"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "takes either a BATCH or --drill N"),
        (("A", "--drill", "3"), 2, "takes either a BATCH or --drill N"),
        (("Z",), 2, "batch Z: is in no link"),
        (("A", "--plant", "9"), 2, "there is MA/A at plant 1000"),
    ],
)
def test_mistakes_are_told(trace: Trace, workspace: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    """One message that says what to do."""
    ended = trace(workspace, *arguments)
    assert (ended[0], ended[1]) == (code, "")
    assert said in ended[2]


def test_an_index_that_was_altered_or_never_written_is_told(trace: Trace, tmp_path: Path) -> None:
    """Exit code 5 where the night is of before there was one, 4 where it is not what the night wrote."""
    (tmp_path / "recon.toml").write_text(night.TOML, encoding="utf-8")
    run = night.write_run(tmp_path)
    code, _, said = trace(tmp_path, "A")
    assert (code, "has no index for tracing" in said) == (5, True)
    indexed(run, both(link("B", "A")))
    night.record_anew(run)
    with (run / "genealogy.index").open("ab") as file:
        file.write(b"x")
    code, _, said = trace(tmp_path, "A")
    assert (code, "genealogy.index: is not what the manifest of its run says" in said) == (4, True)


def test_a_trace_imports_nothing_slow(workspace: Path) -> None:
    """It is asked for when every minute counts."""
    script = f"""
import atexit, sys
atexit.register(lambda: print([name for name in {(*SLOW, "duckdb")!r} if name in sys.modules], file=sys.stderr))
sys.argv = ["recon", "-w", {str(workspace)!r}, "trace", "A", "--format", "json"]
from recon.__main__ import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines()[-1] == "[]"
