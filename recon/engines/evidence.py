"""Canonical rows that belong to what a rule returned, as the `evidence` of its pairing declares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from recon.canonical.schema import canonical_tables
from recon.rule import NO_PLANT, Evidence, Pairing


def prepare(connection: duckdb.DuckDBPyConnection, plants: Iterable[str]) -> None:
    """Make what `joined` looks at besides the canonical tables."""
    connection.execute("CREATE OR REPLACE TEMP TABLE judged_plant (plant VARCHAR)")
    connection.executemany("INSERT INTO judged_plant VALUES (?)", [(plant,) for plant in plants])
    connection.execute(Path(__file__).with_name("evidence.sql").read_text(encoding="utf-8"))


def joined(relation: str, pairing: Pairing, evidence: Evidence) -> str:
    """SQL, from FROM to before WHERE: the rows r of a relation with the pairing's key, and the canonical rows t that belong to them.

    A row of no plant, such as a batch's where batches are numbered by material, belongs to every plant.
    """
    shape = canonical_tables()[evidence.table.partition(".")[2]].all_columns
    same = " AND ".join(_belongs(ours, theirs, shape) for ours, theirs in evidence.match.items())
    condition = f" AND ({evidence.where})" if evidence.where else ""
    same_plant = "" if pairing.plantless else f"AND t.plant IN (r.plant, '{NO_PLANT}')"
    return f"""
        FROM {relation} r
        JOIN (SELECT * FROM canonical."{evidence.table}" WHERE true{condition}) t ON t.system = r.system {same_plant} AND {same}"""


def unbatched(ours: str, plant: str, material: str) -> str:
    """SQL: r has no batch, since SAP keeps none of the material. plant, material: SQL of what the other row names."""
    return f'r."{ours}" IS NULL AND (r.system, {plant}, {material}) IN (SELECT (system, plant, material) FROM material_unbatched)'


def _belongs(ours: str, theirs: str, shape: Mapping[str, str]) -> str:
    """SQL: a row t says the same as the row r; where r has no batch because SAP keeps none of the material, every lot belongs to it."""
    same, material = f'r."{ours}" IS NOT DISTINCT FROM t."{theirs}"', theirs.replace("batch", "material")
    if material == theirs or material not in shape:
        return same
    return f"""({same} OR {unbatched(ours, "t.plant", f't."{material}"')})"""
