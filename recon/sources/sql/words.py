"""What drivers and servers say, in words that tell what to do. One table, whichever way the server was reached."""

from __future__ import annotations

import re

from recon.config import SourceSettings
from recon.errors import SourceError

_SAYS = (
    # what the driver says (SQLSTATE and text), what is told, what to do; {message} is the driver's own text, {…} a setting of the source
    (
        r"28P01|28000|password authentication failed|no pg_hba|no password supplied|Access denied for user|Login failed",
        "the server refused the login",
        "check the user and password behind the source's url, and that the server lets this machine in",
    ),
    (r"3D000|database \S+ does not exist", "the server has no database of this name", "check the source's url"),
    (
        r"failed to resolve host|could not translate host name|name or service not known|unknown server host",
        "the host's name is not known here",
        "check the host in the source's url, and this machine's name service",
    ),
    (
        r"connection refused|no route to host|network is unreachable",
        "no server answers at its host and port",
        "check that the server is up, and the port and the firewalls on the way",
    ),
    (r"53300|too many clients|too many connections", "the server has no connection left", "give recon's account one, or let the run start at another time"),
    (r"57P03|the database system is", "the server is starting up, shutting down or recovering", "let the run start later"),
    (
        r"57014|statement timeout|query timeout|HYT00|S1T00",
        "a statement ran longer than statement_timeout ({statement_timeout})",
        "declare a lighter query or a watermark, or raise the source's statement_timeout",
    ),
    (
        r"timeout expired|timed out|connection timeout|HYT01",
        "the server did not answer within {connect_timeout}",
        "check that it is up and reachable, or raise the source's connect_timeout",
    ),
    (
        r"57P0[12]|terminating connection|server closed the connection|connection to the server was lost|no connection to the server|"
        r"could not receive data|could not send|SSL SYSCALL|connection reset|communication link failure|08S01",
        "the server ended the connection before all was read",
        "look at the server's log; the table counts as incomplete until a run has read it whole",
    ),
    (r"25006|read-only transaction", "refused, because it would write: {message}", "recon reads, and nothing else: make it a query that only reads"),
    (r"42501|permission denied", "{message}", "let the server's administrator GRANT SELECT on it to the account that recon reads with"),
    (
        r"40001|invalid snapshot identifier|snapshot too old|conflict with recovery",
        "the server gave up the snapshot: {message}",
        "a run that starts at a quieter time will get it",
    ),
    (r"42P01|42703|42601|42883|42S02|42S22|42000|syntax error", "{message}", "check the table's query in recon.toml"),
    (
        r"IM002|Can't open lib|IM003|data source name not found",
        "its ODBC driver or data source name is not installed: {message}",
        "`odbcinst -q -d` and `odbcinst -q -s` list those that are; `recon doctor` says what is missing",
    ),
    (r"SSL|certificate|channel binding", "no secured connection could be made: {message}", "check sslmode and certificates in the source's url"),
    (
        r"without truncation",
        "a text is longer than longest_text ({longest_text} bytes), and none is cut: {message}",
        "raise the source's longest_text, or declare a query that leaves the column out",
    ),
    (r"22021|invalid byte sequence|invalid UTF", "a text in it is not of the encoding that the server declares", "declare a query that leaves the column out"),
)


def explained(where: str, state: str, message: str, settings: SourceSettings) -> SourceError:
    """The error for what a driver says. state: SQLSTATE or ""; message: without secrets."""
    message = " ".join(message.split())
    said = f"{state} {message}"
    values = {"message": message, "statement_timeout": settings.statement_timeout, "connect_timeout": settings.connect_timeout}
    for pattern, what, todo in _SAYS:
        if re.search(pattern, said, re.IGNORECASE):
            return SourceError(where, what.format(**values, longest_text=settings.longest_text), todo)
    return SourceError(where, f"the database says: {message}")
