"""Great Expectations' own Data Docs of a run, written from what gates.parquet holds: nothing is validated again, and nothing is fetched.

Its pages ask for styles, scripts and pictures on half a dozen hosts. What would reach out is taken from them, and a style of ours stands in.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon.config import WorkspaceSettings
from recon.errors import WorkspaceError
from recon.gates.process import GatesFailed, Process
from recon.snapshots.parts import make_folder

if TYPE_CHECKING:
    import duckdb

FOLDER = "gates"
"""Of a run's reports."""
_REMOTE = re.compile(
    r"<script\b[^>]*\bsrc=[\"'](?:https?:)?//[^>]*>\s*</script>|<link\b[^>]*\bhref=[\"'](?:https?:)?//[^>]*>|<img\b[^>]*\bsrc=[\"'](?:https?:)?//[^>]*>",
    re.IGNORECASE,
)


def write(connection: duckdb.DuckDBPyConnection, run_id: str, moment: datetime, out_dir: Path) -> Path:
    """Write the site into out_dir/gates and return its index. connection: has the view gates of the run; out_dir: of its reports.

    Raises WorkspaceError where the run has no gates, or Great Expectations failed.
    """
    tables = _tables(connection)
    if not tables:
        raise WorkspaceError(f"run {run_id}", "has no gates to show", "it was run without them: [gates] in recon.toml says whether they are asked")
    make_folder(out_dir)
    partial, site = out_dir / f".{FOLDER}.partial", out_dir / FOLDER
    shutil.rmtree(partial, ignore_errors=True)
    process = Process(WorkspaceSettings(), out_dir)
    try:
        process.ask({"site": str(partial.absolute()), "run": run_id, "moment": f"{moment:%Y-%m-%dT%H:%M:%S+00:00}", "tables": tables})
        for answer in process.answers():
            if isinstance(answer, str):
                raise WorkspaceError(str(site), f"Great Expectations could not write its pages: {answer}", "the report itself has all of it")
    except GatesFailed as failure:
        raise WorkspaceError(str(site), str(failure), "install recon again, or look into the report, which has all of it") from None
    finally:
        process.stop()
    for page in partial.rglob("*.html"):
        page.write_text(_at_home(page.read_text(encoding="utf-8")), encoding="utf-8")
    index = partial / "index.html"
    index.write_text(index.read_text(encoding="utf-8").replace("</body>", f"{_list(partial, tables)}</body>", 1), encoding="utf-8")
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o2750 if path.is_dir() else 0o640)
    shutil.rmtree(site, ignore_errors=True)
    partial.rename(site)
    return site / "index.html"


def _list(site: Path, tables: Sequence[Mapping[str, Any]]) -> str:
    """Its own list of pages is drawn by a script from elsewhere; this one is there without."""
    rows = []
    for table in tables:
        name = str(table["table"]).replace("/", ".").replace(".", "/")
        page = next((file for file in site.glob(f"validations/{name}/*/*/{table['source']}.html")), None)
        failed = sum(not one["success"] for one in table["results"])
        told = f"{failed} of {len(table['results'])} not met" if failed else f"all {len(table['results'])} met"
        link = f'<a href="{html.escape(str(page.relative_to(site)))}">{html.escape(table["table"])}</a>' if page else html.escape(table["table"])
        rows.append(f'<tr><td>{html.escape(table["source"])}</td><td>{link}</td><td class="text-{"danger" if failed else "success"}">{told}</td></tr>')
    return f"<table><thead><tr><th>Source</th><th>Table</th><th>Expectations</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _tables(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """By source and table, what was said, as Great Expectations words it."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    query = """
        SELECT source, gated, type, kwargs, action, reason, outcome, looked_at, failed, said, examples
        FROM gates WHERE outcome <> 'not compared' ORDER BY source, gated, expectation"""
    for source, table, kind, kwargs, action, reason, outcome, looked_at, failed, said, examples in connection.execute(query).fetchall():
        result: dict[str, Any] = {"element_count": looked_at, "unexpected_count": failed or 0}
        result["unexpected_percent"] = 100.0 * (failed or 0) / looked_at if looked_at else 0.0
        result["partial_unexpected_list"] = [each["row"] for each in json.loads(examples or "[]")]
        if said and said.startswith("observed: "):
            result = {"observed_value": said.removeprefix("observed: ")}
        error = said or outcome if outcome in ("error", "not looked at") else None
        # What was reckoned from the night before stands in the result.
        plain = {name: value for name, value in json.loads(kwargs).items() if not isinstance(value, dict)}
        one = {"type": kind, "kwargs": plain, "action": action, "reason": reason, "success": outcome == "met", "error": error, "result": result}
        found.setdefault((source, table), []).append(one)
    return [{"source": source, "table": table, "results": results} for (source, table), results in found.items()]


def _at_home(page: str) -> str:
    """The page without what it would fetch, and readable without it."""
    style = (Path(__file__).with_name("docs.css")).read_text(encoding="utf-8")
    return _REMOTE.sub("", page).replace("</head>", f"<style>{style}</style></head>", 1)
