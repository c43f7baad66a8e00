"""The list of SAP's labels: complete for what the pack reads, the same as SAP's own where that is public, and never in doubt about what is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from recon.canonical.packs import SHIPPED, load_pack
from recon.sources.columns import Naming
from recon.sources.labels import LANGUAGES, labels_of, plain, tables

PACK = load_pack("sap-ecc-tables", [SHIPPED])


@pytest.mark.parametrize("table", sorted(PACK.tables))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_the_pack_has_a_label(table: str, language: str) -> None:
    """A list with labels can give whatever the pack reads."""
    known = {label.column for label in labels_of(table, language) if label.texts}
    assert sorted(set(PACK.tables[table].columns) - known) == []


@pytest.mark.parametrize("table", sorted(PACK.tables))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_column_has_a_label_of_its_own(table: str, language: str) -> None:
    """At least one that no other column has, or else the others never stand in a list without it."""
    labels = [label for label in labels_of(table, language) if not label.repeats]
    for label in labels:
        others = {text for other in labels if other is not label for text in other.texts}
        assert label.column not in PACK.tables[table].required or set(label.texts) - others, f"{table}.{label.column}"


@pytest.mark.parametrize("table", tables())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_of_all_columns_is_understood(table: str, language: str) -> None:
    """Under the first label of each, in the order of the table, whoever shares it."""
    labels = labels_of(table, language)
    header = [label.texts[0] for label in labels]
    assert Naming(table, language).names(header, table) == [label.column for label in labels]


@pytest.mark.parametrize("table", tables())
def test_a_column_stands_once_in_its_table(table: str) -> None:
    """And every column has labels in every language."""
    for language in LANGUAGES:
        columns = [label.column for label in labels_of(table, language)]
        assert len(columns) == len(set(columns))
        assert [label.column for label in labels_of(table, language) if not label.texts] == []


def test_english_labels_are_those_that_sap_publishes(shared_data: Path) -> None:
    """Where a public description of a table has the column, its label is among ours."""
    compared, unlike = 0, []
    for file in sorted((shared_data / "sap" / "table_columns" / "ecc").glob("*.yaml")):
        described = {field["name"].upper(): field.get("description", "") for field in yaml.safe_load(file.read_text(encoding="utf-8"))["fields"]}
        for label in labels_of(file.stem, "en"):
            if text := described.get(label.column):
                compared += 1
                if plain(text) not in label.texts:
                    unlike.append(f"{file.stem}.{label.column}: {text}")
    assert compared > 250
    assert unlike == []
