"""Machine-readable findings: complete, valid against the published schema, exact to the digit."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb
import jsonschema
import pytest

from recon.errors import ConfigurationError
from recon.reporting import gather
from recon.reporting.json import exact_json, status_json, write_findings
from recon.reporting.runs import Run, open_run
from recon.reporting.selection import Selection, find_finding, known
from tests.reporting import night

SCHEMA = json.loads((Path(__file__).parents[2] / "recon" / "reporting" / "findings.schema.json").read_text(encoding="utf-8"))
STATUS_SCHEMA = json.loads((Path(__file__).parents[2] / "recon" / "reporting" / "status.schema.json").read_text(encoding="utf-8"))


def _written(connection: duckdb.DuckDBPyConnection, form: Literal["json", "csv", "parquet"], selection: Selection | None = None) -> bytes:
    out = io.BytesIO()
    write_findings(connection, selection or Selection(), form, out)
    return out.getvalue()


def _findings(connection: duckdb.DuckDBPyConnection, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_written(connection, "json", Selection(**filters)), parse_float=Decimal)
    return found


def test_it_validates_against_the_published_schema(connection: duckdb.DuckDBPyConnection) -> None:
    """Every finding of the night, gone ones included."""
    states = ("new", "open", "in flight", "unsettled", "waived", "resolved", "reopened", "retired")
    found = json.loads(_written(connection, "json", Selection(states=states)))
    jsonschema.validate(found, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert len(found) == len(night.findings())


def test_no_digit_is_lost(connection: duckdb.DuckDBPyConnection) -> None:
    """Beyond the 53 bits of a float, at the top and inside the evidence."""
    text = _written(connection, "json").decode()
    assert '"value_at_risk":9007199254740993.01' in text
    assert '"difference":123456789012.123456' in text
    assert '"quantity":-0.000001' in text
    assert '"quantity":12345678901.123456' in text


def test_absent_values_are_null(connection: duckdb.DuckDBPyConnection) -> None:
    """Never an empty text and never a missing field."""
    [finding] = _findings(connection, rules=("MD-001",))
    assert [finding[name] for name in ("difference", "quantity", "unit", "value_at_risk", "currency", "explanation", "consequence_of")] == [None] * 7


def test_what_was_confirmed_says_when(connection: duckdb.DuckDBPyConnection, run_folder: Path) -> None:
    """In JSON and CSV; a run of before there was a second look confirmed nothing."""
    told = {finding["finding_id"]: finding["confirmed_at"] for finding in _findings(connection)}
    assert {*told.values()} == {None, "2026-03-10T01:20:00Z"}
    lines = csv.DictReader(io.StringIO(_written(connection, "csv").decode()))
    assert {line["finding_id"]: line["confirmed_at"] or None for line in lines} == told
    with open_run(run_folder.with_name(night.PREVIOUS_ID)) as earlier:
        assert {finding["confirmed_at"] for finding in _findings(earlier)} == {None}


def test_texts_survive_as_they_are(connection: duckdb.DuckDBPyConnection) -> None:
    """Quotes, markup and control characters are data."""
    assert {finding["material_text"] for finding in _findings(connection)} >= set(night.ADVERSARIAL)


def test_what_is_gone_is_listed_only_when_asked_for(connection: duckdb.DuckDBPyConnection) -> None:
    """Whoever counts the array does not count what was resolved tonight; in flight ones say so."""
    states = {finding["state"] for finding in _findings(connection)}
    assert states == {"new", "open", "in flight", "unsettled", "waived", "reopened"}
    assert {finding["state"] for finding in _findings(connection, states=("resolved",))} == {"resolved"}


def test_consequences_name_their_primary(connection: duckdb.DuckDBPyConnection) -> None:
    """JSON holds both."""
    found = {finding["finding_id"]: finding for finding in _findings(connection)}
    consequences = [finding for finding in found.values() if finding["consequence_of"]]
    assert {found[finding["consequence_of"]]["rule_id"] for finding in consequences} == {"ORD-004"}
    assert len(consequences) == 2


@pytest.mark.parametrize(
    ("filters", "field", "values"),
    [
        ({"rules": ("STK-001",)}, "rule_id", {"STK-001"}),
        ({"families": ("CON",)}, "family", {"consumption and yield"}),
        ({"families": ("ORD",)}, "family", {"order status"}),
        ({"plants": ("3000",)}, "plant", {"3000"}),
        ({"severities": ("critical", "high")}, "severity", {"critical", "high"}),
        ({"owners": ("logistics",)}, "owner", {"logistics"}),
        ({"causes": ("queue p200",)}, "cause", {"MBGMCR queue P200 stuck since 21:40"}),
        ({"causes": ("LOIPRO",)}, "cause", set()),
    ],
)
def test_filters(connection: duckdb.DuckDBPyConnection, filters: dict[str, Any], field: str, values: set[str]) -> None:
    """Each filter leaves what it names."""
    assert {finding[field] for finding in _findings(connection, **filters)} == values


def test_older_than_is_in_nights(connection: duckdb.DuckDBPyConnection) -> None:
    """More nights than asked, not as many."""
    assert {finding["nights_open"] for finding in _findings(connection, older_than=14)} == {45}


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"plants": ("1001",)}, r"--plant: '1001' is not a plant of this run[\s\S]*did you mean `1000`"),
        ({"rules": ("STK-999",)}, "'STK-999' is not a rule of this run"),
        ({"states": ("opne",)}, r"'opne' is not a state[\s\S]*did you mean `open`"),
        ({"owners": ("nobody",)}, r"'nobody' is not an owner of any rule[\s\S]*known here: .*quality-assurance"),
        ({"severities": ("hihg",)}, r"'hihg' is not a severity[\s\S]*did you mean `high`"),
        ({"severities": ("worst",)}, "known here: critical, high, medium, low"),
        ({"families": ("holds",)}, "'holds' is not a family of rules"),
    ],
)
def test_a_filter_that_names_nothing_is_an_error(run: Run, connection: duckdb.DuckDBPyConnection, filters: dict[str, Any], said: str) -> None:
    """A misspelt plant must not read as a clean one."""
    with pytest.raises(ConfigurationError, match=said):
        known(connection, run, Selection(**filters))


@pytest.mark.parametrize(
    "filters",
    [
        {"owners": ("warehouse-night",)},
        {"rules": ("MD-002",)},
        {"plants": ("3000",), "severities": ("low",)},
        {"states": ("retired",)},
        {"families": ("interfaces and freshness",), "severities": ("critical",)},
    ],
)
def test_a_filter_that_nothing_is_like_tonight_is_none(run: Run, connection: duckdb.DuckDBPyConnection, filters: dict[str, Any]) -> None:
    """There is such an owner, rule, plant or state; that it has no finding is the answer."""
    manifest, rules = run.manifest | {"rules": run.manifest["rules"] | {"MD-002": "abc"}}, run.rules | {"MD-002": {"owner": "warehouse-night"}}
    asked = known(connection, replace(run, manifest=manifest, rules=rules), Selection(**filters))
    assert json.loads(_written(connection, "json", asked)) == []


def test_values_are_known_in_any_case(run: Run, connection: duckdb.DuckDBPyConnection) -> None:
    """NEW is new, and stk-001 is STK-001."""
    asked = Selection(
        rules=("stk-001",), states=("NEW", "In Flight"), severities=("CRITICAL",), families=("Stock Restriction", "con"), owners=("QUALITY-ASSURANCE",)
    )
    expected = Selection(rules=("STK-001",), states=("new", "in flight"), severities=("critical",), families=("STK", "CON"), owners=("quality-assurance",))
    assert known(connection, run, asked) == expected


def test_nothing_found_is_an_empty_array(connection: duckdb.DuckDBPyConnection) -> None:
    """Still JSON."""
    assert json.loads(_written(connection, "json", Selection(plants=("3000",), severities=("low",)))) == []


def test_csv_cannot_run_in_a_spreadsheet(connection: duckdb.DuckDBPyConnection) -> None:
    """A text that begins like a formula is quoted; numbers keep their sign and digits."""
    rows = list(csv.DictReader(io.StringIO(_written(connection, "csv").decode())))
    texts = {row["material_text"] for row in rows}
    assert any(text.startswith("'=HYPERLINK") for text in texts)
    assert not any(text.startswith("=") for text in texts)
    assert "-0.000001" in {row["quantity"] for row in rows}
    assert len(rows) == len(_findings(connection))


def test_parquet_has_the_columns_of_the_run(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Nothing of the report's own slips in."""
    (tmp_path / "f.parquet").write_bytes(_written(connection, "parquet"))
    described = connection.execute(f"DESCRIBE SELECT * FROM '{tmp_path / 'f.parquet'}'").fetchall()
    assert [row[:2] for row in described] == [row[:2] for row in connection.execute("DESCRIBE findings").fetchall()]


def test_the_same_run_gives_the_same_bytes(connection: duckdb.DuckDBPyConnection) -> None:
    """For every format."""
    for form in ("json", "csv", "parquet"):
        assert _written(connection, form) == _written(connection, form)


def test_a_finding_is_found_by_its_first_digits(connection: duckdb.DuckDBPyConnection) -> None:
    """One is returned whole, none and several are errors that say so."""
    [wanted] = [row["finding_id"] for row in night.findings() if row["rule_id"] == "STK-007"]
    assert find_finding(connection, wanted[:12].upper(), night.RUN_ID) == wanted
    with pytest.raises(ConfigurationError, match="beginning of several"):
        find_finding(connection, "7", night.RUN_ID)
    for unknown, said in (("zz", "is not in run"), ("", "is empty"), (" ", "give the first digits of its id")):
        with pytest.raises(ConfigurationError, match=said):
            find_finding(connection, unknown, night.RUN_ID)


def test_status_is_json_with_the_doubts_first_hand(run: Run, connection: duckdb.DuckDBPyConnection) -> None:
    """What monitoring needs to page someone."""
    status = json.loads(status_json(gather.summary(run, night.settings(), connection)))
    jsonschema.validate(status, STATUS_SCHEMA, format_checker=jsonschema.FormatChecker())
    assert status["complete"] is False
    assert status["exit_code"] == 3
    assert status["findings"]["critical"] == {"findings": 12, "new": 3, "not_judged": 0}
    assert status["sources"][0] == {
        "plant": "1000", "source": "lims", "system": "P01/100", "as_of": None, "lag_minutes": None,
        "problem": "connection refused by lims.lindau.example:5432",
        "troubles": [{"tables": [], "what": "connection refused by lims.lindau.example:5432", "todo": ""}],
        "refused": 0, "blind": 1, "blind_because": None, "drift": [],
    }  # fmt: skip
    assert status["plants"]["1000"] == {"name": "Werk Lindau", "time_zone": "Europe/Berlin", "cut": "2026-03-10T01:00:00Z"}


def test_exact_json_writes_decimals_as_they_are() -> None:
    """No exponent, no rounding."""
    assert (
        exact_json({"a": Decimal("9007199254740993.10"), "b": [Decimal("0.0000001"), None, True]}) == '{"a": 9007199254740993.10, "b": [0.0000001, null, true]}'
    )
