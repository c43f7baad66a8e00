"""Text becomes a value by its declared form, or it does not become one at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.canonical import forms, staging
from recon.canonical.staging import literal
from recon.config import Form, WorkspaceSettings
from recon.engines.duckdb import connect

PLAIN = Form()
GERMAN = Form(decimal=",", thousands=".", date="%d.%m.%Y")
US = Form(decimal=".", thousands=",", date="%m/%d/%Y", time="%I:%M:%S %p")
SPACED = Form(decimal=",", thousands=" ")
SWISS = Form(decimal=".", thousands="'")
SAP = Form(date="%Y%m%d", time="%H%M%S", timestamp="%Y%m%d%H%M%S")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """With the parsing macros."""
    with connect(WorkspaceSettings(threads=1)) as made:
        staging.prepare(made)
        yield made


def _parsed(connection: duckdb.DuckDBPyConnection, text: str | None, kind: str, form: Form = PLAIN, zone: str = "UTC") -> tuple[Any, str | None]:
    """The value, and what is said of a text that has none."""
    value = "CAST(NULL AS VARCHAR)" if text is None else literal(text)
    misfit = staging._misfit("V", "said", kind) if kind != "text" else "NULL"
    said = f"SELECT {forms.text_of('v', form)} AS said FROM (SELECT {value} AS v)"
    typed = f'SELECT said, {staging._typed("said", kind, form, zone)} AS "V" FROM ({said})'
    believed = f'SELECT said, {staging._believed("V", kind)} AS "V" FROM ({typed})'
    row = connection.execute(f'SELECT "V", {misfit} FROM ({believed})').fetchone()
    assert row is not None
    return row[0], row[1]


NUMBERS: list[tuple[str, Form, str]] = [
    ("10", PLAIN, "10"),
    ("10.5", PLAIN, "10.5"),
    (".71", PLAIN, "0.71"),
    ("0.71", PLAIN, "0.71"),
    ("5.", PLAIN, "5"),
    ("-3.25", PLAIN, "-3.25"),
    ("+3.25", PLAIN, "3.25"),
    ("56.00-", PLAIN, "-56"),
    ("000010.000", PLAIN, "10"),
    ("       4518.80", PLAIN, "4518.8"),
    ("4518.80\n", PLAIN, "4518.8"),
    ("\u00a04518.80\u00a0", PLAIN, "4518.8"),
    ("\t1\r\n", PLAIN, "1"),
    ("0.000001", PLAIN, "0.000001"),
    ("999999999999.999999", PLAIN, "999999999999.999999"),
    ("1.234,56", GERMAN, "1234.56"),
    ("1.234.567,8", GERMAN, "1234567.8"),
    ("1234,56", GERMAN, "1234.56"),
    (",71", GERMAN, "0.71"),
    ("10.000", GERMAN, "10000"),
    ("1.234,56-", GERMAN, "-1234.56"),
    ("-1.234,56", GERMAN, "-1234.56"),
    ("11,000.00", US, "11000"),
    ("10,000", US, "10000"),
    ("1,234", US, "1234"),
    ("       4,518.80", US, "4518.8"),
    ("1 234,56", SPACED, "1234.56"),
    ("1'234.56", SWISS, "1234.56"),
]


@pytest.mark.parametrize(("text", "form", "value"), NUMBERS)
def test_a_number_in_its_declared_form(connection: duckdb.DuckDBPyConnection, text: str, form: Form, value: str) -> None:
    """Signs in front or behind, blanks around it, thousands in groups of three or not at all."""
    assert _parsed(connection, text, "number", form) == (Decimal(value), None)


NO_NUMBERS: list[tuple[str, Form]] = [
    ("1.412.698.315", PLAIN),
    ("1.412698.315", GERMAN),
    ("1,234", PLAIN),
    ("1.234,56", PLAIN),
    ("1,234.56", GERMAN),
    ("1.23", GERMAN),
    ("12.34.567", GERMAN),
    ("1,23,456", US),
    (",234", US),
    ("1.234 567", GERMAN),
    ("--5", PLAIN),
    ("-5-", PLAIN),
    ("5 -", PLAIN),
    ("-", PLAIN),
    (".", PLAIN),
    ("1e5", PLAIN),
    ("<0.5", PLAIN),
    ("> 10", PLAIN),
    ("#N/A", PLAIN),
    ("nan", PLAIN),
    ("inf", PLAIN),
    ("0x10", PLAIN),
    ("10 KG", PLAIN),
    ("1_000", PLAIN),
    ("١٢", PLAIN),
    ("1000000000000", PLAIN),
]


@pytest.mark.parametrize(("text", "form"), NO_NUMBERS)
def test_what_is_no_number_in_the_declared_form(connection: duckdb.DuckDBPyConnection, text: str, form: Form) -> None:
    """It is not guessed at: no value, and the text is told."""
    value, problem = _parsed(connection, text, "number", form)
    assert value is None
    assert problem == f'V "{text}" is not a number in the declared form'


@pytest.mark.parametrize("kind", ["number", "date", "time", "timestamp", "text", "identifier"])
@pytest.mark.parametrize("text", [None, "", " ", "   ", "\t", "\n", "\r\n", "\u00a0", " \u00a0\n"])
def test_blank_in_every_dress_is_an_absence(connection: duckdb.DuckDBPyConnection, text: str | None, kind: str) -> None:
    """No value and nothing wrong."""
    assert _parsed(connection, text, kind) == (None, None)


@given(
    st.decimals(min_value=Decimal("-999999999999.999999"), max_value=Decimal("999999999999.999999"), places=6),
    st.sampled_from([PLAIN, GERMAN, US, SPACED, SWISS]),
)
def test_every_number_survives_every_form(number: Decimal, form: Form) -> None:
    """Written with the form's marks and a sign behind, it comes back digit by digit."""
    text = f"{abs(number):,.6f}".replace(",", "\0").replace(".", form.decimal).replace("\0", form.thousands) + ("-" if number < 0 else "")
    assert _parsed(_shared(), text, "number", form) == (number, None)


_connections: list[duckdb.DuckDBPyConnection] = []


def _shared() -> duckdb.DuckDBPyConnection:
    """One connection for all examples of a property."""
    if not _connections:
        _connections.append(connect(WorkspaceSettings(threads=1)))
        staging.prepare(_connections[0])
    return _connections[0]


DATES: list[tuple[str, Form, date | None]] = [
    ("2026-03-09", PLAIN, date(2026, 3, 9)),
    ("20260309", SAP, date(2026, 3, 9)),
    ("09.03.2026", GERMAN, date(2026, 3, 9)),
    ("9.3.2026", GERMAN, date(2026, 3, 9)),
    ("04/23/2018", US, date(2018, 4, 23)),
    ("9/3/2018", US, date(2018, 9, 3)),
    ("09.03.26", Form(date="%d.%m.%y"), date(2026, 3, 9)),
    ("9-Mar-2026", Form(date="%d-%b-%Y"), date(2026, 3, 9)),
    ("2026068", Form(date="%Y%j"), date(2026, 3, 9)),
    ("2024-02-29", PLAIN, date(2024, 2, 29)),
    ("1900-01-01", PLAIN, date(1900, 1, 1)),
    ("9999-12-31", PLAIN, None),
    ("99991231", SAP, None),
    ("31.12.9999", GERMAN, None),
    ("12/31/9999", US, None),
    ("0001-01-01", PLAIN, None),
    ("00010101", SAP, None),
    ("01.01.0001", GERMAN, None),
    ("1/1/0001", US, None),
    ("00000000", SAP, None),
    ("0000-00-00", PLAIN, None),
    ("00.00.0000", GERMAN, None),
    ("00/00/0000", US, None),
    ("0", PLAIN, None),
    (" 2026-03-09\n", PLAIN, date(2026, 3, 9)),
]


@pytest.mark.parametrize(("text", "form", "value"), DATES)
def test_a_date_in_its_declared_form(connection: duckdb.DuckDBPyConnection, text: str, form: Form, value: date | None) -> None:
    """An initial date and an end that is open, however they are printed, are absences."""
    assert _parsed(connection, text, "date", form) == (value, None)


@pytest.mark.parametrize(
    ("text", "form"),
    [("30.02.2026", GERMAN), ("2026-02-30", PLAIN), ("2026-13-01", PLAIN), ("2025-02-29", PLAIN), ("09.03.2026", PLAIN), ("2026-03-09", GERMAN),
     ("23/04/2018", US),
     ("1899-12-31", PLAIN), ("0001-06-01", PLAIN), ("0026-03-10", PLAIN), ("99981231", PLAIN), ("19991231", GERMAN),
     ("10.03.26", GERMAN), ("10.03.026", GERMAN), ("10.003.2026", GERMAN), ("10.03.20260", GERMAN), ("10. 03.2026", GERMAN), ("2026031", SAP), ("202603", SAP),
     ("2026-3-1", SAP), ("26-03-10", PLAIN), ("10.03.2026", Form(date="%d.%m.%y")), ("1032026", Form(date="%d%m%Y")),
     ("2026-03-09 10:00", PLAIN), ("nov.18", PLAIN), ("46090", PLAIN), ("2026-03", PLAIN)],
)  # fmt: skip
def test_what_is_no_date_in_the_declared_form(connection: duckdb.DuckDBPyConnection, text: str, form: Form) -> None:
    """The thirtieth of February, another form, a spreadsheet's day number."""
    assert _parsed(connection, text, "date", form) == (None, f'V "{text}" is not a date in the declared form')


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [("16:37:23", PLAIN, time(16, 37, 23)), ("00:00:00", PLAIN, time(0)), ("10:07:38 AM", US, time(10, 7, 38)), ("12:00:00 AM", US, time(0)),
     ("9:07:38 pm", US, time(21, 7, 38)), ("9:07:38", PLAIN, time(9, 7, 38)),
     ("163723", SAP, time(16, 37, 23)),
     ("000000", SAP, time(0))],
)  # fmt: skip
def test_a_time_in_its_declared_form(connection: duckdb.DuckDBPyConnection, text: str, form: Form, value: time) -> None:
    """Midnight is midnight."""
    assert _parsed(connection, text, "time", form) == (value, None)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("25:00:00", PLAIN),
        ("16:37", PLAIN),
        ("16:61:00", PLAIN),
        ("16:37:23", SAP),
        ("13:00:00 PM", US),
        ("93000", SAP),
        ("1530", SAP),
        ("16:37:2", PLAIN),
        ("016:37:23", PLAIN),
    ],
)
def test_what_is_no_time_in_the_declared_form(connection: duckdb.DuckDBPyConnection, text: str, form: Form) -> None:
    """The text is told."""
    assert _parsed(connection, text, "time", form) == (None, f'V "{text}" is not a time in the declared form')


BERLIN = "Europe/Berlin"
TIMESTAMPS: list[tuple[str, str, datetime | None]] = [
    # With an offset: at its word, whatever the zone of the source.
    ("2026-03-09T22:14:05+01:00", "America/Chicago", datetime(2026, 3, 9, 21, 14, 5)),
    ("2026-03-09T22:14:05+0100", BERLIN, datetime(2026, 3, 9, 21, 14, 5)),
    ("2026-03-09T22:14:05+01", BERLIN, datetime(2026, 3, 9, 21, 14, 5)),
    ("2026-03-09T22:14:05-05:30", BERLIN, datetime(2026, 3, 10, 3, 44, 5)),
    ("2026-03-09T22:14:05Z", BERLIN, datetime(2026, 3, 9, 22, 14, 5)),
    ("2026-03-09 22:14:05.250Z", BERLIN, datetime(2026, 3, 9, 22, 14, 5, 250000)),
    # Without one: in the zone of the source.
    ("2026-03-09T22:14:05", "UTC", datetime(2026, 3, 9, 22, 14, 5)),
    ("2026-03-09T22:14:05", BERLIN, datetime(2026, 3, 9, 21, 14, 5)),
    ("2026-07-09T22:14:05", BERLIN, datetime(2026, 7, 9, 20, 14, 5)),
    ("2026-03-09 22:14:05", "America/Chicago", datetime(2026, 3, 10, 3, 14, 5)),
    ("2026-03-09T22:14:05.1234567", "UTC", datetime(2026, 3, 9, 22, 14, 5, 123456)),
    ("2026-03-09T22:14Z", BERLIN, datetime(2026, 3, 9, 22, 14)),
    ("2026-03-09 22:14", BERLIN, datetime(2026, 3, 9, 21, 14)),
    ("2026-03-09", BERLIN, datetime(2026, 3, 8, 23)),
    # Initial, or an end that is open.
    ("0000-00-00 00:00:00", BERLIN, None),
    ("0000-00-00T00:00:00", BERLIN, None),
    ("0001-01-01T00:00:00", BERLIN, None),
    ("0001-01-01T00:00:00+01:00", BERLIN, None),
    ("9999-12-31T23:59:59.9999999", BERLIN, None),
    ("9999-12-31 23:59:59-05:00", BERLIN, None),
    ("00000000", BERLIN, None),
    # The hour that daylight saving leaves out (02:30 never was) is read as the hour after it.
    ("2026-03-29T01:59:59", BERLIN, datetime(2026, 3, 29, 0, 59, 59)),
    ("2026-03-29T02:30:00", BERLIN, datetime(2026, 3, 29, 1, 30)),
    ("2026-03-29T03:30:00", BERLIN, datetime(2026, 3, 29, 1, 30)),
    # The hour that comes twice is read as the second one, winter time: an event then seems later than it may have been, never earlier.
    ("2026-10-25T01:59:59", BERLIN, datetime(2026, 10, 24, 23, 59, 59)),
    ("2026-10-25T02:30:00", BERLIN, datetime(2026, 10, 25, 1, 30)),
    ("2026-10-25T03:00:00", BERLIN, datetime(2026, 10, 25, 2)),
    # With its offset even the doubled hour is told apart.
    ("2026-10-25T02:30:00+02:00", BERLIN, datetime(2026, 10, 25, 0, 30)),
    ("2026-10-25T02:30:00+01:00", BERLIN, datetime(2026, 10, 25, 1, 30)),
]


@pytest.mark.parametrize(("text", "zone", "value"), TIMESTAMPS)
def test_a_timestamp_is_utc(connection: duckdb.DuckDBPyConnection, text: str, zone: str, value: datetime | None) -> None:
    """At its offset's word, or in the zone of its source."""
    assert _parsed(connection, text, "timestamp", PLAIN, zone) == (value, None)


def test_a_timestamp_in_a_form_of_its_own(connection: duckdb.DuckDBPyConnection) -> None:
    """As OData's change stamps, in the zone of the source."""
    assert _parsed(connection, "20260309221405", "timestamp", SAP, BERLIN) == (datetime(2026, 3, 9, 21, 14, 5), None)
    assert _parsed(connection, "00000000000000", "timestamp", SAP, BERLIN) == (None, None)
    assert _parsed(connection, "99991231235959", "timestamp", SAP, BERLIN) == (None, None)
    assert _parsed(connection, "00010101000000", "timestamp", SAP, BERLIN) == (None, None)


@pytest.mark.parametrize(
    ("text", "form"),
    [("2026-02-30T10:00:00", PLAIN), ("2026-03-09T25:00:00", PLAIN), ("20260309221405", PLAIN), ("09.03.2026 22:14", PLAIN),
     ("2026-03-09T22:14:05+99:00", PLAIN),
     ("2026-03-09 22:14:05 UTC", PLAIN), ("2026-03-09 22:14:05 Europe/Berlin", PLAIN), ("infinity", PLAIN), ("epoch", PLAIN),
     ("2026-03-09T22:14:05+01:00 (BC)", PLAIN),
     ("2026-03-09T22:14:05", SAP), ("noon", PLAIN), ("2026030922140", SAP), ("1753-01-01T00:00:00", PLAIN), ("0001-01-02T00:00:00", PLAIN)],
)  # fmt: skip
def test_what_is_no_timestamp_in_the_declared_form(connection: duckdb.DuckDBPyConnection, text: str, form: Form) -> None:
    """The text is told."""
    assert _parsed(connection, text, "timestamp", form) == (None, f'V "{text}" is not a timestamp in the declared form')


@pytest.mark.parametrize(
    ("text", "value"),
    [("000001000014", "1000014"), ("1000014", "1000014"), ("0", None), ("000000000000", None), (" 0100 ", "100"), ("00A100", "00A100"),
     ("A-0007", "A-0007"), ("0100-1", "0100-1"),
     ("000 100", "000 100"), ("1000123.0", "1000123"), ("0.0", None), ("000001000014.0", "1000014"), ("100.00", "100.00"), ("100.5", "100.5"),
     ("1000014,0", "1000014,0"), ("A1.0", "A1.0"), ("1E5", "1E5"), ("12E", "12E"), ("1.0E", "1.0E")],
)  # fmt: skip
def test_an_identifier_loses_zeros_only_where_it_is_a_number(connection: duckdb.DuckDBPyConnection, text: str, value: str | None) -> None:
    """As ALPHA does; nothing but zeros is SAP's initial value."""
    assert _parsed(connection, text, "identifier") == (value, None)


@pytest.mark.parametrize("text", ["1.000014E6", "1.000014e+06", "4,9E+09", "4.E9", "5E+11", "1.00001e-05"])
def test_an_identifier_that_lost_digits_is_none(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """What a spreadsheet makes of a long number cannot be put right; a material 1E5 is one."""
    assert _parsed(connection, text, "identifier") == (None, f'V "{text}" is a number in which a spreadsheet lost digits')


def test_text_is_never_taken_for_a_mangled_number(connection: duckdb.DuckDBPyConnection) -> None:
    """A batch may be called so."""
    assert _parsed(connection, "109.0", "text") == ("109.0", None)
    assert _parsed(connection, "1.5E6", "text") == ("1.5E6", None)


@pytest.mark.parametrize("kind", ["text", "identifier", "number", "date", "time", "timestamp"])
def test_declared_signs_for_nothing(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    """They are an absence in every kind of column, with blanks around them too, and only where they are declared."""
    form = Form(null=("#N/A", "n.d.", "it's"))
    for sign in ("#N/A", " n.d. ", "it's"):
        assert _parsed(connection, sign, kind, form) == (None, None)
    assert _parsed(connection, "#N/A", "text") == ("#N/A", None)


SLOVENE = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "avg", "sep", "okt", "nov", "dec")


@pytest.mark.parametrize(
    ("text", "pattern", "value"),
    [("nov.18", "%b.%y", date(2018, 11, 1)), ("avg.19", "%b.%y", date(2019, 8, 1)), ("5-MAJ-2020", "%d-%b-%Y", date(2020, 5, 5)),
     ("00.00.0000", "%d.%b.%Y", None)],
)  # fmt: skip
def test_months_by_declared_names(connection: duckdb.DuckDBPyConnection, text: str, pattern: str, value: date | None) -> None:
    """In capitals or not; a pattern without a day means the first."""
    assert _parsed(connection, text, "date", Form(date=pattern, months=SLOVENE)) == (value, None)


@pytest.mark.parametrize("text", ["aug.19", "11.18", "nov.2018", "november.18", "18"])
def test_months_that_are_not_declared(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    """Only the declared twelve names are months."""
    assert _parsed(connection, text, "date", Form(date="%b.%y", months=SLOVENE)) == (None, f'V "{text}" is not a date in the declared form')


def test_a_timestamp_with_a_month_by_name(connection: duckdb.DuckDBPyConnection) -> None:
    """Months are declared for timestamps too."""
    form = Form(timestamp="%d %b %Y %H:%M", months=SLOVENE)
    assert _parsed(connection, "9 avg 2026 22:14", "timestamp", form) == (datetime(2026, 8, 9, 22, 14), None)


@pytest.mark.parametrize(
    ("column", "form", "fit"),
    [(["1.234,56", "1,234.56", "12,5", "1.234.56"], GERMAN, [True, False, True, False]),
     (["1,234.56", "1.234,56", "1 234,56"], US, [True, False, False])],
)  # fmt: skip
def test_numbers_of_two_forms_in_one_column(connection: duckdb.DuckDBPyConnection, column: list[str], form: Form, fit: list[bool]) -> None:
    """Those of another form than the declared one are told, each of them."""
    assert [_parsed(connection, text, "number", form)[1] is None for text in column] == fit


def test_dates_of_two_forms_in_one_column(connection: duckdb.DuckDBPyConnection) -> None:
    """Nothing is read by another form than the declared one."""
    column = ["23.04.2018", "4/23/2018", "04/23/2018", "20180423", "1/24/17", "2018-04-23"]
    assert [_parsed(connection, text, "date", GERMAN)[1] is None for text in column] == [True, False, False, False, False, False]


@pytest.mark.parametrize(
    ("text", "kind", "form"),
    [("1/24/17", "date", US), ("23.04.18", "date", GERMAN), ("2026039", "date", SAP), ("202603099", "date", SAP), ("63723", "time", SAP),
     ("2026030922145", "timestamp", SAP),
     ("0926-03-09", "date", PLAIN)],
)  # fmt: skip
def test_digits_that_were_lost_are_not_made_up(connection: duckdb.DuckDBPyConnection, text: str, kind: str, form: Form) -> None:
    """Two digits are no year of four, and digits without separators must all be there."""
    assert _parsed(connection, text, kind, form) == (None, f'V "{text}" is not a {kind} in the declared form')


@pytest.mark.parametrize(
    ("text", "value"), [("0000000109", "0000000109"), ("109", "109"), (" b 1 ", "b 1"), ("000", "000"), ("'; DROP TABLE x", "'; DROP TABLE x")]
)
def test_text_stays_as_it_is_typed(connection: duckdb.DuckDBPyConnection, text: str, value: str) -> None:
    """Batches are text: zeros in front are part of them. Only blanks around are taken off."""
    assert _parsed(connection, text, "text") == (value, None)
