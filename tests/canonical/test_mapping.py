"""What a mapping may return, and what becomes of columns that it leaves out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from recon.canonical.packs import Input, Mapping, Pack
from recon.errors import RuleError
from tests.canonical.raw import Bench, shipped_pack

COMMON = "plant, recorded_at AS changed_at, row_ref, problems, ambiguous, event_id, event_id AS movement_id"


def pack_with(columns: str) -> Pack:
    """mes-tables with a movement mapping of a site's own."""
    own = Mapping(
        "movement",
        ("event_id",),
        (),
        (Input("movement", ("event_id",), ""),),
        ("movement",),
        f"SELECT {columns} FROM raw.movement",
        Path("packs/mes-tables/movement.sql"),
    )
    return replace(shipped_pack("mes-tables"), mappings=(own,))


def test_a_column_that_the_system_does_not_have_is_absent(bench: Bench) -> None:
    """A mapping leaves it out; the table has it in its declared type."""
    row = bench.map(pack_with(f"{COMMON}, quantity"), {"movement": [{}]}).only("movement")
    assert (row["movement_id"], row["quantity"], row["unit"], row["occurred_at"]) == ("E1", Decimal(10), None, None)


def test_a_column_that_the_table_does_not_have_is_an_error_of_the_pack(bench: Bench) -> None:
    """With the name that was probably meant: a value in a misspelt column would be lost unseen."""
    with pytest.raises(RuleError) as error:
        bench.map(pack_with(f"{COMMON}, quantity AS qantity"), {"movement": [{}]})
    assert (error.value.where, error.value.what) == ("packs/mes-tables/movement.sql", "returns qantity, which movement does not have")
    assert error.value.todo == "did you mean quantity?"


def test_what_every_row_has_cannot_be_left_out(bench: Bench) -> None:
    """Nothing else could say where a row came from, or what is wrong with it."""
    with pytest.raises(RuleError, match="does not return row_ref, problems"):
        bench.map(pack_with("plant, recorded_at AS changed_at, ambiguous, event_id, event_id AS movement_id"), {"movement": [{}]})


ACTIVITIES = ("ISM01", "ILE01", "ISM02", "ILE02", "ISM03", "ILE03")


@pytest.mark.parametrize("absent", [("ISM02",), ACTIVITIES])
def test_columns_that_nobody_exported_are_not_taken_for_nothing(bench: Bench, absent: tuple[str, ...]) -> None:
    """Confirmations without their times say nothing of activities; that they confirm is known all the same."""
    header = [column for column in shipped_pack("sap-ecc-tables").tables["AFRU"].columns if column not in absent]
    mapped = bench.map("sap-ecc-tables", {"AFRU": [{"ISM01": "5", "ILE01": "MIN"}]}, headers={"AFRU": header})
    assert mapped.supplies["sap.activity"].problem == f"AFRU comes without {', '.join(absent)}, or with labels that could be several columns"
    assert mapped.supplies["sap.activity"].state is None
    assert mapped.supplies["sap.confirmation"].problem is None


def test_a_table_without_rows_has_nothing_to_leave_out(bench: Bench) -> None:
    """An empty extract may come without a header."""
    header = [column for column in shipped_pack("sap-ecc-tables").tables["AFRU"].columns if column not in ACTIVITIES]
    assert bench.map("sap-ecc-tables", {"AFRU": []}, headers={"AFRU": header}, everything=True).supplies["sap.activity"].problem is None
