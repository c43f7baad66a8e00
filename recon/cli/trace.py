"""recon trace: what a batch was made of, what was made of it, where that went, and where the systems part."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from recon.cli.options import RunOption, workspace_of
from recon.errors import ConfigurationError

BatchArgument = Annotated[
    str | None,
    typer.Argument(metavar="[BATCH]", help="The batch as SAP or the MES has it, or MATERIAL/BATCH where several materials have it.", show_default=False),
]
Plant = Annotated[str | None, typer.Option("--plant", metavar="PLANT", help="The plant, where several have the batch.", show_default=False)]
System = Annotated[str | None, typer.Option("--system", metavar="SYSTEM", help="The SAP system, where several have the batch.", show_default=False)]
Forward = Annotated[bool, typer.Option("--forward", help="What was made of it, and where it went; without either option both directions.")]
Backward = Annotated[bool, typer.Option("--backward", help="What it was made of.")]
View = Annotated[Literal["joined", "sap", "mes"], typer.Option("--view", help="Draw the links of both sides, or of one alone.")]
Drill = Annotated[
    int | None,
    typer.Option(
        "--drill",
        metavar="N",
        min=1,
        help="A recall exercise instead of a BATCH: N batches drawn by the digest of the run, shipped ones first, each traced both ways: seconds, and the "
        "share of its quantity that is accounted for.",
        show_default=False,
    ),
]
TraceFormat = Annotated[
    Literal["tree", "json", "csv"],
    typer.Option("--format", help="csv is the recall list: every affected batch and every delivery of it (forward, unless --backward)."),
]


def trace(
    ctx: typer.Context,
    batch: BatchArgument = None,
    forward: Forward = False,
    backward: Backward = False,
    view: View = "joined",
    plant: Plant = None,
    system: System = None,
    drill: Drill = None,
    run: RunOption = None,
    form: TraceFormat = "tree",
) -> None:
    """Trace a batch both ways: in SAP's view, the MES's and joined, with quantities, holds, deliveries and gaps.

    Examples: recon trace B4711; recon trace 100200/B4711 --forward --format csv > recall.csv; recon trace --drill 5
    """
    from recon.genealogy import index, render
    from recon.genealogy.trace import Direction, Genealogy
    from recon.reporting import runs

    if (batch is None) == (drill is None):
        raise ConfigurationError("recon trace", "takes either a BATCH or --drill N", "as in: recon trace 100200/B4711, or recon trace --drill 5")
    chosen = runs.find_run(workspace_of(ctx), run)
    genealogy = Genealogy(index.open_index(chosen.folder, chosen.manifest))
    if drill is not None:
        from recon.genealogy.drill import drilled

        exercise = drilled(genealogy, drill)
        if form == "json":
            typer.echo(render.drill_json(genealogy, exercise))
        elif form == "csv":
            typer.echo(render.drill_csv(exercise), nl=False)
        else:
            from recon.cli import trace_tree

            trace_tree.print_drill(genealogy, exercise)
        return
    assert batch is not None
    number = genealogy.find(batch, plant, system)
    both = not (forward or backward)
    directions: list[Direction] = []
    if backward or (both and form != "csv"):
        directions.append("backward")
    if forward or both:
        directions.append("forward")
    walks = [genealogy.walk(number, direction) for direction in directions]
    if form == "json":
        typer.echo(render.trace_json(genealogy, number, walks))
    elif form == "csv":
        typer.echo(render.recall_csv(genealogy, walks), nl=False)
        for line in genealogy.doubts(one for walk in walks for one in walk.depth):
            typer.echo(f"not whole: {line}", err=True)
    else:
        from recon.cli import trace_tree

        trace_tree.print_trace(genealogy, number, walks, view)
