"""One source is one SAP client, and says which tables it does without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recon.canonical.packs import unknown_without
from recon.config import Settings
from recon.errors import ConfigurationError
from tests.canonical.raw import Bench, shipped_pack

PACK = "sap-ecc-tables"


def test_rows_of_another_client_are_refused(bench: Bench) -> None:
    """The system names the client; each row of another one is counted, and what needs the table is not judged."""
    mapped = bench.map(PACK, {"AFRU": [{}, {"MANDT": "200", "RMZHL": "2"}, {"MANDT": "200", "RMZHL": "3"}]})
    assert mapped.values("confirmation", "confirmation") == [("207/1",)]
    assert mapped.refused == [("AFRU", row, "client 200, where the source is of client 100") for row in (2, 3)]
    assert mapped.supplies["sap.confirmation"].problem == "2 rows of AFRU belong to client 200, and the source is of client 100"


def test_a_quality_table_names_its_client_mandant(bench: Bench) -> None:
    """It is judged all the same."""
    mapped = bench.map(PACK, {"QALS": [{}, {"MANDANT": "300", "PRUEFLOS": "2"}], "QAVE": [], "JEST": []})
    assert mapped.supplies["sap.inspection_lot"].problem == "1 row of QALS belongs to client 300, and the source is of client 100"


def test_a_mixture_is_not_used_where_nobody_says_which_client_is_meant(bench: Bench) -> None:
    """Every one of its rows could be the wrong one."""
    mapped = bench.map(PACK, {"AFRU": [{}, {"MANDT": "200"}]}, system="PRD")
    assert mapped.rows["confirmation"] == []
    said = "AFRU mixes the clients 100 (1 row) and 200 (1 row); declare which one is meant: sources.source.client"
    assert mapped.supplies["sap.confirmation"].problem == said
    assert [row[:2] for row in mapped.refused] == [("AFRU", 1), ("AFRU", 2)]


def test_tables_of_several_clients_are_not_joined(bench: Bench) -> None:
    """Each is of one client, and together they are of none."""
    mapped = bench.map(PACK, {"QALS": [{}], "QAVE": [{"MANDANT": "200"}], "JEST": []}, system="PRD")
    problem = mapped.supplies["sap.inspection_lot"].problem
    assert problem == "its tables are of several clients (QALS of 100, QAVE of 200); declare which one is meant: sources.source.client"


def test_one_client_needs_no_declaration(bench: Bench) -> None:
    """Whichever it is."""
    mapped = bench.map(PACK, {"AFRU": [{"MANDT": "200"}]}, system="PRD")
    assert mapped.supplies["sap.confirmation"].problem is None
    assert len(mapped.rows["confirmation"]) == 1


def test_a_table_that_the_site_is_without_is_empty_and_complete(bench: Bench) -> None:
    """A lot without statuses, since the site has none."""
    mapped = bench.map(PACK, {"QALS": [{}], "QAVE": []}, without=["JEST"])
    assert mapped.supplies["sap.inspection_lot"].problem is None
    assert mapped.only("inspection_lot")["cancelled"] is False


def test_a_column_that_an_extract_may_lack_is_unknown(bench: Bench) -> None:
    """Its values are absent; any other missing column makes the table unusable."""
    pack = shipped_pack(PACK)
    without = [column for column in pack.tables["AFRU"].columns if column != "LTXA1"]
    lenient = replace(pack, tables=pack.tables | {"AFRU": replace(pack.tables["AFRU"], optional=("LTXA1",))})
    assert bench.map(lenient, {"AFRU": [{"LTXA1": "E1"}]}, headers={"AFRU": without}).only("confirmation")["reference"] is None
    strict = replace(pack, tables=pack.tables | {"AFRU": replace(pack.tables["AFRU"], optional=())})
    assert "AFRU has no column LTXA1" in str(bench.map(strict, {"AFRU": [{}]}, headers={"AFRU": without}).supplies["sap.confirmation"].problem)


def _settings(**source: object) -> Settings:
    given = {"kind": "files", "path": ".", "pack": PACK, "system": "P01/100", "plants": ["1000"], **source}
    return Settings.model_validate({"site": "s", "plants": {"1000": {"name": "n", "time_zone": "UTC", "currency": "EUR"}}, "sources": {"sap": given}})


def test_a_table_that_the_pack_does_not_read_cannot_be_missed() -> None:
    """A slip in the name is told, with what was probably meant."""
    (error,) = unknown_without(_settings(without=["MCHC", "MCHB"]).sources, {PACK: shipped_pack(PACK)})
    assert isinstance(error, ConfigurationError)
    assert (error.where, error.todo) == ("sources.sap.without", "did you mean MCHB?")
    assert "names MCHC, which pack sap-ecc-tables does not read" in error.what


def test_a_client_that_contradicts_the_system_is_refused() -> None:
    """One of the two is a slip."""
    assert _settings(client="100").sources["sap"].client_of_rows == "100"
    assert _settings(system="P01", client="200").sources["sap"].client_of_rows == "200"
    assert _settings(system="P01").sources["sap"].client_of_rows is None
    with pytest.raises(ValueError, match="client 200 is not the one that system 'P01/100' ends in"):
        _settings(client="200")
