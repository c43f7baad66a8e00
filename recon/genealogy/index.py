"""The index of a run over what was made of what: written while the night runs, part of the run, read by every trace.

One file of columns (columns.py) with the tables batch, link, backward, start, delivery, restriction and drawn; the .sql files beside this module say what is
in them. Batches are numbered in the order of their number, and the links of a batch follow one another, in both directions (compressed sparse rows), so
that a step of a walk is two additions and a look.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon.errors import WorkspaceError
from recon.genealogy.columns import Columns, Writer
from recon.snapshots import trust

if TYPE_CHECKING:
    import duckdb

    from recon.model import JsonObject, Snapshot, Supply

FILE_NAME = "genealogy.index"
SAP, MES, JOINED = 1, 2, 3
"""Views as link.views has them."""
VIEWS = {"sap": SAP, "mes": MES, "joined": JOINED}
UNKNOWN = -(2**63)
"""A quantity that is not known."""
READS = {
    "sap": ("sap.genealogy_link", "sap.movement"),
    "mes": ("mes.genealogy_link",),
    "deliveries": ("sap.delivery_item", "sap.movement"),
    "holds and decisions": ("qms.hold", "qms.disposition", "sap.inspection_lot"),
}
"""What is told in a trace → the canonical tables it comes from."""
_FOLDER = Path(__file__).parent
_CODED = ("material", "plant", "system", "text", "unit", "order_no", "kind", "purpose", "uncertain", "stray", "customer", "what", "reason")


def write(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    run_id: str,
    snapshot: Snapshot,
    supplies: Sequence[Supply],
    without: Mapping[str, Collection[str]],
    shut: Mapping[tuple[str, str, str], str],
) -> None:
    """Write the index of tonight's genealogy.link and genealogy.origin (recon.engines.genealogy) into the run's folder.

    without: source → raw tables that the site does not have; shut: (source, schema.table, plant) → why a gate closed it.
    """
    connection.execute(f"""
        CREATE OR REPLACE TEMP MACRO millionths(quantity) AS
        coalesce(TRY_CAST(TRY_CAST(quantity AS DECIMAL(38, 6)) * 1000000 AS BIGINT), {UNKNOWN + 1} - 1)""")
    for name, query in (("indexed", "link"), ("delivery", "delivery"), ("restriction", "restriction")):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE genealogy_{name} AS {_query(query)}")
    queries = {
        "batch": _query("batch"),
        "link": "FROM genealogy_indexed ORDER BY input, output, order_no, kind, views",
        "backward": _query("backward"),
        "start": _query("start"),
        "delivery": "FROM genealogy_delivery ORDER BY batch, delivery, item_no, customer, quantity, issued_at",
        "restriction": "FROM genealogy_restriction ORDER BY batch, kind, since, number, what, reason",
    }
    with (folder / FILE_NAME).open("wb") as file:
        writer = Writer(file)
        for table, query in queries.items():
            rows = connection.sql(query).to_arrow_table()
            writer.table(table, rows, tuple(name for name in _CODED if name in rows.column_names))
        writer.table("drawn", connection.sql(_query("drawn"), params={"run_id": run_id}).to_arrow_table())
        told = [supply for supply in supplies if not set(supply.reads) <= {*without.get(supply.source, ())}]
        writer.finish({"run_id": run_id, "sources": _sources(snapshot, told, shut), "complete_from": _complete_from(snapshot, told)})
    connection.execute("DROP TABLE genealogy_indexed; DROP TABLE genealogy_delivery; DROP TABLE genealogy_restriction")


def _query(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").strip()


def _sources(snapshot: Snapshot, supplies: Sequence[Supply], shut: Mapping[tuple[str, str, str], str]) -> dict[str, list[dict[str, Any]]]:
    """Who tells what, as of when, and what is wrong with it: by the keys of READS."""
    told: dict[str, list[dict[str, Any]]] = {}
    for what, tables in READS.items():
        of_source: dict[str, str | None] = {}
        for supply in supplies:
            if supply.table in tables:
                gate = min((reason for (source, table, _), reason in shut.items() if (source, table) == (supply.source, supply.table)), default=None)
                of_source[supply.source] = of_source.get(supply.source) or supply.problem or gate
        told[what] = [
            {
                "source": name,
                "system": snapshot.sources[name].system,
                "plants": list(snapshot.sources[name].plants),
                "as_of": f"{as_of:%Y-%m-%dT%H:%M:%SZ}" if (as_of := snapshot.sources[name].as_of) else None,
                "problem": problem or snapshot.sources[name].problem,
            }
            for name, problem in sorted(of_source.items())
        ]
    return told


def _complete_from(snapshot: Snapshot, supplies: Sequence[Supply]) -> dict[str, dict[str, int]]:
    """System → plant → since when SAP's movements are told whole, in seconds since 1970; a batch of before may have come in any way."""
    begun: dict[str, dict[str, int]] = {}
    for supply in supplies:
        source = snapshot.sources[supply.source]
        moments = [read.complete_from for name in supply.reads if (read := source.tables.get(name)) and read.complete_from]
        for plant in source.plants if supply.table == "sap.movement" and moments else ():
            of_system = begun.setdefault(source.system, {})
            of_system[plant] = max(of_system.get(plant, 0), *(int(moment.timestamp()) for moment in moments))
    return begun


def open_index(folder: Path, manifest: JsonObject) -> Columns:
    """The index of the published run in `folder`.

    Raises WorkspaceError where the run is of before there was one, IntegrityError where it is not what it was.
    """
    if FILE_NAME not in manifest.get("outputs", {}):
        raise WorkspaceError(
            f"run {folder.name}", "has no index for tracing: an earlier version of recon judged it", "trace a run from now on; --run names one"
        )
    trust.check_outputs(folder, manifest, [FILE_NAME])
    return Columns(folder / FILE_NAME)
