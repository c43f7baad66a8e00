"""One source is one SAP client: rows of another one are refused, and where nobody says which is meant, a mixture is not used at all."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from recon.canonical.packs import RawTable


@dataclass(frozen=True)
class Clients:
    """The clients of one raw table."""

    kept: str
    """SQL condition on a row: it is of the client that is meant."""
    client: str | None
    """The one client whose rows are kept; None: the table has no rows, or no client."""
    problem: str | None
    """What is wrong, in a sentence; None: all rows are of one client, the declared one if there is one."""
    usable: bool
    """Whether the rows that are kept can be used."""


def judge(connection: duckdb.DuckDBPyConnection, table: RawTable, relation: str, declared: str | None, source: str) -> Clients:
    """Count the clients in `relation`, SQL of typed rows. declared: the client that the rows of the source must have."""
    if table.client is None:
        return Clients("true", None, None, True)
    column = '"' + table.client + '"'
    counted = connection.execute(f"SELECT {column}, count(*) FROM {relation} WHERE {column} IS NOT NULL GROUP BY ALL ORDER BY ALL").fetchall()
    if declared is None:
        if len(counted) > 1:
            mixed = " and ".join(f"{client} ({rows:,} row{'' if rows == 1 else 's'})" for client, rows in counted)
            return Clients("false", None, f"{table.name} mixes the clients {mixed}; declare which one is meant: sources.{source}.client", False)
        return Clients("true", counted[0][0] if counted else None, None, True)
    others = [(client, rows) for client, rows in counted if client != declared]
    if not others:
        return Clients("true", declared if counted else None, None, True)
    told = ", ".join(client for client, _ in others)
    rows = sum(rows for _, rows in others)
    what = f"{rows:,} row{'s' if rows > 1 else ''} of {table.name} belong{'s' if rows == 1 else ''} to client {told}, and the source is of client {declared}"
    return Clients(f"coalesce({column} = '{declared}', true)", declared, what, True)


def refuse_others(connection: duckdb.DuckDBPyConnection, source: str, table: RawTable, relation: str, clients: Clients) -> int:
    """Put the rows that are not kept into `refused`, by number alone: whole extracts may be of the wrong client. Returns how many they are."""
    if clients.kept == "true":
        return 0
    reason = f"concat('client ', \"{table.client}\", ', where the source is of client {clients.client}')" if clients.client else "'a mixture of clients'"
    count = connection.execute(
        f"INSERT INTO refused SELECT ?, ?, _row, {reason}, '' FROM {relation} WHERE NOT ({clients.kept})", [source, table.name]
    ).fetchone()
    assert count is not None
    return int(count[0])


def across_tables(source: str, clients: dict[str, str]) -> str | None:
    """What to say where the tables of a source are of several clients and none is declared. clients: raw table → its client."""
    if len(set(clients.values())) < 2:
        return None
    told = ", ".join(f"{table} of {client}" for table, client in sorted(clients.items()))
    return f"its tables are of several clients ({told}); declare which one is meant: sources.{source}.client"
