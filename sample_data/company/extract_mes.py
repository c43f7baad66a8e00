"""The MES side of a night's landing folder: an SQLite database of the flat shape mes-tables."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from company import clock, mes
from company.orders import Event, Order
from company.plant import PLANT
from company.simulation import Company

TABLES = """
CREATE TABLE work_order (order_no TEXT, plant TEXT, material TEXT, batch TEXT, planned_quantity TEXT, unit TEXT, produced_quantity TEXT, status TEXT,
                         received_at TEXT, started_at TEXT, completed_at TEXT, changed_at TEXT, line TEXT);
CREATE TABLE movement (event_id TEXT, order_no TEXT, plant TEXT, kind TEXT, material TEXT, batch TEXT, quantity TEXT, unit TEXT, reverses_event_id TEXT,
                       occurred_at TEXT, recorded_at TEXT);
CREATE TABLE genealogy_link (order_no TEXT, plant TEXT, output_material TEXT, output_batch TEXT, input_material TEXT, input_batch TEXT, recorded_at TEXT);
CREATE TABLE extract_info (as_of TEXT, complete_from TEXT);
"""

WRITTEN_BY = (3_040_000).to_bytes(4, "big")
"""SQLite notes the version of the library that wrote a file, at byte 96: this one for all, so that equal content is equal bytes."""


def extract(company: Company, night: int, folder: Path) -> None:
    """Writes mes.db as the MES stood at its own as_of, a little after the cut."""
    folder.mkdir(parents=True)
    seen = clock.as_of("mes", night)
    file = folder / "mes.db"
    connection = sqlite3.connect(file)
    connection.executescript("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF;" + TABLES)
    orders = [row for order in company.orders if (row := _work_order(order, seen))]
    connection.executemany(f"INSERT INTO work_order VALUES ({_marks(13)})", orders)
    events = sorted((event for order in company.orders for event in order.events), key=lambda event: event.event_id)
    rows = [_movement(event) for event in events if clock.HORIZON <= event.recorded_at <= seen]
    connection.executemany(f"INSERT INTO movement VALUES ({_marks(11)})", rows)
    connection.executemany(f"INSERT INTO genealogy_link VALUES ({_marks(7)})", [row for order in company.orders for row in _links(order, seen)])
    connection.execute("INSERT INTO extract_info VALUES (?, ?)", (clock.zulu(seen), clock.zulu(clock.HORIZON)))
    connection.commit()
    connection.close()
    content = bytearray(file.read_bytes())
    content[96:100] = WRITTEN_BY
    file.write_bytes(content)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def plain(quantity: Decimal) -> str:
    """Without exponent and needless zeros."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _work_order(order: Order, seen: datetime) -> tuple[str | None, ...] | None:
    known = mes.work_order(order, seen)
    if known is None:
        return None
    status, changed, produced = known
    material = order.material
    times = [clock.zulu(at) if at is not None and at <= seen else None for at in (order.received_at, order.started_at, order.completed_at)]
    return (
        order.number,
        PLANT,
        material.number,
        order.batch,
        plain(order.planned),
        material.base_unit,
        plain(produced),
        status,
        *times,
        clock.zulu(changed),
        f"L{int(order.number) % 3 + 1}",
    )


def _movement(event: Event) -> tuple[str | None, ...]:
    return (
        event.event_id,
        event.order.number,
        PLANT,
        event.kind,
        event.material.number,
        event.batch,
        plain(event.quantity),
        event.unit,
        event.reverses.event_id if event.reverses else None,
        clock.local(event.occurred_at).isoformat(),
        clock.zulu(event.recorded_at),
    )


def _links(order: Order, seen: datetime) -> list[tuple[str, ...]]:
    return [
        (order.number, PLANT, order.material.number, order.batch, material, batch, clock.zulu(since))
        for (material, batch), since in mes.links(order, seen).items()
        if since >= clock.HORIZON
    ]
