"""What is wrong with a source's tables is said once, however many tables it is wrong with, and apart from the advice."""

from __future__ import annotations

from recon.errors import SourceError
from recon.reporting.tree import Trouble
from recon.reporting.troubles import in_short, troubles, what_alone


def _missing(table: str) -> str:
    where = f"source sap, table {table}"
    return str(SourceError(where, f"there is no {table}.csv, .json or .jsonl in inbox/sap", f"declare sources.sap.tables.{table}.file"))


def test_tables_that_fail_alike_are_one_trouble() -> None:
    """Fourteen missing files are one line, and the odd one keeps its advice."""
    odd = str(SourceError("source sap, table MKPF (inbox/sap/MKPF.csv)", "is empty (0 bytes)", "check whether it was cut short"))
    found = troubles("sap", {table: _missing(table) for table in ("AFKO", "AFPO", "AUFK", "MSEG")} | {"MKPF": odd})
    assert found == (
        Trouble(("AFKO", "AFPO", "AUFK", "MSEG"), "there is no ….csv, .json or .jsonl in inbox/sap", ""),
        Trouble(("MKPF",), "is empty (0 bytes)", "check whether it was cut short"),
    )
    assert in_short(found, 16) == "4 of 16 tables: there is no ….csv, .json or .jsonl in inbox/sap (AFKO, AFPO, AUFK, …); 1 more table with troubles"


def test_a_single_trouble_is_told_as_it_is() -> None:
    """With the table's name in front."""
    found = troubles("sap", {"MSEG": _missing("MSEG")})
    assert in_short(found, 16) == "MSEG: there is no MSEG.csv, .json or .jsonl in inbox/sap"
    assert found[0].todo == "declare sources.sap.tables.MSEG.file"
    assert in_short((), 16) is None


def test_a_message_without_its_place_and_advice() -> None:
    """The reader sees beside which source it stands."""
    assert what_alone("sap: source sap (inbox/sap): there is no such folder\n  Tip: mount it", "sap") == "there is no such folder"
    assert what_alone("1 row of MSEG refused", "sap") == "1 row of MSEG refused"
