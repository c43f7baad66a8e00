"""The SAP side of a night's landing folder: one file a table, as the system stood at the cut."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from company import clock
from company.orders import Order
from company.plant import CLIENT, MATERIALS, PLANT, Material
from company.sap import (
    BLOCKED,
    DECIDED,
    DELIVERED,
    FREE,
    INSPECTION,
    LOT_OPEN,
    RESTRICTED,
    STOCK_POSTED,
    Document,
    Line,
    Lot,
    Sap,
    StatusChange,
)
from company.sap_form import Row, day, day_of, flag, number, order, stamp, write
from company.simulation import Company

MASTER_DATA_FROM = date(2024, 5, 6)
LOADED_TWICE = 0.008
"""Share of document rows that the extraction repeats."""


def extract(company: Company, night: int, folder: Path) -> int:
    """Writes all tables and the sidecar; returns how many rows are in there twice."""
    folder.mkdir(parents=True)
    cut, sap = clock.as_of("sap", night), company.sap
    _master_data(folder)
    _orders(folder, [one for one in (*company.orders, *company.maintenance) if one.created_at <= cut], sap, cut)
    repeated = _documents(folder, company, night, cut)
    _batches(folder, sap, cut)
    _lots(folder, [lot for lot in sap.lots if lot.created_at <= cut], cut)
    sidecar = {"as_of": clock.zulu(cut), "complete_from": {"*": clock.zulu(clock.HORIZON)}}
    (folder / "extract.json").write_text(json.dumps(sidecar, indent=2) + "\n", encoding="utf-8")
    return repeated


def _master_data(folder: Path) -> None:
    created = day(MASTER_DATA_FROM)
    write(
        folder,
        "MARA",
        "MANDT MATNR ERSDA LAEDA ERNAM MTART MEINS XCHPF LVORM",
        ([CLIENT, m.sap_number.ljust(18), created, created, "WKRAUSE", m.kind, m.base_unit, flag(m.batch_managed), " "] for m in MATERIALS),
    )
    write(
        folder,
        "MAKT",
        "MANDT MATNR SPRAS MAKTX",
        ([CLIENT, m.sap_number.ljust(18), language, text.ljust(40)] for m in MATERIALS for language, text in (("D", m.text), ("E", m.english))),
    )
    write(
        folder,
        "MARM",
        "MANDT MATNR MEINH UMREZ UMREN",
        (
            [CLIENT, m.sap_number.ljust(18), unit, number(Decimal(up), 7, 0), number(Decimal(down), 7, 0)]
            for m in MATERIALS
            for unit, up, down in ((m.base_unit, 1, 1), *m.conversions)
        ),
    )
    write(
        folder,
        "MBEW",
        "MANDT MATNR BWKEY BWTAR VPRSV STPRS PEINH",
        ([CLIENT, m.sap_number.ljust(18), PLANT, "", "S", number(m.price, 13, 2), number(Decimal(m.price_unit), 6, 0)] for m in MATERIALS),
    )


def _orders(folder: Path, orders: list[Order], sap: Sap, cut: datetime) -> None:
    aufk: list[Row] = []
    afko: list[Row] = []
    afpo: list[Row] = []
    afru: list[Row] = []
    jest: list[Row] = []
    jcds: list[Row] = []
    for one in orders:
        known, number_, material = sap.orders[one.number], order(one.number), one.material
        changes = [change for change in known.statuses if change.at <= cut]
        confirmations = [row for row in known.confirmations if row.at <= cut]
        confirmed = sum((row.quantity for row in confirmations if row.final or row.cancels), Decimal(0))
        released = one.released_at if one.released_at <= cut else None
        delivered = known.active(DELIVERED, cut) or (known.delivery_completed_at is not None and known.delivery_completed_at <= cut)
        received = known.received_by(cut)
        aufk.append(
            [
                CLIENT,
                number_,
                one.order_type,
                PLANT,
                f"OR{number_}",
                f"{material.number} {one.batch}".ljust(24),
                day_of(one.created_at),
                day_of(changes[-1].at),
                " ",
            ]
        )
        afko.append([CLIENT, number_, number(one.planned), material.base_unit, number(confirmed), day(one.scheduled_start), day_of(released)])
        afpo.append(
            [
                CLIENT,
                number_,
                "0001",
                material.sap_number,
                one.batch,
                number(one.planned),
                number(received),
                material.base_unit,
                flag(delivered),
                number(one.tolerance, 5, 1),
            ]
        )
        for row in confirmations:
            cancelled = row.cancelled_at is not None and row.cancelled_at <= cut
            afru.append(
                [
                    CLIENT,
                    known.confirmation_no,
                    f"{row.counter:08d}",
                    number_,
                    "0010",
                    PLANT,
                    number(row.quantity),
                    number(Decimal(0)),
                    material.base_unit,
                    flag(row.final),
                    flag(cancelled),
                    f"{row.cancels.counter:08d}" if row.cancels else "",
                    *stamp(row.at),
                    row.reference.ljust(20),
                ]
            )
        _statuses(f"OR{number_}", changes, jest, jcds)
    write(folder, "AUFK", "MANDT AUFNR AUART WERKS OBJNR KTEXT ERDAT AEDAT LOEKZ", aufk)
    write(folder, "AFKO", "MANDT AUFNR GAMNG GMEIN IGMNG GSTRS FTRMI", afko)
    write(folder, "AFPO", "MANDT AUFNR POSNR MATNR CHARG PSMNG WEMNG AMEIN ELIKZ UNTTO", afpo)
    write(folder, "AFRU", "MANDT RUECK RMZHL AUFNR VORNR WERKS LMNGA XMNGA MEINH AUERU STOKZ STZHL ERSDA ERZET LTXA1", afru)
    for lot in sap.lots:
        if lot.created_at <= cut:
            _statuses(f"QL{lot.number}", _lot_changes(lot, cut), jest, jcds)
    write(folder, "JEST", "MANDT OBJNR STAT INACT CHGNR", jest)
    write(folder, "JCDS", "MANDT OBJNR STAT CHGNR USNAM UDATE UTIME INACT", jcds)


def _statuses(object_no: str, changes: list[StatusChange], jest: list[Row], jcds: list[Row]) -> None:
    """History in JCDS; in JEST the last word on each status, withdrawn ones too."""
    counts: dict[str, tuple[int, bool]] = {}
    for change in changes:
        count = counts.get(change.status, (0, False))[0] + 1
        counts[change.status] = count, change.active
        jcds.append([CLIENT, object_no, change.status, f"{count:03d}", "BATCH", *stamp(change.at), flag(not change.active)])
    jest.extend([CLIENT, object_no, status, flag(not active), f"{count:03d}"] for status, (count, active) in sorted(counts.items()))


def _lot_changes(lot: Lot, cut: datetime) -> list[StatusChange]:
    changes = [StatusChange(lot.created_at, LOT_OPEN, True)]
    changes += [StatusChange(at, DECIDED, True) for at, _ in lot.decisions[:1]]
    if lot.stock_posted_at is not None:
        changes += [StatusChange(lot.stock_posted_at, LOT_OPEN, False), StatusChange(lot.stock_posted_at, STOCK_POSTED, True)]
    return sorted((change for change in changes if change.at <= cut), key=lambda change: change.at)


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
        "MANDT MBLNR MJAHR ZEILE BWART XAUTO MATNR WERKS LGORT CHARG INSMK SOBKZ SHKZG MENGE MEINS ERFMG ERFME AUFNR KZBEW SMBLN SJAHR SMBLP WAERS",
        lines + other + again[1],
    )
    return len(again[0]) + len(again[1])


def _head(document: Document) -> Row:
    posted = stamp(document.posted_at)
    business_day = day(document.posting_date)
    return [CLIENT, document.number, "2026", business_day, business_day, *posted, document.user.ljust(8), document.reference.ljust(12), ""]


def _line(line: Line, quantity: Decimal) -> Row:
    kind = {INSPECTION: "X", BLOCKED: "S"}.get(line.stock, " ")
    menge, unit = number(quantity, 13), line.material.base_unit
    origin = line.reverses
    reversed_ = [origin.document.number, "2026", f"{origin.item:04d}"] if origin else ["", "0000", "0000"]
    return [
        CLIENT,
        line.document.number,
        "2026",
        f"{line.item:04d}",
        line.movement_type,
        flag(line.automatic),
        line.material.sap_number,
        PLANT,
        line.location,
        line.batch or "",
        kind,
        "",
        line.direction,
        menge,
        unit,
        menge,
        unit,
        order(line.order_no),
        line.receipt_for,
        *reversed_,
        "EUR",
    ]


def _batches(folder: Path, sap: Sap, cut: datetime) -> None:
    mch1: list[Row] = []
    mchb: list[Row] = []
    for key, (material, since) in sorted(sap.batches.items(), key=lambda entry: entry[0]):
        if since > cut:
            continue
        restricted = sap.restricted.get(key)
        made = clock.local(since).date()
        last, rows = _stock(material, key[1], sap, cut)
        is_restricted = restricted is not None and restricted <= cut
        mch1.append(
            [
                CLIENT,
                material.sap_number,
                key[1],
                day(made),
                day_of(restricted if is_restricted else since),
                day(made + timedelta(days=730)),
                day(made),
                flag(is_restricted),
            ]
        )
        mchb.extend(rows)
        assert last is not None
    write(folder, "MCH1", "MANDT MATNR CHARG ERSDA LAEDA VFDAT HSDAT ZUSTD", mch1)
    write(folder, "MCHB", "MANDT MATNR WERKS LGORT CHARG LAEDA CLABS CUMLM CINSM CEINM CSPEM CRETM", mchb)


def _stock(material: Material, batch: str, sap: Sap, cut: datetime) -> tuple[datetime | None, Iterator[Row]]:
    places: dict[str, dict[str, Decimal]] = {}
    changed: dict[str, datetime] = {}
    for line in sap.batch_lines[material.number, batch]:
        if line.document.posted_at <= cut:
            amounts = places.setdefault(line.location, dict.fromkeys((FREE, INSPECTION, RESTRICTED, BLOCKED), Decimal(0)))
            amounts[line.stock] += line.quantity if line.direction == "S" else -line.quantity
            changed[line.location] = line.document.posted_at
    zero = number(Decimal(0), 12)
    rows = (
        [
            CLIENT,
            material.sap_number,
            PLANT,
            location,
            batch,
            day_of(changed[location]),
            number(amounts[FREE], 12),
            zero,
            number(amounts[INSPECTION], 12),
            number(amounts[RESTRICTED], 12),
            number(amounts[BLOCKED], 12),
            zero,
        ]
        for location, amounts in sorted(places.items())
    )
    return max(changed.values(), default=None), rows


def _lots(folder: Path, lots: list[Lot], cut: datetime) -> None:
    qals: list[Row] = []
    qave: list[Row] = []
    for lot in lots:
        qals.append(
            [
                CLIENT,
                lot.number,
                PLANT,
                lot.kind,
                lot.kind,
                f"QL{lot.number}",
                lot.material.sap_number,
                lot.batch,
                order(lot.order_no),
                number(lot.quantity),
                lot.material.base_unit,
                *stamp(lot.created_at),
            ]
        )
        made = [decision for decision in lot.decisions if decision[0] <= cut]
        if made:
            at, valuation = made[-1]
            qave.append([CLIENT, lot.number, "UD", "A1" if valuation == "A" else "R1", valuation, *stamp(at)])
    write(folder, "QALS", "MANDANT PRUEFLOS WERK ART HERKUNFT OBJNR MATNR CHARG AUFNR LOSMENGE MENGENEINH ENSTEHDAT ENTSTEZEIT", qals)
    write(folder, "QAVE", "MANDANT PRUEFLOS VCODEGRP VCODE VBEWERTUNG VDATUM VEZEITERF", qave)
