"""A night that had asked a server twice is replayed when the server is gone."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from recon import config, run
from recon.replay import replay
from recon.reporting import runs
from recon.snapshots.manifest import read_manifest
from tests import nights
from tests.services import postgresql
from tests.test_company_in_databases import load


@pytest.mark.services
def test_the_second_look_of_a_server_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The MES in PostgreSQL confirms what fires. Stopped, its address forgotten and the files of the others gone, the night is the same to the byte."""
    workspace = tmp_path / "workspace"
    moment = nights.deliver(nights.SMALL, 1, workspace)
    delivered = config.load(workspace).sources["mes"]
    text = (workspace / "recon.toml").read_text(encoding="utf-8")
    (workspace / "recon.toml").write_text(text.replace('url = "sqlite:///inbox/mes/mes.db"', 'url = "env:MES_URL"\nconfirm = true'), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="recon-replay-") as folder:
        Path(folder).chmod(0o711)
        with postgresql.running(Path(folder) / "postgresql") as server:  # of its own, to be stopped
            database = server.new_database()
            load(server, database, "mes", delivered, workspace)
            monkeypatch.setenv("MES_URL", server.url("postgresql", database))
            done = run.run(workspace, moment).folder
    monkeypatch.delenv("MES_URL")
    shutil.rmtree(workspace / "inbox")
    assert any(table["overlays"] for table in read_manifest(done)["sources"]["mes"]["tables"].values())
    assert nights.rows(done, "SELECT count(*) > 10 AS some FROM findings WHERE confirmed_at IS NOT NULL") == [{"some": True}]
    found = replay(workspace, runs.find_run(workspace), tmp_path / "replay")
    assert (found.identical, found.head_now) == (True, found.head_then)
