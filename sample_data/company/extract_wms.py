"""The warehouse side of a night's landing folder: what lies in which bin of the finished goods stores, as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from company import clock, extracts, serials
from company.extract_mes import plain
from company.extract_sap_shipping import handling_units
from company.plant import FINISHED_STORE, PLANTS, WAREHOUSES, Material
from company.sap import BLOCKED, FREE, INSPECTION, RESTRICTED, Line
from company.simulation import Company

STOCK_TYPES = {FREE: "01", INSPECTION: "02", BLOCKED: "07", RESTRICTED: "08"}
TOLD = timedelta(seconds=20)
"""After which the warehouse has what SAP posted."""
BIN_HOLDS = Decimal(2000)
AISLES, PLACES = 6, 40

Quant = tuple[str, Material, str, str]
"""Plant, material, batch and stock type."""


def extract(company: Company, night: int, folder: Path) -> None:
    """Writes what the warehouse system showed at its own as_of."""
    folder.mkdir(parents=True)
    seen = clock.as_of("wms", night)
    known = seen - TOLD
    _write(folder, "stock", "plant material batch storage_location bin stock_type quantity unit available_quantity changed_at", _stock(company, known))
    _write(
        folder,
        "handling_unit",
        "plant handling_unit material batch stock_type quantity unit storage_location delivery available changed_at",
        _handling_units(company, known),
    )
    _write(folder, "serial", "plant material serial_no batch order_no produced_at storage_location available changed_at", _serials(company, known))
    _write(
        folder,
        "location",
        " ".join(["plant storage_location warehouse ewm_managed bin_managed line_side", *extracts.added(night)]),
        ([plant.number, FINISHED_STORE, WAREHOUSES[plant.number], "true", "true", "false", *("1" for _ in extracts.added(night))] for plant in PLANTS),
    )
    (folder / "extract.json").write_text(json.dumps({"as_of": clock.zulu(seen)}, indent=2) + "\n", encoding="utf-8")


def _handling_units(company: Company, at: datetime) -> Iterable[list[str]]:
    gone = {one.number for one in company.sap.deliveries if one.issued_at is not None and one.issued_at <= at}
    for unit, since, plant, material, batch, quantity, delivery, category in handling_units(company.sap, at):
        if delivery not in gone:
            kind, amount = "07" if category else "01", [plain(quantity), material.base_unit]
            yield [plant.number, unit, material.number, batch, kind, *amount, FINISHED_STORE, delivery, str(not category).lower(), clock.zulu(since)]


def _serials(company: Company, at: datetime) -> Iterable[list[str]]:
    for order in company.orders:
        for serial_no, since in serials.received(order, company.sap, at):
            blocked = company.sap.blocked_pieces.get(serial_no)
            is_blocked = blocked is not None and blocked <= at
            changed = blocked if blocked is not None and is_blocked else since
            piece = [order.plant.number, order.material.number, serial_no, order.batch, order.number, "", FINISHED_STORE]
            yield [*piece, str(not is_blocked).lower(), clock.zulu(changed)]


def _stock(company: Company, at: datetime) -> Iterable[list[str]]:
    for (plant, material, batch, kind), place, quantity, changed in bins(company, company.sap.batch_lines, at):
        amounts = [plain(quantity), material.base_unit, plain(quantity) if kind == "01" else "0"]
        yield [plant, material.number, batch, FINISHED_STORE, place, kind, *amounts, clock.zulu(changed)]


def bins(company: Company, batch_lines: Mapping[tuple[str, str], list[Line]], at: datetime) -> Iterator[tuple[Quant, str, Decimal, datetime]]:
    """What lies in which bin, and since when, of the batches of these postings."""
    kept: dict[Quant, tuple[Decimal, datetime]] = {}
    for (_, batch), lines in batch_lines.items():
        for line in lines:
            if line.location == FINISHED_STORE and line.special is None and line.document.posted_at <= at:
                told = line.stock != BLOCKED or _is_told_of_blocks(company, line, at)
                quant = line.plant, line.material, batch, STOCK_TYPES[line.stock if told else FREE]
                signed = line.quantity if line.direction == "S" else -line.quantity
                kept[quant] = kept.get(quant, (Decimal(0), at))[0] + signed, line.document.posted_at
    for since, where, material, batch, quantity in company.register.miscounted:
        quant = where.number, material, batch, STOCK_TYPES[FREE]
        if since <= at and quant in kept:
            kept[quant] = kept[quant][0] + quantity, max(kept[quant][1], since)
    for (plant, material, batch, kind), (quantity, changed) in kept.items():
        left, number = quantity, int(batch)
        while left > 0:
            here = min(left, BIN_HOLDS)
            place = f"{number % AISLES + 1:02d}-{number % PLACES + 1:02d}-{int(kind)}"
            yield (plant, material, batch, kind), place, here, changed
            left, number = left - here, number + 1


def _is_told_of_blocks(company: Company, line: Line, at: datetime) -> bool:
    """Whether the warehouse has heard by then that SAP blocks the batch."""
    told_at = next(
        (told for (plant, key), told in company.register.offered_on.items() if (plant.number, *key) == (line.plant, line.material.number, line.batch)), at
    )
    return told_at is not None and told_at <= at


def _write(folder: Path, table: str, columns: str, rows: Iterable[list[str]]) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split())
        writer.writerows(rows)
