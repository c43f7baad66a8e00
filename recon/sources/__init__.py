"""Readers of the systems, one a protocol, and the registry that opens them by kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from recon.config import SourceSettings
from recon.sources.files import FilesSource
from recon.sources.interface import Source


def _open_sql(name: str, settings: SourceSettings, workspace: Path) -> Source:
    # SQLAlchemy takes most of a second to import: only workspaces that have such a source pay for it.
    from recon.sources.sql import open_sql

    return open_sql(name, settings, workspace)


SOURCES: dict[str, Callable[[str, SourceSettings, Path], Source]] = {"files": FilesSource, "sql": _open_sql}
"""`kind` in recon.toml → what opens it."""


def open_source(name: str, settings: SourceSettings, workspace: Path) -> Source:
    """Open the source that recon.toml calls `name`; relative paths start at `workspace`. Raises SourceError."""
    return SOURCES[settings.kind](name, settings, workspace)
