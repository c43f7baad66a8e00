"""sap-ecc-tables: production orders and their confirmations."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from tests.canonical.raw import Bench, Mapped, Row

PACK = "sap-ecc-tables"
NOON = datetime(2026, 3, 9, 12)
ORDER = "1000014"


class TestWorkOrder:
    """AUFK, AFKO, AFPO, JEST and JCDS."""

    def _map(self, bench: Bench, **tables: list[Row]) -> Mapped:
        return bench.map(PACK, {"AUFK": [{}], "AFKO": [{}], "AFPO": [{}], **tables}, zone="Europe/Berlin")

    def test_a_created_order(self, bench: Bench) -> None:
        """Every column of it."""
        row = self._map(bench, AFKO=[{"GSTRS": "2026-03-12"}], AFPO=[{"CHARG": "0000000109", "WEMNG": "40", "UNTTO": "5.0"}]).told("work_order")
        assert row.pop("row_ref").startswith("AUFK:")
        assert row == {
            "system": "P01/100", "source": "source", "plant": "1000", "changed_at": datetime(2026, 2, 28, 23), "ambiguous": False,
            "order_no": ORDER, "order_type": "PP01", "material": "M", "batch": "0000000109", "planned_quantity": Decimal(100), "unit": "KG",
            "produced_quantity": Decimal(40),
            "under_delivery_tolerance": Decimal(5), "scheduled_start": datetime(2026, 3, 11, 23),
            "finally_confirmed": False, "delivery_completed": False, "technically_complete": False, "closed": False, "cancelled": False,
            "locked": False, "deletion_flag": False,
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


class TestConfirmation:
    """AFRU."""

    def test_a_final_confirmation(self, bench: Bench) -> None:
        """Numbered by RUECK and RMZHL."""
        row = bench.map(PACK, {"AFRU": [{"AUERU": "X", "LMNGA": "95", "XMNGA": "5", "MEINH": "KG", "LTXA1": "E7"}]}).only("confirmation")
        assert (row["confirmation"], row["order_no"], row["operation_no"], row["changed_at"]) == ("207/1", ORDER, "0010", NOON)
        assert (row["yield_quantity"], row["scrap_quantity"], row["unit"], row["final"], row["cancelled"], row["reference"]) == (95, 5, "KG", True, False, "E7")

    def test_a_cancelled_confirmation_is_two_rows(self, bench: Bench) -> None:
        """Both are marked."""
        mapped = bench.map(
            PACK, {"AFRU": [{"STOKZ": "X", "STZHL": "00000000"}, {"RMZHL": "00000002", "STZHL": "00000001"}, {"RMZHL": "00000003", "STZHL": "00000000"}]}
        )
        assert mapped.values("confirmation", "cancelled") == [(True,), (True,), (False,)]
