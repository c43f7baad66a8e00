"""Catch weight: canisters that are counted and weighed. The MES tells both; SAP keeps the weight, and beside it what was entered."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from company.orders import Event
from company.plant import SURFACTANT, Material
from company.sap import Line
from company.scene import Scene

COUNTED_IN = "KAN"
AVERAGE = Decimal(25)
"""What SAP takes a canister for (MARM), in KG."""
FULL = Decimal(24)
"""What one really holds at most, in KG; the last of a dose holds what is left."""


def is_catch_weight(material: Material) -> bool:
    return material is SURFACTANT


def canisters(weight: Decimal) -> Decimal:
    """How many it takes."""
    return (abs(weight) / FULL).to_integral_value(ROUND_CEILING)


def told(event: Event) -> tuple[Decimal, str, Decimal | None, str | None]:
    """By the MES: quantity and unit, catch quantity and its unit. What is spilt is weighed alone."""
    if is_catch_weight(event.material) and event.kind == "consumption":
        return canisters(event.base), COUNTED_IN, event.quantity, event.unit
    return event.quantity, event.unit, None, None


def entered(line: Line, quantity: Decimal) -> tuple[Decimal, str]:
    """In SAP (ERFMG, ERFME): canisters where they are issued to an order, whatever they weigh."""
    if is_catch_weight(line.material) and line.movement_type in ("261", "262"):
        return canisters(quantity), COUNTED_IN
    return quantity, line.material.base_unit


def average_posted(scene: Scene) -> None:
    """The interface sends the canisters alone, and SAP converts them as it knows to."""
    event = next(event for event in scene.order.consumptions() if is_catch_weight(event.material))
    scene.misstate(event, canisters(event.base) * AVERAGE)


HAPPEN: dict[str, Callable[[Scene], None]] = {"average posted in place of the weight": average_posted}
"""Story → what it does."""
