"""docs/rules.md and the code say the same."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from recon import shipped
from recon.model import FAMILIES
from recon.rule import PairingFront, RuleFront
from recon.ruleset import cases, lint, load

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def _between(start: str, end: str = "<!-- end -->") -> str:
    return PAGE.split(start, 1)[1].split(end, 1)[0]


def _cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")][2:]


def test_the_allow_list_is_the_one_that_lint_knows() -> None:
    """Node by node, in order."""
    printed = [name for _, names in _cells(_between("<!-- allow-list -->")) for name in names.split(", ")]
    assert printed == [node.__name__ for node in lint._ALLOWED]


def test_what_is_left_out_gives_the_reason_that_lint_gives() -> None:
    """Word by word."""
    printed = {name.removesuffix(", outside a CAST"): why for name, why in _cells(_between("<!-- left out -->"))}
    assert printed == {node.__name__: why for node, why in lint._REPLACEMENTS.items()}


@pytest.mark.parametrize(("heading", "front"), [("## A pairing", PairingFront), ("## A rule", RuleFront)])
def test_every_key_of_the_front_matter_has_its_row(heading: str, front: type[BaseModel]) -> None:
    """And no row is about a key that is gone."""
    rows = [names for names, _ in _cells(_between(heading, "Its SELECT"))]
    printed = {name for names in rows for name in re.findall(r"`(\w+)`", names)}
    known = {field.alias or name for name, field in front.model_fields.items()}
    assert printed | {"replaced_by"} == known | {"replaced_by"}


def test_every_family_is_named() -> None:
    """Sorted."""
    assert f"({', '.join(sorted(FAMILIES))})" in PAGE


def test_the_example_cases_hold(tmp_path: Path) -> None:
    """They are cases of CON-001."""
    text = re.search(r"<!-- example -->\n```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert text
    rules = load.load(shipped.folder("rules"))
    rule = rules.rule("CON-001")
    file = tmp_path / rule.file.name
    file.with_name(f"{file.stem}.cases.yaml").write_text(text[1], encoding="utf-8")
    results = list(cases.run_cases(rules, replace(rule, file=file)))
    assert len(results) == len(yaml.safe_load(text[1]))
    assert [result.problem for result in results if result.problem] == []
