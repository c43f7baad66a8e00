"""recon run: the night."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recon.cli.options import workspace_of
from recon.cli.output import stop_printing
from recon.errors import ConfigurationError, ExitCode, ReconError
from recon.model import Severity
from recon.signals import Terminated

if TYPE_CHECKING:
    from recon.reporting.tree import Summary

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Run for this moment instead of now, such as 2026-03-10T01:15:00Z; sources are stale measured against it. At most an hour ahead of the clock.",
        show_default=False,
    ),
]
FailOn = Annotated[Severity, typer.Option("--fail-on", help="Exit with 1 where there is a finding of this severity or above.")]


Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a run that was killed: what it has read is not read again. Without --as-of, its moment is taken.")
]


def run(ctx: typer.Context, as_of: AsOf = None, fail_on: FailOn = "high", resume: Resume = False) -> None:
    """Read every source, compare, and write findings and report.

    Example: recon -w /srv/recon/lindau run
    """
    workspace = workspace_of(ctx)
    if resume and as_of is None:
        raise typer.Exit(one_night(workspace, None, fail_on, resume))
    from recon.findings.cuts import CLOCKS_AGREE

    reference = moment(as_of)
    if reference - datetime.now(UTC) > CLOCKS_AGREE:
        # Nights are judged in their order: a night of 2036 would bar every one until then.
        todo = f"this machine's clock shows {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}; look at the year, or leave --as-of out to run for now"
        raise ConfigurationError("--as-of", f"{as_of} lies in the future", todo)
    raise typer.Exit(one_night(workspace, reference, fail_on, resume))


def one_night(workspace: Path, reference: datetime | None, fail_on: Severity = "high", resume: bool = False) -> int:
    """Run and say how it ended: the summary on standard output, progress on standard error. Returns the exit code."""
    if reference:
        # Before anything slow: whoever ends this run, or finds it killed, can call it again by its name.
        print(f"run {reference:%Y%m%dT%H%M%SZ}", file=sys.stderr, flush=True)
    from recon import config
    from recon import run as night
    from recon.reporting import gather, runs, terminal

    began = time.monotonic()
    try:
        with progress() as say:
            finished = night.run(workspace, reference, fail_on, say, resume)
    except BaseException as error:
        code = told_code(error)
        _attempt(workspace, code, time.monotonic() - began)
        run_id = f"{reference:%Y%m%dT%H%M%SZ}" if reference else "unknown"
        print(f"night run={run_id} exit={code} failed={type(error).__name__} seconds={time.monotonic() - began:.1f}", file=sys.stderr, flush=True)
        raise
    if finished.already_there:
        print(f"run {finished.run_id} was there already; nothing was judged again", file=sys.stderr)
    _attempt(workspace, int(finished.exit_code), finished.seconds)
    try:
        with runs.open_run(finished.folder, *gather.SUMMARISED) as connection:
            summary = gather.summary(runs.read_run(finished.folder), config.load(workspace), connection)
        terminal.show_status(summary)
        print(f"Report: {finished.report}")
        print(night_line(summary, finished.seconds), flush=True)
    except BrokenPipeError:
        stop_printing()  # that nobody reads the summary changes nothing about the night
    return int(finished.exit_code)


def night_line(summary: Summary, seconds: float) -> str:
    """The night on one line, for grep and awk: key=value, always the same keys in the same order."""
    trust, quiet = summary.trust, summary.quiet
    found = {count.severity: count.findings for count in summary.severities}
    values = {
        "run": summary.run_id, "exit": summary.exit_code, **found, "new": sum(count.came for count in summary.severities), "in_flight": quiet.in_flight,
        "consequences": quiet.consequences, "waived": quiet.waived, "evaluated": trust.evaluated, "not_evaluated": trust.not_evaluated,
        "failed": trust.failed, "keys_not_evaluated": quiet.keys_not_evaluated, "refused": quiet.refused,
        "healed_looking": summary.second_look.healed if summary.second_look else 0, "seconds": f"{seconds:.1f}",
    }  # fmt: skip
    return "night " + " ".join(f"{name}={value}" for name, value in values.items())


def told_code(error: BaseException) -> int:
    """The exit code that the process will end with for what was raised."""
    if isinstance(error, ReconError):
        return int(error.exit_code)
    if isinstance(error, KeyboardInterrupt) or str(error) == "Query interrupted":
        return int(ExitCode.TERMINATED if isinstance(error, Terminated) else ExitCode.INTERRUPTED)
    return int(ExitCode.COULD_NOT_RUN)


def _attempt(workspace: Path, code: int, seconds: float) -> None:
    """Tell the collector how the attempt ended. Where there is no workspace yet, or the file cannot be written, nobody is kept from the night's own error."""
    from recon import config
    from recon.reporting import metrics, runs

    try:
        settings = config.load(workspace)
        known = runs.list_runs(workspace)
        body = workspace / "reports" / known[-1] / metrics.FILE if known else None
        stable = workspace / (settings.workspace.metrics or f"reports/{metrics.STABLE}")
        metrics.publish(stable, settings.site, body, datetime.now(UTC), code, seconds)
    except OSError as error:
        print(f"metrics: {error.filename or workspace} cannot be written: {error.strerror}", file=sys.stderr, flush=True)
    except ReconError:
        pass  # the night says the same


def moment(text: str | None) -> datetime:
    """A moment with its zone, in UTC; now where none is given. Raises ConfigurationError."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError("--as-of", f"{text!r} is not a time", "write it as 2026-03-10T01:15:00Z") from None
    if given.tzinfo is None:
        raise ConfigurationError("--as-of", f"{text!r} has no zone", "end it with Z for UTC, or with an offset such as +01:00")
    return given.astimezone(UTC).replace(microsecond=0)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Progress for people: one changing line on a terminal, plain lines with their time in a log."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield status.update
        return
    start = time.monotonic()

    def line(text: str) -> None:
        print(f"{time.monotonic() - start:7.1f} s  {text}", file=sys.stderr, flush=True)

    yield line
