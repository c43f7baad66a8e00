"""Frozen records that pass between the steps of a night. They hold values, never behaviour of a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

JsonObject = dict[str, Any]

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")

FAMILIES = {
    "MD": "master data",
    "ORD": "order status",
    "STK": "stock restriction",
    "GEN": "genealogy",
    "CON": "consumption and yield",
    "QUA": "inspection and nonconformance",
    "INT": "interfaces and freshness",
}
"""Rule prefix → the family's name in reports."""


def family(rule_id: str) -> str:
    """'CON-001' → 'consumption and yield'."""
    return FAMILIES[rule_id.split("-")[0]]


@dataclass(frozen=True)
class Belief:
    """Which side is believed, at one plant, of a field that a rule compares."""

    field: str | None
    """As table.column; None: the rule names none."""
    side: str
    """sap, mes, qms or wms; '-': a person decides; 'site': the site has still to say."""
    said_by: str | None
    """Key of recon.toml that says so, such as authority.CON-001.1000; None: it is what the rule says."""


@dataclass(frozen=True)
class Part:
    """An immutable Parquet file in store/parts, named by the digest of its logical content."""

    digest: str
    """SHA-256 in hex; docs/manifest.md publishes the encoding."""
    rows: int
    columns: dict[str, str]
    """Name → DuckDB type, in order."""


@dataclass(frozen=True)
class TypedPart:
    """A raw part as it was understood (recon.canonical.staging)."""

    part: Part
    """Its rows, a typed value for every declared column; its `columns` are not kept."""
    repeated: Part | None
    """Numbers of its rows (_row) whose key comes more than once in it; None: none does."""


@dataclass(frozen=True)
class Typed:
    """The parts of a raw table as they were understood."""

    declaration: str
    """Digest of what decided that: declared columns, form, time zone."""
    parts: dict[str, TypedPart]
    """By digest of the raw part."""
    repeats: bool
    """Among the current rows some key comes more than once."""


@dataclass(frozen=True)
class Overlay:
    """What the second look read again of one table: for the values that it asked for, `rows` are all rows that there were then."""

    as_of: datetime
    """UTC; later than that of the table."""
    column: str
    """The column that it was asked by, as the source calls it."""
    asked: Part
    """The values asked for, in the one column `value`, as the source writes them."""
    rows: Part
    """A raw part like a base, with row numbers of its own."""


@dataclass(frozen=True)
class TableSnapshot:
    """One table of one source as it was read tonight: the rows of `base` that are not `dead`, and all rows of `delta` (docs/decisions/0007)."""

    table: str
    base: Part | None
    """None where nothing could be read."""
    complete_from: datetime | None
    refused: int
    """Rows the reader refused; they are in refused.parquet."""
    problem: str | None
    """Why this table is incomplete; None when it is complete."""
    delta: Part | None = None
    """Rows that came since the base was written, numbered among themselves; it has the base's columns. None: none."""
    dead: Part | None = None
    """Rows of the base that are not current any more: the one column _row. None: all are current."""
    watermark: str | None = None
    """Greatest value of the table's watermark column up to which everything was read; the next increment starts there. None: it has none."""
    asked: str | None = None
    """Digest of how a table with a watermark is asked for (column, query, key); where it differs, the table is read whole."""
    increments: int = 0
    """Reads since the table was last read whole; 0: tonight."""
    interrupted: bool = False
    """The reading broke off: what had come until then is kept, the rest is missing, and the next night goes on from the watermark."""
    unread: int = 0
    """Those of `refused` that never became rows of a part. They are seen again when the table is read whole."""
    drift: tuple[str, ...] = ()
    """How its columns differ from those of the night before, in words."""
    needed: bool = True
    """An active rule depends on it; one that nothing depends on troubles nobody by being incomplete."""
    typed: Typed | None = None
    """How its parts were understood; None: they were not, or cannot be."""
    overlays: tuple[Overlay, ...] = ()
    """What tonight's second look read again of it. It lies over the state for tonight's rules alone: the next night starts from the state."""

    @property
    def rows(self) -> int | None:
        """Current rows; None where nothing could be read."""
        if self.base is None:
            return None
        return self.base.rows - (self.dead.rows if self.dead else 0) + (self.delta.rows if self.delta else 0)

    @property
    def columns(self) -> dict[str, str]:
        """Name → DuckDB type of base and delta alike, _row first; empty where nothing could be read."""
        return self.base.columns if self.base else {}


@dataclass(frozen=True)
class SourceSnapshot:
    """One source as it was read tonight."""

    name: str
    system: str
    plants: tuple[str, ...]
    pack: str
    as_of: datetime | None
    """UTC, by the source's own clock; None where the source could not be reached."""
    tables: dict[str, TableSnapshot]
    problem: str | None
    """Why the whole source is incomplete; None when it is not."""
    skew: timedelta | None = None
    """How far its clock is ahead of this machine's; negative: behind. None: neither measured nor declared, and taken for nothing."""

    @property
    def shown(self) -> datetime | None:
        """`as_of` by this machine's clock, by which sources are compared."""
        return self.as_of - self.skew if self.as_of and self.skew else self.as_of


@dataclass(frozen=True)
class Snapshot:
    """Everything that was read tonight; manifest.json is its rendering."""

    sources: dict[str, SourceSnapshot]


@dataclass(frozen=True)
class CanonicalState:
    """What one source holds of one canonical table: the rows of `base` that are not `dead`, and all rows of `delta`.

    Besides the table's columns a part has `_origin` (the driver key that the row was mapped from), `_own` (`ambiguous` as the mapping returned it) and
    `_shown` (false: a row that says the same is shown in its place).
    """

    base: Part
    delta: Part | None
    """Rows mapped since the base was written, all nights together; None: none."""
    dead: Part | None
    """Numbers of the base's rows, counted from 1, that are not current any more, in the one column _row; None: all are current."""
    rows: int
    """Current rows that are shown."""
    declaration: str
    """Digest of everything but rows that the mapping depends on; where it differs, all is mapped anew."""
    refers: tuple[str, ...]
    """Digests of the raw parts that row_ref names, and perhaps of more; sorted."""
    increments: int
    """Nights since the whole table was mapped on which some of it was mapped anew; 0: the whole was, tonight."""


@dataclass(frozen=True)
class Remapped:
    """How much of a canonical table was mapped in a night."""

    changed: int
    """Rows of its inputs that differed from the night before; all of them where the whole table was mapped."""
    driving: int
    """Rows of its driving table that went through the mapping."""
    rows: int
    """Rows that it returned."""


@dataclass(frozen=True)
class Supply:
    """What one source contributes to one canonical table tonight."""

    source: str
    table: str
    """schema.table"""
    state: CanonicalState | None
    """None where it could not be mapped."""
    problem: str | None
    """Why rules that need this table from this source cannot be evaluated; None: they can."""
    reads: tuple[str, ...]
    """Raw tables it was mapped from."""
    remapped: Remapped | None = None
    """None where it could not be mapped."""


Outcome = Literal["evaluated", "not evaluated", "failed"]


@dataclass(frozen=True)
class RuleOutcome:
    """How one rule ended for one plant and one of the sources it needs (a row of outcomes.parquet)."""

    rule_id: str
    system: str
    plant: str
    source: str
    outcome: Outcome
    reason: str | None
    compared: int | None
    """Size of the population; None unless evaluated."""
    findings: int | None
    """Rows that fired, consequences and in flight ones included; None unless evaluated."""
    keys_not_evaluated: int | None
    cut: datetime | None
    settled_until: datetime | None
    healed: int | None = None
    """Rows that fired and did not any more at the second look: they are not among `findings`. None where there was no second look."""
