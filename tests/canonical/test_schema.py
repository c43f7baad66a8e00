"""schema.sql says of every table and column what it means."""

from __future__ import annotations

import re

import pytest

from recon.canonical.packs import SHIPPED
from recon.canonical.schema import FILE, MAPPING_COLUMNS, canonical_tables
from tests.canonical.raw import shipped_pack

# As architecture.md names them.
TABLES = [
    "material", "unit_conversion", "price", "bom_item", "routing_operation", "resource", "characteristic", "production_version", "work_order", "operation",
    "component", "movement", "confirmation", "activity", "batch", "batch_characteristic", "serial", "handling_unit", "stock", "hold", "disposition",
    "inspection_lot", "inspection_result", "nonconformance", "capa", "spc_violation", "equipment_status", "genealogy_link", "delivery_item", "reservation",
    "message", "crosswalk", "posting_period", "location",
]  # fmt: skip

_LISTED = FILE.read_text(encoding="utf-8").partition("These names mean the same")[2].partition("CREATE")[0]
OBVIOUS = dict(re.findall(r"(?m)^--   ([a-z_]+) {4,}(\S.*)$", _LISTED))


def test_the_tables() -> None:
    """Every one that a rule may compare, and no other."""
    assert sorted(canonical_tables()) == sorted(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_says_what_its_rows_are(table: str) -> None:
    """State or event, and where changed_at comes from: settling rests on both."""
    assert re.match(r"(state|event)\b.*; changed_at: \S", canonical_tables()[table].comment)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_says_what_it_means(table: str) -> None:
    """By a comment of its own, or as one of the names that mean the same everywhere, which the head of schema.sql lists."""
    shape = canonical_tables()[table]
    assert [name for name in shape.columns if name not in OBVIOUS and not shape.comments.get(name)] == []


def test_the_listed_names_are_used() -> None:
    """A name that means the same everywhere occurs somewhere."""
    used = {name for shape in canonical_tables().values() for name in shape.columns}
    assert (sorted(set(OBVIOUS) - used), len(OBVIOUS) > 20) == ([], True)


@pytest.mark.parametrize("table", TABLES)
def test_a_key_is_made_of_columns(table: str) -> None:
    """Of its own ones: system, source and plant belong to every key."""
    shape = canonical_tables()[table]
    assert set(shape.key) <= set(shape.columns) - set(MAPPING_COLUMNS)


@pytest.mark.parametrize("table", TABLES)
def test_amounts_are_decimal(table: str) -> None:
    """End to end, never floating; a count or a number of places is whole."""
    kinds = {"VARCHAR", "DECIMAL(18,6)", "DECIMAL(20,12)", "TIMESTAMP", "DATE", "BOOLEAN", "INTEGER", "BIGINT"}
    assert set(canonical_tables()[table].columns.values()) <= kinds


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_filled(table: str) -> None:
    """By at least one shipped pack."""
    packs = [shipped_pack(file.parent.name) for file in sorted(SHIPPED.glob("*/pack.yaml"))]
    assert [pack.name for pack in packs if table in {mapping.table for mapping in pack.mappings}] != []
