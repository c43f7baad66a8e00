"""`recon doctor` finds, in one call, everything that would keep tonight's run from working."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

import recon.sources
from recon.canonical.packs import SHIPPED, load_pack
from recon.cli import app
from recon.cli.doctor import Check, examine, verdict
from recon.cli.init import make
from recon.errors import ExitCode, SourceError
from recon.sources.interface import Reading
from tests.services.postgresql import READER, WAYS, Server, Way


@dataclass
class Source:
    """A source whose only properties are its moment and its tables."""

    moment: datetime
    columns: dict[str, list[str]]
    """Table → its columns; none has a row."""
    ahead: timedelta | None = None

    def as_of(self) -> datetime:
        return self.moment

    def skew(self) -> timedelta | None:
        return self.ahead

    def tables(self) -> list[str]:
        return list(self.columns)

    def complete_from(self, _: str) -> None:
        return None

    def read(self, table: str) -> Reading:
        return Reading(iter(()), pa.schema([(name, pa.string()) for name in self.columns[table]]))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace as init makes it."""
    make(tmp_path / "works")
    return tmp_path / "works"


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, Source]:
    """What the workspace's three sources answer; all well to begin with."""
    packs = {"sap": "sap-ecc-tables", "mes": "mes-tables", "qms": "qms-tables"}
    shapes = {name: {table.name: list(table.columns) for table in load_pack(pack, [SHIPPED]).tables.values()} for name, pack in packs.items()}
    answers = {name: Source(datetime.now(UTC) - timedelta(hours=1), columns) for name, columns in shapes.items()}
    monkeypatch.setattr(recon.sources, "open_source", lambda name, *_: answers[name])
    return answers


def _checks(workspace: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(workspace)}


@pytest.mark.usefixtures("sources")
def test_a_sound_workspace_is_ready(workspace: Path) -> None:
    """Nothing to mend: exit code 0, and each source says what moment it shows."""
    checks = list(examine(workspace))
    assert verdict(checks) == ExitCode.CLEAN
    assert [check.name for check in checks if check.area == "source"] == ["sap", "mes", "qms"]
    assert all("as of" in check.detail for check in checks if check.area == "source")


def test_every_wrong_key_is_named_at_once(workspace: Path) -> None:
    """Two misspelt keys are two problems, each with what was probably meant; exit code 2."""
    file = workspace / "recon.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("currency =", "curency =").replace("max_lag =", "maxlag ="), encoding="utf-8")
    problems = [check for check in examine(workspace) if check.state == "problem"]
    assert verdict(problems) == ExitCode.USAGE
    told = " ".join(f"{check.detail} {check.todo}" for check in problems)
    assert "`currency`" in told
    assert "`max_lag`" in told


@pytest.mark.usefixtures("sources")
def test_a_source_that_cannot_be_reached_does_not_hide_the_others(workspace: Path, monkeypatch: pytest.MonkeyPatch, sources: dict[str, Source]) -> None:
    """Its problem is shown with what to do; the sources after it are still looked at; exit code 5."""

    def open_source(name: str, *_: object) -> Source:
        if name == "mes":
            raise SourceError("mes", "refuses the connection", "ask the MES team for a read-only account")
        return sources[name]

    monkeypatch.setattr(recon.sources, "open_source", open_source)
    checks = _checks(workspace)
    assert checks["mes"] == Check("source", "mes", "problem", "mes: refuses the connection", "ask the MES team for a read-only account")
    assert checks["qms"].state == "ok"
    assert verdict(list(checks.values())) == ExitCode.COULD_NOT_RUN


@pytest.mark.parametrize(
    ("offset", "state", "told"),
    [(timedelta(hours=-27), "warning", "older than max_lag"), (timedelta(hours=1), "warning", "in the future"), (timedelta(hours=-1), "ok", "as of")],
)
def test_a_source_that_is_stale_or_ahead_is_told(workspace: Path, sources: dict[str, Source], offset: timedelta, state: str, told: str) -> None:
    """Said before the night, not after it."""
    sources["sap"] = replace(sources["sap"], moment=datetime.now(UTC) + offset)
    check = _checks(workspace)["sap"]
    assert (check.state, told in check.detail) == (state, True)


@pytest.mark.parametrize(
    ("ahead", "told"),
    [(None, None), (60, None), (-61, "61 s behind this machine's: taken into account"), (960, "16 min ahead of this machine's, more than max_skew")],
)
def test_a_clock_that_is_off_is_told(workspace: Path, sources: dict[str, Source], ahead: int | None, told: str | None) -> None:
    """From a minute on; a source that is only ahead by its clock does not lie in the future."""
    moment = datetime.now(UTC) + timedelta(seconds=ahead or 0)
    sources["mes"] = replace(sources["mes"], moment=moment, ahead=None if ahead is None else timedelta(seconds=ahead))
    checks = _checks(workspace)
    assert checks["mes"].state == "ok"
    assert [check.detail for name, check in checks.items() if name == "mes, clock"] == ([told] if told else [])


@pytest.mark.parametrize(("kept", "state", "told"), [(1, "warning", "lacks"), (0, "problem", "holds no table of the pack")])
def test_tables_that_the_pack_misses_are_named(workspace: Path, sources: dict[str, Source], kept: int, state: str, told: str) -> None:
    """Some missing is a warning, all of them means that the path or the pack is wrong."""
    sources["mes"] = replace(sources["mes"], columns=dict(list(sources["mes"].columns.items())[:kept]))
    check = _checks(workspace)["mes"]
    assert (check.state, told in check.detail, "genealogy_link" in check.detail + check.todo) == (state, True, True)


@pytest.mark.usefixtures("sources")
def test_a_pack_that_nobody_knows(workspace: Path) -> None:
    """A misspelt pack is a matter of configuration: exit code 2 and the name that was meant."""
    file = workspace / "recon.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"mes-tables"', '"mes-table"'), encoding="utf-8")
    checks = list(examine(workspace))
    assert verdict(checks) == ExitCode.USAGE
    assert [check.todo for check in checks if check.state == "problem"] == ["did you mean mes-tables?"]


@pytest.mark.usefixtures("sources")
def test_a_table_that_rules_need_and_nobody_has_is_told(workspace: Path) -> None:
    """A source without holds is no fault, and a site has to know which rules then find nothing; of a table that no rule needs nothing is said."""
    file = workspace / "recon.toml"
    declared = file.read_text(encoding="utf-8").replace('pack = "qms-tables"', 'pack = "qms-tables"\nwithout = ["hold", "nonconformance", "capa"]', 1)
    file.write_text(declared, encoding="utf-8")
    (told,) = [check for check in examine(workspace) if check.name == "without"]
    assert (told.state, told.area) == ("ok", "configuration")
    assert told.detail.startswith("qms is declared to be without hold: qms.hold counts as empty at ")
    assert {"STK-001", "STK-011"} <= set(re.findall(r"[A-Z]+-\d+", told.detail))
    # MD-002 can do without, and CON-001 does not look at it.
    assert not {"MD-002", "CON-001"} & set(re.findall(r"[A-Z]+-\d+", told.detail))
    file.write_text(
        declared + "\n[rules]\noff = { " + ", ".join(f'"{rule}" = "no holds"' for rule in re.findall(r"[A-Z]+-\d+", told.detail)) + " }\n", encoding="utf-8"
    )
    assert [check for check in examine(workspace) if check.name == "without"] == []


@pytest.mark.usefixtures("sources")
def test_a_machine_without_libodbc_is_fit_for_all_but_odbc(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning that names the package to install; the exit code stays 0."""
    monkeypatch.setitem(sys.modules, "pyodbc", None)
    checks = _checks(workspace)
    assert checks["libodbc"].state == "warning"
    assert "unixodbc" in checks["libodbc"].todo
    assert verdict(list(checks.values())) == ExitCode.CLEAN


@pytest.mark.usefixtures("sources")
def test_a_workspace_open_to_everyone_is_told(workspace: Path) -> None:
    """Production data should not be the world's."""
    workspace.chmod(0o755)
    assert _checks(workspace)["private"].state == "warning"


def test_no_workspace_at_all(tmp_path: Path) -> None:
    """The folder does not exist: no traceback, and the way to make one."""
    checks = _checks(tmp_path / "nowhere")
    assert "recon init" in checks["folder"].todo
    assert verdict(list(checks.values())) == ExitCode.USAGE


@pytest.mark.usefixtures("sources")
def test_json_is_all_that_is_printed(workspace: Path) -> None:
    """A monitor gets an array of checks and nothing else."""
    result = CliRunner().invoke(app, ["-w", str(workspace), "doctor", "--format", "json"])
    assert result.exit_code == 0
    checks = json.loads(result.output)
    assert {frozenset(check) for check in checks} == {frozenset({"area", "name", "state", "detail", "todo"})}


@pytest.mark.usefixtures("sources")
def test_a_parameter_that_no_rule_has(workspace: Path) -> None:
    """What the night would refuse, the doctor says in the evening."""
    file = workspace / "recon.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n[parameters.CON-001]\nrel_tolerance = 0.01\n", encoding="utf-8")
    checks = list(examine(workspace))
    assert verdict(checks) == ExitCode.USAGE
    assert ["rel_tol" in check.todo for check in checks if check.state == "problem"] == [True]


@pytest.mark.parametrize("way", WAYS)
def test_a_database_is_asked_for_its_tables(way: Way, server: Server, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's clock, the tables that the pack misses whatever their capitals, and each one that the account may not read."""
    name = server.new_database()
    tables = [table.upper() for table in load_pack("mes-tables", [SHIPPED]).tables]
    server.run(name, "; ".join(f'CREATE TABLE "{table}" (plant text)' for table in tables))
    server.run(name, f'REVOKE ALL ON "{tables[0]}" FROM {READER}')
    monkeypatch.setenv("MES_URL", server.url(way, name))
    file = workspace / "recon.toml"
    file.write_text(re.sub(r'(\[sources\.mes\][^\[]*?)url = "[^"]*"', r'\1url = "env:MES_URL"', file.read_text(encoding="utf-8")), encoding="utf-8")
    checks = {check.name: check for check in examine(workspace) if check.name.startswith("mes")}
    assert (checks["mes"].state, f"{len(tables)} of {len(tables)} tables" in checks["mes"].detail) == ("ok", True)
    refused = checks[f"mes.{tables[0].lower()}"]
    assert f"permission denied for table {tables[0]}" in refused.detail
    assert "GRANT SELECT" in refused.detail
    assert "pa55" not in repr(checks)
