"""recon run: the night."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recon.cli.options import workspace_of
from recon.cli.output import stop_printing
from recon.errors import ConfigurationError
from recon.model import Severity

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

    with progress() as say:
        finished = night.run(workspace, reference, fail_on, say, resume)
    if finished.already_there:
        print(f"run {finished.run_id} was there already; nothing was judged again", file=sys.stderr)
    try:
        with runs.open_run(finished.folder, *gather.SUMMARISED) as connection:
            terminal.show_status(gather.summary(runs.read_run(finished.folder), config.load(workspace), connection))
        print(f"Report: {finished.report}", flush=True)
    except BrokenPipeError:
        stop_printing()  # that nobody reads the summary changes nothing about the night
    return int(finished.exit_code)


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
