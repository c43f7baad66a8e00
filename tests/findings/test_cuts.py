"""Who can be judged: a source works for its own SAP system, and shows no moment that is still to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recon import shipped
from recon.config import Settings
from recon.findings.cuts import Readiness, readiness
from recon.model import CanonicalState, Part, Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.rule import Pairing
from recon.ruleset.load import load

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
TABLES = {"sap": ("stock", "inspection_lot"), "mes": (), "qms": ("hold", "disposition")}


def test_another_systems_source_does_not_serve() -> None:
    """A second SAP system at a plant of the same number has no QMS of its own, and is not judged with the first one's."""
    first, second = ready({"sap": ("sap", "P01/100"), "qms": ("qms", "P01/100"), "sap2": ("sap", "Q01/100")})
    assert (first.system, first.reasons, first.sources) == ("P01/100", (), ("qms", "sap"))
    assert (second.system, second.cut, second.sources) == ("Q01/100", None, ("sap2",))
    assert second.reasons == ("no source provides qms.hold", "no source provides qms.disposition")


def test_a_source_from_the_future_is_not_believed() -> None:
    """Minutes ahead are the clocks'; a year is a mistake."""
    sources = {"sap": ("sap", "P01/100"), "qms": ("qms", "P01/100")}
    assert ready(sources, ahead=timedelta(minutes=5))[0].reasons == ()
    (late,) = ready(sources, ahead=timedelta(days=365))
    assert late.cut is None
    assert late.reasons[0].startswith("sap: as of 2027-03-10 01:00Z lies after the moment of the run")


@pytest.mark.parametrize(
    ("table", "earlier", "reason"),
    [
        ({"base": 1000}, [1000, 900], None),
        ({"base": 0}, [0, 0, 3], "T is suspiciously empty: no rows, 3 when it last had some"),
        ({"base": 1000, "dead": 600}, [1000], "T is suspiciously empty: 400 rows, 1000 in the runs before"),
        ({"base": 1000, "dead": 600, "delta": 200}, [1000], None),
        ({"base": 5000, "delta": 500}, [1000, 1000, 1100], "T has grown implausibly: 5500 rows, 1000 in the runs before"),
        ({"base": 5000}, [1000, 1000, 1000], None),
        ({"base": 9000}, [1000, 1000], None),
        ({"base": 9000}, [0, 0, 0], None),
        ({"base": 4000}, [10, 10, 10], None),
    ],
)
def test_what_is_a_plausible_size(table: dict[str, int], earlier: list[int], reason: str | None) -> None:
    """Current rows against the median of the runs before: under half is too few; over five times is too many, where there were runs and rows enough to tell."""
    parts = {name: Part("0" * 64, rows, {}) for name, rows in table.items()}
    read = TableSnapshot("T", parts["base"], None, 0, None, delta=parts.get("delta"), dead=parts.get("dead"))
    (judged,) = ready({"sap": ("sap", "P01/100"), "qms": ("qms", "P01/100")}, read=read, earlier={("sap", "T"): earlier})
    assert judged.reasons == (() if reason is None else (f"sap: {reason}",))


def ready(
    sources: dict[str, tuple[str, str]],
    ahead: timedelta = timedelta(),
    read: TableSnapshot | None = None,
    earlier: dict[tuple[str, str], list[int]] | None = None,
) -> list[Readiness]:
    """Readiness of the shipped pairing over stock and holds, for sources given as name → (side, system); SAP's clock is `ahead`.

    read: the one raw table of every source; earlier: its row counts in the runs before.
    """
    settings = Settings.model_validate(
        {
            "site": "s",
            "plants": {"1000": {"name": "n", "time_zone": "UTC", "currency": "EUR"}},
            "sources": {name: {"kind": "files", "pack": side, "system": system, "plants": ["1000"], "path": "."} for name, (side, system) in sources.items()},
        }
    )
    part = Part("0" * 64, 1, {})
    table = read or TableSnapshot("T", part, None, 0, None)
    snapshots = {
        name: SourceSnapshot(name, system, ("1000",), side, NOW + (ahead if side == "sap" else timedelta()), {"T": table}, None)
        for name, (side, system) in sources.items()
    }
    state = CanonicalState(part, None, None, 1, "0" * 64, (), 0)
    supplies = [Supply(name, f"{side}.{table}", state, None, ("T",)) for name, (side, _) in sources.items() for table in TABLES[side]]
    pairing: Pairing = load(shipped.folder("rules")).pairings["batch_restriction"]
    return readiness(pairing, settings, Snapshot(snapshots), supplies, NOW, earlier or {})
