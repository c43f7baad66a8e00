"""The quality side of a night's landing folder: holds as JSON, dispositions as CSV."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

from company import clock
from company.plant import Material, Plant
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
            "reason": hold.reason,
            "owner": hold.owner,
            "opened_at": _iso(hold.plant, hold.opened_at),
            "closed_at": _iso(hold.plant, hold.closed_at) if hold.closed_at and hold.closed_at <= seen else None,
            "changed_at": _iso(hold.plant, hold.closed_at if hold.closed_at and hold.closed_at <= seen else hold.opened_at),
        }
        for index, hold in enumerate(company.qms.holds)
        if hold.opened_at <= seen
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
    (folder / "extract.json").write_text(json.dumps({"as_of": clock.zulu(seen)}, indent=2) + "\n", encoding="utf-8")


def _number(material: Material, index: int) -> str:
    """Typed by people: sometimes with the zeros of SAP, sometimes without."""
    return material.sap_number if index % 2 else material.number


def _iso(plant: Plant, moment: datetime) -> str:
    return clock.local(moment, plant.zone).isoformat()
