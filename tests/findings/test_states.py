"""The state table: whole, printed in the documentation as it is, and true to what people are promised."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from recon.errors import ReconError
from recon.findings import states
from recon.findings.states import PRIORS, TONIGHTS, WAIVERS, Cell, cell, cells, shown

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
HEADINGS = {"### No waiver": "none", "### Waiver in force": "in force", "### Waiver ended": "ended"}


def printed() -> set[Cell]:
    """The cells as docs/states.md prints them, 'next · event' in a table for each kind of waiver."""
    found: set[Cell] = set()
    waiver, tonights = "", [""]
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            waiver = HEADINGS.get(line, "")
        elif waiver and line.startswith("| prior"):
            tonights = [text.strip() for text in line.strip("|").split("|")][1:]
        elif waiver and line.startswith("| **"):
            prior, *values = [text.strip() for text in line.strip("|").split("|")]
            for tonight, value in zip(tonights, values, strict=True):
                state, _, event = value.partition(" · ")
                found.add(Cell(prior.strip("*"), tonight, waiver, state, event))
    return found


def test_every_cell_is_decided() -> None:
    """Nothing that a night can bring is left open."""
    assert [one[:3] for one in cells()] == [(prior, tonight, waiver) for waiver, prior, tonight in product(WAIVERS, PRIORS, TONIGHTS)]


def test_the_documentation_prints_the_same_cells() -> None:
    """Cell by cell."""
    assert printed() == set(cells())


def test_every_state_is_one_that_people_know() -> None:
    """And `none` is never shown."""
    assert {shown(one.next) for one in cells()} == {*states.STATES, "none"}


@pytest.mark.parametrize("one", cells(), ids=lambda one: "/".join(one[:3]))
def test_promises(one: Cell) -> None:
    """What holds for every cell, whatever was decided for it."""
    prior, tonight, waiver, after, event = one
    seen = tonight in TONIGHTS[:4]
    if tonight == "not evaluated":
        assert (after, event) == (prior, ""), "not evaluated changes nothing"
    if seen:
        assert after not in ("none", "resolved", "retired"), "what is there is never called gone"
        assert event, "and something is said about it"
        assert (after == "waived") == (waiver == "in force"), "a waiver covers exactly while it is in force"
    else:
        assert cell(prior, tonight, "none")[3:] == (after, event), "a waiver covers nothing that is not there"
    if tonight.startswith("fires"):
        assert shown(after) != "in flight", "what settled is judged"
        assert (after == "new") <= (prior in ("none", "new", "in flight")), "new only once"
        assert (after == "reopened") <= (prior in ("waived", "resolved", "retired", "reopened", states.CLOSED_BEFORE)), "back from something closed only"
    if tonight == "absent":
        assert after in ("none", "resolved", "retired"), "evaluated and not there is gone"
    if after == "unsettled":
        assert tonight == "in flight for the third cut date" or prior == "unsettled", "patience first"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("none,fires,none,new,appeared", "is already decided above"),
        ("none,explodes,none,new,appeared", "tonight 'explodes' is unknown"),
        ("none,fires,none", "has 3 values instead of 5"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    """With its number."""
    file = tmp_path / "states.csv"
    text = states.FILE.read_text(encoding="utf-8")
    file.write_text(text + line + "\n", encoding="utf-8")
    with pytest.raises(ReconError, match=message) as caught:
        cells(file)
    assert f"{file}:{len(text.splitlines()) + 1}" in str(caught.value)


def test_a_missing_cell_is_named(tmp_path: Path) -> None:
    """So are columns that are not those of the table."""
    file = tmp_path / "states.csv"
    lines = states.FILE.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(ReconError, match=r"no line for \('retired', 'rule retired', 'ended'\)"):
        cells(file)
    (tmp_path / "other.csv").write_text("prior,next\n", encoding="utf-8")
    with pytest.raises(ReconError, match="the columns are"):
        cells(tmp_path / "other.csv")
