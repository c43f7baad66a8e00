"""The master data that each plant's MES keeps: copies of SAP's lists in its own units, its recipes and what SAP calls its names and codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from company import clock
from company.extract_sap_master import group, revision
from company.master_data import LINES, REASONS, MasterData, extra_component, recipe_name, steps
from company.plant import CENTRES, ISO_UNITS, MATERIALS, RECIPES, Material, Plant, Recipe

TABLES = {
    "material": "plant material base_unit",
    "bom_item": "plant material bom alternative revision item component quantity unit base_quantity base_unit valid_to changed_at",
    "routing_operation": "plant material routing routing_alternative revision sequence_no operation_no resource mes_only changed_at",
    "production_version": "plant material production_version recipe recipe_version approved approved_at",
    "crosswalk": "plant code_list code canonical_code",
}
Row = tuple[str | None, ...]

MOST = Decimal("0.001")
"""Share of a component's quantity, and quantity, by which a list may differ."""
IN_GRAMS = {"KG": ("G", 1000), "L": ("ML", 1000)}


def tables(plant: Plant, data: MasterData, seen: datetime) -> dict[str, Iterable[Row]]:
    """Rows of each table as the MES had them at `seen`."""
    return {
        "material": ((plant.number, one.number, _ISO.get(one.base_unit, one.base_unit)) for one in MATERIALS),
        "bom_item": (row for recipe in RECIPES for row in _items(plant, recipe, data, seen)),
        "routing_operation": (row for recipe in RECIPES for row in _steps(plant, recipe, data, seen)),
        "production_version": (row for recipe in RECIPES for row in _versions(plant, recipe, data)),
        "crosswalk": _crosswalk(plant, data, seen),
    }


_ISO = {unit: code for code, unit in ISO_UNITS.items()}


def _items(plant: Plant, recipe: Recipe, data: MasterData, seen: datetime) -> Iterable[Row]:
    """For 100 base units in every second list. In one list a quantity differs by all that is tolerated, less one step."""
    damage = data.bills.get((plant, recipe))
    for index, (material, per_unit) in enumerate([*recipe.components, *((material, -per_unit) for material, per_unit, _ in recipe.by_products)]):
        quantity, changed = per_unit * 1000, None
        if damage and damage[1] == index and damage[0].kind != "extra":
            changed = damage[0].changed_at(seen)
            if damage[0].stands(seen):
                if damage[0].kind == "missing":
                    continue
                quantity = quantity * 21 / 20
        elif recipe is RECIPES[4] and index == 0:
            quantity += quantity * MOST - MOST
        yield _item(plant, recipe, index, material, quantity, changed)
    if damage and damage[0].kind == "extra" and damage[0].stands(seen):
        yield _item(plant, recipe, 8, extra_component(recipe), Decimal(2), damage[0].since)
    # What was left out long ago.
    yield _item(plant, recipe, 9, extra_component(recipe), Decimal(1), None, "2025-06-30")


def _item(plant: Plant, recipe: Recipe, index: int, material: Material, quantity: Decimal, changed: datetime | None, until: str | None = None) -> Row:
    unit, times = material.base_unit, 1
    if unit in IN_GRAMS and abs(quantity) < 10:
        unit, times = IN_GRAMS[unit]
    share = 10 if RECIPES.index(recipe) % 2 else 1
    amounts = [f"{(quantity * times / share).normalize():f}", unit, str(1000 // share), recipe.output.base_unit]
    listed = [plant.number, recipe.output.number, recipe.number, "01", revision(recipe), str(index + 1)]
    return (*listed, material.number, *amounts, until, clock.zulu(changed) if changed else None)


def _steps(plant: Plant, recipe: Recipe, data: MasterData, seen: datetime) -> Iterable[Row]:
    """And one that only the MES has."""
    listed = [plant.number, recipe.output.number, group(plant, recipe), "01", revision(recipe)]
    yield (*listed, "0", "0005", CENTRES[0], "true", None)
    for number, sequence, centre, changed in steps(data, plant, recipe, seen):
        yield (*listed, sequence, number, centre, "false", clock.zulu(changed) if changed else None)


def _versions(plant: Plant, recipe: Recipe, data: MasterData) -> Iterable[Row]:
    """Two approved versions of the recipe, the draft of a third, and the recipe of another production version."""
    listed, name = (plant.number, recipe.output.number), recipe_name(recipe)
    yield (*listed, "0001", name, "1", "true", "2024-05-06T08:00:00Z")
    yield (*listed, "0001", name, "2", "true", clock.zulu(data.approved_at[plant, recipe]))
    yield (*listed, "0001", name, "3", "false", None)
    yield (*listed, "0002", f"{name}B", "2", "true", "2024-05-06T08:00:00Z")


def _crosswalk(plant: Plant, data: MasterData, seen: datetime) -> Iterable[Row]:
    yield from ((plant.number, "resource", centre, centre) for centre in CENTRES)
    yield from ((plant.number, "resource", line, None) for line in LINES)
    yield from ((plant.number, "reason", code, f"00{code[1:]}") for code in REASONS)
    for name, (change, _) in data.resources.items():
        mended = change.until is not None and change.until <= seen
        if change.plant is plant and (mended or change.kind == "names nothing"):
            yield plant.number, "resource", name, CENTRES[-1] if mended else "PACK-99"
    for code, (change, _, _) in data.reasons.items():
        if change.plant is plant and change.until is not None and change.until <= seen:
            yield plant.number, "reason", code, f"00{code[1:]}"
