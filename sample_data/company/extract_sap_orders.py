"""Orders in SAP: heads, items, operations, components, confirmations and the statuses of all of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

from company.extract_sap_master import centre_id, control_key, group, revision
from company.extract_sap_shipping import reservation_row
from company.orders import Order
from company.plant import CLIENT, Step
from company.sap import (
    CONFIRMED,
    DECIDED,
    DELIVERED,
    LOT_OPEN,
    MANAGING,
    STOCK_POSTED,
    TECHNICALLY_COMPLETE,
    Confirmation,
    Lot,
    Sap,
    SapOrder,
    StatusChange,
)
from company.sap_form import Row, day, day_of, flag, number, order, stamp, write

MAINTENANCE = "PM01"
NOTHING = Decimal(0)


class _Tables:
    """Rows of the tables as they come."""

    def __init__(self) -> None:
        self.aufk: list[Row] = []
        self.afko: list[Row] = []
        self.afpo: list[Row] = []
        self.afvc: list[Row] = []
        self.afvv: list[Row] = []
        self.afru: list[Row] = []
        self.resb: list[Row] = []
        self.jest: list[Row] = []
        self.jcds: list[Row] = []


def write_all(folder: Path, orders: list[Order], sap: Sap, cut: datetime) -> None:
    tables = _Tables()
    for one in orders:
        known = sap.orders[one.number]
        confirmations = [row for row in known.confirmations if row.at <= cut]
        _head(one, known, confirmations, cut, tables)
        if one.order_type != MAINTENANCE:
            for index, step in enumerate(one.recipe.steps, 1) if one.lacks != "operations" else ():
                _operation(one, known, index, step, [row for row in confirmations if row.step is step], cut, tables)
            if one.lacks != "components":
                _components(one, known, cut, tables)
    tables.resb += [reservation_row(one, cut) for one in sap.reservations if one.created_at <= cut]
    for lot in sap.lots:
        if lot.created_at <= cut:
            _statuses(f"QL{lot.number}", _lot_changes(lot, cut), tables)
    write(folder, "AUFK", "MANDT AUFNR AUART WERKS OBJNR ERDAT AEDAT LOEKZ", tables.aufk)
    write(folder, "AFKO", "MANDT AUFNR GAMNG GMEIN IGMNG IASMG RMNGA GSTRS GLTRS FTRMI AUFPL STLNR STLAL PLNNR PLNAL AENNR", tables.afko)
    write(folder, "AFPO", "MANDT AUFNR POSNR MATNR CHARG PSMNG WEMNG AMEIN ELIKZ UNTTO VERID INSMK SERNP LGORT", tables.afpo)
    write(folder, "AFVC", "MANDT AUFPL APLZL APLFL VORNR STEUS ARBID WERKS LTXA1 OBJNR VGWTS", tables.afvc)
    write(folder, "AFVV", "MANDT AUFPL APLZL MGVRG MEINH LMNGA XMNGA RMNGA ISDD ISDZ IEDD IEDZ", tables.afvv)
    write(
        folder,
        "AFRU",
        "MANDT RUECK RMZHL AUFNR VORNR WERKS LMNGA XMNGA RMNGA MEINH AUERU STOKZ STZHL ERSDA ERZET BUDAT LTXA1 AUFPL APLZL ISM01 ILE01 ISM02 ILE02 ISM03 ILE03",
        tables.afru,
    )
    write(
        folder,
        "RESB",
        "MANDT RSNUM RSPOS AUFNR MATNR WERKS LGORT CHARG SOBKZ BWART SHKZG BDMNG ENMNG MEINS BDTER KZEAR XLOEK XWAOK DUMPS SCHGT RGEKZ KZKUP FMENG POSNR VORNR",
        tables.resb,
    )
    write(folder, "JEST", "MANDT OBJNR STAT INACT", tables.jest)
    write(folder, "JCDS", "MANDT OBJNR STAT CHGNR UDATE UTIME INACT", tables.jcds)


def _head(one: Order, known: SapOrder, confirmations: list[Confirmation], cut: datetime, tables: _Tables) -> None:
    number_, material, recipe = order(one.number), one.material, one.recipe
    changes = [change for change in known.statuses if change.at <= cut]
    last = [row for row in confirmations if row.step is recipe.steps[-1]]
    released = one.released_at if one.released_at <= cut and not one.unreleased else None
    delivered = known.active(DELIVERED, cut) or (known.delivery_completed_at is not None and known.delivery_completed_at <= cut)
    object_no, made = f"OR{number_}", one.order_type != MAINTENANCE
    plan = [f"{known.number:010d}", recipe.number, "01", group(one.plant, recipe), "01", revision(recipe)] if made else ["", "", "", "", "", ""]
    tables.aufk.append(
        [
            CLIENT,
            number_,
            one.order_type,
            one.plant.number,
            object_no,
            day_of(one.created_at),
            day_of(changes[-1].at),
            " ",
        ]
    )
    tables.afko.append(
        [CLIENT, number_, number(one.planned, 13), material.base_unit]
        + [number(sum((value for value in values), NOTHING)) for values in ((r.quantity for r in last), (r.scrap for r in last), (r.rework for r in last))]
        + [day(one.scheduled_start), day(one.scheduled_start), day_of(released), *plan]
    )
    tables.afpo.append(
        [
            CLIENT,
            number_,
            "0001",
            material.sap_number,
            one.batch,
            number(one.planned, 13),
            number(known.received_by(cut), 13),
            material.base_unit,
            flag(delivered),
            number(one.tolerance, 5, 1),
            "0001" if made else "",
            "X" if made and material.inspected else "",
            material.serial_profile if made else "",
            material.store if made else "",
        ]
    )
    for material, per_unit, is_co_product in recipe.by_products if made else ():
        if is_co_product:
            tables.afpo.append(
                [
                    *[CLIENT, number_, "0002", material.sap_number, one.batch, number(one.planned * per_unit, 13), number(known.got(material, cut), 13)],
                    *[material.base_unit, flag(delivered), number(one.tolerance, 5, 1), "0001", "", "", material.store],
                ]
            )
    _statuses(object_no, changes, tables)


def _operation(one: Order, known: SapOrder, index: int, step: Step, confirmations: list[Confirmation], cut: datetime, tables: _Tables) -> None:
    plan, place, unit = f"{known.number:010d}", f"{index:08d}", one.material.base_unit
    object_no = f"OV{plan}{place}"
    standing = [row for row in confirmations if row.cancels is None and not (row.cancelled_at and row.cancelled_at <= cut)]
    sums = [number(sum(values, NOTHING)) for values in ([r.quantity for r in standing], [r.scrap for r in standing], [r.rework for r in standing])]
    begun = confirmations[0].started_at if standing else None
    ended = standing[-1].ended_at if standing and standing[-1].final else None
    tables.afvc.append(
        [
            CLIENT,
            plan,
            place,
            "0",
            step.number,
            control_key(one.recipe, index),
            centre_id(one.plant, step.centre),
            one.plant.number,
            step.text,
            object_no,
            "SAP1",
        ]
    )
    tables.afvv.append([CLIENT, plan, place, number(one.planned), unit, *sums, *stamp(begun), *stamp(ended)])
    for row in confirmations:
        cancelled = row.cancelled_at is not None and row.cancelled_at <= cut
        activities = [text for minutes in row.minutes for text in (number(Decimal(minutes), 0, 1), "MIN" if minutes else "")]
        tables.afru.append(
            [
                CLIENT,
                f"{7000000 + known.number * 10 + index:010d}",
                f"{row.counter:08d}",
                order(one.number),
                step.number,
                one.plant.number,
                number(row.quantity),
                number(row.scrap),
                number(row.rework),
                unit,
                flag(row.final),
                flag(cancelled),
                f"{row.cancels.counter:08d}" if row.cancels else "",
                *stamp(row.at),
                day(row.day),
                row.reference,
                plan,
                place,
                *activities,
            ]
        )
    _statuses(object_no, [change for change in known.operations[step.number] if change.at <= cut], tables, history=False)


def _components(one: Order, known: SapOrder, cut: datetime, tables: _Tables) -> None:
    """The order's own components, under the reservation that SAP makes with it."""
    reservation = f"{known.number:010d}"
    issued: dict[str, Decimal] = {}
    for line in known.lines:
        if line.movement_type in ("261", "262") and line.document.posted_at <= cut:
            issued[line.material.number] = issued.get(line.material.number, NOTHING) + (line.quantity if line.direction == "H" else -line.quantity)
    ended = known.active(CONFIRMED, cut) or known.active(TECHNICALLY_COMPLETE, cut)
    for index, (material, per_unit) in enumerate(one.recipe.components):
        tables.resb.append(
            [
                CLIENT,
                reservation,
                f"{index + 1:04d}",
                order(one.number),
                material.sap_number,
                one.plant.number,
                material.store,
                "",
                "",
                "261",
                "H",
                number(one.planned * per_unit),
                number(issued.get(material.number, NOTHING)),
                material.base_unit,
                day(one.scheduled_start),
                flag(ended and bool(issued.get(material.number))),
                "",
                "X",
                "",
                "",
                flag(material.backflushed),
                "",
                "",
                f"{index + 1}0".zfill(4),
                one.recipe.step_of(index).number,
            ]
        )
    for index, (material, per_unit, is_co_product) in enumerate(one.recipe.by_products, len(one.recipe.components) + 1):
        received = -known.got(material, cut)
        tables.resb.append(
            [
                *[CLIENT, reservation, f"{index:04d}", order(one.number), material.sap_number, one.plant.number, material.store, one.batch, ""],
                *["101" if is_co_product else "531", "S", number(-one.planned * per_unit), number(received), material.base_unit],
                *[day(one.scheduled_start), flag(ended), "", "X", "", "", "", flag(is_co_product), "", f"{index}0".zfill(4), one.recipe.steps[-1].number],
            ]
        )


def _statuses(object_no: str, changes: list[StatusChange], tables: _Tables, history: bool = True) -> None:
    """History in JCDS, which is not kept for operations; in JEST the last word on each status, withdrawn ones too."""
    counts: dict[str, tuple[int, bool]] = {}
    for change in changes:
        count = counts.get(change.status, (0, False))[0] + 1
        counts[change.status] = count, change.active
        if history:
            tables.jcds.append([CLIENT, object_no, change.status, f"{count:03d}", *stamp(change.at), "" if change.active else "X"])
    tables.jest.extend([CLIENT, object_no, status, "" if active else "X"] for status, (_, active) in sorted(counts.items()))


def _lot_changes(lot: Lot, cut: datetime) -> list[StatusChange]:
    changes = [StatusChange(lot.created_at, LOT_OPEN, True)] if lot.kind in MANAGING else []
    changes += [StatusChange(at, DECIDED, True) for at, _ in lot.decisions[:1]]
    if lot.stock_posted_at is not None:
        changes += [StatusChange(lot.stock_posted_at, LOT_OPEN, False), StatusChange(lot.stock_posted_at, STOCK_POSTED, True)]
    return sorted((change for change in changes if change.at <= cut), key=lambda change: change.at)
