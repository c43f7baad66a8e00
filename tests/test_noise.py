"""Each kind of lawful noise is handled by something in the packs, pairings or settings: without it, a run of the small company is wrong.

A site may shadow packs and rules, and that is how each handling is taken away here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon import shipped
from recon.canonical import packs
from tests import nights


@dataclass(frozen=True)
class Removal:
    """One handling, and how to take it away: in `file`, each text of `edits` gives way to the other."""

    noise: str
    file: str
    edits: dict[str, str]

    def into(self, workspace: Path) -> None:
        """Put the changed file where the site's own files shadow the shipped ones."""
        shipped_file = (packs.SHIPPED.parent if self.file.startswith("packs/") else shipped.folder("rules").parent) / self.file
        changed = shipped_file.read_text(encoding="utf-8")
        for text, by in self.edits.items():
            assert text in changed, f"{self.file} no longer has {text!r}"
            changed = changed.replace(text, by)
        target = workspace / self.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(changed, encoding="utf-8")


ENTRIES = yaml.safe_load(Path(__file__).with_name("noise.yaml").read_text(encoding="utf-8"))
REMOVALS = [Removal(**entry) for entry in ENTRIES if "edits" in entry]


def _again(workspace: Path) -> tuple[Any, Any]:
    """What a workspace finds, and cannot judge, when the night that it has had is run once more."""
    folder = nights.run_again(nights.SMALL, 1, workspace).folder
    return nights.found_findings(folder), nights.found_unjudged(folder)


def _truth() -> tuple[Any, Any]:
    """What there is to find, a second time too: what is new stays so for a day."""
    return nights.told_findings(nights.SMALL, 1), nights.told_unjudged(nights.SMALL, 1)


def test_with_all_handling_nothing_is_mistaken(small_after: Callable[[int, Path], Path], tmp_path: Path) -> None:
    """The truth is found a second time: what the next test sees is of what was taken away."""
    assert _again(small_after(1, tmp_path / "workspace")) == _truth()


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: f"{removal.noise}: {Path(removal.file).name}")
def test_without_its_handling_noise_is_mistaken(removal: Removal, small_after: Callable[[int, Path], Path], tmp_path: Path) -> None:
    """A false primary appears, or a true finding is lost: after a night with all handling, so that only what is changed has to be mapped."""
    workspace = small_after(1, tmp_path / "workspace")
    removal.into(workspace)
    assert _again(workspace) != _truth()


def test_every_kind_of_noise_has_its_handling() -> None:
    """What the generator calls noise is what is taken away here, or said to be held by a test elsewhere."""
    planted = set(nights.truth(nights.SMALL, 1)["noise"])
    assert planted == {entry["noise"] for entry in ENTRIES}
    assert {entry["noise"] for entry in ENTRIES if "elsewhere" in entry} == {
        "across the hour that the clock skips",
        "posted as late as agreed",
        "transfer from inspection to unrestricted",
    }
