"""The command line: parse, call, print, exit code. One file a noun; the work is done elsewhere."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from recon import __version__, signals
from recon.cli import audit, compare, demo, doctor, findings, init, packs, proposals, replay, report, rules, run, schedule, snapshots, sql, status, trace
from recon.cli.groups import Commands, PlainGroup
from recon.cli.mistakes import mistake
from recon.cli.options import Context
from recon.cli.output import stop_printing
from recon.errors import ConfigurationError, ExitCode, ReconError


class _Edge(PlainGroup):
    """Where every command ends: what Typer would turn into an exit code that means something else here is caught first."""

    def invoke(self, ctx: Any) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            stop_printing()
            raise typer.Exit(ExitCode.CLEAN) from None
        except KeyboardInterrupt:
            raise typer.Exit(signals.ended()) from None
        except RuntimeError as error:
            if str(error) == "Query interrupted":  # a signal as the engine tells it
                raise typer.Exit(signals.ended()) from None
            raise
        except ImportError as error:
            if isinstance(error.__cause__, KeyboardInterrupt):  # a signal that met a library while it was being loaded
                raise typer.Exit(signals.ended()) from None
            raise
        except Exception as error:
            if getattr(error, "option_name", None) in ("-w", "--workspace"):
                what = "goes before the command, which does not know it"
                raise ConfigurationError("-w DIR", what, f"recon -w DIR {ctx.invoked_subcommand or 'COMMAND'} …") from None
            if said := mistake(error):
                raise said from None
            raise


app = Commands(
    name="recon",
    cls=_Edge,
    help="Proves every night that SAP, MES and quality systems describe the same factory, and says where they do not.",
    epilog="Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 incomplete, 4 integrity, 5 could not run, 130 interrupted, 143 terminated.",
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
app.command()(trace.trace)
app.command()(compare.compare)
app.command()(compare.history)
app.command()(replay.replay)
app.add_typer(proposals.app, name="proposals")
app.command()(report.report)
app.add_typer(rules.app, name="rules")
app.add_typer(packs.app, name="packs")
app.add_typer(snapshots.app, name="snapshots")
app.add_typer(audit.app, name="audit")
app.command()(doctor.doctor)
app.command()(schedule.schedule)
app.command()(sql.sql)


def main() -> None:
    """Entry point: a foreseen error is one message and its exit code; anything else is a bug and keeps its traceback."""
    signals.listen()
    try:
        app()
    except ReconError as error:
        print(f"recon: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:
        # Python would end with 1, which says that there are findings.
        traceback.print_exc()
        print("recon: this is a bug in recon; nothing half-done was published", file=sys.stderr)
        sys.exit(ExitCode.COULD_NOT_RUN)
