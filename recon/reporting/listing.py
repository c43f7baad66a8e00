"""The long list of the HTML report, packed: findings as compact JSON arrays, and the evidence of the worst, gzip in base64.

Its size is the site's night, so DuckDB makes the text and nothing here looks at a row.
"""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recon.reporting.runs import query

if TYPE_CHECKING:
    import duckdb

LISTED = 50_000
"""Findings that a browser still scrolls and searches with ease; beyond them the worst are listed."""
WITH_EVIDENCE = 2_000
"""The worst findings, whose evidence is in the file; critical ones have theirs in any case."""
MOST_EVIDENCE = 5_000
"""Yet never more than this: a page must open."""
ROWS_OF_EVIDENCE = 20
"""Rows per finding, side and table."""


@dataclass(frozen=True)
class Packed:
    """Base64 of gzipped JSON texts."""

    findings: str
    evidence: str
    listed: int
    all_of_them: int


def pack(connection: duckdb.DuckDBPyConnection) -> Packed:
    """The findings of a run, worst first, ready to embed. The same run gives the same text."""
    digits = connection.execute(query("list_digits.sql")).fetchall()[0][0]
    total = connection.execute("SELECT count(*) FROM findings").fetchall()[0][0]
    findings = connection.execute(query("list_rows.sql"), {"digits": digits, "limit": LISTED}).fetchall()[0][0]
    parameters = {"worst": WITH_EVIDENCE, "limit": LISTED, "most": MOST_EVIDENCE, "rows": ROWS_OF_EVIDENCE}
    evidence = connection.execute(query("list_evidence.sql"), parameters).fetchall()[0][0]
    return Packed(_packed(findings), _packed(evidence), min(total, LISTED), total)


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()
