"""What the rules returned → the relations that a night's findings are made of.

`fired` has the columns of findings.parquet that do not depend on earlier nights, and in_flight; `unjudged` has the single keys that could not be judged;
`source_row` has the canonical rows behind every finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb

from recon.canonical.schema import canonical_tables
from recon.engines import messages
from recon.engines.duckdb import Cut
from recon.engines.evidence import joined
from recon.engines.evidence import prepare as prepare_evidence
from recon.errors import RuleError
from recon.findings.identity import identity_sql
from recon.model import family
from recon.rule import NO_PLANT, Evidence, Rule, YieldsRows

_FOLDER = Path(__file__).parent
_SIDES = ("sap", "mes", "qms", "wms", "recon")
ALWAYS_READ = ("sap.material", "sap.price")
"""Canonical tables that name and value the findings of every rule."""
ROWS_KEPT = 200
"""Source rows kept for one finding and table; the count tells of all."""


def prepare(connection: duckdb.DuckDBPyConnection, currencies: Mapping[str, str]) -> None:
    """Create the relations that `collect` fills, empty, and what it looks up, from the canonical tables as they are now. currencies: plant → currency."""
    prepare_evidence(connection, currencies)
    messages.prepare(connection)
    connection.execute("CREATE OR REPLACE TEMP TABLE currency (plant VARCHAR, currency VARCHAR)")
    connection.executemany("INSERT INTO currency VALUES (?, ?)", list(currencies.items()))
    connection.execute((_FOLDER / "collect.sql").read_text(encoding="utf-8"))


def collect(
    connection: duckdb.DuckDBPyConnection, rule: Rule, result: str, owner: str
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], tuple[int, str]]]:
    """Add the result of one rule. Returns, by (system, plant), how many rows fired, and how many keys could not be judged with the most frequent reason.

    Raises RuleError where a column has a type that nothing can be made of, or one that the rule yields by is not there.
    """
    with _blamed_on(rule.file):
        return _collect(connection, rule, result, owner)


def _collect(
    connection: duckdb.DuckDBPyConnection, rule: Rule, result: str, owner: str
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], tuple[int, str]]]:
    columns = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE {result}").fetchall()}
    by = ({*yields.match, *(yields.rows.match if yields.rows else ())} for yields in rule.front.yields_to)
    unknown = sorted(set[str]().union(*by) - columns.keys())
    raised = rule.front.raised
    if raised and raised.where not in columns:
        raise RuleError(str(rule.file), f"raises its severity by {raised.where}, which it does not return", f"its columns are {', '.join(columns)}")
    if unknown:
        raise RuleError(str(rule.file), f"yields by {', '.join(unknown)}, which it does not return", f"its columns are {', '.join(columns)}")
    own_key = rule.key[2:]
    key = f"CAST({_json({name: columns[name] for name in own_key})} AS VARCHAR)"
    material = rule.front.material or rule.pairing.material
    batch = next((name for name in ("batch", "output_batch", "input_batch") if name in own_key), None)
    sides = {side: {name: kind for name, kind in columns.items() if name.startswith(f"{side}_")} for side in _SIDES}
    evidence = ", ".join(f"{side}: {_json(of_side, strip=len(side) + 1)}" for side, of_side in sides.items() if of_side)
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE "found {rule.id}" AS SELECT {identity_sql(rule.id, rule.key)} AS finding_id, {key} AS key_text, * FROM {result}'
    )
    connection.execute(
        f"""
        INSERT INTO fired BY NAME
        SELECT r.finding_id, $rule_id AS rule_id, $version AS rule_version, $title AS title, $family AS family,
               {f"CASE WHEN r.{raised.where} THEN '{raised.to}' ELSE $severity END" if raised else "$severity"} AS severity,
               $owner AS owner, r.system, r.plant, r.key_text AS key, {f'r."{material}"' if material else "NULL"} AS material, m.text AS material_text,
               {f'r."{batch}"' if batch else "NULL"} AS batch, {"r.order_no" if "order_no" in own_key else "NULL"} AS order_no,
               TRY_CAST(abs(r.quantity) * p.price AS DECIMAL(18, 2)) AS value_at_risk,
               CASE WHEN abs(r.quantity) * p.price IS NOT NULL THEN c.currency END AS currency,
               CAST(r.difference AS DECIMAL(18, 6)) AS difference, CAST(r.quantity AS DECIMAL(18, 6)) AS quantity, r.unit, r.changed_at,
               CAST(to_json({{{evidence}}}) AS VARCHAR) AS evidence, coalesce(r.in_flight, false) AS in_flight
        FROM "found {rule.id}" r
        LEFT JOIN material_named m ON m.system = r.system AND m.material = {f'r."{material}"' if material else "NULL"}
        LEFT JOIN material_priced p ON p.system = r.system AND p.plant = r.plant AND p.material = {f'r."{material}"' if material else "NULL"}
        LEFT JOIN currency c ON c.plant = r.plant
        WHERE r.not_evaluated IS NULL""",
        {
            "rule_id": rule.id,
            "version": rule.version,
            "title": rule.front.title,
            "family": family(rule.id),
            "severity": rule.front.severity,
            "owner": owner,
        },
    )
    found = relation(rule.id)
    counts = connection.execute(f"SELECT system, plant, count(*), count(not_evaluated) FROM {found} GROUP BY ALL").fetchall()
    fired = {(system, plant): int(rows - lost) for system, plant, rows, lost in counts if rows > lost}
    if not any(lost for *_, lost in counts):
        return fired, {}
    connection.execute(
        f"INSERT INTO unjudged SELECT ?, system, plant, key_text, finding_id, not_evaluated FROM {found} WHERE not_evaluated IS NOT NULL", [rule.id]
    )
    reasons = connection.execute(
        f"SELECT system, plant, sum(keys), min_by(reason, (-keys, reason)) "
        f"FROM (SELECT system, plant, not_evaluated AS reason, count(*) AS keys FROM {found} WHERE not_evaluated IS NOT NULL GROUP BY ALL) GROUP BY ALL"
    ).fetchall()
    return fired, {(system, plant): (int(keys), str(reason)) for system, plant, keys, reason in reasons}


def explain(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], cuts: Mapping[str, Sequence[Cut]], zones: Mapping[str, str] = MappingProxyType({})
) -> tuple[int, int]:
    """Say of every finding what the messages that were heard say of it; returns how many are explained, and how many are in flight with a message.

    Rules are those that fired; cuts: pairing → the plants that it was judged for; zones: plant → its time zone. Raises RuleError where a rule's `messages`
    cannot be asked.
    """
    messages.explain(connection, rules, relation, cuts, zones)
    connection.execute((_FOLDER / "explanations.sql").read_text(encoding="utf-8"))
    held = [str(row[0]) for row in connection.execute("SELECT DISTINCT rule_id FROM explained WHERE in_flight ORDER BY ALL").fetchall()]
    for rule_id in held:  # `subordinate` looks there: what fires never yields to what is in flight
        connection.execute(
            f"UPDATE {relation(rule_id)} SET in_flight = true WHERE finding_id IN (SELECT finding_id FROM explained WHERE in_flight AND rule_id = $1)",
            [rule_id],
        )
    told = connection.execute("SELECT count(*) FILTER (WHERE NOT in_flight), count(*) FILTER (WHERE in_flight) FROM explained").fetchone()
    return (int(told[0]), int(told[1])) if told else (0, 0)


def subordinate(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> list[RuleError]:
    """One mismatch, one finding: hang every finding under the primary of the same fault, as `yields_to` of its rule says.

    A finding that fires never yields to one that is still in flight. Where a primary is itself a consequence, its own primary is named.
    Rules are those that were judged, with their rows gathered (`gather_rows`); nothing yields to another. Returns what is wrong where `yields_to` names a
    column that the other does not return, as a site's own rule may: its findings then stand for themselves.
    """
    judged = {rule.id for rule in rules}
    wrong: list[RuleError] = []
    for child in rules:
        for rank, yields in enumerate(child.front.yields_to):
            if yields.rule not in judged:
                continue
            same = _same("c", "p", yields.match)
            behind = _rows_behind(yields.rows) if yields.rows else ""
            try:
                with _blamed_on(child.file):
                    connection.execute(f"""
                        INSERT INTO yielding
                        SELECT c.finding_id, p.finding_id, {rank}
                        FROM "found {child.id}" c JOIN "found {yields.rule}" p
                          ON p.system = c.system AND (p.plant = c.plant OR '{NO_PLANT}' IN (c.plant, p.plant)) AND {same}{behind}
                        WHERE c.not_evaluated IS NULL AND p.not_evaluated IS NULL AND (c.in_flight OR NOT coalesce(p.in_flight, false))""")
            except RuleError as error:
                wrong.append(RuleError(error.where, f"yields to {yields.rule}: {error.what}", "its findings stand for themselves until that is mended"))
    connection.execute((_FOLDER / "subordinate.sql").read_text(encoding="utf-8"))
    return wrong


def _rows_behind(rows: YieldsRows) -> str:
    """SQL: one of the rows behind p says what c says."""
    side, _, table = rows.table.partition(".")
    said = ", ".join(f"""row ->> '$."{theirs}"' AS "{theirs}\"""" for theirs in rows.match.values())
    return f"""
                    JOIN (SELECT DISTINCT finding_id, {said} FROM source_row WHERE side = '{side}' AND canonical_table = '{table}') e
                      ON e.finding_id = p.finding_id AND {_same("c", "e", rows.match)}"""


def _same(ours: str, theirs: str, match: Mapping[str, str]) -> str:
    return " AND ".join(f'{ours}."{own}" IS NOT DISTINCT FROM {theirs}."{other}"' for own, other in match.items())


def gather_rows(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Fill `source_row` with the canonical rows behind the findings, and `fired.rows` with their counts and references.

    Raises RuleError where a pairing's `evidence` names a column that is not there.
    """
    asked: dict[str, list[tuple[list[Rule], Evidence]]] = {}
    for over in _by_pairing(rules):
        for evidence in over[0].pairing.front.evidence:
            asked.setdefault(evidence.table, []).append((over, evidence))
    # One statement a table: what costs is to plan how its many columns become JSON.
    for table, behind in asked.items():
        try:
            connection.execute(_source_rows(table, behind))
        except (duckdb.OutOfMemoryException, duckdb.IOException):
            raise
        except duckdb.Error:
            for one in behind:
                with _blamed_on(one[0][0].pairing.file):
                    connection.execute(_source_rows(table, [one]))
            raise
    connection.execute((_FOLDER / "source_rows.sql").read_text(encoding="utf-8"), {"kept": ROWS_KEPT})


def _by_pairing(rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules over each pairing: they have its key, so the rows behind them all are found at once."""
    over: dict[str, list[Rule]] = {}
    for rule in rules:
        over.setdefault(rule.pairing.name, []).append(rule)
    return list(over.values())


def _source_rows(name: str, behind: Sequence[tuple[Sequence[Rule], Evidence]]) -> str:
    side, _, table = name.partition(".")
    shape = {column: kind for column, kind in canonical_tables()[table].all_columns.items() if column not in ("row_ref", "ambiguous")}
    rows = " UNION ALL ".join(f"SELECT r.finding_id, t.* {_joined(rules, evidence)}" for rules, evidence in behind)
    return f"INSERT INTO source_row SELECT finding_id, '{side}', '{table}', row_ref, CAST({_json(shape)} AS VARCHAR) FROM ({rows})"


def _joined(rules: Sequence[Rule], evidence: Evidence) -> str:
    """SQL, from FROM on: the findings r of the rules, which are over one pairing, with the canonical rows t behind them."""
    asked = ", ".join(f'"{column}"' for column in dict.fromkeys(["finding_id", "system", "plant", *evidence.match]))
    found = " UNION ALL ".join(f"SELECT {asked} FROM {relation(rule.id)} WHERE not_evaluated IS NULL" for rule in rules)
    return joined(f"({found})", rules[0].pairing, evidence)


def relation(rule_id: str) -> str:
    """Name of the relation that holds what a judged rule returned, with finding_id."""
    return f'"found {rule_id}"'


def rows_behind(rule: Rule, table: str) -> str:
    """SELECT of finding_id and the columns of `table` (schema.table, one that the rule's pairing shows), for all rows of it behind the rule's findings."""
    parts = [f"SELECT r.finding_id, t.* {_joined([rule], evidence)}" for evidence in rule.pairing.front.evidence if evidence.table == table]
    return " UNION ".join(parts)


@contextmanager
def _blamed_on(file: Path) -> Iterator[None]:
    """SQL made from what `file` declares does not run: that is said of the file. What the machine refuses is not its fault."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        raise RuleError(str(file), str(error).split("\n\n")[0]) from None


def _json(columns: Mapping[str, str], alias: str = "", strip: int = 0) -> str:
    """SQL of a JSON object; times are written as ISO 8601 in UTC, decimals digit by digit."""
    dot = f"{alias}." if alias else ""
    fields = (
        f'"{name[strip:]}": ' + (f"strftime({dot}\"{name}\", '%Y-%m-%dT%H:%M:%SZ')" if kind == "TIMESTAMP" else f'{dot}"{name}"')
        for name, kind in columns.items()
    )
    return f"to_json({{{', '.join(fields)}}})"
