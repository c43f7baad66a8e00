"""The MES side of a night's landing folder: an SQLite database of the flat shape mes-tables for each plant."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from company import catch_weight, clock, extract_mes_master, mes, queues, serials
from company.extract_sap_master import STORE_TEXTS, group, revision
from company.master_data import MasterData
from company.orders import Event, Key, Order, Report
from company.plant import LINDAU, LINE_SIDE, PLANTS, STORES, Material, Plant
from company.qms import Hold
from company.simulation import Company

TABLES = {
    "work_order": "order_no plant order_type material batch planned_quantity unit produced_quantity yield_quantity scrap_quantity rework_quantity status"
    " scheduled_start received_at started_at completed_at changed_at bom bom_alternative routing routing_alternative"
    " production_version revision serial_profile resource recipe recipe_version",
    "movement": "event_id order_no plant kind material batch quantity unit reverses_event_id occurred_at recorded_at operation_no storage_location"
    " production_date catch_quantity catch_unit",
    "genealogy_link": "order_no plant output_material output_batch input_material input_batch recorded_at purpose",
    "operation": "order_no plant operation_no resource status planned_quantity yield_quantity scrap_quantity rework_quantity unit started_at completed_at"
    " milestone changed_at",
    "component": "order_no plant item_no material operation_no required_quantity unit backflush measured by_product co_product changed_at",
    "confirmation": "confirmation_id order_no plant operation_no yield_quantity scrap_quantity rework_quantity unit final cancelled cancels_confirmation_id"
    " reason recorded_at",
    "activity": "activity_id order_no plant operation_no confirmation activity quantity unit started_at ended_at cancelled recorded_at",
    "hold": "hold_id plant material batch scope reason owner opened_at closed_at quantity unit handling_unit storage_location serial_no case_no reference"
    " changed_at",
    "stock": "plant material batch storage_location stock_type quantity unit changed_at",
    "batch": "plant material batch produced_on expires_on restricted order_no changed_at",
    "serial": "plant material serial_no batch order_no produced_at available changed_at",
    "location": "plant storage_location text line_side",
    **extract_mes_master.TABLES,
    "message": queues.COLUMNS,
    "extract_info": "as_of complete_from",
}
"""Table → its columns, all of them text."""

WRITTEN_BY = (3_040_000).to_bytes(4, "big")
"""SQLite notes the version of the library that wrote a file, at byte 96: this one for all, so that equal content is equal bytes."""


TOLD = timedelta(minutes=2)
"""After which the MES knows of a hold."""

Row = tuple[str | None, ...]


def extract(company: Company, night: int, landing: Path) -> None:
    """Writes each plant's mes.db as its MES stood at its own as_of, a little after the cut."""
    for plant in PLANTS:
        orders = [order for order in company.orders if order.plant is plant]
        _write(landing / plant.mes, plant, orders, company, clock.as_of("mes", night))


def _write(folder: Path, plant: Plant, orders: list[Order], company: Company, seen: datetime) -> None:
    folder.mkdir(parents=True)
    file = folder / "mes.db"
    connection = sqlite3.connect(file)
    connection.executescript("PRAGMA page_size = 1024; PRAGMA journal_mode = OFF;")
    write, data = _Writer(connection), company.master_data
    known = [order for order in orders if order.received_at is not None and order.received_at <= seen]
    sent_too = [order for order in company.orders if order.also_in is plant and order.received_at is not None and order.received_at <= seen]
    write("work_order", (_work_order(order, plant, data, seen) for order in (*known, *sent_too)))
    events = sorted((event for order in orders for event in order.events), key=lambda event: event.event_id)
    write("movement", (_movement(event) for event in events if clock.HORIZON <= event.recorded_at <= seen))
    write("genealogy_link", (row for order in orders for row in _links(order, seen)))
    write("operation", (row for order in known for row in _operations(order, seen)))
    write("component", (row for order in known for row in _components(order, data)))
    reports = [(order, report) for order in known for report in order.reports if clock.HORIZON <= report.recorded_at <= seen]
    write("confirmation", (_confirmation(order, report, data, seen) for order, report in reports))
    write("activity", (row for order, report in reports for row in _activities(order, report, seen)))
    write("hold", (_hold(hold, seen) for hold in company.qms.holds if hold.plant is plant and hold.in_mes and hold.opened_at + TOLD <= seen))
    write("stock", _line_side(plant, orders, company, seen))
    write("batch", (row for order in known for row in _batch(order, company.register.misdated, seen)))
    held = {hold.serial_no: hold.opened_at + TOLD for hold in company.qms.holds if hold.serial_no and hold.opened_at + TOLD <= seen}
    write("serial", (row for order in known for row in _serials(order, held, seen)))
    write("location", ((plant.number, store, text, str(store == LINE_SIDE).lower()) for store, text in zip(STORES, STORE_TEXTS, strict=True)))
    for table, rows in extract_mes_master.tables(plant, data, seen).items():
        write(table, rows)
    write("message", queues.rows(orders, company.queues, company.register.dead_letters, plant.number, seen))
    write("extract_info", [(clock.zulu(seen), clock.zulu(clock.HORIZON))])
    connection.commit()
    connection.close()
    content = bytearray(file.read_bytes())
    content[96:100] = WRITTEN_BY
    file.write_bytes(content)


class _Writer:
    """Creates a table and fills it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __call__(self, table: str, rows: Iterable[Row]) -> None:
        columns = TABLES[table].split()
        self._connection.execute(f"CREATE TABLE {table} ({', '.join(f'{column} TEXT' for column in columns)})")
        self._connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)


def plain(quantity: Decimal) -> str:
    """Without exponent and needless zeros."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _work_order(order: Order, plant: Plant, data: MasterData, seen: datetime) -> Row:
    status, changed, produced = mes.work_order(order, seen)
    material, recipe = order.material, order.recipe
    times = [clock.zulu(at) if at is not None and at <= seen else None for at in (order.received_at, order.started_at, order.completed_at)]
    good, scrap, rework = mes.reported(order, recipe.steps[-1], seen)
    executed = data.executed(order)
    return (
        order.number,
        plant.number,
        order.order_type,
        material.number,
        order.batch,
        plain(order.told or order.planned),
        material.base_unit,
        plain(produced),
        plain(good),
        plain(scrap),
        plain(rework),
        status,
        f"{order.scheduled_start:%Y-%m-%d}",
        *times,
        clock.zulu(changed),
        recipe.number,
        executed.alternative,
        group(order.plant, recipe),
        "01",
        executed.production_version,
        revision(recipe),
        material.serial_profile or None,
        data.resource_of(order),
        executed.recipe,
        executed.recipe_version,
    )


def _movement(event: Event) -> Row:
    order = event.order
    materials = [material for material, _ in order.recipe.components]
    quantity, unit, weight, weighed_in = catch_weight.told(event)
    step = order.recipe.step_of(materials.index(event.material)) if event.material in materials else order.recipe.steps[-1]
    return (
        event.event_id,
        order.number,
        order.plant.number,
        event.kind,
        event.material.number,
        event.batch,
        plain(quantity),
        unit,
        event.reverses.event_id if event.reverses else None,
        _occurred(event),
        clock.zulu(event.recorded_at),
        step.number,
        event.location,
        clock.local(event.occurred_at, order.plant.zone).date().isoformat() if event.kind == "consumption" else None,
        None if weight is None else plain(weight),
        weighed_in,
    )


def _occurred(event: Event) -> str:
    """In Lindau with the offset; in Peoria as the clock on the wall showed it."""
    there = clock.local(event.occurred_at, event.order.plant.zone)
    return there.isoformat() if event.order.plant is LINDAU else f"{there:%Y-%m-%d %H:%M:%S}"


def _links(order: Order, seen: datetime) -> list[Row]:
    return [
        (order.number, order.plant.number, *output, *used, clock.zulu(since), "rework" if order.rework and output == used else None)
        for (output, used), since in mes.links(order, seen).items()
        if since >= clock.HORIZON
    ]


def _operations(order: Order, seen: datetime) -> Iterable[Row]:
    for step in order.recipe.steps if order.lacks != "operations" else ():
        status, begun, ended, changed = mes.operation(order, step, seen)
        milestone = order.recipe.milestone and step is order.recipe.steps[-1]
        sums = [plain(value) for value in mes.reported(order, step, seen)]
        yield (order.number, order.plant.number, step.number, step.centre, status, plain(order.planned), *sums, order.material.base_unit,
               clock.zulu(begun) if begun else None, clock.zulu(ended) if ended else None, str(milestone).lower(), clock.zulu(changed))  # fmt: skip


def _hold(hold: Hold, seen: datetime) -> Row:
    """A hold that the quality system told the MES of."""
    closed = hold.closed_at + TOLD if hold.closed_at and hold.closed_at + TOLD <= seen else None
    opened = hold.opened_at + TOLD
    return (
        f"MH{hold.hold_id[1:]}",
        hold.plant.number,
        hold.material.number,
        hold.batch,
        hold.scope,
        hold.reason,
        hold.owner,
        clock.zulu(opened),
        clock.zulu(closed) if closed else None,
        plain(hold.quantity) if hold.quantity else None,
        hold.material.base_unit if hold.quantity else None,
        hold.handling_unit or None,
        hold.location or None,
        hold.serial_no or None,
        hold.case_no,
        hold.hold_id,
        clock.zulu(closed or opened),
    )


def _line_side(plant: Plant, orders: list[Order], company: Company, seen: datetime) -> Iterable[Row]:
    """What was brought to the line, less what was consumed there."""
    kept: dict[tuple[Material, str], tuple[Decimal, datetime]] = {}
    brought = [(at, material, batch, quantity) for at, where, material, batch, quantity in company.register.line_side if where is plant]
    used = [(event.recorded_at, event.material, event.batch, -event.signed) for order in orders for event in order.events if event.location == LINE_SIDE]
    for at, material, batch, quantity in sorted((*brought, *used), key=lambda row: row[0]):
        if at <= seen and batch is not None:
            kept[material, batch] = kept.get((material, batch), (Decimal(0), at))[0] + quantity, at
    for (material, batch), (quantity, at) in kept.items():
        yield plant.number, material.number, batch, LINE_SIDE, "01", plain(quantity), material.base_unit, clock.zulu(at)


def _serials(order: Order, held: dict[str, datetime], seen: datetime) -> Iterable[Row]:
    for serial_no, event in serials.made(order):
        if clock.HORIZON <= event.recorded_at <= seen:
            since = held.get(serial_no)
            yield (
                order.plant.number,
                order.material.number,
                serial_no,
                order.batch,
                order.number,
                clock.zulu(event.occurred_at),
                str(since is None).lower(),
                clock.zulu(since or event.recorded_at),
            )


def _batch(order: Order, misdated: dict[Key, int], seen: datetime) -> Iterable[Row]:
    begun = next((event.recorded_at for event in order.outputs()), None)
    if begun is not None and clock.HORIZON <= begun <= seen:
        expires = order.produced_on + timedelta(days=order.material.shelf_days + misdated.get((order.material.number, order.batch), 0))
        yield (
            order.plant.number,
            order.material.number,
            order.batch,
            order.produced_on.isoformat(),
            expires.isoformat(),
            None,
            order.number,
            clock.zulu(begun),
        )


def _components(order: Order, data: MasterData) -> Iterable[Row]:
    assert order.received_at is not None
    other = data.other_version.get(order.number)
    for index, (material, per_unit) in enumerate(order.recipe.components if order.lacks != "components" else ()):
        step, calculated = order.recipe.step_of(index), material.backflushed
        asked = order.planned * per_unit * (Decimal("1.1") if other and other.kind == "alternative" and index == 0 else 1)
        yield (order.number, order.plant.number, f"{index + 1}0".zfill(4), material.number, step.number, plain(asked), material.base_unit,
               str(calculated).lower(), str(not calculated).lower(), "false", "false", clock.zulu(order.received_at))  # fmt: skip
    for index, (material, per_unit, is_co_product) in enumerate(order.recipe.by_products, len(order.recipe.components) + 1):
        yield (order.number, order.plant.number, f"{index}0".zfill(4), material.number, order.recipe.steps[-1].number, plain(order.planned * per_unit),
               material.base_unit, "false", "true", str(not is_co_product).lower(), str(is_co_product).lower(), clock.zulu(order.received_at))  # fmt: skip


def _confirmation(order: Order, report: Report, data: MasterData, seen: datetime) -> Row:
    cancelled = any(other.cancels is report and other.recorded_at <= seen for other in order.reports)
    sums = [plain(abs(value)) for value in (report.quantity, report.scrap, report.rework)]
    marks = (str(report.final).lower(), str(cancelled).lower(), report.cancels.report_id if report.cancels else None, data.reason_of(order, report))
    return (report.report_id, order.number, order.plant.number, report.step.number, *sums, order.material.base_unit, *marks, clock.zulu(report.recorded_at))


def _activities(order: Order, report: Report, seen: datetime) -> Iterable[Row]:
    """Of the machine it is known from when to when it ran; the others are entered as minutes."""
    cancelled = report.cancels is not None or any(other.cancels is report and other.recorded_at <= seen for other in order.reports)
    for kind, minutes in zip(("setup", "machine", "labour"), report.minutes, strict=True):
        if minutes:
            times = (clock.zulu(report.started_at), clock.zulu(report.recorded_at)) if kind == "machine" else (None, None)
            yield (
                f"{report.report_id}{kind[0].upper()}",
                order.number,
                order.plant.number,
                report.step.number,
                report.report_id,
                kind,
                str(abs(minutes)),
                "MIN",
                *times,
                str(cancelled).lower(),
                clock.zulu(report.recorded_at),
            )
