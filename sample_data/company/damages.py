"""What goes wrong: each function damages the messages of an order, says so in the register, and where it will be healed puts that on the agenda.

What each damage must lead to is written in causes.yaml.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from company import clock, mes
from company.clock import minutes
from company.orders import Passage
from company.plant import DYE, FILM, SCENT, sap_quantity
from company.scene import CLERK, Scene


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
        scene.heal(lambda at: scene.confirm_by_hand(at, order.final_report().report_id))
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
            wrong.quantity * 97 / 100,
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


def component_issued_to_the_wrong_order(scene: Scene) -> None:
    used, order = scene.single_dose(), scene.order
    batch = scene.lots.buy(used.material, used.base * 2 + 1, used.occurred_at)
    at = used.occurred_at + minutes(10, 40, scene.rng)
    mistaken = mes.record(order, "consumption", used.material, batch, used.location, used.quantity, at, scene.rng)  # which the MES never saw
    scene.register.damage(scene.slot.story, order, mistaken)
    scene.agenda.at(at, lambda: scene.post_by_hand(mistaken, at))
    quantity, zone = sap_quantity(mistaken.base), order.plant.zone

    def give_back(later: datetime) -> None:
        day = clock.local(later, zone).date()
        scene.sap.take_back(later, order.number, mistaken.material, batch, mistaken.location, quantity, day, "", CLERK)

    scene.heal(give_back)


def issued_from_another_batch(scene: Scene) -> None:
    """The warehouse issues from a lot of its own choosing; or the number is mistyped at the line, and the warehouse issues what it gave out."""
    dose, order, sap = scene.single_dose(), scene.order, scene.sap
    right = dose.batch
    if scene.slot.variant:
        dose.passage.batch, dose.batch = right, f"9{dose.batch}"[:10]
    else:
        dose.passage.batch = scene.lots.buy(dose.material, dose.base * 2 + 1, dose.occurred_at)
    issued = replace(dose, batch=dose.passage.batch)
    scene.register.damage(scene.slot.story, order, dose, issued)
    if not scene.slot.variant:

        def swap(at: datetime) -> None:
            day = clock.local(at, order.plant.zone).date()
            sap.take_back(at, order.number, dose.material, issued.batch, dose.location, sap_quantity(dose.base), day, "", CLERK)
            scene.post_by_hand(dose, at)

        scene.heal(swap)


def dosed_too_much(scene: Scene) -> None:
    scene.register.damage(scene.slot.story, scene.order)


def doses_never_recorded(scene: Scene) -> None:
    """The scales were off the network: nobody knows what went in."""
    scene.order.events = [event for event in scene.order.events if event.kind != "consumption"]
    scene.register.damage(scene.slot.story, scene.order)


def unlisted_material_used(scene: Scene) -> None:
    """The line takes what it thinks fit, and says so to SAP."""
    order, dose = scene.order, scene.single_dose()
    material = next(one for one in (DYE, SCENT) if one not in [component for component, _ in order.recipe.components])
    quantity = Decimal(scene.rng.randint(50, 90))
    batch = scene.lots.buy(material, quantity * material.mes_factor * 2 + 1, dose.occurred_at)
    event = mes.record(order, "consumption", material, batch, material.store, quantity, dose.occurred_at + minutes(2, 8, scene.rng), scene.rng)
    order.events.append(event)
    scene.register.damage(scene.slot.story, order, event)


def receipt_dated_late(scene: Scene) -> None:
    """Whoever receives a lot posts it for a day after the one on which it is used."""
    dose = scene.single_dose()
    day = clock.local(dose.occurred_at, scene.order.plant.zone).date() + timedelta(days=2)
    dose.batch = scene.lots.buy(dose.material, dose.base * 2 + 1, dose.occurred_at, day)
    scene.register.damage(scene.slot.story, scene.order, dose)


def order_never_released(scene: Scene) -> None:
    """The MES got it all the same, and ran it; SAP accepts nothing for it."""
    order = scene.order
    order.unreleased = True
    for event in order.events:
        event.passage = Passage(None)
    for report in order.reports:
        report.passage = Passage(None)
    scene.register.damage(scene.slot.story, order, *order.events)


def order_changed_after_download(scene: Scene) -> None:
    scene.order.told = scene.order.planned + scene.order.recipe.lot[2]
    scene.register.damage(scene.slot.story, scene.order)


def cancelled_after_download(scene: Scene) -> None:
    order, at = scene.order, scene.order.released_at + minutes(60, 180, scene.rng)
    scene.agenda.at(at, lambda: scene.sap.flag_for_deletion(order.number, at))
    scene.register.damage(scene.slot.story, order)


def operation_report_lost(scene: Scene) -> None:
    report = scene.order.reports[0]
    report.passage = Passage(None)
    scene.register.damage(scene.slot.story, scene.order)
    scene.heal(lambda at: scene.confirm_by_hand(at, report=report))


def confirmation_keyed_wrongly(scene: Scene) -> None:
    report, order = scene.order.final_report(), scene.order
    quantity, scrap, (setup, machine, labour) = report.quantity, report.scrap, report.minutes
    report.keyed = (
        (quantity + order.planned / 10, scrap, report.minutes),
        (quantity, scrap + 15, report.minutes),
        (quantity, scrap, (setup, machine * 2 + 10, labour)),
    )[scene.slot.variant]
    scene.register.damage(scene.slot.story, order)

    def enter_again(at: datetime) -> None:
        scene.sap.cancel_confirmation(order.number, at)
        scene.confirm_by_hand(at, report.report_id)

    scene.heal(enter_again)


def by_product_message_lost(scene: Scene) -> None:
    order = scene.order
    mes.make_besides(order, scene.rng)
    event = order.besides()[0]
    event.passage = Passage(None)
    scene.register.damage(scene.slot.story, order, event)
    quantity, is_co_product = sap_quantity(event.base), event.kind == "output"

    def receive(at: datetime) -> None:
        day = clock.local(at, order.plant.zone).date()
        scene.sap.receive_besides(at, order, event.material, event.batch, quantity, is_co_product, day, event.event_id)

    scene.heal(receive)


def scrap_message_lost(scene: Scene) -> None:
    order, dose = scene.order, scene.one_of_several_doses()
    event = mes.spill(order, dose, scene.rng)
    event.passage = Passage(None)
    order.events.append(event)
    scene.register.damage(scene.slot.story, order, event)

    def post(at: datetime) -> None:
        day = clock.local(at, order.plant.zone).date()
        scene.sap.scrap(at, order, event.material, event.batch, event.location, sap_quantity(event.base), day, event.event_id)

    scene.heal(post)


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
    "component issued to the wrong order": component_issued_to_the_wrong_order,
    "issued from another batch": issued_from_another_batch,
    "dosed too much": dosed_too_much,
    "doses never recorded": doses_never_recorded,
    "unlisted material used": unlisted_material_used,
    "receipt dated late": receipt_dated_late,
    "order never released": order_never_released,
    "order changed after download": order_changed_after_download,
    "cancelled after download": cancelled_after_download,
    "operation report lost": operation_report_lost,
    "confirmation keyed wrongly": confirmation_keyed_wrongly,
    "by-product message lost": by_product_message_lost,
    "scrap message lost": scrap_message_lost,
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
