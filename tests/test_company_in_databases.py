"""The sample company out of PostgreSQL, natively and through ODBC, is the company that its files describe."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

from recon import config, run
from recon.canonical.packs import SHIPPED, load_pack
from recon.config import SourceSettings
from recon.sources import open_source
from recon.sources.sql.source import SqlSource
from tests import nights
from tests.services.postgresql import WAYS, Server, Way

TYPES = {"number": "numeric", "date": "date", "time": "time", "timestamp": "text", "text": "text", "identifier": "text"}
"""Kind of a column in a pack → its type in the database. MES timestamps stay text: the plant writes some with an offset and some without."""

SOURCES = tuple(tomllib.loads((nights.SMALL / "recon.toml").read_text(encoding="utf-8"))["sources"])


@pytest.fixture(scope="module")
def from_files(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """findings.parquet of both nights, from the files as they are delivered."""
    workspace = small_after(2, tmp_path_factory.mktemp("files") / "workspace")
    return [(nights.published(nights.SMALL, night, workspace) / "findings.parquet").read_bytes() for night in (1, 2)]


@pytest.mark.parametrize("way", WAYS)
def test_the_company_in_postgresql(way: Way, server: Server, from_files: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SAP, each MES and the QMS in a database of its own, with numbers, dates and times of SAP in columns of these types: both nights have the same
    findings, to the byte, as from German lists, a SQLite file and JSON."""
    files, workspace = tmp_path / "files", tmp_path / "workspace"
    databases = {name: server.new_database() for name in SOURCES}
    for name, database in databases.items():
        monkeypatch.setenv(f"{name.upper()}_URL", server.url(way, database))
    workspace.mkdir()
    (workspace / "recon.toml").write_text(in_databases((nights.SMALL / "recon.toml").read_text(encoding="utf-8")), encoding="utf-8")
    for night in (1, 2):
        moment = nights.deliver(nights.SMALL, night, files)
        settings = config.load(files)
        for name, database in databases.items():
            load(server, database, name, settings.sources[name], files)
        finished = run.run(workspace, moment)
        assert (finished.folder / "findings.parquet").read_bytes() == from_files[night - 1]
        # Whether a key can be judged is in the bytes above; a rule of which no key could be is not evaluated as a whole.
        lost = nights.rows(
            finished.folder, "SELECT DISTINCT reason FROM outcomes WHERE outcome <> 'evaluated' AND reason NOT LIKE 'none of % keys could be judged%'"
        )
        assert lost == []


def in_databases(text: str) -> str:
    """The company's recon.toml, with every source a database that holds the values in their own types."""
    text = re.sub(r"\[sources\.sap\.form\][^[]*", "", text)
    for name in SOURCES:
        address = f'url = "env:{name.upper()}_URL"\nas_of = "SELECT as_of FROM extract_info"'
        text = re.sub(rf'kind = "files"(.*?)path = "inbox/{name}"', rf'kind = "sql"\1{address}', text, flags=re.DOTALL)
        text = text.replace(f'url = "sqlite:///inbox/{name}/mes.db"', f'url = "env:{name.upper()}_URL"')
    return text.replace("[sources.sap]\n", "[sources.sap]\ncomplete_from = 2026-02-08T23:00:00Z\n")


def load(server: Server, database: str, name: str, settings: SourceSettings, workspace: Path) -> None:
    """What the plant's replication does: every table of the source, newly filled, with the moment it shows."""
    pack = load_pack(settings.pack, [SHIPPED])
    server.run(database, f"DROP TABLE IF EXISTS extract_info, {', '.join(pack.tables)}")
    with ExitStack() as stack:
        source = open_source(name, settings, workspace)
        if isinstance(source, SqlSource):
            stack.enter_context(closing(source))
        server.run(database, f"CREATE TABLE extract_info AS SELECT timestamptz '{source.as_of().isoformat()}' AS as_of")
        for table in set(pack.tables) & set(source.tables()):
            rows = pa.Table.from_batches(list((reading := source.read(table)).batches), reading.schema)
            assert not reading.refused
            kinds = {column.upper(): kind for column, kind in pack.tables[table].columns.items()}
            _fill(server, database, table, rows, {column: kinds.get(column.upper(), "text") for column in rows.column_names}, settings)


def _fill(server: Server, database: str, table: str, rows: pa.Table, kinds: dict[str, str], settings: SourceSettings) -> None:
    form = settings.form_of(table)
    write: dict[str, Callable[[str], str | None]] = {
        "number": lambda text: _plain(text, form.thousands, form.decimal),
        "date": lambda text: _moment(text, form.date, "%Y-%m-%d"),
        "time": lambda text: _moment(text, form.time, "%H:%M:%S"),
    }
    for index, (column, kind) in enumerate(kinds.items()):
        if kind in write:
            texts = [str(value or "").strip() for value in rows[column].to_pylist()]
            rows = rows.set_column(index, column, pa.array([write[kind](text) if text else None for text in texts], pa.string()))
    content = io.BytesIO()
    pyarrow.csv.write_csv(rows, content, pyarrow.csv.WriteOptions(include_header=False))
    # Columns of SAP's add-ons have slashes in their names.
    columns = ", ".join(f'"{column.lower()}" {TYPES[kind]}' for column, kind in kinds.items())
    server.run(database, f"CREATE TABLE {table} ({columns})")
    with server.connect(database) as connection, connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        copy.write(content.getvalue())


def _plain(text: str, thousands: str, decimal: str) -> str:
    text = text.replace(thousands, "") if thousands else text
    text = text.replace(decimal, ".")
    return "-" + text[:-1] if text.endswith("-") else text


def _moment(text: str, form: str, iso: str) -> str | None:
    """SAP's initial date, 00.00.0000, is an absence, and a column of dates can say so."""
    if not text.strip("0.-/"):
        return None
    return datetime.strptime(text, form).replace(tzinfo=UTC).strftime(iso)
