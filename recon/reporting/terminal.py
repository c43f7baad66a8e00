"""A run, its findings, and one finding with its evidence, for a terminal. Data goes to standard output, remarks to standard error.

Texts come from other people's systems: they are printed as they are, never as markup, and control characters are taken out.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recon.reporting import words
from recon.reporting.advice import advice
from recon.reporting.evidence import Side, sides_of
from recon.reporting.exposure import read
from recon.reporting.runs import fetch
from recon.reporting.selection import Selection, chosen, parameters

if TYPE_CHECKING:
    import duckdb

    from recon.config import Settings
    from recon.reporting.runs import Run
    from recon.reporting.tree import SourceLine, Summary

TABLE_ROWS = 100
"""Rows of the findings table unless the reader asks for more."""
_STYLES = {"critical": "bold red", "high": "yellow", "medium": "", "low": "dim"}
_PIPE_WIDTH = 120
"""Columns of a file or a pipe, unless COLUMNS says otherwise."""
_FINDING_COLUMNS = {
    "finding": 0, "severity": 0, "rule": 0, "what": 60, "plant": 60, "material, key": 60, "how much": 100, "at risk": 120, "nights": 120, "state": 60,
    "owner": 140,
}  # fmt: skip
"""Column of the findings table → the narrowest screen that has room for it."""
_COPIED = ("finding", "severity", "rule")
"""Columns that are never cut or folded: people copy them into the next command."""


class Terminal(Console):
    """A console that leaves a closed pipe to the command: rich would end with 1, which says here that there are findings."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(*, error: bool = False) -> Console:
    stream = sys.stderr if error else sys.stdout
    columns = os.environ.get("COLUMNS", "")
    width = None if stream.isatty() else int(columns) if columns.isdecimal() and int(columns) else _PIPE_WIDTH
    return Terminal(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _table(*columns: str, right: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold", no_wrap=column in whole)
    return table


def _cell(text: object, style: str = "") -> Text:
    return Text(words.plain(text), style=style)


def show_status(summary: Summary) -> None:
    """Whether the night can be believed first, then what it found."""
    out, trust = _console(), summary.trust
    out.print(Text(f"{words.plain(summary.site)} · run {summary.run_id} · chain head {(summary.chain_head or 'not recorded yet')[:16]}", style="bold"))
    counts = f"{trust.evaluated} rules × plants evaluated, {trust.not_evaluated} not evaluated, {trust.failed} failed"
    out.print(Text(f"{trust.verdict}: {counts}", style="green" if trust.complete else "bold red"))
    for doubt in trust.doubts:
        out.print(_cell(f"  {doubt.outcome} at {', '.join(doubt.plants)}: {doubt.reason} ({words.many(len(doubt.rules), 'rule')})", "red"))
    for plant in summary.plants:
        cut = f"compared up to {words.local(plant.cut, plant.time_zone)}" if plant.cut else "not compared"
        out.print(_cell(f"{plant.plant} {plant.name}: {cut} (times are {plant.time_zone})"))
    table = _table("plant", "source", "as of", "lag", "complete", "refused", right=("refused",))
    for line in trust.sources:
        plant = summary.plant(line.plant)
        table.add_row(
            _cell(f"{line.plant} {plant.name}"),
            _cell(line.source),
            words.local(line.as_of, plant.time_zone),
            words.lag(line.lag_minutes),
            _complete(line),
            words.number(line.refused) if line.refused else "",
        )
    out.print(table)
    for name, found in {line.source: line.troubles for line in trust.sources if line.troubles}.items():
        for trouble in found:
            out.print(_cell(f"{', '.join((name, *trouble.tables))}: {trouble.what}{f' ({trouble.todo})' if trouble.todo else ''}", "red"))
    for name, drift in sorted({(line.source, change) for line in trust.sources for change in line.drift}):
        out.print(_cell(f"{name}, columns are not those of the night before: {drift}", "yellow"))
    for gate in summary.gates.failed:
        rows = f", {words.many(gate.failed, 'row')}" if gate.failed else ""
        out.print(
            _cell(f"gate, {gate.source} {gate.table}: {gate.expected}{rows}: {gate.effect} ({gate.reason})", "yellow" if gate.action == "warn" else "red")
        )
    carried = any(count.carried for count in summary.severities)
    heads = ("findings", "new tonight", *(["not judged tonight"] if carried else []))
    table = _table("severity", *heads, right=heads)
    for count in summary.severities:
        numbers = (count.findings, count.came, *([count.carried] if carried else []))
        table.add_row(Text(count.severity, style=_STYLES[count.severity] if count.findings else "dim"), *(f"{number:,}" for number in numbers))
    out.print(table)
    quiet = summary.quiet
    out.print(
        f"in flight {quiet.in_flight:,} · consequences {quiet.consequences:,} · waived {quiet.waived:,} · "
        f"keys not evaluated {quiet.keys_not_evaluated:,} · refused rows {quiet.refused:,}"
    )


def _complete(line: SourceLine) -> Text:
    if line.problem or line.blind_because:
        return _cell(line.problem or line.blind_because, "bold red")
    return _cell("yes, but rules that need it were not judged" if line.blind else "yes")


def show_findings(connection: duckdb.DuckDBPyConnection, selection: Selection, limit: int) -> None:
    """The worst `limit` of the selected primaries; how many there are, and what is left out, on standard error."""
    values = parameters(selection)
    cursor = connection.execute(chosen("findings_table.sql") + f" LIMIT {limit:d}", values)
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    out = _console()
    columns = [name for name, width in _FINDING_COLUMNS.items() if out.width >= width]
    table = _table(*columns, right=("how much", "at risk", "nights"), whole=_COPIED)
    for row in rows:
        cells = _finding_cells(row)
        table.add_row(*(cells[name] for name in columns))
    if rows:
        out.print(table)
    all_of_them = connection.execute(chosen("findings_count.sql"), values).fetchall()[0][0]
    remark = words.many(all_of_them, "finding") if all_of_them else "no finding is like this"
    if len(rows) < all_of_them:
        remark += f", the worst {len(rows):,} shown: --limit shows more, --format csv all"
    if not selection.states:
        others = fetch(connection, "quiet.sql")[0]
        remark += f" · in flight {others['in_flight']:,}, waived {others['waived']:,}, consequences {others['consequences']:,} are not in this list"
    _console(error=True).print(remark, style="dim")


def _finding_cells(row: dict[str, Any]) -> dict[str, Text]:
    key = words.key_words(read(row["key"]), without=("material", "component") if row["material"] else ())
    return {
        "finding": Text(row["finding"]),
        "severity": Text(row["severity"], style=_STYLES.get(row["severity"], "")),
        "rule": Text(row["rule_id"]),
        "what": _cell(row["title"]),
        "plant": _cell(row["plant"]),
        "material, key": _cell(" · ".join(part for part in (row["material"], key) if part)),
        "how much": _cell(words.quantity(_decimal(row["how_much"]), row["unit"])),
        "at risk": _cell(words.money(_decimal(row["value_at_risk"]), row["currency"])),
        "nights": Text(str(row["nights_open"])),
        "state": Text(row["state"]),
        "owner": _cell(row["owner"]),
    }


def show_finding(connection: duckdb.DuckDBPyConnection, run: Run, settings: Settings, finding_id: str) -> None:
    """One finding: what it says, both sides of it, the rows behind it, and what to do."""
    out = _console()
    finding = fetch(connection, "finding.sql", finding_id=finding_id)[0]
    zone = settings.plants[finding["plant"]].time_zone if finding["plant"] in settings.plants else "UTC"
    head = Text(f"{finding['severity']} ", style=_STYLES.get(finding["severity"], ""))
    out.print(head + Text(f"{finding['rule_id']} {words.plain(finding['title'])}", style="bold"))
    changed = finding["changed_at"].replace(tzinfo=UTC) if finding["changed_at"] else None
    event = f" ({finding['event']})" if finding["event"] else ""
    rule = run.rules.get(finding["rule_id"], {})
    facts = {
        "finding": finding_id,
        "where": f"plant {finding['plant']} of {finding['system']}",
        "key": words.key_words(read(finding["key"])),
        "material": " ".join(str(part) for part in (finding["material"], finding["material_text"]) if part),
        "difference": words.quantity(_decimal(finding["difference"]), finding["unit"]),
        "quantity": words.quantity(_decimal(finding["quantity"]), finding["unit"]),
        "at risk": words.money(finding["value_at_risk"], finding["currency"]),
        "state": f"{finding['state']}{event}, first seen {finding['first_seen']}, {words.many(finding['nights_open'] or 0, 'night')}",
        "owner": finding["owner"],
        "changed": f"{words.local(changed, zone)} {zone} ({words.utc(changed)})" if changed else "",
        "explanation": finding["explanation"],
        "cause": finding["cause"],
        "consequence of": finding["consequence_of"],
        "why it matters": rule.get("rationale"),
        "lawful when": rule.get("false_positives"),
        "what to do": advice(rule, finding["explanation"], finding["state"]),
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, _cell(value))
    out.print(table)
    sides = sides_of(finding["evidence"], finding["rows"], fetch(connection, "finding_rows.sql", finding_id=finding_id, limit=200))
    _show_compared(out, sides)
    for side in sides:
        _show_rows(out, side)
    for consequence in fetch(connection, "consequences.sql", finding_id=finding_id):
        out.print(_cell(f"consequence {consequence['finding_id'][:12]} {consequence['rule_id']} {consequence['title']} ({consequence['state']})"))


def _show_compared(out: Console, sides: tuple[Side, ...]) -> None:
    names = list(dict.fromkeys(name for side in sides for name in side.compared))
    if not names:
        return
    table = _table("compared", *(side.title for side in sides))
    for name in names:
        values = [words.plain(side.compared.get(name, "")) for side in sides]
        differ = len({value for value, side in zip(values, sides, strict=True) if name in side.compared}) > 1
        table.add_row(name.replace("_", " "), *(Text(value, style="bold" if differ else "") for value in values))
    out.print(table)


def _show_rows(out: Console, side: Side) -> None:
    for rows in side.tables:
        table = _table(*rows.columns, "read from")
        table.title, table.title_justify = f"{side.title} {rows.table}", "left"
        for values, row_ref in rows.rows:
            table.add_row(*(_cell(value) for value in values), _cell(row_ref, "dim"))
        out.print(table)
    if side.count:
        out.print(_cell(f"{side.title}: {words.many(side.count, 'row')}, digest {side.digest[:16]}", "dim"))


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
