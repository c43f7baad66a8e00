"""Who a finding is: one digest, in Python and in DuckDB, for whatever text a key is made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.errors import RuleError
from recon.findings.identity import KEY_FIELDS, finding_id, identity_sql

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
CONNECTION = duckdb.connect()

texts = st.one_of(
    st.none(), st.just(""), st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from(["-", "1:a", "'", '"', "0", "\0", "10/00"])
)
keys = st.dictionaries(st.sampled_from(sorted(KEY_FIELDS - {"system", "plant"})), texts, min_size=1, max_size=5)


def in_duckdb(rule_id: str, key: Mapping[str, str | None]) -> str:
    columns = ", ".join(f'CAST(? AS VARCHAR) AS "{name}"' for name in key)
    row = CONNECTION.execute(f"SELECT {identity_sql(rule_id, key)} FROM (SELECT {columns})", list(key.values())).fetchone()
    assert row is not None
    return str(row[0])


@given(rule_id=st.sampled_from(["CON-001", "X-'1", "GEN-010"]), system=texts, plant=texts, key=keys)
def test_python_and_duckdb_agree(rule_id: str, system: str | None, plant: str | None, key: dict[str, str | None]) -> None:
    """Whatever the key holds: NULL, blanks, quotes, any script."""
    whole = {"system": system, "plant": plant, **key}
    assert finding_id(rule_id, whole) == in_duckdb(rule_id, whole)


@given(first=st.tuples(texts, texts, texts), second=st.tuples(texts, texts, texts))
def test_different_keys_are_different_findings(first: tuple[str | None, ...], second: tuple[str | None, ...]) -> None:
    """Two keys share an identity exactly where they are equal, a blank counted as absent."""
    names = ("material", "batch", "order_no")
    base = {"system": "P01/100", "plant": "1000"}
    same = [value or None for value in first] == [value or None for value in second]
    ids = [finding_id("CON-001", base | dict(zip(names, values, strict=True))) for values in (first, second)]
    assert (ids[0] == ids[1]) == same


def test_absence_keeps_its_place() -> None:
    """('a', NULL, 'b') is not ('a', 'b', NULL), which a plain concatenation would make of it."""
    base: dict[str, str | None] = {"system": "P01/100", "plant": "1000"}
    ids = {
        finding_id("CON-001", base | {"batch": "a", "material": None, "order_no": "b"}),
        finding_id("CON-001", base | {"batch": "a", "material": "b", "order_no": None}),
        finding_id("CON-001", base | {"batch": "a", "order_no": "b"}),
        finding_id("CON-001", base | {"batch": "ab", "material": None, "order_no": None}),
    }
    assert len(ids) == 4


def test_the_order_in_which_a_rule_names_its_key_does_not_matter() -> None:
    """So that tidying a rule file renames no finding."""
    key = {"system": "P01/100", "plant": "1000", "order_no": "1", "batch": "B"}
    assert finding_id("CON-001", key) == finding_id("CON-001", dict(reversed(key.items())))
    assert identity_sql("CON-001", ["order_no", "batch"]) == identity_sql("CON-001", ["system", "plant", "batch", "order_no"])


def test_the_published_example() -> None:
    """What docs/findings.md prints, text and digest: a change here is a new identity version."""
    key = {"system": "P01/100", "plant": "1000", "order_no": "1000123", "component": "R-77", "batch": None}
    digest = "2e43a38e4c2895e5bf3aaab05fc297f6be1ad193197134c023c60e69351d4582"
    example = re.search(r"```\n(.+)\n```\n\nand its identity is `(.+)`", PAGE.read_text(encoding="utf-8"))
    assert example is not None
    assert finding_id("CON-002", key) == example[2] == hashlib.sha256(example[1].encode()).hexdigest() == digest


def test_columns_that_are_not_text() -> None:
    """A number in a key counts as the text that DuckDB makes of it."""
    row = CONNECTION.execute(f"SELECT {identity_sql('QUA-007', ['point'])} FROM (SELECT 'P' AS system, '1' AS plant, 17 AS point)").fetchone()
    assert row == (finding_id("QUA-007", {"system": "P", "plant": "1", "point": "17"}),)


@pytest.mark.parametrize("name", ["colour", 'batch" || version() || "', "x_", "X_A", "", "x_a; DROP"])
def test_only_known_names_reach_the_sql(name: str) -> None:
    """An identifier from anywhere else is refused."""
    with pytest.raises(RuleError, match="is not a key field"):
        identity_sql("CON-001", ["order_no", name])


def test_a_site_may_add_its_own_field() -> None:
    """Its columns begin with x_."""
    key = {"system": "P", "plant": "1", "x_cell": "7"}
    assert finding_id("X-001", key) == in_duckdb("X-001", key)


def test_a_name_twice() -> None:
    """Is a mistake in the rule, not a longer key."""
    with pytest.raises(RuleError, match="twice"):
        identity_sql("CON-001", ["batch", "batch"])
