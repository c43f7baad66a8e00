"""A trace as JSON, and as the recall list for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from recon.genealogy.drill import Drilled
from recon.genealogy.index import JOINED, MES, SAP
from recon.genealogy.trace import QUANTITIES, Genealogy, Link, Walk

IN = {SAP: "sap", MES: "mes", JOINED: "both", 0: "joined"}
"""Who leads there: one side, both, or neither alone."""
RECALL = (
    "direction", "depth", "system", "plant", "material", "material_text", "batch", "in_view", "unit", "made", "stock", "unrestricted_stock", "restrictions",
    "delivery", "item_no", "customer", "shipped_quantity", "shipped_unit", "shipped_at",
)  # fmt: skip
"""Columns of the recall list: a row a batch, or one for each delivery of it."""


def trace_json(genealogy: Genealogy, number: int, walks: Sequence[Walk]) -> str:
    """One object: the batch, who tells what, and for each direction the batches, links, parts and gaps. Quantities are numbers with all their digits."""
    told: dict[str, Any] = {"run_id": genealogy.about["run_id"], "batch": _batch(genealogy, number), "sources": genealogy.about["sources"]}
    told["doubts"] = genealogy.doubts(one for walk in walks for one in walk.depth)
    return _json(told | {walk.direction: _walk(genealogy, walk) for walk in walks})


def _walk(genealogy: Genealogy, walk: Walk) -> dict[str, Any]:
    parted = [*dict.fromkeys(genealogy.parts(walk))]
    return {
        "reached": {"sap": len(walk.in_sap) - 1, "mes": len(walk.in_mes) - 1, "joined": len(walk.depth) - 1},
        "batches": [{**_batch(genealogy, one), "depth": depth, "in_view": IN[walk.views(one)]} for one, depth in walk.depth.items()],
        "links": [_link(genealogy, genealogy.link(one)) for one in walk.links],
        "parts": [_link(genealogy, genealogy.link(one)) for one in parted],
        "gaps": [{**_name(genealogy, gap.batch), "view": gap.view, "reason": gap.reason} for gap in genealogy.gaps(walk)],
    }


def _name(genealogy: Genealogy, number: int) -> dict[str, Any]:
    name = genealogy.batch(number)
    return {"system": name.system, "plant": name.plant, "material": name.material, "batch": name.batch or None}


def _batch(genealogy: Genealogy, number: int) -> dict[str, Any]:
    return {
        **_name(genealogy, number),
        "material_text": genealogy.columns["batch.text"][number] or None,
        "unit": genealogy.columns["batch.unit"][number] or None,
        **{which: genealogy.quantity(number, which) for which in QUANTITIES},
        "restrictions": [one._asdict() for one in genealogy.restrictions(number)],
        "deliveries": [one._asdict() for one in genealogy.deliveries(number)],
    }


def _link(genealogy: Genealogy, link: Link) -> dict[str, Any]:
    return {
        "input": _name(genealogy, link.input),
        "output": _name(genealogy, link.output),
        "order_no": link.order_no or None,
        "kind": link.kind,
        "in_view": IN[link.views],
        "sap_quantity": link.sap_quantity,
        "mes_quantity": link.mes_quantity,
        "unit": genealogy.columns["batch.unit"][link.input] or None,
        "purpose": link.purpose or None,
        "uncertain": link.uncertain or None,
    }


def recall_csv(genealogy: Genealogy, walks: Iterable[Walk]) -> str:
    """The recall list (RECALL) with its header: the batch itself, what was made of it, what it was made of, each with its deliveries."""
    return _csv(RECALL, (row for place, walk in enumerate(walks) for row in _recalled(genealogy, walk) if not place or row[1]))


def _recalled(genealogy: Genealogy, walk: Walk) -> Iterable[Sequence[object]]:
    for number, depth in walk.depth.items():
        name = genealogy.batch(number)
        made = [genealogy.quantity(number, which) for which in ("sap_made", "sap_received", "mes_made")]
        restrictions = "; ".join(" ".join(part for part in (one.kind, one.what, one.reason, one.number) if part) for one in genealogy.restrictions(number))
        about = (
            walk.direction if depth else "itself",
            depth,
            *name[:3],
            genealogy.columns["batch.text"][number],
            name.batch,
            IN[walk.views(number)],
            genealogy.columns["batch.unit"][number],
            next((quantity for quantity in made if quantity is not None), None),
            genealogy.quantity(number, "sap_stock"),
            genealogy.quantity(number, "sap_unrestricted"),
            restrictions,
        )
        deliveries = genealogy.deliveries(number)
        for one in deliveries:
            yield (*about, one.delivery, one.item_no, one.customer, one.quantity, one.unit, one.issued_at)
        if not deliveries:
            yield (*about, *[None] * 6)


def drill_json(genealogy: Genealogy, exercise: Sequence[Drilled]) -> str:
    """The exercise as an array, in the order drawn."""
    return _json(
        [{**_name(genealogy, one.number), **{name: value for name, value in vars(one).items() if name not in ("number", "batch")}} for one in exercise]
    )


def drill_csv(exercise: Sequence[Drilled]) -> str:
    """The exercise for a spreadsheet."""
    names = ("seconds", "backward", "forward", "deliveries", "customers", "held", "parts", "gaps", "before_history", "accounted", "unaccounted")
    rows = ((*one.batch, *(getattr(one, name) for name in names), "; ".join(one.doubts)) for one in exercise)
    return _csv(("system", "plant", "material", "batch", *names, "doubts"), rows)


def digits(value: Decimal) -> str:
    """A decimal without the noughts that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _csv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it, as in the findings' CSV."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, Decimal):
        return digits(value)
    return "" if value is None else str(round(value, 6) if isinstance(value, float) else value)


def _json(value: object) -> str:
    """JSON in which a decimal is a number with just its digits."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {_json(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",\n ".join(_json(part) for part in value) + "]"
    if isinstance(value, Decimal):
        return digits(value)
    if isinstance(value, datetime):
        return f'"{value:%Y-%m-%dT%H:%M:%SZ}"'
    return json.dumps(round(value, 6) if isinstance(value, float) else value or None if isinstance(value, str) else value, ensure_ascii=False)
