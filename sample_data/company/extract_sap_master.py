"""Master data of SAP: materials, BOMs, routings, work centres, production versions, places and posting periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from company import clock
from company.catch_weight import is_catch_weight
from company.master_data import MasterData
from company.plant import CENTRES, CLIENT, FINISHED_STORE, MATERIALS, PLANTS, RECIPES, STORES, WAREHOUSES, Material, Plant, Recipe
from company.sap_form import INITIAL_DATE, day, flag, number, write

MASTER_DATA_FROM = date(2024, 5, 6)
FOREVER = "31.12.9999"
STORE_TEXTS = ("Rohwarenlager", "Linie", "Halbfabrikatelager", "Fertigwarenlager", "Puffer")
"""The month that inventory is posted in, and the one before, which is still open."""


def write_all(folder: Path, data: MasterData, cut: datetime) -> None:
    _materials(folder, data, cut)
    _bills(folder)
    _routings(folder)
    _places(folder)


def centre_id(plant: Plant, centre: str) -> str:
    """Internal number of a work centre."""
    return f"{10_000_000 + PLANTS.index(plant) * 100 + CENTRES.index(centre) + 1:08d}"


def revision(recipe: Recipe) -> str:
    """Change number that the recipe was last changed by."""
    return f"AE-{recipe.number[-4:]}"


def _materials(folder: Path, data: MasterData, cut: datetime) -> None:
    created = day(MASTER_DATA_FROM)
    write(
        folder,
        "MARA",
        "MANDT MATNR ERSDA LAEDA ERNAM MTART MEINS XCHPF LVORM /CWM/XCWMAT",
        (
            [CLIENT, m.sap_number.ljust(18), created, created, "WKRAUSE", m.kind, m.base_unit, flag(m.batch_managed), " ", flag(is_catch_weight(m))]
            for m in MATERIALS
        ),
    )
    write(
        folder,
        "MAKT",
        "MANDT MATNR SPRAS MAKTX",
        ([CLIENT, m.sap_number.ljust(18), language, text.ljust(40)] for m in MATERIALS for language, text in (("D", m.text), ("E", m.english))),
    )
    write(
        folder,
        "MARM",
        "MANDT MATNR MEINH UMREZ UMREN",
        (
            [CLIENT, m.sap_number.ljust(18), unit, number(Decimal(up), 7, 0), number(Decimal(down), 7, 0)]
            for m in MATERIALS
            for unit, up, down in ((m.base_unit, 1, 1), *m.conversions)
        ),
    )
    write(
        folder,
        "MARC",
        "MANDT MATNR WERKS LVORM XCHPF SERNP UMLMC TRAME",
        ([CLIENT, m.sap_number, p.number, _deleted(p, m, data, cut), flag(m.batch_managed), m.serial_profile, *_nothing(2)] for p, m in _all()),
    )
    write(
        folder,
        "MBEW",
        "MANDT MATNR BWKEY BWTAR VPRSV STPRS PEINH",
        ([CLIENT, m.sap_number.ljust(18), p.number, "", "S", number(m.price, 13, 2), number(Decimal(m.price_unit), 6, 0)] for p, m in _all()),
    )
    write(folder, "QMAT", "MANDT ART MATNR WERKS AKTIV", ([CLIENT, "04", m.sap_number, p.number, "X"] for p, m in _all() if m.inspected))


def _all() -> Iterator[tuple[Plant, Material]]:
    return ((plant, material) for plant in PLANTS for material in MATERIALS)


def _deleted(plant: Plant, material: Material, data: MasterData, cut: datetime) -> str:
    change = data.flagged.get((plant, material))
    return "X" if change is not None and change.stands(cut) else ""


def _nothing(count: int) -> list[str]:
    return [number(Decimal(0))] * count


def _bills(folder: Path) -> None:
    """Bills of material (category M), for 1,000 base units each."""
    since, recipes = day(MASTER_DATA_FROM), list(RECIPES)
    items = [(recipe, index, *item) for recipe in recipes for index, item in enumerate(_items(recipe), 1)]
    write(
        folder, "MAST", "MANDT MATNR WERKS STLAN STLNR STLAL", ([CLIENT, r.output.sap_number, p.number, "1", r.number, "01"] for p in PLANTS for r in recipes)
    )
    write(
        folder,
        "STKO",
        "MANDT STLTY STLNR STLAL STKOZ DATUV LOEKZ BMENG BMEIN ANDAT AEDAT",
        ([CLIENT, "M", r.number, "01", "00000001", since, "", number(Decimal(1000)), r.output.base_unit, since, INITIAL_DATE] for r in recipes),
    )
    write(
        folder,
        "STAS",
        "MANDT STLTY STLNR STLAL STLKN STASZ DATUV LKENZ",
        ([CLIENT, "M", r.number, "01", f"{index:08d}", "00000001", since, ""] for r, index, _, _ in items),
    )
    write(
        folder,
        "STPO",
        "MANDT STLTY STLNR STLKN STPOZ DATUV AENNR LKENZ VGKNT VGPZL IDNRK POSNR MENGE MEINS FMENG AUSCH AVOAU SCHGT ANDAT AEDAT",
        (
            [
                CLIENT,
                "M",
                r.number,
                f"{index:08d}",
                "00000001",
                since,
                revision(r),
                "",
                "00000000",
                "00000000",
                m.sap_number,
                f"{index}0".zfill(4),
                number(per_unit * 1000),
                m.base_unit,
                "",
                number(Decimal(0), 0, 2),
                number(Decimal(0), 0, 2),
                "",
                since,
                INITIAL_DATE,
            ]
            for r, index, m, per_unit in items
        ),
    )


def _items(recipe: Recipe) -> list[tuple[Material, Decimal]]:
    """What goes in, and what comes out besides, which SAP has with a minus."""
    return [*recipe.components, *((material, -per_unit) for material, per_unit, _ in recipe.by_products)]


def _routings(folder: Path) -> None:
    """Routings (N) of discrete and master recipes (2) of process orders, one group each."""
    since = day(MASTER_DATA_FROM)
    plans = [(plant, recipe, task_list(recipe), group(plant, recipe)) for plant in PLANTS for recipe in RECIPES]
    steps = [(*plan, index, step) for plan in plans for index, step in enumerate(plan[1].steps, 1)]
    write(
        folder,
        "MAPL",
        "MANDT MATNR WERKS PLNTY PLNNR PLNAL ZKRIZ ZAEHL LOEKZ DATUV",
        ([CLIENT, r.output.sap_number, p.number, kind, number_, "01", "0000001", "00000001", "", since] for p, r, kind, number_ in plans),
    )
    write(
        folder,
        "PLKO",
        "MANDT PLNTY PLNNR PLNAL ZAEHL DATUV AENNR LOEKZ ANDAT AEDAT",
        ([CLIENT, kind, number_, "01", "00000001", since, revision(r), "", since, INITIAL_DATE] for _, r, kind, number_ in plans),
    )
    write(
        folder,
        "PLAS",
        "MANDT PLNTY PLNNR PLNAL PLNFL PLNKN ZAEHL LOEKZ",
        ([CLIENT, kind, number_, "01", "000000", f"{index:08d}", "00000001", ""] for _, _, kind, number_, index, _ in steps),
    )
    write(
        folder,
        "PLPO",
        "MANDT PLNTY PLNNR PLNKN ZAEHL DATUV AENNR LOEKZ VORNR ARBID STEUS LTXA1 BMSCH MEINH ANDAT AEDAT",
        (
            [
                CLIENT,
                kind,
                number_,
                f"{index:08d}",
                "00000001",
                since,
                revision(r),
                "",
                step.number,
                centre_id(p, step.centre),
                control_key(r, index),
                step.text,
                number(Decimal(1000)),
                r.output.base_unit,
                since,
                INITIAL_DATE,
            ]
            for p, r, kind, number_, index, step in steps
        ),
    )
    write(
        folder,
        "MKAL",
        "MANDT MATNR WERKS VERID ADATU BDATU STLAL STLAN PLNNR ALNAL TEXT1 MKSP",
        ([CLIENT, r.output.sap_number, p.number, "0001", since, FOREVER, "01", "1", number_, "01", r.output.text, ""] for p, r, _, number_ in plans),
    )
    centres = [(plant, centre, centre_id(plant, centre)) for plant in PLANTS for centre in CENTRES]
    write(
        folder,
        "CRHD",
        "MANDT OBJTY OBJID ARBPL WERKS VERWE BEGDA ENDDA LVORM XSPRR",
        ([CLIENT, "A", id_, centre, p.number, "0001", since, FOREVER, "", ""] for p, centre, id_ in centres),
    )
    write(folder, "CRTX", "MANDT OBJTY OBJID SPRAS KTEXT", ([CLIENT, "A", id_, "D", f"Arbeitsplatz {centre}"] for _, centre, id_ in centres))


def task_list(recipe: Recipe) -> str:
    return "2" if recipe.milestone else "N"


def group(plant: Plant, recipe: Recipe) -> str:
    """Number of a routing: each plant has its own."""
    return f"5{PLANTS.index(plant)}{recipe.number[-6:]}"


def control_key(recipe: Recipe, index: int) -> str:
    """PP03: milestone; PP99: confirmed by one; PP01: each for itself."""
    if not recipe.milestone:
        return "PP01"
    return "PP03" if index == len(recipe.steps) else "PP99"


def _places(folder: Path) -> None:
    write(
        folder,
        "T001L",
        "MANDT WERKS LGORT LGOBE XHUPF",
        ([CLIENT, p.number, store, text, ""] for p in PLANTS for store, text in zip(STORES, STORE_TEXTS, strict=True)),
    )
    write(folder, "T320", "MANDT WERKS LGORT LGNUM", ([CLIENT, p.number, FINISHED_STORE, WAREHOUSES[p.number]] for p in PLANTS))
    write(folder, "T340D", "MANDT LGNUM DECSY", ([CLIENT, warehouse, "WMS"] for warehouse in WAREHOUSES.values()))
    write(folder, "T001", "MANDT BUKRS PERIV OPVAR", ([CLIENT, p.company_code, "K4", p.company_code] for p in PLANTS))
    write(folder, "T001K", "MANDT BWKEY BUKRS", ([CLIENT, p.number, p.company_code] for p in PLANTS))
    now, last = clock.NEXT_PERIOD, clock.NEXT_PERIOD - timedelta(days=1)
    write(
        folder,
        "T001B",
        "MANDT RRCTY BUKRS MKOAR BKONT FRYE1 FRPE1 TOYE1 TOPE1 FRYE2 FRPE2 TOYE2 TOPE2",
        ([CLIENT, "0", p.company_code, "+", "", f"{last:%Y}", f"{last:%m}".zfill(3), f"{now:%Y}", "012", "", "000", "", "000"] for p in PLANTS),
    )
    write(
        folder,
        "MARV",
        "MANDT BUKRS LFGJA LFMON VMGJA VMMON XRUEM",
        ([CLIENT, p.company_code, f"{now:%Y}", f"{now:%m}", f"{last:%Y}", f"{last:%m}", "X"] for p in PLANTS),
    )
