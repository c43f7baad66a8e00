"""What the suites say of tonight's tables: asked of Great Expectations where nobody knows it yet, and turned into what the rules may still judge.

What was said of a part that is the same, or of a table whose parts all are, is kept in store/gates: one small file an answer, and the numbers of failing
rows beside it. What no table of tonight asks for is removed from there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from recon.gates.gated import Gated
from recon.gates.process import GatesFailed, Process
from recon.gates.suite import QUERY, ROWS_BEFORE, Expectation, asked, digest
from recon.snapshots.current import identifier, literal
from recon.snapshots.parts import make_folder, write_whole

VERSION = 1
"""Raised where gates look at other rows for the same suite and parts: then nothing that was kept serves."""
EXAMPLES = 5
"""Failing rows that the report shows of one expectation."""
FOLDER = "gates"
"""Of the store: what was said of parts."""
NOT_COMPARED = "not compared"
"""Outcome of an expectation about the night before where there is none, or another finding says already that tonight's number is not believed."""

Answer = dict[str, Any]


@dataclass
class Verdicts:
    """What must not be judged tonight, and why."""

    tables: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """(source, schema.table, plant) → why rules that read it are not evaluated."""
    raw_tables: dict[tuple[str, str], str] = field(default_factory=dict)
    """(source, raw table) → the same, for what is mapped from it."""
    refused: tuple[str, ...] = ()
    """schema.table of the canonical tables of which rows were refused; the rows are in the relation gate_refused."""


@dataclass(frozen=True)
class _Job:
    """One question: some expectations of one part, or of a table as a whole."""

    gated: Gated
    expectations: tuple[Expectation, ...]
    batch: str
    tables: dict[str, str]
    sign: int
    key: str
    parameters: dict[str, int] = field(default_factory=dict)
    """What arguments are reckoned from."""


def create_relations(connection: duckdb.DuckDBPyConnection) -> None:
    """The relations gate, gate_row and gate_refused, empty."""
    connection.execute(Path(__file__).with_name("gates.sql").read_text(encoding="utf-8"))


class Gatekeeper:
    """Is shown tables as they come, asks what nobody knows of them yet while the night goes on, and says in the end what may be judged."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, store: Path, process: Process) -> None:
        self._connection, self._folder, self._process = connection, store / FOLDER, process
        self._gated: list[Gated] = []
        self._jobs: list[_Job] = []
        self._answers: dict[str, list[Answer]] = {}
        self._asked: dict[str, _Job] = {}

    def show(self, gated: Gated) -> None:
        """A table, as soon as it is there. Raises WorkspaceError where the store cannot be written."""
        self._gated.append(gated)
        self._ask(_jobs(gated))

    def decide(
        self, tables: Mapping[str, tuple[str, str]], before: Mapping[tuple[str, str], int | str], progress: Callable[[str], None] = lambda _: None
    ) -> Verdicts:
        """Wait for the answers; fill the relations gate and gate_row, and add refused rows to `refused` and gate_refused.

        tables: schema.table → SELECT of its rows of all sources, and a digest that is the same where they are; queries may read these. before: (source, table
        as its suite names it) → how many rows were looked at on the night before, or why tonight's are not compared with them. That Great Expectations failed
        is a verdict. Raises WorkspaceError where the store cannot be written.
        """
        rows = {place: _rows(self._connection, gated) for place, gated in enumerate(self._gated)}
        for place, gated in enumerate(self._gated):
            self._ask(_jobs_beyond(gated, tables))
            self._ask(_jobs_of_nights(gated, rows[place], before.get((gated.source, gated.suite.table))))
        if self._asked:
            progress(f"gates: {len(self._asked)} of {len({job.key for job in self._jobs})} questions are new")
            self._listen()
        _forget(self._folder, {job.key for job in self._jobs})
        for place, gated in enumerate(self._gated):
            own = [job for job in self._jobs if job.gated is gated]
            earlier = before.get((gated.source, gated.suite.table))
            _note(self._connection, self._folder, gated, own, self._answers, tables, rows[place], earlier)
        return _verdicts(self._connection, self._gated)

    def _ask(self, jobs: Iterable[_Job]) -> None:
        for job in jobs:
            self._jobs.append(job)
            if job.key in self._answers or job.key in self._asked:
                continue
            known = _kept(self._folder, job)
            if known is not None:
                self._answers[job.key] = known
                continue
            make_folder(self._folder)
            self._asked[job.key] = job
            rows = str(self._folder / f"{job.key}.parquet")
            question = {"batch": job.batch, "tables": job.tables, "expectations": asked(job.expectations), "parameters": job.parameters}
            self._process.ask(question | {"rows": rows})

    def _listen(self) -> None:
        why = "it was not answered"
        try:
            for job, answer in zip(self._asked.values(), self._process.answers(), strict=True):
                if isinstance(answer, str):
                    self._answers[job.key] = _failed(job, answer)
                    continue
                self._answers[job.key] = answer
                if not any(one["error"] for one in answer):
                    write_whole(self._folder / f"{job.key}.json", json.dumps(answer, sort_keys=True).encode())
        except GatesFailed as failure:
            why = str(failure)
        for job in self._asked.values():
            self._answers.setdefault(job.key, _failed(job, why))


def _jobs(gated: Gated) -> Iterator[_Job]:
    """What can be asked of a table without any other."""
    by_row = tuple(one for one in gated.suite.expectations if one.by_row)
    if by_row:
        for part in gated.parts:
            yield _Job(gated, by_row, part.rows, {}, part.sign, digest(_made_of(gated), asked(by_row), part.digest))
    together = tuple(one for one in gated.suite.expectations if not one.by_row and not one.reads and not one.compares_nights)
    if together:
        yield _Job(gated, together, gated.current, {}, 1, digest(_made_of(gated), asked(together), gated.digests))


def _jobs_beyond(gated: Gated, tables: Mapping[str, tuple[str, str]]) -> Iterator[_Job]:
    """What can be asked of it when the tables that its queries read are there."""
    for one in gated.suite.expectations:
        if one.reads and all(name in tables for name in one.reads):
            reads = {name: tables[name] for name in one.reads}
            key = digest(_made_of(gated), asked([one]), gated.digests, sorted((name, said) for name, (_, said) in reads.items()))
            yield _Job(gated, (one,), gated.current, {name: rows for name, (rows, _) in reads.items()}, 1, key)


def _jobs_of_nights(gated: Gated, rows: int, before: int | str | None) -> Iterator[_Job]:
    """What can be asked of it when it is known what the night before had. As many rows as then are as plausible as then, and nobody is asked."""
    compared = tuple(one for one in gated.suite.expectations if one.compares_nights)
    if compared and isinstance(before, int) and before != rows:
        parameters = {ROWS_BEFORE: before}
        key = digest(_made_of(gated), asked(compared), gated.digests, parameters)
        yield _Job(gated, compared, gated.current, {}, 1, key, parameters)


def _rows(connection: duckdb.DuckDBPyConnection, gated: Gated) -> int:
    """How many of its rows are looked at."""
    counted = connection.execute(f"SELECT count(*) FROM ({gated.current})").fetchone()
    assert counted is not None
    return int(counted[0])


def _made_of(gated: Gated) -> list[Any]:
    """What an answer depends on besides the question and the rows."""
    return [VERSION, version("great-expectations"), duckdb.__version__, gated.columns]


def _kept(folder: Path, job: _Job) -> list[Answer] | None:
    """What was said before; None: nothing was, or its rows are gone."""
    try:
        answers: list[Answer] = json.loads((folder / f"{job.key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = len(answers) == len(job.expectations) and all(answer.keys() >= {"met", "unexpected", "observed", "error"} for answer in answers)
    rows_there = not any(answer["unexpected"] for answer in answers) or (folder / f"{job.key}.parquet").is_file() if whole else False
    return answers if rows_there else None


def _failed(job: _Job, why: str) -> list[Answer]:
    return [{"met": False, "unexpected": None, "observed": None, "error": why} for _ in job.expectations]


def _forget(folder: Path, keys: set[str]) -> None:
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.stem not in keys:
            with contextlib.suppress(OSError):
                file.unlink()


def _note(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    gated: Gated,
    jobs: Sequence[_Job],
    answers: Mapping[str, list[Answer]],
    tables: Mapping[str, tuple[str, str]],
    rows: int,
    before: int | str | None,
) -> None:
    """Put together what was said of the parts of a table. rows: that were looked at; before: the same on the night before, or why they are not compared."""
    for expectation in gated.suite.expectations:
        own = [(job, job.expectations.index(expectation)) for job in jobs if expectation in job.expectations]
        said = [answers[job.key][place] for job, place in own]
        found = _Failing(0, [], None)
        if any(one["unexpected"] for one in said):
            found = _failing(connection, folder, gated, expectation, [each for each, one in zip(own, said, strict=True) if one["unexpected"]])
        error = next((one["error"] for one in said if one["error"]), None)
        without = [name for name in expectation.reads if name not in tables]
        told = None
        if error:
            outcome, told = "error", error
        elif without:
            outcome, told = "not looked at", f"no source provides {', '.join(without)}"
        elif expectation.compares_nights and not isinstance(before, int):
            outcome, told = NOT_COMPARED, before or "no night before has looked at it"
        elif expectation.by_row:
            outcome = "failed" if found.rows else "met"
        else:
            outcome = "met" if all(one["met"] for one in said) else "failed"
            if said and said[0]["observed"] is not None and expectation.type != QUERY:
                told = f"observed: {said[0]['observed']}"
            if expectation.compares_nights:
                told = f"observed: {rows}, the night before: {before}"
        everywhere = not found.plants or "*" in found.plants or outcome != "failed"
        connection.execute(
            "INSERT INTO gate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                gated.source, gated.suite.table, expectation.number, expectation.type,
                json.dumps(expectation.kwargs, default=str, ensure_ascii=False, sort_keys=True), expectation.words, expectation.action, expectation.reason,
                outcome, rows, found.rows or None if outcome == "failed" else None, told,
                ", ".join(gated.plants if everywhere else found.plants) if outcome not in ("met", NOT_COMPARED) else None, found.examples,
            ],
        )  # fmt: skip


@dataclass(frozen=True)
class _Failing:
    """The current rows that fail one expectation."""

    rows: int
    plants: list[str]
    examples: str | None
    """JSON of the first of them: row_ref, and the row as JSON text."""


def _failing(connection: duckdb.DuckDBPyConnection, folder: Path, gated: Gated, expectation: Expectation, said: Sequence[tuple[_Job, int]]) -> _Failing:
    """Those of the failing rows that are current; refused ones are kept. said: the jobs that told of failing rows, and the expectation's place in each."""
    files = (
        f"SELECT _row * {job.sign} AS _row FROM read_parquet({literal(folder / f'{job.key}.parquet')}) WHERE _expectation = {place + 1}" for job, place in said
    )
    query = str(expectation.kwargs.get("unexpected_rows_query", "")).replace(",", " ").split()
    mentioned = [name for name in gated.columns if name in expectation.columns or name in query or f"b.{name}" in query]
    shown = dict.fromkeys((*gated.key, *mentioned))
    told = ", ".join(f"{identifier(name)}: {identifier(name)}" for name in shown)
    columns = ", ".join(identifier(name) for name in dict.fromkeys(("_row", "row_ref", "plant", *shown)))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE failing AS SELECT {columns} FROM ({gated.current}) SEMI JOIN ({' UNION ALL '.join(files)}) USING (_row)")
    row = f"left(CAST(to_json({{{told}}}) AS VARCHAR), 1000)"
    if expectation.action == "refuse":
        connection.execute(f"""
            INSERT INTO gate_row
            SELECT {literal(gated.source)}, {literal(gated.suite.table)}, {expectation.number}, row_ref, {row} FROM failing""")
    counted = connection.execute("SELECT count(*), list(DISTINCT plant ORDER BY plant) FROM failing").fetchone()
    assert counted is not None
    rows = connection.execute(f"SELECT row_ref, {row} FROM (FROM failing ORDER BY abs(_row), _row LIMIT {EXAMPLES})").fetchall()
    connection.execute("DROP TABLE failing")
    examples = json.dumps([{"row_ref": row_ref, "row": text} for row_ref, text in rows], ensure_ascii=False)
    return _Failing(int(counted[0]), [plant for plant in counted[1] or () if plant], examples if rows else None)


def _verdicts(connection: duckdb.DuckDBPyConnection, gated: Sequence[Gated]) -> Verdicts:
    """What follows from the outcomes. Refused rows are kept, whatever else follows."""
    connection.execute(Path(__file__).with_name("refused.sql").read_text(encoding="utf-8"))
    verdicts = Verdicts()
    names = [(one.source, one.suite.table) for one in gated]
    found = connection.execute(
        """
        SELECT source, gated, expected, action, reason, outcome, failed, said, plants
        FROM gate WHERE outcome NOT IN ('met', ?) ORDER BY source, gated, expectation""",
        [NOT_COMPARED],
    ).fetchall()
    for source, table, expected, action, reason, outcome, failed, said, plants in found:
        if not _closes(table, action, outcome, failed):
            continue
        what = f"{failed:,} row{'s' if failed != 1 else ''} failed" if failed else "failed" if outcome == "failed" else outcome
        why = f"gate on {table}, {expected}: {what}{f' ({said})' if said else ''}; {reason}"
        if "/" in table:
            verdicts.raw_tables.setdefault((source, table.partition("/")[2]), why)
        else:
            for plant in plants.split(", "):
                verdicts.tables.setdefault((source, table, plant), why)
    of_rows = {(source, table) for source, table in connection.execute("SELECT DISTINCT source, gated FROM gate_refused").fetchall()}
    verdicts.refused = tuple(dict.fromkeys(table for source, table in names if (source, table) in of_rows and "/" not in table))
    return verdicts


def _closes(table: str, action: str, outcome: str, failed: int | None) -> bool:
    """Whether what reads the table is not evaluated. What errs is never passed over; nor is a refused row of a raw table, which may have gone anywhere."""
    if outcome == "error":
        return True
    if outcome == "not looked at":
        return action != "warn"
    return action == "not evaluated" or (action == "refuse" and ("/" in table or not failed))
