"""A night judges each key by the values that recon.toml has for it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from recon import run
from tests import nights

ENTRIES = """
[[parameters.CON-001.where]]
plant = "1000"
order_type = "PI01"
abs_tol = 100000

[[parameters.CON-001.where]]
material_group = ["PACK", "LABEL"]
effective_from = 2026-03-10  # when the night runs, it is still the 9th in Peoria
abs_tol = 100000
"""
PACK = {"DECKEL-28", "100236", "100232"}


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, str, nights.Key], str]:
    """What the first night finds with one value for all: (rule, plant, key) → state."""
    return {key: state for key, (state, _) in nights.told_findings(nights.SMALL, 1).items()}


def test_each_key_is_judged_by_its_own_values(told: dict[tuple[str, str, nights.Key], str], tmp_path: Path) -> None:
    """An order type at one plant and a material group from a day on are told nothing; the other plant, the other keys and the other rules are as ever."""
    moment = nights.deliver(nights.SMALL, 1, tmp_path)
    with (tmp_path / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write(ENTRIES)
    extracts = tmp_path / "inbox" / "sap"
    _add_groups(extracts / "MARA.csv")
    found = {key: state for key, (state, _) in nights.found_findings(run.run(tmp_path, moment).folder).items()}
    types = _order_types(extracts / "AUFK.csv")
    silent = {
        (rule, plant, key)
        for rule, plant, key in told
        if rule == "CON-001" and plant == "1000" and (types[dict(key)["order_no"]] == "PI01" or dict(key)["component"] in PACK)
    }
    assert {dict(key)["component"] in PACK for _, _, key in silent} == {True, False}
    assert [key for rule, plant, key in told if rule == "CON-001" and plant == "2000" and dict(key)["component"] in PACK]
    assert found == {key: state for key, state in told.items() if key not in silent}


def _add_groups(file: Path) -> None:
    """MARA-MATKL, which the extract comes without."""
    header, *lines = file.read_text(encoding="cp1252").splitlines()
    grouped = [f"{line};{'PACK' if line.split(';')[1].strip().lstrip('0') in PACK else 'RAW'}" for line in lines]
    file.write_text("\n".join([f"{header};MATKL", *grouped]) + "\n", encoding="cp1252")


def _order_types(file: Path) -> dict[str | None, str]:
    with file.open(encoding="cp1252") as lines:
        return {row["AUFNR"].lstrip("0"): row["AUART"] for row in csv.DictReader(lines, delimiter=";")}
