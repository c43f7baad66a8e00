"""What a terminal shows: data on standard output, remarks on standard error, no command of a source system obeyed."""

from __future__ import annotations

import re

import duckdb
import pytest

from recon.reporting import gather, terminal
from recon.reporting.runs import Run
from recon.reporting.selection import Selection
from tests.reporting import night


def _of_rule(rule: str) -> str:
    return next(str(row["finding_id"]) for row in night.findings() if row["rule_id"] == rule and row["state"] != "resolved")


def test_status_says_first_whether_it_can_be_believed(run: Run, connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    """Doubt comes before numbers."""
    terminal.show_status(gather.summary(run, night.settings(), connection))
    out = capsys.readouterr().out
    assert out.index("not everything could be judged") < out.index("LIMS missing") < out.index("critical")
    assert "2026-03-10 02:05" in out
    assert "mes-1000, columns are not those of the night before: movement: LOT_2 is new" in out


def test_findings_are_primaries_worst_first(connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    """What is left out of the list is counted beside it."""
    terminal.show_findings(connection, Selection(), 3)
    captured = capsys.readouterr()
    assert captured.out.index("STK-007") < captured.out.index("STK-006") < captured.out.index("STK-014")
    assert "STK-001" not in captured.out
    assert "50 findings, the worst 3 shown" in captured.err
    assert "in flight 5, waived 1, consequences 2" in captured.err


def test_no_finding_leaves_standard_output_empty(connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    """The remark goes to standard error."""
    terminal.show_findings(connection, Selection(plants=("3000",), severities=("low",)), 3)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no finding is like this" in captured.err


@pytest.mark.parametrize(("columns", "left_out"), [(80, ("owner", "at risk", "nights")), (100, ("owner",)), (140, ()), (40, ("what", "state"))])
def test_what_is_copied_is_never_cut(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, left_out: tuple[str, ...]
) -> None:
    """On a narrow screen, or with COLUMNS in a pipe: the id, severity and rule of every finding stand whole on one line, and no line is wider."""
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal.show_findings(connection, Selection(), 100)
    lines = capsys.readouterr().out.splitlines()
    shown = [line.split()[:3] for line in lines if line.split() and re.fullmatch("[0-9a-f]{12}", line.split()[0])]
    assert len(shown) == 50
    found = {(str(row["finding_id"])[:12], row["severity"], row["rule_id"]) for row in night.findings()}
    assert {(finding, severity, rule) for finding, severity, rule in shown} <= found
    assert max(len(line) for line in lines) <= columns
    assert [name for name in left_out if name in " ".join(lines[:3])] == []
    owners = {str(row["owner"]) for row in night.findings()}
    assert columns < 140 or {line.split()[-1] for line in lines if re.match(" ?[0-9a-f]{12} ", line)} <= owners, "an owner is not broken in mid word"


def test_a_pipe_has_120_columns(connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing says otherwise, or nonsense does."""
    for value in ("", "wide"):
        monkeypatch.setenv("COLUMNS", value)
        terminal.show_findings(connection, Selection(), 100)
        lines = capsys.readouterr().out.splitlines()
        assert 100 < max(len(line.rstrip()) for line in lines) <= 120
        assert "nights" in " ".join(lines[:3])


def test_one_finding_side_by_side(run: Run, connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    """Both sides, the rows, the plant's time with UTC, and what to do."""
    terminal.show_finding(connection, run, night.settings(), _of_rule("CON-001"))
    out = capsys.readouterr().out
    for part in ("SAP", "MES", "SAP movement", "MES movement", "Europe/Berlin, ", "UTC", "what to do", "261 where it is short"):
        assert part in out


def test_consequences_are_listed_under_their_primary(run: Run, connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]) -> None:
    """And lead on by their id."""
    primary = next(row["consequence_of"] for row in night.findings() if row["consequence_of"])
    terminal.show_finding(connection, run, night.settings(), primary)
    out = capsys.readouterr().out
    assert out.count("consequence ") == 2


def test_hostile_texts_are_shown_and_not_obeyed(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No escape sequence of a material's text reaches the terminal, and no markup is interpreted."""
    monkeypatch.setenv("COLUMNS", "200")
    terminal.show_findings(connection, Selection(), 100)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "javascript:alert(1)" in out
    assert "<script>" in out
