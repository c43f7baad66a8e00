"""Where an order's components come from: lots of bought material, and batches that earlier orders made."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from company.agenda import Agenda
from company.clock import minutes
from company.plant import Material, Plant
from company.sap import Sap

PLANNED_SHARE = Decimal("0.75")
"""The rest of a lot is never planned: it covers what is posted twice or too high."""


@dataclass
class _Stock:
    batch: str
    left: Decimal
    free_from: datetime


class Lots:
    """Hands out batches; what is bought appears in SAP as a receipt some days before."""

    def __init__(self, plant: Plant, sap: Sap, agenda: Agenda, rng: random.Random, first_number: int = 100) -> None:
        self._plant, self._sap, self._agenda, self._rng = plant, sap, agenda, rng
        self._stocks: dict[str, list[_Stock]] = defaultdict(list)
        self._numbers: dict[str, int] = defaultdict(lambda: first_number)

    def buy(self, material: Material, quantity: Decimal, needed_at: datetime, dated: date | None = None, days_old: int = 20) -> str:
        """A fresh lot of `quantity`. All materials number their lots alike, and now and then a number comes again without its zeros: another batch."""
        self._numbers[material.number] += 1
        number = self._numbers[material.number]
        batch = f"{number - 1}" if number % 7 == 0 else f"{number:010d}"
        received = needed_at - timedelta(days=self._rng.randint(1, 3)) - minutes(0, 300, self._rng)
        self._agenda.at(received, lambda: self._sap.buy(received, self._plant, material, batch, quantity, "WKRAUSE", dated, days_old))
        return batch

    def take(self, material: Material, quantity: Decimal, needed_at: datetime, reserve: Decimal) -> str | None:
        """A batch from which `quantity` may be consumed at `needed_at` (and `reserve` more by mistake); None where batches are not kept.

        What nobody made in time is bought, semi-finished goods from a contract manufacturer.
        """
        if not material.batch_managed:
            return None
        stocks = self._stocks[material.number]
        stock = next((stock for stock in stocks if stock.left >= quantity + reserve and stock.free_from <= needed_at), None)
        if stock is None:
            size = ((quantity + reserve) * 8).quantize(Decimal(1)) + 1
            stock = _Stock(self.buy(material, size, needed_at), size * PLANNED_SHARE, needed_at)
            stocks[:] = [old for old in stocks if old.left > quantity] + [stock]
        stock.left -= quantity + reserve
        return stock.batch

    def make(self, material: Material, batch: str, quantity: Decimal, free_from: datetime) -> None:
        """Puts a semi-finished batch at the disposal of later orders."""
        self._stocks[material.number].append(_Stock(batch, quantity * PLANNED_SHARE, free_from))
