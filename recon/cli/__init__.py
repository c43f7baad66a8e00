"""The command line: parse, call, print, exit code. One file a noun; the work is done elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from recon import __version__
from recon.cli import demo, doctor, findings, init, report, rules, run, sql, status
from recon.cli.options import Context
from recon.errors import ExitCode, ReconError

app = typer.Typer(
    name="recon",
    help="Proves every night that SAP, MES and quality systems describe the same factory, and says where they do not.",
    epilog="Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 incomplete, 4 integrity, 5 could not run, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"recon {__version__}")
        raise typer.Exit


@app.callback()
def _before(
    ctx: typer.Context,
    workspace: Annotated[
        Path, typer.Option("-w", "--workspace", envvar="RECON_WORKSPACE", metavar="DIR", help="The workspace; goes before the command.")
    ] = Path(),
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    ctx.obj = Context(workspace)


app.command()(init.init)
app.command()(demo.demo)
app.command()(run.run)
app.command()(status.status)
app.command()(findings.findings)
app.command()(findings.show)
app.command()(report.report)
app.add_typer(rules.app, name="rules")
app.command()(doctor.doctor)
app.command()(sql.sql)


def main() -> None:
    """Entry point: a foreseen error is one message and its exit code; anything else is a bug and keeps its traceback."""
    try:
        app()
    except ReconError as error:
        print(f"recon: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("recon: interrupted; nothing half-done was published", file=sys.stderr)
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone, as in `recon findings | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.CLEAN)
