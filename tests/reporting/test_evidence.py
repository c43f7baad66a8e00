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
