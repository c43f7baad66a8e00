"""What befalls master data: lists of the MES or the quality system drift away from SAP's, codes appear that no crosswalk has, orders are run by another
version than SAP's, and a material is flagged for deletion that is still in use.

All of it is chosen when everything else has happened, by a generator of random numbers of its own, and changes nothing of what was made and booked.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from company import clock, mes
from company.inspection_plans import CHARACTERISTICS, INSPECTED, Characteristic
from company.orders import Order, Report
from company.plant import CENTRES, DYE, PLANTS, RECIPES, SCENT, Material, Plant, Recipe
from company.qms import Hold, Qms
from company.register import Incident, Register

LONG_AGO = datetime(2024, 5, 6)
"""Since when master data have been as they are."""
BEFORE = timedelta(hours=26)
"""A change that old at a cut has settled."""


@dataclass(frozen=True)
class Change:
    """One damage to master data: since when, and when it was put right."""

    incident: Incident
    plant: Plant
    kind: str
    since: datetime
    until: datetime | None

    def stands(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or self.until > at)

    def changed_at(self, at: datetime) -> datetime | None:
        """Last change of what it changed and what was changed back."""
        return self.until if self.until is not None and self.until <= at else self.since if self.since <= at else None


class Executed(NamedTuple):
    """By what the MES runs an order."""

    production_version: str
    alternative: str
    recipe: str
    recipe_version: str


@dataclass
class MasterData:
    """All changes, by what they change."""

    bills: dict[tuple[Plant, Recipe], tuple[Change, int]] = field(default_factory=dict)
    """And the place of the component in the recipe; of an extra one the length of the list."""
    routings: dict[tuple[Plant, Recipe], Change] = field(default_factory=dict)
    plans: dict[tuple[Plant, Recipe], tuple[Change, int]] = field(default_factory=dict)
    """And the place of the characteristic."""
    resources: dict[str, tuple[Change, list[Order]]] = field(default_factory=dict)
    """Name of a line that no crosswalk has, or has wrongly → the orders that run there."""
    reasons: dict[str, tuple[Change, Order, Report]] = field(default_factory=dict)
    defects: dict[str, tuple[Change, Hold]] = field(default_factory=dict)
    approved_at: dict[tuple[Plant, Recipe], datetime] = field(default_factory=dict)
    """When the second version of a recipe was approved."""
    unapproved: dict[str, Change] = field(default_factory=dict)
    """Order → it is run by a recipe that is not approved for it."""
    other_version: dict[str, Change] = field(default_factory=dict)
    """Order → it is run by another production version, or another alternative of the BOM."""
    only_named_otherwise: set[str] = field(default_factory=set)
    """Orders whose alternative has another name in the MES, and the same components."""
    flagged: dict[tuple[Plant, Material], Change] = field(default_factory=dict)

    def executed(self, order: Order) -> Executed:
        """What the MES says that it runs the order by."""
        normal = Executed("0001", "01", recipe_name(order.recipe), self.version_at(order))
        if order.number in self.only_named_otherwise:
            return normal._replace(alternative="02")
        other, unapproved = self.other_version.get(order.number), self.unapproved.get(order.number)
        if other:
            if other.kind == "alternative":
                return normal._replace(alternative="02")
            return normal._replace(production_version="0002", recipe=f"{normal.recipe}B" if other.kind == "version and recipe" else normal.recipe)
        if unapproved:
            return normal._replace(recipe_version={"too early": "2", "draft": "3", "of nothing": "9"}[unapproved.kind])
        return normal

    def version_at(self, order: Order) -> str:
        """That version of its recipe which was the newest approved one when it began."""
        approved = self.approved_at[order.plant, next(one for one in RECIPES if one.number == order.recipe.number)]
        return "1" if order.started_at is not None and order.started_at < approved else "2"

    def resource_of(self, order: Order) -> str:
        """The line that an order runs on."""
        for name, (_, orders) in self.resources.items():
            if any(one is order for one in orders):
                return name
        return LINES[int(order.number) % 3]

    def reason_of(self, order: Order, report: Report) -> str | None:
        """Why there was scrap."""
        for code, (_, _, one) in self.reasons.items():
            if one is report:
                return code
        return REASONS[int(order.number) % 3] if report.scrap and not report.cancels else None

    def defect_of(self, hold: Hold) -> str:
        for code, (_, one) in self.defects.items():
            if one is hold:
                return code
        return DEFECTS[int(hold.case_no[-5:]) % len(DEFECTS)]


LINES = ("L1", "L2", "L3")
"""Lines of the MES; SAP knows them by none of its work centres, and the crosswalk says so."""
REASONS = ("R01", "R02", "R03")
DEFECTS = ("D01", "D02", "D03", "D04")


def recipe_name(recipe: Recipe) -> str:
    return f"R{recipe.number[-3:]}"


def befall(orders: list[Order], count: int, nights: int, qms: Qms, register: Register, seed: int) -> MasterData:
    """`count`: how many orders the company has."""
    return _Fate(orders, count, nights, qms, register, random.Random(f"{seed}/master data")).all()


class _Fate:
    """Chooses what happens, and writes it down."""

    def __init__(self, orders: list[Order], count: int, nights: int, qms: Qms, register: Register, rng: random.Random) -> None:
        self._orders, self._count, self._nights, self._qms, self._register, self._rng = orders, count, nights, qms, register, rng
        self._data = MasterData()

    def all(self) -> MasterData:
        self._approvals()
        self._drift()
        self._names()
        self._versions()
        self._flags()
        return self._data

    def _times(self, most: int, share: float = 0.0005) -> int:
        """How often something happens: three times in the smallest company."""
        return max(3, min(most, round(self._count * share)))

    def _change(self, cause: str, plant: Plant, kind: str, turn: int, order: Order | None = None) -> Change:
        """They take turns: for good; put right after the first night; and so late before the first cut that they settle by the second."""
        first = clock.cut(1)
        since, until = clock.between(first - timedelta(days=9), first - BEFORE, self._rng), None
        if turn % 3 == 1:
            until = clock.office_hours(first.date(), self._rng, zone=plant.zone)
        elif turn % 3 == 2 and self._nights > 1:
            since = clock.between(first - timedelta(hours=20), first - timedelta(hours=1), self._rng)
        return Change(self._register.damage_alone(cause, order), plant, kind, since, until)

    def _approvals(self) -> None:
        """The second version of a recipe is approved a few minutes before some order of it begins: the ones before it ran by the first."""
        last = clock.cut(1) - timedelta(days=2)
        for plant in PLANTS:
            for recipe in RECIPES:
                mine = [order.started_at for order in self._orders if order.plant is plant and order.recipe.number == recipe.number]
                starts = sorted(at for at in mine if at is not None and at <= last)
                self._data.approved_at[plant, recipe] = starts[len(starts) // 2] - timedelta(minutes=2) if starts else LONG_AGO

    def _drift(self) -> None:
        data, rng = self._data, self._rng
        pairs = [(plant, recipe) for plant in PLANTS for recipe in RECIPES]
        for turn, (plant, recipe) in enumerate(rng.sample(pairs, self._times(9))):
            kind = ("quantity", "missing", "extra")[turn // 3 % 3 if self._count > 1000 else turn % 3]
            place = rng.randrange(len(recipe.components)) if kind != "extra" else len(recipe.components)
            data.bills[plant, recipe] = self._change("BOM drifted", plant, kind, turn + 1), place
        for turn, (plant, recipe) in enumerate(rng.sample(pairs, self._times(8))):
            kind = ("another work centre", "extra", "missing", "another sequence")[turn % 4]
            data.routings[plant, recipe] = self._change("routing drifted", plant, kind, turn)
        plans = [(plant, recipe) for plant in PLANTS for recipe in INSPECTED]
        for turn, (plant, recipe) in enumerate(rng.sample(plans, self._times(5))):
            kind = ("limits", "missing in quality", "missing in SAP")[turn % 3]
            data.plans[plant, recipe] = self._change("inspection plan drifted", plant, kind, turn + 2), rng.randrange(2)

    def _names(self) -> None:
        data, rng = self._data, self._rng
        first = clock.cut(1)
        known = [
            order for order in self._orders if order.received_at is not None and order.received_at <= first - BEFORE
            and not order.unplanned and order.also_in is None and order.in_mes and mes.work_order(order, clock.as_of("mes", 1))[1] <= first - BEFORE
        ]  # fmt: skip
        for turn, order in enumerate(rng.sample(known, self._times(6))):
            kind = ("no crosswalk", "names nothing")[turn % 2]
            data.resources[f"L{7 + turn}"] = self._change("line without a crosswalk", order.plant, kind, turn % 2), [order]
        reports = [(order, order.final_report()) for order in known if order.reports and order.story == ""]
        reports = [(order, one) for order, one in reports if clock.HORIZON <= one.recorded_at <= first - BEFORE and not one.cancels]
        for turn, (order, report) in enumerate(rng.sample(reports, min(len(reports), self._times(6) - 1))):
            data.reasons[f"R{91 + turn}"] = self._change("code without a meaning", order.plant, "reason", turn % 2), order, report
        holds = [
            hold for hold in self._qms.holds if hold.in_qms and hold.opened_at <= first - BEFORE and not first - BEFORE < (hold.closed_at or LONG_AGO) <= first
        ]
        for turn, hold in enumerate(rng.sample(holds, min(len(holds), self._times(6) - 1))):
            data.defects[f"D{91 + turn}"] = self._change("code without a meaning", hold.plant, "defect", turn % 2), hold

    def _versions(self) -> None:
        """Of orders that nothing else befell, and that ended days ago."""
        data, rng = self._data, self._rng
        done = clock.cut(1) - timedelta(days=2)
        pool = [
            order for order in self._orders if order.completed_at is not None and order.completed_at <= done and self._register.cause_of(order) == ""
            and order.started_at is not None and order.started_at >= clock.OPENING and not order.rework and order.also_in is None
        ]  # fmt: skip
        rng.shuffle(pool)

        def take(suits: Callable[[Order], bool]) -> Order | None:
            chosen = next((order for order in pool if suits(order)), None)
            if chosen is not None:
                pool.remove(chosen)
            return chosen

        for turn in range(self._times(1000, 0.0012)):
            kind = ("too early", "draft", "of nothing")[turn % 3]
            order = take(lambda order, kind=kind: kind != "too early" or data.version_at(order) == "1")  # type: ignore[misc]
            if order is not None:
                data.unapproved[order.number] = self._change("recipe not approved", order.plant, kind, 0, order)
        for turn in range(self._times(1000, 0.0012)):
            kind = ("version", "alternative", "version and recipe")[turn % 3]
            order = take(lambda _: True)
            if order is not None:
                data.other_version[order.number] = self._change("another version run", order.plant, kind, 0, order)
        for _ in range(self._times(1000, 0.0015) - 1):
            order = take(lambda _: True)
            if order is not None and order.completed_at is not None:
                data.only_named_otherwise.add(order.number)
                self._register.note("another name of the same components", order.completed_at)

    def _flags(self) -> None:
        """SAP has a material flagged for deletion at a plant where an order that is open in the MES needs it."""
        data, rng, seen = self._data, self._rng, clock.as_of("mes", 1)
        needed = {
            (order.plant, material)
            for order in self._orders
            if order.received_at is not None and order.received_at <= clock.cut(1) - BEFORE and not order.unplanned
            and (order.completed_at is None or order.completed_at > seen) and not order.lacks
            for material in needs(order) if not material.inspected
        }  # fmt: skip
        kept = sorted(needed, key=lambda pair: (pair[0].number, pair[1].number))
        for turn, pair in enumerate(rng.sample(kept, min(len(kept), self._times(6)))):
            data.flagged[pair] = self._change("flagged for deletion in use", pair[0], "", turn % 2)


def needs(order: Order) -> list[Material]:
    """What an order's own list names, and what it makes."""
    listed = [material for material, _ in order.recipe.components] + [material for material, _, _ in order.recipe.by_products]
    return [order.material, *(listed if order.lacks != "components" else ())]


def extra_component(recipe: Recipe) -> Material:
    """What a list that has drifted has besides."""
    listed = [material for material, _ in recipe.components]
    return next(material for material in (DYE, SCENT) if material not in listed)


def steps(data: MasterData, plant: Plant, recipe: Recipe, at: datetime) -> list[tuple[str, str, str, datetime | None]]:
    """Operations of a routing as the MES keeps it: number, sequence, work centre, and last change where there was one."""
    rows: list[tuple[str, str, str, datetime | None]] = [(step.number, "0", step.centre, None) for step in recipe.steps]
    change = data.routings.get((plant, recipe))
    changed = change.changed_at(at) if change else None
    if change is None or changed is None:
        return rows
    number, sequence, centre, _ = rows.pop()
    kind = change.kind if change.stands(at) else "as it was"
    if kind == "extra" or (change.kind == "extra" and kind == "as it was"):
        rows.append((number, sequence, centre, None))
        if kind == "extra":
            rows.append((EXTRA_STEP, "0", CENTRES[0], changed))
    elif kind != "missing":
        rows.append((number, "1" if kind == "another sequence" else sequence, another_centre(centre) if kind == "another work centre" else centre, changed))
    return rows


EXTRA_STEP = "0090"


def another_centre(centre: str) -> str:
    return CENTRES[(CENTRES.index(centre) + 1) % len(CENTRES)]


def plan_of(data: MasterData, plant: Plant, recipe: Recipe, side: str, at: datetime) -> list[tuple[int, Characteristic, datetime | None]]:
    """Characteristics of a material's plan on a side: the place of each in the list, itself, and its last change where there was one."""
    found: list[tuple[int, Characteristic, datetime | None]] = []
    damaged = data.plans.get((plant, recipe))
    for place, characteristic in enumerate(CHARACTERISTICS):
        changed = None
        if damaged is not None and damaged[1] == place:
            change = damaged[0]
            changed = change.changed_at(at)
            if change.stands(at):
                if (change.kind, side) in (("missing in quality", "qms"), ("missing in SAP", "sap")):
                    continue
                if change.kind == "limits" and side == "qms":
                    assert characteristic.upper is not None
                    characteristic = replace(characteristic, upper=characteristic.upper * 11 / 10)
        found.append((place, characteristic, changed if side == "qms" else None))
    return found
