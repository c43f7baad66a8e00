"""docs/canonical.md from schema.sql, so that the page cannot disagree with it: python -m recon.canonical.page > docs/canonical.md"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from recon.canonical.schema import FILE, MAPPING_COLUMNS, SCHEMAS, CanonicalTable, canonical_tables

_HEAD = f"""# The canonical tables

What the packs map every source to, and what rules and `recon sql` read: one shape for every system. Each table below exists in the schemas
{", ".join(f"`{schema}`" for schema in SCHEMAS)}, so that `sap.movement` and `mes.movement` are the same shape from two sides; which pack fills which of them,
its page says ([SAP](sap-tables.md), flat shapes of the [MES](shapes/mes-tables.md), the [QMS](shapes/qms-tables.md) and the [WMS](shapes/wms-tables.md)).

A *state* has one row for what a thing is now; an *event* has one for each time that something happened. The key tells the rows of a system and plant apart.
An empty value means absent or unknown unless the column says otherwise. Moments are UTC, days are the plant's. Numbers of orders, materials and lots
carry no leading zeros; batches are as they were typed.

This page is made from `recon/canonical/schema.sql`.
"""


def page() -> str:
    """The whole page as Markdown."""
    common = _meanings()
    lines = [_HEAD, "## Columns of every table", "", "| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{column}` | {kind} | {_cell(common[column])} |" for column, kind in MAPPING_COLUMNS.items()]
    lines += ["", "## The tables", "", ", ".join(f"[{name}](#{name})" for name in canonical_tables())]
    for table in canonical_tables().values():
        lines += _table(table, common)
    return "\n".join(lines) + "\n"


def _table(table: CanonicalTable, common: dict[str, str]) -> Iterator[str]:
    yield from ("", f"### {table.name}", "", f"{table.comment[0].upper()}{table.comment[1:]}. Key: {', '.join(f'`{column}`' for column in table.key)}.", "")
    yield from ("| column | type | meaning |", "|---|---|---|")
    for column, kind in table.columns.items():
        if column not in MAPPING_COLUMNS:
            yield f"| `{column}` | {kind} | {_cell(table.comments.get(column) or common.get(column) or '')} |"


def _meanings() -> dict[str, str]:
    """Column → what it means in every table, as the head of schema.sql says it."""
    found = re.findall(r"^--   (\w+) +(?:(?:VARCHAR|TIMESTAMP|BOOLEAN) +)?(.+)$", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {column: meaning.strip() for column, meaning in found}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(page())
