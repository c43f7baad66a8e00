"""The report tree says what the files of the run say, worst first, and never passes over what was not judged."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from recon.reporting import gather
from recon.reporting.runs import open_run, read_run
from recon.reporting.tree import Report
from tests.reporting import night


def test_a_missing_source_makes_the_night_unsound(report: Report) -> None:
    """The missing source, the stale one and the failed rule are each named with the rules they cost."""
    trust = report.summary.trust
    assert not trust.complete
    assert (trust.evaluated, trust.not_evaluated, trust.failed) == (36, 12, 1)
    assert [(doubt.outcome, doubt.reason, doubt.plants) for doubt in trust.doubts] == [
        ("failed", "two rows for one key", ("2000",)),
        ("not evaluated", "mes-3000 stale: last read 31 h before the cut", ("3000",)),
        ("not evaluated", "LIMS missing: connection refused", ("1000", "2000", "3000")),
    ]
    lines = {(line.plant, line.source): line for line in trust.sources}
    assert lines["1000", "lims"].problem == "connection refused by lims.lindau.example:5432"
    assert lines["1000", "lims"].lag_minutes is None
    assert (lines["3000", "mes-3000"].lag_minutes, lines["3000", "mes-3000"].blind) == (31 * 60, 9)
    assert (lines["1000", "mes-1000"].lag_minutes, lines["1000", "mes-1000"].refused) == (-5, 3)
    assert {key: line.drift for key, line in lines.items() if line.drift} == {("1000", "mes-1000"): ("movement: LOT_2 is new",)}


def test_a_whole_night_is_clean(clean_report: Report) -> None:
    """Only with every source whole and every rule judged."""
    assert clean_report.summary.trust.complete
    assert clean_report.act_now == ()


def test_a_table_that_no_rule_needs_may_be_missing(tmp_path: Path) -> None:
    """The manifest says that it is; the same table missing to a rule makes the night unsound."""
    folder = night.write_run(tmp_path, [], complete=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    for needed, clean in ((False, True), (True, False)):
        missing = {"digest": None, "rows": None, "columns": None, "complete_from": None, "refused": 0, "problem": "there is no AFRU.csv", "needed": needed}
        manifest["sources"]["sap"]["tables"]["AFRU"] = missing
        (folder / "manifest.json").write_text(json.dumps(manifest))
        night.record_anew(folder)
        with open_run(folder) as connection:
            assert gather.summary(read_run(folder), night.settings(), connection).trust.complete is clean


def test_plants_of_two_systems_are_told_apart_where_no_message_is_heard(tmp_path: Path) -> None:
    """Their numbers may be the same; with one SAP system the plant is enough."""
    folder = night.write_run(tmp_path, [], complete=True)
    run, manifest = (json.loads((folder / name).read_text()) for name in ("run.json", "manifest.json"))
    run["unheard"] = [{"system": system, "plant": "1000", "source": None, "table": None, "reason": "none"} for system in (night.SYSTEM, "Q01/100")]
    for of_mes, plants in ((night.SYSTEM, ("1000", "1000")), ("Q01/100", (f"1000 of {night.SYSTEM}", "1000 of Q01/100"))):
        manifest["sources"]["mes-1000"]["system"] = of_mes
        (folder / "manifest.json").write_text(json.dumps(manifest))
        (folder / "run.json").write_text(json.dumps(run))
        night.record_anew(folder)
        with open_run(folder) as connection:
            assert [one.plants for one in gather.summary(read_run(folder), night.settings(), connection).unheard] == [plants]


def test_a_run_that_judged_nothing_is_not_clean(tmp_path: Path) -> None:
    """No rule, no assurance."""
    folder = night.write_run(tmp_path, [], complete=True)
    night.write_table(folder / "outcomes.parquet", night.OUTCOMES, [])
    night.record_anew(folder)
    with open_run(folder) as connection:
        assert not gather.summary(read_run(folder), night.settings(), connection).trust.complete


def test_act_now_is_ten_critical_primaries_most_exposed_first(report: Report) -> None:
    """Shipped before consumed before allocated before available, whatever the quantity."""
    assert [urgent.exposure for urgent in report.act_now] == ["shipped", "consumed", "allocated", *["available"] * 7]
    quantities = [urgent.line.quantity for urgent in report.act_now[3:]]
    assert quantities == sorted(quantities, key=lambda quantity: -(quantity or 0))
    assert report.critical == 12
    shipped = report.act_now[0]
    assert shipped.places[0] == "delivery 80000003"
    assert (shipped.reason, shipped.hours) == ("Foreign particles", 112)


def test_the_place_and_the_reason_come_from_the_rows_where_the_rule_compared_neither(tmp_path: Path) -> None:
    """The hold's row tells since when and why, the stock's rows where."""
    rows = [row | {"evidence": "{}"} for row in night.findings() if row["rule_id"] == "STK-006"]
    folder = night.write_run(tmp_path, rows)
    with open_run(folder) as connection:
        urgent = gather.report(read_run(folder), night.settings(), connection).act_now[0]
    assert urgent.places == ("0001", "0002")
    assert urgent.reason in night.REASONS
    assert urgent.hours is not None


def test_the_heat_map_knows_what_was_not_judged(report: Report) -> None:
    """A family none of whose rules could be judged is not the same as one that agrees."""
    cells = {(row.plant, cell.prefix): cell for row in report.heat for cell in row.cells}
    assert cells["1000", "MD"].judged == "whole"
    assert cells["1000", "QUA"].judged == "not"
    assert cells["2000", "GEN"].judged == "partly"
    assert cells["1000", "INT"].judged == "none"
    assert (cells["1000", "STK"].critical, cells["1000", "STK"].came, cells["1000", "STK"].went) == (7, 1, 1)
    assert report.heat[-1].plant == "*"


def test_findings_of_one_cause_are_one_line(report: Report) -> None:
    """Eighteen findings of one stuck queue are one cause, the worst of them under it; money is summed by currency, exactly."""
    (worst,) = report.summary.causes
    assert (worst.text, worst.findings, worst.rule_id) == ("MBGMCR queue P200 stuck since 21:40", 18, None)
    assert [(money.amount, money.currency) for money in worst.money] == [(Decimal("468373.50"), "EUR")]
    assert [line.rule_id for line in worst.worst] == ["CON-002"] * gather.WORST_OF_CAUSE
    by_rule = report.by_rule[0]
    assert (by_rule.rule_id, {money.currency for money in by_rule.money}) == ("STK-001", {"EUR", "USD", "CNY"})


def test_one_dear_finding_is_not_outnumbered(tmp_path: Path) -> None:
    """What no message explains stands by rule, by what is critical, then by money; a single finding may be worth more than ten."""
    rows = [night.finding("ORD-004", "1000", number, value_at_risk="10.00") for number in range(50, 60)]
    rows += [night.finding("CON-005", "1000", 61, value_at_risk="506376.00"), night.finding("STK-001", "1000", 1, value_at_risk=None, currency=None)]
    folder = night.write_run(tmp_path, rows, complete=True)
    with open_run(folder) as connection:
        causes = gather.report(read_run(folder), night.settings(), connection).by_rule
    assert [cause.rule_id for cause in causes] == ["STK-001", "CON-005", "ORD-004"]


def test_what_could_not_be_judged_is_told_as_of_then(tmp_path: Path) -> None:
    """Carried over from an earlier night: nowhere new, no clock that goes on, and the day on which it was last seen."""
    rows = [row | {"event": None, "last_seen": date(2026, 3, 8)} for row in night.findings() if row["state"] in ("new", "open")]
    folder = night.write_run(tmp_path, rows)
    with open_run(folder) as connection:
        report = gather.report(read_run(folder), night.settings(), connection)
    assert {(urgent.last_judged, urgent.hours) for urgent in report.act_now} == {(date(2026, 3, 8), None)}
    assert {count.came for count in report.summary.severities} == {0}
    assert [count.carried for count in report.summary.severities] == [count.findings for count in report.summary.severities]
    assert {cell.came for row in report.heat for cell in row.cells} == {0}
    assert {change.kind: change.count for change in report.changes}["new"] == 0


def test_a_night_that_judged_nothing_says_so(tmp_path: Path) -> None:
    """Not that something could not be judged: nothing could."""
    folder = night.write_run(tmp_path, [])
    night.write_table(folder / "outcomes.parquet", night.OUTCOMES, [row | {"outcome": "not evaluated", "reason": "x"} for row in night.outcomes(False)])
    night.record_anew(folder)
    with open_run(folder) as connection:
        assert gather.summary(read_run(folder), night.settings(), connection).trust.verdict == "nothing could be judged"


def test_a_stale_source_is_blamed_and_the_others_are_not(tmp_path: Path) -> None:
    """What the outcomes say of a source stands beside it, in its own words; rules that it cost are told once."""
    folder = night.write_run(tmp_path, [])
    stale = "mes-1000: stale: as of 2026-03-08 22:05Z, more than 6 h before 2026-03-10 01:00Z; qms: MSEG is empty"
    outcomes = [
        row | {"outcome": "not evaluated", "reason": stale} if row["plant"] == "1000" and row["rule_id"][:3] in ("CON", "ORD") else row
        for row in night.outcomes(False)
    ]
    night.write_table(folder / "outcomes.parquet", night.OUTCOMES, outcomes)
    night.record_anew(folder)
    with open_run(folder) as connection:
        trust = gather.summary(read_run(folder), night.settings(), connection).trust
    lines = {(line.plant, line.source): line for line in trust.sources}
    assert lines["1000", "mes-1000"].blind_because == "stale: as of 2026-03-08 22:05Z, more than 6 h before 2026-03-10 01:00Z"
    assert (lines["1000", "sap"].blind, lines["1000", "sap"].blind_because) == (0, None)
    assert [doubt.reason for doubt in trust.doubts if doubt.plants == ("1000",)] == ["for want of mes-1000 and qms"]


def test_keys_of_one_reason_are_one_line(report: Report) -> None:
    """With the rules that would have judged them."""
    assert [(skipped.reason, skipped.plant, skipped.keys, skipped.rules) for skipped in report.skipped] == [
        ("before history", "1000", 4, (("CON-001", 4),)),
        ("no conversion KG→EA for 100990", "1000", 3, (("CON-001", 3),)),
    ]


def test_changes_are_counted_by_kind(report: Report) -> None:
    """New, reopened, worsened since the run before, resolved."""
    changes = {change.kind: change for change in report.changes}
    assert changes["reopened"].count == 1
    assert changes["resolved"].count == 4
    assert changes["worsened"].count == sum(row["rule_id"] == "CON-001" and row["state"] == "open" for row in night.findings())
    assert changes["new"].worst[0].severity == "critical"


def test_without_the_run_before_worsening_is_unknown(clean_report: Report) -> None:
    """Unknown is not zero."""
    assert {change.kind: change.count for change in clean_report.changes}["worsened"] is None


def test_counts_speak_of_primaries(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """Consequences, in flight and waived findings are counted apart."""
    quiet = report.summary.quiet
    assert (quiet.in_flight, quiet.consequences, quiet.waived, quiet.keys_not_evaluated, quiet.refused) == (5, 2, 1, 7, 3)
    live = connection.execute("SELECT count(*) FROM findings WHERE consequence_of IS NULL AND state IN ('new', 'open', 'reopened', 'unsettled')").fetchall()[0][
        0
    ]
    assert sum(count.findings for count in report.summary.severities) == live
    assert sum(row.findings for row in report.ageing) == live


def test_ageing_falls_into_four_bands(report: Report) -> None:
    """0-1, 2-7, 8-30 and over 30 nights, and together all."""
    for row in report.ageing:
        assert row.to_1 + row.to_7 + row.to_30 + row.over_30 == row.findings
    assert sum(row.over_30 for row in report.ageing) > 0


def test_every_rule_and_plant_has_an_outcome(report: Report) -> None:
    """The outcomes are complete, and keep each source's own reason."""
    assert len(report.judgings) == 49
    lost = next(judging for judging in report.judgings if judging.rule_id == "QUA-002" and judging.plant == "1000")
    assert lost.outcome == "not evaluated"
    assert [(source.source, source.outcome) for source in lost.sources] == [("lims", "not evaluated"), ("sap", "evaluated")]


def test_the_order_puts_missing_quantities_and_values_last(connection: duckdb.DuckDBPyConnection) -> None:
    """Within one severity and exposure, an unknown quantity is not a large one."""
    wanted = """SELECT list(finding_id ORDER BY live DESC, severity_rank, exposure_rank DESC, abs(quantity) DESC NULLS LAST,
                abs(value_at_risk) DESC NULLS LAST, nights_open DESC, finding_id), list(finding_id ORDER BY place_in_list) FROM ranked"""
    spelt_out, listed = connection.execute(wanted).fetchall()[0]
    assert spelt_out == listed
