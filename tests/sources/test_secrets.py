"""References to secrets: where they are looked up and how a missing one is reported."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from recon.errors import SourceError
from recon.sources.secrets import is_reference, resolve


def test_what_is_a_reference() -> None:
    """Three prefixes; a URL is none."""
    assert all(is_reference(value) for value in ("env:A", "file:a", "keyring:recon/mes"))
    assert not is_reference("sqlite:///mes.db")


def test_an_open_secret_file_is_refused(tmp_path: Path) -> None:
    """A secret that every account may read is none."""
    file = tmp_path / "mes"
    file.write_text("pa55word")
    file.chmod(0o644)
    with pytest.raises(SourceError, match="chmod 600") as caught:
        resolve("file:mes", tmp_path, "source M")
    assert "pa55word" not in str(caught.value)


def test_an_empty_secret_file(tmp_path: Path) -> None:
    """An empty file is told from a wrong secret."""
    file = tmp_path / "mes"
    file.touch(0o600)
    with pytest.raises(SourceError, match="is empty"):
        resolve("file:mes", tmp_path, "source M")


def test_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The keyring is asked by service and name; what it lacks or refuses is said without its own words."""

    def get_password(service: str, name: str) -> str | None:
        if name == "locked":
            raise RuntimeError("pa55word")
        return {("recon", "mes"): "pa55word"}.get((service, name))

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    assert resolve("keyring:recon/mes", tmp_path, "source M") == "pa55word"
    with pytest.raises(SourceError, match="nothing under recon/qms"):
        resolve("keyring:recon/qms", tmp_path, "source M")
    with pytest.raises(SourceError, match="refused recon/locked: RuntimeError") as caught:
        resolve("keyring:recon/locked", tmp_path, "source M")
    assert "pa55word" not in f"{caught.value}{caught.value.__cause__!r}"


def test_without_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A missing package is named, with the other ways."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SourceError, match="keyring is not installed"):
        resolve("keyring:recon/mes", tmp_path, "source M")


def test_another_kind(tmp_path: Path) -> None:
    """Anything else is not quoted: it might be the secret itself."""
    with pytest.raises(SourceError, match="is not a reference") as caught:
        resolve("pa55word", tmp_path, "source M")
    assert "pa55word" not in str(caught.value)
