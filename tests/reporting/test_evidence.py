"""Which sides stand beside a finding."""

from __future__ import annotations

import json

import pytest

from recon.reporting.evidence import sides_of


@pytest.mark.parametrize(
    ("compared", "shown"),
    [
        ({"sap": {"quantity": 5}, "mes": {"quantity": None}}, ["SAP", "MES"]),
        ({"sap": {"status": None}, "mes": {"status": "failed"}, "qms": {"status": None}, "wms": {"status": None}}, ["MES"]),
        ({"sap": {"status": "posted"}, "mes": {"status": "failed"}, "qms": {"status": None}, "wms": {"status": None}}, ["SAP", "MES"]),
    ],
)
def test_a_side_that_says_nothing(compared: dict[str, dict[str, object]], shown: list[str]) -> None:
    """Of two, it is what the finding is about; of all four, it knows nothing of the thing."""
    assert [side.title for side in sides_of(json.dumps(compared), None, [])] == shown


def test_quantities_have_their_unit() -> None:
    """That of the finding, or the side's own; numbers of something else, and what nobody knows, have none."""
    compared = {"sap": {"quantity": 2400.5, "unit": "ST", "rows": 2}, "mes": {"quantity": 3600.0, "unrestricted": None, "planned": 12.0, "rows": 1}}
    sap, mes = sides_of(json.dumps(compared), None, [], "EA")
    assert sap.compared == {"quantity": "2,400.5 ST", "unit": "ST", "rows": "2"}
    assert mes.compared == {"quantity": "3,600 EA", "unrestricted": "", "planned": "12", "rows": "1"}
    (without,) = sides_of(json.dumps({"mes": {"quantity": 1.0}}), None, [])
    assert without.compared == {"quantity": "1"}
