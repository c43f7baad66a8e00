"""recon sql: a run for anyone with SQL."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from recon.cli.options import RunOption, workspace_of
from recon.errors import ConfigurationError, IntegrityError

if TYPE_CHECKING:
    import duckdb

_TABLES = """
SELECT CASE schema_name WHEN 'main' THEN view_name ELSE schema_name || '.' || view_name END AS name
FROM duckdb_views() WHERE NOT internal ORDER BY schema_name <> 'main', schema_name, view_name"""
Query = Annotated[str | None, typer.Argument(metavar="[QUERY]", help="A SELECT; from standard input where none is given.", show_default=False)]
Format = Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="How to print the answer.")]


def sql(ctx: typer.Context, query: Query = None, run: RunOption = None, form: Format = "table") -> None:
    """Query a run: findings, evidence, outcomes, not_evaluated, refused, transitions, and the canonical tables such as sap.movement.

    Example: recon sql "SELECT rule_id, count(*) FROM findings GROUP BY ALL ORDER BY ALL"
    """
    import duckdb

    from recon.config import WorkspaceSettings
    from recon.engines.duckdb import connect
    from recon.findings import views
    from recon.reporting import runs

    chosen = runs.find_run(workspace_of(ctx), run)
    if query is None:
        if sys.stdin.isatty():
            raise ConfigurationError("recon sql", "has no query", 'write it behind the command, as in: recon sql "SELECT * FROM findings LIMIT 10"')
        query = sys.stdin.read()
    with connect(WorkspaceSettings()) as connection:
        views.create_views(connection, chosen.folder)
        _shut(connection, chosen.folder.absolute().parent.parent)
        if re.fullmatch(r"(?i)\s*show\s+(all\s+)?tables\s*;?\s*", query):
            query = _TABLES  # DuckDB lists those of one schema, or all that an engine needs to know of each
        try:
            _only_reads(connection, query)
            answer = connection.sql(query).to_arrow_table()
            names = answer.column_names
            rows = list(zip(*(column.to_pylist() for column in answer.columns), strict=True))
        except duckdb.Error as error:
            if ".parquet" in str(error):  # a part that cannot be read is no mistake in the query
                raise IntegrityError(str(chosen.folder), str(error).split("\n\n")[0], "restore the part from a backup") from None
            raise ConfigurationError("recon sql", str(error).split("\n\n")[0], "SHOW TABLES lists the tables, DESCRIBE findings the columns of one") from None
    if form == "json":
        print(json.dumps([dict(zip(names, map(_json_value, row), strict=True)) for row in rows], default=str, indent=1, ensure_ascii=False, allow_nan=False))
    elif form == "csv":
        import csv

        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        from recon.cli.tables import print_rows

        print_rows(names, rows)


_QUERIES = ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE")
_TABLE_FUNCTIONS = ("unnest", "range", "generate_series", "pragma_table_info")


def _only_reads(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raises ConfigurationError unless `query` is one SELECT and nothing in it writes or runs other text.

    The kind of the statement does not tell: a SELECT may write in its WITH clause, and some table functions run the text they are given.
    """
    parsed = json.loads(connection.execute("SELECT json_serialize_sql($query)", {"query": query}).fetchall()[0][0])
    todo = "copy what you need with --format csv or json"
    if parsed["error"] and parsed["error_type"] == "parser":
        raise ConfigurationError("recon sql", parsed["error_message"], "quote a query as a whole for the shell")
    if parsed["error"] or len(parsed["statements"]) != 1:
        raise ConfigurationError("recon sql", "answers one SELECT and changes nothing", todo)
    for node in _nodes(parsed):
        kind = node.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _QUERIES:
            raise ConfigurationError("recon sql", "answers one SELECT and changes nothing", todo)
        if kind == "TABLE_FUNCTION" and node["function"]["function_name"] not in _TABLE_FUNCTIONS:
            what = f"does not run the table function {node['function']['function_name']}"
            raise ConfigurationError("recon sql", what, f"known here: {', '.join(_TABLE_FUNCTIONS)}, and the tables of the run")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)


def _json_value(value: Any) -> Any:
    """JSON knows no infinity and no not-a-number: what the engine makes of 1/0 is NULL."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _json_value(part) for key, part in value.items()}
    return [_json_value(part) for part in value] if isinstance(value, list | tuple) else value


def _shut(connection: duckdb.DuckDBPyConnection, store: Path) -> None:
    """From here on the connection reads nothing but the store, and reaches no network."""
    folder = str(store).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
