"""Stock in SAP, batch by batch and in total, and the inspection lots that decide on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from company import serials
from company.orders import Order
from company.plant import CLIENT, MATERIALS, Material
from company.sap import BLOCKED, FREE, INSPECTION, MANAGING, RESTRICTED, Lot, Sap, Special
from company.sap_form import Row, day, day_of, flag, number, order, stamp, write


def write_all(folder: Path, orders: list[Order], sap: Sap, cut: datetime) -> None:
    _pieces(folder, orders, sap, cut)
    _batches(folder, sap, cut)
    _unbatched(folder, sap, cut)
    _special(folder, sap, cut)
    _lots(folder, [lot for lot in sap.lots if lot.created_at <= cut], cut)


def _pieces(folder: Path, orders: list[Order], sap: Sap, cut: datetime) -> None:
    """Serial numbers: an equipment record each, and in what stock it lies."""
    equi: list[Row] = []
    eqbs: list[Row] = []
    for one in orders:
        for serial_no, since in serials.received(one, sap, cut):
            blocked = sap.blocked_pieces.get(serial_no)
            kind, changed = ("07", blocked) if blocked is not None and blocked <= cut else ("01", since)
            equi.append([CLIENT, serial_no.zfill(18), one.material.sap_number, serial_no.zfill(18), day_of(since), day_of(changed)])
            eqbs.append([CLIENT, serial_no.zfill(18), one.plant.number, one.material.store, one.batch, kind])
    write(folder, "EQUI", "MANDT EQUNR MATNR SERNR ERDAT AEDAT", equi)
    write(folder, "EQBS", "MANDT EQUNR B_WERK B_LAGER B_CHARGE LBBSA", eqbs)


def _unbatched(folder: Path, sap: Sap, cut: datetime) -> None:
    """Totals of materials without batches: what was there before the history, less what was issued since."""
    moved: dict[tuple[str, str, str], list[Decimal]] = {}
    materials = {material.number: material for material in MATERIALS}
    for line in sap.unbatched:
        sums = moved.setdefault((line.plant, line.material.number, line.location), [Decimal(0), Decimal(0)])
        signed = line.quantity if line.direction == "S" else -line.quantity
        sums[0] += signed
        sums[1] += signed if line.document.posted_at <= cut else 0
    rows = []
    for (plant, material, location), (whole, so_far) in sorted(moved.items()):
        opening = (abs(whole) * 2).quantize(Decimal(1)) + 10_000
        rows.append([CLIENT, materials[material].sap_number, plant, location, number(opening + so_far), *[number(Decimal(0))] * 5])
    write(folder, "MARD", "MANDT MATNR WERKS LGORT LABST INSME EINME SPEME RETME UMLME", rows)


def _batches(folder: Path, sap: Sap, cut: datetime) -> None:
    mch1: list[Row] = []
    mchb: list[Row] = []
    for key, (material, since) in sorted(sap.batches.items(), key=lambda entry: entry[0]):
        if since > cut:
            continue
        restricted = sap.restricted.get(key)
        made = sap.made_on.get(key)  # of a batch that SAP opened with an issue it knows no day
        rows = _stock(material, key[1], sap, cut)
        is_restricted = restricted is not None and restricted <= cut
        mch1.append(
            [
                CLIENT,
                material.sap_number,
                key[1],
                day_of(since),
                day_of(restricted if is_restricted else since),
                day(made + timedelta(days=material.shelf_days)) if made else "",
                day(made) if made else "",
                flag(is_restricted),
            ]
        )
        mchb.extend(rows)
    write(folder, "MCH1", "MANDT MATNR CHARG ERSDA LAEDA VFDAT HSDAT ZUSTD", mch1)
    write(folder, "MCHB", "MANDT MATNR WERKS LGORT CHARG LAEDA CLABS CUMLM CINSM CEINM CSPEM CRETM", mchb)


def _special(folder: Path, sap: Sap, cut: datetime) -> None:
    """Stock for a sales order (MSKA), at subcontractors (MSLB) and at customers (MSKU)."""
    kept: dict[tuple[str, Special, Material, str], Decimal] = {}
    for lines in sap.batch_lines.values():
        for line in lines:
            if line.special is not None and line.document.posted_at <= cut:
                assert line.batch is not None
                key = line.plant, line.special, line.material, line.batch
                kept[key] = kept.get(key, Decimal(0)) + (line.quantity if line.direction == "S" else -line.quantity)
    tables: dict[str, list[Row]] = {"E": [], "K": [], "O": [], "W": []}
    zero = number(Decimal(0))
    for (plant, special, material, batch), quantity in kept.items():
        place = [material.store] if special.indicator in ("E", "K") else []
        owner = [special.partner, special.item] if special.indicator == "E" else [special.partner]
        blocked = [zero] if special.indicator in ("E", "K") else []
        tables[special.indicator].append([CLIENT, material.sap_number, plant, *place, batch, special.indicator, *owner, number(quantity), zero, *blocked, zero])
    write(folder, "MSKA", "MANDT MATNR WERKS LGORT CHARG SOBKZ VBELN POSNR KALAB KAINS KASPE KAEIN", sorted(tables["E"]))
    write(folder, "MKOL", "MANDT MATNR WERKS LGORT CHARG SOBKZ LIFNR SLABS SINSM SSPEM SEINM", sorted(tables["K"]))
    write(folder, "MSLB", "MANDT MATNR WERKS CHARG SOBKZ LIFNR LBLAB LBINS LBEIN", sorted(tables["O"]))
    write(folder, "MSKU", "MANDT MATNR WERKS CHARG SOBKZ KUNNR KULAB KUINS KUEIN", sorted(tables["W"]))


def _stock(material: Material, batch: str, sap: Sap, cut: datetime) -> Iterator[Row]:
    places: dict[tuple[str, str], dict[str, Decimal]] = {}
    changed: dict[tuple[str, str], datetime] = {}
    for line in sap.batch_lines[material.number, batch]:
        if line.special is None and line.document.posted_at <= cut:
            place = line.plant, line.location
            amounts = places.setdefault(place, dict.fromkeys((FREE, INSPECTION, RESTRICTED, BLOCKED), Decimal(0)))
            amounts[line.stock] += line.quantity if line.direction == "S" else -line.quantity
            changed[place] = line.document.posted_at
    zero = number(Decimal(0))
    return (
        [
            CLIENT,
            material.sap_number,
            *place,
            batch,
            day_of(changed[place]),
            number(amounts[FREE]),
            zero,
            number(amounts[INSPECTION]),
            number(amounts[RESTRICTED]),
            number(amounts[BLOCKED]),
            zero,
        ]
        for place, amounts in sorted(places.items())
    )


def _lots(folder: Path, lots: list[Lot], cut: datetime) -> None:
    qals: list[Row] = []
    qave: list[Row] = []
    for lot in lots:
        released = sum((quantity for at, quantity in lot.released if at <= cut), Decimal(0))
        qals.append(
            [
                CLIENT,
                lot.number,
                lot.plant.number,
                lot.kind,
                lot.kind,
                f"QL{lot.number}",
                lot.material.sap_number,
                lot.batch,
                order(lot.order_no),
                number(lot.quantity),
                lot.material.base_unit,
                *stamp(lot.created_at),
                number(released),
                number(max(lot.quantity - released, Decimal(0)) if lot.kind in MANAGING else Decimal(0)),
                lot.material.store,
            ]
        )
        made = [decision for decision in lot.decisions if decision[0] <= cut]
        if made:
            at, valuation = made[-1]
            qave.append([CLIENT, lot.number, "UD", "A1" if valuation == "A" else "R1", valuation, *stamp(at)])
    write(
        folder,
        "QALS",
        "MANDANT PRUEFLOS WERK ART HERKUNFT OBJNR MATNR CHARG AUFNR LOSMENGE MENGENEINH ENSTEHDAT ENTSTEZEIT LMENGE01 LMENGEZUB LAGORTCHRG",
        qals,
    )
    write(folder, "QAVE", "MANDANT PRUEFLOS VCODEGRP VCODE VBEWERTUNG VDATUM VEZEITERF", qave)
