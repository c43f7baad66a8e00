"""Which names the columns of a raw table may have."""

from __future__ import annotations

from recon.errors import SourceError


def check_names(names: list[str], where: str) -> None:
    """Raises SourceError for names that cannot stand beside each other in one table: SQL does not tell `a` from `A`."""
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(name.lower(), name)
        if name.lower() in ("_row", "_part"):
            raise SourceError(where, f"has a column named {name}, which recon keeps for where a row was read", "rename it in the extract")
        if twin is not name:
            other = f", once as {twin!r}" if twin != name else ""
            raise SourceError(where, f"has the column {name!r} twice{other}", "export technical field names: labels are not unique")
