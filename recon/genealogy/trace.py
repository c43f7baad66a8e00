"""A batch, and everything that it was made of or that was made of it.

A walk goes from batch to batch along the links of the index, each batch once, nearest first: circles end by themselves, and depth costs nothing but its
batches. It is made three times, along the links that SAP has, that the MES has, and that either has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from recon.errors import ConfigurationError
from recon.genealogy.columns import Columns
from recon.genealogy.index import JOINED, MES, SAP, UNKNOWN

Direction = Literal["backward", "forward"]
QUANTITIES = (
    "sap_made", "mes_made", "sap_received", "sap_moved_in", "sap_consumed", "mes_consumed", "sap_delivered", "sap_scrapped", "sap_otherwise", "sap_moved_out",
    "sap_stock", "sap_unrestricted",
)  # fmt: skip
"""Columns of the table batch: how much of it, in its base unit."""


class Batch(NamedTuple):
    """A batch by name."""

    system: str
    plant: str
    material: str
    batch: str
    """'' where nobody knows which batch of the material it was."""

    def __str__(self) -> str:
        return f"{self.material}/{self.batch or '?'}"


class Link(NamedTuple):
    """One batch that went into another."""

    input: int
    output: int
    order_no: str
    kind: str
    """order, relabel (became another batch or material without an order) or transfer (to another plant)."""
    views: int
    sap_quantity: Decimal | None
    """Of the input, in its base unit, as the other one."""
    mes_quantity: Decimal | None
    purpose: str
    """What makes an unusual link lawful; '' nothing."""
    uncertain: str
    """Why the link is not sure; '' it is."""


class Delivery(NamedTuple):
    """What left for a customer."""

    delivery: str
    item_no: str
    customer: str
    quantity: Decimal | None
    unit: str
    issued_at: datetime | None


class Restriction(NamedTuple):
    """An open hold, or a decision."""

    kind: str
    """hold, disposition, assessment or usage decision."""
    number: str
    what: str
    """Scope of the hold, or the decision."""
    reason: str
    since: datetime | None


@dataclass(frozen=True)
class Walk:
    """Everything in one direction."""

    direction: Direction
    depth: dict[int, int]
    """Batch → its distance over links that either side has, the batch itself at 0; nearest first."""
    in_sap: frozenset[int]
    """Batches that SAP's links alone lead to."""
    in_mes: frozenset[int]
    links: tuple[int, ...]
    """Every link between these batches on the way, in the order in which the walk met them."""

    def views(self, batch: int) -> int:
        """Which views lead to the batch: SAP, MES, both, or 0 where only both together do."""
        return (SAP if batch in self.in_sap else 0) | (MES if batch in self.in_mes else 0)


BEFORE_HISTORY = "before history"
_TOLD = {"sap": "SAP's links", "mes": "the MES's links"}


class Gap(NamedTuple):
    """Where a chain ends without an origin."""

    batch: int
    view: Literal["sap", "mes", "joined"]
    reason: str
    """BEFORE_HISTORY where the sources do not reach back to it: no gap as far as anybody can say, and no origin either."""


class Genealogy:
    """The index of a run, by the questions that a trace asks."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.about = columns.about
        self._inputs, self._outputs, self._views = columns["link.input"], columns["link.output"], columns["link.views"]
        self._forward, self._backward, self._link = columns["start.link"], columns["start.backward"], columns["backward.link"]

    def __len__(self) -> int:
        return len(self.columns["batch.batch"])

    def walk(self, batch: int, direction: Direction) -> Walk:
        """Everything that `batch` was made of (backward), or that was made of it (forward)."""
        depth, links = self._walk(batch, direction, JOINED)
        alone = {view: frozenset(self._walk(batch, direction, view)[0]) for view in (SAP, MES)}
        return Walk(direction, depth, alone[SAP], alone[MES], links)

    def _walk(self, batch: int, direction: Direction, view: int) -> tuple[dict[int, int], tuple[int, ...]]:
        views, depth, links = self._views, {batch: 0}, []
        forward = direction == "forward"
        starts, ends = (self._forward, self._outputs) if forward else (self._backward, self._inputs)
        nearest, distance = [batch], 0
        while nearest:
            distance += 1
            further = []
            for one in nearest:
                for position in range(starts[one], starts[one + 1]):
                    link = position if forward else self._link[position]
                    if views[link] & view:
                        links.append(link)
                        end = ends[link]
                        if end not in depth:
                            depth[end] = distance
                            further.append(end)
            nearest = further
        return depth, tuple(links)

    def parts(self, walk: Walk) -> list[int]:
        """The links at which the views part: one of them has it, the other does not."""
        return [link for link in walk.links if self._views[link] != JOINED]

    def gaps(self, walk: Walk) -> list[Gap]:
        """Where a chain backwards ends without an origin, in any view: each batch under the views in which nothing leads to it and it came from nowhere."""
        found: list[Gap] = []
        stray = self.columns["batch.stray"]
        if walk.direction == "forward":
            return found
        for batch in walk.depth:
            reason = stray[batch]
            if not reason:
                continue
            reason = BEFORE_HISTORY if self._is_older(batch) else reason
            led_to = 0
            for position in range(self._backward[batch], self._backward[batch + 1]):
                led_to |= self._views[self._link[position]]
            if not led_to:
                found.append(Gap(batch, "joined", reason))
                continue
            # One view alone ends here, while the other leads on.
            if batch in walk.in_sap and not led_to & SAP:
                found.append(Gap(batch, "sap", reason))
            if batch in walk.in_mes and not led_to & MES:
                found.append(Gap(batch, "mes", reason))
        return found

    def _is_older(self, batch: int) -> bool:
        """Whether the batch is known to be of before what its sources tell: where it came from, nobody can say."""
        since, name = self.columns["batch.since"][batch], self.batch(batch)
        return bool(0 != since < self.about["complete_from"].get(name.system, {}).get(name.plant, 0))

    def doubts(self, batches: Iterable[int]) -> list[str]:
        """What sources leave open at the plants of these batches: a trace is as whole as the sources of every plant that it passes."""
        systems, plants = self.columns["batch.system"], self.columns["batch.plant"]
        return [line for system, plant in sorted({(systems[one], plants[one]) for one in batches}) for line in self._left_open(system, plant)]

    def _left_open(self, system: str, plant: str) -> list[str]:
        lines = []
        for what, sources in self.about["sources"].items():
            here = [source for source in sources if source["system"] == system and plant in source["plants"]]
            label = _TOLD.get(what, what)
            lines += [f"{label}: no source tells them at plant {plant}"] if not here else []
            lines += [f"{label} at plant {plant}: {source['source']} is incomplete: {source['problem']}" for source in here if source["problem"]]
        return lines

    def batch(self, number: int) -> Batch:
        """The name of a batch."""
        columns = self.columns
        return Batch(columns["batch.system"][number], columns["batch.plant"][number], columns["batch.material"][number], columns["batch.batch"][number])

    def quantity(self, number: int, which: str) -> Decimal | None:
        """One of QUANTITIES of a batch; None: not known."""
        return _decimal(self.columns[f"batch.{which}"][number])

    def link(self, number: int) -> Link:
        """A link by its number."""
        columns = self.columns
        return Link(
            self._inputs[number],
            self._outputs[number],
            columns["link.order_no"][number],
            columns["link.kind"][number],
            self._views[number],
            _decimal(columns["link.sap_quantity"][number]),
            _decimal(columns["link.mes_quantity"][number]),
            columns["link.purpose"][number],
            columns["link.uncertain"][number],
        )

    def deliveries(self, batch: int) -> list[Delivery]:
        """What of the batch left for customers."""
        columns = self.columns
        return [
            Delivery(
                columns["delivery.delivery"][row],
                columns["delivery.item_no"][row],
                columns["delivery.customer"][row],
                _decimal(columns["delivery.quantity"][row]),
                columns["delivery.unit"][row],
                _moment(columns["delivery.issued_at"][row]),
            )
            for row in self._rows("delivery", batch)
        ]

    def restrictions(self, batch: int) -> list[Restriction]:
        """Open holds on the batch, and decisions about it."""
        columns = self.columns
        return [
            Restriction(
                columns["restriction.kind"][row],
                columns["restriction.number"][row],
                columns["restriction.what"][row],
                columns["restriction.reason"][row],
                _moment(columns["restriction.since"][row]),
            )
            for row in self._rows("restriction", batch)
        ]

    def held(self, batch: int) -> bool:
        """Whether a hold on the batch is open, or a decision rejects it."""
        return any(one.kind == "hold" or one.what == "rejected" for one in self.restrictions(batch))

    def accounted(self, batch: int) -> Decimal | None:
        """The share of what came of the batch, in SAP, that is somewhere: consumed, delivered, scrapped, posted elsewhere or in stock.

        None: nothing is known to have come.
        """
        known = {which: self.quantity(batch, which) or Decimal(0) for which in QUANTITIES}
        came = known["sap_made"] + known["sap_received"] + known["sap_moved_in"]
        went = sum((known[f"sap_{which}"] for which in ("consumed", "delivered", "scrapped", "otherwise", "moved_out", "stock")), Decimal(0))
        return went / came if came > 0 else None

    def drawn(self, count: int) -> list[int]:
        """The batches of a recall drill: the first `count` of those drawn for the run."""
        return list(self.columns["drawn.batch"][:count])

    def find(self, asked: str, plant: str | None = None, system: str | None = None) -> int:
        """The one batch that `asked` names: BATCH or MATERIAL/BATCH, at `plant` and in `system` where they are given.

        Raises ConfigurationError where there is none, or several; the message names them.
        """
        named = [*self._numbered(asked)]
        for position in (position for position, sign in enumerate(asked) if sign == "/"):
            material = asked[:position].strip()
            material = material.lstrip("0") if material.isdecimal() else material
            named += [one for one in self._numbered(asked[position + 1 :]) if self.columns["batch.material"][one] == material]
        where = [one for one in named if plant in (None, self.batch(one).plant) and system in (None, self.batch(one).system)]
        if len(where) == 1:
            return where[0]
        at = "".join(f", {name} {value}" for name, value in (("plant", plant), ("system", system)) if value)
        if not where:
            raise ConfigurationError(f"batch {asked}{at}", "is in no link, movement, stock, delivery or hold of this run", self._instead(asked, named))
        raise ConfigurationError(f"batch {asked}{at}", f"could be any of {len(where)}: {self._listed(where)}", self._how(where))

    def _numbered(self, batch: str) -> Iterator[int]:
        """Batches with this number, whatever their material; they follow one another, in the order of their UTF-8."""
        texts, wanted = self.columns["batch.batch"], batch.encode()
        known = self._known()
        low, high = 0, known
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if texts.raw(middle) < wanted else (low, middle)
        while wanted and low < known and texts.raw(low) == wanted:
            yield low
            low += 1

    def _known(self) -> int:
        """How many batches have a number; those without come last, and are few."""
        texts, known = self.columns["batch.batch"], len(self)
        while known and not texts[known - 1]:
            known -= 1
        return known

    def _instead(self, asked: str, elsewhere: list[int]) -> str:
        if elsewhere:
            return f"there is {self._listed(elsewhere)}"
        bare = asked.rpartition("/")[2]
        for other in (bare.lstrip("0"), bare.zfill(10), bare.upper(), bare.strip()):
            if other != bare and (found := [*self._numbered(other)]):
                return f"batches are taken as they are typed, leading zeros and all; there is {self._listed(found)}"
        if found := [*self._numbered(bare)]:
            return f"there is {self._listed(found)}"
        return "BATCH is the number as SAP or the MES has it, MATERIAL/BATCH names the material too"

    def _listed(self, some: list[int]) -> str:
        names = [self.batch(one) for one in some]
        systems = len({name.system for name in names}) > 1
        told = [f"{name} at plant {name.plant}{f' of {name.system}' if systems else ''}" for name in names[:8]]
        return ", ".join(told) + (f" and {len(names) - 8} more" if len(names) > 8 else "")

    def _how(self, some: list[int]) -> str:
        names = [self.batch(one) for one in some]
        ways = [
            f"MATERIAL/BATCH names the material, as in {names[0]}" if len({name.material for name in names}) > 1 else "",
            "--plant names the plant" if len({name.plant for name in names}) > 1 else "",
            "--system names the system" if len({name.system for name in names}) > 1 else "",
        ]
        return ", ".join(way for way in ways if way)

    def _rows(self, table: str, batch: int) -> range:
        starts = self.columns[f"start.{table}"]
        return range(starts[batch], starts[batch + 1])


def _decimal(millionths: int) -> Decimal | None:
    return None if millionths == UNKNOWN else Decimal(millionths).scaleb(-6)


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
