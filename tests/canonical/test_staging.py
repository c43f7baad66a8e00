"""Raw rows, typed: what repeats counts once, what contradicts is marked, what has no key is refused and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from recon.canonical.packs import Pack, RawTable, load_pack
from recon.config import Form
from recon.errors import RuleError
from tests.canonical.raw import Bench, Row

TABLE = RawTable(
    "dose", {"dose_no": "identifier", "plant": "text", "batch": "text", "quantity": "number", "taken_on": "date"}, ("dose_no", "batch"), ("dose_no", "plant")
)
PACK_YAML = """
schema: mes
tables:
  dose:
    key: [dose_no, batch]
    required: [dose_no, plant]
    columns: {dose_no: identifier, plant: text, batch: text, quantity: number, taken_on: date}
maps: [movement]
"""
MOVEMENT = """/* ---
canonical: movement
key: [dose_no]
reads: {dose: [dose_no]}
--- */
SELECT plant, CAST(NULL AS TIMESTAMP) AS changed_at, row_ref, problems, ambiguous,
       dose_no, dose_no AS movement_id, 'consumption' AS kind, NULL AS movement_type,
       NULL AS order_no, NULL AS material, batch, NULL AS storage_location, quantity, NULL AS unit, NULL AS reference, NULL AS reverses,
       CAST(taken_on AS TIMESTAMP) AS occurred_at
FROM raw.dose
"""
HEADER = list(TABLE.columns)
ROW = {"dose_no": "1", "plant": "1000", "batch": "B", "quantity": "10", "taken_on": "2026-03-09"}


def _pack(folder: Path, yaml: str = PACK_YAML, movement: str = MOVEMENT) -> Pack:
    (folder / "packs" / "doses").mkdir(parents=True, exist_ok=True)
    (folder / "packs" / "doses" / "pack.yaml").write_text(yaml, encoding="utf-8")
    (folder / "packs" / "doses" / "movement.sql").write_text(movement, encoding="utf-8")
    return load_pack("doses", [folder / "packs"])


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """One raw table, one mapping."""
    return _pack(tmp_path)


def test_rows_equal_to_the_letter_are_one_row(bench: Bench, pack: Pack) -> None:
    """A doubly loaded extract counts once; the first of the rows is the one referred to."""
    mapped = bench.map(pack, {"dose": [ROW, ROW | {"dose_no": "2"}, ROW, ROW]})
    assert mapped.values("movement", "movement_id", "quantity", "ambiguous") == [("1", 10, False), ("2", 10, False)]
    assert [row["row_ref"].split(":")[2] for row in mapped.rows["movement"]] == ["1", "2"]
    assert mapped.supplies["mes.movement"].problem is None
    assert mapped.refused == []


def test_rows_equal_in_meaning_are_one_row(bench: Bench, pack: Pack) -> None:
    """10 and 10.000, 0001 and 1, blanks around."""
    mapped = bench.map(pack, {"dose": [ROW, ROW | {"dose_no": "0001", "quantity": "10.000", "batch": " B "}]})
    assert mapped.values("movement", "movement_id", "quantity", "ambiguous") == [("1", 10, False)]


def test_rows_with_one_key_that_differ_are_ambiguous(bench: Bench, pack: Pack) -> None:
    """All versions are kept and marked; repetitions of a version are one."""
    mapped = bench.map(pack, {"dose": [ROW, ROW | {"quantity": "12"}, ROW, ROW | {"dose_no": "2"}]})
    assert mapped.values("movement", "movement_id", "quantity", "ambiguous") == [("1", 10, True), ("1", 12, True), ("2", 10, False)]


def test_an_absent_part_of_a_key_is_a_value_of_its_own(bench: Bench, pack: Pack) -> None:
    """No batch, written in two ways, is one key; a batch is another."""
    mapped = bench.map(pack, {"dose": [ROW | {"batch": ""}, ROW | {"batch": None}, ROW]})
    assert sorted(mapped.values("movement", "batch", "ambiguous"), key=str) == [("B", True), (None, True)]


def test_what_the_canonical_key_cannot_tell_apart_is_ambiguous(bench: Bench, pack: Pack) -> None:
    """Two raw keys that become one canonical key, with different contents."""
    mapped = bench.map(pack, {"dose": [ROW, ROW | {"batch": "C"}]})
    assert mapped.values("movement", "movement_id", "batch", "ambiguous") == [("1", "B", True), ("1", "C", True)]


def test_a_row_without_its_key_is_refused_and_kept(bench: Bench, pack: Pack) -> None:
    """With its number and a reason, and what needs the table knows."""
    mapped = bench.map(pack, {"dose": [ROW, ROW | {"dose_no": "  "}, ROW | {"dose_no": "000", "plant": None}]})
    assert mapped.values("movement", "movement_id") == [("1",)]
    assert mapped.refused == [("dose", 2, "dose_no is empty or unreadable"), ("dose", 3, "dose_no is empty or unreadable; plant is empty or unreadable")]
    assert mapped.supplies["mes.movement"].problem == "2 rows of dose refused"
    raw = bench.connection.execute("SELECT raw FROM refused WHERE row = 2").fetchone()
    assert raw == ('{"dose_no":"  ","plant":"1000","batch":"B","quantity":"10","taken_on":"2026-03-09"}',)


def test_a_value_that_does_not_fit_is_told_with_its_row(bench: Bench, pack: Pack) -> None:
    """The row stays, without the value; the source's other rows are not touched."""
    mapped = bench.map(pack, {"dose": [ROW | {"quantity": "1,5", "taken_on": "30.02.2026"}, ROW | {"dose_no": "2"}]})
    assert mapped.values("movement", "quantity", "problems") == [
        (None, 'quantity "1,5" is not a number in the declared form; taken_on "30.02.2026" is not a date in the declared form'),
        (10, None),
    ]
    assert mapped.supplies["mes.movement"].problem is None


def test_a_long_value_is_told_in_short(bench: Bench, pack: Pack) -> None:
    """The first forty characters."""
    (row,) = bench.map(pack, {"dose": [ROW | {"quantity": "9" * 60}]}).rows["movement"]
    assert row["problems"] == f'quantity "{"9" * 40}" is not a number in the declared form'


def test_the_declared_form_is_what_counts(bench: Bench, pack: Pack) -> None:
    """The same text is ten thousand in one form and ten in another."""
    row = ROW | {"quantity": "10.000", "taken_on": "09.03.2026"}
    german = bench.map(pack, {"dose": [row]}, form=Form(decimal=",", thousands=".", date="%d.%m.%Y"))
    assert german.values("movement", "quantity", "problems") == [(10000, None)]
    plain = bench.map(pack, {"dose": [row]}, form=Form(date="%d.%m.%Y"))
    assert plain.values("movement", "quantity", "problems") == [(10, None)]


def test_column_names_are_found_in_any_case(bench: Bench, pack: Pack) -> None:
    """As replication tools write them."""
    header = [name.upper() for name in HEADER]
    mapped = bench.map(pack, {"dose": [{name.upper(): value for name, value in ROW.items()}]}, headers={"dose": header})
    assert mapped.values("movement", "movement_id", "quantity") == [("1", 10)]


def test_further_columns_are_ignored(bench: Bench, pack: Pack) -> None:
    """Also where rows differ in nothing else."""
    mapped = bench.map(pack, {"dose": [ROW | {"loaded_at": "1"}, ROW | {"loaded_at": "2"}]}, headers={"dose": ["", *HEADER, "loaded_at"]})
    assert mapped.values("movement", "movement_id", "ambiguous") == [("1", False)]


@pytest.mark.parametrize("flag", ["_fivetran_deleted", "HVR_IS_DELETED"])
def test_rows_that_a_replication_marks_as_deleted_are_left_out(bench: Bench, pack: Pack, flag: str) -> None:
    """domain §9: they are there no more, whoever reads them, even where they could not be; a mark that says neither true nor false is no mark."""
    marks = ["false", "TRUE", None, " x ", "0", "1", "perhaps", "", "F"]
    rows: list[Row] = [{**ROW, "dose_no": str(number), flag: mark} for number, mark in enumerate(marks, 1)]
    mapped = bench.map(pack, {"dose": [*rows, ROW | {"dose_no": "", flag: "true"}]}, headers={"dose": [*HEADER, flag]})
    assert mapped.values("movement", "movement_id") == [("1",), ("3",), ("5",), ("8",), ("9",)]
    assert mapped.refused == [("dose", 7, f'{flag} "perhaps" is neither true nor false')]


def test_a_site_names_its_own_mark(bench: Bench, pack: Pack) -> None:
    """In place of those that recon knows; a further column is no mark by its name."""
    rows = [ROW | {"op": "t", "_fivetran_deleted": "false"}, ROW | {"dose_no": "2", "op": "f", "_fivetran_deleted": "true"}]
    header = {"dose": [*HEADER, "op", "_fivetran_deleted"]}
    assert bench.map(pack, {"dose": rows}, headers=header).values("movement", "movement_id") == [("1",)]
    assert bench.map(pack, {"dose": rows}, headers=header, deleted=["OP"]).values("movement", "movement_id") == [("2",)]


def test_a_changed_header_names_the_column_and_a_near_one(bench: Bench, pack: Pack) -> None:
    """Nothing of the table is used then, and nothing is guessed."""
    header = ["dose_no", "plant", "batch", "quantty", "taken_on"]
    mapped = bench.map(pack, {"dose": [ROW]}, headers={"dose": header})
    supply = mapped.supplies["mes.movement"]
    assert supply.state is None
    assert supply.problem == "dose has no column quantity (is quantty it?); its header reads dose_no, plant, batch, quantty, taken_on"


def test_a_table_of_nothing_but_its_header_is_an_empty_table(bench: Bench, pack: Pack) -> None:
    """Not a problem in itself: whether it is suspicious, earlier nights tell."""
    mapped = bench.map(pack, {"dose": []})
    supply = mapped.supplies["mes.movement"]
    assert supply.state is not None
    assert (supply.state.rows, supply.problem) == (0, None)


def test_rows_of_other_plants_are_left_out(bench: Bench, pack: Pack) -> None:
    """A source answers for the plants it is declared for."""
    mapped = bench.map(pack, {"dose": [ROW, ROW | {"dose_no": "2", "plant": "3000"}]}, plants=["1000"])
    assert mapped.values("movement", "movement_id") == [("1",)]


def test_the_same_rows_make_the_same_part(bench: Bench, pack: Pack) -> None:
    """However often they are mapped, in whatever order they came."""
    rows = [ROW | {"dose_no": str(number)} for number in range(1, 50)]
    first = bench.map(pack, {"dose": rows}).supplies["mes.movement"].state
    again = bench.map(pack, {"dose": rows}).supplies["mes.movement"].state
    assert first is not None
    assert again is not None
    assert first.base.digest == again.base.digest


class TestPackFiles:
    """A pack that is wrong is told as the pack's fault."""

    def test_unknown_pack(self, tmp_path: Path, pack: Pack) -> None:
        """With the one that was meant."""
        with pytest.raises(RuleError) as error:
            load_pack("dosis", [tmp_path / "packs"])
        assert error.value.todo == "did you mean doses?"

    def test_a_site_shadows_a_pack_file_by_file(self, tmp_path: Path, bench: Bench, pack: Pack) -> None:
        """The site's mapping with the shipped pack.yaml."""
        own = tmp_path / "site" / "doses"
        own.mkdir(parents=True)
        (own / "movement.sql").write_text(MOVEMENT.replace("'consumption'", "'scrap'"), encoding="utf-8")
        mapped = bench.map(load_pack("doses", [tmp_path / "site", tmp_path / "packs"]), {"dose": [ROW]})
        assert mapped.values("movement", "kind") == [("scrap",)]

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("FROM raw.dose", "FORM raw.dose", "syntax error"),
            ("FROM raw.dose", "FROM raw.doses", "doses"),
            ("quantity, NULL AS unit", "quanttiy, NULL AS unit", "quanttiy"),
            ("batch, NULL AS storage_location", "batch AS btch, NULL AS storage_location", "returns btch"),
            ("dose_no, dose_no AS movement_id", "dose_no AS movement_id", "does not return dose_no of its key"),
            ("ambiguous,", "", "ambiguous"),
            ("quantity, NULL AS unit", "batch AS quantity, NULL AS unit", "Could not convert"),
        ],
        ids=["does not parse", "unknown table", "unknown column", "a column too much", "lacks its key", "lacks ambiguous", "wrong kind of value"],
    )
    def test_sql_that_does_not_do(self, tmp_path: Path, bench: Bench, old: str, new: str, said: str) -> None:
        """RuleError with the file, in one message."""
        assert old in MOVEMENT
        with pytest.raises(RuleError) as error:
            bench.map(_pack(tmp_path, movement=MOVEMENT.replace(old, new, 1)), {"dose": [ROW]})
        assert error.value.where.endswith("doses/movement.sql")
        assert said in error.value.what

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("schema: mes", "schema: [mes", "is not YAML"),
            ("schema: mes\n", "", "lacks or misuses 'schema'"),
            ("    key: [dose_no, batch]\n", "", "lacks or misuses 'key'"),
            ("quantity: number", "quantity: decimal", "quantity: decimal"),
            ("key: [dose_no, batch]", "key: [dose, batch]", "dose is not among the columns"),
            ("maps: [movement]", "maps: [movement, stock]", "has no stock.sql"),
            ("schema: mes", "- mes", ""),
            ("quantity: number", "problems: number", "problems is a name that recon gives itself"),
        ],
        ids=["not YAML", "no schema", "no key", "unknown type", "key that is no column", "no SQL file", "a list", "a name of ours"],
    )
    def test_pack_yaml_that_does_not_do(self, tmp_path: Path, old: str, new: str, said: str) -> None:
        """RuleError with the file."""
        assert old in PACK_YAML
        with pytest.raises(RuleError) as error:
            _pack(tmp_path, yaml=PACK_YAML.replace(old, new, 1))
        assert said in str(error.value)

    def test_a_mapping_that_reads_what_is_not_declared(self, tmp_path: Path) -> None:
        """The raw tables a mapping needs are in pack.yaml."""
        with pytest.raises(RuleError, match=r"reads dosis, which pack\.yaml does not declare"):
            _pack(tmp_path, movement=MOVEMENT.replace("reads: {dose:", "reads: {dosis:"))

    @pytest.mark.parametrize(
        ("front", "said"),
        [
            ("key: [dose_no]", "does not say what it reads, and by which key"),
            ("key: [dose_no]\nreads: 5", "does not say what it reads, and by which key"),
            ("key: [dose_no]\nreads: [dose]", "does not say what it reads, and by which key"),
            ("reads: {dose: [dose_no]}", "does not say what it reads, and by which key"),
            ("key: dose_no\nreads: {dose: [dose_no]}", "does not say what it reads, and by which key"),
            ("key: [dose_no]\nreads: {dose: }", "does not say how a row of dose leads to the key dose_no"),
            ("key: [dose_no]\nreads: {dose: [dose_no, plant]}", "does not say how a row of dose leads to the key dose_no"),
            ("key: [dose_no]\nreads: {dose: [dosis]}", "reads dose by dosis, which it does not have"),
            ("key: [dose_no]\nreads: {mapped.movement: [order_no]}", "reads mapped.movement, which is not mapped before it"),
            ("key: [batch]\nreads: {dose: [batch]}", "has a key with batch, which pack.yaml does not require of dose"),
            ("key: [dose_no]\nreads: {dose: [~]}", "does not say how a row of dose leads to the key dose_no"),
            ("key: [dose_no]\nempty: [batch]\nreads: {dose: [dose_no]}", "says that ['batch'] may be empty"),
        ],
    )
    def test_front_matter_that_does_not_do(self, tmp_path: Path, front: str, said: str) -> None:
        """What a mapping reads, and how it leads to the mapping's key, decides what is mapped anew: it has to be said."""
        with pytest.raises(RuleError) as error:
            _pack(tmp_path, movement=MOVEMENT.replace("key: [dose_no]\nreads: {dose: [dose_no]}", front))
        assert said in str(error.value)

    def test_a_mapping_of_no_canonical_table(self, tmp_path: Path) -> None:
        """schema.sql lists them."""
        (tmp_path / "packs" / "doses").mkdir(parents=True)
        (tmp_path / "packs" / "doses" / "dosage.sql").write_text(MOVEMENT, encoding="utf-8")
        with pytest.raises(RuleError, match="dosage"):
            _pack(tmp_path, yaml=PACK_YAML.replace("maps: [movement]", "maps: [dosage]"))

    def test_a_schema_that_is_no_side(self, tmp_path: Path) -> None:
        """sap, mes, qms or wms."""
        with pytest.raises(RuleError, match="erp"):
            _pack(tmp_path, yaml=PACK_YAML.replace("schema: mes", "schema: erp"))


@pytest.mark.parametrize("name", ["sap-ecc-tables", "mes-tables", "qms-tables"])
def test_a_shipped_pack_maps_empty_tables(bench: Bench, name: str) -> None:
    """Every mapping runs and gives the columns of schema.sql."""
    mapped = bench.map(name, {})
    assert all(supply.state is not None and supply.state.rows == 0 and supply.problem is None for supply in mapped.supplies.values())
