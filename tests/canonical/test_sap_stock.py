"""sap-ecc-tables: stock of every kind."""

from __future__ import annotations

from datetime import datetime

from tests.canonical.raw import Bench, Mapped, Row

PACK = "sap-ecc-tables"


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
