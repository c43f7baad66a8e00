"""How long a message may wait, by its workflow or its interface."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from recon.config import Settings, WorkspaceSettings, load
from recon.engines import duckdb as engine
from tests import nights

CUT = datetime(2026, 3, 10, 1)


def settings(workspace: Path, toml: str) -> Settings:
    """The small company's, with `toml` at the end."""
    (workspace / "recon.toml").write_text(f"{(nights.SMALL / 'recon.toml').read_text(encoding='utf-8')}\n{toml}\n", encoding="utf-8")
    return load(workspace)


@pytest.mark.parametrize(
    ("workflow", "interface", "level"),
    [
        ("goods-issue", "MBGMCR", "20m"),
        (None, "MBGMCR", "30m"),
        ("unheard-of", "MBGMCR", "30m"),
        ("unheard-of", None, "2h"),
        ("*", "*", "2h"),
        ("goods-movement", None, "2h"),
    ],
)
def test_a_messages_own_workflow_comes_before_its_interface(tmp_path: Path, workflow: str | None, interface: str | None, level: str) -> None:
    """What neither has is that of all others; a workflow that has only a settle time has none."""
    declared = "[workflows.goods-issue]\nservice_level='20m'\n[workflows.MBGMCR]\nservice_level='30m'\n[workflows.'*']\nservice_level='2h'\n"
    assert asked(settings(tmp_path, declared + "[workflows.goods-movement]\nsettle='1h'"), workflow, interface) == level


def test_four_hours_where_a_site_says_nothing(tmp_path: Path) -> None:
    """The shipped service level."""
    assert asked(settings(tmp_path, ""), "goods-issue", "MBGMCR") == "4h"


def asked(site: Settings, workflow: str | None, interface: str | None) -> str:
    """The service level that a pairing sees at a message, as recon.toml writes it."""
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        engine.load_canonical(connection, {}, site.service_levels)
        columns = "* REPLACE ('P01/100' AS system, '1000' AS plant, $1 AS workflow, $2 AS interface)"
        empty = connection.table('canonical."sap.message"').columns
        nothing = ", ".join(f'NULL AS "{column}"' for column in empty)
        connection.execute(f"CREATE TABLE given AS SELECT {columns} FROM (SELECT {nothing})", [workflow, interface])
        connection.execute('CREATE OR REPLACE VIEW canonical."sap.message" AS FROM given')
        engine.see(connection, [engine.Cut("P01/100", "1000", CUT, CUT, None, date(2026, 3, 10))], ["sap.message"])
        ((level,),) = connection.execute("SELECT service_level FROM sap.message").fetchall()
    assert isinstance(level, timedelta)
    return f"{level // timedelta(hours=1)}h" if level >= timedelta(hours=1) else f"{level // timedelta(minutes=1)}m"
