"""docs/sap-tables.md says what the SAP packs read."""

from __future__ import annotations

import re
from pathlib import Path

from tests.canonical.raw import shipped_pack

PAGE = (Path(__file__).parents[2] / "docs" / "sap-tables.md").read_text(encoding="utf-8")


def _reads(pack: str) -> dict[str, set[str]]:
    return {mapping.table: set(mapping.reads) for mapping in shipped_pack(pack).mappings}


def test_every_mapping_has_its_row() -> None:
    """With the tables that it is made from, in ECC and in S/4HANA."""
    rows = re.findall(r"^\| `(\w+)` \| (`[A-Z0-9_]+`.*) \| (.*) \|$", PAGE, flags=re.MULTILINE)
    in_ecc = {table: set(re.findall("`(.*?)`", names)) for table, names, _ in rows}
    assert in_ecc == _reads("sap-ecc-tables")
    assert {table: in_ecc[table] if names == "the same" else set(re.findall("`(.*?)`", names)) for table, _, names in rows} == _reads("sap-s4-tables")
