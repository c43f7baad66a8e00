"""Precedence has a top."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon import shipped
from recon.errors import ReconError
from recon.ruleset.load import load


def test_rules_that_yield_to_each_other_are_refused(tmp_path: Path) -> None:
    """In a circle every finding is a consequence, and none would be counted."""
    shipped_rule = next(shipped.folder("rules").rglob("CON-005-*.sql"))
    text = shipped_rule.read_text(encoding="utf-8")
    circle = text.replace("rationale:", "yields_to:\n  - {rule: CON-001, match: {order_no: order_no, component: component}}\nrationale:", 1)
    (tmp_path / shipped_rule.name).write_text(circle, encoding="utf-8")
    with pytest.raises(ReconError, match="CON-005 yields to itself, by way of CON-001"):
        load(shipped.folder("rules"), tmp_path)
