"""`recon packs`: what maps the sources, and whether it will do."""

from __future__ import annotations

import json
from pathlib import Path

from recon.canonical.packs import SHIPPED
from recon.errors import ExitCode
from tests import commands


def test_list(tmp_path: Path) -> None:
    """The shipped packs and the site's, without a workspace too."""
    (tmp_path / "packs" / "mes-tables").mkdir(parents=True)
    ended = commands.recon("packs", "list", "--format", "json", workspace=tmp_path)
    assert ended.returncode == ExitCode.CLEAN
    packs = {pack["pack"]: pack for pack in json.loads(ended.stdout)}
    assert (packs["mes-tables"]["from"], packs["qms-tables"]["from"]) == ("site", "shipped")
    assert packs["qms-tables"]["fills"] == "qms"
    assert "disposition" in packs["qms-tables"]["maps"]
    assert "hold" in packs["qms-tables"]["reads"]


def test_check_tells_every_mistake_of_a_sites_pack(tmp_path: Path) -> None:
    """One message for each mapping that does not do, and exit code 2; what is in order is not told."""
    folder = tmp_path / "packs" / "qms-tables"
    folder.mkdir(parents=True)
    hold = (SHIPPED / "qms-tables" / "hold.sql").read_text(encoding="utf-8")
    (folder / "hold.sql").write_text(hold.replace("FROM raw.hold", "FROM raw.holds"), encoding="utf-8")
    disposition = (SHIPPED / "qms-tables" / "disposition.sql").read_text(encoding="utf-8")
    (folder / "disposition.sql").write_text(disposition.replace("disposition_id,", "dispositon_id,"), encoding="utf-8")
    ended = commands.recon("packs", "check", "qms-tables", workspace=tmp_path)
    assert ended.returncode == ExitCode.USAGE
    assert "packs/qms-tables/hold.sql" in ended.stdout
    assert "packs/qms-tables/disposition.sql" in ended.stdout
    assert ended.stdout.splitlines()[-1].endswith("2 problems")


def test_check_without_a_mistake(tmp_path: Path) -> None:
    """Exit code 0."""
    ended = commands.recon("packs", "check", "wms-tables", workspace=tmp_path)
    assert (ended.returncode, ended.stdout.splitlines()[-1][-10:]) == (ExitCode.CLEAN, "0 problems")
