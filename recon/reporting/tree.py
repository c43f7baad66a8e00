"""The report as a frozen tree of values. Every rendering (HTML, terminal, JSON) shows this and works nothing out itself.

Moments are UTC; money and quantities are Decimal; lists are in the order in which they are to be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from recon.approval import SiteFile


@dataclass(frozen=True)
class Money:
    """An amount in one currency; currencies are never added up."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Plant:
    """One plant as readers know it."""

    plant: str
    """SAP number; '*' for what belongs to no plant."""
    name: str
    time_zone: str
    cut: datetime | None
    """Up to when its sides were compared; None where it was not."""


@dataclass(frozen=True)
class Trouble:
    """What keeps some tables of a source from being complete, for one reason."""

    tables: tuple[str, ...]
    """Empty: all of them, since the source failed as a whole."""
    what: str
    todo: str
    """What to do about it; '' where nothing is known, or it differs from table to table."""


@dataclass(frozen=True)
class SourceLine:
    """How one source came for one plant."""

    plant: str
    source: str
    system: str
    as_of: datetime | None
    lag_minutes: int | None
    """From as_of, by this machine's clock, to the run's reference; negative where it was read after it; None where it was not read."""
    problem: str | None
    """Why it is not complete, in one line; None when it is."""
    troubles: tuple[Trouble, ...]
    """The whole of it, table by table."""
    refused: int
    """Rows that its reader refused."""
    blind: int
    """Rules that could not be judged for want of it."""
    blind_because: str | None
    """Why they could not, such as that it is stale; None where the outcomes do not say it of this source."""
    drift: tuple[str, ...] = ()
    """Columns that are not those of the night before, table by table; a rule that needs one that is gone is not judged."""


@dataclass(frozen=True)
class GateFailed:
    """One expectation of one table that was not met."""

    source: str
    table: str
    """schema.table, or pack/table of a raw one."""
    expected: str
    action: str
    """'refuse', 'not evaluated' or 'warn'."""
    reason: str
    """Why it is expected."""
    outcome: str
    """'failed', 'error' (it could not be asked) or 'not looked at' (what it needs is not there)."""
    looked_at: int
    failed: int | None
    """Rows; None where it speaks of none."""
    said: str | None
    plants: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]
    """Where a failing row was read (row_ref), and the row in words."""

    @property
    def effect(self) -> str:
        """What it led to, in words."""
        if self.outcome == "error":
            return "could not be asked: rules that read the table are not evaluated"
        if self.outcome == "not looked at":
            return "not looked at" if self.action == "warn" else "not looked at: rules that read the table are not evaluated"
        if self.action == "warn":
            return "warning"
        if self.action == "not evaluated" or not self.failed:
            return "rules that read the table are not evaluated"
        kept = "refused, and kept among the refused rows"
        return f"{kept}; rules that need the table are not evaluated" if "/" in self.table else f"{kept}; what they enter is not evaluated"


@dataclass(frozen=True)
class Gates:
    """What was expected of the rows before rules compared them."""

    expectations: int
    """Asked, over all sources; 0: the site wants none, or the run is older than gates."""
    met: int
    tables: int
    failed: tuple[GateFailed, ...]


@dataclass(frozen=True)
class Doubt:
    """Rules that could not be judged, for one reason, at some plants."""

    outcome: str
    """'not evaluated' or 'failed'."""
    reason: str
    rules: tuple[str, ...]
    plants: tuple[str, ...]


@dataclass(frozen=True)
class Redeclared:
    """Something that a night stands on, and that is not as it was in the run before; None where it was not there, or is not any more."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Trust:
    """Whether the night can be believed, before anything it says."""

    sources: tuple[SourceLine, ...]
    doubts: tuple[Doubt, ...]
    evaluated: int
    """Rules × plants, as the next two."""
    not_evaluated: int
    failed: int
    off: tuple[tuple[str, str], ...] = ()
    """Rules that the site has switched off, and why."""
    changed: tuple[Redeclared, ...] = ()
    """What the night stands on and is not as it was in the run before."""
    site_files: tuple[SiteFile, ...] = ()
    """The site's own rules, pairings and mappings."""

    @property
    def complete(self) -> bool:
        """Every source whole and every rule judged."""
        return not self.doubts and all(line.problem is None for line in self.sources) and self.evaluated > 0

    @property
    def verdict(self) -> str:
        """In a few words, whether the night can be believed."""
        if self.complete:
            return "every source came whole, every rule was judged"
        return "not everything could be judged" if self.evaluated else "nothing could be judged"


@dataclass(frozen=True)
class Line:
    """One finding in a short list."""

    finding_id: str
    severity: str
    rule_id: str
    title: str
    plant: str
    material: str | None
    material_text: str | None
    batch: str | None
    key: str
    """The other key fields in words, such as 'order 1000042 · lot 010000000123'."""
    difference: Decimal | None
    quantity: Decimal | None
    unit: str | None
    value_at_risk: Decimal | None
    currency: str | None
    nights_open: int
    state: str
    owner: str | None


@dataclass(frozen=True)
class Urgent:
    """A critical finding: restricted stock that is used, shipped or free to be."""

    line: Line
    exposure: str | None
    """'shipped', 'consumed', 'allocated' or 'available'; None where no stock is exposed."""
    places: tuple[str, ...]
    reason: str | None
    """Why the stock is restricted."""
    since: datetime | None
    hours: int | None
    """From `since` to the cut of the plant; None where that is not known, or it was not judged tonight."""
    last_judged: date | None
    """Set where it could not be judged tonight: the plant's day on which it was last seen. What is said of it is as of then."""
    explanation: str | None


@dataclass(frozen=True)
class Cell:
    """One plant × family of the heat map; counts are of primaries."""

    prefix: str
    rules: int
    evaluated: int
    empty: int
    """Those of the evaluated that had nothing to compare: that nothing differs proves nothing."""
    critical: int
    high: int
    lesser: int
    came: int
    went: int

    @property
    def judged(self) -> str:
        """'none' (no rules), 'not', 'partly' or 'whole'."""
        if self.rules == 0:
            return "none"
        return "not" if self.evaluated == 0 else "whole" if self.evaluated == self.rules else "partly"


@dataclass(frozen=True)
class HeatRow:
    """One plant of the heat map, a cell for every family."""

    plant: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Cause:
    """Findings that one interface explains, or, of those that no message explains, one rule's."""

    text: str
    rule_id: str | None
    """Set where the group is a rule's, not a cause's."""
    findings: int
    critical: int
    plants: int
    money: tuple[Money, ...]
    worst: tuple[Line, ...] = ()
    """Of a cause: the worst of its findings."""


@dataclass(frozen=True)
class Unheard:
    """Messages that said nothing that night, for one reason."""

    source: str | None
    """None: no source tells of messages."""
    reason: str
    plants: tuple[str, ...]

    @property
    def words(self) -> str:
        """The same as a sentence."""
        whose = f"messages of {self.source}" if self.source else "messages"
        return f"{whose} explain nothing at {', '.join(self.plants)}: {self.reason}"


@dataclass(frozen=True)
class Change:
    """What moved since the run before."""

    kind: str
    """'new', 'reopened', 'worsened' or 'resolved'."""
    count: int | None
    """None where it cannot be known."""
    worst: tuple[Line, ...]


@dataclass(frozen=True)
class Ageing:
    """Live findings of one owner by age: nights, without the days on which their plant does not work."""

    owner: str | None
    to_1: int
    to_7: int
    to_30: int
    over_30: int
    findings: int
    oldest: int


@dataclass(frozen=True)
class Quiet:
    """True, counted, and not worth a headline."""

    in_flight: int
    consequences: int
    waived: int
    keys_not_evaluated: int
    refused: int


@dataclass(frozen=True)
class SourceOutcome:
    """What one source contributed to the judging of a rule."""

    source: str
    outcome: str
    reason: str | None


@dataclass(frozen=True)
class Judging:
    """How one rule ended for one plant."""

    rule_id: str
    title: str
    severity: str
    plant: str
    outcome: str
    sources: tuple[SourceOutcome, ...]
    compared: int | None
    findings: int | None
    keys_not_evaluated: int | None
    cut: datetime | None
    settled_until: datetime | None


@dataclass(frozen=True)
class Skipped:
    """Keys of one plant that could not be judged, for one reason."""

    plant: str
    reason: str
    keys: int
    rules: tuple[tuple[str, int], ...]
    """Rule and how many of the keys are its, the most first."""
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """Rows of one raw table that its reader refused, for one reason."""

    source: str
    table: str
    reason: str
    rows: int
    examples: tuple[tuple[int, str], ...]
    """Row number and the row as far as it could be read."""


ENOUGH_POSTINGS = 20
"""From how many on p95 is not the slowest (nearest rank), as in INT-006."""


@dataclass(frozen=True)
class LatencyNight:
    """How long the postings that came in before one night took, in minutes from the event to its entry in SAP."""

    until: datetime
    """Postings entered up to then, and after the night before."""
    events: int
    p50: Decimal | None
    """None, as the next three: there were no postings."""
    p95: Decimal | None
    slowest: Decimal | None
    reference: str | None
    """Of the slowest."""
    service_level: Decimal

    @property
    def late(self) -> bool | None:
        """Its p95 is beyond the service level; None: there were none, or so few that p95 is the slowest of them, and one straggler would speak for all."""
        return None if self.p95 is None or self.events < ENOUGH_POSTINGS else self.p95 > self.service_level


@dataclass(frozen=True)
class Latency:
    """One workflow at one plant over the last nights, oldest first; there is at least one."""

    system: str
    plant: str
    workflow: str
    nights: tuple[LatencyNight, ...]


@dataclass(frozen=True)
class SeverityCount:
    """Live primaries of one severity, and how many of them are new or came back tonight."""

    severity: str
    findings: int
    came: int
    carried: int
    """Of the findings, those that could not be judged tonight and are what an earlier night said."""


@dataclass(frozen=True)
class SecondLook:
    """What came of asking sources again for what fired for the first time."""

    healed: int
    """Findings that did not fire any more, and are in no list."""
    confirmed: int
    in_flight: int
    troubles: tuple[str, ...]
    """What was not looked at again, and why."""


@dataclass(frozen=True)
class Summary:
    """What the terminal and monitoring show of a run."""

    run_id: str
    previous_run: str | None
    site: str
    reference: datetime
    exit_code: int
    chain_head: str | None
    plants: tuple[Plant, ...]
    trust: Trust
    severities: tuple[SeverityCount, ...]
    quiet: Quiet
    gates: Gates
    causes: tuple[Cause, ...] = ()
    """What messages explain, by interface."""
    all_causes: int = 0
    """Of how many the causes are the gravest."""
    unheard: tuple[Unheard, ...] = ()
    second_look: SecondLook | None = None
    """None: no source is asked for one."""
    latencies: tuple[Latency, ...] = ()

    def plant(self, plant: str) -> Plant:
        """The plant of that number; one that recon.toml does not name has its number for a name and is in UTC."""
        return next((each for each in self.plants if each.plant == plant), Plant(plant, plant, "UTC", None))


@dataclass(frozen=True)
class Report:
    """The whole report but for the long list, which is as large as the night was bad and is packed by listing.py."""

    summary: Summary
    act_now: tuple[Urgent, ...]
    critical: int
    """How many critical ones there are in all."""
    heat: tuple[HeatRow, ...]
    by_rule: tuple[Cause, ...]
    """What no message explains."""
    groups: int
    """Of how many rules they are the gravest."""
    changes: tuple[Change, ...]
    ageing: tuple[Ageing, ...]
    has_workdays: bool
    """Some plant does not work every day, and the ageing counts the days on which it does."""
    trapped: tuple[Money, ...]
    """Value in blocked stock with nothing behind it."""
    worst: tuple[Line, ...]
    judgings: tuple[Judging, ...]
    skipped: tuple[Skipped, ...]
    refused: tuple[Refused, ...]
