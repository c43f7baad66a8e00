"""A run, its findings, and one finding with its evidence, for a terminal. Data goes to standard output, remarks to standard error.

Texts come from other people's systems: they are printed as they are, never as markup, and control characters are taken out.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recon.reporting import replayed, words
from recon.reporting.advice import advice
from recon.reporting.console import cell, console, listing, print_fitting
from recon.reporting.evidence import Side, sides_of
from recon.reporting.exposure import read
from recon.reporting.proposals import GUARD_WORDS, NOT_POSTED, TARGETS, proposal_of
from recon.reporting.runs import fetch
from recon.reporting.selection import Selection, chosen, parameters

if TYPE_CHECKING:
    import duckdb

    from recon.config import Settings
    from recon.reporting.history import Life
    from recon.reporting.replayed import Replayed
    from recon.reporting.runs import Run
    from recon.reporting.tree import SourceLine, Summary

TABLE_ROWS = 100
"""Rows of the findings table unless the reader asks for more."""
_STYLES = {"critical": "bold red", "high": "yellow", "medium": "", "low": "dim"}
_FINDING_COLUMNS = {
    "finding": 0, "severity": 0, "rule": 0, "what": 60, "plant": 60, "material, key": 60, "how much": 100, "at risk": 120, "nights": 120, "state": 60,
    "owner": 140,
}  # fmt: skip
"""Column of the findings table → the narrowest screen that has room for it."""
_COPIED = ("finding", "severity", "rule")
"""Columns that are never cut or folded: people copy them into the next command."""
_LONGEST_OWNER = 20
"""Characters of an owner's name that is never broken: there would be no room for the rest beside a longer one."""


def show_status(summary: Summary) -> None:
    """Whether the night can be believed first, then what it found."""
    out, trust = console(), summary.trust
    out.print(Text(f"{words.plain(summary.site)} · run {summary.run_id} · chain head {(summary.chain_head or 'not recorded yet')[:16]}", style="bold"))
    counts = f"{trust.evaluated} rules × plants evaluated, {trust.not_evaluated} not evaluated, {trust.failed} failed" + (
        f", {words.many(len(trust.off), 'rule')} switched off" if trust.off else ""
    )
    out.print(Text(f"{trust.verdict}: {counts}", style="green" if trust.complete else "bold red"))
    for doubt in trust.doubts:
        out.print(cell(f"  {doubt.outcome} at {', '.join(doubt.plants)}: {doubt.reason} ({words.many(len(doubt.rules), 'rule')})", "red"))
    for change in trust.changed[:5]:
        out.print(cell(f"  changed since the last run: {words.change(change.what, change.before, change.after)}"))
    if len(trust.changed) > 5:
        out.print(cell(f"  changed since the last run: {len(trust.changed) - 5} more"))
    for own in trust.site_files:
        out.print(cell(f"  {words.site_file(own.kind, own.name, own.instead, own.waits, own.approved_by)}"))
    for plant in summary.plants:
        cut = f"compared up to {words.local(plant.cut, plant.time_zone)}" if plant.cut else "not compared"
        out.print(cell(f"{plant.plant} {plant.name}: {cut} (times are {plant.time_zone})"))
    table = listing("plant", "source", "as of", "lag", "complete", "refused", right=("refused",))
    for line in trust.sources:
        plant = summary.plant(line.plant)
        table.add_row(
            cell(f"{line.plant} {plant.name}"),
            cell(line.source),
            words.local(line.as_of, plant.time_zone),
            words.lag(line.lag_minutes),
            _complete(line),
            words.number(line.refused) if line.refused else "",
        )
    out.print(table)
    for name, found in {line.source: line.troubles for line in trust.sources if line.troubles}.items():
        for trouble in found:
            out.print(cell(f"{', '.join((name, *trouble.tables))}: {trouble.what}{f' ({trouble.todo})' if trouble.todo else ''}", "red"))
    for name, drift in sorted({(line.source, change) for line in trust.sources for change in line.drift}):
        out.print(cell(f"{name}, columns are not those of the night before: {drift}", "yellow"))
    for gate in summary.gates.failed:
        rows = f", {words.many(gate.failed, 'row')}" if gate.failed else ""
        out.print(cell(f"gate, {gate.source} {gate.table}: {gate.expected}{rows}: {gate.effect} ({gate.reason})", "yellow" if gate.action == "warn" else "red"))
    carried = any(count.carried for count in summary.severities)
    heads = ("findings", "new tonight", *(["not judged tonight"] if carried else []))
    table = listing("severity", *heads, right=heads)
    for count in summary.severities:
        numbers = (count.findings, count.came, *([count.carried] if carried else []))
        table.add_row(Text(count.severity, style=_STYLES[count.severity] if count.findings else "dim"), *(f"{number:,}" for number in numbers))
    out.print(table)
    _show_causes(out, summary)
    quiet = summary.quiet
    out.print(
        f"in flight {quiet.in_flight:,} · consequences {quiet.consequences:,} · waived {quiet.waived:,} · "
        f"keys not evaluated {quiet.keys_not_evaluated:,} · refused rows {quiet.refused:,}"
    )
    if look := summary.second_look:
        out.print(f"second look: {look.healed:,} healed while looking · {look.confirmed:,} confirmed · {look.in_flight:,} in flight by it")
        for left in look.troubles:
            out.print(cell(f"second look: {left}", "yellow"))


def _show_causes(out: Console, summary: Summary) -> None:
    """What messages explain, an interface a group with its findings under it; and which messages said nothing."""
    if summary.causes:
        more = f", the gravest {len(summary.causes)} of {summary.all_causes}" if summary.all_causes > len(summary.causes) else ""
        out.print(Text(f"explained by messages{more}: repair these, and post nothing beside them", style="bold"))
    for cause in summary.causes:
        money = "".join(f", {words.about(each.amount, each.currency)} at risk" for each in cause.money)
        critical = f", {cause.critical:,} critical" if cause.critical else ""
        out.print(cell(f"{cause.text}: {words.many(cause.findings, 'finding')}{critical}{money}", "yellow"))
        for line in cause.worst:
            what = " · ".join(part for part in (line.title, line.plant, line.material, line.batch and f"batch {line.batch}", line.key) if part)
            out.print(cell(f"  {line.finding_id[:12]} {line.severity} {line.rule_id} {what}"))
        if cause.findings > len(cause.worst):
            out.print(cell(f"  and {cause.findings - len(cause.worst):,} more", "dim"))
    for one in summary.unheard:
        out.print(cell(one.words, "yellow"))


def _complete(line: SourceLine) -> Text:
    if line.problem or line.blind_because:
        return cell(line.problem or line.blind_because, "bold red")
    return cell("yes, but rules that need it were not judged" if line.blind else "yes")


def show_findings(connection: duckdb.DuckDBPyConnection, selection: Selection, limit: int) -> None:
    """The worst `limit` of the selected primaries; how many there are, and what is left out, on standard error."""
    values = parameters(selection)
    cursor = connection.execute(chosen("findings_table.sql") + f" LIMIT {limit:d}", values)
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    out = console()
    columns = [name for name, width in _FINDING_COLUMNS.items() if out.width >= width]
    owner = ("owner",) if all(len(row["owner"] or "") <= _LONGEST_OWNER for row in rows) else ()
    table = listing(*columns, right=("how much", "at risk", "nights"), whole=(*_COPIED, *owner))
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
    console(error=True).print(remark, style="dim")


def _age(finding: dict[str, Any]) -> str:
    """'9 nights', with the working days where they are fewer."""
    nights, working = finding["nights_open"] or 0, finding["working_days_open"]
    return words.many(nights, "night") + (f", {words.many(working, 'working day')}" if working not in (None, nights) else "")


def _finding_cells(row: dict[str, Any]) -> dict[str, Text]:
    key = words.key_words(read(row["key"]), without=("material", "component") if row["material"] else ())
    return {
        "finding": Text(row["finding"]),
        "severity": Text(row["severity"], style=_STYLES.get(row["severity"], "")),
        "rule": Text(row["rule_id"]),
        "what": cell(row["title"]),
        "plant": cell(row["plant"]),
        "material, key": cell(" · ".join(part for part in (row["material"], key) if part)),
        "how much": cell(words.quantity(_decimal(row["how_much"]), row["unit"])),
        "at risk": cell(words.money(_decimal(row["value_at_risk"]), row["currency"])),
        "nights": Text(
            f"{row['nights_open']}" if row["working_days_open"] in (None, row["nights_open"]) else f"{row['nights_open']} ({row['working_days_open']} wd)"
        ),
        "state": Text(row["state"]),
        "owner": cell(row["owner"]),
    }


def show_finding(connection: duckdb.DuckDBPyConnection, run: Run, settings: Settings, finding_id: str) -> None:
    """One finding: what it says, both sides of it, the rows behind it, and what to do."""
    out = console()
    finding = fetch(connection, "finding.sql", finding_id=finding_id)[0]
    zone = settings.plants[finding["plant"]].time_zone if finding["plant"] in settings.plants else "UTC"
    head = Text(f"{finding['severity']} ", style=_STYLES.get(finding["severity"], ""))
    out.print(head + Text(f"{finding['rule_id']} {words.plain(finding['title'])}", style="bold"))
    changed = finding["changed_at"].replace(tzinfo=UTC) if finding["changed_at"] else None
    confirmed = finding["confirmed_at"].replace(tzinfo=UTC) if finding["confirmed_at"] else None
    event = f" ({finding['event']})" if finding["event"] else ""
    rule = run.rules.get(finding["rule_id"], {})
    proposal = proposal_of(connection, finding_id)
    facts = {
        "finding": finding_id,
        "where": f"plant {finding['plant']} of {finding['system']}",
        "key": words.key_words(read(finding["key"])),
        "material": " ".join(str(part) for part in (finding["material"], finding["material_text"]) if part),
        "difference": words.quantity(_decimal(finding["difference"]), finding["unit"]),
        "quantity": words.quantity(_decimal(finding["quantity"]), finding["unit"]),
        "at risk": words.money(finding["value_at_risk"], finding["currency"]),
        "state": f"{finding['state']}{event}, first seen {finding['first_seen']} {zone}, {_age(finding)}",
        "owner": finding["owner"],
        "changed": f"{words.local(changed, zone)} {zone} ({words.utc(changed)})" if changed else "",
        "confirmed": f"{words.local(confirmed, zone)} {zone} ({words.utc(confirmed)}), when sources were asked again" if confirmed else "",
        "explanation": finding["explanation"],
        "cause": finding["cause"],
        "consequence of": _primary(connection, finding["consequence_of"]),
        "why it matters": rule.get("rationale"),
        "lawful when": rule.get("false_positives"),
        "what to do": advice(rule, finding["explanation"], finding["state"]),
        f"proposal {proposal.proposal_id}" if proposal and proposal.proposal_id else "proposal": proposal.headline if proposal else None,
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, cell(value))
    out.print(table)
    sides = sides_of(finding["evidence"], finding["rows"], fetch(connection, "finding_rows.sql", finding_id=finding_id, limit=200), finding["unit"])
    _show_compared(out, sides)
    for side in sides:
        _show_rows(out, side)
    for consequence in fetch(connection, "consequences.sql", finding_id=finding_id):
        out.print(cell(f"consequence {consequence['finding_id'][:12]} {consequence['rule_id']} {consequence['title']} ({consequence['state']})"))


def show_proposals(connection: duckdb.DuckDBPyConnection, selection: Selection, statuses: Sequence[str], limit: int) -> None:
    """The proposals of the selected findings, at most `limit`; how many there are on standard error."""
    cursor = connection.execute(chosen("proposals_table.sql") + f" LIMIT {limit:d}", parameters(selection) | {"statuses": list(statuses)})
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    out = console()
    table = listing("proposal", "severity", "rule", "plant", "what to do", "approver", "checks", right=("checks",), whole=("proposal", "severity", "rule"))
    for row in rows:
        severity = Text(row["severity"], style=_STYLES.get(row["severity"], ""))
        which = Text(row["proposal"] or row["finding"], style="" if row["proposal"] else "dim")
        cells = which, severity, Text(row["rule_id"]), cell(row["plant"]), cell(row["what"]), cell(row["approver"])
        table.add_row(*cells, Text(str(row["checks"] or "")))
    if rows:
        out.print(table)
    remark = words.many(rows[0]["all_of_them"], "proposal") if rows else "no proposal is like this"
    if rows and len(rows) < rows[0]["all_of_them"]:
        remark += f", those of the worst {len(rows):,} findings shown: --limit shows more, --format csv all"
    console(error=True).print(remark, style="dim")


def show_proposal(connection: duckdb.DuckDBPyConnection, finding_id: str) -> None:
    """One proposal: what to do, where, with what, why, and what to look at before."""
    out = console()
    proposal = proposal_of(connection, finding_id)
    finding = fetch(connection, "finding.sql", finding_id=finding_id)[0]
    head = Text(f"{finding['severity']} ", style=_STYLES.get(finding["severity"], ""))
    out.print(head + Text(f"{finding['rule_id']} {words.plain(finding['title'])}", style="bold"))
    if proposal is None:
        out.print(f"no proposal: it is {finding['state']}, and there is nothing to put right")
        return
    facts = {
        "proposal": f"{proposal.proposal_id or 'none'} ({proposal.status})",
        "finding": finding_id,
        "what to do": proposal.words,
        "refused because" if proposal.status == "refused" else "none because": proposal.reason,
        "the rule says": proposal.correction,
        "where": f"{TARGETS.get(proposal.target, proposal.target)}: {proposal.transaction}" if proposal.target else None,
        "by interface": proposal.interface,
        "believed": f"{TARGETS.get(proposal.believed, proposal.believed)}: {proposal.because}" if proposal.believed else None,
        "risk": proposal.risk,
        "taken back by": proposal.reversible,
        "approved by": proposal.approver,
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, cell(value))
    out.print(table)
    if proposal.status == "none":
        return
    table = listing("field", "value")
    for name, value in proposal.fields.items():
        shown = words.many(len(value), "line") if isinstance(value, list) else value
        table.add_row(cell(name.replace("_", " ")), cell(shown) if shown is not None else Text("not known or none", style="dim"))
    out.print(table)
    table = listing("guard", "", "why")
    for guard in proposal.guards:
        state = str(guard["state"])
        style = {"holds": "green", "refuses": "bold red"}.get(state, "yellow")
        table.add_row(cell(guard["title"]), Text(GUARD_WORDS.get(state, state), style=style), cell(guard["reason"]))
    if proposal.guards:
        out.print(table)
    for check in proposal.open_checks:
        out.print(cell(f"[ ] {check}"))
    out.print(cell(NOT_POSTED, "dim"))


def show_compared_runs(connection: duckdb.DuckDBPyConnection, before: str, after: str, limit: int) -> None:
    """Two runs rule by rule, and the gravest findings that differ. A connection of recon.reporting.compare."""
    out = console()
    out.print(Text(f"{before} → {after}", style="bold"))
    unequal = fetch(connection, "compared_outcomes.sql")
    for row in unequal:
        which = before if row["judged_before"] else after
        out.print(cell(f"{row['rule_id']} at {row['plant']} was judged in {which} alone: what is new or gone of it proves nothing", "bold red"))
    table = listing("rule", "what", "new", "gone", "changed", "same", right=("new", "gone", "changed", "same"), whole=("rule",))
    for row in fetch(connection, "compared_rules.sql"):
        table.add_row(row["rule_id"], cell(row["title"]), *(f"{row[name]:,}" if row[name] else "" for name in ("new", "gone", "changed", "same")))
    out.print(table)
    rows = fetch(connection, "compared_findings.sql", limit=limit)
    table = listing("finding", "change", "severity", "rule", "plant", "material, key", "before", "after", right=("before", "after"), whole=("finding", "rule"))
    for row in rows:
        key = words.key_words(read(row["key"]), without=("material", "component") if row["material_text"] else ())
        ends = (
            "\n".join(filter(None, (row[f"state_{side}"], words.quantity(_decimal(row[side]), row["unit"]) if row[f"state_{side}"] else None)))
            for side in ("before", "after")
        )
        severity = Text(row["severity"], style=_STYLES.get(row["severity"], ""))
        subject = cell(" · ".join(part for part in (row["material_text"], key) if part))
        table.add_row(Text(row["finding"]), cell(row["change"]), severity, Text(row["rule_id"]), cell(row["plant"]), subject, *map(Text, ends))
    if rows:
        out.print(table)
    many = rows[0]["all_of_them"] if rows else 0
    remark = f"{words.many(many, 'finding')} differ" if many != 1 else "1 finding differs"
    console(error=True).print(remark + (f", {len(rows)} shown: --limit shows more, --format json all" if len(rows) < many else ""), style="dim")


def show_replay(found: Replayed, limit: int) -> None:
    """Whether a replay says the same, what it stands on that is not as it was, and what differs."""
    out = console()
    same = "the same to the byte" if found.identical else "the same findings" if found.same else "other findings"
    out.print(Text(f"{found.run_id} replayed from {words.many(found.parts, 'part')}: {same}", style="bold" if found.same else "bold red"))
    for one in found.otherwise:
        out.print(cell(f"not as that night: {words.change(one.what, one.before, one.after)}"))
    if found.unfit:
        out.print(cell(f"judged by today's recon.toml: {found.unfit}", "bold"))
    if found.identical:
        out.print(cell(f"{words.many(found.findings, 'finding')}; manifest {found.manifest_now[:12]}", "dim"))
        if found.head_then:
            out.print(cell(f"its event in the chain: {found.head_now or ''}", "dim"))
        return
    others = [one.name.removesuffix(".parquet") for one in found.files if one.then != one.now]
    out.print(cell(f"files that are not the same to the byte: {', '.join(others) or 'none, but what the manifest says of its parts is'}", "dim"))
    if not found.same:
        _show_differences(out, found, limit)


def _show_differences(out: Console, found: Replayed, limit: int) -> None:
    if not found.otherwise and not found.unfit:
        out.print(cell("nothing that the run noted of recon.toml, rules, packs, crosswalks and recon is otherwise: please report this", "bold red"))
    figures = ("then", "now", "gone", "came", "changed", "keys", "outcomes")
    table = listing("rule", "version", *figures, right=figures, whole=("rule",))
    for rule in found.rules:
        versions = dict.fromkeys(one or "none" for one in (rule.version_then, rule.version_now))
        counts = (rule.gone, rule.came, rule.changed, rule.keys, rule.outcomes)
        numbers = (f"{rule.findings_then:,}", f"{rule.findings_now:,}", *(f"{count:,}" if count else "" for count in counts))
        table.add_row(rule.rule_id, cell(" → ".join(versions)), *numbers)
    out.print(table)
    with replayed.opened(found.past, found.folder) as connection:
        rows = fetch(connection, "replayed_findings.sql", limit=limit)
    table = listing("finding", "change", "severity", "rule", "plant", "key", "then", "now", "otherwise", whole=("finding", "rule"))
    for row in rows:
        told = (
            row["change"],
            row["severity"],
            row["rule_id"],
            row["plant"],
            words.key_words(read(row["key"])),
            row["state_then"] or "",
            row["state_now"] or "",
        )
        table.add_row(Text(row["finding"]), *map(cell, told), cell(", ".join(row["fields"])))
    if rows:
        out.print(table)
        if len(rows) < rows[0]["all_of_them"]:
            console(error=True).print(f"{rows[0]['all_of_them']:,} findings differ, {len(rows)} shown: --limit shows more, --format json all", style="dim")


def show_lives(found: Sequence[Life]) -> None:
    """Findings night after night; nights on which nothing changed are one line."""
    out = console()
    for life in found:
        head = Text(f"{life.severity} ", style=_STYLES.get(life.severity, ""))
        out.print(head + Text(f"{life.rule_id} {words.plain(life.title)}", style="bold"))
        out.print(cell(f"{life.finding_id[:12]} · plant {life.plant} of {life.system} · {words.key_words(life.key)}", "dim"))
        table = listing("from run", "runs", "state", "event", "how much", "at risk", "because", right=("runs", "how much", "at risk"), whole=("from run",))
        for same in _runs_alike(life.nights):
            night = same[0]
            table.add_row(
                Text(night["run_id"]),
                str(len(same)),
                Text(night["state"]),
                cell(night["event"] or "not judged"),
                cell(words.quantity(_decimal(night["difference"] or night["quantity"]), night["unit"])),
                cell(words.money(_decimal(night["value_at_risk"]), night["currency"])),
                cell(night["explanation"] or (f"hangs under {night['consequence_of'][:12]}" if night["consequence_of"] else "")),
            )
        out.print(table)
        for decision in life.decisions:
            until = f" until {decision['until']}" if decision.get("until") else ""
            out.print(cell(f"{decision['decided_at']} {decision['kind']}{until} by {decision['approver']}: {decision['reason']}"))


def _runs_alike(nights: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Nights that follow on one another and say the same, together."""
    told = ("state", "event", "difference", "quantity", "value_at_risk", "explanation", "consequence_of")
    groups = itertools.groupby(nights, key=lambda night: tuple(night[name] for name in told))
    return [list(group) for _, group in groups]


def _show_compared(out: Console, sides: tuple[Side, ...]) -> None:
    names = list(dict.fromkeys(name for side in sides for name in side.compared))
    if not names:
        return
    table = listing("compared", *(side.title for side in sides))
    for name in names:
        values = [words.plain(side.compared.get(name, "")) for side in sides]
        differ = len({value for value, side in zip(values, sides, strict=True) if name in side.compared}) > 1
        table.add_row(name.replace("_", " "), *(Text(value, style="bold" if differ else "") for value in values))
    out.print(table)


def _primary(connection: duckdb.DuckDBPyConnection, finding_id: str | None) -> str | None:
    """The finding that another one hangs under, as it is named elsewhere."""
    if not finding_id:
        return None
    for one in fetch(connection, "primary.sql", finding_id=finding_id):
        return f"{finding_id[:12]} {one['rule_id']} {one['title']} ({one['state']})"
    return finding_id


def _show_rows(out: Console, side: Side) -> None:
    for rows in side.tables:
        table = listing(*rows.columns, "read from")
        table.title, table.title_justify = f"{side.title} {rows.table}", "left"
        for values, row_ref in rows.rows:
            table.add_row(*(cell(value) for value in values), cell(row_ref, "dim"))
        print_fitting(out, table)
    if side.count:
        out.print(cell(f"{side.title}: {words.many(side.count, 'row')}, digest {side.digest[:16]}", "dim"))


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
