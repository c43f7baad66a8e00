"""A trace on the terminal: a tree in each direction, and before it what matters about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from recon.genealogy.drill import Drilled, is_enough
from recon.genealogy.index import JOINED, MES, SAP, VIEWS
from recon.genealogy.render import digits
from recon.genealogy.trace import BEFORE_HISTORY, Batch, Genealogy, Walk
from recon.reporting import words
from recon.reporting.console import cell, console, listing, print_fitting

DRAWN = 200
"""Batches that a tree draws at most; JSON and CSV have all."""
LISTED = 10
"""Parts and gaps that are listed at most."""
_AMOUNTS = {
    "sap_made": "made",
    "mes_made": "made (MES)",
    "sap_received": "received",
    "sap_consumed": "consumed",
    "sap_delivered": "delivered",
    "sap_stock": "in stock",
    "sap_unrestricted": "unrestricted",
}
_VIEWS = {SAP: "in SAP only", MES: "in the MES only"}
_SIDES = {"sap": "SAP", "mes": "the MES", "joined": "both"}


def print_trace(genealogy: Genealogy, number: int, walks: Sequence[Walk], view: str) -> None:
    """The batch and a tree for each walk; what is left out is said on standard error."""
    out = console()
    name = genealogy.batch(number)
    out.print(cell(f"{name}  {genealogy.columns['batch.text'][number]}", "bold") + cell(f"  plant {name.plant} of {name.system}"))
    amounts = [
        f"{what} {words.quantity(amount, genealogy.columns['batch.unit'][number])}"
        for which, what in _AMOUNTS.items()
        if (amount := genealogy.quantity(number, which))
    ]
    out.print(cell(" · ".join(amounts) or "no quantity known"))
    out.print(cell(_as_of(genealogy, name), "dim"))
    for line in genealogy.doubts(one for walk in walks for one in walk.depth):
        out.print(cell(line, "red"))
    # What is said of the batch itself is neither what it was made of nor what became of it.
    for leaf in _leaves(genealogy, number):
        out.print(leaf)
    for walk in walks:
        _print_walk(out, genealogy, number, walk, view)


def _as_of(genealogy: Genealogy, name: Batch) -> str:
    """Which moment each of the sources of the batch's plant shows."""
    moments = {
        source["source"]: source["as_of"]
        for sources in genealogy.about["sources"].values()
        for source in sources
        if source["system"] == name.system and name.plant in source["plants"]
    }
    told = ", ".join(f"{source} {moment or 'unknown'}" for source, moment in sorted(moments.items()))
    return f"run {genealogy.about['run_id']}, as of: {told or 'unknown'}"


def _print_walk(out: Console, genealogy: Genealogy, number: int, walk: Walk, view: str) -> None:
    what = "made of" if walk.direction == "backward" else "went into"
    reached = f"{len(walk.in_sap) - 1:,} batches in SAP's view, {len(walk.in_mes) - 1:,} in the MES's, {len(walk.depth) - 1:,} in both together"
    out.print()
    out.print(cell(f"{walk.direction}: {reached}", "bold"))
    parts, gaps = genealogy.parts(walk), genealogy.gaps(walk)
    if parts:
        out.print(cell(f"the views part at {words.many(len(parts), 'link')}:", "yellow"))
        for link in map(genealogy.link, parts[:LISTED]):
            order = f" by order {link.order_no}" if link.order_no else ""
            out.print(cell(f"  {genealogy.batch(link.input)} → {genealogy.batch(link.output)}{order}: {_VIEWS[link.views]}", "yellow"))
        if len(parts) > LISTED:
            out.print(cell(f"  and {len(parts) - LISTED:,} more", "yellow"))
    for gap in gaps[:LISTED]:
        where = "" if gap.view == "joined" else f" in {_SIDES[gap.view]}"
        out.print(cell(f"the chain ends{where} at {genealogy.batch(gap.batch)}: {gap.reason}", "dim" if gap.reason == BEFORE_HISTORY else "red"))
    if len(gaps) > LISTED:
        out.print(cell(f"and {len(gaps) - LISTED:,} more ends", "red"))
    tree, left = _tree(genealogy, number, walk, VIEWS[view])
    who = "anybody" if view == "joined" else _SIDES[view]
    tree.label = cell(what if tree.children else f"{what} nothing that {who} knows of", "dim")
    out.print(tree)
    if left:
        console(error=True).print(f"{left:,} batches more: --format json or csv has them all", style="dim")


def _tree(genealogy: Genealogy, number: int, walk: Walk, view: int) -> tuple[Tree, int]:
    """The tree, and how many batches are not drawn. Every batch is drawn once with what is behind it, where the walk met it first."""
    behind: dict[int, list[int]] = {}
    for one in walk.links:
        link = genealogy.link(one)
        if link.views & view:
            behind.setdefault(link.input if walk.direction == "forward" else link.output, []).append(one)
    root = Tree("", guide_style="dim")
    drawn, waiting = {number}, [(root, number)]
    position = 0
    while position < len(waiting):
        branch, batch = waiting[position]
        position += 1
        for one in behind.get(batch, ()):
            link = genealogy.link(one)
            end = link.output if walk.direction == "forward" else link.input
            if end in drawn:
                branch.add(_line(genealogy, one, end) + cell("  (see above)", "dim"))
            elif len(drawn) <= DRAWN:
                drawn.add(end)
                further = branch.add(_line(genealogy, one, end))
                for leaf in _leaves(genealogy, end):
                    further.add(leaf)
                waiting.append((further, end))
    reached = {JOINED: len(walk.depth), SAP: len(walk.in_sap), MES: len(walk.in_mes)}[view]
    return root, reached - len(drawn)


def _line(genealogy: Genealogy, number: int, batch: int) -> Text:
    link, name = genealogy.link(number), genealogy.batch(batch)
    plant = f" at {name.plant}" if link.kind == "transfer" else ""
    line = cell(f"{name}{plant}", "bold") + cell(f" {genealogy.columns['batch.text'][batch]}")
    unit = genealogy.columns["batch.unit"][link.input]
    sap, mes = link.sap_quantity, link.mes_quantity
    if sap is not None and mes is not None and sap != mes:
        amount = f"{words.quantity(sap, unit)} in SAP, {words.quantity(mes, unit)} in the MES"
    else:
        amount = words.quantity(sap if sap is not None else mes, unit)
    how = {"order": f"order {link.order_no}", "relabel": "relabelled", "transfer": "transferred"}[link.kind]
    line += cell("  " + " · ".join(part for part in (how, amount, link.purpose if link.purpose not in ("relabel", "transfer") else "") if part), "dim")
    if link.views in _VIEWS:
        line += cell(f"  {_VIEWS[link.views]}", "yellow")
    if link.uncertain:
        line += cell(f"  {link.uncertain}", "red")
    return line


def _leaves(genealogy: Genealogy, number: int) -> Iterator[Text]:
    """A line for each hold, decision and delivery of a batch."""
    for one in genealogy.restrictions(number):
        bad = one.kind == "hold" or one.what == "rejected"
        said = " ".join(part for part in (one.kind, one.number, one.what, one.reason) if part)
        yield cell(f"{said}{f' since {one.since:%Y-%m-%d %H:%M}Z' if one.since else ''}", "bold red" if bad else "green")
    for delivery in genealogy.deliveries(number):
        to = f" to {delivery.customer}" if delivery.customer else ""
        when = f", {delivery.issued_at:%Y-%m-%d}" if delivery.issued_at else ""
        yield cell(f"delivery {delivery.delivery}{to}: {words.quantity(delivery.quantity, delivery.unit)}{when}", "cyan")


def print_drill(genealogy: Genealogy, exercise: Sequence[Drilled]) -> None:
    """The exercise, a row a batch, and what it came to."""
    out = console()
    if not exercise:
        out.print("nothing was shipped or made in this run")
        return
    heads = ("ms", "made of", "into", "deliveries", "customers", "held", "parts", "gaps", "older", "accounted", "off", "doubts")
    table = listing("plant", "batch", *heads, right=heads, whole=("batch",))
    for one in exercise:
        share = "unknown" if one.accounted is None else f"{digits(round(one.accounted * 100, 1))} %"
        counts = (one.backward, one.forward, one.deliveries, one.customers, one.held, one.parts, one.gaps, one.before_history)
        cells = (f"{one.seconds * 1000:,.2f}", *(f"{count:,}" for count in counts), share, f"{one.unaccounted:,}", f"{len(one.doubts):,}")
        table.add_row(cell(one.batch.plant), cell(one.batch), *cells)
    print_fitting(out, table)
    seconds = [one.seconds for one in exercise]
    total = f"{words.many(len(exercise), 'batch', 'batches')} traced both ways in {sum(seconds) * 1000:,.1f} ms, the slowest in {max(seconds) * 1000:,.1f} ms"
    short = sum(one.accounted is None or not is_enough(one.accounted) or one.unaccounted > 0 for one in exercise)
    out.print(f"{total}; {sum(one.gaps > 0 for one in exercise):,} with gaps, {short:,} not wholly accounted for")
    for line in dict.fromkeys(line for one in exercise for line in one.doubts):
        console(error=True).print(cell(f"not whole: {line}", "red"))
    if not any(one.deliveries for one in exercise):
        console(error=True).print("no source tells of deliveries: batches that were made were drawn instead", style="dim")
