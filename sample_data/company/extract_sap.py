"""The SAP side of a night's landing folder: one file a table, as the system stood at the cut."""

from __future__ import annotations

import json
import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from company import (
    catch_weight,
    clock,
    extract_sap_master,
    extract_sap_messages,
    extract_sap_orders,
    extract_sap_plans,
    extract_sap_shipping,
    extract_sap_stock,
)
from company.plant import CLIENT
from company.sap import BLOCKED, INSPECTION, Document, Line
from company.sap_form import Row, day, number, order, stamp, write
from company.simulation import Company

LOADED_TWICE = 0.008
"""Share of document rows that the extraction repeats."""


def extract(company: Company, night: int, folder: Path) -> int:
    """Writes all tables and the sidecar; returns how many rows are in there twice."""
    folder.mkdir(parents=True)
    cut, sap = clock.as_of("sap", night), company.sap
    extract_sap_master.write_all(folder, company.master_data, cut)
    extract_sap_plans.write_all(folder, company.master_data, cut)
    extract_sap_orders.write_all(folder, [one for one in (*company.orders, *company.maintenance) if one.created_at <= cut and not one.unplanned], sap, cut)
    repeated = _documents(folder, company, night, cut)
    extract_sap_stock.write_all(folder, company.orders, sap, cut)
    extract_sap_shipping.write_all(folder, sap, cut)
    extract_sap_messages.write_all(folder, sap, cut)
    sidecar = {"as_of": clock.zulu(cut), "complete_from": {"*": clock.zulu(clock.HORIZON)}}
    (folder / "extract.json").write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    return repeated


def _documents(folder: Path, company: Company, night: int, cut: datetime) -> int:
    """MKPF and MSEG. A part of each was loaded twice; some lines are there a second time with another quantity."""
    rng = random.Random(f"{company.seed}/extract/{night}")
    documents = [document for document in company.sap.documents if clock.SAP_SELECTION <= document.posted_at <= cut]
    heads = [_head(document) for document in documents]
    lines = [_line(line, line.quantity) for document in documents for line in document.lines]
    again = [sorted(rng.sample(rows, max(2, round(len(rows) * LOADED_TWICE)))) for rows in (heads, lines)]
    misread = [document.lines[0] for event in company.register.misread for document in company.sap.documents_of(event.event_id) if document.posted_at <= cut]
    other = [_line(line, (line.quantity * Decimal("1.25")).quantize(Decimal("0.001"))) for line in misread]
    write(folder, "MKPF", "MANDT MBLNR MJAHR BLDAT BUDAT CPUDT CPUTM USNAM XBLNR BKTXT", heads + again[0])
    write(
        folder,
        "MSEG",
        "MANDT MBLNR MJAHR ZEILE BWART XAUTO MATNR WERKS LGORT CHARG INSMK SOBKZ SHKZG MENGE MEINS ERFMG ERFME AUFNR KZBEW SMBLN SJAHR SMBLP"
        " VBELN_IM VBELP_IM KUNNR LIFNR MAT_KDAUF MAT_KDPOS",
        lines + other + again[1],
    )
    return len(again[0]) + len(again[1])


def _head(document: Document) -> Row:
    posted = stamp(document.posted_at)
    business_day = day(document.posting_date)
    return [CLIENT, document.number, "2026", business_day, business_day, *posted, document.user, document.reference, ""]


def _line(line: Line, quantity: Decimal) -> Row:
    kind = {INSPECTION: "X", BLOCKED: "S"}.get(line.stock, "")
    entered, entry_unit = catch_weight.entered(line, quantity)
    origin, special, delivery = line.reverses, line.special, line.delivery
    reversed_ = [origin.document.number, "2026", f"{origin.item:04d}"] if origin else ["", "0000", "0000"]
    return [
        CLIENT,
        line.document.number,
        "2026",
        f"{line.item:04d}",
        line.movement_type,
        "X" if line.automatic else "",
        line.material.sap_number,
        line.plant,
        line.location,
        line.batch or "",
        kind,
        special.indicator if special else "",
        line.direction,
        number(quantity),
        line.material.base_unit,
        number(entered),
        entry_unit,
        order(line.order_no),
        line.receipt_for,
        *reversed_,
        *((delivery.number, "000010") if delivery else ("", "")),
        delivery.customer if delivery else special.partner if special and special.indicator == "W" else "",
        special.partner if special and special.indicator in ("K", "O") else "",
        *((special.partner, special.item) if special and special.indicator == "E" else ("", "")),
    ]
