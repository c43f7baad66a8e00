"""What a refused row costs: every key that it enters, and nothing else.

The row stays where a pairing sees it, with the refusal among its `problems`, so that no pairing can forget it; and the keys that the pairing's evidence leads
to are not evaluated even where the pairing would have passed over the row, as over a hold that says it is closed.
"""

from __future__ import annotations

import duckdb

from recon.canonical.schema import canonical_tables
from recon.rule import NO_PLANT, Pairing
from recon.snapshots.current import identifier, literal


def with_refusals(rows: str, source: str, table: str) -> str:
    """SELECT of the rows of a canonical table that a source supplies, refused ones with the refusal among their problems."""
    columns = canonical_tables()[table.partition(".")[2]].all_columns
    told = "CASE WHEN g.reason IS NULL THEN c.problems ELSE concat_ws('; ', c.problems, 'refused by a gate: ' || g.reason) END AS problems"
    names = ", ".join(told if name == "problems" else f"c.{identifier(name)}" for name in columns)
    refused = f"SELECT row_ref, reason FROM gate_refused WHERE source = {literal(source)} AND gated = {literal(table)}"
    return f"SELECT {names} FROM ({rows}) c LEFT JOIN ({refused}) g ON g.row_ref = c.row_ref"


def leave_out(connection: duckdb.DuckDBPyConnection, pairing: Pairing, refused: tuple[str, ...]) -> None:
    """Mark the keys of a pairing that was run as not evaluated where its evidence leads from them to a refused row. refused: the canonical tables."""
    plant = literal(NO_PLANT) if pairing.plantless else "t.plant"
    for evidence in pairing.front.evidence:
        if evidence.table not in refused:
            continue
        keys = ", ".join(f"t.{identifier(theirs)} AS {identifier(ours)}" for ours, theirs in evidence.match.items())
        same = " AND ".join(f"p.{identifier(ours)} IS NOT DISTINCT FROM g.{identifier(ours)}" for ours in evidence.match)
        connection.execute(f"""
            UPDATE pairing.{identifier(pairing.name)} p
            SET not_evaluated = g.why
            FROM (
                SELECT t.system, {plant} AS plant, {keys}, min('refused by a gate: ' || r.reason) AS why
                FROM canonical.{identifier(evidence.table)} t
                JOIN gate_refused r ON r.source = t.source AND r.gated = {literal(evidence.table)} AND r.row_ref = t.row_ref
                GROUP BY ALL
            ) g
            WHERE p.not_evaluated IS NULL AND p.system = g.system AND p.plant = g.plant AND {same}""")
