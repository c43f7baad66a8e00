"""`recon doctor`: can tonight's run work on this machine, with this configuration and these sources?

Everything is looked at, whatever was found before, so that one call shows all there is to mend.
"""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sized
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recon import __version__
from recon.cli.options import workspace_of
from recon.cli.run import moment
from recon.errors import ExitCode, IntegrityError, ManyErrors, ReconError, RuleError
from recon.reporting import words
from recon.snapshots import trust

if TYPE_CHECKING:
    from recon.canonical.packs import Pack
    from recon.config import SourceSettings
    from recon.prepare import Prepared
    from recon.rehearsal import Tried

State = Literal["ok", "warning", "problem"]
Area = Literal["machine", "workspace", "configuration", "source", "run"]

_PACKAGES = ("duckdb", "pyarrow", "polars", "pydantic", "sqlalchemy", "psycopg", "arrow-odbc", "sqlglot", "great-expectations", "pyyaml", "tzdata")
_INTEGRITY = "integrity"
_GIB = 1024**3
_ROOM_NEEDED, _ROOM_WANTED = 1 * _GIB, 5 * _GIB
# A source that shows a moment further ahead than this has a clock or a time zone that is wrong.
_FUTURE_NOTED = timedelta(minutes=5)
_SKEW_NOTED = timedelta(minutes=1)
_REASONS = 3
"""Reasons that the prospect of a run names, a line each."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    area: Area
    name: str
    state: State
    detail: str
    todo: str = ""
    """What to do about it; empty when it is well."""


AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="What a run for this moment could judge, instead of one now.", show_default=False)]
Format = Annotated[Literal["table", "json"], typer.Option("--format", help="table for people, json for a monitor.")]


def doctor(ctx: typer.Context, form: Format = "table", as_of: AsOf = None) -> None:
    """Check this machine, the workspace, its configuration and every source, and say what a run could judge. Changes nothing.

    Exit code 0: a run can judge something; warnings alone leave it so. 2: the configuration is wrong. 4: what earlier nights left is not what they left.
    5: the machine, the workspace or a source is not ready, or a run could judge nothing.

    Example: recon -w /srv/recon/lindau doctor
    """
    checks: list[Check] = []
    for check in examine(workspace_of(ctx), moment(as_of)):
        checks.append(check)
        if form == "table":
            _print(check)
    if form == "json":
        typer.echo(json.dumps([asdict(check) for check in checks], indent=1, ensure_ascii=False))
    else:
        _print_sum(checks)
    raise typer.Exit(verdict(checks))


def examine(workspace: Path, reference: datetime | None = None) -> Iterator[Check]:
    """All checks, in the order in which a newcomer mends them, for a run at `reference` (UTC; None: now). Raises nothing that a check foresees."""
    yield from _machine()
    yield from _room(workspace)
    yield from _integrity(workspace)
    # It brings DuckDB, which may be what is missing on this machine.
    from recon.prepare import look

    found = look(workspace)
    yield from _prepared(found, workspace)
    if found.settings and found.rules and all(source.pack in found.packs for source in found.settings.sources.values()):
        yield from _sources(found, workspace, reference or datetime.now(UTC))


def verdict(checks: list[Check]) -> ExitCode:
    """4 where something is not what it was, 2 for a wrong configuration, else 5 for any other problem, else 0."""
    problems = [check for check in checks if check.state == "problem"]
    areas = {check.area for check in problems}
    if any(check.name == _INTEGRITY for check in problems):
        return ExitCode.INTEGRITY
    if "configuration" in areas:
        return ExitCode.USAGE
    return ExitCode.COULD_NOT_RUN if areas else ExitCode.CLEAN


def _machine() -> Iterator[Check]:
    from importlib import metadata

    yield Check("machine", "python", "ok", platform.python_version())
    yield Check("machine", "recon", "ok", __version__)
    for package in _PACKAGES:
        try:
            yield Check("machine", package, "ok", metadata.version(package))
        except metadata.PackageNotFoundError:
            yield Check("machine", package, "problem", "is not installed", "install recon again: pip install -c constraints.txt .")
    yield _odbc()


def _odbc() -> Check:
    """pyodbc is always installed, but the system's libodbc, which it loads, may be absent."""
    try:
        pyodbc = import_module("pyodbc")
    except ImportError:
        todo = "needed for ODBC sources alone: apt-get install unixodbc, or dnf install unixODBC, and your database's driver"
        return Check("machine", "libodbc", "warning", "is not installed", todo)
    drivers = pyodbc.drivers()
    return Check("machine", "libodbc", "ok", f"drivers: {', '.join(drivers)}" if drivers else "no driver is registered in odbcinst.ini")


def _room(workspace: Path) -> Iterator[Check]:
    """The workspace's folder: there, writable, private enough, with room."""
    if not workspace.is_dir():
        yield Check("workspace", "folder", "problem", f"{workspace} is not a folder", "make one with `recon init DIR`, or name another with -w")
        return
    store = workspace / "store"
    try:
        with tempfile.TemporaryFile(dir=store if store.is_dir() else workspace):
            pass
    except OSError as error:
        who = "the account that runs recon must own it or be in its group with write permission"
        yield Check("workspace", "writable", "problem", f"{workspace}: {error.strerror}", who)
    else:
        yield Check("workspace", "writable", "ok", str(workspace.resolve()))
    if workspace.stat().st_mode & 0o007:
        detail = f"{workspace} is open to every account of this machine"
        yield Check("workspace", "private", "warning", detail, f"chmod o-rwx {workspace}")
    free = shutil.disk_usage(workspace).free
    detail = f"{free / _GIB:.1f} GiB free"
    if free < _ROOM_WANTED:
        state: State = "problem" if free < _ROOM_NEEDED else "warning"
        yield Check("workspace", "disk", state, detail, "move the workspace, or make room: a night keeps new parts and spills while it compares")
    else:
        yield Check("workspace", "disk", "ok", detail)


def _integrity(workspace: Path) -> Iterator[Check]:
    """Whether what earlier nights left is what they left: the chain, the manifests, and the files of the newest run."""
    if not (workspace / "store" / "runs").is_dir() and not (workspace / trust.LEDGER).exists():
        return
    from recon.findings.integrity import verify  # loads SQLAlchemy

    try:
        found = verify(workspace, every_file=False)
    except IntegrityError as problem:
        yield from _problems("workspace", _INTEGRITY, problem)
    except ReconError as problem:
        yield Check("workspace", "ledger", "problem", f"{problem.where}: {problem.what}", problem.todo)
    else:
        yield from _newest(workspace)
        if found:
            yield Check("workspace", _INTEGRITY, "ok", f"{words.many(found.events, 'event')} in the chain, {words.many(found.runs, 'run')} as recorded")


def _newest(workspace: Path) -> Iterator[Check]:
    """The newest run, after which the next must lie."""
    from recon.findings.files import BACK_FROM_THE_FUTURE, in_future

    for run_id in trust.published(workspace / "store")[-1:]:
        if in_future(run_id, datetime.now(UTC)):
            yield Check("workspace", "newest run", "problem", f"{run_id} lies in the future: no night until then can be judged here", BACK_FROM_THE_FUTURE)
        else:
            yield Check("workspace", "newest run", "ok", run_id)


def _prepared(found: Prepared, workspace: Path) -> Iterator[Check]:
    """recon.toml, the rules and the packs, by themselves and against each other."""
    from recon.config import FILE_NAME
    from recon.prepare import apart, taken_as_empty

    for error in found.errors:
        yield from _problems("configuration", "rules" if isinstance(error, RuleError) else FILE_NAME, error)
    if found.rules and found.rules.site_files:
        from recon.ruleset import lint

        for unfit in lint.unfit(found.rules).values():
            yield from _problems("configuration", "rules", unfit)
    if found.settings is None or found.rules is None or found.errors:
        return
    settings, rules = found.settings, found.rules
    yield Check("configuration", FILE_NAME, "ok", f"{settings.site}: {_count(settings.plants, 'plant')}, {_count(settings.sources, 'source')}")
    yield Check("configuration", "rules", "ok", f"{_count(rules.rules, 'rule')} over {_count(rules.pairings, 'pairing')}")
    asked = sum(len(suite.expectations) for suite in found.suites.values())
    told = f"{_count(found.suites, 'suite')}, {words.many(asked, 'expectation')}" if settings.gates.run else f"off in {FILE_NAME}: rows are not looked at"
    yield Check("configuration", "gates", "ok" if settings.gates.run else "warning", told, "" if settings.gates.run else "[gates] run = true asks them")
    for one in apart(settings, rules, found.packs):
        todo = f"not judged there for that: {', '.join(one.rules)}; write `system` the same way in every source that belongs together"
        yield Check("configuration", "system", "warning", str(one), todo)
    for empty in taken_as_empty(settings, rules, found.packs):
        # The site has said so itself: that is no fault, and yet nobody should take these rules for a watch over it.
        yield Check("configuration", "without", "ok", f"{empty}; these find nothing in it: {', '.join(empty.rules)}")


def _sources(found: Prepared, workspace: Path, reference: datetime) -> Iterator[Check]:
    """Every source as a run would find it, and then what the run could judge."""
    # Readers bring database drivers; the checks before this one can do without.
    from recon import rehearsal, sources

    assert found.settings is not None
    assert found.rules is not None
    tried = {}
    for one in rehearsal.try_sources(found.settings, found.packs, workspace, sources.open_source):
        tried[one.name] = one
        settings = found.settings.sources[one.name]
        pack = found.packs[settings.pack]
        yield from _shown(one, settings, pack, rehearsal.needed(found.rules, pack), reference)
    if found.errors:
        return  # a run would not even begin
    prospect = rehearsal.prospect(tried, found.settings, found.rules, found.packs, reference)
    at_some = f", and {prospect.partly} more at some plants only" if prospect.partly else ""
    detail = f"a run now could judge {prospect.judged} of {words.many(prospect.rules, 'rule')}{at_some}"
    state: State = "ok" if prospect.judged == prospect.rules else "warning" if prospect.judged + prospect.partly else "problem"
    reasons = list(prospect.reasons.items())
    told = [f"{_line(reason)}: not {words.rules_in_short(ids)}" for reason, ids in reasons[:_REASONS]]
    if len(reasons) > _REASONS:
        told.append(f"and for {words.many(len(reasons) - _REASONS, 'more reason')}")
    yield Check("run", "prospect", state, detail, "\n".join(told))


def _shown(tried: Tried, settings: SourceSettings, pack: Pack, needed: set[str], reference: datetime) -> Iterator[Check]:
    """Judge what a source has shown. needed: its tables that a rule depends on; others trouble nobody."""
    name = tried.name
    if tried.error or tried.as_of is None:
        if tried.error:
            yield from _problems("source", name, tried.error)
        return
    wanted = set(pack.tables) - set(settings.without)
    shown = f"as of {tried.as_of:%Y-%m-%d %H:%M} UTC, {len(wanted) - len(tried.lacking)} of {_count(wanted, 'table')}"
    skew = tried.skew or timedelta(0)
    age = reference - (tried.as_of if tried.as_of.tzinfo else tried.as_of.replace(tzinfo=UTC)) + skew
    if len(tried.lacking) == len(wanted):
        yield Check("source", name, "problem", f"holds no table of the pack {pack.name}", f"expected: {', '.join(tried.lacking)}")
    elif age < -_FUTURE_NOTED:
        yield Check("source", name, "warning", f"{shown}: in the future", "set this machine's clock or the source's right, or mend its time_zone")
    elif age > settings.max_lag:
        yield Check("source", name, "warning", f"{shown}: older than max_lag", "a run now would not evaluate its rules; wait for the next extract")
    elif missed := [table for table in tried.lacking if table in needed]:
        yield Check("source", name, "warning", f"{shown}; lacks {', '.join(missed)}", "rules that need these tables will not be evaluated")
    else:
        looks = f"; asked again for up to {settings.confirm_keys:,} keys that fire for the first time" if settings.confirm else ""
        yield Check("source", name, "ok", f"{shown}{looks}")
    from recon.findings.cuts import clock_off

    if abs(skew) > settings.max_skew:
        todo = f"a run now would not evaluate its rules; set the clock right, by NTP, or declare what is known of it: sources.{name}.skew and max_skew"
        yield Check("source", f"{name}, clock", "warning", f"{clock_off(skew)}, more than max_skew", todo)
    elif abs(skew) > _SKEW_NOTED:
        yield Check(
            "source", f"{name}, clock", "warning", f"{clock_off(skew)}: taken into account", "set the clock right, by NTP: it shifts what recon is told"
        )
    for table, problem in ((table, problem) for table, problem in tried.unusable.items() if table in needed):
        todo = f"mend the extract, or what recon.toml declares for it under sources.{name}.form or sources.{name}.tables.{table}"
        yield Check("source", f"{name}.{table}", "problem", _line(problem), todo)
    for table, problem in ((table, problem) for table, problem in tried.refused.items() if table in needed):
        yield Check("source", f"{name}.{table}", "warning", f"a row would be refused, and what needs the table not judged: {problem}", "mend the extract")


def _line(text: str) -> str:
    """A message on one line."""
    return text.replace("\n  Tip: ", " → ")


def _problems(area: Area, name: str, error: ReconError) -> Iterator[Check]:
    """One check for each thing that is wrong."""
    for problem in error.errors if isinstance(error, ManyErrors) else [error]:
        yield Check(area, name, "problem", f"{problem.where}: {problem.what}", problem.todo)


def _count(things: Sized, noun: str) -> str:
    number = len(things)
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


def _print(check: Check) -> None:
    state = typer.style(f"{check.state:8}", fg=_COLOURS[check.state])
    typer.echo(f"{state} {check.area:13} {check.name:20} {check.detail}")
    for line in check.todo.splitlines():
        typer.echo(f"{'':8} {'':13} {'':20} → {line}")


def _print_sum(checks: list[Check]) -> None:
    problems = sum(check.state == "problem" for check in checks)
    warnings = sum(check.state == "warning" for check in checks)
    ready = "" if not problems else f"Not ready: {problems} to mend. "
    prospect = next((f"{check.detail[0].upper()}{check.detail[1:]}. " for check in checks if check.area == "run"), "")
    typer.echo(f"\n{ready}{prospect}" + (f"{warnings} to know about." if warnings else ""))
