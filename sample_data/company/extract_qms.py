"""The quality side of a night's landing folder: holds as JSON, the rest as CSV."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

from company import clock
from company.extract_mes import plain
from company.inspection_plans import CHARACTERISTICS, CODE_SET, INSPECTED
from company.master_data import DEFECTS, MasterData, plan_of
from company.plant import PLANTS, Material, Plant
from company.qms import Hold
from company.simulation import Company


def extract(company: Company, night: int, folder: Path) -> None:
    """Writes what the QMS showed at its own as_of."""
    folder.mkdir(parents=True)
    seen = clock.as_of("qms", night)
    holds = [
        {
            "hold_id": hold.hold_id,
            "plant": hold.plant.number,
            "material": _number(hold.material, index),
            "batch": hold.batch,
            "scope": hold.scope,
            "quantity": plain(hold.quantity) if hold.quantity else None,
            "unit": hold.material.base_unit if hold.quantity else None,
            "handling_unit": hold.handling_unit or None,
            "storage_location": hold.location or None,
            "serial_no": hold.serial_no or None,
            "case_no": hold.case_no,
            "reason": hold.reason,
            "owner": hold.owner,
            "opened_at": _iso(hold.plant, hold.opened_at),
            "closed_at": _iso(hold.plant, hold.closed_at) if hold.closed_at and hold.closed_at <= seen else None,
            "changed_at": _iso(hold.plant, hold.closed_at if hold.closed_at and hold.closed_at <= seen else hold.opened_at),
        }
        for index, hold in enumerate(company.qms.holds)
        if hold.opened_at <= seen and hold.in_qms
    ]
    (folder / "hold.json").write_text(json.dumps(holds, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with (folder / "disposition.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("disposition_id", "plant", "material", "batch", "lot", "decision", "decided_by", "decided_at"))
        for index, row in enumerate(company.qms.dispositions):
            if row.decided_at <= seen:
                lot = (row.lot or "") if index % 2 else (row.lot or "").lstrip("0")
                writer.writerow(
                    (
                        row.disposition_id,
                        row.order.plant.number,
                        _number(row.order.material, index),
                        row.order.batch,
                        lot,
                        row.decision,
                        row.decided_by,
                        _iso(row.order.plant, row.decided_at),
                    )
                )
    _write(folder, "inspection_lot", LOT_COLUMNS, _lots(company, seen))
    _write(folder, "batch", BATCH_COLUMNS, _batches(company, seen))
    cases = [hold for hold in company.qms.holds if hold.opened_at <= seen and hold.in_qms]
    _write(folder, "nonconformance", CASE_COLUMNS, [_case(hold, company.master_data, seen) for hold in cases])
    _write(folder, "characteristic", CHARACTERISTIC_COLUMNS, _characteristics(company.master_data, seen))
    _write(folder, "crosswalk", "plant code_list code canonical_code", _crosswalk(company.master_data, seen))
    (folder / "extract.json").write_text(json.dumps({"as_of": clock.zulu(seen)}, indent=2) + "\n", encoding="utf-8")


ARRIVES = timedelta(minutes=3)
"""After which the laboratory has a lot."""

LOT_COLUMNS = "lot plant material batch order_no quantity unit inspection_type created_at decision decided_by decided_at cancelled changed_at"
BATCH_COLUMNS = "plant material batch produced_on expires_on restricted changed_at"
CASE_COLUMNS = "case_no plant kind class text material batch hold_id quantity unit status defect_code owner opened_at closed_at changed_at"
CHARACTERISTIC_COLUMNS = (
    "plant material characteristic text kind unit decimals target lower_limit upper_limit sample_size code_set transferred valid_to changed_at"
)


def _write(folder: Path, table: str, columns: str, rows: list[list[str]]) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows(rows)


def _lots(company: Company, seen: datetime) -> list[list[str]]:
    """SAP's lots that the laboratory got, some minutes later, and what quality decided on each."""
    newest = {row.lot: row for row in company.qms.dispositions if row.decided_at <= seen}
    rows = []
    for lot in company.sap.lots:
        arrived = lot.created_at + ARRIVES
        decision = newest.get(lot.number)
        if arrived <= seen and (lot.kind == "04" or decision):
            changed = max(arrived, decision.decided_at) if decision else arrived
            made = [decision.decision, decision.decided_by, _iso(lot.plant, decision.decided_at)] if decision else ["", "", ""]
            rows.append(
                [
                    lot.number,
                    lot.plant.number,
                    lot.material.number,
                    lot.batch,
                    lot.order_no or "",
                    plain(lot.quantity),
                    lot.material.base_unit,
                    lot.kind,
                    _iso(lot.plant, arrived),
                    *made,
                    "false",
                    _iso(lot.plant, changed),
                ]
            )
    return rows


def _batches(company: Company, seen: datetime) -> list[list[str]]:
    """Batches of what quality inspects: when they were made, until when they are good, and whether their use is restricted."""
    rows = []
    restricted = {row.order.number: row for row in company.qms.dispositions if row.decided_at <= seen and row.restricts}
    for order in company.orders:
        begun = next((event.recorded_at for event in order.outputs()), None)
        if order.material.inspected and begun is not None and clock.HORIZON <= begun <= seen:
            row = restricted.get(order.number)
            changed = max(begun, row.decided_at) if row else begun
            expires = order.produced_on + timedelta(days=order.material.shelf_days)
            rows.append(
                [
                    order.plant.number,
                    order.material.number,
                    order.batch,
                    order.produced_on.isoformat(),
                    expires.isoformat(),
                    str(row is not None).lower(),
                    _iso(order.plant, changed),
                ]
            )
    return rows


def _case(hold: Hold, data: MasterData, seen: datetime) -> list[str]:
    closed = hold.closed_at if hold.closed_at and hold.closed_at <= seen else None
    amount = [plain(hold.quantity), hold.material.base_unit] if hold.quantity else ["", ""]
    times = [_iso(hold.plant, hold.opened_at), _iso(hold.plant, closed) if closed else "", _iso(hold.plant, closed or hold.opened_at)]
    return [
        *[hold.case_no, hold.plant.number, "nonconformance", "minor", hold.reason, hold.material.number, hold.batch, hold.hold_id],
        *[*amount, "closed" if closed else "open", data.defect_of(hold), hold.owner, *times],
    ]


def _characteristics(data: MasterData, seen: datetime) -> list[list[str]]:
    """Plans under the quality system's own names, with one that stays there, and limits that are over."""
    rows = []
    for plant in PLANTS:
        for recipe in INSPECTED:
            where = [plant.number, recipe.output.number]
            for _, one, changed in plan_of(data, plant, recipe, "qms", seen):
                name, kind = one.qms_name or one.name, "qualitative" if one.is_qualitative else "quantitative"
                limits = ["" if value is None else plain(value) for value in (one.target, one.lower, one.upper)]
                answers = CODE_SET if one.is_qualitative else ""
                row = [*where, name, one.text, kind, one.unit, str(one.decimals), *limits, "5", answers, "true", "", clock.zulu(changed) if changed else ""]
                rows.append(row)
            rows.append([*where, "FARBE-L", "Farbwert L*", "quantitative", "", "1", "", "80", "", "3", "", "false", "", ""])
            rows.append([*where, "GLANZ", "Glanz", "quantitative", "", "0", "", "60", "", "3", "", "true", "2025-12-31", ""])
    return rows


def _crosswalk(data: MasterData, seen: datetime) -> list[list[str]]:
    """What its names of characteristics and its defect codes are in SAP."""
    rows = []
    for plant in PLANTS:
        rows += [[plant.number, "characteristic", one.qms_name, one.name] for one in CHARACTERISTICS if one.qms_name]
        rows += [[plant.number, "defect", code, f"F{code[1:]}"] for code in DEFECTS]
        rows += [
            [plant.number, "defect", code, f"F{code[1:]}"]
            for code, (change, hold) in data.defects.items()
            if hold.plant is plant and change.until is not None and change.until <= seen
        ]
    return rows


def _number(material: Material, index: int) -> str:
    """Typed by people: sometimes with the zeros of SAP, sometimes without."""
    return material.sap_number if index % 2 else material.number


def _iso(plant: Plant, moment: datetime) -> str:
    return clock.local(moment, plant.zone).isoformat()
