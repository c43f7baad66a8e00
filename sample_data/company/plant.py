"""The plants and what is common to them: materials, units, prices and recipes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

SYSTEM = "P01/100"
CLIENT = "100"


@dataclass(frozen=True)
class Plant:
    """A plant: SAP has them all, each has a MES of its own."""

    number: str
    name: str
    zone: ZoneInfo
    currency: str
    company_code: str
    mes: str
    """Source, and folder of its extract."""


LINDAU = Plant("1000", "Werk Lindau", ZoneInfo("Europe/Berlin"), "EUR", "DE01", "mes")
PEORIA = Plant("2000", "Peoria plant", ZoneInfo("America/Chicago"), "USD", "US01", "mes_peoria")
PLANTS = (LINDAU, PEORIA)
WAREHOUSES = {"1000": "L10", "2000": "L20"}
"""Warehouse that keeps a plant's finished goods."""

RAW_STORE, LINE_SIDE, HALF_STORE, FINISHED_STORE, BUFFER_STORE = "0001", "0010", "0020", "0030", "0040"
STORES = (RAW_STORE, LINE_SIDE, HALF_STORE, FINISHED_STORE, BUFFER_STORE)

ISO_UNITS = {"KGM": "KG", "PCE": "ST"}
"""Codes the MES writes that are ISO's, not SAP's."""


@dataclass(frozen=True)
class Material:
    """A material as SAP keeps it and as the MES counts it."""

    number: str
    text: str
    english: str
    kind: str
    """ROH, HALB or FERT."""
    base_unit: str
    price: Decimal
    """Of `price_unit` base units, in EUR."""
    price_unit: int
    mes_unit: str
    mes_factor: Decimal
    """One mes_unit in base units."""
    mes_decimals: int
    batch_managed: bool = True
    inspected: bool = False
    """Receipts go to inspection stock until the quality decision."""
    conversions: tuple[tuple[str, int, int], ...] = ()
    """MARM beside the base unit: (unit, numerator, denominator)."""
    serial_profile: str = ""
    """Where each piece has a serial number."""
    backflushed: bool = False
    """Nobody counts it: the MES and SAP both work it out at the confirmation of the last operation."""

    @property
    def shelf_days(self) -> int:
        """From manufacture to expiry."""
        return {"ROH": 730, "HALB": 180, "FERT": 900}[self.kind]

    @property
    def sap_number(self) -> str:
        """As SAP stores it: numeric ones with zeros to 18 places."""
        return self.number.zfill(18) if self.number.isdigit() else self.number

    @property
    def store(self) -> str:
        """Storage location where it is received."""
        return {"ROH": RAW_STORE, "HALB": HALF_STORE, "FERT": FINISHED_STORE}[self.kind]


@dataclass(frozen=True)
class Step:
    """An operation of a recipe."""

    number: str
    text: str
    centre: str
    """Work centre."""
    first: float
    last: float
    """Of the order's run, from when to when; operations overlap."""


@dataclass(frozen=True)
class Recipe:
    """How a material is made."""

    output: Material
    order_type: str
    lot: tuple[int, int, int]
    """Planned quantity in base units: from, to, step."""
    components: tuple[tuple[Material, Decimal], ...]
    """Component and its quantity for one base unit of output. The first is dosed in several portions, the second in one."""
    steps: tuple[Step, ...]
    by_products: tuple[tuple[Material, Decimal, bool], ...]
    """What comes out besides, its quantity for one base unit of output, and whether it is a co-product."""
    number: str
    """Of the BOM, of the routing and of the recipe in the MES."""

    @property
    def milestone(self) -> bool:
        """Whether only the last operation is confirmed, and the ones before it by that."""
        return self.order_type == "PI01"

    def step_of(self, index: int) -> Step:
        """Where component `index` goes in: the first two at the beginning."""
        return self.steps[0 if index < 2 else 1]


def sap_quantity(quantity: Decimal) -> Decimal:
    """SAP keeps three decimals, rounded half up."""
    return quantity.quantize(Decimal("0.001"), ROUND_HALF_UP)


def _material(
    number: str,
    text: str,
    english: str,
    kind: str,
    base_unit: str,
    price: str,
    per: int,
    mes: tuple[str, str, int],
    batch_managed: bool = True,
    inspected: bool = False,
    conversions: tuple[tuple[str, int, int], ...] = (),
    backflushed: bool = False,
    serial_profile: str = "",
) -> Material:
    unit, factor, decimals = mes
    return Material(
        number,
        text,
        english,
        kind,
        base_unit,
        Decimal(price),
        per,
        unit,
        Decimal(factor),
        decimals,
        batch_managed,
        inspected,
        conversions,
        serial_profile,
        backflushed,
    )


ACID = _material("100231", "Zitronensäure wasserfrei", "Citric acid, anhydrous", "ROH", "KG", "4.35", 1, ("G", "0.001", 1))
OIL = _material("100232", "Sonnenblumenöl kaltgepresst", "Sunflower oil, cold pressed", "ROH", "L", "289.00", 100, ("L", "1", 4))
SCENT = _material("AROMA-07", "Duftöl Bergamotte", "Bergamot oil", "ROH", "L", "61.20", 1, ("ML", "0.001", 1), conversions=(("ML", 1, 1000),))
SURFACTANT = _material("100236", "Kokostensid 28 %", "Coconut surfactant 28 %", "ROH", "KG", "1870.00", 1000, ("KGM", "1", 5), conversions=(("KAN", 25, 1),))
DYE = _material("100238", "Farbstoff Grün 3", "Dye green 3", "ROH", "KG", "212.50", 1, ("G", "0.001", 1), conversions=(("G", 1, 1000),))
BOTTLE = _material("100245", "Flasche 250 ml weiß", "Bottle 250 ml, white", "ROH", "ST", "84.00", 1000, ("PCE", "1", 0), batch_managed=False, backflushed=True)
CAP = _material(
    "DECKEL-28",
    "Schraubverschluß 28 mm",
    "Screw cap 28 mm",
    "ROH",
    "EA",
    "31.50",
    1000,
    ("PAL", "1200", 3),
    batch_managed=False,
    conversions=(("PAL", 1200, 1),),
)
FILM = _material("FOLIE-30", "Schrumpffolie 30 cm", "Shrink film 30 cm", "ROH", "M", "12.40", 100, ("M", "1", 2))

CONCENTRATE = _material("200105", "Tensidkonzentrat", "Surfactant concentrate", "HALB", "KG", "1.95", 1, ("KG", "1", 4))
WASH_BASE = _material("200101", "Waschbasis mild", "Mild wash base", "HALB", "KG", "2.10", 1, ("KGM", "1", 4))
OIL_PHASE = _material("200102", "Ölphase Bergamotte", "Oil phase bergamot", "HALB", "L", "5.80", 1, ("L", "1", 3))
GEL_BASE = _material("HB-GEL", "Gelbasis", "Gel base", "HALB", "KG", "3.05", 1, ("KG", "1", 4), inspected=True)
DYE_SOLUTION = _material("200104", "Farblösung grün", "Dye solution, green", "HALB", "KG", "9.90", 1, ("KG", "1", 3))

SHOWER_GEL = _material(
    "300401",
    "Duschgel Bergamotte 250 ml",
    "Shower gel bergamot 250 ml",
    "FERT",
    "EA",
    "118.00",
    100,
    ("PAL", "600", 2),
    inspected=True,
    conversions=(("PAL", 600, 1),),
)
SHAMPOO = _material("300402", "Kräutershampoo 250 ml", "Herbal shampoo 250 ml", "FERT", "EA", "1.32", 1, ("EA", "1", 0), conversions=(("PAL", 600, 1),))
BODY_OIL = _material("BODYOIL-100", "Körperöl 100 ml", "Body oil 100 ml", "FERT", "EA", "2.75", 1, ("PAL", "900", 2), conversions=(("PAL", 900, 1),))
SOAP = _material("300404", "Flüssigseife lose", "Liquid soap, bulk", "FERT", "L", "162.00", 100, ("L", "1", 3), inspected=True)
RINSE = _material("200190", "Spüllauge zur Aufarbeitung", "Rinse liquor for recovery", "HALB", "KG", "0.15", 1, ("KG", "1", 2))
SEDIMENT = _material("200191", "Ölsatz filtriert", "Oil sediment, filtered", "HALB", "L", "0.90", 1, ("L", "1", 2))
CASE = _material("GEHAEUSE-S", "Spendergehäuse", "Dispenser case", "ROH", "ST", "6.40", 1, ("ST", "1", 0), batch_managed=False, backflushed=True)
PUMP = _material("100260", "Dosierpumpe", "Dosing pump", "ROH", "ST", "2.15", 1, ("ST", "1", 0))
DISPENSER = _material("400101", "Seifenspender befüllt", "Soap dispenser, filled", "FERT", "ST", "19.90", 1, ("PCE", "1", 0), serial_profile="SN01")

MATERIALS = (
    *(ACID, OIL, SCENT, SURFACTANT, DYE, BOTTLE, CAP, FILM, CASE, PUMP),
    *(CONCENTRATE, WASH_BASE, OIL_PHASE, GEL_BASE, DYE_SOLUTION, RINSE, SEDIMENT),
    *(SHOWER_GEL, SHAMPOO, BODY_OIL, SOAP, DISPENSER),
)


MAKING = (Step("0010", "Ansetzen", "MISCH-01", 0, 0.75), Step("0020", "Abpumpen", "TANK-01", 0.6, 1))
FILLING = (Step("0010", "Abfüllen", "ABFUELL1", 0, 0.75), Step("0020", "Verpacken", "PACK-01", 0.6, 1))
LINE = (Step("0010", "Abfüllen", "ABFUELL2", 0, 0.6), Step("0020", "Etikettieren", "ETIK-01", 0.4, 0.8), Step("0030", "Verpacken", "PACK-01", 0.6, 1))
BESIDES = {"200101": ((RINSE, Decimal("0.02"), False),), "200102": ((SEDIMENT, Decimal("0.03"), True),)}
CENTRES = ("MISCH-01", "TANK-01", "ABFUELL1", "ABFUELL2", "ETIK-01", "PACK-01")


def _recipe(number: str, output: Material, order_type: str, lot: tuple[int, int, int], steps: tuple[Step, ...], *components: tuple[Material, str]) -> Recipe:
    parts = tuple((material, Decimal(quantity)) for material, quantity in components)
    return Recipe(output, order_type, lot, parts, steps, BESIDES.get(output.number, ()), number)


RECIPES = (
    _recipe("00000101", WASH_BASE, "PI01", (1200, 2400, 100), MAKING, (CONCENTRATE, "0.31"), (ACID, "0.006"), (SURFACTANT, "0.30")),
    _recipe("00000102", OIL_PHASE, "PI01", (600, 1200, 100), MAKING, (OIL, "0.94"), (SCENT, "0.012")),
    _recipe("00000103", GEL_BASE, "PP01", (900, 1800, 100), MAKING, (SURFACTANT, "0.35"), (ACID, "0.004"), (DYE, "0.0008")),
    _recipe("00000104", DYE_SOLUTION, "PP01", (300, 600, 50), MAKING, (SURFACTANT, "0.10"), (DYE, "0.0021")),
    _recipe("00000105", CONCENTRATE, "PI01", (1500, 3000, 100), MAKING, (SURFACTANT, "0.9"), (ACID, "0.004")),
    _recipe("00000201", SHOWER_GEL, "PP01", (3000, 6000, 600), LINE, (GEL_BASE, "0.065"), (SCENT, "0.0011"), (BOTTLE, "1"), (CAP, "1")),
    _recipe("00000202", SHAMPOO, "PP01", (1200, 3600, 300), FILLING, (WASH_BASE, "0.11"), (DYE, "0.00016"), (BOTTLE, "1"), (FILM, "0.12")),
    _recipe("00000203", BODY_OIL, "PP01", (900, 2700, 900), FILLING, (OIL_PHASE, "0.102"), (SCENT, "0.0009"), (CAP, "1"), (FILM, "0.08")),
    _recipe("00000204", SOAP, "PI01", (800, 2000, 200), FILLING, (WASH_BASE, "0.21"), (DYE_SOLUTION, "0.02"), (ACID, "0.0030")),
    _recipe("00000205", DISPENSER, "PP01", (4, 12, 4), FILLING, (SOAP, "0.5"), (PUMP, "1"), (CASE, "1")),
)
