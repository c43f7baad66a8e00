"""Each kind of lawful noise is handled by something in the packs, pairings or settings: without it, a run of the small company is wrong.

A site may shadow packs and rules, and that is how each handling is taken away here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: f"{removal.noise}: {Path(removal.file).name}")
def test_without_its_handling_noise_is_mistaken(removal: Removal, tmp_path: Path) -> None:
    """A false primary appears, or a true finding is lost."""
    nights.deliver(nights.SMALL, 1, tmp_path)
    removal.into(tmp_path)
    finished = nights.run_night(nights.SMALL, 1, tmp_path)
    found = nights.found_findings(finished.folder), nights.found_unjudged(finished.folder)
    assert found != (nights.told_findings(nights.SMALL, 1), nights.told_unjudged(nights.SMALL, 1))


def test_every_kind_of_noise_has_its_handling() -> None:
    """What the generator calls noise is what is taken away here, or said to be held by a test elsewhere."""
    planted = set(nights.truth(nights.SMALL, 1)["noise"])
    assert planted == {entry["noise"] for entry in ENTRIES}
    assert {entry["noise"] for entry in ENTRIES if "elsewhere" in entry} == {"transfer from inspection to unrestricted"}
