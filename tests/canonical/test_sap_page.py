"""docs/sap-tables.md says what the SAP packs read."""

from __future__ import annotations

import re
from pathlib import Path

from recon.canonical.packs import Mapping
from tests.canonical.raw import shipped_pack

PAGE = (Path(__file__).parents[2] / "docs" / "sap-tables.md").read_text(encoding="utf-8")


def _reads(mapping: Mapping) -> str:
    return ", ".join(f"`{table}`" for table in mapping.reads)


def test_every_mapping_has_its_row() -> None:
    """With the tables that it is made from, in ECC and in S/4HANA."""
    there = {mapping.table: mapping for mapping in shipped_pack("sap-s4-tables").mappings}
    told = dict(re.findall(r"^\| `(\w+)` \| (`[A-Z0-9_]+`.*) \|$", PAGE, flags=re.MULTILINE))
    assert told == {
        mapping.table: f"{_reads(mapping)} | {'the same' if _reads(mapping) == _reads(there[mapping.table]) else _reads(there[mapping.table])}"
        for mapping in shipped_pack("sap-ecc-tables").mappings
    }
