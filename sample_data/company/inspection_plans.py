"""What is inspected of the materials that quality decides on: SAP keeps it at the operations of their routings, and the quality system has plans of its own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from company.plant import RECIPES, Recipe


@dataclass(frozen=True)
class Characteristic:
    """As SAP and the quality system both have it, but for its name there."""

    name: str
    """Master inspection characteristic."""
    text: str
    unit: str
    decimals: int
    target: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    qms_name: str = ""
    """What the quality system calls it, where that is another name: its crosswalk has it."""

    @property
    def is_qualitative(self) -> bool:
        return self.target is None and self.lower is None and self.upper is None


CHARACTERISTICS = (
    Characteristic("PH-WERT", "pH-Wert", "", 1, Decimal("5.5"), Decimal("5.0"), Decimal("6.5"), "pH"),
    Characteristic("VISKO", "Viskosität", "MPS", 0, Decimal(3500), Decimal(2800), Decimal(4200), "viscosity"),
    Characteristic("KEIMZAHL", "Gesamtkeimzahl", "", 0, None, None, Decimal(100)),
    Characteristic("GERUCH", "Geruch", "", 0, None, None, None),
)
"""Of each inspected material."""

INSPECTED = tuple(recipe for recipe in RECIPES if recipe.output.inspected)
CODE_SET = "GERUCH01"
"""Selected set of the answers to a qualitative one."""


def inspected_at(recipe: Recipe) -> int:
    """Number of the node of the routing at which it is inspected: its last operation."""
    return len(recipe.steps)
