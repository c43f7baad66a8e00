"""Great Expectations at work, in a process of its own: `python -m recon.gates.expectations`. Nothing else of recon imports this module.

It reads one job a line from standard input (JSON) and answers each on standard output; where its input ends it ends at once, whatever it is at, so that it
never outlives a run that was killed. Of rows that fail it keeps the numbers in the Parquet file that the job names.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # it would call home
gc.disable()  # while hundreds of modules are loaded, collecting finds nothing

_LATER = ("scipy.stats", "altair")
"""A third of the time to import Great Expectations goes into these, for statistics and charts that no gate uses: they are loaded when first used."""


class _Lazily(importlib.abc.MetaPathFinder):
    """Finds the modules of _LATER so that they are loaded when first used."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path) if fullname in _LATER else None
        if spec and spec.loader:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


sys.meta_path.insert(0, _Lazily())

import duckdb  # noqa: E402
import sqlalchemy  # noqa: E402
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult, ExpectationValidationResult  # noqa: E402
from great_expectations.core.batch import Batch  # noqa: E402
from great_expectations.core.run_identifier import RunIdentifier  # noqa: E402
from great_expectations.core.suite_parameters import build_suite_parameters  # noqa: E402
from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier, ValidationResultIdentifier  # noqa: E402
from great_expectations.exceptions import DataContextError  # noqa: E402
from great_expectations.execution_engine import SqlAlchemyExecutionEngine  # noqa: E402
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData  # noqa: E402
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration  # noqa: E402
from great_expectations.validator.validator import Validator  # noqa: E402

from recon.gates.dialect import engine_over  # noqa: E402
from recon.gates.suite import QUERY  # noqa: E402

gc.enable()


class _Engine(SqlAlchemyExecutionEngine):  # type: ignore[misc]  # it publishes no types
    """Keeps one connection open, since results are read after the connection that gave them would have been closed; and the query of failing rows.

    That query names them by `_row` and is cut off after a few. Great Expectations gives it as a text too, for people: its values are not quoted for an engine.
    """

    of_rows: sqlalchemy.Select[Any] | None = None

    @contextlib.contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        if not hasattr(self, "_kept"):
            self._kept = self.engine.connect()
        yield self._kept

    def execute_query(self, query: Any) -> Any:
        if isinstance(query, sqlalchemy.Select) and "_row" in query.selected_columns:
            self.of_rows = query
        return super().execute_query(query)


def validate(connection: duckdb.DuckDBPyConnection, job: dict[str, Any]) -> list[dict[str, Any]]:
    """One answer for each expectation of the job: met, unexpected (rows; None where it speaks of no rows), observed, error.

    job: batch (SELECT of the rows, `_row` among them), tables (schema.table → SELECT), expectations (type, kwargs), parameters (name → value, that kwargs are
    reckoned from), rows (file for the numbers of failing rows: _expectation, counted from 1, and _row).
    """
    connection.execute(f"CREATE OR REPLACE VIEW batch AS {job['batch']}")
    for name, rows in job["tables"].items():
        schema, _, table = name.partition(".")
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS {schema}; CREATE OR REPLACE VIEW {schema}."{table}" AS {rows}')
    connection.execute("CREATE OR REPLACE TEMP TABLE failing (_expectation INTEGER, _row BIGINT)")
    expectations = [{"type": one["type"], "kwargs": _reckoned(one["kwargs"], job.get("parameters", {}))} for one in job["expectations"]]
    results = _results(_Engine(engine=engine_over(connection)), expectations, range(len(expectations)), {"result_format": "BOOLEAN_ONLY"})
    answers = [_answer(connection, expectations, number, result) for number, result in sorted(results.items())]
    if any(answer["unexpected"] for answer in answers):
        file = Path(job["rows"])
        partial = file.with_name(f".{file.name}.partial")
        target = str(partial).replace("'", "''")
        connection.execute(f"COPY (SELECT * FROM failing ORDER BY ALL) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        partial.chmod(0o640)
        partial.rename(file)
    return answers


def _reckoned(kwargs: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The arguments with Great Expectations' suite parameters in place."""
    return dict(build_suite_parameters(kwargs, parameters)[0]) if any(isinstance(value, dict) for value in kwargs.values()) else kwargs


def _results(engine: _Engine, expectations: list[dict[str, Any]], numbers: Sequence[int], result_format: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """What Great Expectations says of some of the expectations, by their numbers."""
    data = SqlAlchemyBatchData(execution_engine=engine, table_name="batch", create_temp_table=False)
    validator = Validator(execution_engine=engine, batches=[Batch(data=data)])
    configurations = [
        ExpectationConfiguration(type=expectations[number]["type"], kwargs=expectations[number]["kwargs"], meta={"number": number}) for number in numbers
    ]
    found = validator.graph_validate(configurations=configurations, runtime_configuration={"result_format": result_format, "catch_exceptions": True})
    return {one.expectation_config.meta["number"]: one.to_json_dict() for one in found}


def _answer(connection: duckdb.DuckDBPyConnection, expectations: list[dict[str, Any]], number: int, result: dict[str, Any]) -> dict[str, Any]:
    """The answer to one expectation. Where it is not met, it is asked again for what it observed and for the failing rows."""
    answer = {"met": bool(result["success"]), "unexpected": None, "observed": None, "error": _error(result)}
    if answer["met"] or answer["error"]:
        return answer
    engine = _Engine(engine=engine_over(connection))
    more = {"result_format": "SUMMARY", "partial_unexpected_count": 1, "unexpected_index_column_names": ["_row"], "return_unexpected_index_query": False}
    again = _results(engine, expectations, [number], more)[number]
    answer |= {"observed": (again.get("result") or {}).get("observed_value"), "error": _error(again)}
    rows, values = _own_query(expectations[number]), []
    if rows is None and engine.of_rows is not None:
        compiled = engine.of_rows.limit(None).compile(dialect=engine.dialect, compile_kwargs={"render_postcompile": True})
        rows, values = str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]
    if rows and not answer["error"]:
        try:
            connection.execute(f"INSERT INTO failing SELECT DISTINCT {number + 1}, _row FROM ({rows})", values or None)
        except duckdb.Error as failure:
            return answer | {"error": f"its failing rows cannot be told: {str(failure).splitlines()[0]}"}
        count = connection.execute("SELECT count(*) FROM failing WHERE _expectation = ?", [number + 1]).fetchone()
        assert count is not None
        answer["unexpected"] = count[0]
    return answer


def _own_query(expectation: dict[str, Any]) -> str | None:
    """SELECT of the failing rows where Great Expectations gives none that can be run."""
    kwargs = expectation["kwargs"]
    if expectation["type"] == QUERY:
        return str(kwargs["unexpected_rows_query"]).replace("{batch}", "batch")
    if expectation["type"] == "expect_compound_columns_to_be_unique":
        names = [f'"{name}"' for name in kwargs["column_list"]]
        kept = {"any_value_is_missing": " AND ", "never": None}.get(kwargs.get("ignore_row_if", ""), " OR ")
        there = f"WHERE {kept.join(f'{name} IS NOT NULL' for name in names)}" if kept else ""
        return f"SELECT _row FROM batch {there} QUALIFY count(*) OVER (PARTITION BY {', '.join(names)}) > 1"
    return None


def _error(result: dict[str, Any]) -> str | None:
    """The first exception that Great Expectations caught on the way; None: there was none."""
    raised = result.get("exception_info") or {}
    for one in [raised, *(each for each in raised.values() if isinstance(each, dict))]:
        if one.get("raised_exception"):
            return str(one.get("exception_message") or "Great Expectations gives no reason").strip().splitlines()[0]
    return None


def publish(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Great Expectations' own Data Docs of what it said in a run. Nothing is validated.

    job: site (folder), run, moment, tables: source, table and results (type, kwargs, action, reason, success, error, result as Great Expectations gives it).
    """
    import great_expectations

    context = great_expectations.get_context(mode="ephemeral")
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": job["site"]}
    context.add_data_docs_site(
        "gates", {"class_name": "SiteBuilder", "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"}, "store_backend": backend}
    )
    run = RunIdentifier(run_name=job["run"], run_time=job["moment"])
    for table in job["tables"]:
        name = table["table"].replace("/", ".")
        results = [_result(one) for one in table["results"]]
        with contextlib.suppress(DataContextError):  # another source has the same table
            context.suites.add(ExpectationSuite(name=name, expectations=[one.expectation_config.to_domain_obj() for one in results]))
        met = sum(one.success for one in results)
        said = ExpectationSuiteValidationResult(
            success=met == len(results),
            results=results,
            suite_name=name,
            statistics={
                "evaluated_expectations": len(results),
                "successful_expectations": met,
                "unsuccessful_expectations": len(results) - met,
                "success_percent": 100.0 * met / len(results),
            },
            meta={
                "run_id": run.to_json_dict(),
                "great_expectations_version": great_expectations.__version__,
                "validation_time": job["moment"],
                "active_batch_definition": {"datasource_name": table["source"], "data_asset_name": table["table"]},
            },
        )
        context.validation_results_store.set(ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run, table["source"]), said)
    context.build_data_docs(site_names=["gates"])
    return []


def _result(said: dict[str, Any]) -> Any:
    notes = {"format": "string", "content": [f"{said['action']}: {said['reason']}"]}
    raised = {"raised_exception": bool(said["error"]), "exception_message": said["error"], "exception_traceback": said["error"]}
    return ExpectationValidationResult(
        success=said["success"],
        expectation_config=ExpectationConfiguration(type=said["type"], kwargs=said["kwargs"], meta={"notes": notes}),
        result=said["result"],
        meta={},
        exception_info=raised,
    )


def main() -> None:
    """Answer jobs until the input ends. The first line is how to connect: memory_limit, threads, temp_directory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the run's: this process ends when its input does
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    jobs: queue.Queue[dict[str, Any]] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            jobs.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, **jobs.get()})
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    while True:
        job = jobs.get()
        try:
            answer: dict[str, Any] = {"results": publish(job) if "site" in job else validate(connection, job)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
