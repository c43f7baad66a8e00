"""What befalls which orders: the damages and the lawful oddities, how often, and when they may happen. An order has one story at most."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from company import clock
from company.clock import between

Place = Literal["settled", "before the cut", "across the cut", "ending at the cut", "at the outage", "any", "never run", "beyond horizon", "before history"]

LONGEST = timedelta(hours=9)
"""No order runs longer, but those that cross the horizon."""


@dataclass(frozen=True)
class Story:
    """One kind of thing that can befall an order."""

    name: str
    minimum: int
    """In the smallest company."""
    share: float
    """Of all orders."""
    place: Place
    finished_goods: bool = False
    """Only an order whose output no other order consumes."""
    variants: int = 1


STORIES = (
    # damages; the names are those of causes.yaml
    Story("consumption message lost", 4, 0.0012, "settled", variants=2),
    Story("receipt message lost", 3, 0.0010, "settled", finished_goods=True, variants=2),
    Story("final confirmation lost", 4, 0.0022, "settled", variants=2),
    Story("order download lost", 3, 0.0010, "never run"),
    Story("reversal message lost", 4, 0.0012, "settled", variants=2),
    Story("component issued to the wrong order", 3, 0.0010, "settled"),
    Story("issued from another batch", 4, 0.0015, "settled", variants=3),
    Story("dosed too much", 3, 0.0010, "settled"),
    Story("doses never recorded", 3, 0.0010, "settled", finished_goods=True),
    Story("unlisted material used", 3, 0.0010, "settled"),
    Story("receipt dated late", 3, 0.0010, "settled"),
    Story("order never released", 3, 0.0010, "settled", finished_goods=True),
    Story("order changed after download", 3, 0.0010, "never run"),
    Story("cancelled after download", 3, 0.0010, "never run"),
    Story("order made up in the MES", 3, 0.0010, "never run"),
    Story("technically completed too early", 3, 0.0010, "never run"),
    Story("released incomplete", 3, 0.0011, "never run", variants=2),
    Story("downloaded to both plants", 3, 0.0010, "never run"),
    Story("activity after the end", 3, 0.0011, "settled", variants=2),
    Story("pumped back into the tank", 3, 0.0010, "settled"),
    Story("component left out", 3, 0.0010, "settled"),
    Story("backflush failed", 3, 0.0010, "settled"),
    Story("operation report lost", 3, 0.0010, "settled"),
    Story("confirmation keyed wrongly", 6, 0.0033, "settled", variants=3),
    Story("by-product message lost", 3, 0.0010, "settled"),
    Story("scrap message lost", 3, 0.0010, "settled"),
    Story("consumption message late", 3, 0.0010, "before the cut"),
    Story("receipt message late", 3, 0.0010, "before the cut", finished_goods=True),
    Story("final confirmation late", 3, 0.0010, "before the cut"),
    Story("order download late", 3, 0.0010, "never run"),
    Story("consumption message doubled", 3, 0.0010, "settled"),
    Story("receipt message doubled", 3, 0.0010, "settled", finished_goods=True),
    Story("consumption posted in the wrong unit", 3, 0.0010, "settled", variants=2),
    Story("receipt posted in the wrong unit", 3, 0.0010, "settled", finished_goods=True),
    Story("average posted in place of the weight", 3, 0.0010, "settled"),
    Story("dose rounded to nothing", 3, 0.0010, "settled", finished_goods=True),
    Story("link lost", 3, 0.0010, "settled"),
    Story("booked below nothing", 4, 0.0020, "settled", variants=2),
    Story("trifle lost", 3, 0.0010, "settled"),
    Story("conflicting duplicate in the extract", 3, 0.0010, "settled", variants=2),
    Story("unit without conversion", 3, 0.0010, "settled", finished_goods=True),
    Story("before history", 3, 0.0010, "before history", variants=2),
    Story("interface down", 7, 0.0, "at the outage"),
    # lawful
    Story("reversed pair", 4, 0.004, "any", variants=2),
    Story("inside tolerance by one step", 4, 0.003, "any", variants=2),
    Story("split under one reference", 3, 0.003, "any"),
    Story("late within the settle time", 3, 0.003, "any"),
    Story("under-delivery within tolerance", 3, 0.003, "any"),
    Story("short delivery closed by hand", 3, 0.002, "any", finished_goods=True),
    Story("cancelled confirmation", 3, 0.003, "any"),
    Story("marked rework", 2, 0.002, "settled"),
    Story("moving at the cut", 4, 0.0015, "across the cut"),
    Story("completing at the cut", 4, 0.004, "ending at the cut"),
    Story("beyond the download horizon", 3, 0.002, "beyond horizon"),
)

LONG_LIFE = ("settled", "never run")
"""Places whose damages may be born on any night, and may be healed by hand."""


@dataclass(frozen=True)
class Slot:
    """A planned start of an order and what will befall it."""

    start: datetime
    duration: timedelta
    story: str
    finished_goods: bool
    variant: int = 0
    night: int = 1
    """Before whose cut it happens."""
    healed_on: int | None = None
    """The night after which somebody repairs the damage by hand; None: nobody does."""


def slots(orders: int, nights: int, rng: random.Random) -> list[Slot]:
    """The starts of `orders` orders, in order of time: first the stories, then everyday orders until there are enough."""
    planned = [_slot(story, number, nights, rng) for story in STORIES for number in range(max(story.minimum, round(orders * story.share)))]
    end = clock.cut(nights)
    while len(planned) < orders:
        start = between(clock.OPENING, end, rng)
        planned.append(Slot(start, _duration(rng), "", start > clock.OPENING + timedelta(days=3) and rng.random() < 0.95))
    return sorted(planned, key=lambda slot: slot.start)


def _duration(rng: random.Random) -> timedelta:
    return clock.minutes(240, LONGEST.total_seconds() / 60, rng)


def _slot(story: Story, number: int, nights: int, rng: random.Random) -> Slot:
    """Damages take turns: before night 1 for good, before night 1 and healed, before night 2 for good, …"""
    duration = _duration(rng)
    variant = number % story.variants
    turn = number // story.variants
    night, healed = 1, None
    if story.place in LONG_LIFE:
        night = 1 if turn % 3 < 2 or nights == 1 else rng.randint(2, nights)
        healed = night if turn % 3 == 1 else None
    elif story.place in ("before the cut", "across the cut", "ending at the cut"):
        night = 1 + number % nights
    cut = clock.cut(night)
    match story.place:
        case "settled":
            first = clock.OPENING + timedelta(days=4) if night == 1 else clock.cut(night - 1) + timedelta(hours=2)
            start = between(first, cut - timedelta(hours=7) - LONGEST, rng)
        case "before the cut":
            start = between(cut - timedelta(hours=20), cut - timedelta(hours=7) - LONGEST, rng)
        case "across the cut":
            start = cut - clock.minutes(160, 220, rng)
        case "ending at the cut":
            start, end = cut - duration, cut + (timedelta(minutes=3) if number % 4 == 3 else -clock.minutes(2, 20, rng))
            duration = end - start
        case "at the outage":
            start = clock.OUTAGE[0] - clock.minutes(30, 180, rng)
        case "never run":
            start = cut + timedelta(days=1)
        case "beyond horizon":
            start = clock.cut(nights) + timedelta(days=10 + number % 5)
        case "before history":
            start, duration = clock.HORIZON - clock.minutes(17 * 60, 27 * 60, rng), timedelta(hours=36)
        case _:
            start = between(clock.OPENING + timedelta(days=4 if story.finished_goods else 0), clock.cut(nights) - timedelta(hours=12), rng)
    return Slot(start, duration, story.name, story.finished_goods, variant, night, healed)
