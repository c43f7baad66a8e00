"""What a run notes of recon.toml is enough to judge by it again."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from recon.config import Settings
from recon.night import declared
from recon.ruleset.load import RuleSet
from tests import nights

PAGE = Path(__file__).parents[2] / "docs" / "recon.toml.md"
COMPLETE = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)[0]
MORE = """
[workflows."goods movement 2.0"]
settle = "3wd"
[sources.mes.tables.batch.columns]
"Qty. in \\"UoE\\"" = "quantity"
[[parameters.CON-001.where]]
plant = "1000"
effective_from = 2026-01-01
rel_tol = 0.05
"""


def noted(settings: Settings, tmp_path: Path) -> dict[str, str]:
    return declared.declared(tmp_path, settings, RuleSet({}, {}), {}, {})


@pytest.mark.parametrize("text", [COMPLETE, (nights.SMALL / "recon.toml").read_text(encoding="utf-8") + MORE], ids=["documented", "small"])
def test_settings_come_back(text: str, tmp_path: Path) -> None:
    """They are what they were, but for the machine's limits, which are today's, and addresses, of which nothing is noted but a digest."""
    settings = Settings.model_validate(tomllib.loads(text))
    before = noted(settings, tmp_path)
    back = Settings.model_validate(declared.settings_of(before, {"threads": 3}))
    assert back.workspace.threads == 3
    for name, source in settings.sources.items():
        assert back.sources[name].model_copy(update={"url": source.url}) == source
        assert back.sources[name].url in (None, before.get(f"recon.toml: sources.{name}.url"))
    without = {"workspace": settings.workspace, "sources": settings.sources}
    assert back.model_copy(update=without) == settings
    assert noted(back, tmp_path) == before


def test_a_run_that_noted_nothing() -> None:
    """An older run has no settings to come back."""
    assert declared.settings_of({"recon": "0.1.0"}, {"threads": 3}) == {}
