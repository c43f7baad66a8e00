"""Rows of a database read again, the same night: parts that lie over the state of their tables (docs/decisions/0024).

What was answered is noted in the folder of the half-built run, so that a run that resumes a killed one does not ask a second time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from recon import __version__
from recon.config import SourceSettings
from recon.errors import SourceError
from recon.model import Overlay, Part, SourceSnapshot
from recon.snapshots.current import file_of, identifier, literal
from recon.snapshots.journal import FOLDER
from recon.snapshots.manifest import json_of_overlay, json_of_table, overlay_of_json
from recon.snapshots.parts import incoming, make_folder, part_path, write_part_from_query, write_whole
from recon.snapshots.table import told
from recon.sources.interface import Rereading, Source

Opener = Callable[[str, SourceSettings, Path], Source]


@dataclass(frozen=True)
class Asked:
    """What one source was asked for, in the words of canonical tables."""

    keys: Mapping[str, Sequence[str]]
    """Column → values."""
    looks: Sequence[str]
    """`schema.table by column` of each table that was asked for them."""

    @property
    def count(self) -> int:
        return sum(map(len, self.keys.values()))


@dataclass(frozen=True)
class Question:
    """Which rows of a table are wanted again."""

    look: str
    """What it is asked for."""
    canonical: str
    """Table of this look that the rows are mapped to: the one asked for, or one beneath it."""
    table: str
    column: str
    """As the pack calls it."""
    asked: Part
    """The values, as the source writes them: the one column `value`."""

    @property
    def name(self) -> Name:
        """What no two questions to one source share."""
        return self.look, self.canonical, self.table, self.column


Name = tuple[str, str, str, str]
"""Look, canonical table, table and column of a question."""


@dataclass(frozen=True)
class Answer:
    """What one source said at the second look: everything that it was asked, or nothing."""

    as_of: datetime | None
    """UTC; None where it did not answer."""
    overlays: Mapping[Name, Overlay] = field(default_factory=dict)
    """Name of a question → the rows."""
    problem: str | None = None
    """Why it did not answer; None: it did."""


Asking = Callable[[Mapping[Name, Overlay]], Sequence[Question]]
"""What is to be asked next, given what was answered; nothing: all is."""


def ask(asking: Asking, read: SourceSnapshot, settings: SourceSettings, open_source: Opener, partial: Path, connection: duckdb.DuckDBPyConnection) -> Answer:
    """Ask a source, in one snapshot of it, for the rows that are wanted again. What it cannot give is the `problem` of the answer.

    read: the source as it was read tonight; partial: the folder that the run is built in. Raises WorkspaceError where the store cannot be written.
    """
    questions = asking({})
    note = _Note(partial, questions, read, settings)
    if known := note.answer():
        return known
    workspace = partial.parents[2]
    settings = settings.model_copy(update={"statement_timeout": settings.confirm_timeout})
    try:
        with ExitStack() as stack:
            source = open_source(read.name, settings, workspace)
            if close := getattr(source, "close", None):
                stack.callback(close)
            where = f"source {read.name}"
            if not isinstance(source, Rereading):
                raise SourceError(where, "cannot be asked for single rows")
            as_of = source.as_of()
            if read.as_of and as_of < read.as_of:
                raise SourceError(where, f"shows {as_of:%Y-%m-%d %H:%M:%S}Z, which is before the moment that it was read at")
            overlays: dict[Name, Overlay] = {}
            given: dict[tuple[str, str, str], Overlay] = {}
            while questions:
                for one in questions:
                    same = (one.table, one.column, one.asked.digest)
                    given[same] = overlays[one.name] = given.get(same) or _overlay(one, source, as_of, read, workspace / "store", connection)
                questions = asking(overlays)
    except SourceError as error:
        # Its statements have a limit of their own.
        return Answer(None, problem=told(error, workspace).replace("statement_timeout", "confirm_timeout"))
    answer = Answer(as_of, overlays)
    note.keep(answer)
    return answer


def _overlay(question: Question, source: Rereading, as_of: datetime, read: SourceSnapshot, store: Path, connection: duckdb.DuckDBPyConnection) -> Overlay:
    where = f"source {read.name}, table {question.table}"
    values = [value for (value,) in connection.execute(f"SELECT value FROM {file_of(store, question.asked)} ORDER BY value").fetchall()]
    reading = source.reread(question.table, question.column, values)
    close: Any = getattr(reading.batches, "close", lambda: None)
    with ExitStack() as stack:
        stack.callback(close)
        file = stack.enter_context(incoming(store, reading.batches, reading.schema))
        cursor = stack.enter_context(closing(connection.cursor()))
        if reading.refused:
            raise SourceError(where, f"has rows that cannot be read: {reading.refused[0].reason}")
        names = reading.schema.names
        column = next(name for name in names if name.upper() == question.column.upper())
        listed = ", ".join(identifier(name) for name in names)
        # A source may compare otherwise than letter by letter: what is taken away from its state and what comes instead are chosen in one way.
        same = f"CAST({identifier(column)} AS VARCHAR) IN (SELECT value FROM {file_of(store, question.asked)})"
        rows = f"SELECT row_number() OVER (ORDER BY {listed}) AS _row, {listed} FROM read_parquet({literal(file)}) WHERE {same} ORDER BY _row"
        part = write_part_from_query(store, rows, cursor)
    if part.columns != read.tables[question.table].columns:
        raise SourceError(where, "has other columns than when it was read")
    return Overlay(as_of, column, question.asked, part)


class _Note:
    """What a source answered, noted beside the journal of its reading; by the first questions, for the others follow from the answers."""

    def __init__(self, partial: Path, questions: Sequence[Question], read: SourceSnapshot, settings: SourceSettings) -> None:
        asked = [[*one.name, one.asked.digest, json_of_table(read.tables[one.table])] for one in questions]
        told = json.dumps([__version__, read.as_of.isoformat() if read.as_of else None, settings.model_dump(mode="json"), asked], sort_keys=True)
        self._told = hashlib.sha256(told.encode()).hexdigest()
        self._store = partial.parents[1]
        self._file = partial / FOLDER / f"second-look-{hashlib.sha256(read.name.encode()).hexdigest()}.json"

    def answer(self) -> Answer | None:
        """The answer to these questions; None: none is noted."""
        try:
            entry = json.loads(self._file.read_text(encoding="utf-8"))
            if entry["told"] != self._told:
                return None
            overlays = {(look, canonical, table, column): overlay_of_json(one) for look, canonical, table, column, one in entry["overlays"]}
            as_of = datetime.fromisoformat(entry["as_of"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not all(part_path(self._store, part.digest).is_file() for one in overlays.values() for part in (one.asked, one.rows)):
            return None
        return Answer(as_of, overlays)

    def keep(self, answer: Answer) -> None:
        assert answer.as_of is not None
        overlays = [[*name, json_of_overlay(one)] for name, one in answer.overlays.items()]
        make_folder(self._file.parent)
        write_whole(self._file, json.dumps({"told": self._told, "as_of": answer.as_of.isoformat(), "overlays": overlays}).encode())
