"""What a rule and a pairing are: the front matter of their files, checked, and their SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

from recon.config import Duration
from recon.model import Severity

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
"""A name that becomes part of SQL."""

SELECTORS = ("plant", "order_type", "material_group", "effective_from")
"""What an entry of [[parameters.<name>.where]] in recon.toml says for whom it is by."""


def _no_name_taken(params: dict[str, Any]) -> dict[str, Any]:
    if taken := sorted(params.keys() & {*SELECTORS, "where", "system"}):
        raise ValueError(f"a parameter cannot be called {', '.join(taken)}: recon.toml and the relation `params` use the name themselves")
    return params


Params = Annotated[dict[Name, Any], AfterValidator(_no_name_taken)]
"""Parameter → shipped value."""

NO_PLANT = "*"
"""The plant of what belongs to none."""

MATERIALS = ("material", "component", "output_material", "input_material")
"""Names that a key gives a material by; where it has several, the first of them is the one that a finding is about."""


_LINKS = ("sap.genealogy_link", "sap.movement", "sap.material", "sap.work_order", "mes.genealogy_link", "mes.work_order")
NOTED = ("intake.source_table", "intake.source_column", "intake.refused", "latency.workflow")
"""What the night itself has noted of tonight's intake and of how long postings took (engines/noted.sql): there whatever became of the sources."""
PREPARED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(NOTED, ()),
    "trace.batch": (*_LINKS, "sap.batch"),
    "trace.descendant": (*_LINKS, "qms.hold", "qms.disposition", "sap.inspection_lot"),
}
"""What pairings may read besides canonical tables: relations that are prepared for them → the canonical tables they stand on. Those that are NOTED stand on
none; the others follow whole chains."""


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


class Messages(Front):
    """Messages that can carry what is compared: their state says whether a mismatch is on its way, or why it is there."""

    workflows: list[str] = Field(default=[], min_length=1)
    """What they carry; default: the pairing's workflow. `carried_by` says which messages these are."""
    match: dict[Name, Name] = Field(min_length=1)
    """Column of the key, or of the rule's result, → column of the message: equal. With `behind`: column of those rows → column of the message."""
    behind: str | None = None
    """schema.table, one of the evidence of the pairing: a row of it names what the message names."""
    where: str | None = None
    """SQL condition on the message."""
    only_explain: bool = False
    """A message that waits puts nothing in flight: the mismatch must be seen tonight, whatever is on its way."""


class ItselfMessage(Front):
    """What a row of the pairing is about is a message: its findings have the cause that they would share with what it explains."""

    match: dict[Name, Name] = Field(min_length=1)
    """Column of the key → column of the message."""
    where: str | None = None
    """SQL condition on the message."""


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


class Raised(Front):
    """Where a finding of the rule is worse than the others."""

    where: Name
    """Column of the result that says so, true or false."""
    to: Severity


class PairingFront(Front):
    """Front matter of a pairing."""

    pairing: Name
    title: str
    key: list[Name] = Field(min_length=1)
    """Key columns after system and plant, by the names that docs/findings.md lists."""
    reads: list[str] = Field(min_length=1, alias="from")
    """Canonical tables as schema.table, prepared relations (PREPARED), and pairings that it builds on as pairing.name."""
    optional: list[str] = []
    """Canonical tables among them that a site may have no source for; what is there is judged without them."""
    across: list[str] = []
    """Canonical tables among them of which the rows of all plants count, wherever a row of the pairing belongs."""
    plant: Literal["own", "none"] = "own"
    """own: each plant is judged by itself. none: what it is about belongs to no plant, and is judged once for each SAP system, with NO_PLANT in its key."""
    workflow: str
    settle: Duration
    params: Params = {}
    evidence: list[Evidence] = []
    messages: list[Messages] = []
    """Of every rule over it that names none of its own."""
    message: ItselfMessage | None = None
    """The message that a row of it is."""
    local: Name
    """Column of the key by which a part of the pairing can be computed alone."""
    status: Literal["active", "draft"] = "active"
    approved_by: str | None = None
    """Who has approved it, of a site's own."""
    effective_from: date | None = None
    """First day (UTC) on which a site's own is in force."""


class FromRows(Front):
    """A value that source rows behind the finding agree on."""

    rows: str
    """schema.table, one of the evidence of the rule's pairing."""
    column: Name
    match: dict[Name, Name] = {}
    """Column of the rule's result → the rows' column that has to equal it: which of the rows are meant."""
    where: str | None = None
    """SQL condition on the rows."""
    take: Literal["only", "newest", "highest"] = "only"
    """only: the value that all of them have, or none; newest: that of the row that changed last; highest: the last one in order."""


class Way(Front):
    """One action that may put the finding right."""

    action: str
    """Name of a file in rules/actions, such as sap.post-goods-issue."""
    when: str | None = None
    """SQL condition on the columns of the rule's result; None: always."""
    fields: dict[Name, Name | FromRows] = {}
    """Field of the action → column of the rule's result, or source rows, where it is not the column of its own name."""


class Correction(Front):
    """How a finding is put right: a text for a reader, and the action that a proposal is made of, or several in the order in which they are tried."""

    text: str
    because: str | None = None
    """Why the rule's authority is believed; default: what holds for that side in general."""
    released_by: Name | None = None
    """Column of the rule's result with the decision that a release rests on. The absence of a hold is none."""
    action: str | None = None
    when: str | None = None
    fields: dict[Name, Name | FromRows] = {}
    ways: list[Way] = []
    checks: list[str] = []
    """What a person has to look at because it is this rule's finding, besides what the action asks for."""

    @model_validator(mode="after")
    def _has_one_form(self) -> Correction:
        if (self.action is None) == (not self.ways):
            raise ValueError("a correction has either `action` or `ways`; one that is a text alone is written as a text")
        if self.ways and (self.when or self.fields):
            raise ValueError("`when` and `fields` stand in each of the `ways`")
        return self

    @property
    def tried(self) -> list[Way]:
        """The actions in the order in which they are tried."""
        return self.ways or [Way(action=self.action or "", when=self.when, fields=self.fields)]


TextOrCorrection = Annotated[
    Annotated[str, Tag("{text}")] | Annotated[Correction, Tag("{declared}")], Discriminator(lambda given: "{text}" if isinstance(given, str) else "{declared}")
]
"""Told apart by their form, so that what is wrong with one of them is not said of both."""


def _with_conditions(given: object) -> object:
    return dict.fromkeys(given) if isinstance(given, list) and all(isinstance(name, str) for name in given) else given


class RuleFront(Front):
    """Front matter of a rule."""

    id: str
    title: str
    over: Name
    severity: Severity
    raised: Raised | None = None
    """Findings with another severity than the rule's own."""
    owner: str
    authority: Literal["sap", "mes", "qms", "wms", "site", "-"]
    judges: Literal["state", "quantity", "existence"]
    """What kind of statement it is; only a state that stays in flight for three cut dates becomes unsettled."""
    compares: Annotated[dict[str, str | None], BeforeValidator(_with_conditions)] = {}
    """Field that its findings call in question, as table.column of the canonical tables → SQL condition on the columns of its result under which the
    field differs there; None: it always may. A list names fields without conditions."""
    params: Params = {}
    yields_to: list[Yields] = []
    messages: list[Messages] | None = None
    """In place of the pairing's; an empty list: none."""
    material: Name | None = None
    """Column with the material that is valued and named in reports."""
    rationale: str
    false_positives: str
    correction: TextOrCorrection
    """A text alone proposes nothing."""
    since: int
    status: Literal["active", "draft", "retired"] = "active"
    replaced_by: str | None = None
    approved_by: str | None = None
    """Who has approved it, of a site's own."""
    effective_from: date | None = None
    """First day (UTC) on which a site's own is in force."""

    @property
    def remedy(self) -> str:
        """How it is put right, for a reader."""
        return self.correction if isinstance(self.correction, str) else self.correction.text


@dataclass(frozen=True)
class Override:
    """Values that some keys have in place of the site's: one entry of [[parameters.<name>.where]] in recon.toml."""

    values: Mapping[str, Any]
    """Parameter → value, for those that it names."""
    plants: tuple[str, ...] | None = None
    """None, here and below: whichever."""
    order_types: tuple[str, ...] | None = None
    material_groups: tuple[str, ...] | None = None
    effective_from: date | None = None
    """First day at the plant on which it holds."""

    @property
    def narrow(self) -> bool:
        """Whether it holds for a part of a plant's keys only."""
        return self.order_types is not None or self.material_groups is not None


@dataclass(frozen=True)
class Pairing:
    """Several sides of one thing in one row; computed once a night and shared by its rules."""

    front: PairingFront
    sql: str
    file: Path
    builds_on: tuple[Pairing, ...] = ()
    """Pairings that it reads; they read canonical tables alone."""
    selected_by: tuple[str, ...] = ()
    """Canonical tables that say which of the site's values hold for a key of it, or for a key of a rule over it."""

    @property
    def name(self) -> str:
        return self.front.pairing

    @property
    def plantless(self) -> bool:
        """Whether what it is about belongs to no plant."""
        return self.front.plant == "none"

    @property
    def sides(self) -> frozenset[str]:
        """sap, mes, qms, wms: those whose tables it depends on."""
        return frozenset(table.partition(".")[0] for table in self.tables)

    @cached_property
    def own_tables(self) -> tuple[str, ...]:
        """Canonical tables that its SQL stands on, as schema.table: those it reads, and those behind the prepared relations that it reads."""
        return tuple(dict.fromkeys(table for name in self.sees for table in PREPARED.get(name, (name,))))

    @property
    def sees(self) -> tuple[str, ...]:
        """What its SQL reads besides pairings: canonical tables and prepared relations."""
        return tuple(name for name in self.front.reads if not name.startswith("pairing."))

    @property
    def traced(self) -> tuple[str, ...]:
        """Prepared relations among what it reads that follow whole chains."""
        return tuple(name for name in self.front.reads if name in PREPARED and name not in NOTED)

    @property
    def noted(self) -> tuple[str, ...]:
        """What it reads of what the night itself has noted."""
        return tuple(name for name in self.front.reads if name in NOTED)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Canonical tables that it depends on, those of the pairings that it builds on included."""
        return tuple(dict.fromkeys(name for one in (self, *self.builds_on) for name in (*one.own_tables, *one.selected_by)))

    @cached_property
    def optional(self) -> frozenset[str]:
        """Canonical tables among `tables` that a site may have no source for."""
        needed = {table for one in (self, *self.builds_on) for table in (*one.own_tables, *one.selected_by) if table not in one.front.optional}
        return frozenset(table for table in self.tables if table not in needed)

    @property
    def across(self) -> frozenset[str]:
        """Canonical tables among `tables` of which the rows of all plants count."""
        return frozenset(table for one in (self, *self.builds_on) for table in one.front.across)

    @property
    def key(self) -> tuple[str, ...]:
        """The whole key, system and plant included."""
        return ("system", "plant", *self.front.key)

    @property
    def material(self) -> str | None:
        """Column of the key with the material that it is about."""
        return next((name for name in MATERIALS if name in self.front.key), None)


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
    def messages(self) -> list[Messages]:
        """Messages that can carry what it compares, each with its workflows."""
        declared = self.pairing.front.messages if self.front.messages is None else self.front.messages
        return [one if one.workflows else one.model_copy(update={"workflows": [self.pairing.front.workflow]}) for one in declared]

    @property
    def in_force(self) -> bool:
        """Whether it judges at this site."""
        return self.front.status == "active" and self.off is None

    @property
    def cases_file(self) -> Path:
        return self.file.with_name(self.file.name.removesuffix(".sql") + ".cases.yaml")
