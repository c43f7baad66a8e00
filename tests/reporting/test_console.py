"""Tables on a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from recon.reporting.console import listing, print_fitting


def test_a_table_that_does_not_fit_stands_on_its_side() -> None:
    """Every name and value is whole; a column that nobody fills is left out, and what fits beside each other is beside each other."""
    table = listing("order_no", "stock_posting_completed", "status", "nothing", "read from")
    table.add_row("1000131", "no", "SPRQ", "", "QALS:aa937cc92e9e:48")
    table.add_row("1000132", "yes", "SPRQ", "", "QALS:aa937cc92e9e:49")
    narrow, wide = io.StringIO(), io.StringIO()
    print_fitting(Console(width=60, file=narrow), table)
    shown = [line.split() for line in narrow.getvalue().splitlines() if line.strip()]
    assert shown[0] == ["order_no", "1000131"]
    assert ["stock_posting_completed", "no"] in shown
    assert ["read", "from", "QALS:aa937cc92e9e:49"] in shown
    assert not any(line[0] == "nothing" for line in shown)
    print_fitting(Console(width=120, file=wide), table)
    assert any("1000131" in line and "SPRQ" in line for line in wide.getvalue().splitlines())
