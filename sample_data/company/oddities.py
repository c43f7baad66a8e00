"""What merely looks wrong: each function makes an order odd in a way that is lawful, and has it counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from company import clock, mes
from company.clock import minutes
from company.orders import Event, Passage
from company.plant import sap_quantity
from company.scene import Scene


def reversed_pair(scene: Scene) -> None:
    wrong = scene.one_of_several_doses()
    again = mes.take_back(wrong, scene.rng)
    again.passage.by_hand = bool(scene.slot.variant)
    right = mes.record(
        wrong.order,
        "consumption",
        wrong.material,
        wrong.batch,
        wrong.location,
        wrong.quantity * 98 / 100,
        again.occurred_at + minutes(3, 9, scene.rng),
        scene.rng,
    )
    scene.order.events += [again, right]
    scene.register.note("reversed pair, by hand" if again.passage.by_hand else "reversed pair, linked", again.recorded_at + timedelta(hours=1))


def inside_tolerance_by_one_step(scene: Scene) -> None:
    """The scale of the warehouse shows a little more or less than that of the line: half a percent less one step of the last decimal."""
    event = scene.single_dose()
    event.base = sap_quantity(event.base)
    event.quantity = event.base / event.material.mes_factor
    step = (event.base * Decimal("0.005")).quantize(Decimal("0.001"), ROUND_FLOOR) - Decimal("0.001")
    event.passage.lines = (event.base + (step if scene.slot.variant else -step),)
    scene.note(event.recorded_at)


def split_under_one_reference(scene: Scene) -> None:
    event = scene.single_dose()
    whole = sap_quantity(event.base)
    part = sap_quantity(whole * Decimal("0.4"))
    event.passage.lines = (part, whole - part)
    scene.note(event.recorded_at)


def late_within_the_settle_time(scene: Scene) -> None:
    event = scene.rng.choice(scene.order.sent())
    event.passage.delay = minutes(30, 100, scene.rng)
    scene.note(event.recorded_at)


def under_delivery_within_tolerance(scene: Scene) -> None:
    scene.note(scene.last_receipt().recorded_at)


def short_delivery_closed_by_hand(scene: Scene) -> None:
    order, sap = scene.order, scene.sap
    assert order.completed_at is not None
    at = order.completed_at + minutes(20, 60, scene.rng)
    scene.agenda.at(at, lambda: sap.complete_delivery(order.number, at))
    scene.note(at)


def cancelled_confirmation(scene: Scene) -> None:
    """An operator takes the final report back and repeats it: both systems say so."""
    order, rng = scene.order, scene.rng
    assert order.completed_at is not None
    wrong = order.final_report()
    cancelled = order.completed_at + minutes(20, 60, rng)
    repeated = cancelled + minutes(12, 25, rng)
    mes.cancel_report(order, wrong, cancelled, rng)
    again = replace(wrong, recorded_at=repeated, passage=mes.usual_passage(rng))
    order.reports.append(again)
    mes.backflush(order, again, rng)
    scene.note(repeated + timedelta(minutes=10))


def marked_rework(scene: Scene) -> None:
    """Some of the batch is worked up again: the order lists it, and the MES marks the link."""
    order = scene.order
    order.rework = True
    order.recipe = replace(order.recipe, components=(*order.recipe.components, (order.material, Decimal("0.02"))))
    scene.note(mes.pump_back(order, scene.rng).recorded_at)


def moving_at_the_cut(scene: Scene) -> None:
    """One dose is recorded just before the cut and posted just after it; another lies two hours back and was posted minutes ago."""
    cut, rng = clock.cut(scene.slot.night), scene.rng
    _move(scene.single_dose(), cut - minutes(3, 8, rng), cut + minutes(2, 6, rng))
    _move(scene.one_of_several_doses(), cut - timedelta(hours=2) - minutes(3, 8, rng), cut - minutes(10, 25, rng))


def _move(event: Event, recorded: datetime, posted: datetime) -> None:
    event.occurred_at, event.recorded_at = recorded - timedelta(seconds=5), recorded
    event.passage.delay = posted - recorded


def completing_at_the_cut(scene: Scene) -> None:
    assert scene.order.completed_at is not None
    posted = clock.cut(scene.slot.night) + minutes(4, 9, scene.rng)
    scene.order.confirmation.delay = posted - scene.order.completed_at


def beyond_the_download_horizon(scene: Scene) -> None:
    scene.order.download = Passage(None)
    scene.note(scene.order.released_at)


HAPPEN: dict[str, Callable[[Scene], None]] = {
    "reversed pair": reversed_pair,
    "inside tolerance by one step": inside_tolerance_by_one_step,
    "split under one reference": split_under_one_reference,
    "late within the settle time": late_within_the_settle_time,
    "under-delivery within tolerance": under_delivery_within_tolerance,
    "short delivery closed by hand": short_delivery_closed_by_hand,
    "cancelled confirmation": cancelled_confirmation,
    "marked rework": marked_rework,
    "moving at the cut": moving_at_the_cut,
    "completing at the cut": completing_at_the_cut,
    "beyond the download horizon": beyond_the_download_horizon,
}
"""Story → what it does."""
