"""Who can be judged: a source works for its own SAP system, and shows no moment that is still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from recon import shipped
from recon.config import Settings
from recon.findings.cuts import DAYS_BELIEVED, Counts, Intake, Readiness, Unheard, believed_tonight, doubts, readiness, silent, unheard
from recon.model import CanonicalState, Part, Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.rule import Pairing, PairingFront
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


def test_the_day_is_the_plants() -> None:
    """One moment is another calendar day at a plant seven hours behind, and rules over dates go by that."""
    sources = {"sap": ("sap", "P01/100"), "qms": ("qms", "P01/100")}
    assert [ready(sources, zone=zone)[0].day for zone in ("Europe/Berlin", "America/Chicago")] == [date(2026, 3, 10), date(2026, 3, 9)]


class TestOfNoPlant:
    """A pairing that is about no plant."""

    def test_all_sources_of_the_system_have_a_say(self) -> None:
        """One judgement for both plants, as of the source that is furthest behind, and on the day of the plant that is."""
        sources = {"sap": ("sap", "P01/100", "1000"), "west": ("mes", "P01/100", "2000")}
        (one,) = ready_of_no_plant(sources, ["sap.material", "mes.material"], behind={"west": timedelta(hours=2)})
        assert (one.system, one.plant, one.sources, one.reasons) == ("P01/100", "*", ("sap", "west"), ())
        assert (one.cut, one.day) == (NOW - timedelta(hours=2), date(2026, 3, 9))

    def test_one_stale_source_blocks_it(self) -> None:
        (one,) = ready_of_no_plant(
            {"sap": ("sap", "P01/100", "1000"), "west": ("mes", "P01/100", "2000")}, ["sap.material", "mes.material"], behind={"west": timedelta(days=3)}
        )
        assert one.cut is None
        assert one.reasons[0].startswith("west: stale")

    def test_a_table_that_a_site_may_do_without(self) -> None:
        """Where no source provides it, the others are judged; where none provides any, nothing is."""
        sap = {"sap": ("sap", "P01/100", "1000")}
        assert ready_of_no_plant(sap, ["sap.material", "wms.message"], optional=["wms.message"])[0].reasons == ()
        assert ready_of_no_plant(sap, ["sap.material", "wms.message"])[0].reasons == ("no source provides wms.message",)
        only = ready_of_no_plant(sap, ["mes.message", "wms.message"], optional=["mes.message", "wms.message"])
        assert only[0].reasons == ("no source provides any of mes.message, wms.message",)


class TestUnheard:
    """Messages that say nothing tonight; rules are judged without them."""

    def test_what_is_fresh_and_whole_is_heard(self) -> None:
        assert unheard_of() == []

    def test_no_source_tells_of_messages(self) -> None:
        """A site without middleware is told so once a plant; a table that a source is declared to be without is none."""
        assert unheard_of(table=None) == [Unheard("P01/100", "1000", None, None, "no source tells of messages")]
        assert unheard_of(without=["message"]) == [Unheard("P01/100", "1000", None, None, "no source tells of messages")]

    @pytest.mark.parametrize(
        ("broken", "reason"),
        [
            ({"problem": "message: no file"}, "message: no file"),
            ({"behind": timedelta(days=3)}, "stale: as of 2026-03-07"),
            ({"doubted": "message is suspiciously empty"}, "message is suspiciously empty"),
            ({"closed": "its gate failed"}, "its gate failed"),
        ],
    )
    def test_what_is_broken_says_nothing(self, broken: dict[str, Any], reason: str) -> None:
        """Missing, stale, doubted, or not let through by its gate."""
        (one,) = unheard_of(**broken)
        assert (one.system, one.plant, one.source, one.table) == ("P01/100", "1000", "mes", "mes.message")
        assert one.reason.startswith(reason)

    def test_another_systems_messages_are_not_those_of_the_plant(self) -> None:
        """Two SAP systems have a plant 1000 each: what the one's MES tells does not hide that nobody tells of the other's."""
        one = unheard_of(sources={"sap2": ("sap", "Q01/100")})
        assert one == [Unheard("Q01/100", "1000", None, None, "no source tells of messages")]

    def test_what_is_broken_is_silent_for_its_own_system(self) -> None:
        """The MES of the one is stale, that of the other is heard."""
        (one,) = unheard_of(sources={"mes2": ("mes", "Q01/100")}, behind=timedelta(days=3))
        assert (one.system, one.source) == ("P01/100", "mes")

    def test_one_of_two_mes_is_silent(self) -> None:
        """Both work for the plant: the other is heard, and the one that is not is named."""
        (one,) = unheard_of(sources={"mes2": ("mes", "P01/100")}, behind=timedelta(days=3))
        assert (one.plant, one.source) == ("1000", "mes")

    @pytest.mark.parametrize(("closed", "expected"), [(["1000"], {"1000"}), (["1000", "2000"], {None})])
    def test_a_source_is_silent_where_its_gate_is_closed(self, closed: list[str], expected: set[str | None]) -> None:
        """At one of its plants, or everywhere: then its messages of no plant are not heard either."""
        plants = {number: {"name": "n", "time_zone": "UTC", "currency": "EUR"} for number in ("1000", "2000")}
        mes = {"kind": "files", "pack": "mes", "system": "P01/100", "plants": [*plants], "path": "."}
        settings = Settings.model_validate({"site": "s", "plants": plants, "sources": {"mes": mes}})
        part = Part("0" * 64, 1, {})
        snapshot = Snapshot({"mes": SourceSnapshot("mes", "P01/100", (*plants,), "mes", NOW, {"message": TableSnapshot("message", part, None, 0, None)}, None)})
        supplies = [Supply("mes", "mes.message", CanonicalState(part, None, None, 1, "0" * 64, (), 0), None, ("message",))]
        intake = Intake(settings, snapshot, supplies, NOW, closed={("mes", "mes.message", plant): "its gate failed" for plant in closed})
        assert silent(unheard(intake), intake) == {("mes.message", "mes", plant) for plant in expected}


@pytest.mark.parametrize(("settle", "until"), [(None, "2026-03-10T00:00"), ("2d", "2026-03-08T01:00"), ("2wd", "2026-03-06T01:00")])
def test_a_workflow_may_settle_in_working_days(settle: str | None, until: str) -> None:
    """Two before a Tuesday are Monday and Friday: what has come since Friday's cut is still moving."""
    (one,) = ready({"sap": ("sap", "P01/100"), "qms": ("qms", "P01/100")}, settle=settle)
    assert one.settled_until == datetime.fromisoformat(until).replace(tzinfo=UTC)


class TestSkew:
    """Sources are compared by this machine's clock, whatever their own say."""

    def _ready(self, ahead: float = 0, **skew: float | None) -> Readiness:
        """SAP shows a moment `ahead` minutes after the quality system; `skew` in minutes, by side."""
        minutes = {side: None if far is None else timedelta(minutes=far) for side, far in skew.items()}
        (one,) = ready({"sap": ("sap", "P01/100"), "qms": ("qms", "P01/100")}, ahead=timedelta(minutes=ahead), skew=minutes)
        return one

    def test_a_clock_ahead_shows_an_earlier_moment(self) -> None:
        """What it calls 01:05 was 00:58, so nothing later is demanded of the other side."""
        fair, ahead = self._ready(), self._ready(ahead=5, sap=7)
        assert (fair.cut, ahead.cut) == (NOW, NOW - timedelta(minutes=2))
        assert fair.settled_until is not None
        assert ahead.settled_until == fair.settled_until - timedelta(minutes=2)

    def test_a_clock_behind_lets_less_settle(self) -> None:
        """Its stamps look ten minutes older than they are: what it stamped at the edge has settled exactly, and the other side's a little later."""
        fair, behind = self._ready(), self._ready(sap=-10)
        assert (fair.cut, behind.cut) == (NOW, NOW)
        assert fair.settled_until is not None
        assert behind.settled_until == fair.settled_until - timedelta(minutes=10)

    def test_where_both_are_alike_only_the_moment_moves(self) -> None:
        """The same rows have settled as if both clocks were right, by the stamps that they have."""
        both, fair = self._ready(sap=-10, qms=-10), self._ready()
        assert both.cut == NOW + timedelta(minutes=10)
        assert both.settled_until == fair.settled_until

    @pytest.mark.parametrize(("minutes", "told"), [(15, None), (-15, None), (16, "16 min ahead of"), (-200, "3.33333 h behind")])
    def test_a_clock_too_far_off_is_not_compared(self, minutes: int, told: str | None) -> None:
        """It says so, and no finding rests on it."""
        one = self._ready(sap=minutes)
        assert one.reasons == ((f"sap: its clock is {told} this machine's, which is more than max_skew",) if told else ())
        assert (one.cut is None) == bool(told)


class TestPlausibleSize:
    """What a table's rows are measured against."""

    def test_only_days_on_which_it_was_believed(self) -> None:
        """A table that broke stays doubted night after night and run after run: its broken counts are never a measure."""
        believed: Counts = {}
        for number, rows in enumerate([100, 100, 0, 0, 0, 40, 40, 40, 0, 0, 0, 0]):
            told, believed = night(rows, believed, day=number // 2)
            assert bool(told) == (rows != 100), number
        assert believed == {"qms": {"T": {date(2026, 3, 10): 100}}}
        assert night(50, believed, day=7)[0] == {}

    def test_seven_days_are_remembered(self) -> None:
        """Several runs of one day are one day, and what lies further back is no measure any more."""
        believed: Counts = {}
        for number in range(20):
            told, believed = night(1000 - 40 * number, believed, day=number // 2)
            assert told == {}
        assert list(believed["qms"]["T"]) == [date(2026, 3, 13) + timedelta(days=day) for day in range(DAYS_BELIEVED)]

    def test_a_lawful_shrink_is_declared(self) -> None:
        """From the declared day on the days before it are no measure; until then, and from the day after against what is normal now, the table is doubted."""
        believed: Counts = {"qms": {"T": {date(2026, 3, 9): 100, date(2026, 3, 10): 90}}}
        told, _ = night(10, believed, day=0, accept="2026-03-11")
        assert told["qms", "T"].endswith(
            "10 rows, 95 is the middle of the days before; if that is right, say so in recon.toml: sources.qms.tables.T.accept_rows_from = 2026-03-10"
        )
        told, after = night(10, believed, day=1, accept="2026-03-11")
        assert told == {}
        assert night(10, after, day=2, accept="2026-03-11")[0] == {}
        assert night(4, after, day=2, accept="2026-03-11")[0] != {}

    @pytest.mark.parametrize(("rows", "may_halve", "doubted"), [(7, False, True), (7, True, False), (0, True, True)])
    def test_a_table_may_be_declared_to_halve(self, rows: int, may_halve: bool, doubted: bool) -> None:
        """Handling units go when they are shipped; that there are none at all is doubted all the same."""
        table: dict[str, Any] = {"may_halve": may_halve}
        told, _ = night(rows, {"qms": {"T": {date(2026, 3, 9): 16}}}, day=0, table=table)
        assert bool(told) == doubted

    @pytest.mark.parametrize(("rows", "doubted"), [(16, False), (1, False), (0, False), (9000, True)])
    def test_a_worklist_may_be_worked_off(self, rows: int, doubted: bool) -> None:
        """To nothing in the end; what grows implausibly is doubted all the same."""
        told, _ = night(rows, {"qms": {"T": {date(2026, 3, day): 1600 for day in (7, 8, 9)}}}, day=0, worklist=True)
        assert bool(told) == doubted

    @pytest.mark.parametrize(
        ("table", "earlier", "reason"),
        [
            ({"base": 1000}, [1000, 900], None),
            ({"base": 0}, [3, 0, 0], "is suspiciously empty: no rows, 3 on 2026-03-07; "),
            ({"base": 1000, "dead": 600}, [1000], "is suspiciously empty: 400 rows, 1,000 is the middle of the days before; "),
            ({"base": 1000, "dead": 600, "delta": 200}, [1000], None),
            ({"base": 5000, "delta": 500}, [1000, 1000, 1100], "has grown implausibly: 5,500 rows, 1,000 is the middle of the days before; "),
            ({"base": 5000}, [1000, 1000, 1000], None),
            ({"base": 9000}, [1000, 1000], None),
            ({"base": 9000}, [0, 0, 0], None),
            ({"base": 4000}, [10, 10, 10], None),
            ({"base": 7}, [16, 16, 16], "is suspiciously empty: 7 rows, 16 is the middle of the days before; "),
        ],
    )
    def test_too_few_and_too_many(self, table: dict[str, int], earlier: list[int], reason: str | None) -> None:
        """Current rows against the middle of the days before: under half is too few; over five times is too many, where there were days and rows enough."""
        parts = {name: Part("0" * 64, rows, {}) for name, rows in table.items()}
        read = TableSnapshot("T", parts["base"], None, 0, None, delta=parts.get("delta"), dead=parts.get("dead"))
        days = {(NOW - timedelta(days=len(earlier) - number)).date(): rows for number, rows in enumerate(earlier)}
        told, _ = night(read, {"qms": {"T": days}}, day=0)
        assert [said.startswith(f"T {reason}") for said in told.values()] == ([True] if reason else [])

    def test_what_was_not_read_whole_is_no_measure(self) -> None:
        """Nor is what a source says of a day that is still to come."""
        assert night(100, {}, day=0, problem="1 row of T refused")[1] == {}
        assert night(TableSnapshot("T", Part("0" * 64, 100, {}), None, 0, None, interrupted=True), {}, day=0)[1] == {}
        assert night(100, {}, day=0, reference=NOW - timedelta(days=2))[1] == {}


class TestOneThingInTheWholeSystem:
    """Two MES, one for each plant, and an order or serial number that may be in either."""

    SOURCES: ClassVar = {"mes": ("mes", "P01/100", "1000"), "peoria": ("mes", "P01/100", "2000")}

    @pytest.mark.parametrize("across", [[], ["mes.work_order"]])
    def test_a_plant_waits_for_the_others(self, across: list[str]) -> None:
        """Where rows of all plants count, one stale source leaves no plant judged; else it is its own plant alone."""
        told = ready_of(self.SOURCES, ["mes.work_order"], {"across": across}, behind={"mes": timedelta(days=3)})
        assert {one.plant: bool(one.reasons) for one in told} == {"1000": True, "2000": bool(across)}

    def test_the_cut_is_that_of_the_source_behind(self) -> None:
        told = ready_of(self.SOURCES, ["mes.work_order"], {"across": ["mes.work_order"]}, behind={"mes": timedelta(hours=2)})
        assert {one.plant: one.cut for one in told} == dict.fromkeys(("1000", "2000"), NOW - timedelta(hours=2))
        assert {one.sources for one in told} == {("mes", "peoria")}

    def test_another_system_is_none_of_its_business(self) -> None:
        sources = {**self.SOURCES, "other": ("mes", "Q01/100", "1000")}
        told = ready_of(sources, ["mes.work_order"], {"across": ["mes.work_order"]}, behind={"other": timedelta(days=3)})
        assert {(one.system, one.plant): bool(one.reasons) for one in told} == {
            ("P01/100", "1000"): False,
            ("P01/100", "2000"): False,
            ("Q01/100", "1000"): True,
        }


class TestASourceThatHasNone:
    """Of a table that the site does not have there is nothing to wait for."""

    SOURCES: ClassVar = {"sap": ("sap", "P01/100", "1000"), "mes": ("mes", "P01/100", "1000")}

    def test_nobody_waits_for_it(self) -> None:
        (told,) = ready_of(self.SOURCES, ["sap.material", "mes.material"], {}, behind={"mes": timedelta(days=3)}, without=["mes"])
        assert (told.reasons, told.cut, told.sources) == ((), NOW, ("sap",))

    def test_where_nobody_has_any_it_counts(self) -> None:
        """Else nothing would say as of when there is none."""
        (told,) = ready_of(self.SOURCES, ["mes.material"], {}, behind={"mes": timedelta(hours=1)}, without=["mes"])
        assert (told.reasons, told.cut, told.sources) == ((), NOW - timedelta(hours=1), ("mes",))
        (told,) = ready_of(self.SOURCES, ["mes.material"], {}, behind={"mes": timedelta(days=3)}, without=["mes"])
        assert told.reasons


def night(
    rows: int | TableSnapshot,
    believed: Counts,
    day: int,
    accept: str | None = None,
    problem: str | None = None,
    reference: datetime | None = None,
    table: Mapping[str, Any] = MappingProxyType({}),
    worklist: bool = False,
) -> tuple[dict[tuple[str, str], str], Counts]:
    """A night `day` days after NOW on which the table T of a source has `rows` rows: what is doubted, and what is believed from then on."""
    settings = Settings.model_validate(
        {
            "site": "s",
            "plants": {"1000": {"name": "n", "time_zone": "UTC", "currency": "EUR"}},
            "sources": {
                "qms": {
                    "kind": "files",
                    "pack": "qms",
                    "system": "P",
                    "plants": ["1000"],
                    "path": ".",
                    "tables": {"T": {**table, **({"accept_rows_from": accept} if accept else {})}},
                }
            },
        }
    )
    moment = NOW + timedelta(days=day)
    read = rows if isinstance(rows, TableSnapshot) else TableSnapshot("T", Part("0" * 64, rows, {}), None, 0, problem)
    snapshot = Snapshot({"qms": SourceSnapshot("qms", "P", ("1000",), "qms", moment, {"T": read}, None)})
    told = doubts(settings, snapshot, believed, {("qms", "T")} if worklist else ())
    return told, believed_tonight(settings, snapshot, reference or moment, told, believed)


def test_what_recon_has_noted_of_a_plant_needs_a_source_that_shows_it() -> None:
    """It is as of the run where one source is recent; a plant of which all are stale has no cut and no day. What is of no plant is judged all the same."""
    sources = {"sap": ("sap", "P01/100", "1000"), "mes": ("mes", "P01/100", "1000"), "mes2": ("mes", "P01/100", "2000")}
    stale = timedelta(days=2)
    lindau, peoria = ready_of_no_plant(sources, ["latency.workflow"], behind={"sap": stale, "mes2": stale}, plant="own")
    assert (lindau.plant, lindau.cut, lindau.day, lindau.reasons) == ("1000", NOW, date(2026, 3, 10), ())
    assert (peoria.plant, peoria.cut, peoria.day, peoria.reasons) == ("2000", None, None, ("no source shows the plant anew",))
    (everywhere,) = ready_of_no_plant(sources, ["intake.source_table"], behind=dict.fromkeys(sources, stale))
    assert (everywhere.cut, everywhere.reasons) == (NOW, ())


def ready(
    sources: dict[str, tuple[str, str]],
    ahead: timedelta = timedelta(),
    zone: str = "UTC",
    skew: Mapping[str, timedelta | None] = MappingProxyType({}),
    settle: str | None = None,
) -> list[Readiness]:
    """Readiness of the shipped pairing over stock and holds, for sources given as name → (side, system); SAP shows a moment that is `ahead`. skew: by side."""
    settings = Settings.model_validate(
        {
            "site": "s",
            "plants": {"1000": {"name": "n", "time_zone": zone, "currency": "EUR", "working_days": ["mon", "tue", "wed", "thu", "fri"]}},
            "workflows": {"stock-restriction": {"settle": settle}} if settle else {},
            "sources": {name: {"kind": "files", "pack": side, "system": system, "plants": ["1000"], "path": "."} for name, (side, system) in sources.items()},
        }
    )
    part = Part("0" * 64, 1, {})
    table = TableSnapshot("T", part, None, 0, None)
    snapshots = {
        name: SourceSnapshot(name, system, ("1000",), side, NOW + (ahead if side == "sap" else timedelta()), {"T": table}, None, skew.get(side))
        for name, (side, system) in sources.items()
    }
    state = CanonicalState(part, None, None, 1, "0" * 64, (), 0)
    supplies = [Supply(name, f"{side}.{table}", state, None, ("T",)) for name, (side, _) in sources.items() for table in TABLES[side]]
    pairing: Pairing = load(shipped.folder("rules")).pairings["batch_restriction"]
    return readiness(pairing, Intake(settings, Snapshot(snapshots), supplies, NOW))


def unheard_of(
    table: str | None = "mes.message",
    without: Sequence[str] = (),
    behind: timedelta = timedelta(),
    problem: str | None = None,
    doubted: str | None = None,
    closed: str | None = None,
    sources: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> list[Unheard]:
    """What is not heard of a MES that provides `table`, out of its raw table message.

    sources: others at the plant, name → (side, system): they are fresh and whole, and each MES among them provides `table` too.
    """
    mes = {"kind": "files", "pack": "mes", "system": "P01/100", "plants": ["1000"], "path": ".", "without": list(without)}
    others = {name: {"kind": "files", "pack": side, "system": system, "plants": ["1000"], "path": "."} for name, (side, system) in sources.items()}
    plant = {"name": "n", "time_zone": "UTC", "currency": "EUR"}
    settings = Settings.model_validate({"site": "s", "plants": {"1000": plant}, "sources": {"mes": mes, **others}})
    part = Part("0" * 64, 1, {})
    snapshot = Snapshot(
        {
            name: SourceSnapshot(
                name,
                one.system,
                ("1000",),
                one.pack,
                NOW - (behind if name == "mes" else timedelta()),
                {"message": TableSnapshot("message", part, None, 0, None)},
                None,
            )
            for name, one in settings.sources.items()
        }
    )
    state = CanonicalState(part, None, None, 1, "0" * 64, (), 0)
    told = [name for name, one in settings.sources.items() if one.pack == "mes"] if table else []
    supplies = [Supply(name, str(table), None if problem and name == "mes" else state, problem if name == "mes" else None, ("message",)) for name in told]
    doubts_of = {("mes", "message"): doubted} if doubted else {}
    gated = {("mes", "mes.message", "1000"): closed} if closed else {}
    return unheard(Intake(settings, snapshot, supplies, NOW, doubts_of, gated))


def ready_of_no_plant(
    sources: dict[str, tuple[str, str, str]],
    tables: list[str],
    optional: Sequence[str] = (),
    behind: Mapping[str, timedelta] = MappingProxyType({}),
    plant: str = "none",
) -> list[Readiness]:
    """Readiness of a pairing about no plant (or about each: `plant`), as `ready_of`."""
    return ready_of(sources, tables, {"optional": list(optional), "plant": plant}, behind)


def ready_of(
    sources: dict[str, tuple[str, str, str]],
    tables: list[str],
    front: Mapping[str, Any],
    behind: Mapping[str, timedelta] = MappingProxyType({}),
    without: Sequence[str] = (),
) -> list[Readiness]:
    """Readiness of a pairing over `tables`, for sources given as name → (side, system, plant), each providing the tables of its side.

    front: what its front matter says besides. behind: source → how far back its moment lies. without: sources that have none of what they provide.
    """
    zones = {"1000": "Europe/Berlin", "2000": "America/Chicago"}
    settings = Settings.model_validate(
        {
            "site": "s",
            "plants": {plant: {"name": "n", "time_zone": zone, "currency": "EUR"} for plant, zone in zones.items()},
            "sources": {
                name: {"kind": "files", "pack": side, "system": system, "plants": [plant], "path": ".", "without": ["T"] if name in without else []}
                for name, (side, system, plant) in sources.items()
            },
        }
    )
    part = Part("0" * 64, 1, {})
    snapshots = {
        name: SourceSnapshot(name, system, (at,), side, NOW - behind.get(name, timedelta()), {"T": TableSnapshot("T", part, None, 0, None)}, None)
        for name, (side, system, at) in sources.items()
    }
    state = CanonicalState(part, None, None, 1, "0" * 64, (), 0)
    supplies = [Supply(name, table, state, None, ("T",)) for name, (side, *_) in sources.items() for table in tables if table.startswith(f"{side}.")]
    declared = PairingFront.model_validate(
        {"pairing": "p", "title": "t", "key": ["material"], "from": tables, "workflow": "w", "settle": "2h", "local": "material", **front}
    )
    return readiness(Pairing(declared, "", Path("p")), Intake(settings, Snapshot(snapshots), supplies, NOW))
