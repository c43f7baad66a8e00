"""sap-ecc-tables: materials, prices, batches and units."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.canonical.raw import Bench, Row

PACK = "sap-ecc-tables"


class TestMasterData:
    """MARA, MAKT, MARM, MBEW, MCH1."""

    def test_material(self, bench: Bench) -> None:
        """English text where there is one; of no plant."""
        mapped = bench.map(
            PACK,
            {
                "MARA": [
                    {"MATNR": "000000000000000077", "MTART": "ROH", "XCHPF": "X", "ERSDA": "2025-01-01", "LAEDA": "2026-01-01"},
                    {"MATNR": "R-1", "LVORM": "X"},
                ],
                "MAKT": [
                    {"MATNR": "77", "SPRAS": "D", "MAKTX": "Zucker"},
                    {"MATNR": "77", "SPRAS": "E", "MAKTX": "Sugar"},
                    {"MATNR": "R-1", "SPRAS": "F", "MAKTX": "Rouge"},
                    {"MATNR": "R-1", "SPRAS": "D", "MAKTX": "Rot"},
                ],
            },
        )
        assert mapped.values("material", "plant", "material", "text", "base_unit", "material_type", "batch_managed", "deletion_flag", "changed_at") == [
            ("*", "77", "Sugar", "KG", "ROH", True, False, datetime(2026, 1, 1)),
            ("*", "R-1", "Rot", "KG", None, False, True, None),
        ]

    @pytest.mark.parametrize(("per", "price"), [("1", "5"), ("100", "0.05"), ("1000", "0.005"), ("", "5"), ("0", None)])
    def test_price_of_one_base_unit(self, bench: Bench, per: str, price: str | None) -> None:
        """STPRS is the price of PEINH units."""
        row = bench.map(PACK, {"MBEW": [{"PEINH": per}]}).only("price")
        assert (row["plant"], row["price"]) == ("1000", Decimal(price) if price else None)

    def test_split_valuation_is_left_out(self, bench: Bench) -> None:
        """The header row carries the total."""
        assert bench.map(PACK, {"MBEW": [{}, {"BWTAR": "OWN", "STPRS": "7"}]}).values("price", "price") == [(5,)]

    def test_batch(self, bench: Bench) -> None:
        """At material level; an open end is no date."""
        row = bench.map(PACK, {"MCH1": [{"ZUSTD": "X", "HSDAT": "2026-02-01", "VFDAT": "9999-12-31", "LAEDA": "2026-03-05"}]}).only("batch")
        assert (row["plant"], row["restricted"], row["produced_on"], row["expires_on"], row["changed_at"]) == (
            "*", True, date(2026, 2, 1), None, datetime(2026, 3, 5),
        )  # fmt: skip


class TestUnitConversion:
    """MARM, MARA and the physical units."""

    def _factors(self, bench: Bench, base: str, *alternatives: Row) -> dict[str, Any]:
        mapped = bench.map(PACK, {"MARA": [{"MEINS": base}], "MARM": list(alternatives)})
        return {row["unit"]: row["factor"] for row in mapped.rows["unit_conversion"]}

    def test_physical_units_need_no_maintenance(self, bench: Bench) -> None:
        """Of the base unit's dimension, and no other."""
        factors = self._factors(bench, "KG")
        assert (factors["KG"], factors["G"], factors["TO"]) == (1, Decimal("0.001"), 1000)
        assert not {"L", "EA", "M"} & set(factors)

    def test_the_iso_code_means_the_same_unit(self, bench: Bench) -> None:
        """KGM is KG, PCE is ST."""
        factors = self._factors(bench, "KG")
        assert (factors["KGM"], factors["GRM"], factors["TNE"]) == (factors["KG"], factors["G"], factors["TO"])
        assert self._factors(bench, "ST")["PCE"] == 1

    def test_a_fraction(self, bench: Bench) -> None:
        """One alternative unit is UMREZ / UMREN base units."""
        factors = self._factors(bench, "EA", {"MEINH": "PAL", "UMREZ": "40"}, {"MEINH": "MM", "UMREZ": "1", "UMREN": "3"}, {"MEINH": "EA"})
        assert (factors["PAL"], factors["MM"], factors["EA"]) == (40, Decimal("0.333333333333"), 1)

    def test_the_materials_own_conversion_wins(self, bench: Bench) -> None:
        """A dozen of this material is thirteen, in its ISO code too."""
        factors = self._factors(bench, "EA", {"MEINH": "DZ", "UMREZ": "13"})
        assert (factors["DZ"], factors["DZN"]) == (13, 13)

    @pytest.mark.parametrize("alternative", [{"UMREZ": "12", "UMREN": "0"}, {"UMREZ": "0"}, {"UMREZ": "x"}, {"UMREN": ""}])
    def test_a_conversion_that_cannot_be_used_is_none(self, bench: Bench, alternative: Row) -> None:
        """And the physical one does not take its place."""
        factors = self._factors(bench, "EA", {"MEINH": "DZ", **alternative})
        assert (factors["DZ"], factors["DZN"], factors["EA"]) == (None, None, 1)

    def test_a_base_unit_of_no_dimension(self, bench: Bench) -> None:
        """A roll is a roll, and what the material says."""
        assert self._factors(bench, "ROL", {"MEINH": "M", "UMREZ": "1", "UMREN": "50"}) == {"ROL": 1, "M": Decimal("0.02"), "MTR": Decimal("0.02")}

    @pytest.mark.parametrize(
        ("base", "unit", "said", "nominal"),
        [
            ("KG", "KG", {}, False),
            ("KG", "G", {}, False),
            ("KG", "EA", {}, None),
            ("KG", "EA", {"MARA": {"/CWM/XCWMAT": "X"}}, True),
            ("KG", "EA", {"MARM": {"KZWSO": "B"}}, True),
            ("EA", "PAL", {"MARA": {"/CWM/XCWMAT": "X"}}, False),
            ("EA", "KG", {"MARA": {"/CWM/XCWMAT": "X"}}, True),
            ("KG", "KAI", {"MARM": {"KZWSO": "A"}}, True),
            ("KG", "EA", {"material_conversion": {"M": "nominal"}}, True),
            ("KG", "EA", {"group_conversion": {"0815": "nominal"}}, True),
            ("KG", "EA", {"group_conversion": {"0815": "nominal"}, "material_conversion": {"M": "fixed"}}, False),
            ("KG", "EA", {"group_conversion": {"4711": "nominal"}}, None),
        ],
    )
    def test_whether_it_is_an_average(self, bench: Bench, base: str, unit: str, said: dict[str, Any], nominal: bool | None) -> None:
        """Between what is counted and what is measured, where SAP or the site says so; the ISO code of a unit is that unit."""
        declared: dict[str, dict[str, str]] = {code_list: said[code_list] for code_list in ("material_conversion", "group_conversion") if code_list in said}
        own = {"MEINS": base, "MATKL": "0815", **said.get("MARA", {})}
        mapped = bench.map(PACK, {"MARA": [own], "MARM": [{"MEINH": unit, "UMREZ": "5", **said.get("MARM", {})}]}, crosswalk=declared)
        found = {row["unit"]: row["nominal"] for row in mapped.rows["unit_conversion"]}
        assert (found[unit], found[base]) == (nominal, False)
        assert found.get({"KG": "KGM"}.get(unit, unit)) == nominal

    def test_versions_of_a_conversion_are_ambiguous(self, bench: Bench) -> None:
        """Two numbers of pieces on a pallet."""
        mapped = bench.map(PACK, {"MARA": [{"MEINS": "EA"}], "MARM": [{"MEINH": "PAL", "UMREZ": "40"}, {"MEINH": "PAL", "UMREZ": "48"}]})
        assert [(row["factor"], row["ambiguous"]) for row in mapped.rows["unit_conversion"] if row["unit"] == "PAL"] == [(40, True), (48, True)]

    def test_every_unit_once(self, bench: Bench) -> None:
        """However many ways lead to it."""
        mapped = bench.map(PACK, {"MARA": [{"MEINS": "EA"}], "MARM": [{"MEINH": "ST"}, {"MEINH": "DZ", "UMREZ": "12"}, {"MEINH": "PCE"}]})
        units = [row["unit"] for row in mapped.rows["unit_conversion"]]
        assert sorted(units) == sorted(set(units))
