"""Two nights side by side, and findings over all of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from recon.errors import ConfigurationError, IntegrityError
from recon.findings.ledger import FILE_NAME, Decision, Ledger
from recon.reporting import compare, history
from recon.reporting.runs import read_run
from tests.reporting import night


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights: of the first one finding is gone, one grew, one was settled, one stands in another rule's shadow; one is new."""
    folder = tmp_path_factory.mktemp("nights")
    (folder / "recon.toml").write_text(night.TOML, encoding="utf-8")
    gone, grew, settled, same, came = (night.finding("CON-001", "1000", number, state="open") for number in range(5))
    under = night.finding("GEN-001", "1000", 9, state="new", consequence_of=same["finding_id"])
    night.write_run(folder, [gone, grew, settled | {"state": "in flight"}, same | {"state": "new"}], run_id=night.PREVIOUS_ID)
    night.write_run(
        folder, [gone | {"state": "resolved"}, grew | {"difference": "99.5"}, settled, same, came, under], previous=night.PREVIOUS_ID, complete=True
    )
    return folder


def compared(workspace: Path) -> dict[str, Any]:
    before, after = (read_run(workspace / "store" / "runs" / run_id) for run_id in (night.PREVIOUS_ID, night.RUN_ID))
    out = io.BytesIO()
    with compare.opened(before, after) as connection:
        compare.write_json(connection, before, after, out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_what_changed_between_two_nights(workspace: Path) -> None:
    """New, gone, another quantity, another state; that what was new is open is no change, and consequences are in the list and not in the counts."""
    told = compared(workspace)
    changes = {one["finding_id"]: one for one in told["findings"]}
    expected = {night.identity("CON-001", "1000", 0): "gone", night.identity("CON-001", "1000", 1): "quantity", night.identity("CON-001", "1000", 2): "state"}
    expected |= {night.identity("CON-001", "1000", 4): "new", night.identity("GEN-001", "1000", 9): "new"}
    assert {finding: one["change"] for finding, one in changes.items()} == expected
    grew = changes[night.identity("CON-001", "1000", 1)]
    assert (grew["before"]["difference"], grew["after"]["difference"]) == (21.375, 99.5)
    assert [{name: rule[name] for name in ("rule_id", "new", "gone", "changed", "same")} for rule in told["rules"]] == [
        {"rule_id": "CON-001", "new": 1, "gone": 1, "changed": 2, "same": 1}
    ]


def test_a_rule_that_one_night_could_not_judge_is_told(workspace: Path) -> None:
    """What is gone of it was not seen to be gone."""
    alone = compared(workspace)["judged_in_one_alone"]
    assert alone
    assert all(one["judged_after"] != one["judged_before"] for one in alone)


def test_the_life_of_a_finding(workspace: Path) -> None:
    """Every night that holds it, oldest first, with exact numbers."""
    (life,) = history.lives(workspace, [night.identity("CON-001", "1000", 1)[:10]])
    assert [(one["run_id"], one["state"], one["difference"]) for one in life.nights] == [
        (night.PREVIOUS_ID, "open", "21.375"),
        (night.RUN_ID, "open", "99.5"),
    ]


def test_a_key_is_found_across_rules(workspace: Path) -> None:
    """An order, a batch, a material by whatever name the key has for it, and a plant beside them."""
    assert {life.rule_id for life in history.lives(workspace, ["plant=1000"])} == {"CON-001", "GEN-001"}
    (life,) = history.lives(workspace, ["order=1000001", "plant=1000"])
    assert life.key["component"] == night.MATERIALS[1][0]
    assert [life.finding_id for life in history.lives(workspace, [f"material={night.MATERIALS[1][0]}"])] == [life.finding_id]
    assert [life.finding_id for life in history.lives(workspace, ["batch=B2600001"])] == [life.finding_id]


def test_who_decided_stands_beside_it(workspace: Path) -> None:
    """Decisions of the ledger, with reason and approver."""
    finding = night.identity("CON-001", "1000", 1)
    with Ledger.open(workspace / FILE_NAME, write=True) as ledger:
        ledger.decide(Decision("waive", finding, "agreed with production", "k.huber", "2026-03-10T08:00:00Z"))
    (life,) = history.lives(workspace, [finding])
    assert [(one["kind"], one["reason"], one["approver"]) for one in life.decisions] == [("waive", "agreed with production", "k.huber")]


def test_too_little_of_an_id_is_an_error(workspace: Path) -> None:
    """It says that more are like it."""
    digit = next(d for d in "0123456789abcdef" if sum(night.identity("CON-001", "1000", n).startswith(d) for n in range(5)) > 1)
    with pytest.raises(ConfigurationError, match="is true of"):
        history.lives(workspace, [digit])


@pytest.mark.parametrize(("asked", "said"), [("ordr_no=1000001", "did you mean order_no"), ("zzz=1", "known here: .*order_no"), ("order_no=9", "is like this")])
def test_a_misspelt_field_is_named(workspace: Path, asked: str, said: str) -> None:
    """It is another mistake than a value that nothing has."""
    with pytest.raises(ConfigurationError, match=said):
        history.lives(workspace, [asked])


def test_a_run_that_was_changed_is_noticed(tmp_path: Path) -> None:
    """The past is held to what was recorded of it, like the present."""
    folder = night.write_run(tmp_path)
    night.multiply(folder, 100)
    file = folder / "findings.parquet"
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(IntegrityError):
        history.lives(tmp_path, ["plant=1000"])
