"""What a run had read stands in for its sources: the same tables, and at the second look the same answers, whatever became of the database."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recon.model import JsonObject, Snapshot
from recon.snapshots.manifest import manifest_of
from recon.snapshots.recorded import Recorded
from recon.snapshots.second_look import Answer, Asked, Question, ask
from tests.snapshots.test_second_look import AS_OF, Mes


@pytest.fixture(params=["TEXT", "INTEGER", ""])
def mes(request: pytest.FixtureRequest, tmp_path: Path) -> Mes:
    return Mes(tmp_path, request.param, ["100", "100", "200"])


def recorded(mes: Mes, answer: Answer) -> Recorded:
    """As the files of a run tell it; the database is gone then."""
    table = replace(mes.table, overlays=tuple(answer.overlays.values()), problem="3 rows refused", refused=3, needed=False)
    manifest: JsonObject = json.loads(json.dumps(manifest_of(Snapshot({"mes": replace(mes.read, tables={"movement": table})}), run_id="R", reference=AS_OF)))
    told = {"asked": {"order_no": ["100"]}, "looks": ["mes.movement by order_no"], "problem": answer.problem}
    run: dict[str, Any] = {"second_look": {"sources": {"mes": told}}}
    mes.file.unlink()
    return Recorded(mes.store, mes.store / "runs" / "R", run, manifest)


def ask_again(mes: Mes, known: Recorded, question: Question) -> Answer:
    """In the folder of another run, so that no note of the first answer is found."""
    partial = mes.partial.with_name(".20260311T010000Z.partial")
    return ask(lambda answered: [] if answered else [question], mes.read, mes.settings, known.open, partial, mes.connection)


def test_an_answer_is_given_again(mes: Mes) -> None:
    """To the byte, with what came and what is gone; and it is known what was asked."""
    mes.run("DELETE FROM movement WHERE event_id = 'E1'", "UPDATE clock SET at = '2026-03-10T02:00:00Z'")
    mes.post("E4", "300")
    answer = mes.ask("100", "300", "400")
    question = Question(*next(iter(answer.overlays)), mes.asked("100", "300", "400"))
    known = recorded(mes, answer)
    assert ask_again(mes, known, question) == answer
    assert known.asked("mes") == Asked({"order_no": ["100"]}, ["mes.movement by order_no"])
    some = ask_again(mes, known, replace(question, asked=mes.asked("300")))
    assert [overlay.rows.rows for overlay in some.overlays.values()] == [1]
    more = ask_again(mes, known, replace(question, asked=mes.asked("100", "200")))
    assert "was not asked for that on the night" in (more.problem or "")
    assert "was not asked for that on the night" in (ask_again(mes, known, replace(question, column="batch")).problem or "")


def test_what_was_read_is_as_it_was_before_mapping(mes: Mes) -> None:
    """Nothing that the run had found out about it."""
    known = recorded(mes, mes.ask("100"))
    assert known.snapshot == Snapshot({"mes": replace(mes.read, tables={"movement": mes.table})})
    assert {part.digest for part in known.parts} >= {mes.table.base.digest if mes.table.base else ""}
    assert len(known.parts) == 3


def test_a_source_that_did_not_answer(mes: Mes) -> None:
    """It fails with the same words, whatever it is asked for."""
    mes.run("UPDATE clock SET at = '2026-03-09T01:00:00Z'")
    answer = mes.ask("100")
    question = Question("mes.movement by order_no", "movement", "movement", "order_no", mes.asked("200"))
    known = recorded(mes, answer)
    assert known.asked("mes") is None
    assert ask_again(mes, known, question).problem == answer.problem
