"""What a middleware exports of its messages by the shape's page alone, from the file to the finding."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest

from recon import run
from recon.run import Finished
from tests import nights

CUT = "2026-03-10T01:00:00+01:00"

# The needed columns, and of the others what this middleware knows.
DEAD_LETTERS = [
    {"message_id": "DLQ-1", "plant": "*", "kind": "dead-letter", "interface": "MBGMCR", "queue": "P200.DLQ", "direction": "outbound", "status": "dead",
     "reason": "timeout", "schema_mismatch": "", "order_no": "000001000014", "quantity": "12.5", "unit": "KG", "reference": "E-000001",
     "sent_at": "2026-03-09T21:00:05+01:00", "changed_at": "2026-03-09T22:14:05+01:00"},
    {"message_id": "DLQ-2", "plant": "1000", "kind": "dead-letter", "interface": "MBGMCR", "queue": "P200.DLQ", "direction": "outbound", "status": "PARKED",
     "reason": "unknown field", "schema_mismatch": "true", "order_no": "", "quantity": "", "unit": "", "reference": "",
     "sent_at": "2026-03-09T20:00:05Z", "changed_at": "2026-03-09T21:14:05Z"},
    {"message_id": "Q-3", "plant": "1000", "kind": "queue", "interface": "MBGMCR", "queue": "P200", "direction": "outbound", "status": "pending",
     "reason": "", "schema_mismatch": "", "order_no": "1000015", "quantity": "", "unit": "", "reference": "E-000003",
     "sent_at": "2026-03-09T23:00:00+01:00", "changed_at": "2026-03-09T23:00:00+01:00"},
]  # fmt: skip

TOML = """
site = "Messages"
[plants.1000]
name = "Mannheim"
time_zone = "Europe/Berlin"
currency = "EUR"
[sources.broker]
kind = "files"
path = "inbox"
pack = "mes-tables"
system = "P01/100"
plants = ["1000"]
time_zone = "Europe/Berlin"
[gates]
run = false
"""


def as_json_lines(inbox: Path) -> None:
    """One object a line; what is empty is left out."""
    lines = [json.dumps({name: value for name, value in row.items() if value}) for row in DEAD_LETTERS]
    (inbox / "message.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def as_csv(inbox: Path) -> None:
    """One header, one row a message."""
    with (inbox / "message.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(DEAD_LETTERS[0]))
        writer.writeheader()
        writer.writerows(DEAD_LETTERS)


def night(workspace: Path, write: object, toml: str = TOML) -> Finished:
    """A night over what `write` puts into the inbox."""
    inbox = workspace / "inbox"
    inbox.mkdir()
    assert callable(write)
    write(inbox)
    (inbox / "extract.json").write_text(json.dumps({"as_of": CUT}), encoding="utf-8")
    (workspace / "recon.toml").write_text(toml, encoding="utf-8")
    return run.run(workspace, datetime.fromisoformat(CUT))


@pytest.mark.parametrize("write", [as_json_lines, as_csv])
def test_an_export_of_dead_letters_by_the_page_alone(tmp_path: Path, write: object) -> None:
    """In both forms it says the same: a dead letter is found, a status that nobody knows is told, and what waits within its service level is well."""
    finished = night(tmp_path, write)
    (found,) = nights.rows(finished.folder, "SELECT * FROM findings WHERE rule_id NOT IN ('INT-007', 'INT-009')")
    assert (found["rule_id"], found["plant"], found["state"]) == ("INT-003", "*", "new")
    assert json.loads(found["key"]) == {"queue": "P200.DLQ", "message_id": "DLQ-1"}
    assert json.loads(found["evidence"])["mes"]["reference"] == "E-000001"
    (told,) = nights.rows(finished.folder, "SELECT DISTINCT reason FROM not_evaluated WHERE key LIKE '%DLQ-2%'")
    assert told["reason"] == 'unreadable: status "PARKED" is unknown'


def test_a_middleware_s_own_word_for_a_status(tmp_path: Path) -> None:
    """The site says what it means, and is shown its own word."""
    (tmp_path / "crosswalks").mkdir()
    (tmp_path / "crosswalks" / "broker.csv").write_text("code_list,code,canonical_code\nmessage_status,PARKED,dead\n", encoding="utf-8")
    finished = night(tmp_path, as_csv)
    found = nights.rows(finished.folder, "SELECT * FROM findings WHERE rule_id NOT IN ('INT-007', 'INT-009') ORDER BY key")
    assert [json.loads(row["key"])["message_id"] for row in found] == ["DLQ-1", "DLQ-2"]
    mes = json.loads(found[1]["evidence"])["mes"]
    assert (mes["reason"], mes["schema_mismatch"]) == ("PARKED, unknown field", True)


def test_a_service_level_of_an_interface(tmp_path: Path) -> None:
    """What has waited for two hours waits for too long where an hour is allowed."""
    finished = night(tmp_path, as_csv, f"{TOML}[workflows.MBGMCR]\nservice_level = '1h'\n")
    found = nights.rows(finished.folder, "SELECT rule_id, key FROM findings WHERE rule_id = 'INT-001'")
    assert [json.loads(row["key"]) for row in found] == [{"message_id": "Q-3"}]


def test_who_has_no_messages_says_so(tmp_path: Path) -> None:
    """A source `without` messages has none, and the rules are judged; of one that delivers nothing nobody knows."""
    sap = '[sources.sap]\nkind = "files"\npath = "inbox"\npack = "sap-ecc-tables"\nsystem = "P01/100"\nplants = ["1000"]\n'
    silent = night(tmp_path, as_json_lines, TOML + sap)
    assert {row["outcome"] for row in outcomes(silent, "INT-001", "INT-002", "INT-003")} == {"not evaluated"}
    (tmp_path / "second").mkdir()
    said = night(tmp_path / "second", as_json_lines, f'{TOML}{sap}without = ["EDIDC", "EDIDS", "AFFW", "MARA", "MARM"]\n')
    judged = outcomes(said, "INT-001", "INT-002", "INT-003")
    assert {(row["rule_id"], row["plant"]) for row in judged if row["outcome"] == "evaluated"} == {("INT-001", "*"), ("INT-002", "1000"), ("INT-003", "*")}


def outcomes(finished: Finished, *rules: str) -> list[dict[str, object]]:
    """How rules fared, by rule and plant."""
    return nights.rows(finished.folder, f"SELECT DISTINCT rule_id, plant, outcome, reason FROM outcomes WHERE rule_id IN {rules} ORDER BY ALL")
