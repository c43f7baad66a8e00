"""Tries mutants: the cases of a rule or pairing are laid out once, and each mutant is judged over them until one notices it.

Only what is broken is computed anew. All cases with the same parameters are judged in one go, each in a system of its own; a copy of each lies in a system that
cannot be judged tonight, of which nobody may say anything.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import duckdb

from recon import shipped
from recon.config import WorkspaceSettings
from recon.engines import duckdb as engine
from recon.engines.params import set_params
from recon.errors import ReconError
from recon.frontmatter import yaml_of
from recon.rule import NO_PLANT, NOTED, Pairing, Rule
from recon.ruleset import cases, load
from recon.ruleset.load import RuleSet

from .breakages import Mutant

PATIENCE = 20.0
"""Seconds after which a mutant that is still running is given up; what is right takes a fraction of one."""
NOT_READY = "~"
"""Ends the name of a system that has no cut."""

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Noticed:
    """What went otherwise than it should."""

    rule: str
    case: str | None
    """None: whatever the case; the statement does not run, has a key twice, or speaks of what is not ready."""
    how: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.case or self.how}"


@dataclass(frozen=True)
class Case:
    """One case of a rule."""

    rule: Rule
    said: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.said["case"])

    @property
    def params(self) -> dict[str, Any]:
        return self.said.get("params") or {}

    @property
    def tells(self) -> bool:
        """Whether it is about messages, so that what they say belongs to what is found."""
        return bool(self.rule.messages) and any(table.endswith(".message") for table in self.said["given"])


def cases_of(rule: Rule) -> list[Case]:
    return [Case(rule, said) for said in yaml_of(rule.cases_file.read_text(encoding="utf-8"))]


@dataclass(frozen=True)
class Layout:
    """Cases over one pairing that can be judged in one go: the parameters of the pairing and those that it builds on are the same."""

    pairing: Pairing
    cases: tuple[Case, ...]

    @cached_property
    def given(self) -> dict[str, list[dict[str, Any]]]:
        """Rows of all cases, those of each in a system of its own, and once more in one that is not ready."""
        given: dict[str, list[dict[str, Any]]] = {}
        for number, case in enumerate(self.cases):
            units = [{"plant": NO_PLANT, **row} for row in cases.UNITS]
            for table, rows in {"sap.unit_conversion": units, **case.said["given"]}.items():
                for place, row in enumerate(rows, 1):
                    named = ({} if table in NOTED else {"row_ref": f"case:{place}"}) | (
                        {"movement_id": f"{table}-{place}"} if table.endswith(".movement") else {}
                    )
                    system = f"{row.get('system', 'P01/100')}#{number}"
                    given.setdefault(table, []).extend(named | row | {"system": one} for one in (system, system + NOT_READY))
        return given

    def by_params(self, rule: Rule) -> list[tuple[Params, list[int]]]:
        """Values of the rule's own parameters, and places of its cases that have them."""
        several: dict[str, tuple[Params, list[int]]] = {}
        for number, case in enumerate(self.cases):
            if case.rule.id == rule.id:
                values = rule.front.params | {name: value for name, value in case.params.items() if name in rule.front.params}
                several.setdefault(repr(values), (values, []))[1].append(number)
        return list(several.values())


def layouts(rules: Sequence[Rule]) -> list[Layout]:
    """All cases of these rules. Those without messages come first: they are cheaper to judge; and among them the largest, as that kills most."""
    together: dict[tuple[str, str, bool], list[Case]] = {}
    for rule in rules:
        own = {name for pairing in (*rule.pairing.builds_on, rule.pairing) for name in pairing.front.params}
        for case in cases_of(rule):
            values = sorted((name, repr(value)) for name, value in case.params.items() if name in own)
            # Messages are asked for by the rule, with parameters of its own.
            which = repr((rule.id, case.params)) if case.tells else repr(values)
            together.setdefault((rule.pairing.name, which, case.tells), []).append(case)
    found = [(tells, Layout(several[0].rule.pairing, tuple(several))) for (_, _, tells), several in together.items()]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], -len(pair[1].cases)))]


@cache
def rules() -> RuleSet:
    return load.load(shipped.folder("rules"))


def tried_beside(task: tuple[str, Mutant, Sequence[Mutant]]) -> tuple[str, list[tuple[Mutant, Noticed | None]]]:
    """What became of mutants of one rule or pairing. task: whose they are, the unbroken one, which alone is returned where it is noticed, and they."""
    owner, whole, mutants = task
    found = []
    for mutant, noticed in tried(owner, [whole, *mutants]):
        if mutant is not whole:
            found.append((mutant, noticed))
        elif noticed:
            return owner, [(whole, noticed)]
    return owner, found


def tried(owner: str, mutants: Sequence[Mutant]) -> Iterator[tuple[Mutant, Noticed | None]]:
    """Each mutant of one rule or pairing, the unbroken one before them, with who noticed it."""
    alive = list(mutants)
    for layout in layouts(over(owner)):
        if not alive:
            return
        with engine.connect(WorkspaceSettings(threads=1)) as connection:
            bench = Telling(connection, layout, owner) if layout.cases[0].tells else Silent(connection, layout, owner)
            left = []
            for mutant in alive:
                if noticed := bench.noticed(mutant.sql):
                    yield mutant, noticed
                else:
                    left.append(mutant)
            alive = left
    yield from ((mutant, None) for mutant in alive)


def over(owner: str) -> list[Rule]:
    """The rules whose cases try the mutants of a rule or pairing."""
    return [rule for rule in rules().rules.values() if owner == rule.id or owner in {one.name for one in (*rule.pairing.builds_on, rule.pairing)}]


class Silent:
    """Of cases without messages, of all rules over the pairing: what the mutant leaves as it was is not computed again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, layout: Layout, owner: str) -> None:
        self.connection, self.layout, self.owner, self.shown = connection, layout, owner, ""
        self.trusted = False
        """Whether what is returned where nothing is broken has been compared with what the cases expect: the first statement tried is the unbroken one."""
        self.rule, self.pairing = layout.cases[0].rule, layout.pairing
        engine.load_canonical(connection, {})
        cuts = cases.lay_out(connection, self.rule, {"given": layout.given}, self.rule.cases_file)
        self.cuts = [cut for cut in cuts if not cut.system.endswith(NOT_READY)]
        connection.execute("CREATE SCHEMA kept")
        params = layout.cases[0].params
        for pairing in (*self.pairing.builds_on, self.pairing):
            own = pairing.front.params | {name: value for name, value in params.items() if name in pairing.front.params}
            cuts = [replace(cut, settled_until=cases.CUT - pairing.front.settle) for cut in self.cuts]
            engine.run_pairing(connection, pairing, cuts, own)
            # As tables, what a pairing sees is planned in half the time.
            for name in (*pairing.sees, "cut", "temp.params"):
                self._keep(pairing, name)
            connection.execute(f'CREATE TABLE kept."{pairing.name}" AS FROM pairing."{pairing.name}"')
        connection.execute("DROP TABLE cut")
        self.runs: list[tuple[Rule, int, list[int], list[tuple[Any, ...]]]] = []
        """Rule, number of its parameters, its cases that have them, and what it returns where nothing is broken."""
        for rule in {case.rule.id: case.rule for case in layout.cases}.values():
            for number, (values, places) in enumerate(layout.by_params(rule)):
                self._show(self.pairing)
                connection.execute("DROP VIEW temp.params")
                set_params(connection, sorted({cut.plant for cut in self.cuts}), values, (), (), str(rule.file))
                connection.execute(f'CREATE TABLE kept."params of {rule.id} {number}" AS FROM temp.params; DROP TABLE temp.params')
                _, rows = self._returned(rule, number, rule.sql)
                self.runs.append((rule, number, places, rows))
        self._show(self.pairing)

    def _keep(self, pairing: Pairing, name: str) -> None:
        self.connection.execute(f'CREATE TABLE kept."{name} of {pairing.name}" AS FROM {_quoted(name)}')
        if name == "temp.params":
            self.connection.execute("DROP TABLE temp.params")

    def _show(self, pairing: Pairing) -> None:
        """What the pairing sees."""
        seen = () if self.shown == pairing.name else (*pairing.sees, "cut")
        self.shown = pairing.name
        views = [f'CREATE OR REPLACE VIEW {_quoted(name)} AS FROM kept."{name} of {pairing.name}"' for name in seen]
        self.connection.execute("; ".join([*views, f'CREATE OR REPLACE TEMP VIEW params AS FROM kept."temp.params of {pairing.name}"']))

    def noticed(self, sql: str) -> Noticed | None:
        try:
            with self._impatient():
                found = self._noticed(sql)
        except duckdb.Error as error:
            found = Noticed(self.rule.id, None, str(error).split("\n\n")[0])
        self.trusted = True
        return found

    def _noticed(self, sql: str) -> Noticed | None:
        if self.owner == self.rule.id:
            return self._judged({self.owner: sql})
        for pairing in (*self.pairing.builds_on, self.pairing):
            broken = pairing.name == self.owner
            if not broken and pairing is not self.pairing:
                continue
            self._show(pairing)
            if noticed := self._made(pairing, sql if broken else pairing.sql):
                return noticed
            if self.trusted and not self._changed(pairing):
                return None
        return self._judged({})

    def _made(self, pairing: Pairing, sql: str) -> Noticed | None:
        table, keys = f'pairing."{pairing.name}"', ", ".join(f'"{column}"' for column in pairing.key)
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS {sql}")
        if self.connection.execute(f"SELECT 1 FROM {table} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1").fetchone():
            return Noticed(self.rule.id, None, f"{pairing.name} returns a key more than once")
        if pairing is self.pairing and self.connection.execute(f"SELECT 1 FROM {table} WHERE ends_with(system, '{NOT_READY}') LIMIT 1").fetchone():
            return Noticed(self.rule.id, None, f"{pairing.name} compares what is not ready")
        return None

    def _changed(self, pairing: Pairing) -> bool:
        now, before = f'pairing."{pairing.name}"', f'kept."{pairing.name}"'
        sql = f"SELECT EXISTS (FROM {now} EXCEPT ALL FROM {before}) OR EXISTS (FROM {before} EXCEPT ALL FROM {now})"
        (changed,) = self.connection.execute(sql).fetchall()[0]
        return bool(changed)

    def _judged(self, broken: Mapping[str, str]) -> Noticed | None:
        """What the rules make of the pairing as it now is."""
        for rule, number, places, before in self.runs:
            names, rows = self._returned(rule, number, broken.get(rule.id, rule.sql))
            if self.trusted and rows == before:
                continue
            keys = [row[: len(rule.key)] for row in rows]
            if len(set(keys)) < len(keys):
                return Noticed(rule.id, None, "returns a key more than once")
            if noticed := self._compared(rule, places, [dict(zip(names, row, strict=True)) for row in rows]):
                return noticed
        return None

    def _returned(self, rule: Rule, number: int, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        self.connection.execute(f'CREATE OR REPLACE TEMP VIEW params AS FROM kept."params of {rule.id} {number}"')
        cursor = self.connection.execute(f"SELECT * FROM ({sql.rstrip().rstrip(';')}\n) ORDER BY ALL")
        names, rows = [column[0] for column in cursor.description or ()], cursor.fetchall()
        return names, rows

    @contextmanager
    def _impatient(self) -> Iterator[None]:
        # A join turned into its opposite may multiply everything with everything: that is noticed too.
        waiting = threading.Timer(PATIENCE, self.connection.interrupt)
        waiting.start()
        try:
            yield
        finally:
            waiting.cancel()

    def _compared(self, rule: Rule, places: Sequence[int], rows: list[dict[str, Any]]) -> Noticed | None:
        """The first of these cases that expects otherwise than what the rule returned."""
        by_case: dict[int, list[dict[str, Any]]] = {place: [] for place in places}
        for row in rows:
            system, _, place = str(row["system"]).rpartition("#")
            if place.endswith(NOT_READY):
                return Noticed(rule.id, None, "a system that is not ready is judged")
            if int(place) in by_case:
                by_case[int(place)].append({**row, "system": system})
        for number, found in by_case.items():
            case = self.layout.cases[number]
            if cases.difference(case.said["expect"], found):
                return Noticed(case.rule.id, case.name)
        return None


class Telling(Silent):
    """Of cases with messages, of one rule: where it returns something else, the messages are heard as in a night."""

    def noticed(self, sql: str) -> Noticed | None:
        self.sql = sql
        return super().noticed(sql)

    def _compared(self, rule: Rule, places: Sequence[int], rows: list[dict[str, Any]]) -> Noticed | None:
        # A night has tables in the place of these views.
        self.connection.execute("DROP VIEW cut; DROP VIEW temp.params")
        try:
            rows = cases.judged(self.connection, self._broken(), {"given": self.layout.given, "params": self.layout.cases[0].params}, self.cuts)
        except ReconError as error:
            return Noticed(rule.id, None, str(error))
        finally:
            self.connection.execute("DROP TABLE cut; DROP TABLE temp.params")
            self.shown = ""
            self._show(self.pairing)
        return super()._compared(rule, places, rows)

    def _broken(self) -> Rule:
        rule, pairing = self.rule, self.pairing
        if self.owner == rule.id:
            return replace(rule, sql=self.sql)
        bases = tuple(replace(base, sql=self.sql) if base.name == self.owner else base for base in pairing.builds_on)
        return replace(rule, pairing=replace(pairing, builds_on=bases, sql=self.sql if self.owner == pairing.name else pairing.sql))


def _quoted(name: str) -> str:
    schema, _, table = name.rpartition(".")
    return f'{schema}."{table}"' if schema else table
