"""What a pack does not know might be the very thing that a rule looks for: it is refused or told, never passed over."""

from __future__ import annotations

from tests.canonical.raw import Bench

SAP, MES, QMS = "sap-ecc-tables", "mes-tables", "qms-tables"


def test_a_movement_of_an_unknown_kind_is_refused(bench: Bench) -> None:
    """Rules choose movements by their kind, so it would be seen by none; upper case does not matter."""
    mapped = bench.map(MES, {"movement": [{"kind": "Consumption"}, {"event_id": "E2", "kind": "verbrauch"}]})
    assert mapped.values("movement", "movement_id", "kind") == [("E1", "consumption")]
    assert mapped.refused == [("movement", 2, "kind verbrauch is none of consumption, output, by-product, scrap, transfer")]
    assert mapped.supplies["mes.movement"].problem == "1 row of movement refused"


def test_an_order_in_an_unknown_status_is_told(bench: Bench) -> None:
    """It might be complete."""
    mapped = bench.map(MES, {"work_order": [{"status": "fertig"}, {"order_no": "2", "status": "COMPLETE"}]})
    assert mapped.values("work_order", "order_no", "closed", "problems") == [("1000014", None, 'status "fertig" is unknown'), ("2", True, None)]


def test_a_negative_quantity_is_told(bench: Bench) -> None:
    """It is positive in both systems, whatever its direction."""
    assert bench.map(MES, {"movement": [{"kind": "output", "quantity": "-3"}]}).only("movement")["problems"] == "negative quantity"
    assert bench.map(SAP, {"MSEG": [{"MENGE": "-3"}], "MKPF": [{}]}).only("movement")["problems"] == "negative MENGE"


def test_a_hold_without_a_batch_is_refused(bench: Bench) -> None:
    """It could be meant for any."""
    mapped = bench.map(QMS, {"hold": [{"batch": ""}]})
    assert mapped.refused == [("hold", 1, "batch is empty or unreadable")]


def test_a_usage_decision_of_unknown_valuation_is_told(bench: Bench) -> None:
    """It might be a rejection."""
    row = bench.map(SAP, {"QALS": [{}], "QAVE": [{"VBEWERTUNG": "Z"}], "JEST": []}).only("inspection_lot")
    assert (row["decision"], row["problems"]) == (None, 'usage decision with valuation "Z"')


def test_a_usage_decision_without_its_lot_is_refused(bench: Bench) -> None:
    """Nobody knows which batch it is about."""
    mapped = bench.map(SAP, {"QALS": [], "QAVE": [{"VBEWERTUNG": "R"}], "JEST": []})
    assert mapped.refused == [("QAVE", 1, "inspection_lot without a plant")]
    assert mapped.supplies["sap.inspection_lot"].problem == "1 row of inspection_lot without a plant"


def test_a_released_order_without_a_release_date_is_told(bench: Bench) -> None:
    """It is not one that was never released."""
    row = bench.map(SAP, {"AUFK": [{}], "AFKO": [{}], "AFPO": [{}], "JEST": [{"STAT": "I0002"}], "JCDS": []}).only("work_order")
    assert (row["released_at"], row["problems"]) == (None, "released, and nothing says when")
