"""What holds of every number and every moment, whatever they are: the rules' own SQL against a few lines of arithmetic.

One example is a whole list of keys, so that one statement judges them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon import shipped
from recon.canonical import staging, statement
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.ruleset import cases
from recon.ruleset.cases import CUT
from recon.ruleset.load import RuleSet, load

FEW = settings(max_examples=8, deadline=None)
STEP = Decimal("0.000001")
"""The smallest difference of two quantities."""

amounts = st.integers(1, 10**9).map(lambda steps: steps * STEP)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load(shipped.folder("rules"))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with engine.connect(WorkspaceSettings(threads=1)) as made:
        engine.load_canonical(made, {})
        staging.prepare(made)
        yield made


def judged(connection: duckdb.DuckDBPyConnection, rules: RuleSet, rule: str, tables: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Order → what the rule says of it."""
    case = {"given": tables}
    return {row["order_no"]: row for row in cases.judge(connection, rules.rules[rule], case, Path("test_properties.py"))}


def compared(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Order → its row of the pairing that was judged last."""
    cursor = connection.execute("SELECT * FROM pairing.consumption")
    names = [column[0] for column in cursor.description or ()]
    return {row["order_no"]: row for row in (dict(zip(names, values, strict=True)) for values in cursor.fetchall())}


@dataclass(frozen=True)
class Dose:
    """Something booked on one side, and perhaps taken back."""

    side: str
    quantity: Decimal
    minutes: int
    """Before the cut, when it was entered; what is younger than two hours is moving."""
    back: int | None
    """The same of the posting that takes it back; None: it stands."""

    @property
    def entries(self) -> list[tuple[Decimal, int]]:
        return [(self.quantity, self.minutes)] + ([] if self.back is None else [(-self.quantity, self.back)])


doses = st.builds(Dose, st.sampled_from(["sap", "mes"]), amounts, st.integers(-30, 300), st.none() | st.integers(-30, 300))


@FEW
@given(orders=st.lists(st.lists(doses, min_size=1, max_size=6), min_size=25, max_size=40))
def test_reversals_are_netted_and_what_moves_makes_an_interval(connection: duckdb.DuckDBPyConnection, rules: RuleSet, orders: list[list[Dose]]) -> None:
    """Settled sums are what stands, low and high what may yet become of them; what was wholly taken back is as if it had never been."""
    tables: dict[str, list[dict[str, Any]]] = {"sap.movement": [], "mes.movement": []}
    for number, booked in enumerate(orders):
        for dose in booked:
            for quantity, minutes in dose.entries:
                at = CUT - timedelta(minutes=minutes)
                tables[f"{dose.side}.movement"].append({"order_no": str(number), "quantity": quantity, "changed_at": at})
    fired = judged(connection, rules, "CON-001", tables)
    rows = compared(connection)
    for number, booked in enumerate(orders):
        row, found = rows[str(number)], fired.get(str(number))
        sides = {}
        for side in ("sap", "mes"):
            entries = [entry for dose in booked if dose.side == side for entry in dose.entries]
            still = sum((quantity for quantity, minutes in entries if minutes >= 120), Decimal(0))
            less = sum((quantity for quantity, minutes in entries if minutes < 120 and quantity < 0), Decimal(0))
            more = sum((quantity for quantity, minutes in entries if minutes < 120 and quantity > 0), Decimal(0))
            sides[side] = still, still + less, still + more
            assert (row[f"{side}_settled"], row[f"{side}_low"], row[f"{side}_high"]) == sides[side]
            assert row[f"{side}_some"] == any((still, less, more))
        (sap, sap_low, sap_high), (mes, mes_low, mes_high) = sides["sap"], sides["mes"]
        allowed = max(Decimal("0.001"), abs(mes) * Decimal("0.005"))
        assert (found is not None) == (row["sap_some"] and row["mes_some"] and abs(mes - sap) > allowed)
        if found:
            apart = max(sap_low, mes_low) - min(sap_high, mes_high)
            assert (found["difference"], found["in_flight"]) == (mes - sap, apart <= allowed)


@FEW
@given(quantities=st.lists(amounts, min_size=25, max_size=40))
def test_a_tolerance_ends_where_it_says(connection: duckdb.DuckDBPyConnection, rules: RuleSet, quantities: list[Decimal]) -> None:
    """To the millionth, upwards and downwards, whether the absolute or the relative one is the larger: no quantity is ever a binary fraction."""
    told: dict[str, bool] = {}
    tables: dict[str, list[dict[str, Any]]] = {"sap.movement": [], "mes.movement": []}
    for quantity in quantities:
        allowed = max(Decimal("0.001"), quantity * Decimal("0.005"))
        edge = allowed.quantize(STEP, rounding="ROUND_FLOOR")
        for difference, fires in ((edge, False), (-edge, False), (edge + STEP, True), (-edge - STEP, True)):
            if quantity + difference > 0:
                number = str(len(told))
                told[number] = fires
                tables["mes.movement"].append({"order_no": number, "quantity": quantity})
                tables["sap.movement"].append({"order_no": number, "quantity": quantity + difference})
    assert judged(connection, rules, "CON-001", tables).keys() == {number for number, fires in told.items() if fires}


factors = st.integers(1, 10**12).map(lambda steps: steps * Decimal("0.000000001"))


@FEW
@given(events=st.lists(st.tuples(factors, st.lists(amounts, min_size=1, max_size=4)), min_size=25, max_size=40))
def test_units_are_converted_exactly(connection: duckdb.DuckDBPyConnection, rules: RuleSet, events: list[tuple[Decimal, list[Decimal]]]) -> None:
    """Each event becomes its product with the factor in DECIMAL, rounded once to six places; what SAP booked then agrees with it to the digit."""
    tables: dict[str, list[dict[str, Any]]] = {"sap.movement": [], "mes.movement": [], "sap.unit_conversion": []}
    expected = {}
    for number, (factor, quantities) in enumerate(events):
        about = {"order_no": str(number), "material": f"M{number}"}
        tables["sap.unit_conversion"] += [{"material": about["material"], "unit": "ROL", "factor": factor}, {"material": about["material"]}]
        tables["mes.movement"] += [about | {"quantity": quantity, "unit": "ROL"} for quantity in quantities]
        with localcontext() as exact:
            exact.prec = 60
            base = [(quantity * factor).quantize(STEP, rounding=ROUND_HALF_UP) for quantity in quantities]
        expected[str(number)] = sum(base, Decimal(0))
        tables["sap.movement"] += [about | {"quantity": quantity, "unit": "KG"} for quantity in base]
    assert judged(connection, rules, "CON-001", tables) == {}
    assert {number: (row["sap_settled"], row["mes_settled"], row["unit"]) for number, row in compared(connection).items()} == {
        number: (quantity, quantity, "KG") for number, quantity in expected.items()
    }


minutes = st.integers(-20, -4).map(lambda halves: 30 * halves)
holds = st.lists(st.tuples(minutes, st.none() | st.integers(0, 13).map(lambda halves: 30 * halves)), min_size=1, max_size=4)
"""When a hold began, in minutes before the cut, and how long it lasted; None: it is open. By half hours, so that beginnings and ends meet."""
uses = st.lists(st.tuples(minutes, amounts, st.booleans()), min_size=1, max_size=4)
"""When something was used, how much, and whether it was taken back later on."""


@FEW
@given(batches=st.lists(st.tuples(holds, uses, st.booleans()), min_size=25, max_size=40))
def test_what_is_used_while_a_hold_lasts(
    connection: duckdb.DuckDBPyConnection, rules: RuleSet, batches: list[tuple[list[tuple[int, int | None]], list[tuple[int, Decimal, bool]], bool]]
) -> None:
    """From the moment at which one begins until just before it ends; several that overlap count once, and what is taken back was never used."""
    tables: dict[str, list[dict[str, Any]]] = {"qms.hold": [], "mes.movement": [], "sap.movement": []}
    expected: dict[str, Decimal] = {}
    for number, (held, used, both) in enumerate(batches):
        batch, order = f"B{number}", str(number)
        for one, (since, lasted) in enumerate(held):
            begun = CUT + timedelta(minutes=since)
            ended = {"closed_at": begun + timedelta(minutes=lasted)} if lasted is not None else {}
            tables["qms.hold"].append({"hold_id": f"{batch}/{one}", "batch": batch, "opened_at": begun, "changed_at": begun} | ended)
        amount = Decimal(0)
        for one, (at, quantity, back) in enumerate(used):
            moment, about = CUT + timedelta(minutes=at), {"order_no": order, "batch": batch}
            event = f"{batch}-{one}"
            tables["mes.movement"].append(about | {"movement_id": event, "reference": event, "quantity": quantity, "occurred_at": moment, "changed_at": moment})
            if back:
                later = {"occurred_at": CUT - timedelta(minutes=1), "changed_at": CUT, "reference": f"{event}-back"}
                tables["mes.movement"].append(about | {"movement_id": f"{event}-back", "reverses": event, "quantity": -quantity} | later)
            if both:  # SAP's posting of the same event is no second use
                tables["sap.movement"].append(about | {"reference": event, "quantity": quantity, "occurred_at": moment, "changed_at": moment})
            lies_in = any(since <= at and (lasted is None or at < since + lasted) for since, lasted in held)
            amount += quantity if lies_in and not back else 0
        if amount:
            expected[order] = amount
    fired = judged(connection, rules, "STK-006", tables)
    assert {order: row["quantity"] for order, row in fired.items()} == expected


ZONES = ("Europe/Berlin", "America/Chicago", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata", "Europe/London", "Pacific/Apia", "UTC")
CHANGES = {
    zone: [
        hour
        for hour in (datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=number) for year in (2018, 2026) for number in range(8760))
        if (hour + timedelta(hours=1)).astimezone(ZoneInfo(zone)).utcoffset() != hour.astimezone(ZoneInfo(zone)).utcoffset()
    ]
    for zone in ZONES
}
"""The hours, in UTC, in which clocks change."""


@FEW
@given(
    around=st.lists(st.tuples(st.sampled_from(ZONES), st.integers(0, 3), st.integers(-3 * 3600, 3 * 3600)), min_size=100, max_size=200),
    anywhere=st.lists(st.tuples(st.sampled_from(ZONES), st.datetimes(datetime(2000, 1, 1), datetime(2036, 12, 31)).map(lambda at: at.replace(microsecond=0)))),
)
def test_local_times_are_what_zoneinfo_says(
    connection: duckdb.DuckDBPyConnection, around: list[tuple[str, int, int]], anywhere: list[tuple[str, datetime]]
) -> None:
    """Of the hour that comes twice the second is meant, and the hour that never comes is the one after it: in doubt later."""
    wall = [(zone, at) for zone, at in anywhere]
    for zone, which, seconds in around:
        change = CHANGES[zone][which % len(CHANGES[zone])] if CHANGES[zone] else datetime(2026, 3, 29, 1, tzinfo=UTC)
        wall.append((zone, change.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(seconds=seconds)))
    connection.execute("CREATE OR REPLACE TEMP TABLE wall (zone VARCHAR, local TIMESTAMP, expected TIMESTAMP)")
    connection.executemany("INSERT INTO wall VALUES (?, ?, ?)", [(zone, local, _later(local, zone)) for zone, local in wall])
    for zone in ZONES:
        statement.know_source(connection, zone, (), {})
        query = f"""
            SELECT local, expected FROM wall
            WHERE zone = '{zone}'
              AND (as_timestamp(strftime(local, '%Y-%m-%dT%H:%M:%S'), zone) IS DISTINCT FROM expected
                   OR as_formed_timestamp(strftime(local, '%Y%m%d%H%M%S'), '%Y%m%d%H%M%S', '[0-9]{{14}}', zone) IS DISTINCT FROM expected
                   OR utc(local::DATE, local::TIME) IS DISTINCT FROM expected)"""
        assert connection.execute(query).fetchall() == []


def _later(local: datetime, zone: str) -> datetime:
    """The later of the two moments that a local time may be."""
    return max(local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)).replace(tzinfo=None)
