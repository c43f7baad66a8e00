"""Databases as sources: SQLite files, PostgreSQL servers, and whatever has an ODBC driver.

address.py says which database a URL means, source.py is the Source over any of them, and there is one module a kind of database.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources.sql.address import Address, find
from recon.sources.sql.database import Database
from recon.sources.sql.source import SqlSource


def _sqlite(address: Address, settings: SourceSettings) -> Database:
    from recon.sources.sql.sqlite import SqliteFile

    return SqliteFile(address, settings)


def _postgresql(address: Address, settings: SourceSettings) -> Database:
    from recon.sources.sql.postgresql import PostgresqlServer

    return PostgresqlServer(address, settings)


def _odbc(address: Address, settings: SourceSettings) -> Database:
    try:
        from recon.sources.sql.odbc import OdbcDatabase
    except (ImportError, OSError) as error:
        if "libodbc" not in str(error):
            raise
        todo = "apt-get install unixodbc, or dnf install unixODBC, and your database's driver"
        raise SourceError(address.where, "libodbc is not installed", todo) from None
    return OdbcDatabase(address, settings)


# Each kind is imported when a source of it is opened: drivers are slow to import, and the library below one may be absent.
DATABASES: dict[str, Callable[[Address, SourceSettings], Database]] = {"sqlite": _sqlite, "postgresql": _postgresql, "odbc": _odbc}
"""Kind of an address → what opens it."""


def open_sql(name: str, settings: SourceSettings, workspace: Path) -> SqlSource:
    """Open the database and hold one snapshot of it until `close`. Raises SourceError; no message tells a secret."""
    address = find(name, settings, workspace)
    return SqlSource(name, settings, address.where, DATABASES[address.kind](address, settings))
