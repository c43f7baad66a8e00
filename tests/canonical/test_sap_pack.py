"""sap-ecc-tables, mapping by mapping, with a few raw rows each."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.canonical.raw import Bench, Mapped, Row

PACK = "sap-ecc-tables"
NOON = datetime(2026, 3, 9, 12)
ORDER = "1000014"


class TestMovement:
    """MSEG and MKPF."""

    def _map(self, bench: Bench, *lines: Row, headers: list[Row] | None = None, zone: str = "UTC") -> Mapped:
        return bench.map(PACK, {"MSEG": list(lines), "MKPF": [{}] if headers is None else headers}, zone=zone)

    def test_an_issue_to_an_order(self, bench: Bench) -> None:
        """Every column of it."""
        row = self._map(bench, {}, headers=[{"XBLNR": "E1"}]).only("movement")
        assert row.pop("row_ref").startswith("MSEG:")
        assert row == {
            "system": "P01/100", "source": "source", "plant": "1000", "changed_at": NOON, "problems": None, "ambiguous": False,
            "movement_id": "4900000001/2026/0001", "kind": "consumption", "movement_type": "261", "order_no": ORDER, "material": "M", "batch": "B",
            "storage_location": "0001", "quantity": Decimal(10), "unit": "KG", "reference": "E1", "reverses": None, "occurred_at": datetime(2026, 3, 9),
        }  # fmt: skip

    DIRECTIONS = (
        ({"BWART": "261", "SHKZG": "H"}, "consumption", 10),
        ({"BWART": "262", "SHKZG": "S"}, "consumption", -10),
        ({"BWART": "261", "SHKZG": "S"}, "consumption", -10),
        ({"BWART": "262", "SHKZG": "H"}, "consumption", 10),
        ({"BWART": "101", "SHKZG": "S", "KZBEW": "F"}, "output", 10),
        ({"BWART": "102", "SHKZG": "H", "KZBEW": "F"}, "output", -10),
        ({"BWART": "101", "SHKZG": "S"}, "output", 10),
        ({"BWART": "131", "SHKZG": "S"}, "output", 10),
        ({"BWART": "101", "SHKZG": "S", "AUFNR": ""}, "receipt", 10),
        ({"BWART": "101", "SHKZG": "S", "AUFNR": "000000000000"}, "receipt", 10),
        ({"BWART": "101", "SHKZG": "S", "KZBEW": "B"}, "receipt", 10),
        ({"BWART": "531", "SHKZG": "S"}, "by-product", 10),
        ({"BWART": "532", "SHKZG": "H"}, "by-product", -10),
        ({"BWART": "551", "SHKZG": "H"}, "scrap", 10),
        ({"BWART": "552", "SHKZG": "S"}, "scrap", -10),
        ({"BWART": "601", "SHKZG": "H"}, "delivery", 10),
        ({"BWART": "602", "SHKZG": "S"}, "delivery", -10),
        ({"BWART": "561", "SHKZG": "S"}, "receipt", 10),
        ({"BWART": "261", "SHKZG": "H", "AUFNR": ""}, "other", -10),
        ({"BWART": "201", "SHKZG": "H"}, "other", -10),
    )

    def test_direction_and_kind(self, bench: Bench) -> None:
        """The sign is SHKZG's, whatever the movement type; the kind is the movement type's."""
        mapped = self._map(bench, *({**line, "ZEILE": f"{number:04}"} for number, (line, _, _) in enumerate(self.DIRECTIONS)))
        for (line, kind, quantity), found in zip(self.DIRECTIONS, mapped.values("movement", "kind", "quantity"), strict=True):
            assert found == (kind, quantity), line

    def test_a_line_without_a_plant_is_refused(self, bench: Bench) -> None:
        """It could belong to any plant, so the table is incomplete."""
        mapped = self._map(bench, {}, {"ZEILE": "0002", "WERKS": ""})
        assert mapped.refused == [("MSEG", 2, "movement without a plant")]
        assert mapped.supplies["sap.movement"].problem == "1 row of movement without a plant"

    def test_a_transfer_counts_once(self, bench: Bench) -> None:
        """Of its two lines the one that the system added is left out."""
        lines: list[Row] = []
        for movement_type in ("301", "309", "311", "321", "343", "344", "349", "411"):
            line = {"MBLNR": movement_type, "BWART": movement_type, "AUFNR": ""}
            lines += [{**line, "SHKZG": "H"}, {**line, "SHKZG": "S", "ZEILE": "0002", "XAUTO": "X"}]
        mapped = self._map(bench, *lines, headers=[{"MBLNR": line["MBLNR"]} for line in lines])
        assert {(row["kind"], row["quantity"], row["movement_id"][-4:]) for row in mapped.rows["movement"]} == {("transfer", Decimal(10), "0001")}
        assert len(mapped.rows["movement"]) == 8

    def test_an_automatic_line_of_another_kind_counts(self, bench: Bench) -> None:
        """XAUTO says nothing about an issue."""
        assert len(self._map(bench, {"XAUTO": "X"}).rows["movement"]) == 1

    def test_a_cancelling_document_inherits_the_reference(self, bench: Bench) -> None:
        """It quotes no event itself, and takes back the one of the document that it reverses."""
        mapped = self._map(
            bench,
            {},
            {"MBLNR": "4900000002", "BWART": "262", "SHKZG": "S", "SMBLN": "4900000001", "SJAHR": "2026", "SMBLP": "0001"},
            headers=[{"XBLNR": "E1"}, {"MBLNR": "4900000002"}],
        )
        assert mapped.values("movement", "quantity", "reference", "reverses") == [(10, "E1", None), (-10, "E1", "4900000001/2026/0001")]

    def test_a_reversal_keeps_a_reference_of_its_own(self, bench: Bench) -> None:
        """The MES's own event for taking back."""
        mapped = self._map(
            bench,
            {},
            {"MBLNR": "4900000002", "BWART": "262", "SHKZG": "S", "SMBLN": "4900000001", "SJAHR": "2026", "SMBLP": "0001"},
            headers=[{"XBLNR": "E1"}, {"MBLNR": "4900000002", "XBLNR": "E2"}],
        )
        assert mapped.values("movement", "reference") == [("E1",), ("E2",)]

    def test_a_return_by_hand_reverses_nothing(self, bench: Bench) -> None:
        """No SMBLN, though year and item carry SAP's zeros."""
        row = self._map(bench, {"BWART": "262", "SHKZG": "S", "SMBLN": "", "SJAHR": "0000", "SMBLP": "0000"}).only("movement")
        assert (row["quantity"], row["reference"], row["reverses"]) == (-10, None, None)

    def test_one_document_number_in_two_years(self, bench: Bench) -> None:
        """Two documents, each with its own header."""
        mapped = self._map(bench, {}, {"MJAHR": "2025"}, headers=[{"XBLNR": "E1"}, {"MJAHR": "2025", "XBLNR": "E0", "CPUDT": "2025-03-09"}])
        assert mapped.values("movement", "movement_id", "reference") == [("4900000001/2025/0001", "E0"), ("4900000001/2026/0001", "E1")]

    def test_a_line_without_its_header(self, bench: Bench) -> None:
        """When it was entered is unknown, so it cannot be judged."""
        row = self._map(bench, {}, headers=[]).only("movement")
        assert (row["problems"], row["changed_at"]) == ("no MKPF row", None)

    def test_an_ambiguous_header_makes_its_lines_ambiguous(self, bench: Bench) -> None:
        """Two versions of when it was entered."""
        mapped = self._map(bench, {}, headers=[{}, {"CPUTM": "13:00:00"}])
        assert {row["ambiguous"] for row in mapped.rows["movement"]} == {True}

    def test_versions_of_a_line_are_ambiguous(self, bench: Bench) -> None:
        """One document line with two quantities."""
        assert self._map(bench, {}, {"MENGE": "12"}).values("movement", "quantity", "ambiguous") == [(10, True), (12, True)]

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ({"MENGE": "1.2.3"}, 'MENGE "1.2.3" is not a number in the declared form'),
            ({"MENGE": ""}, "no quantity, or neither S nor H in SHKZG"),
            ({"SHKZG": ""}, "no quantity, or neither S nor H in SHKZG"),
            ({"SHKZG": "X"}, "no quantity, or neither S nor H in SHKZG"),
        ],
    )
    def test_a_quantity_that_cannot_be_told(self, bench: Bench, line: Row, said: str) -> None:
        """The line stays, and says why it has none."""
        row = self._map(bench, line).only("movement")
        assert (row["quantity"], row["problems"]) == (None, said)

    def test_entry_times_are_in_the_servers_zone(self, bench: Bench) -> None:
        """CPUDT and CPUTM carry none."""
        row = self._map(bench, {}, zone="Europe/Berlin").only("movement")
        assert (row["changed_at"], row["occurred_at"]) == (datetime(2026, 3, 9, 11), datetime(2026, 3, 8, 23))

    def test_a_batch_is_kept_as_typed(self, bench: Bench) -> None:
        """0000000109 and 109 may both exist; orders and materials lose their zeros."""
        mapped = self._map(bench, {"CHARG": "0000000109", "MATNR": "000000000000000077"}, {"ZEILE": "0002", "CHARG": "109", "MATNR": "77"})
        assert mapped.values("movement", "material", "batch") == [("77", "0000000109"), ("77", "109")]


class TestWorkOrder:
    """AUFK, AFKO, AFPO, JEST and JCDS."""

    def _map(self, bench: Bench, **tables: list[Row]) -> Mapped:
        return bench.map(PACK, {"AUFK": [{}], "AFKO": [{}], "AFPO": [{}], **tables}, zone="Europe/Berlin")

    def test_a_created_order(self, bench: Bench) -> None:
        """Every column of it."""
        row = self._map(bench, AFKO=[{"GSTRS": "2026-03-12"}], AFPO=[{"CHARG": "0000000109", "WEMNG": "40", "UNTTO": "5.0"}]).only("work_order")
        assert row.pop("row_ref").startswith("AUFK:")
        assert row == {
            "system": "P01/100", "source": "source", "plant": "1000", "changed_at": datetime(2026, 2, 28, 23), "problems": None, "ambiguous": False,
            "order_no": ORDER, "order_type": "PP01", "material": "M", "batch": "0000000109", "planned_quantity": Decimal(100), "unit": "KG",
            "produced_quantity": Decimal(40),
            "under_delivery_tolerance": Decimal(5), "scheduled_start": datetime(2026, 3, 11, 23), "released_at": None, "started_at": None, "completed_at": None,
            "finally_confirmed": False, "delivery_completed": False, "technically_complete": False, "closed": False, "cancelled": False,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("status", "column"),
        [("I0009", "finally_confirmed"), ("I0012", "delivery_completed"), ("I0045", "technically_complete"), ("I0046", "closed"), ("I0076", "cancelled"),
         ("I0013", "cancelled")],
    )  # fmt: skip
    def test_a_status_counts_while_it_is_active(self, bench: Bench, status: str, column: str) -> None:
        """The row of a status that was withdrawn stays in JEST, with INACT."""
        columns = ("finally_confirmed", "delivery_completed", "technically_complete", "closed", "cancelled")
        active = self._map(bench, JEST=[{"STAT": status}, {"STAT": "I0002"}]).only("work_order")
        withdrawn = self._map(bench, JEST=[{"STAT": status, "INACT": "X"}]).only("work_order")
        assert [name for name in columns if active[name]] == [column]
        assert [name for name in columns if withdrawn[name]] == []

    @pytest.mark.parametrize("status", ["I0010", "I0074", "I0321", "I0002", "E0045"])
    def test_other_statuses_say_nothing(self, bench: Bench, status: str) -> None:
        """Partially confirmed or delivered, movement posted, released, a user status."""
        row = self._map(bench, JEST=[{"STAT": status}]).only("work_order")
        assert not any(row[name] for name in ("finally_confirmed", "delivery_completed", "technically_complete", "closed", "cancelled"))

    def test_the_release_is_read_from_the_history(self, bench: Bench) -> None:
        """TECO takes REL away; the change document of its setting remains."""
        row = self._map(
            bench,
            JEST=[{"STAT": "I0002", "INACT": "X"}, {"STAT": "I0045"}],
            JCDS=[
                {"STAT": "I0002", "UDATE": "2026-03-02"},
                {"STAT": "I0002", "CHGNR": "002", "UDATE": "2026-03-05", "INACT": "X"},
                {"STAT": "I0045", "UDATE": "2026-03-05"},
            ],
        ).only("work_order")
        assert (row["released_at"], row["technically_complete"], row["changed_at"]) == (datetime(2026, 3, 2, 7), True, datetime(2026, 3, 5, 7))

    def test_the_first_of_several_releases(self, bench: Bench) -> None:
        """Partially released counts, as does a release that was taken back and given again."""
        row = self._map(bench, JCDS=[{"STAT": "I0002", "UDATE": "2026-03-04"}, {"STAT": "I0042", "UDATE": "2026-03-03"}]).only("work_order")
        assert row["released_at"] == datetime(2026, 3, 3, 7)

    def test_the_actual_release_date_where_there_is_no_history(self, bench: Bench) -> None:
        """FTRMI, the start of that day."""
        row = self._map(bench, AFKO=[{"FTRMI": "2026-03-02"}]).only("work_order")
        assert row["released_at"] == datetime(2026, 3, 1, 23)

    def test_an_active_release_alone_is_no_moment(self, bench: Bench) -> None:
        """It says that it was released, never when."""
        assert self._map(bench, JEST=[{"STAT": "I0002"}]).only("work_order")["released_at"] is None

    def test_elikz_completes_the_delivery(self, bench: Bench) -> None:
        """Whatever the status says."""
        assert self._map(bench, AFPO=[{"ELIKZ": "X"}]).only("work_order")["delivery_completed"] is True

    def test_elikz_has_to_be_set_on_every_item(self, bench: Bench) -> None:
        """A co-product still expected keeps the delivery open."""
        row = self._map(bench, AFPO=[{"ELIKZ": "X"}, {"POSNR": "0002", "MATNR": "N"}]).only("work_order")
        assert row["delivery_completed"] is False

    def test_the_first_item_is_the_orders_product(self, bench: Bench) -> None:
        """A value that it lacks is not taken from the co-product."""
        row = self._map(bench, AFPO=[{"POSNR": "0002", "MATNR": "N", "CHARG": "C", "PSMNG": "7"}, {"POSNR": "0001", "CHARG": ""}]).only("work_order")
        assert (row["material"], row["batch"], row["planned_quantity"]) == ("M", None, 100)

    def test_the_header_quantity_where_there_is_no_item(self, bench: Bench) -> None:
        """GAMNG in GMEIN."""
        row = self._map(bench, AFPO=[]).only("work_order")
        assert (row["planned_quantity"], row["unit"], row["material"]) == (100, "KG", None)

    def test_an_order_without_its_header_data(self, bench: Bench) -> None:
        """AUFK holds internal orders too; they have no AFKO."""
        assert self._map(bench, AFKO=[]).only("work_order")["problems"] == "no AFKO row"

    def test_a_deletion_flag_of_the_header(self, bench: Bench) -> None:
        """LOEKZ."""
        assert self._map(bench, AUFK=[{"LOEKZ": "X"}]).only("work_order")["cancelled"] is True

    @pytest.mark.parametrize(
        "tables",
        [
            {"AUFK": [{}, {"AUART": "PP02"}]},
            {"AFKO": [{}, {"GAMNG": "90"}]},
            {"AFPO": [{}, {"WEMNG": "9"}]},
            {"JEST": [{"STAT": "I0009"}, {"STAT": "I0009", "INACT": "X"}]},
            {"JCDS": [{"STAT": "I0002", "UDATE": "2026-03-02"}, {"STAT": "I0002", "UDATE": "2026-03-03"}]},
        ],
        ids=lambda tables: next(iter(tables)),
    )
    def test_versions_of_any_row_make_the_order_ambiguous(self, bench: Bench, tables: dict[str, list[Row]]) -> None:
        """Whichever of its tables."""
        assert {row["ambiguous"] for row in self._map(bench, **tables).rows["work_order"]} == {True}

    @pytest.mark.parametrize(
        "tables",
        [{"AFKO": [{"GSTRS": "2026-02-30"}]}, {"AFPO": [{"WEMNG": "x"}]}, {"JCDS": [{"STAT": "I0002", "UDATE": "2026-02-30"}]}, {"AUFK": [{"ERDAT": "x"}]}],
        ids=lambda tables: next(iter(tables)),
    )
    def test_what_cannot_be_read_is_told(self, bench: Bench, tables: dict[str, list[Row]]) -> None:
        """Whichever of its tables."""
        assert "in the declared form" in self._map(bench, **tables).only("work_order")["problems"]

    def test_an_order_of_another_client_is_another_order(self, bench: Bench) -> None:
        """Joins go by client."""
        row = self._map(bench, JEST=[{"MANDT": "200", "STAT": "I0009"}]).only("work_order")
        assert row["finally_confirmed"] is False


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

    def test_versions_of_a_conversion_are_ambiguous(self, bench: Bench) -> None:
        """Two numbers of pieces on a pallet."""
        mapped = bench.map(PACK, {"MARA": [{"MEINS": "EA"}], "MARM": [{"MEINH": "PAL", "UMREZ": "40"}, {"MEINH": "PAL", "UMREZ": "48"}]})
        assert [(row["factor"], row["ambiguous"]) for row in mapped.rows["unit_conversion"] if row["unit"] == "PAL"] == [(40, True), (48, True)]

    def test_every_unit_once(self, bench: Bench) -> None:
        """However many ways lead to it."""
        mapped = bench.map(PACK, {"MARA": [{"MEINS": "EA"}], "MARM": [{"MEINH": "ST"}, {"MEINH": "DZ", "UMREZ": "12"}, {"MEINH": "PCE"}]})
        units = [row["unit"] for row in mapped.rows["unit_conversion"]]
        assert sorted(units) == sorted(set(units))


class TestStock:
    """MCHB, with the times of MSEG and MKPF and the units of MARA."""

    def _map(self, bench: Bench, stock: Row, **tables: list[Row]) -> Mapped:
        return bench.map(PACK, {"MARA": [{}], "MCHB": [stock], **tables})

    def test_a_row_for_every_stock_type_that_is_not_zero(self, bench: Bench) -> None:
        """By SAP's own numbers; 03 is returns, not blocked."""
        mapped = self._map(bench, {"CLABS": "1", "CINSM": "2", "CRETM": "3", "CUMLM": "4", "CSPEM": "7", "CEINM": "8"})
        assert mapped.values("stock", "stock_type", "quantity", "unit", "storage_location") == [
            (kind, quantity, "KG", "0001") for kind, quantity in (("01", 1), ("02", 2), ("03", 3), ("04", 4), ("07", 7), ("08", 8))
        ]

    def test_a_leftover_row_of_zeros_is_left_out(self, bench: Bench) -> None:
        """Normal, and no stock."""
        assert self._map(bench, {}).rows["stock"] == []

    def test_the_time_is_that_of_the_last_movement(self, bench: Bench) -> None:
        """Of the batch at the storage location, whatever the kind; the line of a transfer that the system added counts here."""
        mapped = self._map(
            bench,
            {"CLABS": "1", "LAEDA": "2026-03-10"},
            MSEG=[
                {},
                {"MBLNR": "4900000002", "BWART": "311", "XAUTO": "X", "SHKZG": "S"},
                {"MBLNR": "4900000003", "LGORT": "0002"},
                {"MBLNR": "4900000003", "CHARG": "C"},
            ],
            MKPF=[{}, {"MBLNR": "4900000002", "CPUTM": "14:00:00"}, {"MBLNR": "4900000003", "CPUTM": "16:00:00"}],
        )
        assert mapped.only("stock")["changed_at"] == datetime(2026, 3, 9, 14)

    def test_the_time_where_no_movement_is_kept(self, bench: Bench) -> None:
        """The record's last change, or long ago."""
        assert self._map(bench, {"CLABS": "1", "LAEDA": "2026-02-01"}).only("stock")["changed_at"] == datetime(2026, 2, 1)
        assert self._map(bench, {"CLABS": "1"}).only("stock")["changed_at"] == datetime(1900, 1, 1)

    def test_a_quantity_that_cannot_be_read(self, bench: Bench) -> None:
        """None of the row's stock types can be trusted to be nothing."""
        mapped = self._map(bench, {"CLABS": "x", "CSPEM": "5"})
        assert all("CLABS" in row["problems"] for row in mapped.rows["stock"])
        assert {row["stock_type"]: row["quantity"] for row in mapped.rows["stock"]}["01"] is None

    def test_a_material_without_its_master_record(self, bench: Bench) -> None:
        """No unit."""
        assert self._map(bench, {"CLABS": "1"}, MARA=[]).only("stock")["problems"] == "no base unit in MARA"

    def test_versions_of_a_stock_row_are_ambiguous(self, bench: Bench) -> None:
        """Two quantities."""
        mapped = bench.map(PACK, {"MARA": [{}], "MCHB": [{"CLABS": "1"}, {"CLABS": "2"}]})
        assert mapped.values("stock", "quantity", "ambiguous") == [(1, True), (2, True)]


class TestQuality:
    """QALS, QAVE and the lot's statuses."""

    LOT = "10000001"

    def _map(self, bench: Bench, decision: list[Row] | None = None, statuses: list[Row] | None = None, lot: Row | None = None) -> Mapped:
        given = [{"OBJNR": "QL000010000001", **status} for status in statuses or []]
        return bench.map(PACK, {"QALS": [lot or {}], "QAVE": decision or [], "JEST": given})

    def test_a_lot_without_a_decision(self, bench: Bench) -> None:
        """Changed when it was created."""
        row = self._map(bench, lot={"AUFNR": "000001000014", "LOSMENGE": "40", "MENGENEINH": "KG"}).only("inspection_lot")
        assert (row["lot"], row["order_no"], row["quantity"], row["unit"], row["batch"]) == (self.LOT, ORDER, 40, "KG", "B")
        assert (row["decision"], row["decided_at"], row["changed_at"]) == (None, None, datetime(2026, 3, 8, 10))

    @pytest.mark.parametrize(("valuation", "decision"), [("A", "accepted"), ("R", "rejected"), ("", None), ("X", None)])
    def test_the_decision_is_the_valuation(self, bench: Bench, valuation: str, decision: str | None) -> None:
        """The code belongs to the customer."""
        row = self._map(bench, [{"VBEWERTUNG": valuation, "VCODE": "R9"}]).only("inspection_lot")
        assert (row["decision"], row["decided_at"], row["changed_at"]) == (decision, datetime(2026, 3, 9, 11), datetime(2026, 3, 9, 11))

    def test_stock_posting_and_cancellation(self, bench: Bench) -> None:
        """By active statuses."""
        row = self._map(bench, statuses=[{"STAT": "I0220"}, {"STAT": "I0224", "INACT": "X"}]).only("inspection_lot")
        assert (row["stock_posting_completed"], row["cancelled"]) == (True, False)
        row = self._map(bench, statuses=[{"STAT": "I0224"}]).only("inspection_lot")
        assert (row["stock_posting_completed"], row["cancelled"]) == (False, True)

    def test_a_decision_whose_day_cannot_be_read(self, bench: Bench) -> None:
        """It is told; the valuation stays."""
        row = self._map(bench, [{"VBEWERTUNG": "R", "VDATUM": "2026-02-30"}]).only("inspection_lot")
        assert (row["decision"], row["decided_at"], row["problems"]) == ("rejected", None, 'VDATUM "2026-02-30" is not a date in the declared form')

    def test_versions_of_a_decision_are_ambiguous(self, bench: Bench) -> None:
        """Accepted and rejected."""
        mapped = self._map(bench, [{"VBEWERTUNG": "A"}, {"VBEWERTUNG": "R"}])
        assert mapped.values("inspection_lot", "ambiguous") == [(True,), (True,)]


class TestConfirmation:
    """AFRU."""

    def test_a_final_confirmation(self, bench: Bench) -> None:
        """Numbered by RUECK and RMZHL."""
        row = bench.map(PACK, {"AFRU": [{"AUERU": "X", "LMNGA": "95", "XMNGA": "5", "MEINH": "KG", "LTXA1": "E7"}]}).only("confirmation")
        assert (row["confirmation"], row["order_no"], row["operation_no"], row["changed_at"]) == ("0000000207/00000001", ORDER, "0010", NOON)
        assert (row["yield_quantity"], row["scrap_quantity"], row["unit"], row["final"], row["cancelled"], row["reference"]) == (95, 5, "KG", True, False, "E7")

    def test_a_cancelled_confirmation_is_two_rows(self, bench: Bench) -> None:
        """Both are marked."""
        mapped = bench.map(
            PACK, {"AFRU": [{"STOKZ": "X", "STZHL": "00000000"}, {"RMZHL": "00000002", "STZHL": "00000001"}, {"RMZHL": "00000003", "STZHL": "00000000"}]}
        )
        assert mapped.values("confirmation", "cancelled") == [(True,), (True,), (False,)]


class TestGenealogy:
    """Links rebuilt from movements, order by order."""

    IN: Row = {}  # noqa: RUF012
    OUT: Row = {"ZEILE": "0009", "BWART": "101", "SHKZG": "S", "MATNR": "P", "CHARG": "O"}  # noqa: RUF012

    def _links(self, bench: Bench, *lines: Row) -> list[tuple[str, ...]]:
        return bench.map(PACK, {"MSEG": list(lines), "MKPF": [{}]}).values("genealogy_link", "output_batch", "input_batch")

    def test_every_input_feeds_every_output(self, bench: Bench) -> None:
        """SAP knows no finer link than the order."""
        lines = [self.IN, {"ZEILE": "0002", "CHARG": "C"}, self.OUT, {**self.OUT, "ZEILE": "0010", "CHARG": "O2"}]
        assert self._links(bench, *lines) == [("O", "B"), ("O", "C"), ("O2", "B"), ("O2", "C")]

    def test_the_whole_row(self, bench: Bench) -> None:
        """Changed with the newer of its ends."""
        mapped = bench.map(PACK, {"MSEG": [self.IN, {**self.OUT, "MBLNR": "4900000002"}], "MKPF": [{}, {"MBLNR": "4900000002", "CPUTM": "15:00:00"}]})
        row = mapped.only("genealogy_link")
        assert (row["order_no"], row["output_material"], row["output_batch"], row["input_material"], row["input_batch"]) == (ORDER, "P", "O", "M", "B")
        assert (row["changed_at"], row["problems"], row["ambiguous"]) == (datetime(2026, 3, 9, 15), None, False)

    @pytest.mark.parametrize(
        "line",
        [{"ZEILE": "0002", "BWART": "262", "SHKZG": "S"}, {"ZEILE": "0002", "BWART": "102", "SHKZG": "H", "MATNR": "P", "CHARG": "O"}],
        ids=["issue", "receipt"],
    )
    def test_what_was_taken_back_links_nothing(self, bench: Bench, line: Row) -> None:
        """Net of reversals, with or without SMBLN."""
        assert self._links(bench, self.IN, self.OUT, line) == []

    def test_what_was_taken_back_in_part_links(self, bench: Bench) -> None:
        """Something of it went in."""
        assert self._links(bench, self.IN, self.OUT, {"ZEILE": "0002", "BWART": "262", "SHKZG": "S", "MENGE": "4"}) == [("O", "B")]

    def test_without_a_batch_or_an_order_there_is_no_link(self, bench: Bench) -> None:
        """A lawful leaf."""
        assert self._links(bench, {"CHARG": ""}, self.OUT) == []
        assert self._links(bench, {"AUFNR": ""}, self.OUT) == []

    def test_orders_do_not_mix(self, bench: Bench) -> None:
        """Nor plants."""
        assert self._links(bench, {"AUFNR": "2"}, self.OUT) == []
        assert self._links(bench, {"WERKS": "2000"}, self.OUT) == []

    def test_a_movement_that_cannot_be_read_links_uncertainly(self, bench: Bench) -> None:
        """The link is there, and cannot be judged."""
        row = bench.map(PACK, {"MSEG": [{"MENGE": "x"}, self.OUT], "MKPF": [{}]}).only("genealogy_link")
        assert row["problems"] == 'MENGE "x" is not a number in the declared form'

    def test_versions_of_a_movement_link_uncertainly(self, bench: Bench) -> None:
        """Even where the versions sum up to nothing."""
        lines = [
            self.IN,
            {"ZEILE": "0002", "BWART": "262", "SHKZG": "S", "MENGE": "10"},
            {"ZEILE": "0002", "BWART": "262", "SHKZG": "S", "MENGE": "4"},
            self.OUT,
        ]
        mapped = bench.map(PACK, {"MSEG": lines, "MKPF": [{}]})
        assert mapped.values("genealogy_link", "input_batch", "ambiguous") == [("B", True)]
