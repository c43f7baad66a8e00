"""`recon demo` makes a workspace like any other."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recon.cli import app
from recon.cli.doctor import examine
from recon.errors import ExitCode, WorkspaceError
from tests import nights


def test_the_doctor_has_nothing_to_say_of_it(tmp_path: Path) -> None:
    """At the moment of its second night: no warning, and nobody else may read it."""
    ended = CliRunner().invoke(app, ["demo", str(tmp_path / "demo")])
    assert ended.exit_code == ExitCode.FINDINGS, ended.output
    reference = datetime.fromisoformat(nights.truth(nights.SMALL, 2)["reference"])
    checks = [check for check in examine(tmp_path / "demo", reference) if check.name not in ("libodbc", "disk")]
    assert [check for check in checks if check.state != "ok"] == []
    assert {"integrity", "newest run", "prospect"} <= {check.name for check in checks}
    assert (tmp_path / "demo").stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("where", ["file", "file/demo"])
def test_where_nothing_can_be_written(tmp_path: Path, where: str) -> None:
    """One message, and nothing is made."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    ended = CliRunner().invoke(app, ["demo", str(tmp_path / where)])
    assert isinstance(ended.exception, WorkspaceError)
    assert "Not a directory" in str(ended.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
