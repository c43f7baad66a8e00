"""The project's own files keep their promises: pins without addresses, one version, what the wheel carries."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import recon

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_pins_carry_no_address() -> None:
    """Every line is name==version with at most a marker, so any mirror serves."""
    marker = r"( ; [\w\s.'<>=!()]+)?"
    assert [pin for pin in PINS if not re.fullmatch(rf"[a-z0-9-]+==[0-9][\w.]*{marker}", pin)] == []


def test_everything_the_project_asks_for_is_pinned() -> None:
    """Dependencies, extras and development tools: a new one needs `nox -s pins`."""
    asked = [*PROJECT["project"]["dependencies"]]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        asked += extra
    for group in PROJECT["dependency-groups"].values():
        asked += [entry for entry in group if isinstance(entry, str)]
    assert {_name(entry) for entry in asked} <= {_name(pin) for pin in PINS}


def test_the_changelog_knows_this_version() -> None:
    """Users find what is new under the version that `recon --version` prints."""
    assert f"## [{recon.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
