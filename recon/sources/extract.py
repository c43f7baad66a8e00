"""One table's file, as it was delivered and as recon.toml declares it: what every reader of files takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from recon.config import Form
from recon.sources.columns import Naming
from recon.sources.delivered import Delivered


@dataclass(frozen=True)
class Extract:
    """What to read, and how."""

    delivered: Delivered
    form: Form = field(default_factory=Form)
    naming: Naming = field(default_factory=Naming)
    sheet: str | None = None
    """Excel: declared name of the sheet; None: there must be one alone."""
    key: str = "sources.<source>.tables.<table>"
    """Key of recon.toml that holds what is special about the table, for messages."""

    @property
    def where(self) -> str:
        """Source, table and file, for messages."""
        return self.delivered.where
