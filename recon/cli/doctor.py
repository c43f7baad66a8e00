"""`recon doctor`: can tonight's run work on this machine, with this configuration and these sources?

Everything is looked at, whatever was found before, so that one call shows all there is to mend.
"""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sized
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recon import __version__
from recon.cli.options import workspace_of
from recon.config import FILE_NAME, Settings, SourceSettings, load
from recon.errors import ExitCode, ManyErrors, ReconError, SourceError

if TYPE_CHECKING:
    from recon.canonical.packs import Pack
    from recon.sources.interface import Source

State = Literal["ok", "warning", "problem"]
Area = Literal["machine", "workspace", "configuration", "source"]

_PACKAGES = ("duckdb", "pyarrow", "polars", "pydantic", "sqlalchemy", "psycopg", "arrow-odbc", "sqlglot", "great-expectations", "pyyaml", "tzdata")
_GIB = 1024**3
_ROOM_NEEDED, _ROOM_WANTED = 1 * _GIB, 5 * _GIB
# A clock of a source ahead of ours by more than this shifts every comparison of times.
_SKEW_NOTED = timedelta(minutes=5)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    area: Area
    name: str
    state: State
    detail: str
    todo: str = ""
    """What to do about it; empty when it is well."""


Format = Annotated[Literal["table", "json"], typer.Option("--format", help="table for people, json for a monitor.")]


def doctor(ctx: typer.Context, form: Format = "table") -> None:
    """Check this machine, the workspace, its configuration and every source. Changes nothing.

    Exit code 0: a run can work; warnings alone leave it so. 2: the configuration is wrong. 5: the machine, the workspace or a source is not ready.

    Example: recon -w /srv/recon/lindau doctor
    """
    checks: list[Check] = []
    for check in examine(workspace_of(ctx)):
        checks.append(check)
        if form == "table":
            _print(check)
    if form == "json":
        typer.echo(json.dumps([asdict(check) for check in checks], indent=1, ensure_ascii=False))
    else:
        _print_sum(checks)
    raise typer.Exit(verdict(checks))


def examine(workspace: Path) -> Iterator[Check]:
    """All checks, in the order in which a newcomer mends them. Raises nothing that a check foresees."""
    yield from _machine()
    yield from _room(workspace)
    try:
        settings = load(workspace)
    except ReconError as problem:
        yield from _problems("configuration", FILE_NAME, problem)
        return
    yield Check("configuration", FILE_NAME, "ok", f"{settings.site}: {_count(settings.plants, 'plant')}, {_count(settings.sources, 'source')}")
    yield from _rules(settings, workspace)
    for name, source in settings.sources.items():
        yield from _source(name, source, workspace)


def verdict(checks: list[Check]) -> ExitCode:
    """2 for a wrong configuration, else 5 for any other problem, else 0."""
    areas = {check.area for check in checks if check.state == "problem"}
    if "configuration" in areas:
        return ExitCode.USAGE
    return ExitCode.COULD_NOT_RUN if areas else ExitCode.CLEAN


def _machine() -> Iterator[Check]:
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


def _rules(settings: Settings, workspace: Path) -> Iterator[Check]:
    """The shipped rules and the site's, and the parameters that recon.toml gives them."""
    from recon import shipped
    from recon.ruleset import parameters
    from recon.ruleset.load import load as load_rules

    try:
        rules = load_rules(shipped.folder("rules"), workspace / "rules")
    except ReconError as problem:
        yield from _problems("configuration", "rules", problem)
        return
    wrong = parameters.check(rules, settings.parameters)
    for error in wrong:
        yield from _problems("configuration", "parameters", error)
    if rules.site_files:
        from recon.ruleset import lint

        for unfit in lint.unfit(rules).values():
            wrong.append(unfit)
            yield from _problems("configuration", "rules", unfit)
    if not wrong:
        yield Check("configuration", "rules", "ok", f"{_count(rules.rules, 'rule')} over {_count(rules.pairings, 'pairing')}")


def _source(name: str, settings: SourceSettings, workspace: Path) -> Iterator[Check]:
    """Open it, ask what moment it shows, and compare its tables with what its pack reads."""
    # Readers and packs bring database drivers and DuckDB; the checks before this one can do without.
    from recon.canonical.packs import SHIPPED, load_pack
    from recon.sources import open_source

    try:
        pack = load_pack(settings.pack, [workspace / "packs", SHIPPED])
        with ExitStack() as stack:
            source = open_source(name, settings, workspace)
            if close := getattr(source, "close", None):
                stack.callback(close)
            as_of, tables = source.as_of(), set(source.tables())
            shown = _shown(name, settings, pack, as_of, tables)
            unreadable = _unreadable(source, settings, pack) if shown.state != "problem" else []
    except SourceError as problem:
        yield from _problems("source", name, problem)
    except ReconError as problem:
        yield from _problems("configuration", f"sources.{name}", problem)
    else:
        yield shown
        for error in unreadable:
            yield from _problems("source", name, error)


def _unreadable(source: Source, settings: SourceSettings, pack: Pack) -> list[SourceError]:
    """Tables of a database that are there and cannot be read, for want of a right or a column; no row is read for it."""
    errors: list[SourceError] = []
    if settings.kind == "sql":
        there = {table.lower() for table in source.tables()}
        for table in sorted(table for table in set(pack.tables) - set(settings.without) if table.lower() in there):
            try:
                source.read(table)
            except SourceError as error:
                errors.append(error)
    return errors


def _shown(name: str, settings: SourceSettings, pack: Pack, as_of: datetime, tables: set[str]) -> Check:
    """Judge what a source that answers has shown."""
    wanted = set(pack.tables) - set(settings.without)
    # Databases fold names, and so does their reader.
    known = {table.lower() for table in tables} if settings.kind == "sql" else tables
    lacking = sorted(table for table in wanted if (table.lower() if settings.kind == "sql" else table) not in known)
    shown = f"as of {as_of:%Y-%m-%d %H:%M} UTC, {_count(wanted, 'table')}"
    age = datetime.now(UTC) - (as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))
    if len(lacking) == len(wanted):
        return Check("source", name, "problem", f"holds no table of the pack {pack.name}", f"expected: {', '.join(lacking)}")
    if age < -_SKEW_NOTED:
        return Check("source", name, "warning", f"{shown}: in the future", "set this machine's clock or the source's right, or mend its time_zone")
    if age > settings.max_lag:
        return Check("source", name, "warning", f"{shown}: older than max_lag", "a run now would not evaluate its rules; wait for the next extract")
    if lacking:
        return Check("source", name, "warning", f"{shown}; lacks {', '.join(lacking)}", "rules that need these tables will not be evaluated")
    return Check("source", name, "ok", shown)


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
    if check.todo:
        typer.echo(f"{'':8} {'':13} {'':20} → {check.todo}")


def _print_sum(checks: list[Check]) -> None:
    problems = sum(check.state == "problem" for check in checks)
    warnings = sum(check.state == "warning" for check in checks)
    ready = "A run can work here." if not problems else f"Not ready: {problems} to mend."
    typer.echo(f"\n{ready}" + (f" {warnings} to know about." if warnings else ""))
