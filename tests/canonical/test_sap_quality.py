"""sap-ecc-tables: inspection lots and usage decisions."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.canonical.raw import Bench, Mapped, Row

PACK = "sap-ecc-tables"
ORDER = "1000014"


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
