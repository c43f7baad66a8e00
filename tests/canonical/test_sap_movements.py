"""sap-ecc-tables: goods movements and the links between batches that they make."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

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
        row = self._map(bench, {}, headers=[{"XBLNR": "E1"}]).told("movement")
        assert row.pop("row_ref").startswith("MSEG:")
        assert row == {
            "system": "P01/100", "source": "source", "plant": "1000", "changed_at": NOON, "ambiguous": False,
            "movement_id": "4900000001/2026/1", "kind": "consumption", "movement_type": "261", "order_no": ORDER, "material": "M", "batch": "B",
            "storage_location": "0001", "quantity": Decimal(10), "unit": "KG", "reference": "E1", "occurred_at": datetime(2026, 3, 9),
            "stock_type": "01", "posting_date": date(2026, 3, 9), "document": "4900000001",
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
        mapped = self._map(bench, *({**line, "ZEILE": f"{number:04}"} for number, (line, _, _) in enumerate(self.DIRECTIONS, 10)))
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
        assert {(row["kind"], row["quantity"], row["movement_id"].split("/")[-1]) for row in mapped.rows["movement"]} == {("transfer", Decimal(10), "1")}
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
        assert mapped.values("movement", "quantity", "reference", "reverses") == [(10, "E1", None), (-10, "E1", "4900000001/2026/1")]

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
        assert mapped.values("movement", "movement_id", "reference") == [("4900000001/2025/1", "E0"), ("4900000001/2026/1", "E1")]

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
