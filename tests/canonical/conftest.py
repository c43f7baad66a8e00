"""The bench on which packs are tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.canonical.raw import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A fresh store and connection."""
    made = Bench(tmp_path / "store")
    yield made
    made.connection.close()
