"""What an action is: one kind of posting or entry that puts a finding right, as rules/actions/*.yaml declares it.

An action says in which system a person does it, where there, and through which interface a program would. It never does anything itself: recon proposes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field as Declared
from pydantic import StringConstraints, field_validator

from recon.rule import FromRows, Front, Name

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""{order_no} in a sentence or a payload stands for the field of that name."""

ALWAYS_FILLED = ("proposal_id", "plant", "plant_system")
"""Placeholders that need no field: the posting reference, the plant, and the SAP instance and client."""

RELEASING = frozenset({"321", "343", "453"})
"""SAP movement types whose stock can be used afterwards: inspection, blocked and returns stock to unrestricted (D: SAP Help, movement types)."""

Guard = Literal[
    "no-message", "not-applied-yet", "not-posted-yet", "period-open", "order-open", "not-lot-managed", "lot-open", "no-decision-yet", "no-warehouse",
    "output-still-there", "right-batch-there", "in-warehouse", "mes-not-started", "mes-order-empty", "within-value-limit",
]  # fmt: skip
"""What recon looks at before it proposes; recon/corrections/guards has one file for each."""


class Field(Front):
    """One thing that a person types, or a program sends."""

    label: str
    """As the target system's screen calls it."""
    column: Name | None = None
    """Column of the rule's result that fills it; default: the one of its own name."""
    rows: list[FromRows] = Declared(default_factory=list)
    """Source rows that fill it where no column does: the first that know it."""
    decimals: int | None = Declared(default=None, ge=0, le=6)
    """As many as the target system keeps; a quantity is rounded to them."""
    absent: Literal["refuse", "ask", "leave"] = "refuse"
    """What an unknown value means: no proposal, an open check for a person, or that the thing has none."""

    @field_validator("rows", mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:
        return [given] if isinstance(given, dict) else given


class Items(Front):
    """One line of the posting for every source row that is concerned."""

    rows: str
    """schema.table, one of the evidence of the rule's pairing."""
    where: str | None = None
    """SQL condition on the rows."""
    fields: dict[Name, Name] = Declared(min_length=1)
    """Field of a line → column of the table."""
    words: str
    """One line in words."""
    payload: dict[str, Any]
    """One line for a program."""


class Call(Front):
    """What a program would call."""

    name: str
    """Function module, OData operation or message; of a MES or QMS, the call by the word that its documentation has to be searched for."""
    payload: dict[str, Any]
    """Its parameters; {field} is filled, the text "{items}" becomes the list of lines."""


class Interface(Call):
    """How a program would do it."""

    kind: Literal["bapi", "odata", "idoc", "mes", "qms", "wms"]
    by_order_type: dict[str, Call] = Declared(default_factory=dict)
    """SAP order type (AUART) → the call for orders of it, where process orders have one of their own."""


class ActionFront(Front):
    """A file of rules/actions."""

    action: Annotated[str, StringConstraints(pattern=r"^(sap|mes|qms|wms)\.[a-z][a-z0-9-]*$")]
    title: str
    effect: Literal["post", "reverse", "restrict", "release", "send", "close", "record", "assess"]
    """What it does to the thing. A release makes stock usable again: it has to rest on a decision that is there."""
    movement_types: list[Annotated[str, StringConstraints(pattern=r"^\d{3}$")]] = Declared(default_factory=list)
    """SAP movement types that it posts."""
    transaction: str
    """Where a person does it."""
    words: str
    """What a person does, in one sentence; [ … ] is left out where a field in it has no value."""
    interface: Interface
    fields: dict[Name, Field]
    items: Items | None = None
    guards: list[Guard] = Declared(default_factory=list)
    checks: list[str] = Declared(default_factory=list)
    """What recon cannot see, and a person has to look at each time."""
    risk: Literal["low", "medium", "high"]
    reversible: str
    """How it is taken back, or why it cannot be."""
    approver: Literal["production", "warehouse", "quality", "finance", "master-data"]
    """Whose approval it needs, besides that of whoever posts."""


@dataclass(frozen=True)
class Action:
    """One kind of correction."""

    front: ActionFront
    file: Path
    version: str
    """First 12 hex digits of the SHA-256 of its text."""

    @property
    def name(self) -> str:
        return self.front.action

    @property
    def target(self) -> str:
        """Side that is corrected: sap, mes, qms or wms."""
        return self.name.partition(".")[0]


def placeholders(value: Any) -> Iterator[str]:
    """Names between braces anywhere in a sentence or a payload."""
    if isinstance(value, str):
        yield from PLACEHOLDER.findall(value)
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from placeholders(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from placeholders(entry)
