"""Writes a plausible finished run, the files that reporting reads, without running a night."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from recon.config import PlantSettings, Settings, SourceSettings
from recon.findings.ledger import FILE_NAME, Ledger
from recon.model import FAMILIES
from recon.snapshots import trust

REFERENCE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
RUN_ID = "20260310T010000Z"
PREVIOUS_ID = "20260309T010000Z"
SYSTEM = "P01/100"

FINDINGS = """finding_id VARCHAR, rule_id VARCHAR, rule_version VARCHAR, title VARCHAR, family VARCHAR, severity VARCHAR, owner VARCHAR, state VARCHAR,
 event VARCHAR, system VARCHAR, plant VARCHAR, key VARCHAR, material VARCHAR, material_text VARCHAR, batch VARCHAR, order_no VARCHAR, first_seen DATE,
 last_seen DATE, nights_open INTEGER, in_flight_nights INTEGER, value_at_risk DECIMAL(18,2), currency VARCHAR, difference DECIMAL(18,6),
 quantity DECIMAL(18,6), unit VARCHAR, changed_at TIMESTAMP, explanation VARCHAR, cause VARCHAR, consequence_of VARCHAR, evidence VARCHAR, rows VARCHAR,
 confirmed_at TIMESTAMP"""
OUTCOMES = """rule_id VARCHAR, system VARCHAR, plant VARCHAR, source VARCHAR, outcome VARCHAR, reason VARCHAR, compared BIGINT, findings BIGINT,
 keys_not_evaluated BIGINT, cut TIMESTAMP, settled_until TIMESTAMP, title VARCHAR, family VARCHAR, severity VARCHAR"""
EVIDENCE = "finding_id VARCHAR, side VARCHAR, canonical_table VARCHAR, ordinal INTEGER, row_ref VARCHAR, row VARCHAR"
NOT_EVALUATED = "rule_id VARCHAR, system VARCHAR, plant VARCHAR, key VARCHAR, finding_id VARCHAR, reason VARCHAR"
REFUSED = "source VARCHAR, raw_table VARCHAR, row BIGINT, reason VARCHAR, raw VARCHAR"
PROPOSALS = """proposal_id VARCHAR, finding_id VARCHAR, rule_id VARCHAR, status VARCHAR, reason VARCHAR, severity VARCHAR, owner VARCHAR, system VARCHAR,
 plant VARCHAR, action VARCHAR, action_version VARCHAR, title VARCHAR, target VARCHAR, effect VARCHAR, transaction VARCHAR, interface VARCHAR, words VARCHAR,
 correction VARCHAR, fields VARCHAR, payload VARCHAR, believed VARCHAR, because VARCHAR, risk VARCHAR, reversible VARCHAR, approver VARCHAR, guards VARCHAR,
 open_checks VARCHAR"""
LATENCY = """run_id VARCHAR, system VARCHAR, plant VARCHAR, workflow VARCHAR, since TIMESTAMP, until TIMESTAMP, events BIGINT, p50 DECIMAL(18,6),
 p95 DECIMAL(18,6), slowest DECIMAL(18,6), reference VARCHAR, service_level DECIMAL(18,6)"""
TRANSITIONS = "finding_id VARCHAR, rule_id VARCHAR, prior VARCHAR, next VARCHAR, event VARCHAR, first_seen DATE"

RULES: dict[str, tuple[str, str, str]] = {
    "MD-001": ("Material unknown in SAP or flagged for deletion there", "medium", "master-data"),
    "ORD-001": ("Released in SAP, never acknowledged by the MES", "high", "production-control"),
    "ORD-004": ("Complete in the MES, not finally confirmed or delivered in SAP", "high", "production-control"),
    "ORD-009": ("Goods receipt differs from what the MES produced", "high", "production-control"),
    "STK-001": ("Open hold, and SAP still has unrestricted stock", "critical", "quality-assurance"),
    "STK-002": ("Rejected, and SAP still has unrestricted stock", "critical", "quality-assurance"),
    "STK-003": ("Blocked stock with no hold or decision behind it", "medium", "warehouse"),
    "STK-006": ("Held batch was consumed after the hold began", "critical", "quality-assurance"),
    "STK-007": ("Held or rejected batch was delivered", "critical", "quality-assurance"),
    "STK-014": ("Open delivery allocates a held batch", "critical", "logistics"),
    "GEN-001": ("Link in the MES that SAP's trace lacks", "high", "quality-assurance"),
    "GEN-010": ("Shipped batch whose chain has a hole", "critical", "quality-assurance"),
    "CON-001": ("MES and SAP booked different quantities", "medium", "production-control"),
    "CON-002": ("Consumed in the MES, nothing issued in SAP", "high", "production-control"),
    "CON-005": ("One event posted more than once in SAP", "high", "production-control"),
    "QUA-002": ("Result differs between LIMS and SAP QM", "high", "laboratory"),
    "INT-002": ("Failed backflush record is open", "high", "integration"),
}
ADVICE = {
    "STK-001": {
        "rationale": "Stock that SAP offers can be picked and shipped, whatever the hold says.",
        "false_positives": "Holds on a part of the batch are left out.",
        "correction": "block the unrestricted stock in SAP (movement 344); QM-managed stock through its inspection lot",
    },
    "STK-002": {"correction": "block the rejected stock in SAP (movement 344)"},
    "STK-006": {"correction": "quarantine the output of the order and assess it"},
    "STK-007": {"correction": "start a recall assessment with the customer's deliveries"},
    "CON-001": {"correction": "post the difference in SAP: 261 where it is short, 262 where it is over"},
}
PLANTS = {"1000": ("Werk Lindau", "Europe/Berlin", "EUR"), "2000": ("Greenville", "America/New_York", "USD"), "3000": ("Suzhou", "Asia/Shanghai", "CNY")}
MATERIALS = [
    ("100234", "Lactose monohydrate 200M", "KG"),
    ("100871", "Paracetamol DC90", "KG"),
    ("200115", "Granulate 500 mg, blend B", "KG"),
    ("300042", "Paracetamol 500 mg film-coated tablets, 20 pcs", "EA"),
    ("100990", 'Sieve insert 0,8 mm "fine" & spare', "EA"),
    ("100666", "<script>alert('owned')</script>", "KG"),
    ("100667", "</script><img src=x onerror=alert(1)>", "KG"),
    ("100668", "javascript:alert(1)", "L"),
    ("100669", '=HYPERLINK("http://example.invalid","x") \x1b[31mred', "KG"),
]
REASONS = ("Foreign particles", "<b>Microbiology</b> & label mix-up", "Supplier complaint Q-118")
ADVERSARIAL = tuple(text for _, text, _ in MATERIALS[4:])


def settings() -> Settings:
    """The recon.toml of the site that this night belongs to."""
    return Settings(
        site="Lindau Pharma",
        plants={plant: PlantSettings(name=name, time_zone=zone, currency=currency) for plant, (name, zone, currency) in PLANTS.items()},
        sources={"sap": SourceSettings(kind="files", pack="sap-ecc-tables", system=SYSTEM, plants=list(PLANTS), path="inbox/sap")},
    )


TOML = "\n".join(
    ['site = "Lindau Pharma"']
    + [f'[plants.{plant}]\nname = "{name}"\ntime_zone = "{zone}"\ncurrency = "{currency}"' for plant, (name, zone, currency) in PLANTS.items()]
    + [f'[sources.sap]\nkind = "files"\npack = "sap-ecc-tables"\nsystem = "{SYSTEM}"\nplants = ["1000", "2000", "3000"]\npath = "inbox/sap"']
)


def identity(*parts: object) -> str:
    """A stable 64 digit identity for the fixture."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def finding(rule: str, plant: str, number: int, /, **given: Any) -> dict[str, Any]:
    """One row of findings.parquet; `given` overrides what the number would make up."""
    title, severity, owner = RULES[rule]
    material, text, unit = MATERIALS[number % len(MATERIALS)]
    batch, order = f"B26{number:05d}", f"10{number:05d}"
    nights = (0, 0, 1, 3, 5, 9, 14, 45)[number % 8]
    key: dict[str, str] = {"material": material, "batch": batch}
    if rule[:3] in ("ORD", "CON", "GEN"):
        key = {"order_no": order, "component": material, "batch": batch} if rule[:3] == "CON" else {"order_no": order}
    if rule == "STK-007":
        key["delivery"] = f"8000{number:04d}"
    if rule == "QUA-002":
        key = {"lot": f"01000{number:06d}", "characteristic": "Assay"}
    mes, sap = f"{1200 + number * 7}.5", f"{1180 + number * 7}.125"
    evidence: dict[str, Any] = {"sap": {"quantity": float(sap), "unit": unit}, "mes": {"quantity": float(mes), "unit": unit}}
    if rule.startswith("STK"):
        place = f"stock {sap} {unit} at 0001; delivery 80004711" if rule == "STK-007" else f"stock {sap} {unit} at 0001"
        evidence = {
            "sap": {"unrestricted": float(sap), "restricted": 0, "in_inspection": 0, "place": place},
            "qms": {"hold_id": "H-2291", "reason": REASONS[number % 3], "owner": "k.huber", "opened_at": f"2026-03-0{number % 7 + 2} 08:10:00"},
        }
    state = given.get("state", "new" if nights == 0 else "open")
    row: dict[str, Any] = {
        "finding_id": identity(rule, plant, number), "rule_id": rule, "rule_version": identity(rule)[:12], "title": title,
        "family": FAMILIES[rule.split("-")[0]], "severity": severity, "owner": owner, "state": state,
        "event": {"new": "appeared", "resolved": "healed", "reopened": "came back"}.get(state, "persisted"),
        "system": SYSTEM, "plant": plant, "key": json.dumps(key), "material": material, "material_text": text, "batch": batch,
        "order_no": key.get("order_no"), "first_seen": date(2026, 3, 10) - timedelta(days=nights), "last_seen": date(2026, 3, 10),
        "nights_open": nights, "in_flight_nights": 1 if state == "in flight" else 0, "value_at_risk": f"{number * 913}.25",
        "currency": PLANTS[plant][2], "difference": f"{20 + number}.375", "quantity": f"{1180 + number * 7}.125", "unit": unit,
        "changed_at": datetime(2026, 3, 9, 18, 0) - timedelta(hours=number), "explanation": None, "cause": None, "consequence_of": None,
        "evidence": json.dumps(evidence), "rows": json.dumps({side: {"count": 2, "digest": identity(side, number), "refs": []} for side in evidence}),
        "confirmed_at": datetime(2026, 3, 10, 1, 20) if number == 1 and state == "new" else None,
    }  # fmt: skip
    row.update(given)
    return row


def findings() -> list[dict[str, Any]]:
    """Sixty-odd findings of one night: every state, consequences, causes and texts that try to break out."""
    rows: list[dict[str, Any]] = []
    queue = "MBGMCR queue P200 stuck since 21:40"
    plan = [
        ("STK-007", "1000", 3), ("STK-006", "1000", 2), ("STK-014", "2000", 3), ("STK-001", "1000", 1), ("STK-001", "1000", 5), ("STK-001", "2000", 6),
        ("STK-002", "1000", 10), ("STK-001", "1000", 4), ("STK-001", "1000", 7), ("STK-001", "3000", 0), ("STK-002", "2000", 9), ("GEN-010", "1000", 12),
    ]  # fmt: skip
    rows += [finding(rule, plant, number) for rule, plant, number in plan]
    rows += [
        finding("CON-002", "1000", number, cause=queue, state="new", nights_open=0, explanation="IDoc 4711 in status 51: period closed")
        for number in range(20, 38)
    ]
    rows += [finding("CON-001", "2000" if number % 2 else "1000", number) for number in range(40, 48)]
    rows += [finding("ORD-004", "1000", number) for number in range(50, 55)]
    rows += [finding("ORD-009", "1000", 50, consequence_of=rows[-5]["finding_id"]), finding("GEN-001", "1000", 50, consequence_of=rows[-5]["finding_id"])]
    rows += [finding("STK-003", "1000", 60, value_at_risk=None, currency=None), finding("STK-003", "1000", 61)]
    rows += [finding("CON-001", "1000", number, state="in flight") for number in range(70, 75)]
    rows += [finding("CON-002", "1000", number, state="resolved") for number in range(80, 83)]
    rows += [
        finding("STK-001", "1000", 84, state="resolved"),
        finding("ORD-001", "2000", 85, state="reopened"),
        finding("ORD-001", "2000", 86, state="unsettled"),
    ]
    rows += [finding("CON-005", "1000", 88, state="waived"), finding("INT-002", "2000", 89, plant="*")]
    rows += [
        finding(
            "MD-001",
            "3000",
            90,
            batch=None,
            quantity=None,
            difference=None,
            unit=None,
            value_at_risk=None,
            currency=None,
            key='{"side":"mes","material":"100666"}',
        )
    ]
    exact = {"value_at_risk": "9007199254740993.01", "difference": "123456789012.123456", "quantity": "-0.000001"}
    rows += [finding("CON-005", "2000", 91, **exact, evidence='{"sap":{"quantity":12345678901.123456,"n":null},"mes":{"quantity":12345678901.12}}')]
    return sorted(rows, key=lambda row: str(row["finding_id"]))


def _evidence(finding: dict[str, Any]) -> list[dict[str, Any]]:
    sides: list[tuple[str, str, dict[str, Any]]] = []
    common = {"system": SYSTEM, "source": "sap", "plant": finding["plant"], "material": finding["material"], "batch": finding["batch"]}
    if finding["rule_id"].startswith("STK"):
        digit = int(str(finding["finding_id"])[0], 16)
        stock = common | {"stock_type": "01", "unit": finding["unit"], "changed_at": "2026-03-09 15:00:00"}
        hold = common | {"source": "qms", "hold_id": "H-2291", "scope": "batch", "reason": REASONS[digit % 3], "owner": "k.huber"}
        times = {"opened_at": f"2026-03-0{digit % 7 + 2} 08:10:00", "closed_at": None, "changed_at": "2026-03-07 08:10:00"}
        sides = [
            ("sap", "stock", stock | {"storage_location": "0001", "quantity": 812.5}),
            ("sap", "stock", stock | {"storage_location": "0002", "quantity": 1367.625}),
            ("qms", "hold", hold | times),
        ]
    else:
        for side in ("sap", "mes"):
            for part in range(2):
                row = {"source": side, "movement_id": f"49000{part}", "kind": "consumption", "movement_type": "261" if side == "sap" else None,
                       "order_no": finding["order_no"], "quantity": f"{600 + part}.250000", "unit": finding["unit"], "reference": f"EV-{part}",
                       "occurred_at": "2026-03-09 17:20:00", "changed_at": "2026-03-09 17:21:30"}  # fmt: skip
                sides.append((side, "movement", common | row))
    rows = [
        {"finding_id": finding["finding_id"], "side": side, "canonical_table": table, "ordinal": ordinal,
         "row_ref": f"{table.upper()} 9f3a{ordinal}c:{ordinal + 1}",
         "row": json.dumps(row)}
        for ordinal, (side, table, row) in enumerate(sides)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["side"], row["canonical_table"], row["ordinal"]))


def outcomes(lims_missing: bool) -> list[dict[str, Any]]:
    rows = []
    needs = {"STK": ("sap", "qms"), "QUA": ("lims", "sap"), "INT": ("sap",)}
    for rule, (title, severity, _) in sorted(RULES.items()):
        for plant in ["*"] if rule.startswith("INT") else sorted(PLANTS):
            for source in needs.get(rule[:3], ("mes-" + plant, "sap")):
                outcome, reason = "evaluated", None
                if source == "lims" and lims_missing:
                    outcome, reason = "not evaluated", "LIMS missing: connection refused"
                elif plant == "3000" and source.startswith("mes"):
                    outcome, reason = "not evaluated", "mes-3000 stale: last read 31 h before the cut"
                elif rule == "GEN-010" and plant == "2000" and lims_missing:
                    outcome, reason = "failed", "two rows for one key"
                evaluated = outcome == "evaluated"
                rows.append({
                    "rule_id": rule, "system": SYSTEM, "plant": plant, "source": source, "outcome": outcome, "reason": reason,
                    "compared": 48211 if evaluated else None, "findings": 12 if evaluated else None, "keys_not_evaluated": 3 if evaluated else None,
                    "cut": datetime(2026, 3, 10, 1, 0), "settled_until": datetime(2026, 3, 9, 23, 0),
                    "title": title, "family": FAMILIES[rule.split("-")[0]], "severity": severity,
                })  # fmt: skip
    return rows


def write_table(file: Path, columns: str, rows: list[dict[str, Any]]) -> None:
    """`rows` as a Parquet file with typed `columns`; names a row lacks are NULL."""
    names = [column.split()[0] for column in columns.replace("\n", " ").split(", ")]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({columns})")
        if rows:
            marks = ", ".join("?" for _ in names)
            connection.executemany(f"INSERT INTO t VALUES ({marks})", [[row.get(name) for name in names] for row in rows])
        connection.execute(f"COPY t TO '{file}' (FORMAT parquet)")


def write_run(
    workspace: Path,
    rows: list[dict[str, Any]] | None = None,
    *,
    run_id: str = RUN_ID,
    previous: str | None = None,
    complete: bool = False,
    workdays: dict[str, Any] | None = None,
) -> Path:
    """Write one finished run under `workspace` and return its folder. `complete`: every source came and every rule was judged; workdays: as in run.json."""
    folder = workspace / "store" / "runs" / run_id
    folder.mkdir(parents=True)
    rows = findings() if rows is None else rows
    # The run before is one of a recon that had no second look, and did not measure latency yet.
    columns = FINDINGS if run_id != PREVIOUS_ID else FINDINGS.removesuffix(",\n confirmed_at TIMESTAMP")
    write_table(folder / "findings.parquet", columns, rows)
    write_table(folder / "evidence.parquet", EVIDENCE, [line for row in rows for line in _evidence(row)])
    judged = [row for row in outcomes(not complete) if not (complete and row["plant"] == "3000")]
    write_table(folder / "outcomes.parquet", OUTCOMES, judged)
    skipped = [
        {"rule_id": "CON-001", "system": SYSTEM, "plant": "1000", "key": json.dumps({"order_no": f"1009{n}", "component": "100234", "batch": "B1"}),
         "finding_id": identity("n", n), "reason": "before history" if n < 4 else "no conversion KG→EA for 100990"}
        for n in range(7)
    ]  # fmt: skip
    write_table(folder / "not_evaluated.parquet", NOT_EVALUATED, [] if complete else skipped)
    refused = [
        {"source": "mes-1000", "raw_table": "movement", "row": 17 + n, "reason": "quantity '1O,5' is not a number", "raw": "<b>EV-1</b>,1O,5,KG"}
        for n in range(3)
    ]
    write_table(folder / "refused.parquet", REFUSED, [] if complete else refused)
    write_table(folder / "transitions.parquet", TRANSITIONS, [])
    write_table(folder / "proposals.parquet", PROPOSALS, [_proposal(row) for row in rows if row["state"] not in ("resolved", "retired")])
    if run_id != PREVIOUS_ID:
        write_table(folder / "latency.parquet", LATENCY, latencies(REFERENCE))
    (folder / "rules.json").write_text(json.dumps(ADVICE, indent=1))
    record(folder, _run(run_id, previous, complete) | ({"workdays": workdays} if workdays else {}), _manifest(run_id, previous, complete))
    return folder


def latencies(until: datetime) -> list[dict[str, Any]]:
    """Eighteen nights of five workflows; confirmations at plant 1000 slow down and are late tonight, holds have come in on two nights, receipts never."""
    rows = []
    for plant in ("1000", "2000"):
        for workflow, middle, events in (("confirmation", 6, 240), ("consumption", 4, 1810), ("decision", 45, 12), ("hold", 20, 3), ("receipt", 5, 0)):
            for back in range(18):
                slow = 1 + max(0, 6 - back) ** 2 if (workflow, plant) == ("confirmation", "1000") else 1
                there = events if workflow != "hold" or back in (0, 5) else 0
                p50 = middle * slow + (back * 7 + len(plant)) % 5
                figures = {"p50": p50, "p95": p50 * 5, "slowest": p50 * 11, "reference": f"E{back}"} if there else {}
                ended = until - timedelta(days=back)
                rows.append(
                    {"run_id": f"{ended:%Y%m%dT%H%M%SZ}", "system": SYSTEM, "plant": plant, "workflow": workflow, "since": ended - timedelta(days=1),
                     "until": ended, "events": there, "service_level": 240, **figures}
                )  # fmt: skip
    return rows


def _proposal(finding: dict[str, Any]) -> dict[str, Any]:
    """STK-001 is proposed, STK-002 refused, and of the others there is none."""
    row = {name: finding[name] for name in ("finding_id", "rule_id", "severity", "owner", "system", "plant")}
    if finding["rule_id"] not in ("STK-001", "STK-002"):
        return row | {"status": "none", "reason": "no action is declared for this correction"}
    refused = finding["rule_id"] == "STK-002"
    reason = "inspection lot 77 of the batch is open: its stock moves through the lot"
    guards = [{"guard": "not-lot-managed", "title": "no inspection lot manages the stock", "state": "holds", "reason": None}]
    if refused:
        guards[0] |= {"state": "refuses", "reason": reason}
    return row | {
        "proposal_id": f"RC{str(finding['finding_id'])[:14].upper()}", "status": "refused" if refused else "proposed", "reason": reason if refused else None,
        "action": "sap.block-batch-stock", "action_version": "0123456789ab", "title": "Block the stock", "target": "sap", "effect": "restrict",
        "transaction": "MIGO, transfer posting (A08, R10), movement type 344", "interface": "bapi: BAPI_GOODSMVT_CREATE",
        "words": f"Block all unrestricted stock of {finding['material']}, batch {finding['batch']} (344): 812.5 {finding['unit']} at storage location 0001",
        "correction": "Block it.", "fields": json.dumps({"material": finding["material"], "batch": finding["batch"]}), "payload": '{"GM_CODE":"04"}',
        "believed": "qms", "because": "quality decides what may be used, and SAP follows", "risk": "low",
        "reversible": "343, by a person, once quality has decided", "approver": "quality", "guards": json.dumps(guards),
        "open_checks": json.dumps(["Look whether EWM or handling units manage the storage location", f"Tell who is about to use {finding['material_text']}."]),
    }  # fmt: skip


def record(folder: Path, run: dict[str, Any], manifest: dict[str, Any]) -> None:
    """Write run.json and manifest.json over the files of a run as they are now, and chain it in a ledger that knows just this one."""
    outputs = {file.name: trust.file_digest(file) for file in folder.iterdir() if file.suffix in (".parquet", ".index") or file.name == trust.RULES}
    manifest = manifest | {"outputs": outputs | {trust.RUN: trust.run_digest(run)}}
    (folder / trust.MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    workspace = folder.parents[2]
    (folder / trust.RUN).write_text(trust.run_text(run), encoding="utf-8")
    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        ledger.record_run(folder)
        run = run | {"chain_head": ledger.head_of(folder.name).hash}
    (folder / trust.RUN).write_text(trust.run_text(run), encoding="utf-8")


def _manifest(run_id: str, previous: str | None, complete: bool) -> dict[str, Any]:
    def source(plants: list[str], pack: str, minutes: int | None, problem: str | None = None, **tables: dict[str, Any]) -> dict[str, Any]:
        as_of = None if minutes is None else (REFERENCE + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        table = {"digest": "ab" * 32, "rows": 120000, "columns": {}, "complete_from": "2026-02-08T23:00:00Z", "refused": 0, "problem": None}
        return {"system": SYSTEM, "plants": plants, "pack": pack, "as_of": as_of, "problem": problem, "tables": {"main": table, **tables}}

    sources = {
        "sap": source(["1000", "2000"] if complete else ["1000", "2000", "3000"], "sap-ecc-tables", 0),
        "mes-1000": source(["1000"], "mes-tables", 5),
        "mes-2000": source(["2000"], "mes-tables", -38),
        "qms": source(["1000", "2000"], "qms-tables", 10),
    }
    if not complete:
        sources["mes-3000"] = source(["3000"], "mes-tables", -31 * 60)
        sources["lims"] = source(["1000", "2000", "3000"], "lims-results", None, "connection refused by lims.lindau.example:5432")
        sources["mes-1000"]["tables"]["movement"] = {"digest": "cd" * 32, "rows": 4812, "columns": {}, "complete_from": None, "refused": 3, "problem": None}
        sources["mes-1000"]["tables"]["movement"]["drift"] = ["LOT_2 is new"]
    return {
        "schema_version": 1, "run_id": run_id, "reference": "2026-03-10T01:00:00Z", "previous_run": previous, "recon_version": "0.1.0", "sources": sources,
        "canonical": {}, "rules": {rule: identity(rule)[:12] for rule in RULES}, "outputs": {},
    }  # fmt: skip


def _run(run_id: str, previous: str | None, complete: bool) -> dict[str, Any]:
    plants = [plant for plant in PLANTS if not (complete and plant == "3000")]
    return {
        "run_id": run_id, "site": "Lindau Pharma", "reference": "2026-03-10T01:00:00Z", "cut": dict.fromkeys(plants, "2026-03-10T01:00:00Z"),
        "cut_date": dict.fromkeys(plants, "2026-03-10"), "exit_code": 0 if complete else 3, "chain_head": None, "previous_run": previous,
        "counts": {},
    }  # fmt: skip


def multiply(folder: Path, wanted: int) -> None:
    """Blow findings.parquet up to `wanted` rows, as a bad night at a large site would."""
    file = folder / "findings.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM '{file}'")
        connection.execute(
            f"""COPY (SELECT * REPLACE (sha256(finding_id || i) AS finding_id, batch || i AS batch, NULL AS consequence_of)
            FROM t, range({wanted} // (SELECT count(*) FROM t) + 1) AS r(i) ORDER BY finding_id LIMIT {wanted}) TO '{file}' (FORMAT parquet)"""
        )
    record_anew(folder)


def record_anew(folder: Path) -> None:
    """Make the files of a run, as they are now, those that its manifest and a new ledger vouch for."""
    (folder.parents[2] / FILE_NAME).unlink()
    run, manifest = (json.loads((folder / name).read_text(encoding="utf-8")) for name in (trust.RUN, trust.MANIFEST))
    record(folder, run | {"chain_head": None}, manifest)
