"""recon rules: what is looked for, checked and explained."""

from __future__ import annotations

import csv
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer

from recon.cli.groups import Commands
from recon.cli.options import workspace_of
from recon.errors import ExitCode, ManyErrors, ReconError
from recon.reporting.words import many, site_file

app = Commands(no_args_is_help=True, help="List, show, test and check the rules.")

Format = Annotated[Literal["table", "json"], typer.Option("--format", help="How to print it.")]
RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="Its ID, such as CON-001.")]
RuleIds = Annotated[list[str] | None, typer.Argument(metavar="[RULE]...", help="Only these; default: all.", show_default=False)]


def _load(ctx: typer.Context) -> tuple[Any, Any]:
    """The rules in force in the workspace, or the shipped ones where there is no workspace; and the site's settings, if there are any."""
    from recon import config, shipped
    from recon.ruleset import load, profiles

    workspace = workspace_of(ctx)
    if not workspace.is_dir():
        raise config.missing(workspace)
    site = config.load(workspace) if (workspace / config.FILE_NAME).exists() else None
    folders = [shipped.folder("rules"), workspace / "rules"]
    rules = load.load(folders[0], folders[1])
    return rules.without(profiles.switched_off(site.rules, folders, rules.rules) if site else {}), site


@app.command("list")
def list_rules(ctx: typer.Context, form: Format = "table") -> None:
    """List the rules in force.

    Example: recon rules list
    """
    rules, _ = _load(ctx)
    rows = [
        {name: getattr(rule.front, name) for name in ("id", "title", "severity", "status", "owner", "over")}
        | ({"status": "off"} if rule.off else {})
        | {"from": "site" if rule.file in rules.site_files else "shipped", "version": rule.version}
        for rule in rules.rules.values()
    ]
    if form == "json":
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from recon.cli.tables import print_rows

    print_rows(["rule", "title", "severity", "status", "owner", "over", "from"], [tuple(row.values())[:-1] for row in rows])


@app.command()
def show(ctx: typer.Context, rule: RuleArgument, form: Format = "table") -> None:
    """Explain one rule: what it means, its parameters, whom each value is for and where it comes from, and its SQL.

    Example: recon rules show STK-001
    """
    rules, site = _load(ctx)
    found = rules.rule(rule)
    # What is wrong in recon.toml is told before anything of the page.
    believed = _believed(rules, found, site)
    in_force = {owner: _values(rules, owner, thing, site) for owner, thing in ((found.id, found), (found.pairing.name, found.pairing))}
    if form == "json":
        about = found.front.model_dump(mode="json") | {
            "off": found.off,
            "in_force": {what: {"value": value, "from": source} for what, value, source in _in_force(rules, found, site)},
            "believed": [{name: row[name] for name in ("field", "plant", "believed", "from")} for row in believed],
            "version": found.version,
            "key": list(found.key),
            "parameters": in_force,
            "sql": found.sql,
        }
        typer.echo(json.dumps(about, indent=1, ensure_ascii=False))
        return
    from recon.cli.tables import print_rows

    front = found.front
    typer.echo(f"{found.id}  {front.title}\n")
    facts = {
        "authority": front.authority,
        "judges": front.judges,
        "version": found.version,
        "over": f"{found.pairing.front.title} (pairing {found.pairing.name})",
        "compares": ", ".join(front.compares) or None,
        "key": ", ".join(found.key),
        "file": str(found.file),
        "hangs under": ", ".join(other.rule for other in front.yields_to) or None,
        "messages of": _carried(found),
        "why": front.rationale,
        "false alarms": front.false_positives,
        "put right": front.remedy,
    }
    for name, value in facts.items():
        if value is not None:
            typer.echo(f"{name:>13}  {value}")
    for own in rules.site:
        if own.name in (found.id, found.pairing.name):
            typer.echo(f"{'of the site':>13}  {site_file(own.kind, own.name, own.instead, own.waits, own.approved_by)}")
    print_rows(["in force", "value", "from"], _in_force(rules, found, site))
    if site:
        print_rows(
            ["field", "at plant", "believed", "from"],
            [(row["field"] or "all", row["plant"], row["believed"], row["from"]) for row in believed],
        )
    rows = [
        (owner, name, json.dumps(one["value"], ensure_ascii=False), one["from"], None if one is value else _for_whom(one))
        for owner, values in in_force.items()
        for name, value in values.items()
        for one in (value, *value["where"])
    ]
    if rows:
        print_rows(["of", "parameter", "value", "from", "for"], rows)
    typer.echo(f"\n{found.sql}")


def _in_force(rules: Any, rule: Any, site: Any) -> list[tuple[str, str, str]]:
    """What holds of the rule besides parameters and sides: what it is, its value, and where that comes from."""
    from recon.config import as_written

    of_file, of_pairing = ("site rule" if file in rules.site_files else "shipped" for file in (rule.file, rule.pairing.file))
    owner = site.owners.get(rule.id) if site else None
    workflow = rule.pairing.front.workflow
    times = site.workflows.get(workflow) if site else None
    settle = times.settle if times else None
    said = [
        ("severity", rule.front.severity, of_file),
        ("status", f"switched off: {rule.off}" if rule.off else rule.front.status, "recon.toml, [rules]" if rule.off else of_file),
        ("owner", owner or rule.front.owner, f"recon.toml, owners.{rule.id}" if owner else of_file),
    ]
    if settle is not None:
        said.append(("settle time", as_written(settle), f"recon.toml, workflows.{workflow}.settle"))
    else:
        said.append(("settle time", as_written(rule.pairing.front.settle), of_pairing))
    return said


def _believed(rules: Any, rule: Any, site: Any) -> list[dict[str, Any]]:
    """The rule's rows of the source-of-truth matrix."""
    return [row for row in _matrix(rules, site) if row["rule"] == rule.id]


def _matrix(rules: Any, site: Any) -> list[dict[str, Any]]:
    """The source-of-truth matrix. Raises ConfigurationError or ManyErrors where [authority] in recon.toml is wrong."""
    from recon.ruleset import authority

    if site and (wrong := authority.check(rules, site.authority, site.plants)):
        raise wrong[0] if len(wrong) == 1 else ManyErrors(wrong)
    return list(authority.matrix(rules, site))


def _carried(rule: Any) -> str | None:
    """Workflows whose messages put its findings in flight, or explain them."""
    names = ", ".join(sorted({name for declared in rule.messages for name in declared.workflows}))
    return f"{names}; they only explain, and put nothing in flight" if names and all(one.only_explain for one in rule.messages) else names or None


def _values(rules: Any, owner: str, thing: Any, site: Any) -> dict[str, dict[str, Any]]:
    """Parameter → its value for the whole site, where it comes from, and `where`: the values of parts of it, of which a later one wins.

    Raises ConfigurationError or ManyErrors where the owner's entries in recon.toml do not fit it.
    """
    from recon.ruleset import parameters

    given = {owner: site.parameters[owner]} if site and owner in site.parameters else {}
    if wrong := parameters.check(rules, given, site.plants if site else ()):
        raise wrong[0] if len(wrong) == 1 else ManyErrors(wrong)
    days = parameters.days(site, datetime.now(UTC)) if site else {}
    values: dict[str, dict[str, Any]] = {
        name: {"value": value, "from": source, "where": []} for name, (value, source) in parameters.in_force(thing, given).items()
    }
    for number, one in enumerate(parameters.overrides(thing, given), 1):
        for name, value in one.values.items():
            told = {"value": value, "from": f"recon.toml, entry {number}", "in_force": bool(parameters.on(days, [one]))}
            selectors = {"plant": one.plants, "order_type": one.order_types, "material_group": one.material_groups}
            told |= {selector: list(chosen) for selector, chosen in selectors.items() if chosen is not None}
            told |= {"effective_from": one.effective_from.isoformat()} if one.effective_from else {}
            values[name]["where"].append(told)
    return values


def _for_whom(told: dict[str, Any]) -> str:
    """An entry's selectors in words."""
    parts = [f"{name.replace('_', ' ')} {', '.join(told[name])}" for name in ("plant", "order_type", "material_group") if name in told]
    if "effective_from" in told:
        parts.append(f"from {told['effective_from']} on" + ("" if told["in_force"] else ", not yet"))
    return "; ".join(parts) or "all"


@app.command()
def matrix(ctx: typer.Context, form: Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How to print it.")] = "table") -> None:
    """Print the source-of-truth matrix: which side is believed, for every rule, field and plant, who says so, and where it is corrected.

    Example: recon rules matrix --format csv > source-of-truth.csv
    """
    rows = _matrix(*_load(ctx))
    if form == "json":
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    elif form == "csv":
        writer = csv.DictWriter(sys.stdout, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        from recon.cli.tables import print_rows

        print_rows(["rule", "what", "field", "plant", "believed", "from", "corrected in", "in force", "owner"], [tuple(row.values()) for row in rows])


@app.command("profiles")
def list_profiles(ctx: typer.Context, form: Format = "table") -> None:
    """List the profiles, which switch rules on in phases, and how many rules each has.

    Example: recon rules profiles
    """
    from recon import shipped
    from recon.ruleset import profiles

    rules, site = _load(ctx)
    folders = [shipped.folder("rules"), workspace_of(ctx) / "rules"]
    chosen = site.rules.profile if site else None
    rows: list[dict[str, Any]] = [
        {"name": one.name, "title": one.title, "rules": sorted(one.rules), "in_use": name == chosen, "file": str(one.file)}
        for name in profiles.names(folders)
        for one in [profiles.load(name, folders, rules.rules)]
    ]
    if form == "json":
        typer.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from recon.cli.tables import print_rows

    listed = [(row["name"], row["title"], len(row["rules"]), "in use" if row["in_use"] else None) for row in rows]
    print_rows(["profile", "what it is for", "rules", ""], [*listed, ("none", "Every rule is on", len(rules.rules), None if chosen else "in use")])


@app.command()
def lint(ctx: typer.Context) -> None:
    """Check every rule and action file: front matter, SQL within the allow-list, cases, corrections; and the suites of gates: names, columns, arguments.

    Example: recon rules lint
    """
    from recon.ruleset import lint as linting

    rules, _ = _load(ctx)
    problems = linting.lint(rules)
    suites = 0
    try:
        suites = len(_suites(ctx))
    except ManyErrors as errors:
        problems += errors.errors
    except ReconError as error:
        problems.append(error)
    for problem in problems:
        typer.echo(str(problem))
    for file in rules.site:
        if file.waits:
            typer.echo(f"{file.kind} {file.name} of the site: not checked, for it is not in force ({file.waits})")
    counted = ((len(rules.pairings), "pairing"), (len(rules.rules), "rule"), (len(rules.actions), "action"))
    checked = f"{', '.join(many(number, what) for number, what in counted)} and {many(suites, 'suite')} checked"
    typer.echo(f"{checked}, {many(len(problems), 'problem')}")
    raise typer.Exit(ExitCode.USAGE if problems else ExitCode.CLEAN)


def _suites(ctx: typer.Context) -> Sized:
    """The suites of gates in force, held to the tables of every pack."""
    from recon.canonical import packs
    from recon.prepare import suites_of

    workspace = workspace_of(ctx)
    folders = [workspace / "packs", packs.SHIPPED]
    return suites_of(workspace, {name: packs.load_pack(name, folders) for name in packs.names(folders)})


@app.command("test")
def run_cases(ctx: typer.Context, only: RuleIds = None) -> None:
    """Run the cases that lie beside the rules.

    Example: recon rules test CON-001
    """
    from recon.ruleset import cases

    rules, _ = _load(ctx)
    chosen = [rules.rule(rule_id) for rule_id in only] if only else list(rules.rules.values())
    failed = total = 0
    with _watched(len(chosen)) as begin:
        for rule in chosen:
            begin(rule.id)
            for result in cases.run_cases(rules, rule):
                total += 1
                if result.problem:
                    failed += 1
                    typer.echo(f"{rule.id}: {result.name}\n    {result.problem}")
    typer.echo(f"{many(total, 'case')} of {many(len(chosen), 'rule')}, {failed:,} failed")
    raise typer.Exit(ExitCode.USAGE if failed else ExitCode.CLEAN)


@contextmanager
def _watched(rules: int) -> Iterator[Callable[[str], None]]:
    """On a terminal, one changing line says which rule is tested; elsewhere nothing does."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    done = itertools.count(1)
    with Console(stderr=True).status("loading") as status:
        yield lambda rule_id: status.update(f"{rule_id}, {next(done)} of {rules}")
