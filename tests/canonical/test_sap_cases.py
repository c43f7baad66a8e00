"""What the SAP packs rely on, case by case (sap_cases/*.yaml), each with the section of the domain facts that it stands for.

case           the behaviour, in a phrase
domain         section, or several
packs          which packs it holds for; default: both
given          raw table → rows, over sap_cases/defaults.yaml; further tables that the mapping reads are empty. For sap-s4-tables MKPF and MSEG
               are given as MATDOC, and the stock tables as SAP's views of them
table          canonical table
expect         its rows in the part's order or `ordered_by`, of those with the values of `where` only, in the columns named
problem        why the table as a whole cannot be judged; default: it can
without, form, zone, complete_from, crosswalk   what the source declares
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon.canonical.packs import Pack
from recon.config import Form
from tests.canonical.raw import Bench, Row, shipped_pack

FOLDER = Path(__file__).parent / "sap_cases"
PACKS = ("sap-ecc-tables", "sap-s4-tables")
VIEWS = ("MCHB", "MARD", "MSKA", "MSPR", "MKOL", "MSKU", "MSLB")
ANSWERED_BY_A_VIEW = {"UMLMC", "TRAME"}
"""Columns of MARC that S/4 computes."""
SAMPLES = {"331", "332", "333", "334", "335", "336"}
"""Movement types that are of no kind which a rule asks for, and whose stock type is known."""

Case = dict[str, Any]


@cache
def cases() -> list[Case]:
    """All cases, in the order of their files."""
    files = sorted(file for file in FOLDER.glob("*.yaml") if file.name != "defaults.yaml")
    return [case for file in files for case in yaml.safe_load(file.read_text(encoding="utf-8"))]


@cache
def defaults() -> dict[str, Row]:
    """Raw table → what is in every row of it."""
    told: dict[str, Row] = yaml.safe_load((FOLDER / "defaults.yaml").read_text(encoding="utf-8"))
    return told


def _with_packs() -> list[Any]:
    return [pytest.param(pack, case, id=f"{pack}: {case['case']}") for case in cases() for pack in case.get("packs", PACKS)]


def _raw(pack: str, given: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """The case's rows, filled up, as the pack's own tables."""
    rows: dict[str, list[Row]] = {table: [{**defaults().get(table, {}), **row} for row in of_table] for table, of_table in given.items()}
    if pack == "sap-ecc-tables":
        return rows
    heads = {(head["MBLNR"], head["MJAHR"]): head for head in rows.pop("MKPF", [])}
    lines = rows.pop("MSEG", None)
    if lines is not None:
        rows["MATDOC"] = [{"MATBF": line["MATNR"], "LBBSA_SID": "01", **line, **heads[line["MBLNR"], line["MJAHR"]]} for line in lines]
    for table in VIEWS:
        if table in rows:
            rows[f"NSDM_V_{table}"] = rows.pop(table)
    if "MARC" in rows and any(ANSWERED_BY_A_VIEW & set(row) for row in given["MARC"]):
        rows["NSDM_V_MARC"] = rows["MARC"]
    return rows


def _alone(pack: Pack, table: str) -> Pack:
    """The pack with one mapping, and those whose result it reads."""
    wanted = {table}
    for mapping in reversed(pack.mappings):
        if mapping.table in wanted:
            wanted |= {one.mapped for one in mapping.inputs if one.mapped}
    return replace(pack, mappings=tuple(mapping for mapping in pack.mappings if mapping.table in wanted))


def _agree(found: Any, expected: Any) -> bool:
    return bool(found == (Decimal(str(expected)) if isinstance(found, Decimal) and expected is not None else expected))


@pytest.mark.parametrize(("pack", "case"), _with_packs())
def test_a_case(bench: Bench, pack: str, case: Case) -> None:
    """The rows that a pack makes of raw rows."""
    table = case["table"]
    mapped = bench.map(
        _alone(shipped_pack(pack), table),
        _raw(pack, case["given"]),
        form=Form(**case.get("form", {})),
        zone=case.get("zone", "UTC"),
        without=case.get("without", []),
        complete_from=case.get("complete_from", {}),
        everything=True,
        crosswalk=case.get("crosswalk", {}),
    )
    rows = [row for row in mapped.rows[table] if all(row[column] in values for column, values in case.get("where", {}).items())]
    if "ordered_by" in case:
        rows = sorted(rows, key=lambda row: [str(row[column.strip()]) for column in case["ordered_by"].split(",")])
    assert mapped.supplies[f"sap.{table}"].problem == case.get("problem")
    shown = [{column: row[column] for column in expected} for row, expected in zip(rows, case["expect"], strict=False)]
    assert len(rows) == len(case["expect"]), rows
    for found, expected in zip(shown, case["expect"], strict=True):
        assert {column: value for column, value in found.items() if not _agree(value, expected[column])} == {}, expected


@pytest.mark.parametrize("pack", PACKS)
def test_every_table_and_mapping_of_a_pack_has_a_case(pack: str) -> None:
    """None is without one, so nothing that a pack reads or fills is untried."""
    whole = shipped_pack(pack)
    own = [case for case in cases() if pack in case.get("packs", PACKS)]
    assert {mapping.table for mapping in whole.mappings} == {case["table"] for case in own}
    given = {table for case in own for table, rows in _raw(pack, case["given"]).items() if rows}
    assert set(whole.tables) - given == set()


def test_every_movement_type_that_a_site_may_name_has_a_meaning(bench: Bench) -> None:
    """Whatever a customer's own type can be declared to act as: it is of a known kind then, or at least it is known what it takes from."""
    codes = shipped_pack("sap-ecc-tables").code_lists["movement_type"]
    given = _raw("sap-ecc-tables", {"MKPF": [{}], "MSEG": [{"ZEILE": code, "BWART": f"Z{code}"} for code in codes]})
    pack, crosswalk = _alone(shipped_pack("sap-ecc-tables"), "movement"), {"movement_type": {f"Z{code}": code for code in codes}}
    mapped = bench.map(pack, given, everything=True, crosswalk=crosswalk)
    assert {row["movement_type"].removeprefix("Z") for row in mapped.rows["movement"]} == set(codes)
    assert {row["movement_type"].removeprefix("Z") for row in mapped.rows["movement"] if row["kind"] == "other"} == SAMPLES
    assert [row["movement_type"] for row in mapped.rows["movement"] if row["stock_type"] is None] == []


def test_every_case_names_its_section() -> None:
    """And no two cases have one name."""
    sections = {section for case in cases() for section in ([case["domain"]] if isinstance(case["domain"], str) else case["domain"])}
    assert sections <= {f"§{number}" for number in range(1, 12)}
    assert {f"§{number}" for number in range(2, 10)} <= sections
    names = [case["case"] for case in cases()]
    assert len(set(names)) == len(names)
