"""What rules make of it: chains, pairings and rules, the findings' states, proposals."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from recon.corrections.propose import propose as propose_all
from recon.engines import duckdb as engine
from recon.engines import messages
from recon.engines.genealogy import relations
from recon.errors import ReconError, RuleError
from recon.findings import collect, cuts, files, life
from recon.findings.cuts import Readiness
from recon.gates import effects
from recon.genealogy import index
from recon.night.state import Night
from recon.rule import NO_PLANT, Override, Pairing, Rule
from recon.ruleset import authority, parameters
from recon.ruleset import load as ruleset


def trace(night: Night) -> None:
    """Follow what was made of what along whole chains: the index that traces are served from, and what rules read of it."""
    night.progress("tracing what was made of what")
    relations.link(night.connection)
    relations.prepare(night.connection, {name for rule in night.rules.rules.values() if rule.in_force for name in rule.pairing.traced})
    without = {name: source.without for name, source in night.settings.sources.items()}
    index.write(night.connection, night.partial, night.run_id, night.snapshot, night.supplies, without, night.verdicts.tables)


def judge(night: Night) -> None:
    """Run every pairing once and the rules over it, for the plants that can be judged."""
    collect.prepare(night.connection, {name: plant.currency for name, plant in night.settings.plants.items()})
    intake = night.intake
    unfit = _unfit(night.rules)
    days = parameters.days(night.settings, night.reference)
    active = [rule for rule in night.rules.rules.values() if rule.in_force]
    judged: list[Rule] = []
    firing: list[Rule] = []
    broken: dict[str, RuleError] = {}
    for pairing in needed(active):
        over = [rule for rule in active if rule.pairing.name == pairing.name]
        ready = cuts.readiness(pairing, intake)
        night.readiness[pairing.name] = ready
        where = cuts_of(ready)
        night.progress(f"comparing: {pairing.front.title}")
        try:
            _refuse(pairing, unfit)
            for base in pairing.builds_on:
                if base.name in broken:
                    raise broken[base.name]
            with _timed(night, f"pairing.{pairing.name}"):
                engine.run_pairing(night.connection, pairing, where, *params(night, pairing, days))
                effects.leave_out(night.connection, pairing, night.verdicts.refused)
                population = engine.population(night.connection, pairing)
        except RuleError as error:
            broken[pairing.name] = error
            for rule in over:
                night.outcomes += files.outcomes(rule, ready, failed=str(error))
            continue
        for rule in over:
            try:
                _refuse(rule, unfit)
                with _timed(night, rule.id):
                    result = engine.run_rule(night.connection, rule, where, *params(night, rule, days))
                    fired, unjudged = collect.collect(night.connection, rule, result, night.settings.owners.get(rule.id, rule.front.owner))
            except RuleError as error:
                night.outcomes += files.outcomes(rule, ready, failed=str(error))
                continue
            judged.append(rule)
            firing += [rule] if any(fired.values()) else []
            night.outcomes += files.outcomes(rule, ready, population=population, fired=fired, unjudged=unjudged)
    night.judged = [rule.id for rule in judged]
    night.firing = [rule.id for rule in firing]


def relate(night: Night) -> None:
    """Find the rows behind every finding, let messages explain it, and hang consequences under their primary."""
    # What found nothing has no rows behind it, and neither yields nor is yielded to; on most nights that is most rules.
    firing = [night.rules.rules[rule_id] for rule_id in night.firing]
    collect.gather_rows(night.connection, firing)
    night.unheard = cuts.unheard(night.intake)
    explain(night, firing, {name: cuts_of(ready) for name, ready in night.readiness.items()})
    for wrong in collect.subordinate(night.connection, firing):
        night.progress(str(wrong))


def explain(night: Night, firing: Sequence[Rule], plants: Mapping[str, Sequence[engine.Cut]]) -> None:
    """Let the messages between the systems say which findings are on their way, and why others are there. plants: pairing → those that it was judged for."""
    carried_by = {name: workflow.carried_by for name, workflow in night.settings.workflows.items()}
    if firing and messages.hear(night.connection, night.rules.carried, carried_by, cuts.silent(night.unheard, night.intake)):
        zones = {name: plant.time_zone for name, plant in night.settings.plants.items()}
        explained, held = collect.explain(night.connection, firing, plants, zones)
        night.progress(f"{explained:,} findings explained by messages, {held:,} in flight with them")


def settle(night: Night) -> None:
    """Take the findings one night further: new, open, resolved, reopened, in flight, unsettled."""
    from recon.findings.ledger import FILE_NAME, Ledger

    with Ledger.open(night.workspace / FILE_NAME, write=True) as ledger:
        states, waivers = ledger.last_states(), ledger.waivers()
    files.remember(night.connection, night.store, states, waivers, night.outcomes, night.readiness, night.settings, night.rules.rules)
    advanced = life.advance(night.connection)
    night.progress(f"{advanced.findings:,} findings, {advanced.transitions:,} of them changed")


def propose(night: Night) -> None:
    """Propose what would put each finding right, or say why nothing does."""
    today = parameters.days(night.settings, night.reference)
    days = {(source.system, plant): today[plant] for source in night.settings.sources.values() for plant in source.plants}
    supplied = {
        (supply.table, night.settings.sources[supply.source].system, plant)
        for supply in night.supplies
        # A table that the site does not have is complete for the rules, and tells nothing.
        if not supply.problem and not set(supply.reads) <= set(night.settings.sources[supply.source].without)
        for plant in night.settings.sources[supply.source].plants
    }
    found = propose_all(
        night.connection,
        night.rules.rules,
        night.rules.actions,
        night.judged,
        collect.relation,
        collect.rows_behind,
        sorted(supplied),
        [(system, plant, day) for (system, plant), day in sorted(days.items())],
        night.settings.corrections.value_limit,
        authority.of_site(night.rules, night.settings),
    )
    night.progress(f"{found.proposed:,} corrections proposed, {found.refused:,} refused by a guard, {found.none:,} findings without one")


def needed(rules: Sequence[Rule]) -> list[Pairing]:
    """Pairings that `rules` are over, and before them the ones that these build on."""
    over = {rule.pairing.name: rule.pairing for rule in rules}
    bases = {base.name: base for pairing in over.values() for base in pairing.builds_on}
    return sorted((over | bases).values(), key=lambda pairing: (bool(pairing.builds_on), pairing.name))


def _unfit(rules: ruleset.RuleSet) -> dict[Path, ReconError]:
    if not rules.site_files:
        return {}
    from recon.ruleset import lint  # takes half a second, and only sites with rules of their own need it

    return lint.unfit(rules)


def _refuse(thing: Rule | Pairing, unfit: dict[Path, ReconError]) -> None:
    """A rule of the site's that does not lint is not run: it failed, and the others go on."""
    if thing.file in unfit:
        raise unfit[thing.file]


def params(night: Night, thing: Rule | Pairing, days: Mapping[str, date]) -> tuple[dict[str, Any], list[Override]]:
    """The site's values, and those that hold tonight for a part of it. days: plant → the day there."""
    values = {name: value for name, (value, _) in parameters.in_force(thing, night.settings.parameters).items()}
    if (thing.pairing if isinstance(thing, Rule) else thing).plantless:
        days = {NO_PLANT: min(days.values())}
    return values, parameters.on(days, parameters.overrides(thing, night.settings.parameters))


def cuts_of(ready: Sequence[Readiness]) -> list[engine.Cut]:
    """The plants of a pairing that can be judged, as the engine takes them."""
    return [
        engine.Cut(one.system, one.plant, naive(one.cut), naive(one.settled_until), naive(one.complete_from) if one.complete_from else None, one.day)
        for one in ready
        if one.cut and one.settled_until and one.day
    ]


def naive(moment: datetime) -> datetime:
    """UTC without its zone: the engine's TIMESTAMP."""
    return moment.replace(tzinfo=None)


@contextmanager
def _timed(night: Night, what: str) -> Iterator[None]:
    """Note how long it takes; the log tells it."""
    began = time.perf_counter()
    try:
        yield
    finally:
        night.seconds[what] = round(time.perf_counter() - began, 3)
