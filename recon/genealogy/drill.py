"""A recall exercise: batches drawn from a run, each traced both ways, with how long it took and how much of it is accounted for.

Recall exercises ask for both: how soon every affected batch and customer is named, and what share of the batch's quantity was found (consumed, delivered,
scrapped, posted elsewhere, or in stock). What is drawn depends on the run alone, so that an exercise can be repeated, and nobody can prepare for it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal

from recon.genealogy.trace import BEFORE_HISTORY, Batch, Genealogy

ENOUGH = (Decimal("0.999"), Decimal("1.001"))
"""A batch is accounted for between these shares; more than was there is as wrong as less."""


@dataclass(frozen=True)
class Drilled:
    """How one batch did."""

    number: int
    batch: Batch
    unit: str
    seconds: float
    """For both directions in all three views, deliveries, holds and gaps included."""
    backward: int
    """Batches that it was made of."""
    forward: int
    """Batches that were made of it."""
    deliveries: int
    """Of it and of what was made of it."""
    customers: int
    held: int
    """Batches on the way, itself included, with an open hold or a rejection."""
    parts: int
    """Links that only one of SAP and the MES has."""
    gaps: int
    """Batches at which a chain ends without an origin."""
    before_history: int
    """Batches at which a chain ends because the sources do not reach further back."""
    accounted: Decimal | None
    """Share of its quantity that is somewhere; None: SAP tells of none that came."""
    unaccounted: int
    """Batches made of it of which less, or more, than came is somewhere."""
    doubts: list[str]
    """What the sources of the plants on the way leave open."""


def drilled(genealogy: Genealogy, count: int) -> list[Drilled]:
    """The exercise with `count` batches; fewer where the run has fewer that were shipped or made."""
    return [_one(genealogy, number) for number in genealogy.drawn(count)]


def _one(genealogy: Genealogy, number: int) -> Drilled:
    begun = time.perf_counter()
    backward, forward = genealogy.walk(number, "backward"), genealogy.walk(number, "forward")
    deliveries = [delivery for batch in forward.depth for delivery in genealogy.deliveries(batch)]
    held = sum(genealogy.held(batch) for batch in {**backward.depth, **forward.depth})
    parts = len({*genealogy.parts(backward), *genealogy.parts(forward)})
    ends = {gap.batch: gap.reason == BEFORE_HISTORY for gap in genealogy.gaps(backward)}
    seconds = time.perf_counter() - begun
    shares = [genealogy.accounted(batch) for batch in forward.depth if batch != number]
    return Drilled(
        number,
        genealogy.batch(number),
        genealogy.columns["batch.unit"][number],
        seconds,
        len(backward.depth) - 1,
        len(forward.depth) - 1,
        len(deliveries),
        len({delivery.customer for delivery in deliveries if delivery.customer}),
        held,
        parts,
        len(ends) - sum(ends.values()),
        sum(ends.values()),
        genealogy.accounted(number),
        sum(share is not None and not is_enough(share) for share in shares),
        genealogy.doubts({**backward.depth, **forward.depth}),
    )


def is_enough(share: Decimal) -> bool:
    """Whether a batch of which this share is somewhere is accounted for."""
    return ENOUGH[0] <= share <= ENOUGH[1]
