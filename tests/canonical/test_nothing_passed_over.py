"""What a pack does not know might be the very thing that a rule looks for: it is refused or told, never passed over."""

from __future__ import annotations

from tests.canonical.raw import Bench, Row

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


def test_a_row_of_a_plant_that_nobody_declared_is_told(bench: Bench) -> None:
    """The only hold of a batch under a misspelt plant must not look like no hold."""
    mapped = bench.map(QMS, {"hold": [{}, {"hold_id": "H2", "plant": "1001"}]}, plants=("1000",))
    problem = mapped.supplies["qms.hold"].problem
    assert problem is not None
    assert problem.startswith("1 row of hold of the plant 1001 (is it 1000?), which recon.toml declares neither")
    assert mapped.values("hold", "hold_id") == [("H1",)]


def test_rows_of_another_declared_plant_are_left_alone(bench: Bench) -> None:
    """A MES of two plants of which recon judges one, and SAP's tables, which hold every plant of the client."""
    orders: list[Row] = [{}, {"order_no": "2", "plant": "2000"}]
    assert bench.map(MES, {"work_order": orders}, plants=("1000",), other_plants=("2000",)).supplies["mes.work_order"].problem is None
    assert bench.map(SAP, {"MSEG": [{"WERKS": "4711"}], "MKPF": [{}]}, plants=("1000",)).supplies["sap.movement"].problem is None
