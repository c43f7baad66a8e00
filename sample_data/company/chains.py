"""What somebody who knew everything would say of whole chains of batches at a cut: what was made of a held or rejected one and is unrestricted, and which
shipped batch does not lead back to received material, and which went into itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from company import clock
from company.genealogy import Doubt, Judge, Judged, Place
from company.judgement import FIRES, IN_FLIGHT, Quality, Verdict, issued
from company.sap import FREE

VIEWS = ("sap", "mes", "joined")
AMBIGUOUS, OLDER = "conflicting duplicate in the extract", "batch older than the history"


@dataclass
class _Link:
    """A batch that went into another, by an order or by going to another plant."""

    input: Place
    output: Place
    order: str | None
    changed: datetime
    in_sap: bool = False
    in_mes: bool = False
    unsure: bool = False

    def seen_by(self, view: str) -> bool:
        return view == "joined" or (self.in_sap if view == "sap" else self.in_mes)


@dataclass(frozen=True)
class _End:
    """A batch without an origin, or one that an uncertain link leads to."""

    place: Place
    unsure: bool
    since: datetime | None
    """The earliest that is known of it; None: nobody has a record of it."""
    changed: datetime

    @property
    def rank(self) -> tuple[bool, bool, float, tuple[str, str, str]]:
        """First what is certain, of that the youngest."""
        plant, material, batch = self.place
        age = (clock.FIRST_CUT - self.since).total_seconds() if self.since else 0.0
        return self.unsure, self.since is not None, age, (batch or "", material, plant)


def judge_chains(judge: Judge, quality: dict[tuple[str, str, str], Quality]) -> list[Judged]:
    """Verdicts and doubts of STK-017, whose subject is the ancestor, of GEN-010, whose subject is the end of the chain, and of GEN-005."""
    chains = _Chains(judge)
    return [*chains.descendants(quality), *chains.shipped(), *chains.circles()]


class _Chains:
    """One night's links between batches, of both systems."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.company, self.cut = judge, judge.company, judge.cut
        self.in_mes, self.in_qms = judge.seen, clock.as_of("qms", judge.night)
        self.links: dict[tuple[str | None, Place, Place], _Link] = {}
        self.known = {order.number for order in self.company.orders if order.received_at is not None and order.received_at <= self.in_mes}
        for order in self.company.orders:
            for side in ("sap", "mes"):
                for output, used, since, _, unsure in self.judge.links_of(side, order):
                    plant = order.plant.number
                    self._link(side, (plant, *used), (plant, *output), order.number, since, unsure is not None)
        self._transfers()
        self.into, self.out_of = defaultdict[Place, list[_Link]](list), defaultdict[Place, list[_Link]](list)
        for link in self.links.values():
            self.into[link.output].append(link)
            self.out_of[link.input].append(link)

    def _link(self, side: str, used: Place, made: Place, order: str | None, changed: datetime, unsure: bool) -> None:
        link = self.links.setdefault((order, used, made), _Link(used, made, order, changed))
        link.changed, link.unsure = max(link.changed, changed), link.unsure or unsure
        link.in_sap |= side == "sap"
        link.in_mes |= side == "mes" or order not in self.known

    def _transfers(self) -> None:
        """What went to another plant, less what came back."""
        for (material, batch), lines in self.company.sap.batch_lines.items():
            moved = [line for line in lines if line.movement_type == "301" and self.judge.visible(line)]
            for line, there in zip(moved[::2], moved[1::2], strict=True):
                self._link("sap", (line.plant, material, batch), (there.plant, material, batch), None, line.document.posted_at, False)

    # forward

    def descendants(self, quality: dict[tuple[str, str, str], Quality]) -> Iterator[Judged]:
        for ancestor, known in quality.items():
            since = self._restricted(known)
            if not since:
                continue
            ancestor_moving = all(self._young(at) for at in since)
            for (plant, material, batch), (changed, sure) in self._made_of(ancestor).items():
                free = self._free(plant, material, batch or "")
                if not free or (plant, material, batch) == ancestor:
                    continue
                key = ("material", material), ("batch", batch), ("ancestor_material", ancestor[1]), ("ancestor_batch", ancestor[2])
                if not sure:
                    yield Doubt("descendant", AMBIGUOUS, plant, dict(key)), plant, set()
                else:
                    moving = ancestor_moving or self._young(changed) or all(self._young(at) for at in free)
                    yield Verdict("STK-017", key, IN_FLIGHT if moving else FIRES, ancestor[1:]), plant, set()

    def _young(self, at: datetime) -> bool:
        return at > self.cut - clock.SETTLE_STOCK

    def _restricted(self, known: Quality) -> list[datetime]:
        """Since when it is held or rejected, hold by hold and system by system; none: it is not."""
        holds = [hold for hold in known.holds if hold.scope == "batch" and hold.in_qms and hold.opened_at <= self.in_qms]
        since = [hold.opened_at for hold in holds if hold.closed_at is None or hold.closed_at > self.in_qms]
        since += [hold.closed_at for hold in holds if hold.closed_at is not None and self.cut < hold.closed_at <= self.in_qms]
        told = [(one.decided_at, one.decision) for one in known.dispositions if one.decided_at <= self.in_qms]
        decided = [made[-1] for lot in known.lots if (made := [decision for decision in lot.decisions if decision[0] <= self.cut])]
        for decisions, rejection in ((told, "rejected"), (decided, "R")):
            if decisions and max(decisions)[1] == rejection:
                since.append(min(at for at, _ in decisions))
        return since

    def _made_of(self, ancestor: Place) -> dict[Place, tuple[datetime, bool]]:
        """Batch → since when a shortest chain leads to it, and whether one does for sure."""
        reached: dict[Place, tuple[datetime, bool]] = {ancestor: (clock.SAP_SELECTION, True)}
        for sure in (True, False):
            new = {place: changed for place, (changed, _) in reached.items()}
            while new:
                following: dict[Place, datetime] = {}
                for place, before in new.items():
                    for link in self.out_of[place]:
                        if link.output not in reached and not (sure and link.unsure):
                            changed = max(before, link.changed)
                            following[link.output] = min(following.get(link.output, changed), changed)
                reached |= {place: (changed, sure) for place, changed in following.items()}
                new = following
        return reached

    def _free(self, plant: str, material: str, batch: str) -> list[datetime]:
        """Since when it lies unrestricted, place by place."""
        quantities: dict[str, Decimal] = defaultdict(Decimal)
        touched: dict[str, datetime] = {}
        for line in self.company.sap.batch_lines.get((material, batch), []):
            if line.plant == plant and line.document.posted_at <= self.cut:
                quantities[line.location] -= issued(line) if line.stock == FREE else 0
                touched[line.location] = line.document.posted_at
        return [touched[location] for location, quantity in quantities.items() if quantity > 0]

    # backward

    def shipped(self) -> Iterator[Judged]:
        gone: dict[Place, Decimal] = defaultdict(Decimal)
        for (material, batch), lines in self.company.sap.batch_lines.items():
            for line in lines:
                if line.movement_type == "601" and self.judge.visible(line):
                    gone[line.plant, material, batch] += issued(line)
        for place, quantity in gone.items():
            if quantity <= 0:
                continue
            ends = {view: self._end(place, view) for view in VIEWS}
            for view, end in ends.items():
                joined = ends["joined"]
                if end is not None and (view == "joined" or joined is None or joined.place != end.place):
                    yield self._broken(place, view, end)

    def _broken(self, place: Place, view: str, end: _End) -> Judged:
        key = ("view", view), ("material", place[1]), ("batch", place[2])
        if end.unsure or (end.since is not None and end.since < clock.HORIZON):
            return Doubt("chain", AMBIGUOUS if end.unsure else OLDER, place[0], dict(key)), place[0], set()
        orders = {link.order for link in (*self.out_of[end.place], *self.into[end.place]) if link.order}
        mood = IN_FLIGHT if end.changed > self.cut - clock.SETTLE_LINK else FIRES
        return Verdict("GEN-010", key, mood, end.place[1:]), place[0], orders

    def _end(self, place: Place, view: str) -> _End | None:
        """Where its chain ends without an origin, if it does."""
        reached, new, ends = {place}, [place], []
        while new:
            batch = new.pop()
            into = [link for link in self.into[batch] if link.seen_by(view)]
            if any(link.unsure for link in into):
                ends.append(_End(batch, True, None, max(link.changed for link in into)))
            elif not into and (end := self._stray(batch)):
                ends.append(end)
            for link in into:
                if link.input not in reached:
                    reached.add(link.input)
                    new.append(link.input)
        return min(ends, key=lambda end: end.rank, default=None)

    def _stray(self, place: Place) -> _End | None:
        """Not received, as far as the extract reaches, nor made of nothing that is kept in batches."""
        plant, material, batch = place
        key = material, batch or ""
        lines = [line for line in self.company.sap.batch_lines.get(key, []) if line.plant == plant and self.judge.visible(line)]
        received = -sum((issued(line) for line in lines if line.receipt_for == "B"), Decimal(0))
        made = [line for line in lines if line.movement_type in ("101", "102", "531") and line.order_no]
        if received > 0 or (made and all(self._of_unbatched(line.order_no or "") for line in made)):
            return None
        since = []
        if key in self.company.sap.batches and self.company.sap.batches[key][1] <= self.cut:
            known = self.company.sap.made_on.get(key)
            since.append(datetime.combine(known, time()) if known else self.company.sap.batches[key][1])
        since += [min(line.document.posted_at, datetime.combine(line.document.posting_date, time())) for line in made]
        since += [self.judge.orders[line.order_no].released_at for line in made if line.order_no in self.judge.orders]
        entered = [line.document.posted_at for line in lines if line.receipt_for == "B" or line in made]
        changed = max(entered) if entered else min((link.changed for link in self.out_of[place]), default=clock.HORIZON)
        return _End(place, False, min(since) if since else None, changed)

    def _of_unbatched(self, order_no: str) -> bool:
        used = [
            line.material.batch_managed for line in self.company.sap.orders[order_no].lines if line.movement_type in ("261", "262") and self.judge.visible(line)
        ]
        return bool(used) and not any(used)

    # in a ring

    def circles(self) -> Iterator[Judged]:
        """A batch that went into itself, in each system that says so; no longer way leads back in this company."""
        for link in self.links.values():
            if link.input == link.output and link.order and not self.judge.orders[link.order].rework:
                plant, material, batch = link.input
                moving = link.changed > self.cut - clock.SETTLE_LINK
                for side in VIEWS[:2]:
                    if link.seen_by(side):
                        key = ("side", side), ("material", material), ("batch", batch)
                        yield Verdict("GEN-005", key, IN_FLIGHT if moving else FIRES, (material, batch)), plant, {link.order}
