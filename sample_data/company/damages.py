"""What goes wrong: each function damages the messages of an order, says so in the register, and where it will be healed puts that on the agenda.

What each damage must lead to is written in causes.yaml.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from company import clock, mes
from company.clock import minutes
from company.orders import Passage
from company.plant import FILM, sap_quantity
from company.scene import Scene


def consumption_message_lost(scene: Scene) -> None:
    scene.lose(scene.one_of_several_doses() if scene.slot.variant else scene.single_dose())


def receipt_message_lost(scene: Scene) -> None:
    scene.lose(scene.last_receipt())


def final_confirmation_lost(scene: Scene) -> None:
    order, sap = scene.order, scene.sap
    scene.register.damage(scene.slot.story, order, *(event for event in order.events if event.calculated))
    assert order.completed_at is not None
    if scene.slot.variant:  # it did arrive, was cancelled by mistake, and its repetition is what was lost
        cancelled = order.completed_at + minutes(30, 90, scene.rng)
        scene.agenda.at(cancelled, lambda: sap.cancel_confirmation(order.number, cancelled))
    else:
        order.confirmation.delay = None
    scene.heal(scene.confirm_by_hand)


def order_download_lost(scene: Scene) -> None:
    order = scene.order
    scene.register.damage(scene.slot.story, order)
    order.download = Passage(None)
    if scene.slot.healed_on is not None:
        resent = clock.office_hours(clock.cut(scene.slot.healed_on).date(), scene.rng, zone=order.plant.zone)
        order.download = Passage(resent - order.released_at)


def reversal_message_lost(scene: Scene) -> None:
    if scene.slot.variant:  # a portion is taken back and weighed again
        wrong = scene.one_of_several_doses()
        again = mes.take_back(wrong, scene.rng)
        repeated = mes.record(
            wrong.order,
            "consumption",
            wrong.material,
            wrong.batch,
            wrong.location,
            wrong.quantity * 7 / 10,
            again.occurred_at + minutes(3, 9, scene.rng),
            scene.rng,
        )
        scene.order.events += [again, repeated]
    else:  # a wrong container was scanned
        right = scene.single_dose()
        batch = scene.lots.buy(right.material, right.base * 2 + 1, right.occurred_at)
        wrong = mes.record(
            right.order, "consumption", right.material, batch, right.location, right.quantity, right.occurred_at - minutes(8, 15, scene.rng), scene.rng
        )
        again = mes.take_back(wrong, scene.rng)
        scene.order.events += [wrong, again]
    scene.lose(again)


def consumption_message_late(scene: Scene) -> None:
    scene.delay(scene.single_dose())


def receipt_message_late(scene: Scene) -> None:
    scene.delay(scene.last_receipt())


def final_confirmation_late(scene: Scene) -> None:
    scene.register.damage(scene.slot.story, scene.order, *(event for event in scene.order.events if event.calculated))
    assert scene.order.completed_at is not None
    scene.order.confirmation.delay = scene.after_the_cut() - scene.order.completed_at


def order_download_late(scene: Scene) -> None:
    scene.register.damage(scene.slot.story, scene.order)
    scene.order.download.delay = scene.after_the_cut() - scene.order.released_at


def consumption_message_doubled(scene: Scene) -> None:
    scene.repeat(scene.one_of_several_doses())


def receipt_message_doubled(scene: Scene) -> None:
    scene.repeat(scene.last_receipt())


def consumption_posted_in_the_wrong_unit(scene: Scene) -> None:
    if scene.slot.variant:  # pallets of caps taken for single caps
        scene.mistake_unit(next(event for event in scene.order.consumptions() if event.unit == "PAL"))
    else:  # grams taken for kilograms
        scene.mistake_unit(scene.single_dose())


def receipt_posted_in_the_wrong_unit(scene: Scene) -> None:
    scene.mistake_unit(scene.last_receipt())


def dose_rounded_to_nothing(scene: Scene) -> None:
    event = scene.single_dose()
    event.quantity = Decimal(scene.rng.choice(("0.2", "0.3", "0.4")))
    event.base = event.quantity * event.material.mes_factor
    scene.register.damage(scene.slot.story, scene.order, event)


def conflicting_duplicate_in_the_extract(scene: Scene) -> None:
    event = scene.last_receipt() if scene.slot.variant else scene.one_of_several_doses()
    scene.register.misread.append(event)
    scene.register.damage(scene.slot.story, scene.order, event)


def unit_without_conversion(scene: Scene) -> None:
    event = next(event for event in scene.order.consumptions() if event.material is FILM)
    event.passage.lines = (sap_quantity(event.base),)
    event.quantity, event.unit = (event.base / 250).quantize(Decimal("0.01")), "ROL"
    scene.register.damage(scene.slot.story, scene.order, event)


def before_history(scene: Scene) -> None:
    scene.register.damage(scene.slot.story, scene.order)
    if scene.slot.variant:  # never reached the MES, and nobody can say why any more
        scene.order.download = Passage(None)


HAPPEN: dict[str, Callable[[Scene], None]] = {
    "consumption message lost": consumption_message_lost,
    "receipt message lost": receipt_message_lost,
    "final confirmation lost": final_confirmation_lost,
    "order download lost": order_download_lost,
    "reversal message lost": reversal_message_lost,
    "consumption message late": consumption_message_late,
    "receipt message late": receipt_message_late,
    "final confirmation late": final_confirmation_late,
    "order download late": order_download_late,
    "consumption message doubled": consumption_message_doubled,
    "receipt message doubled": receipt_message_doubled,
    "consumption posted in the wrong unit": consumption_posted_in_the_wrong_unit,
    "receipt posted in the wrong unit": receipt_posted_in_the_wrong_unit,
    "dose rounded to nothing": dose_rounded_to_nothing,
    "conflicting duplicate in the extract": conflicting_duplicate_in_the_extract,
    "unit without conversion": unit_without_conversion,
    "before history": before_history,
}
"""Story → what it does."""
