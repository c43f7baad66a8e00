"""Small genealogies: canonical rows as the rule cases write them, and the index of a run over them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.engines.genealogy import relations
from recon.genealogy import index
from recon.genealogy.columns import Columns
from recon.genealogy.trace import Genealogy, Walk
from recon.model import Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.ruleset import cases

Rows = dict[str, list[dict[str, Any]]]
TABLES = (
    "sap.genealogy_link", "sap.movement", "sap.material", "sap.work_order", "sap.batch", "sap.stock", "sap.delivery_item", "sap.unit_conversion",
    "sap.inspection_lot", "mes.genealogy_link", "mes.work_order", "mes.movement", "qms.hold", "qms.disposition",
)  # fmt: skip


def linked(connection: duckdb.DuckDBPyConnection, given: Rows) -> None:
    """Make genealogy.node, link and origin of the given rows; columns left out get the defaults of rule cases."""
    engine.load_canonical(connection, {})
    for table in TABLES:
        cases._put(connection, table, given.get(table, cases.UNITS if table == "sap.unit_conversion" else []), Path("small"))
    relations.link(connection)


def indexed(folder: Path, given: Rows, plants: tuple[str, ...] = ("1000", "2000")) -> Genealogy:
    """The index of a run over the given rows, as a trace opens it; SAP's movements are told of `plants`, from 2026 on."""
    with engine.connect(WorkspaceSettings(threads=1)) as connection:
        linked(connection, given)
        posted = TableSnapshot("MSEG", None, datetime(2026, 1, 1, tzinfo=UTC), 0, None)
        source = SourceSnapshot("all", "P01/100", plants, "p", datetime(2026, 3, 10, 1, tzinfo=UTC), {"MSEG": posted}, None)
        supply = Supply("all", "sap.movement", None, None, ("MSEG",))
        index.write(connection, folder, "20260310T010000Z", Snapshot({"all": source}), [supply], {}, {})
    return Genealogy(Columns(folder / index.FILE_NAME))


def link(made: str, used: str, order: str = "1", **more: Any) -> dict[str, Any]:
    """A link from batch `used` to batch `made`, each of a material of the same name; '2000/X' is the batch X of plant 2000."""
    return {"order_no": order, "output_material": f"M{made}", "output_batch": made, "input_material": f"M{used}", "input_batch": used, **more}


def both(*links: dict[str, Any]) -> Rows:
    """Links that SAP and the MES have."""
    return {"sap.genealogy_link": list(links), "mes.genealogy_link": list(links)}


def names(genealogy: Genealogy, walk: Walk) -> dict[str, int]:
    """Batch → its distance."""
    return {genealogy.batch(one).batch: depth for one, depth in walk.depth.items()}
