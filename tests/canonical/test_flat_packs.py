"""mes-tables and qms-tables, mapping by mapping."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from recon.config import Form
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
