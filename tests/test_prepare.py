"""What recon.toml, the rules and the packs say wrongly of each other is told, all of it together, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from recon.errors import ConfigurationError, ManyErrors
from recon.prepare import apart, look, prepare
from tests import nights

TOML = (nights.SMALL / "recon.toml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Mistake:
    """An entry of prepare.yaml."""

    kind: str
    says: list[list[str]]
    change: list[list[str]] = field(default_factory=list)
    add: str = ""


MISTAKES = [Mistake(**entry) for entry in yaml.safe_load(Path(__file__).with_name("prepare.yaml").read_text(encoding="utf-8"))]


def _write(workspace: Path, *changes: list[str], add: str = "") -> Path:
    text = TOML
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (workspace / "recon.toml").write_text(f"{text}\n{add}\n", encoding="utf-8")
    return workspace


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.kind)
def test_a_name_that_stands_for_nothing_is_an_error(mistake: Mistake, tmp_path: Path) -> None:
    """Each once, with what was probably meant; whatever stage finds one, the others are told with it, and the exit code is 2."""
    errors = look(_write(tmp_path, *mistake.change, add=mistake.add)).errors
    assert len(errors) == len(mistake.says), [str(error) for error in errors]
    for texts in mistake.says:
        assert [error for error in errors if all(text in str(error) for text in texts)], (texts, [str(error) for error in errors])
    with pytest.raises((ConfigurationError, ManyErrors)) as raised:
        prepare(tmp_path)
    assert raised.value.exit_code == 2


def test_crosswalks_are_checked_with_the_rest(tmp_path: Path) -> None:
    """A line that says nothing a pack knows, and a file of no source, beside a mistake in recon.toml."""
    (tmp_path / "crosswalks").mkdir()
    for source in ("sap", "erp"):
        (tmp_path / "crosswalks" / f"{source}.csv").write_text("code_list,code,canonical_code\nmovement_type,Z61,216\n", encoding="utf-8")
    errors = [str(error) for error in look(_write(tmp_path, add="[workflows.goods-movment]\nsettle = '2h'")).errors]
    assert len(errors) == 3
    assert all(any(text in error for error in errors) for text in ("sap.csv:2: says that", "erp.csv: is a crosswalk of no source", "goods-movment"))


def test_a_source_of_another_system_costs_the_rules_that_need_it(tmp_path: Path) -> None:
    """Where others can be judged it is no error, but the rules that never will be are known by name."""
    found = look(_write(tmp_path, ['pack = "qms-tables"\nsystem = "P01/100"', 'pack = "qms-tables"\nsystem = "P02/100"']))
    assert found.errors == []
    assert found.settings
    assert found.rules
    one, other = apart(found.settings, found.rules, found.packs)
    assert str(one) == "plant 1000: sap, mes and wms have P01/100, qms has P02/100: they are never compared"
    assert other.plant == "2000"
    assert {rule.partition("-")[0] for rule in one.rules} == {"MD", "STK"}


def test_sources_that_lack_a_side_are_not_of_different_systems(tmp_path: Path) -> None:
    """A site that has no MES yet has nothing to compare, which no spelling of `system` would change."""
    start, end = TOML.index("[sources.mes]"), TOML.index("[sources.qms]")
    (tmp_path / "recon.toml").write_text(TOML[:start] + TOML[end:].split("[sources.qms]")[0], encoding="utf-8")
    assert look(tmp_path).errors == []
