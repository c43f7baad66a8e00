"""Small raw tables for the tests of packs: rows as dictionaries become raw parts, and canonical rows come back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa

from recon.canonical.mapping import map_sources
from recon.canonical.packs import SHIPPED, Pack, load_pack
from recon.canonical.packs import Mapping as PackMapping
from recon.canonical.schema import canonical_tables
from recon.config import Form, SourceSettings, WorkspaceSettings
from recon.engines.duckdb import connect
from recon.model import Part, Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.snapshots.current import canonical_rows
from recon.snapshots.parts import write_part

Row = Mapping[str, str | None]
AS_OF = datetime.fromisoformat("2026-03-10T01:00:00+00:00")

# What is in every row unless a test says otherwise: the client, and parts of keys that a test seldom cares for.
DEFAULTS: dict[str, dict[str, str | None]] = {
    "MARA": {"MANDT": "100", "MATNR": "M", "MEINS": "KG"},
    "MAKT": {"MANDT": "100", "MATNR": "M", "SPRAS": "E"},
    "MARM": {"MANDT": "100", "MATNR": "M", "UMREZ": "1", "UMREN": "1"},
    "MBEW": {"MANDT": "100", "MATNR": "M", "BWKEY": "1000", "VPRSV": "S", "STPRS": "5.00", "PEINH": "1"},
    "AUFK": {"MANDT": "100", "AUFNR": "000001000014", "AUART": "PP01", "WERKS": "1000", "OBJNR": "OR000001000014", "ERDAT": "2026-03-01"},
    "AFKO": {"MANDT": "100", "AUFNR": "000001000014", "GAMNG": "100", "GMEIN": "KG"},
    "AFPO": {"MANDT": "100", "AUFNR": "000001000014", "POSNR": "0001", "MATNR": "M", "PSMNG": "100", "WEMNG": "0", "AMEIN": "KG"},
    "AFRU": {"MANDT": "100", "RUECK": "0000000207", "RMZHL": "00000001", "AUFNR": "000001000014", "VORNR": "0010", "WERKS": "1000", "ERSDA": "2026-03-09",
             "ERZET": "12:00:00"},
    "JEST": {"MANDT": "100", "OBJNR": "OR000001000014"},
    "JCDS": {"MANDT": "100", "OBJNR": "OR000001000014", "CHGNR": "001", "UTIME": "08:00:00"},
    "MKPF": {"MANDT": "100", "MBLNR": "4900000001", "MJAHR": "2026", "BUDAT": "2026-03-09", "CPUDT": "2026-03-09", "CPUTM": "12:00:00"},
    "MSEG": {"MANDT": "100", "MBLNR": "4900000001", "MJAHR": "2026", "ZEILE": "0001", "BWART": "261", "MATNR": "M", "WERKS": "1000", "LGORT": "0001",
             "CHARG": "B",
             "SHKZG": "H", "MENGE": "10.000", "MEINS": "KG", "AUFNR": "000001000014", "SJAHR": "0000", "SMBLP": "0000"},
    "MCH1": {"MANDT": "100", "MATNR": "M", "CHARG": "B", "ERSDA": "2026-03-01"},
    "MCHB": {"MANDT": "100", "MATNR": "M", "WERKS": "1000", "LGORT": "0001", "CHARG": "B", "CLABS": "0", "CINSM": "0", "CEINM": "0", "CSPEM": "0", "CRETM": "0",
             "CUMLM": "0"},
    "QALS": {"MANDANT": "100", "PRUEFLOS": "000010000001", "WERK": "1000", "OBJNR": "QL000010000001", "MATNR": "M", "CHARG": "B", "ENSTEHDAT": "2026-03-08",
             "ENTSTEZEIT": "10:00:00"},
    "QAVE": {"MANDANT": "100", "PRUEFLOS": "000010000001", "VDATUM": "2026-03-09", "VEZEITERF": "11:00:00"},
    "work_order": {"order_no": "1000014", "plant": "1000", "changed_at": "2026-03-09T12:00:00Z"},
    "movement": {"event_id": "E1", "order_no": "1000014", "plant": "1000", "kind": "consumption", "material": "M", "batch": "B", "quantity": "10", "unit": "KG",
                 "occurred_at": "2026-03-09T11:55:00Z", "recorded_at": "2026-03-09T12:00:00Z"},
    "genealogy_link": {"order_no": "1000014", "plant": "1000", "output_material": "P", "output_batch": "O", "input_material": "M", "input_batch": "B",
                       "recorded_at": "2026-03-09T12:00:00Z"},
    "hold": {"hold_id": "H1", "plant": "1000", "material": "M", "batch": "B", "opened_at": "2026-03-09T12:00:00Z", "changed_at": "2026-03-09T12:00:00Z"},
    "disposition": {"disposition_id": "D1", "plant": "1000", "material": "M", "batch": "B", "decision": "rejected", "decided_at": "2026-03-09T12:00:00Z"},
}  # fmt: skip


@cache
def shipped_pack(name: str) -> Pack:
    """A shipped pack, read once."""
    return load_pack(name, [SHIPPED])


def _concerned(pack: Pack, tables: Collection[str]) -> tuple[PackMapping, ...]:
    """The mappings that any of the tables drives, those that are driven by one of them, and those whose result they read."""
    if not tables:
        return pack.mappings
    chosen: set[str] = set()
    for mapping in pack.mappings:
        driver = mapping.inputs[0]
        if driver.name in tables or (driver.mapped and driver.mapped in chosen):
            chosen.add(mapping.table)
    for mapping in reversed(pack.mappings):
        if mapping.table in chosen:
            chosen |= {one.mapped for one in mapping.inputs if one.mapped}
    return tuple(mapping for mapping in pack.mappings if mapping.table in chosen)


@dataclass
class Mapped:
    """What a pack made of raw rows."""

    supplies: dict[str, Supply]
    """By schema.table."""
    rows: dict[str, list[dict[str, Any]]]
    """By canonical table, in the part's order."""
    refused: list[tuple[str, int, str]]
    """(raw table, row, reason)"""

    def only(self, table: str) -> dict[str, Any]:
        """The one row of a canonical table."""
        (row,) = self.rows[table]
        return row

    def told(self, table: str) -> dict[str, Any]:
        """The one row of a canonical table, without the columns that are absent in it."""
        return {column: value for column, value in self.only(table).items() if value is not None}

    def values(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of all rows of a canonical table."""
        return [tuple(row[column] for column in columns) for row in self.rows[table]]


@dataclass
class Bench:
    """A store and a connection; `map` runs a pack over raw rows."""

    store: Path
    connection: duckdb.DuckDBPyConnection = field(default_factory=lambda: connect(WorkspaceSettings(threads=1)))

    def part(self, columns: Sequence[str], rows: Sequence[Row]) -> Part:
        """A raw part of text columns."""
        schema = pa.schema([(column, pa.string()) for column in columns])
        batch = pa.record_batch([pa.array([row.get(column) for row in rows], pa.string()) for column in columns], schema=schema)
        return write_part(self.store, [batch], schema, self.connection)

    def declare(self, crosswalk: Mapping[str, Mapping[str, str]]) -> None:
        """What the site says of the source's codes: code list → its own code → what that means."""
        lines = [f"{code_list},{code},{meaning}" for code_list, codes in crosswalk.items() for code, meaning in codes.items()]
        file = self.store.parent / "crosswalks" / "source.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(["code_list,code,canonical_code", *lines]), encoding="utf-8")

    def map(
        self,
        pack: Pack | str,
        tables: Mapping[str, Sequence[Row]],
        form: Form | None = None,
        zone: str = "UTC",
        headers: Mapping[str, Sequence[str]] | None = None,
        plants: Sequence[str] = ("1000", "2000"),
        other_plants: Sequence[str] = (),
        system: str = "P01/100",
        without: Sequence[str] = (),
        complete_from: Mapping[str, datetime] = MappingProxyType({}),
        everything: bool = False,
        crosswalk: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        deleted: Sequence[str] | None = None,
    ) -> Mapped:
        """Map what any of `tables` drives, and what is mapped from that; the pack's further tables are there and empty.

        headers: table → columns that it has in place of the pack's; everything: map the whole pack, whatever is given; crosswalk, deleted: what the site
        declares.
        """
        self.declare(crosswalk)
        whole = shipped_pack(pack) if isinstance(pack, str) else pack
        mappings = whole.mappings if everything else _concerned(whole, tables)
        needed = {table for mapping in mappings for table in mapping.reads}
        chosen = replace(whole, mappings=mappings, tables={name: table for name, table in whole.tables.items() if name in needed})
        read = {}
        for name, table in chosen.tables.items():
            if name in without:
                continue
            rows = [DEFAULTS.get(name, {}) | dict(row) for row in tables.get(name, [])]
            read[name] = TableSnapshot(name, self.part((headers or {}).get(name, list(table.columns)), rows), complete_from.get(name), 0, None)
        snapshot = Snapshot({"source": SourceSnapshot("source", system, tuple(plants), chosen.name, AS_OF, read, None)})
        settings = SourceSettings(
            kind="files",
            path=".",
            pack=chosen.name,
            system=system,
            plants=list(plants),
            other_plants=list(other_plants),
            without=list(without),
            time_zone=zone,
            form=form or Form(),
        )
        settings = settings if deleted is None else settings.model_copy(update={"deleted": list(deleted)})
        self.connection.execute("DROP TABLE IF EXISTS refused")
        supplies, _ = map_sources(self.connection, self.store, snapshot, {"source": settings}, {chosen.name: chosen})
        refused = self.connection.execute("SELECT raw_table, row, reason FROM refused ORDER BY ALL").fetchall()
        return Mapped({supply.table: supply for supply in supplies}, {supply.table.split(".")[1]: self._rows(supply) for supply in supplies}, refused)

    def _rows(self, supply: Supply) -> list[dict[str, Any]]:
        if supply.state is None:
            return []
        columns = list(canonical_tables()[supply.table.split(".")[1]].all_columns)
        cursor = self.connection.execute(canonical_rows(self.store, supply.state, columns))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
