"""The ledger: what must outlive the run files. Changes of state, decisions of people, and the hash chain over both.

SQLite by default, another database by SQLAlchemy URL. Everything is written in one transaction a run or decision, one writer at a time. Importing
this module loads SQLAlchemy (0.9 s): only the night and the commands that decide something do; readers have the run files.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from recon.errors import ConfigurationError, IntegrityError, ReconError, WorkspaceError
from recon.findings.chain import START, Event, Head, RowsDigest, as_text, event_hash
from recon.snapshots import trust
from recon.snapshots.trust import file_digest

FILE_NAME = trust.LEDGER
SCHEMA_VERSION = 1
PORTION = 20_000
"""Rows held in memory at a time, read or written."""

_Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_schema = sa.MetaData()
_event = sa.Table(
    "event",
    _schema,
    sa.Column("seq", _Number, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, unique=True),
    sa.Column("at_cut", sa.Text),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("previous_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
_transition = sa.Table(
    "transition",
    _schema,
    sa.Column("seq", _Number, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("finding_id", sa.Text, nullable=False),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("prior", sa.Text, nullable=False),
    sa.Column("next", sa.Text, nullable=False),
    sa.Column("event", sa.Text),
    sa.Column("first_seen", sa.Date),
    sa.Column("cut_date", sa.Date),
    sa.Index("transition_of_finding", "finding_id", "seq"),
)
_decision = sa.Table(
    "decision",
    _schema,
    sa.Column("event_seq", _Number, sa.ForeignKey("event.seq"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("finding_id", sa.Text, nullable=False, index=True),
    sa.Column("until", sa.Date),
    # Decimals as text: SQLite has none.
    sa.Column("quantity", sa.Text),
    sa.Column("value_at_risk", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("approver", sa.Text, nullable=False),
    sa.Column("decided_at", sa.Text, nullable=False),
)
_CHANGE = ("finding_id", "rule_id", "prior", "next", "event", "first_seen", "cut_date")
_LAST_STATES = pa.schema([("finding_id", pa.string()), ("state", pa.string()), ("first_seen", pa.date32())])
_WAIVERS = pa.schema([("finding_id", pa.string()), ("until", pa.date32()), ("quantity", pa.decimal128(18, 6)), ("value_at_risk", pa.decimal128(18, 2))])


@dataclass(frozen=True)
class Decision:
    """What a person decided about one finding."""

    kind: Literal["waive", "unwaive"]
    finding_id: str
    reason: str
    approver: str
    decided_at: str
    """ISO 8601 in UTC."""
    until: date | None = None
    """Last cut date that a waiver covers; None: until it is withdrawn."""
    quantity: Decimal | None = None
    """Beyond this a waiver no longer covers; None: no bound."""
    value_at_risk: Decimal | None = None


class Ledger:
    """An open ledger; use it as a context manager. Every method raises WorkspaceError where the database cannot be used."""

    def __init__(self, engine: sa.Engine, name: str, writable: bool) -> None:
        self._engine, self.name, self._writable = engine, name, writable

    @classmethod
    def open(cls, where: Path | str, *, write: bool = False, wait: float = 30.0) -> Self:
        """Open the ledger at a path or an SQLAlchemy URL; `write` makes one where there is none. `wait`: seconds to wait for another writer."""
        engine, name = _by_url(where) if isinstance(where, str) and "://" in where else (_sqlite(Path(where), write, wait), str(where))
        ledger = cls(engine, name, write)
        try:
            if write:
                ledger._create()
            else:
                ledger._check_version()
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def record_run(self, run: Path) -> bool:
        """Chain one event for the published run in folder `run` and keep its transitions, all in one transaction.

        True where it was recorded now, False where it already was. Raises IntegrityError where its files are not what its manifest says, or not
        what was recorded before.
        """
        manifest_file, transitions_file = run / "manifest.json", run / "transitions.parquet"
        try:
            manifest_bytes = manifest_file.read_bytes()
            manifest = json.loads(manifest_bytes)
            run_id, reference, outputs = str(manifest["run_id"]), str(manifest["reference"]), dict(manifest["outputs"])
            digests = {name: file_digest(run / name) for name in ("findings.parquet", "transitions.parquet")}
        except (KeyError, TypeError) as error:
            raise WorkspaceError(str(manifest_file), f"is not the manifest of a run: {error}", "take the folder away and run `recon run` again") from None
        except (OSError, ValueError) as error:
            raise WorkspaceError(str(run), f"is not a finished run: {error}", "take the folder away and run `recon run` again") from None
        for name, digest in digests.items():
            if outputs.get(name, digest) != digest:
                raise IntegrityError(str(run / name), "is not what the manifest of its run says", "restore it from a backup")
        manifest_digest = hashlib.sha256(manifest_bytes).hexdigest()
        payload = {"run_id": run_id, "previous_run": manifest.get("previous_run"), "manifest": manifest_digest, "files": digests}
        with self._transaction() as connection:
            known = connection.execute(sa.select(_event.c.payload).where(_event.c.run_id == run_id)).scalar_one_or_none()
            if known is not None:
                if manifest_digest not in known:
                    raise IntegrityError(str(manifest_file), "is not the manifest that was recorded for this run", "restore it from a backup")
                return False
            changes = RowsDigest()
            with pq.ParquetFile(transitions_file) as file:
                for batch in file.iter_batches(batch_size=PORTION):
                    # The driver takes rows one by one; only what changed tonight comes this way, never what is merely seen again.
                    rows = [{"run_id": run_id} | {name: row.get(name) for name in _CHANGE} for row in batch.to_pylist()]
                    if rows:
                        connection.execute(sa.insert(_transition), rows)
                        changes.add([row[name] for name in _CHANGE] for row in rows)
            self._append(connection, "run", run_id, reference, payload | {"transitions": changes.rows, "transitions_digest": changes.hex()})
        return True

    def decide(self, decision: Decision) -> Head:
        """Chain one event for a decision and keep it. Raises ConfigurationError where it lacks its reason or approver."""
        if not decision.reason.strip() or not decision.approver.strip():
            raise ConfigurationError(f"finding {decision.finding_id}", f"{decision.kind} without a reason or an approver", "name both")
        row: dict[str, Any] = {
            "kind": decision.kind,
            "finding_id": decision.finding_id,
            "until": decision.until,
            "quantity": None if decision.quantity is None else str(decision.quantity),
            "value_at_risk": None if decision.value_at_risk is None else str(decision.value_at_risk),
            "reason": decision.reason,
            "approver": decision.approver,
            "decided_at": decision.decided_at,
        }
        with self._transaction() as connection:
            head = self._append(connection, decision.kind, None, None, _plain(row))
            connection.execute(sa.insert(_decision), [row | {"event_seq": head.seq}])
        return head

    def last_states(self) -> pa.Table:
        """finding_id, state, first_seen of the last change of every finding, sorted by finding_id."""
        newest = sa.select(sa.func.max(_transition.c.seq)).group_by(_transition.c.finding_id)
        query = sa.select(_transition.c.finding_id, _transition.c.next, _transition.c.first_seen).where(_transition.c.seq.in_(newest))
        return self._table(query.order_by(_transition.c.finding_id), _LAST_STATES)

    def waivers(self) -> pa.Table:
        """finding_id, until, quantity, value_at_risk of every waiver that was not withdrawn, ended ones included, sorted by finding_id."""
        newest = sa.select(sa.func.max(_decision.c.event_seq)).group_by(_decision.c.finding_id)
        columns = (_decision.c.finding_id, _decision.c.until, _decision.c.quantity, _decision.c.value_at_risk)
        query = sa.select(*columns).where(_decision.c.event_seq.in_(newest), _decision.c.kind == "waive")
        return self._table(query.order_by(_decision.c.finding_id), _WAIVERS)

    def unrecorded(self, published: Iterable[str]) -> list[str]:
        """Those of the published run ids that the ledger does not know, oldest first: what a crash left to be finished by `record_run`."""
        with self._transaction() as connection:
            known = set(connection.execute(sa.select(_event.c.run_id).where(_event.c.run_id.is_not(None))).scalars())
        return sorted(set(published) - known)

    def recorded(self) -> dict[str, str]:
        """Run id → hash of its event, for every recorded run, oldest event first."""
        with self._transaction() as connection:
            rows = connection.execute(sa.select(_event.c.run_id, _event.c.hash).where(_event.c.run_id.is_not(None)).order_by(_event.c.seq))
            return {row.run_id: row.hash for row in rows}

    def head_of(self, run_id: str) -> Head:
        """The event of a recorded run. Raises WorkspaceError where the ledger does not know it."""
        with self._transaction() as connection:
            row = connection.execute(sa.select(_event.c.seq, _event.c.hash).where(_event.c.run_id == run_id)).one_or_none()
        if row is None:
            raise WorkspaceError(self.name, f"run {run_id} is not recorded", "the next `recon run` records it")
        return Head(row.seq, row.hash)

    def head(self) -> Head:
        """The newest event."""
        with self._transaction() as connection:
            return self._head(connection)

    def verify(self, anchors: Iterable[str] = ()) -> int:
        """Walk the chain from its first event and return how many there are.

        `anchors` are heads printed or stored elsewhere, or their first digits: each must be in the chain, or else it was cut off or built
        anew. Raises IntegrityError
        naming the first event that is not what it was.
        """
        missing = set(anchors)
        before = Head(0, START)
        with self._transaction() as connection:
            changes = _digests_by_run(connection)
            decisions = {row.pop("event_seq"): _plain(row) for row in _stream(connection, sa.select(_decision))}
            for row in _stream(connection, sa.select(_event).order_by(_event.c.seq)):
                event = Event(**row)
                problem = event.problem(before) or _content_problem(event, changes, decisions)
                if problem:
                    what = f"event {event.seq} ({event.kind}{f' {event.run_id}' if event.run_id else ''})"
                    raise IntegrityError(f"{self.name}: {what}", problem, "keep this file for the auditor and restore the last good backup")
                missing = {head for head in missing if not event.hash.startswith(head)}
                before = Head(event.seq, event.hash)
        if changes or decisions:
            what = f"transitions of run {min(changes)}" if changes else f"the decision of event {min(decisions)}"
            raise IntegrityError(f"{self.name}: event {before.seq + 1}", f"{what} is kept, its event is gone", "restore the last good backup")
        if missing:
            raise IntegrityError(f"{self.name}: event {before.seq}", f"the chain ends without the anchored head {min(missing)}", "it was cut off or built anew")
        return before.seq

    def _create(self) -> None:
        with self._transaction() as connection:
            _schema.create_all(connection)
            if connection.execute(sa.select(sa.func.count()).select_from(_event)).scalar_one() == 0:
                self._append(connection, "created", None, None, {"schema_version": SCHEMA_VERSION})
        self._check_version()

    def _check_version(self) -> None:
        with self._transaction() as connection:
            first = connection.execute(sa.select(_event.c.payload).order_by(_event.c.seq).limit(1)).scalar_one_or_none()
        try:
            version = json.loads(first or "{}").get("schema_version", SCHEMA_VERSION)
        except ValueError:
            return  # `verify` names it; until then the rest can be read
        if version > SCHEMA_VERSION:
            raise WorkspaceError(self.name, f"has schema version {version}, this recon knows up to {SCHEMA_VERSION}", "use the newer recon that wrote it")

    def _append(self, connection: sa.Connection, kind: str, run_id: str | None, at_cut: str | None, payload: dict[str, Any]) -> Head:
        before = self._head(connection)
        seq, text = before.seq + 1, as_text(payload)
        digest = event_hash(seq, kind, run_id, at_cut, text, before.hash)
        event = Event(seq, kind, run_id, at_cut, text, before.hash, digest)
        connection.execute(sa.insert(_event), [vars(event)])
        return Head(seq, digest)

    def _head(self, connection: sa.Connection) -> Head:
        row = connection.execute(sa.select(_event.c.seq, _event.c.hash).order_by(_event.c.seq.desc()).limit(1)).one_or_none()
        return Head(row.seq, row.hash) if row else Head(0, START)

    def _table(self, query: sa.Select[Any], schema: pa.Schema) -> pa.Table:
        with self._transaction() as connection:
            portions = []
            for rows in connection.execution_options(yield_per=PORTION).execute(query).partitions():
                columns = zip(*rows, strict=True)
                arrays = [
                    pa.array(column, pa.string()).cast(field.type) if pa.types.is_decimal(field.type) else pa.array(column, field.type)
                    for column, field in zip(columns, schema, strict=True)
                ]
                portions.append(pa.record_batch(arrays, schema=schema))
        return pa.Table.from_batches(portions, schema=schema)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                if self._writable and connection.dialect.name == "postgresql":
                    # A head is read and followed by one event: two writers must not follow the same one.
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7265636)")
                yield connection
        except sa.exc.DBAPIError as error:
            raise _explain(self.name, error) from None


def copy_before(ledger: Path, run_id: str, into: Path) -> None:
    """Write into a new file what a workspace's ledger held before it recorded a run: every change and decision up to then, under the same hashes.

    Raises IntegrityError where it is damaged, WorkspaceError where it cannot be read now.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(ledger.absolute()))}?mode=ro", uri=True, timeout=30.0)) as there, closing(sqlite3.connect(into)) as here:
            there.backup(here)
            event = here.execute("SELECT seq FROM event WHERE run_id = ?", [run_id]).fetchone()
            if event:  # a run that a crash kept from the ledger has none, and nothing comes after it
                with here:
                    here.execute("DELETE FROM transition WHERE run_id IN (SELECT run_id FROM event WHERE seq >= ?)", event)
                    here.execute("DELETE FROM decision WHERE event_seq >= ?", event)
                    here.execute("DELETE FROM event WHERE seq >= ?", event)
    except sqlite3.OperationalError as error:
        raise trust.unreadable(ledger, str(error)) from None
    except sqlite3.DatabaseError as error:
        raise IntegrityError(str(ledger), f"the ledger is damaged: {error}", "restore it from a backup") from None


def _by_url(address: str) -> tuple[sa.Engine, str]:
    """An engine and its name without the password."""
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        raise ConfigurationError("address of the ledger", "is not an SQLAlchemy URL", "such as postgresql+psycopg://recon@host/ledger") from None
    name = url.render_as_string(hide_password=True)
    try:
        return sa.create_engine(url), name
    except (sa.exc.ArgumentError, ImportError) as error:
        raise ConfigurationError(name, f"needs a driver that is not here: {error}", "install it beside recon, or use the ledger.db of the workspace") from None


def _sqlite(file: Path, write: bool, wait: float) -> sa.Engine:
    """An engine whose transactions are SQLite's own: the writing kind takes the write lock at its begin, so that nothing it read can change."""
    try:
        if write:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o640))
        elif not file.exists():
            raise WorkspaceError(str(file), "there is no ledger yet", "the first `recon run` makes it")
    except OSError as error:
        raise WorkspaceError(str(file), f"the ledger cannot be written: {error.strerror}", "check the folder and its permissions") from None
    address = f"file:{quote(str(file.absolute()))}?mode={'rw' if write else 'ro'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=wait, isolation_level=None, check_same_thread=False)
        # Rollback journal, not WAL: one writer a night, and readers need no file beside the ledger. EXTRA is FULL plus a sync of the folder, so
        # that a decision outlives a power cut as well.
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.NullPool)
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _explain(name: str, error: sa.exc.DBAPIError) -> ReconError:
    text = str(error.orig)
    if "not a database" in text or "malformed" in text:
        return IntegrityError(name, f"the ledger is damaged: {text}", "restore it from a backup")
    if "locked" in text:
        return WorkspaceError(name, "another process is writing the ledger", "wait until it has ended, then start again")
    if "readonly" in text and Path(f"{name}-journal").exists():
        return trust.unreadable(Path(name), text)
    if "readonly" in text:
        return WorkspaceError(name, "the ledger can only be read here", "open it where the workspace can be written, as the user that owns it")
    if "no such table" in text or 'relation "event"' in text:
        return WorkspaceError(name, f"is not a ledger: {text}", "name the ledger.db of a workspace")
    return WorkspaceError(name, f"the ledger cannot be used: {text}", "check disk space, permissions and the address")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _stream(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[dict[str, Any]]:
    for row in connection.execution_options(yield_per=PORTION).execute(query).mappings():
        yield dict(row)


def _digests_by_run(connection: sa.Connection) -> dict[str, RowsDigest]:
    columns = [_transition.c.run_id, *(_transition.c[name] for name in _CHANGE)]
    digests: dict[str, RowsDigest] = {}
    for row in connection.execution_options(yield_per=PORTION).execute(sa.select(*columns).order_by(_transition.c.seq)):
        digests.setdefault(row[0], RowsDigest()).add([row[1:]])
    return digests


def _content_problem(event: Event, changes: dict[str, RowsDigest], decisions: dict[int, dict[str, Any]]) -> str | None:
    """Why what the event vouches for is not what is kept; takes that out of `changes` and `decisions`, so that what nobody vouches for remains."""
    payload = json.loads(event.payload)
    if event.run_id is not None:
        if changes.pop(event.run_id, RowsDigest()).hex() != payload.get("transitions_digest"):
            return "its transitions are not those that were recorded"
    elif event.kind in ("waive", "unwaive") and decisions.pop(event.seq, None) != payload:
        return "its decision is not the one that was recorded"
    return None
