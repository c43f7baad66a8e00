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
from company.idocs import DEFICIT, DONE, NO_PORT, NOT_ALLOWED, PERIOD, POSTED, READY, READY_TO_SEND, Idoc
from company.orders import Passage
from company.plant import DYE, FILM, PLANTS, SCENT, sap_quantity
from company.register import DeadLetter
from company.scene import CLERK, Scene


def consumption_message_lost(scene: Scene) -> None:
    """It is not sent, or SAP does not find enough of the batch."""
    if scene.slot.variant:
        scene.lose(scene.one_of_several_doses())
    else:
        scene.lose(scene.single_dose(), DEFICIT)


def receipt_message_lost(scene: Scene) -> None:
    scene.lose(scene.last_receipt(), PERIOD if scene.slot.variant else None)


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
    failed = Idoc(order, order.released_at, [(order.released_at, "30", READY_TO_SEND), (order.released_at + timedelta(seconds=20), "02", NO_PORT)])
    scene.sap.idocs.append(failed)
    if scene.slot.healed_on is not None:
        resent = clock.office_hours(clock.cut(scene.slot.healed_on).date(), scene.rng, zone=order.plant.zone)
        order.download = Passage(resent - order.released_at)
        failed.give_up(resent)


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
    """The warehouse issues from a lot of its own choosing; or the number is mistyped at the line, or the label of an empty container is scanned there, and the
    warehouse issues what it gave out.
    """
    dose, order, sap = scene.single_dose(), scene.order, scene.sap
    right = dose.batch
    if scene.slot.variant == 2:
        dose.passage.batch, dose.batch = right, scene.lots.buy(dose.material, (dose.base / 2).quantize(Decimal("0.001")), dose.occurred_at)
    elif scene.slot.variant:
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
    dose.batch = scene.lots.buy(dose.material, dose.base * 2 + 1, dose.occurred_at, day, days_old=5)
    scene.register.damage(scene.slot.story, scene.order, dose)


def order_never_released(scene: Scene) -> None:
    """The MES got it all the same, and ran it; SAP accepts nothing for it."""
    order = scene.order
    order.unreleased = True
    for event in order.events:
        event.passage = Passage(None)
        if not event.calculated:
            scene.refuse(event, NOT_ALLOWED)
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


def order_made_up(scene: Scene) -> None:
    """A supervisor opens an order in the MES, and none in SAP."""
    scene.register.damage(scene.slot.story, scene.order)


def technically_completed_too_early(scene: Scene) -> None:
    """A planner ends an order that the MES goes on offering."""
    order, sap, at = scene.order, scene.sap, scene.order.released_at + minutes(60, 180, scene.rng)
    scene.agenda.at(at, lambda: sap.end(order.number, at))
    scene.register.damage(scene.slot.story, order)
    scene.heal(lambda later: sap.revoke_end(order.number, later))


def released_incomplete(scene: Scene) -> None:
    scene.order.lacks = ("components", "operations")[scene.slot.variant]
    scene.register.damage(scene.slot.story, scene.order)


def downloaded_to_both_plants(scene: Scene) -> None:
    """The middleware sends it to the MES of the other plant as well."""
    scene.order.also_in = PLANTS[1 - PLANTS.index(scene.order.plant)]
    scene.register.damage(scene.slot.story, scene.order)


def activity_after_the_end(scene: Scene) -> None:
    """Half an hour after the planner has ended the order, the line books a little more; where it was closed too, SAP refuses that. It is within tolerance."""
    order, sap, rng = scene.order, scene.sap, scene.rng
    assert order.completed_at is not None
    ended = order.completed_at + minutes(60, 90, rng)
    scene.agenda.at(ended, lambda: sap.end(order.number, ended, closed=bool(scene.slot.variant)))
    dose = scene.one_of_several_doses()
    late = mes.record(
        order, "consumption", dose.material, dose.batch, dose.location, mes.weighed(dose.quantity / 300, dose.material), ended + minutes(25, 40, rng), rng
    )
    if scene.slot.variant:
        late.passage = Passage(None)
        scene.refuse(late, NOT_ALLOWED)
    order.events.append(late)
    scene.register.damage(scene.slot.story, order, late)


def pumped_back(scene: Scene) -> None:
    """Some of the batch is put into the tank it came from, and booked as its own component."""
    event = mes.pump_back(scene.order, scene.rng)
    scene.register.damage(scene.slot.story, scene.order, event)


def component_left_out(scene: Scene) -> None:
    """Nobody puts it in, or nobody says so, in either system."""
    scene.order.events.remove(scene.single_dose())
    scene.register.damage(scene.slot.story, scene.order)


def backflush_failed(scene: Scene) -> None:
    """SAP books the confirmations, and finds nothing to issue with them in the place where it looks."""
    order, sap = scene.order, scene.sap
    order.cannot_backflush = True
    scene.register.damage(scene.slot.story, order, *(event for event in order.events if event.calculated))
    scene.heal(lambda at: sap.post_failed(at, order.number, CLERK))


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
    letter = DeadLetter(event, event.recorded_at + timedelta(minutes=10))
    scene.register.dead_letters.append(letter)

    def post(at: datetime) -> None:
        letter.discarded_at = at
        day = clock.local(at, order.plant.zone).date()
        scene.sap.scrap(at, order, event.material, event.batch, event.location, sap_quantity(event.base), day, event.event_id)

    scene.heal(post)


def consumption_message_late(scene: Scene) -> None:
    """It waits in SAP for a job that runs hours later."""
    dose = scene.single_dose()
    scene.delay(dose)
    at, posted = dose.recorded_at + timedelta(seconds=scene.rng.randint(5, 90)), dose.passage.arrival(dose.recorded_at)
    assert posted is not None
    scene.sap.idocs.append(Idoc(dose, at, [(at, "64", READY), (posted, POSTED, DONE)]))


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


def link_lost(scene: Scene) -> None:
    """The dose is recorded, and in the MES's genealogy it leads to nothing."""
    order, dose = scene.order, scene.single_dose()
    order.unlinked[dose.key] = None
    scene.register.damage(scene.slot.story, order, dose)

    def enter(at: datetime) -> None:
        order.unlinked[dose.key] = at

    scene.heal(enter)


def booked_below_nothing(scene: Scene) -> None:
    """The number of the lot is mistyped at the line, or more goes in than the lot held. SAP issues it all the same: the store may owe."""
    dose = scene.single_dose()
    assert dose.batch is not None
    if scene.slot.variant:
        dose.batch = scene.lots.buy(dose.material, (dose.base / 2).quantize(Decimal("0.001")), dose.occurred_at, days_old=2)
    else:
        dose.batch = f"9{int(dose.batch) % 100_000:05d}{scene.order.number[-4:]}"  # a number that no other order mistypes
    scene.sap.may_be_owed.add((dose.material.number, dose.batch))
    scene.register.damage(scene.slot.story, scene.order, dose)


def trifle_lost(scene: Scene) -> None:
    """A little more of a by-product is reported, well within tolerance, and the message never arrives."""
    order, rng = scene.order, scene.rng
    mes.make_besides(order, rng)
    whole = order.besides()[0]
    quantity = mes.weighed(whole.quantity / 400, whole.material)
    rest = mes.record(order, whole.kind, whole.material, whole.batch, whole.location, quantity, whole.occurred_at + minutes(4, 9, rng), rng)
    rest.passage = Passage(None)
    order.events.append(rest)
    scene.register.damage(scene.slot.story, order, rest)

    def receive(at: datetime) -> None:
        day = clock.local(at, order.plant.zone).date()
        scene.sap.receive_besides(at, order, rest.material, rest.batch, sap_quantity(rest.base), rest.kind == "output", day, rest.event_id)

    scene.heal(receive)


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
    "order made up in the MES": order_made_up,
    "technically completed too early": technically_completed_too_early,
    "released incomplete": released_incomplete,
    "downloaded to both plants": downloaded_to_both_plants,
    "activity after the end": activity_after_the_end,
    "pumped back into the tank": pumped_back,
    "component left out": component_left_out,
    "backflush failed": backflush_failed,
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
    "link lost": link_lost,
    "booked below nothing": booked_below_nothing,
    "trifle lost": trifle_lost,
    "conflicting duplicate in the extract": conflicting_duplicate_in_the_extract,
    "unit without conversion": unit_without_conversion,
    "before history": before_history,
}
"""Story → what it does."""
