"""Which database a source's `url` means. What came from a reference is named by the reference alone, and no message holds a password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from sqlalchemy.connectors.pyodbc import PyODBCConnector
from sqlalchemy.engine.default import DefaultDialect

from recon.config import SourceSettings
from recon.errors import SourceError
from recon.sources import secrets

_PLACES = {"dsn", "driver", "server", "servername", "host", "port", "database", "db"}
"""Keywords of an ODBC connection string that may be shown."""
_FORMS = "write it as sqlite:///path/to/file.db, postgresql://user@host/database or odbc:DSN=name"


@dataclass(frozen=True)
class Address:
    """A database that can be opened."""

    kind: Literal["sqlite", "postgresql", "odbc"]
    where: str
    """How messages name the source."""
    url: sa.URL | None = field(repr=False, default=None)
    """sqlite and postgresql."""
    file: Path = Path()
    """sqlite: the database's file."""
    odbc: str = field(repr=False, default="")
    """odbc: the connection string."""
    hidden: tuple[str, ...] = field(repr=False, default=())
    """Passwords, in every spelling in which a driver may quote them."""

    def told(self, message: str) -> str:
        """A driver's message without what must not be told."""
        for secret in self.hidden:
            message = message.replace(secret, "…")
        return message


class _Odbc(PyODBCConnector, DefaultDialect):
    """Makes the connection string of any `system+pyodbc` URL."""


def find(name: str, settings: SourceSettings, workspace: Path) -> Address:
    """The address behind `settings.url`; relative files start at `workspace`. Raises SourceError."""
    assert settings.url is not None  # the settings have checked it
    referred = secrets.is_reference(settings.url)
    where = f"source {name} ({settings.url})" if referred else f"source {name}"
    text = secrets.resolve(settings.url, workspace, where) if referred else settings.url
    address = _odbc_string(text, where) if text.lower().startswith("odbc:") else _url(text, where, workspace)
    if address.hidden and not referred:
        raise SourceError(f"source {name}", "the URL holds a password", f'keep the URL outside recon.toml: sources.{name}.url = "env:NAME"')
    if referred:
        return address
    shown = {"sqlite": str(address.file), "postgresql": str(address.url), "odbc": _places(address.odbc)}[address.kind]
    return Address(address.kind, f"source {name} ({shown})", address.url, address.file, address.odbc)


def _url(text: str, where: str, workspace: Path) -> Address:
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):  # its message quotes the URL
        raise SourceError(where, "the URL cannot be understood", _FORMS) from None
    if "@" in (url.host or ""):
        raise SourceError(where, "the URL cannot be understood", "a user's or password's own @ is written %40, : is %3A and / is %2F") from None
    passwords = [str(value) for value in (url.password, *(value for key, value in url.query.items() if "password" in key.lower())) if value]
    hidden = _spellings(passwords)
    system, _, driver = url.drivername.partition("+")
    if driver == "pyodbc":
        (connection_string,), _ = _Odbc().create_connect_args(url)
        return Address("odbc", where, odbc=connection_string, hidden=(*hidden, *_passwords(connection_string)))
    if system == "sqlite":
        if not url.database or url.database == ":memory:":
            raise SourceError(where, "the URL names no database file", "write it as sqlite:///path/to/file.db")
        return Address("sqlite", where, url=url, file=workspace / url.database, hidden=hidden)
    if system in ("postgresql", "postgres"):
        return Address("postgresql", where, url=url.set(drivername="postgresql"), hidden=hidden)
    what = f"databases of kind {system} are not read directly"
    raise SourceError(where, what, "name its ODBC driver's DSN, as in odbc:DSN=name, or deliver extracts to a `files` source")


def _odbc_string(text: str, where: str) -> Address:
    connection_string = text.partition(":")[2].strip()
    if not re.match(r"\w[\w ]*=", connection_string):
        raise SourceError(where, "the connection string cannot be understood", "write it as odbc:DSN=name or odbc:Driver={…};Server=…;Database=…")
    return Address("odbc", where, odbc=connection_string, hidden=_passwords(connection_string))


def _keywords(connection_string: str) -> list[tuple[str, str]]:
    """Keyword and value of an ODBC connection string; a value in braces may hold anything."""
    return [(key.strip().lower(), value.strip()) for key, value in re.findall(r"([^=;]+)=(\{(?:[^}]|\}\})*\}|[^;]*)", connection_string)]


def _passwords(connection_string: str) -> tuple[str, ...]:
    found = [value for key, value in _keywords(connection_string) if key == "pwd" or "password" in key or "token" in key or "secret" in key]
    return _spellings([spelling for value in found for spelling in (value, value.strip("{}").replace("}}", "}"))])


def _spellings(passwords: list[str]) -> tuple[str, ...]:
    """Passwords as they are and as URLs write them, the longest first."""
    found = {spelling for password in passwords if password for spelling in (password, quote(password, safe=""), quote_plus(password))}
    return tuple(sorted(found, key=len, reverse=True))


def _places(connection_string: str) -> str:
    return "odbc:" + ";".join(f"{key}={value}" for key, value in _keywords(connection_string) if key in _PLACES)
