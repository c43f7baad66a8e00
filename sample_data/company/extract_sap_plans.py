"""Inspection characteristics of SAP's routings and master recipes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from company.extract_sap_master import MASTER_DATA_FROM, group, task_list
from company.inspection_plans import CODE_SET, INSPECTED, Characteristic, inspected_at
from company.master_data import MasterData, plan_of
from company.plant import CLIENT, PLANTS
from company.sap_form import Row, day, flag, write


def write_all(folder: Path, data: MasterData, cut: datetime) -> None:
    rows: list[Row] = []
    for plant in PLANTS:
        for recipe in INSPECTED:
            at = [CLIENT, task_list(recipe), group(plant, recipe), f"{inspected_at(recipe):08d}"]
            rows += [
                [*at, " ", f"{place + 1}0".zfill(4), "00000001", day(MASTER_DATA_FROM), "", *_content(one)]
                for place, one, _ in plan_of(data, plant, recipe, "sap", cut)
            ]
    write(
        folder,
        "PLMK",
        "MANDT PLNTY PLNNR PLNKN KZEINSTELL MERKNR ZAEHL GUELTIGAB LOEKZ VERWMERKM KURZTEXT MASSEINHSW STELLEN SOLLWERT SOLLWNI TOLERANZUN TOLUNNI TOLERANZOB"
        " TOLOBNI AUSWMENGE1",
        rows,
    )


def _content(one: Characteristic) -> Row:
    limits = [text for value in (one.target, one.lower, one.upper) for text in (_floating(value), flag(value is not None))]
    return [one.name, one.text, one.unit, str(one.decimals), *limits, CODE_SET if one.is_qualitative else ""]


def _floating(value: Decimal | None) -> str:
    """As SAP writes a floating-point number."""
    return f"{value or Decimal(0):.16E}".replace(".", ",")
