"""What belongs to no plant is judged once for a SAP system, over the rows of all its plants."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon import shipped
from recon.ruleset import cases, load

PAIRING = """/* ---
pairing: material_unit
title: Units of a material
key: [material]
from: [sap.material, mes.material]
optional: [mes.material]
plant: none
workflow: master-data
settle: 2h
local: material
evidence:
  - {table: sap.material, match: {material: material}}
--- */
SELECT m.system,
       cut.plant,
       m.material,
       max(m.changed_at) AS changed_at,
       CAST(NULL AS VARCHAR) AS not_evaluated,
       bool_or(m.moving) AS moving,
       min(m.base_unit) AS lowest,
       max(m.base_unit) AS highest
FROM sap.material m
JOIN cut ON cut.system = m.system
GROUP BY m.system, cut.plant, m.material
"""
RULE = """/* ---
id: MD-900
title: Two base units
over: material_unit
severity: low
owner: master-data
authority: sap
judges: state
params:
  ignored: ['PC']
rationale: A material has one.
false_positives: None known.
correction: Look.
since: 1
--- */
SELECT u.system,
       u.plant,
       u.material,
       u.changed_at,
       u.not_evaluated,
       u.lowest AS sap_lowest,
       CAST(NULL AS DECIMAL(18, 6)) AS difference,
       CAST(NULL AS DECIMAL(18, 6)) AS quantity,
       CAST(NULL AS VARCHAR) AS unit,
       u.moving AS in_flight
FROM pairing.material_unit u
JOIN params p ON p.system = u.system AND p.plant = u.plant
WHERE u.lowest <> u.highest AND NOT list_contains(p.ignored, u.lowest)
"""
CASES = """
- case: two plants contradict each other
  given: {sap.material: [{plant: '1000'}, {plant: '2000', base_unit: PC}]}
  expect: [{plant: '*', material: M, sap_lowest: KG, state: new}]
- case: a row of any plant, or of none, moves by the one cut
  given: {sap.material: [{plant: '1000'}, {plant: '*', base_unit: PC, moving: true}]}
  expect: [{plant: '*', material: M, state: in flight}]
- case: a value of the site reaches it
  given: {sap.material: [{plant: '1000', base_unit: PC}, {plant: '2000', base_unit: ST}]}
  expect: none
- case: two systems are judged by themselves
  given: {sap.material: [{}, {system: P02/100, base_unit: PC}]}
  expect: none
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in {"material_unit.pairing.sql": PAIRING, "MD-900-units.sql": RULE, "MD-900-units.cases.yaml": CASES}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_one_population_for_a_system(site: Path) -> None:
    rules = load.load(shipped.folder("rules"), site)
    assert {case.name: case.problem for case in cases.run_cases(rules, rules.rule("MD-900")) if case.problem} == {}
    assert rules.pairings["material_unit"].optional == {"mes.material"}
