"""python -m tests.rules.mutants [RULE | PAIRING | FAMILY]… [--share | --json] [--processes N]    (`nox -s mutants`)

Tries what is not known from an earlier run (.nox/mutants.jsonl), prints what survives and the share. A survivor means that a case is missing, or that
the mutant means the same (tests/rules/survivors.yaml says of which ones, and why). Ends with 1 where a rule's cases notice nothing at all, or something
survives unexplained. `--share` and `--json` try nothing, and print what is known.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

from .bench import Noticed, rules
from .beside import tried
from .breakages import Mutant, mutants, unbroken
from .known import Known
from .share import Outcomes, as_json, as_markdown, unknown_explanations


def _statements(wanted: Iterable[str]) -> dict[str, tuple[str, str, Iterable[str]]]:
    """Rule or pairing → its family, its SQL and its parameters: rules first, or those that are wanted. A pairing is of the family whose folder it lies in."""
    known, only = rules(), set(wanted)
    families = {rule.file.parent: rule.id.partition("-")[0] for rule in known.rules.values()}
    statements = {rule.id: (families[rule.file.parent], rule.sql, tuple(rule.front.params)) for rule in known.rules.values()}
    statements |= {pairing.name: (families[pairing.file.parent], pairing.sql, tuple(pairing.front.params)) for pairing in known.pairings.values()}
    if unknown := only - set(statements) - set(families.values()):
        raise SystemExit(f"no rule, pairing or family: {', '.join(sorted(unknown))}")
    return {owner: told for owner, told in statements.items() if not only or owner in only or told[0] in only}


def main(wanted: Iterable[str], told: str | None, processes: int) -> int:
    statements, known = _statements(wanted), Known()
    every = {owner: tuple(mutants(owner, sql, params)) for owner, (_, sql, params) in statements.items()}
    left = {owner: [mutant for mutant in several if not known.of(mutant)[0]] for owner, several in every.items()}
    wrong = [] if told else _try(known, {owner: several for owner, several in left.items() if several}, statements, processes)
    outcomes = [
        Outcomes(owner, statements[owner][0], owner in rules().rules, several, {one.what: known.of(one)[1] for one in several if known.of(one)[0]})
        for owner, several in every.items()
    ]
    if told == "json":
        print(json.dumps(as_json(outcomes), indent=2, ensure_ascii=False))
        return 0
    for one in outcomes:
        if survivors := [what for what, why in one.survivors if why is None]:
            print(f"{one.owner}:\n    " + "\n    ".join(survivors) + "\n")
    print(as_markdown(outcomes) + "\n")
    blind = [f"{one.owner}: its cases notice nothing" for one in outcomes if one.notices_nothing]
    stale = [f"survivors.yaml explains what is noticed, or not there: {one}" for one in unknown_explanations(outcomes)]
    print("\n".join([*wrong, *blind, *stale]))
    return int(bool(wrong or blind or stale) or any(one.share.unexplained for one in outcomes)) if not told else 0


def _try(known: Known, left: dict[str, list[Mutant]], statements: dict[str, tuple[str, str, Iterable[str]]], processes: int) -> list[str]:
    """Try what is not known; returns whom something notices that is not broken."""
    wrong, began, number, total = [], time.monotonic(), 0, sum(map(len, left.values()))
    for owner, found in _outcomes([(owner, unbroken(owner, statements[owner][1]), several) for owner, several in left.items()], processes):
        if found[0][0].what == "nothing":
            wrong.append(f"{owner}: not broken, and yet {found[0][1]} fails")
            continue
        for mutant, noticed in found:
            known.note(mutant, noticed)
        number += len(found)
        survived = sum(noticed is None for _, noticed in found)
        print(f"{time.monotonic() - began:8.0f} s  {number:,} of {total:,}  {owner}: {survived} of {len(found)} survive", file=sys.stderr, flush=True)
    return wrong


def _outcomes(tasks: Sequence[tuple[str, Mutant, list[Mutant]]], processes: int) -> Iterator[tuple[str, list[tuple[Mutant, Noticed | None]]]]:
    if processes == 1:
        yield from map(tried, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(tried, tasks)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Break every rule in one place at a time, and see whether its cases notice.")
    parser.add_argument("only", nargs="*", metavar="RULE|PAIRING|FAMILY", help="only these")
    parser.add_argument("--share", action="store_const", const="markdown", dest="told", help="try nothing, print what is known")
    parser.add_argument("--json", action="store_const", const="json", dest="told", help="the same for a program")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    sys.exit(main(given.only, given.told, given.processes))
