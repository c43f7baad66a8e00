"""The report as one HTML file that needs nothing else: no network, no server, no fonts, no second file.

A strict Content-Security-Policy lets only this file's own style and script run, named by their hashes; texts are escaped by the template,
and what the script shows later it writes as text, never as markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jinja2
from markupsafe import Markup

from recon.config import Settings
from recon.model import FAMILIES, SEVERITIES
from recon.reporting import words
from recon.reporting.evidence import QUANTITIES
from recon.reporting.gather import report as gather_report
from recon.reporting.latency import HEIGHT, WIDTH, charts
from recon.reporting.listing import Packed, pack
from recon.reporting.runs import Run, open_run, read_run
from recon.reporting.tree import Cause, Cell, Judging, Report, Summary
from recon.shipped import folder
from recon.snapshots.parts import make_folder


def write_report(run_dir: Path, out_dir: Path, settings: Settings) -> Path:
    """Render the run in `run_dir` to `out_dir`/index.html and return that path. The same run gives the same bytes.

    Raises IntegrityError where the run is not whole.
    """
    run = read_run(run_dir)
    with open_run(run_dir) as connection:
        text = render(run, gather_report(run, settings, connection), pack(connection))
    make_folder(out_dir)
    file = out_dir / "index.html"
    partial = file.with_name(".index.html.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.chmod(0o640)
    partial.replace(file)
    return file


def render(run: Run, report: Report, packed: Packed) -> str:
    """The whole page as text."""
    assets = folder("reports")
    style, script = _asset(assets / "report.css"), _asset(assets / "words.js") + _asset(assets / "report.js")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(families=FAMILIES, severities=SEVERITIES, words=words, local=_Clock(report.summary), heat=_heat)
    environment.globals.update(chart_width=WIDTH, chart_height=HEIGHT)
    return environment.get_template("report.html.j2").render(
        report=report,
        summary=report.summary,
        trust=report.summary.trust,
        packed=packed,
        about=_for_the_script(run, report, packed),
        night_to=_night_to(report.summary),
        coverage=_coverage(report.judgings),
        causes=[_CauseView(cause) for cause in report.summary.causes],
        by_rule=[_CauseView(cause) for cause in report.by_rule],
        charts=charts(report.summary.latencies),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


class _Clock:
    """A moment on a plant's clock, with UTC for the hover; callable from the template."""

    def __init__(self, summary: Summary) -> None:
        self._summary = summary

    def __call__(self, value: datetime | None, plant: str, form: str = "%d %b %H:%M") -> Markup:
        if value is None:
            return Markup("")
        text = words.local(value, self._summary.plant(plant).time_zone, form)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), words.utc(value), text)


def _night_to(summary: Summary) -> Markup:
    """The moment of the run, on the plants' clock where they share one: the sources' moments beside it are on theirs."""
    zones = {plant.time_zone for plant in summary.plants}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        summary.reference.isoformat(), words.utc(summary.reference), f"{words.local(summary.reference, zone, '%A %d %B %Y, %H:%M')} {zone}"
    )


@dataclass(frozen=True)
class _CauseView:
    """A cause with its money in words and the filter that lists its findings."""

    cause: Cause

    @property
    def money(self) -> str:
        return " · ".join(words.about(each.amount, each.currency) for each in self.cause.money)

    @property
    def filter(self) -> dict[str, str]:
        return {"rule": self.cause.rule_id} if self.cause.rule_id else {"cause": self.cause.text}


@dataclass(frozen=True)
class Coverage:
    """How the rules of one family ended, over all plants."""

    prefix: str
    judgings: tuple[Judging, ...]
    not_judged: int


def _coverage(judgings: Sequence[Judging]) -> list[Coverage]:
    found = []
    for prefix in FAMILIES:
        own = tuple(each for each in judgings if each.rule_id.startswith(f"{prefix}-"))
        if own:
            found.append(Coverage(prefix, own, sum(each.outcome != "evaluated" for each in own)))
    return found


def _heat(cell: Cell) -> str:
    """The class that colours a cell. What was not judged has none of the colours of what was."""
    if cell.judged == "none" and not cell.critical + cell.high + cell.lesser:
        return "none"
    if cell.judged == "not":
        return "blind"
    if cell.critical:
        colour = "c3" if cell.critical >= 10 else "c2" if cell.critical >= 3 else "c1"
    elif cell.high:
        colour = "h3" if cell.high >= 50 else "h2" if cell.high >= 10 else "h1"
    elif cell.judged == "none":
        return "blind"
    else:
        colour = "calm" if cell.lesser else "clear"
    if colour == "clear" and cell.empty == cell.rules:
        return "none"
    if cell.judged == "whole":
        return colour
    return f"{'blind' if colour in ('calm', 'clear') else colour} part"


def _asset(file: Path) -> Markup:
    """A file that ships with recon, as it is; never a site's text."""
    return Markup(file.read_text(encoding="utf-8").replace("\r\n", "\n"))  # noqa: S704


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _for_the_script(run: Run, report: Report, packed: Packed) -> Markup:
    """What the script needs besides the list; safe inside a script element because every < is written as an escape."""
    summary = report.summary
    titles = {line.rule_id: line.title for line in report.worst} | {judging.rule_id: judging.title for judging in report.judgings}
    rules = {rule_id: {"title": title, **run.rules.get(rule_id, {})} for rule_id, title in titles.items()}
    about = {
        "run": summary.run_id,
        "plants": {plant.plant: [plant.name, plant.time_zone] for plant in summary.plants},
        "quantities": sorted(QUANTITIES),
        "families": FAMILIES,
        "rules": rules,
        "listed": packed.listed,
    }
    text = json.dumps(about, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for letter in "&<>\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 (nothing that could end the element is left in it)
