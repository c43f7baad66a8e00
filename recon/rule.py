"""What a rule and a pairing are: the front matter of their files, checked, and their SQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from recon.config import Duration
from recon.model import Severity

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name that becomes part of SQL."""


_LINKS = ("sap.genealogy_link", "sap.movement", "sap.material", "sap.work_order", "mes.genealogy_link", "mes.work_order")
PREPARED: dict[str, tuple[str, ...]] = {
    "trace.batch": (*_LINKS, "sap.batch"),
    "trace.descendant": (*_LINKS, "qms.hold", "qms.disposition", "sap.inspection_lot"),
}
"""What pairings may read besides canonical tables: relations that the engine prepares, since they follow whole chains → the canonical tables they stand on."""


class Front(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(Front):
    """Canonical rows that belong to one row of a pairing."""

    table: str
    """schema.table"""
    match: dict[Name, Name]
    """Column of the pairing → column of the table."""
    where: str | None = None
    """SQL condition on the table."""


class YieldsRows(Front):
    """What a row behind the other rule's finding has to say."""

    table: str
    """schema.table, one of the evidence of the other rule's pairing."""
    match: dict[Name, Name]
    """Column of this rule's result → column of the table."""


class Yields(Front):
    """Under which other rule's finding this rule's finding hangs."""

    rule: str
    match: dict[Name, Name]
    """Column of this rule's result → column of the other's; equal, or absent on both sides."""
    rows: YieldsRows | None = None
    """Where the other's finding does not say by itself what it is about: one of the rows behind it has to."""


class PairingFront(Front):
    """Front matter of a pairing."""

    pairing: Name
    title: str
    key: list[Name] = Field(min_length=1)
    """Key columns after system and plant, by the names that docs/findings.md lists."""
    reads: list[str] = Field(min_length=1, alias="from")
    """Canonical tables as schema.table, and prepared relations (PREPARED)."""
    workflow: str
    settle: Duration
    params: dict[Name, Any] = {}
    evidence: list[Evidence] = []
    local: Name
    """Column of the key by which a part of the pairing can be computed alone."""

    @property
    def prepared(self) -> tuple[str, ...]:
        """Prepared relations among what it reads."""
        return tuple(name for name in self.reads if name in PREPARED)

    @property
    def tables(self) -> tuple[str, ...]:
        """Canonical tables that it stands on: those it reads, and those behind the prepared relations that it reads."""
        return tuple(dict.fromkeys(table for name in self.reads for table in PREPARED.get(name, (name,))))


class RuleFront(Front):
    """Front matter of a rule."""

    id: str
    title: str
    over: Name
    severity: Severity
    owner: str
    authority: Literal["sap", "mes", "qms", "wms", "site", "-"]
    judges: Literal["state", "quantity", "existence"]
    """What kind of statement it is; only a state that stays in flight for three cut dates becomes unsettled."""
    params: dict[Name, Any] = {}
    yields_to: list[Yields] = []
    material: Name | None = None
    """Column with the material that is valued and named in reports."""
    rationale: str
    false_positives: str
    correction: str
    since: int
    status: Literal["active", "draft", "retired"] = "active"
    replaced_by: str | None = None


@dataclass(frozen=True)
class Pairing:
    """Several sides of one thing in one row; computed once a night and shared by its rules."""

    front: PairingFront
    sql: str
    file: Path

    @property
    def name(self) -> str:
        return self.front.pairing

    @property
    def key(self) -> tuple[str, ...]:
        """The whole key, system and plant included."""
        return ("system", "plant", *self.front.key)


@dataclass(frozen=True)
class Rule:
    """A short sentence over a pairing."""

    front: RuleFront
    pairing: Pairing
    sql: str
    file: Path
    version: str
    """First 12 hex digits of the SHA-256 of rule and pairing text: what an auditor compares."""
    off: str | None = None
    """Why the site has switched it off; None where it has not."""

    @property
    def id(self) -> str:
        return self.front.id

    @property
    def key(self) -> tuple[str, ...]:
        return self.pairing.key

    @property
    def in_force(self) -> bool:
        """Whether it judges at this site."""
        return self.front.status == "active" and self.off is None

    @property
    def cases_file(self) -> Path:
        return self.file.with_name(self.file.name.removesuffix(".sql") + ".cases.yaml")
