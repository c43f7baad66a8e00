"""A private PostgreSQL for the tests, as tests/services/start brings it up, and the ways in which recon reaches it."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg

HERE = Path(__file__).parent

Way = Literal["postgresql", "odbc"]
WAYS: tuple[Way, ...] = ("postgresql", "odbc")

READER, READERS_PASSWORD = "reader", "pa55:word@/ %"
"""The account recon logs in with; its password has everything that a URL must escape."""


@dataclass
class Server:
    """A running server, with an account that may read."""

    host: str
    port: int
    superuser: str
    password: str = field(repr=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A superuser's connection; each statement is committed."""
        with psycopg.connect(
            host=self.host, port=self.port, user=self.superuser, password=self.password, dbname=database, autocommit=True, client_encoding="utf8"
        ) as connection:
            yield connection

    def run(self, database: str, script: str) -> list[tuple[Any, ...]]:
        """Run SQL as the superuser; rows of its last statement, if it has any."""
        with self.connect(database) as connection:
            cursor = connection.execute(script.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def new_database(self, options: str = "") -> str:
        """An empty database of its own, which the reader may connect to and read."""
        name = f"plant{next(self._numbers)}"
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        self.run(name, f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}")
        return name

    def emptied(self, database: str) -> str:
        """The database as `new_database` makes it, without what tests left in it; much less work for the disk than a new one."""
        schemas = self.run(database, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'")
        self.run(database, "; ".join(f'DROP SCHEMA "{name}" CASCADE' for (name,) in schemas))
        self.run(database, f"CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO {READER}; ALTER ROLE {READER} IN DATABASE {database} RESET ALL")
        return database

    def url(self, way: Way, database: str, **changes: str) -> str:
        """The `url` of a source that reads the database, with a password in it. changes: user, password, host, port, driver."""
        parts = {"user": READER, "password": READERS_PASSWORD, "host": self.host, "port": str(self.port), "driver": "PostgreSQL Unicode"} | changes
        if way == "postgresql":
            escaped = parts["password"].replace("%", "%25").replace(":", "%3A").replace("@", "%40").replace("/", "%2F").replace(" ", "%20")
            return f"postgresql://{parts['user']}:{escaped}@{parts['host']}:{parts['port']}/{database}"
        return "odbc:Driver={{{driver}}};Server={host};Port={port};UID={user};PWD={{{password}}};".format(**parts) + f"Database={database}"


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server with its data under `folder`, which must not exist; stopped and removed at the end."""
    told = subprocess.run([HERE / "start", folder], check=True, capture_output=True, text=True, timeout=120).stdout
    values = dict(line.split("=", 1) for line in told.splitlines())
    try:
        server = Server(values["HOST"], int(values["PORT"]), values["SUPERUSER"], values["PASSWORD"])
        server.run("postgres", f"CREATE ROLE {READER} LOGIN PASSWORD '{READERS_PASSWORD}'")
        yield server
    finally:
        subprocess.run([HERE / "stop", folder], check=True, timeout=300)
