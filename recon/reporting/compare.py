"""Two runs side by side: what is new, gone, or changed in state or value, and where that proves nothing because one of them could not judge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from recon.reporting.json import exact_json
from recon.reporting.runs import Run, fetch, query
from recon.snapshots import trust

if TYPE_CHECKING:
    import duckdb


@contextmanager
def opened(before: Run, after: Run) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with `compared`. Raises IntegrityError where a file of either is not what its manifest says."""
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as connection:
        for name, run in (("one", before), ("other", after)):
            trust.check_outputs(run.folder, run.manifest, ["findings.parquet", "outcomes.parquet"])
            for view, file in ((name, "findings"), (f"outcomes_of_{name}", "outcomes")):
                path = str(run.folder / f"{file}.parquet").replace("'", "''")
                connection.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet('{path}')")
        macro = query("judged.sql").partition("CREATE VIEW")[0]
        connection.execute(macro)
        connection.execute(query("compared.sql"))
        yield connection


def write_json(connection: duckdb.DuckDBPyConnection, before: Run, after: Run, out: BinaryIO) -> None:
    """The comparison as one JSON object: the runs, counts by rule, rules that one of them did not judge, and every finding that differs."""
    head = {
        "before": before.run_id,
        "after": after.run_id,
        "rules": fetch(connection, "compared_rules.sql"),
        "judged_in_one_alone": fetch(connection, "compared_outcomes.sql"),
    }
    out.write(exact_json(head)[:-1].encode() + b', "findings": [')
    cursor = connection.execute(query("compared_json.sql"))
    separator = b"\n"
    while rows := cursor.fetchmany(5_000):
        out.write(separator + ",\n".join(row[0] for row in rows).encode())
        separator = b",\n"
    out.write(b"]}\n")
