"""mes-tables, qms-tables and wms-tables: what their rows mean. test_shapes.py tries every column of every table."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from recon.config import Form
from tests.canonical.pages import example
from tests.canonical.raw import Bench

NOON = datetime(2026, 3, 9, 12)


class TestMes:
    """The flat shape mes-tables."""

    def test_a_consumption(self, bench: Bench) -> None:
        """Its own number is the reference that SAP quotes."""
        row = bench.map("mes-tables", {"movement": [{"order_no": "000001000014", "material": "000077", "batch": "0000000109"}]}).told("movement")
        assert row.pop("row_ref").startswith("movement:")
        assert row == {
            "system": "P01/100", "source": "source", "plant": "1000", "changed_at": NOON, "ambiguous": False, "movement_id": "E1",
            "kind": "consumption",
            "order_no": "1000014", "material": "77", "batch": "0000000109", "quantity": Decimal(10),
            "unit": "KG",
            "reference": "E1", "occurred_at": datetime(2026, 3, 9, 11, 55),
        }  # fmt: skip

    def test_what_was_not_weighed_has_no_weight(self, bench: Bench) -> None:
        """Some scales say 0 of it; pieces that weigh nothing would be missing in SAP."""
        events = [{"event_id": f"E{weight}", "catch_quantity": weight, "catch_unit": "KG"} for weight in ("0", "0.71", "")]
        mapped = bench.map("mes-tables", {"movement": events})
        assert mapped.values("movement", "movement_id", "catch_quantity") == [("E", None), ("E0", None), ("E0.71", Decimal("0.71"))]

    def test_an_event_that_takes_back_counts_against(self, bench: Bench) -> None:
        """Quantities arrive positive."""
        mapped = bench.map("mes-tables", {"movement": [{}, {"event_id": "E2", "reverses_event_id": "E1"}]})
        assert mapped.values("movement", "movement_id", "quantity", "reverses") == [("E1", 10, None), ("E2", -10, "E1")]

    def test_an_event_without_a_quantity(self, bench: Bench) -> None:
        """It cannot be judged, and says so."""
        assert bench.map("mes-tables", {"movement": [{"quantity": ""}]}).values("movement", "quantity", "problems") == [(None, "no quantity")]

    def test_five_decimals_are_kept(self, bench: Bench) -> None:
        """An MES measures finer than SAP books."""
        assert bench.map("mes-tables", {"movement": [{"quantity": "0.00012"}]}).only("movement")["quantity"] == Decimal("0.00012")

    @pytest.mark.parametrize("missing", ["event_id", "plant", "recorded_at"])
    def test_an_event_without_what_it_needs_is_refused(self, bench: Bench, missing: str) -> None:
        """Its number, its plant, when it was recorded."""
        mapped = bench.map("mes-tables", {"movement": [{missing: ""}]})
        assert mapped.refused == [("movement", 1, f"{missing} is empty or unreadable")]
        assert mapped.supplies["mes.movement"].problem == "1 row of movement refused"

    def test_a_moment_that_cannot_be_read_is_told_when_refused(self, bench: Bench) -> None:
        """With the text."""
        mapped = bench.map("mes-tables", {"movement": [{"recorded_at": "yesterday"}]})
        assert mapped.refused == [
            ("movement", 1, 'recorded_at is empty or unreadable; recorded_at "yesterday" is not a timestamp in the declared form'),
        ]

    def test_moments_without_an_offset_are_in_the_sources_zone(self, bench: Bench) -> None:
        """Those with one are not."""
        mapped = bench.map("mes-tables", {"movement": [{"recorded_at": "2026-03-09T12:00:00", "occurred_at": "2026-03-09T12:00:00Z"}]}, zone="Europe/Berlin")
        assert mapped.values("movement", "changed_at", "occurred_at") == [(datetime(2026, 3, 9, 11), NOON)]

    @pytest.mark.parametrize(
        ("status", "closed", "cancelled"),
        [("received", False, False), ("running", False, False), ("complete", True, False), ("cancelled", False, True), ("", None, None)],
    )
    def test_the_status_of_an_order(self, bench: Bench, status: str, closed: bool | None, cancelled: bool | None) -> None:
        """Four words; none of them is an absence."""
        row = bench.map("mes-tables", {"work_order": [{"status": status}]}).only("work_order")
        assert (row["closed"], row["cancelled"]) == (closed, cancelled)

    def test_the_moments_of_an_order(self, bench: Bench) -> None:
        """Received is what the MES knows of a release."""
        given = {
            "received_at": "2026-03-01T08:00:00Z",
            "started_at": "2026-03-02T08:00:00Z",
            "completed_at": "",
            "planned_quantity": "100",
            "produced_quantity": "40",
            "unit": "KG",
        }
        row = bench.map("mes-tables", {"work_order": [given]}).only("work_order")
        assert (row["released_at"], row["started_at"], row["completed_at"], row["changed_at"]) == (datetime(2026, 3, 1, 8), datetime(2026, 3, 2, 8), None, NOON)
        assert (row["planned_quantity"], row["produced_quantity"], row["unit"], row["under_delivery_tolerance"]) == (100, 40, "KG", None)

    def test_a_link(self, bench: Bench) -> None:
        """As it is told, without a batch too."""
        mapped = bench.map("mes-tables", {"genealogy_link": [{}, {"input_batch": "", "input_material": "W"}]})
        assert mapped.values("genealogy_link", "order_no", "output_material", "output_batch", "input_material", "input_batch", "changed_at") == [
            ("1000014", "P", "O", "M", "B", NOON),
            ("1000014", "P", "O", "W", None, NOON),
        ]


class TestQms:
    """The flat shape qms-tables."""

    def test_a_hold(self, bench: Bench) -> None:
        """Without a scope it is on the whole batch."""
        row = bench.map("qms-tables", {"hold": [{"material": "000077", "batch": "007", "reason": "label", "owner": "Lee"}]}).told("hold")
        assert row.pop("row_ref").startswith("hold:")
        assert row == {
            "system": "P01/100", "source": "source", "plant": "1000", "changed_at": NOON, "ambiguous": False, "hold_id": "H1",
            "material": "77",
            "batch": "007", "scope": "batch", "reason": "label", "owner": "Lee", "opened_at": NOON,
        }  # fmt: skip

    @pytest.mark.parametrize("scope", ["batch", "BATCH", "Container", "serial", "quantity", "location"])
    def test_scopes_in_any_case(self, bench: Bench, scope: str) -> None:
        """Five words."""
        assert bench.map("qms-tables", {"hold": [{"scope": scope}]}).values("hold", "scope", "problems") == [(scope.lower(), None)]

    def test_a_scope_that_nobody_knows(self, bench: Bench) -> None:
        """It may be the whole batch, so it is not passed over."""
        assert bench.map("qms-tables", {"hold": [{"scope": "Palette"}]}).values("hold", "problems") == [('scope "Palette" is unknown',)]

    def test_a_closed_hold(self, bench: Bench) -> None:
        """In the source's zone."""
        row = bench.map("qms-tables", {"hold": [{"closed_at": "10.03.2026 08:00"}]}, form=Form(timestamp="%d.%m.%Y %H:%M"), zone="Europe/Berlin")
        assert row.refused  # opened and changed are not in that form, and a hold needs to say when it changed

    @pytest.mark.parametrize(("decision", "read"), [("accepted", "accepted"), ("Rejected", "rejected"), ("CONDITIONAL", "conditional")])
    def test_decisions_in_any_case(self, bench: Bench, decision: str, read: str) -> None:
        """Three words."""
        row = bench.map("qms-tables", {"disposition": [{"decision": decision, "lot": "000010000001", "decided_by": "Lee"}]}).only("disposition")
        assert (row["decision"], row["problems"], row["lot"], row["decided_by"], row["decided_at"], row["changed_at"]) == (
            read,
            None,
            "10000001",
            "Lee",
            NOON,
            NOON,
        )

    @pytest.mark.parametrize("decision", ["R", "reject", ""])
    def test_a_decision_that_nobody_knows(self, bench: Bench, decision: str) -> None:
        """It may be a rejection, so it is not passed over."""
        assert bench.map("qms-tables", {"disposition": [{"decision": decision}]}).values("disposition", "problems") == [(f'decision "{decision}" is unknown',)]

    def test_versions_of_a_hold_are_ambiguous(self, bench: Bench) -> None:
        """Open and closed."""
        mapped = bench.map("qms-tables", {"hold": [{}, {"closed_at": "2026-03-09T13:00:00Z"}]})
        assert mapped.values("hold", "ambiguous") == [(True,), (True,)]


class TestMeaning:
    """What a row means beyond its columns."""

    @pytest.mark.parametrize(
        ("status", "finally_confirmed", "deletion_flag"),
        [("waiting", False, False), ("Running", False, False), ("complete", True, False), ("cancelled", False, True), ("fertig", None, False)],
    )
    def test_the_status_of_an_operation(self, bench: Bench, status: str, finally_confirmed: bool | None, deletion_flag: bool) -> None:
        """Four words; of another one nobody knows whether it means complete."""
        row = bench.map("mes-tables", {"operation": [example("mes-tables", "operation") | {"status": status}]}).only("operation")
        assert (row["finally_confirmed"], row["deletion_flag"], row["status"]) == (finally_confirmed, deletion_flag, status)

    def test_an_order_on_hold_is_open_and_locked(self, bench: Bench) -> None:
        """It is neither complete nor cancelled."""
        row = bench.map("mes-tables", {"work_order": [{"status": "held"}]}).only("work_order")
        assert (row["closed"], row["cancelled"], row["locked"], row["closed_at"]) == (False, False, True, None)

    def test_a_report_that_takes_another_back(self, bench: Bench) -> None:
        """Neither of them stands; a flag that is not there says that it was not taken back."""
        given = [
            {"confirmation_id": "C1", "cancelled": "true", "cancels_confirmation_id": ""},
            {"confirmation_id": "C2", "cancelled": "", "cancels_confirmation_id": "C1"},
            {"confirmation_id": "C3", "cancelled": "", "cancels_confirmation_id": ""},
        ]
        mapped = bench.map("mes-tables", {"confirmation": [example("mes-tables", "confirmation") | row for row in given]})
        assert mapped.values("confirmation", "confirmation", "cancelled", "cancels") == [("C1", True, None), ("C2", True, "C1"), ("C3", False, None)]

    def test_what_comes_out_of_a_bom_is_a_by_product(self, bench: Bench) -> None:
        """A negative quantity says so where the flag does not."""
        given = [{"item": "1", "quantity": "-2", "by_product": ""}, {"item": "2", "quantity": "2", "by_product": ""}, {"item": "3", "by_product": "x"}]
        mapped = bench.map("mes-tables", {"bom_item": [example("mes-tables", "bom_item") | row for row in given]})
        assert mapped.values("bom_item", "item", "by_product", "problems") == [("1", True, None), ("2", False, None), ("3", True, None)]

    def test_a_bom_for_nothing_is_told(self, bench: Bench) -> None:
        """A base quantity of 0 leaves no quantity for one."""
        mapped = bench.map("mes-tables", {"bom_item": [example("mes-tables", "bom_item") | {"base_quantity": "0"}]})
        assert mapped.only("bom_item")["problems"] == "base_quantity is 0"

    @pytest.mark.parametrize("pack", ["mes-tables", "wms-tables"])
    def test_a_conversion_by_nothing_is_told(self, bench: Bench, pack: str) -> None:
        """And has no factor, so that nobody multiplies with it."""
        row = bench.map(pack, {"unit_conversion": [example(pack, "unit_conversion") | {"factor": "0"}]}).only("unit_conversion")
        assert (row["factor"], row["problems"]) == (None, "factor is 0")

    @pytest.mark.parametrize("pack", ["mes-tables", "wms-tables"])
    def test_no_stock_is_no_row(self, bench: Bench, pack: str) -> None:
        """Unless its quantity cannot be read, or it is less than nothing."""
        given = [{"batch": "A", "quantity": "0.000"}, {"batch": "B", "quantity": "-3"}, {"batch": "C", "quantity": "viel"}, {"batch": "D", "quantity": ""}]
        mapped = bench.map(pack, {"stock": [example(pack, "stock") | row for row in given]})
        unreadable = 'quantity "viel" is not a number in the declared form'
        assert mapped.values("stock", "batch", "quantity", "problems") == [("B", -3, None), ("C", None, unreadable), ("D", None, "no quantity")]

    def test_stock_types(self, bench: Bench) -> None:
        """An MES may keep none, and then its stock is unrestricted; a warehouse says which."""
        assert bench.map("mes-tables", {"stock": [example("mes-tables", "stock") | {"stock_type": ""}]}).values("stock", "stock_type", "problems") == [
            ("01", None)
        ]
        row = bench.map("wms-tables", {"stock": [example("wms-tables", "stock") | {"stock_type": "F2"}]}).only("stock")
        assert (row["stock_type"], row["problems"]) == ("F2", 'stock_type "F2" is unknown')

    def test_goods_that_left_at_some_moment_have_left(self, bench: Bench) -> None:
        """Where the flag is empty the moment says so."""
        given = [{"item_no": "1", "goods_issued": ""}, {"item_no": "2", "goods_issued": "", "goods_issue_at": ""}, {"item_no": "3", "goods_issued": "no"}]
        mapped = bench.map("wms-tables", {"delivery_item": [example("wms-tables", "delivery_item") | row for row in given]})
        assert mapped.values("delivery_item", "item_no", "goods_issued") == [("1", True), ("2", False), ("3", False)]

    def test_a_warehouse_movement_that_takes_back_counts_against(self, bench: Bench) -> None:
        """Quantities arrive positive; its own number is the reference that SAP quotes."""
        taking_back = {"event_id": "WT2", "reverses_event_id": "WT1", "kind": "Delivery", "quantity": "4"}
        row = bench.map("wms-tables", {"movement": [example("wms-tables", "movement") | taking_back]}).only("movement")
        assert (row["movement_id"], row["reference"], row["reverses"], row["kind"], row["quantity"]) == ("WT2", "WT2", "WT1", "delivery", -4)

    def test_what_belongs_to_no_plant(self, bench: Bench) -> None:
        """A message may name none and says so with a star; a row without a plant is refused."""
        given = [{"message_id": "1", "plant": "*"}, {"message_id": "2", "plant": ""}]
        mapped = bench.map("mes-tables", {"message": [example("mes-tables", "message") | row for row in given]})
        assert mapped.values("message", "message_id", "plant") == [("1", "*")]
        assert mapped.refused == [("message", 2, "plant is empty or unreadable")]
