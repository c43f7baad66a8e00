"""What SAP has of deliveries, reservations of no order, and handling units."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from company.plant import CLIENT, PLANTS, Material, Plant
from company.sap import Delivery, Reservation, Sap
from company.sap_form import Row, day, day_of, flag, number, stamp, write

PALLET_MATERIAL = "EURO-PAL"
PACKED_FOR = timedelta(days=3)
"""How long after the goods issue a pallet is still known."""


def write_all(folder: Path, sap: Sap, cut: datetime) -> None:
    known = [delivery for delivery in sap.deliveries if delivery.created_at <= cut]
    _deliveries(folder, known, cut)
    reserved = [reservation for reservation in sap.reservations if reservation.created_at <= cut]
    write(folder, "RKPF", "MANDT RSNUM RSDAT KOSTL", ([CLIENT, one.number, day_of(one.created_at), "0000004711"] for one in reserved))
    _handling_units(folder, sap, known, cut)


def reservation_row(one: Reservation, cut: datetime) -> Row:
    """As a line of RESB: goods issue to a cost centre."""
    withdrawn = one.withdrawn_at is not None and one.withdrawn_at <= cut
    material = one.material
    return [
        *[CLIENT, one.number, "0001", "", material.sap_number, one.plant.number, material.store, one.batch, "", "201", "H", number(one.quantity)],
        *[
            number(one.quantity if withdrawn else Decimal(0)),
            material.base_unit,
            day(one.required_on),
            flag(withdrawn),
            "",
            "X",
            "",
            "",
            "",
            "",
            "",
            "0001",
            "",
        ],
    ]


def _deliveries(folder: Path, known: list[Delivery], cut: datetime) -> None:
    likp: list[Row] = []
    lips: list[Row] = []
    vbup: list[Row] = []
    for one in known:
        issued = one.issued_at if one.issued_at is not None and one.issued_at <= cut else None
        created, changed = stamp(one.created_at), day_of(issued)
        likp.append([CLIENT, one.number, "LF", "J", one.customer, day(one.planned_on), day_of(issued), *created, changed])
        lips.append(
            [
                CLIENT,
                one.number,
                "000010",
                one.material.sap_number,
                one.plant.number,
                one.material.store,
                one.batch,
                number(one.quantity),
                one.material.base_unit,
                "",
                "601",
                *created,
                changed,
                "H",
            ]
        )
        vbup.append([CLIENT, one.number, "000010", "C" if issued else "A"])
    write(folder, "LIKP", "MANDT VBELN LFART VBTYP KUNNR WADAT WADAT_IST ERDAT ERZET AEDAT", likp)
    write(folder, "LIPS", "MANDT VBELN POSNR MATNR WERKS LGORT CHARG LGMNG MEINS SOBKZ BWART ERDAT ERZET AEDAT SHKZG", lips)
    write(folder, "VBUP", "MANDT VBELN POSNR WBSTA", vbup)


Unit = tuple[str, datetime, Plant, Material, str, Decimal, str, str]
"""Number, since when, plant, material, batch, quantity, delivery and stock category."""


def handling_units(sap: Sap, seen: datetime) -> list[Unit]:
    """Pallets that are packed for a delivery, or that quality holds one by one."""
    packed: list[Unit] = [
        (f"0034012399{int(one.number):08d}", one.created_at, one.plant, one.material, one.batch, one.quantity, one.number, "")
        for one in sap.deliveries
        if one.created_at <= seen and (one.issued_at is None or one.issued_at > seen - PACKED_FOR)
    ]
    held: list[Unit] = []
    for at, unit, plant, material, batch, quantity in sap.held_units:
        if at <= seen:
            marked = sap.unmarked_units.get(unit, at)
            is_marked = marked is not None and marked <= seen
            held.append((unit, at, plant, material, batch, quantity, "", "S" if is_marked else ""))
    return [*packed, *held]


def _handling_units(folder: Path, sap: Sap, known: list[Delivery], cut: datetime) -> None:
    vekp: list[Row] = []
    vepo: list[Row] = []
    gone = {one.number for one in known if one.issued_at is not None and one.issued_at <= cut}
    for number_, at, plant, material, batch, quantity, delivery, category in handling_units(sap, cut):
        internal = f"{PLANTS.index(plant) + 1}{number_[-9:]}"
        status = "0050" if delivery in gone else "0020"
        vekp.append([CLIENT, internal, number_, PALLET_MATERIAL, status, plant.number, material.store, *stamp(at), day_of(at)])
        vepo.append(
            [
                CLIENT,
                internal,
                "000001",
                "1",
                delivery,
                material.sap_number,
                batch,
                number(quantity),
                material.base_unit,
                category,
                plant.number,
                material.store,
            ]
        )
    write(folder, "VEKP", "MANDT VENUM EXIDV VHILM STATUS WERKS LGORT ERDAT ERZET AEDAT", vekp)
    write(folder, "VEPO", "MANDT VENUM VEPOS VELIN VBELN MATNR CHARG VEMNG VEMEH BESTQ WERKS LGORT", vepo)
