"""A pack may stand on another one: it shadows single mappings and shares the rest."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from recon.canonical.packs import SHIPPED, load_pack, names
from recon.errors import RuleError

BASE = """
schema: mes
tables:
  dose: {key: [dose_no], required: [dose_no], columns: {dose_no: text, plant: text}}
  batch: {key: [batch], required: [batch], columns: {batch: text, plant: text}}
maps: [movement, batch]
"""
MAPPING = "/* ---\ncanonical: {table}\nkey: [{key}]\nreads:\n  {raw}: [{key}]\n{more}--- */\n{sql}\n"


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A pack of two tables, and one that reads movements from somewhere else."""
    base, own = tmp_path / "base", tmp_path / "own"
    base.mkdir()
    own.mkdir()
    (base / "pack.yaml").write_text(BASE)
    (base / "movement.sql").write_text(
        MAPPING.format(table="movement", key="dose_no", raw="dose", more="continues: rest.sql\n", sql="WITH line AS (FROM raw.dose)")
    )
    (base / "rest.sql").write_text("SELECT * FROM line")
    (base / "batch.sql").write_text(MAPPING.format(table="batch", key="batch", raw="batch", more="", sql="SELECT 1"))
    (own / "pack.yaml").write_text("extends: base\ntables:\n  shot: {key: [shot_no], required: [shot_no], columns: {shot_no: text}}\n")
    (own / "movement.sql").write_text(
        MAPPING.format(table="movement", key="shot_no", raw="shot", more="continues: rest.sql\n", sql="WITH line AS (FROM raw.shot)")
    )
    return tmp_path


def test_single_mappings_are_shadowed(packs: Path) -> None:
    """The others are the base's, and a table that only the shadowed one read is not asked for."""
    pack = load_pack("own", [packs])
    assert [(one.table, one.reads, one.file.parent.name) for one in pack.mappings] == [("movement", ("shot",), "own"), ("batch", ("batch",), "base")]
    assert (sorted(pack.tables), pack.schema) == (["batch", "shot"], "mes")


def test_a_statement_continues_in_a_shared_file(packs: Path) -> None:
    """After what is the pack's own."""
    assert [load_pack(name, [packs]).mappings[0].sql for name in ("base", "own")] == [
        f"WITH line AS (FROM raw.{raw})\nSELECT * FROM line" for raw in ("dose", "shot")
    ]


def test_a_site_shadows_files_of_both(packs: Path, tmp_path: Path) -> None:
    """Of the pack, and of the one that it extends."""
    site = tmp_path / "site"
    (site / "base").mkdir(parents=True)
    (site / "base" / "rest.sql").write_text("SELECT 2 FROM line")
    assert load_pack("own", [site, packs]).mappings[0].sql.endswith("SELECT 2 FROM line")


@pytest.mark.parametrize("name", names([SHIPPED]))
def test_no_choice_depends_on_where_a_row_was_read(name: str) -> None:
    """Part and number of a row are others in an increment than in a reading of the whole, so no mapping chooses or orders by them."""
    chooses = re.compile(r"(?:\b(?:max_by|min_by|arg_max|arg_min|any_value|first|last)\(|ORDER BY)[^\n]*row_ref")
    assert [(one.table, found[0]) for one in load_pack(name, [SHIPPED]).mappings if (found := chooses.search(one.sql))] == []


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("pack.yaml", "extends: bass\n", "pack bass: has no pack.yaml"),
        ("movement.sql", MAPPING.format(table="movement", key="shot_no", raw="shot", more="continues: rets.sql\n", sql="SELECT"), "pack own: has no rets.sql"),
    ],
    ids=["pack", "file"],
)
def test_what_it_stands_on_must_be_there(packs: Path, file: str, text: str, said: str) -> None:
    """A slip is told."""
    (packs / "own" / file).write_text(text)
    with pytest.raises(RuleError) as told:
        load_pack("own", [packs])
    assert said in str(told.value)


@pytest.mark.parametrize("needs", ["shot: [shot_no]", "dose: [when]", "shot: when"], ids=["not optional", "not read", "no list"])
def test_a_mapping_needs_optional_columns_of_what_it_reads(packs: Path, needs: str) -> None:
    """Required columns are there anyway."""
    (packs / "own" / "movement.sql").write_text(MAPPING.format(table="movement", key="shot_no", raw="shot", more=f"needs: {{{needs}}}\n", sql="SELECT 1"))
    with pytest.raises(RuleError, match="need"):
        load_pack("own", [packs])


@pytest.mark.parametrize(
    ("table", "without", "empty"),
    [
        ("work_order", ["AUFK", "AFKO", "AFPO"], True),  # lots and notifications have statuses of their own, so JEST comes
        ("work_order", ["AFKO", "AFPO"], False),
        ("movement", ["MSEG"], True),
        ("stock", ["MCHB", "MARD", "MSKA", "MSPR", "MKOL", "MSKU", "MSLB"], True),
        ("stock", ["MSKA", "MSPR", "MKOL", "MSKU", "MSLB", "MCHB"], False),
        ("component", ["RESB", "AFPO"], True),
        ("component", [], False),
    ],
)
def test_a_table_is_rightly_empty_where_nothing_can_give_it_rows(table: str, without: list[str], empty: bool) -> None:
    """Whatever else it reads may be there."""
    mapping = next(one for one in load_pack("sap-ecc-tables", [SHIPPED]).mappings if one.table == table)
    assert mapping.is_rightly_empty(without) is empty


@pytest.mark.parametrize("driving", ["[dose]", "shot", "[]"], ids=["not read", "no list", "nothing"])
def test_what_drives_a_mapping_is_something_that_it_reads(packs: Path, driving: str) -> None:
    """A slip is told."""
    (packs / "own" / "movement.sql").write_text(MAPPING.format(table="movement", key="shot_no", raw="shot", more=f"driving: {driving}\n", sql="SELECT 1"))
    with pytest.raises(RuleError, match="is driven by"):
        load_pack("own", [packs])


@pytest.mark.parametrize(("said", "waits"), [("status: draft", "draft"), ("effective_from: 2026-04-01", "in force from 2026-04-01"), ("status: active", None)])
def test_a_sites_mapping_that_is_not_in_force_takes_nobodys_place(tmp_path: Path, said: str, waits: str | None) -> None:
    """The shipped one stays, and the pack tells of the other."""
    shipped = SHIPPED / "mes-tables" / "hold.sql"
    (tmp_path / "mes-tables").mkdir()
    own = tmp_path / "mes-tables" / "hold.sql"
    own.write_text(shipped.read_text(encoding="utf-8").replace("canonical:", f"{said}\napproved_by: K. Weber\ncanonical:", 1), encoding="utf-8")
    pack = load_pack("mes-tables", [tmp_path, SHIPPED], date(2026, 3, 10))
    assert next(mapping.file for mapping in pack.mappings if mapping.table == "hold") == (shipped if waits else own)
    assert [(one.name, one.instead, one.waits, one.approved_by) for one in pack.site] == [("mes-tables/hold", True, waits, "K. Weber")]
