"""A suite that is wrong is told with its place and what to do; Great Expectations is not loaded for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon import prepare
from recon.canonical import packs
from recon.errors import ManyErrors, RuleError

BAD: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("bad_suites.yaml").read_text(encoding="utf-8"))


def load(site: Path, text: str) -> Any:
    """The suites of a site that has this one."""
    folder = site / "rules" / "gates"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    return prepare.suites_of(site, {"sap-ecc-tables": packs.load_pack("sap-ecc-tables", [packs.SHIPPED])})


def test_a_site_shadows_a_shipped_suite(tmp_path: Path) -> None:
    """As it does rules: by what it is about, whatever the file is called."""
    suites = load(tmp_path, BAD["good"])
    assert suites["sap.movement"].file.name == "mine.yaml"
    assert suites["mes.movement"].file.name == "mes.movement.yaml"
    assert [one.by_row for one in suites["sap.movement"].expectations] == [True, True, False]
    assert suites["sap.movement"].expectations[2].reads == ("mes.movement",)


@pytest.mark.parametrize("name", BAD["bad"])
def test_what_is_wrong_is_told(name: str, tmp_path: Path) -> None:
    """Once, with the file and what to do about it."""
    case = BAD["bad"][name]
    old, new = case["change"]
    assert old in BAD["good"]
    with pytest.raises((RuleError, ManyErrors)) as raised:
        load(tmp_path, BAD["good"].replace(old, new, 1))
    message = str(raised.value)
    assert "mine.yaml" in message
    assert case["says"] in message
    assert case.get("tip", "") in message


def test_only_gating_imports_great_expectations() -> None:
    """It takes seconds; loading, checking and showing a night does without it."""
    modules = "recon.run, recon.prepare, recon.gates.docs, recon.gates.gatekeeper, recon.reporting.gather"
    program = f"import sys, {modules}; sys.exit('great_expectations' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
