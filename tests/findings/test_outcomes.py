"""How a rule ended: it was evaluated only where something could be judged."""

from __future__ import annotations

from datetime import UTC, datetime

from recon import shipped
from recon.findings.cuts import Readiness
from recon.findings.files import outcomes
from recon.ruleset.load import load

WHERE = ("P01/100", "1000")
CUT = datetime(2026, 3, 10, 1, tzinfo=UTC)
READY = [Readiness(*WHERE, ("mes", "sap"), (), CUT, CUT, None, CUT.date())]


def ended(keys: int, unjudged: int) -> set[tuple[str, int | None, str | None]]:
    """Outcome, population and reason where `unjudged` of `keys` could not be judged."""
    rule = load(shipped.folder("rules")).rules["CON-001"]
    lost = {WHERE: (unjudged, "unreadable: X")} if unjudged else {}
    return {(one.outcome, one.compared, one.reason) for one in outcomes(rule, READY, population={WHERE: keys}, fired={}, unjudged=lost)}


def test_single_keys_are_counted() -> None:
    """The rest was compared."""
    assert ended(keys=10, unjudged=3) == {("evaluated", 7, None)}


def test_none_judged_is_not_evaluated() -> None:
    """A night that compared nothing is not clean; the reason says why."""
    assert ended(keys=3, unjudged=3) == {("not evaluated", None, "none of 3 keys could be judged, most of them because: unreadable: X")}


def test_nothing_there_is_clean() -> None:
    """No key at all is a lawful population."""
    assert ended(keys=0, unjudged=0) == {("evaluated", 0, None)}
