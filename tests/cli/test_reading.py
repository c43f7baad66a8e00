"""The reading commands: standard output is the data, errors say what to do, and nothing slow is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from recon import reporting
from recon.cli import main
from recon.errors import ExitCode
from tests import commands
from tests.reporting import night

COMMAND = "from recon.cli import main; main()"
SLOW = ("sqlalchemy", "sqlglot", "great_expectations", "polars", "pandas", "pyarrow", "jinja2")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "recon.toml").write_text(night.TOML, encoding="utf-8")
    night.write_run(folder, run_id=night.PREVIOUS_ID)
    night.write_run(folder, previous=night.PREVIOUS_ID)
    return folder


def _recon(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    monkeypatch.setattr(sys, "argv", ["recon", "-w", str(workspace), *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("findings",),
        ("findings", "--severity", "critical"),
        ("show", "dae1"),
        ("proposals", "list"),
        ("proposals", "show", "dae1"),
        ("compare", night.PREVIOUS_ID),
        ("history", "dae1"),
        ("history", "plant=1000", "rule=stk-001"),
    ],
)
def test_tables_are_printed_and_reading_ends_with_nought(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path, arguments: tuple[str, ...]
) -> None:
    """Findings are no error of the command that lists them; a pipe gets no colour."""
    code, out, _ = _recon(capsys, monkeypatch, workspace, *arguments)
    assert code == 0
    assert out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "--format", "json"),
        ("findings", "--format", "json"),
        ("show", "dae1", "--format", "json"),
        ("proposals", "list", "--format", "json"),
        ("proposals", "show", "dae1", "--format", "json"),
        ("compare", night.PREVIOUS_ID, "--format", "json"),
        ("history", "dae1", "--format", "json"),
    ],
)
def test_json_is_all_there_is_on_standard_output(workspace: Path, arguments: tuple[str, ...]) -> None:
    """It parses as it stands."""
    ended = subprocess.run([sys.executable, "-c", COMMAND, "-w", str(workspace), *arguments], capture_output=True, check=True)
    assert json.loads(ended.stdout)


def test_findings_as_csv(workspace: Path) -> None:
    """Written to a pipe as bytes, a line for the names and one a finding."""
    ended = subprocess.run(
        [sys.executable, "-c", COMMAND, "-w", str(workspace), "findings", "--format", "csv", "--limit", "3"], capture_output=True, check=True
    )
    assert ended.stdout.startswith(b"finding_id,rule_id")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("status", "2025"), 2, "is not in this workspace"),
        (("show", "zz"), 2, "`recon findings` lists what is"),
        (("show", "7"), 2, "give more digits"),
        (("findings", "--plant", "1001"), 2, "did you mean `1000`?"),
        (("findings", "--rule", "STK-999"), 2, "is not a rule of this run"),
        (("findings", "--severity", "hgih"), 2, "'hgih' is not a severity"),
        (("report", "--format", "docx"), 2, "known: html"),
        (("findings", "--limit", "ten"), 2, 'recon: --limit: "ten" is not a whole number'),
        (("findings", "--limit", "0"), 2, "Tip: it must be at least 1"),
        (("findings", "--format", "xml"), 2, "recon: --format: 'xml' is not one of 'table', 'json', 'csv', 'parquet'"),
    ],
)
def test_mistakes_are_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """One message on standard error, no traceback, nothing on standard output."""
    ended, out, err = _recon(capsys, monkeypatch, workspace, *arguments)
    assert (ended, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


WRITES = "COPY findings TO '{}'"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (WRITES, "answers one SELECT"),
        (f"EXPLAIN ANALYZE {WRITES}", "answers one SELECT"),
        (f"SELECT 1; {WRITES}", "answers one SELECT"),
        (f"WITH x AS ({WRITES}) SELECT * FROM x", "answers one SELECT"),
        ("WITH x AS (DELETE FROM findings RETURNING 1) SELECT * FROM x", "answers one SELECT"),
        ("SELECT * FROM json_execute_serialized_sql(json_serialize_sql('WITH x AS (COPY findings TO ''{}'') SELECT 1'))", "json_execute_serialized_sql"),
        ("SELECT * FROM query('SELECT 1')", "table function query"),
        ("SELECT * FROM read_text('/etc/hostname')", "table function read_text"),
        ("SELECT * FROM '/etc/hostname'", "/etc/hostname"),
        ("SET enable_external_access = true", "answers one SELECT"),
        ("ATTACH '{}'", "answers one SELECT"),
        ("SELEC 1", "syntax error"),
    ],
)
def test_a_query_writes_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path, query: str, said: str) -> None:
    """Whatever the SQL is dressed as: not even in the store, which the connection may read, does a file appear, and no other file is read."""
    target = workspace / "store" / "written"
    code, out, err = _recon(capsys, monkeypatch, workspace, "sql", query.format(target))
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert not target.exists()


@pytest.mark.parametrize(
    "query",
    ["DESCRIBE findings", "SUMMARIZE outcomes", "SHOW TABLES", "VALUES (1)", "FROM findings UNION ALL FROM findings", "WITH x AS (FROM range(3)) FROM x"],
)
def test_every_kind_of_query_is_answered(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path, query: str) -> None:
    """Reading is not limited to what begins with SELECT."""
    assert _recon(capsys, monkeypatch, workspace, "sql", query)[0] == 0


def test_the_answer_is_json_whatever_is_in_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    """JSON has no infinity and no not-a-number: they are null, at any depth."""
    query = "SELECT 1/0 AS a, [1e0, 'nan'::DOUBLE] AS b, {'c': -1/0} AS d, 1.5 AS e"
    code, out, _ = _recon(capsys, monkeypatch, workspace, "sql", query, "--format", "json")
    assert code == 0
    assert json.loads(out, parse_constant=lambda name: pytest.fail(name)) == [{"a": None, "b": [1.0, None], "d": {"c": None}, "e": "1.5"}]


def test_the_answer_commands_no_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    """Escapes in a value or a name are not passed on in a table."""
    code, out, _ = _recon(capsys, monkeypatch, workspace, "sql", "SELECT concat('a', chr(27), '[31mb', chr(7)) AS \"x\x1b[2J\"")
    assert code == 0
    assert "[31mb" in out
    assert not {"\x1b", "\x07"} & set(out)


def test_no_run_yet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It could not be read, and the message says how to get one."""
    (tmp_path / "recon.toml").write_text(night.TOML, encoding="utf-8")
    code, _, err = _recon(capsys, monkeypatch, tmp_path, "findings")
    assert code == 5
    assert "recon run" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",), ("findings",), ("show", "dae1"), ("report",), ("sql", "SELECT 1"), ("rules", "list"), ("audit", "verify"), ("snapshots", "list"), ("run",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_folder_that_is_no_workspace(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Wrong usage, said in the same words by every command."""
    code, out, err = _recon(capsys, monkeypatch, tmp_path / "nowhere", *arguments)
    assert (code, out) == (2, "")
    assert "nowhere: there is no recon.toml here" in err
    assert not (tmp_path / "nowhere").exists()


def test_report_prints_where_its_files_are(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    """One path a line, in the workspace unless told otherwise."""
    code, out, _ = _recon(capsys, monkeypatch, workspace, "report", "--format", "html,json,csv,parquet")
    files = [Path(line) for line in out.split()]
    assert code == 0
    assert [file.name for file in files] == ["index.html", "findings.json", "findings.csv", "findings.parquet"]
    assert all(file.parent == workspace / "reports" / night.RUN_ID and file.exists() for file in files)


def test_listing_findings_imports_nothing_slow(workspace: Path) -> None:
    """A command that people type all day starts at once."""
    script = f"""
import sys
from recon.reporting import json, runs, terminal
from recon.reporting.selection import Selection
import recon.cli.findings
with runs.open_run(runs.find_run(__import__("pathlib").Path({str(workspace)!r})).folder) as connection:
    terminal.show_findings(connection, Selection(), 5)
import recon.cli.compare, recon.cli.proposals
from recon.reporting import history
terminal.show_lives(history.lives(__import__("pathlib").Path({str(workspace)!r}), ["plant=1000", "rule=STK-001"]))
print([name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [(), ("run",), ("report",), ("trace",), ("snapshots",), ("snapshots", "verify"), ("rules", "show")])
def test_help_shows_no_value_for_a_flag(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """What takes no value shows none, on commands and on groups."""
    code, out, _ = _recon(capsys, monkeypatch, tmp_path, *arguments, "--help")
    assert code == 0
    assert "Show this message and exit." in out
    assert "bool" not in out.lower()


def test_help_imports_hardly_anything() -> None:
    """It has nothing to read, so it is there at once."""
    script = f"""
import atexit, sys
atexit.register(lambda: print([name for name in {(*SLOW, "pydantic", "duckdb")!r} if name in sys.modules], file=sys.stderr))
sys.argv = ["recon", "--help"]
from recon.__main__ import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "demo" in ended.stdout
    assert ended.stderr.splitlines()[-1] == "[]"


def test_proposals_as_json_validate_against_the_published_schema(workspace: Path) -> None:
    """Proposed and refused ones unless others are asked for; what is none says why."""
    schema = json.loads((Path(str(reporting.__file__)).parent / "proposals.schema.json").read_text(encoding="utf-8"))
    listed = [json.loads(commands.recon("proposals", "list", "--format", "json", *more, workspace=workspace).stdout) for more in ((), ("--status", "none"))]
    for proposals in listed:
        jsonschema.validate(proposals, schema)
    assert [{proposal["status"] for proposal in proposals} for proposals in listed] == [{"proposed", "refused"}, {"none"}]
    assert {proposal["reason"] for proposal in listed[1]} == {"no action is declared for this correction"}


def test_a_proposal_is_shown_in_plain_words(workspace: Path) -> None:
    """By its own id or the finding's: what to do, who is believed and why, and the checks; the refused one says so first."""
    proposal, *_ = json.loads(commands.recon("proposals", "list", "--rule", "STK-002", "--format", "json", workspace=workspace).stdout)
    shown = [commands.recon("proposals", "show", proposal[name][:12], workspace=workspace).stdout for name in ("proposal_id", "finding_id")]
    assert shown[0] == shown[1]
    text = " ".join(shown[0].split())
    assert "refused because inspection lot 77 of the batch is open: its stock moves through the lot" in text
    assert "believed QMS: quality decides what may be used, and SAP follows" in text
    assert "[ ] Look whether EWM" in text
    assert f"proposal {proposal['proposal_id']}" in commands.recon("show", proposal["finding_id"], workspace=workspace).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("proposals", "show", "RCFFFF"), "proposal RCFFFF: is not in run"),
        (("proposals", "list", "--status", "open"), "--status: 'open' is not a status of proposals"),
        (("compare", "2025"), "run 2025: is not in this workspace"),
        (("history", "order 12"), "KEY: 'order 12' is neither a finding nor a field of a key"),
        (("history", "batch=nothing"), "batch=nothing: no finding of any of 2 runs is like this"),
    ],
)
def test_what_there_is_not_is_said(workspace: Path, arguments: tuple[str, ...], message: str) -> None:
    """One message and exit code 2."""
    ended = commands.recon(*arguments, workspace=workspace)
    assert ended.returncode == ExitCode.USAGE
    assert commands.message(ended).startswith(message)
