"""A night killed at any moment loses nothing: the next start gives the same findings, byte for byte."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recon.findings.ledger import FILE_NAME, Ledger
from tests import commands, nights
from tests.test_company import generate

STEPS = {
    "read": "reading ",
    "map": ": sap.",
    "judge": "comparing: ",
    "settle, write, publish, record": " of them changed",
    "report": "writing the report",
}
"""Step → what its progress lines say; the kill comes a random moment after one of them."""
KILLS = 30


RESUMED = {"read": "reading ", "map": ": sap."}
"""Steps of which --resume keeps something."""


@dataclass(frozen=True)
class Company:
    """A company whose second night is killed."""

    folder: Path
    before: Path
    """Its workspace after an undisturbed first night, with the second delivered."""
    undisturbed: dict[str, bytes]
    """What the second night writes when nobody disturbs it."""

    def workspace(self, into: Path) -> Path:
        """A workspace of its own."""
        return nights.copied(self.before, into)

    def is_undisturbed(self, workspace: Path) -> None:
        """The second night is what it is when nobody disturbs it, its ledger verifies, it is reported, and nothing half-built is left behind."""
        folder = nights.published(self.folder, 2, workspace)
        assert written(folder) == self.undisturbed
        with Ledger.open(workspace / FILE_NAME) as ledger:
            assert ledger.verify([ledger.head().hash]) == 3, "the making of the ledger and two runs"
        assert [str(left) for left in workspace.rglob(".*") if left.name != ".lock"] == []
        assert (workspace / "reports" / folder.name / "index.html").is_file()


def company(folder: Path, temporary: Path) -> Company:
    """Its first night, and the second in another workspace."""
    before, undisturbed = temporary / "before", temporary / "undisturbed"
    nights.run_night(folder, 1, before)
    nights.deliver(folder, 2, before)
    shutil.copytree(before, undisturbed)
    finished = nights.run_night(folder, 2, undisturbed).folder
    return Company(folder, before, written(finished))


def written(run: Path) -> dict[str, bytes]:
    """Files of a run that must be the same to the byte."""
    return {name: (run / name).read_bytes() for name in ("findings.parquet", "transitions.parquet", "evidence.parquet", "manifest.json")}


@pytest.fixture(scope="module")
def small(small_after: Callable[[int, Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The committed company."""
    temporary = tmp_path_factory.mktemp("small")
    before, undisturbed = small_after(1, temporary / "before"), small_after(2, temporary / "undisturbed")
    nights.deliver(nights.SMALL, 2, before)
    return Company(nights.SMALL, before, written(nights.published(nights.SMALL, 2, undisturbed)))


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company of 20,000 orders."""
    temporary = tmp_path_factory.mktemp("big")
    return company(generate(temporary / "company", seed=77, orders=20_000), temporary)


@pytest.mark.long
@pytest.mark.parametrize("kill", range(KILLS))
def test_killed_and_run_again(kill: int, small: Company, tmp_path: Path) -> None:
    """SIGKILL inside a step, then a plain run: the same bytes, a ledger that verifies, and nothing half-built left behind."""
    dice = random.Random(kill)
    workspace, moment = small.workspace(tmp_path / "workspace"), nights.moment(small.folder, 2)
    start_and_kill(workspace, commands.as_of(moment), list(STEPS.values())[kill % len(STEPS)], line=dice.randrange(4), delay=dice.random() * 0.25)
    again = commands.run(workspace, moment)
    assert again.returncode == 1, again.stderr
    small.is_undisturbed(workspace)


@pytest.mark.parametrize("step", RESUMED)
def test_killed_and_resumed(step: str, small: Company, tmp_path: Path) -> None:
    """SIGKILL while sources are read, or mapped, and the run is resumed: the same bytes."""
    workspace = small.workspace(tmp_path / "workspace")
    start_and_kill(workspace, commands.as_of(nights.moment(small.folder, 2)), RESUMED[step], line=0, delay=0.5)
    again = commands.recon("run", "--resume", workspace=workspace)
    assert again.returncode == 1, again.stderr
    assert "going on with the interrupted run" in again.stderr
    small.is_undisturbed(workspace)


@pytest.mark.long
@pytest.mark.parametrize("kill", range(KILLS))
def test_a_big_company_killed_and_resumed(kill: int, big: Company, tmp_path: Path) -> None:
    """The same at a random moment of reading or mapping 20,000 orders, sometimes more than once, until the night is through."""
    dice = random.Random(kill)
    workspace, moment = big.workspace(tmp_path / "workspace"), commands.as_of(nights.moment(big.folder, 2))
    for _ in range(dice.choice((1, 1, 2, 3))):
        start_and_kill(workspace, moment, RESUMED[dice.choice(list(RESUMED))], line=dice.randrange(10), delay=dice.random() * 5, resume=True)
    again = commands.recon("run", "--as-of", moment, "--resume", workspace=workspace)
    assert again.returncode == 1, again.stderr
    big.is_undisturbed(workspace)


def start_and_kill(workspace: Path, moment: str, says: str, line: int, delay: float, resume: bool = False) -> None:
    """Start a run, wait for the given one of the progress lines that say `says`, wait a little longer, and kill it."""
    command = [sys.executable, "-c", commands.MAIN, "-w", str(workspace), "run", "--as-of", moment, *(["--resume"] if resume else [])]
    with subprocess.Popen(command, env=commands.surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        seen = 0
        for said in process.stderr:
            seen += says in said
            if seen > line or (seen and says not in said):
                break
        time.sleep(delay)
        process.kill()
