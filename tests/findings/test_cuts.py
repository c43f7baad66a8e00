"""Who can be judged: a source works for its own SAP system, and shows no moment that is still to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recon import shipped
from recon.config import Settings
from recon.findings.cuts import Readiness, readiness
from recon.model import Part, Snapshot, SourceSnapshot, Supply, TableSnapshot
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


def ready(sources: dict[str, tuple[str, str]], ahead: timedelta = timedelta()) -> list[Readiness]:
    """Readiness of the shipped pairing over stock and holds, for sources given as name → (side, system); SAP's clock is `ahead`."""
    settings = Settings.model_validate(
        {
            "site": "s",
            "plants": {"1000": {"name": "n", "time_zone": "UTC", "currency": "EUR"}},
            "sources": {name: {"kind": "files", "pack": side, "system": system, "plants": ["1000"], "path": "."} for name, (side, system) in sources.items()},
        }
    )
    part = Part("0" * 64, 1, {})
    snapshots = {
        name: SourceSnapshot(
            name, system, ("1000",), side, NOW + (ahead if side == "sap" else timedelta()), {"T": TableSnapshot("T", part, None, 0, None)}, None
        )
        for name, (side, system) in sources.items()
    }
    supplies = [Supply(name, f"{side}.{table}", part, None, ("T",)) for name, (side, _) in sources.items() for table in TABLES[side]]
    pairing: Pairing = load(shipped.folder("rules")).pairings["batch_restriction"]
    return readiness(pairing, settings, Snapshot(snapshots), supplies, NOW, {})
