"""What the columns of a raw table are called: by the names in the file, by declared ones, or by SAP's labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from recon.errors import SourceError
from recon.sources.labels import Label, labels_of, plain

MAX_COLUMNS = 5_000
"""SAP's widest tables have some hundreds."""
MIN_CUT = 3
"""A label that was cut to fewer characters could be anything."""


@dataclass(frozen=True)
class Naming:
    """How the columns of one table get their names."""

    table: str = ""
    labels: str = "none"
    """Language of the labels in the header, "en" or "de"; "none": the header has the names themselves."""
    declared: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """Column as the header has it → its name, or the names in order where it comes more than once."""
    key: str = "columns"
    """Key of recon.toml that holds `declared`, for messages."""

    def names(self, found: Sequence[str], where: str, cut: Sequence[str] = ()) -> list[str]:
        """Names of the columns whose header reads `found`. A blank one is called by its position, `_3`.
        A label that is unknown, or that could be several columns, stays as it is.

        cut: what the label begins with where the column may have been too narrow for the rest, else "". Raises SourceError where no label is
        known, where a declared column is missing and where names cannot stand beside each other.
        """
        cells = [" ".join(cell.split()) for cell in found]
        names: list[str | None] = [None if cell else f"_{position}" for position, cell in enumerate(cells, start=1)]
        self._take_declared(cells, names, where)
        if self.labels == "none":
            chosen = [name or cell for name, cell in zip(names, cells, strict=True)]
        else:
            self._take_labels(cells, names, cut or [""] * len(cells), where)
            chosen = _numbered([name or cell for name, cell in zip(names, cells, strict=True)], names)
        check_names(chosen, where)
        return chosen

    def knows(self, found: Sequence[str]) -> bool:
        """Whether a line of a list reads like a header: technical names throughout, or labels, perhaps cut off, of which more than half are known."""
        cells = [cell for text in found if (cell := " ".join(text.split()))]
        if len(cells) < 2:
            return False
        if self.labels == "none":
            return all(cell in self.declared or _is_technical(cell) for cell in cells)
        known = self._known()
        return 2 * sum(cell in self.declared or _begins(cell, known) for cell in cells) > len(cells)

    def in_language(self, labels: str) -> Naming:
        """The same table with labels of another language."""
        return replace(self, labels=labels)

    def _known(self) -> dict[str, list[Label]]:
        """Labels, and technical names, as they are compared → the columns that are called so."""
        known: dict[str, list[Label]] = {}
        for label in labels_of(self.table, self.labels):
            known.setdefault(label.column, []).append(label)
            for text in label.texts:
                known.setdefault(text, []).append(label)
        return known

    def _take_declared(self, cells: list[str], names: list[str | None], where: str) -> None:
        for text, given in self.declared.items():
            wanted = [given] if isinstance(given, str) else list(given)
            places = [place for place, cell in enumerate(cells) if cell == " ".join(text.split())]
            if len(places) != len(wanted):
                what = f"has the column {text!r} {_times(len(places))}, and {self.key} declares it {_times(len(wanted))}"
                raise SourceError(where, what, f"its header reads {_told(cells)}")
            for place, name in zip(places, wanted, strict=True):
                names[place] = name

    def _take_labels(self, cells: list[str], names: list[str | None], cut: Sequence[str], where: str) -> None:
        known = self._known()
        if not known:
            what = f'labels = "{self.labels}" is declared, and no labels of {self.table} are known'
            raise SourceError(where, what, f"export technical names, or declare {self.key}")
        taken = {name for name in names if name}
        alike: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            if names[place] is None and (key := cell.upper() if cell.upper() in known and cell.isupper() else plain(cell)) in known:
                alike.setdefault(key, []).append(place)
        for key, places in alike.items():
            columns = [label for label in known[key] if label.column not in taken]
            for place, label in zip(places, _in_order(columns, len(places)), strict=False):
                names[place] = label.column
        self._take_cut_labels(cells, names, cut)
        if not any(label.column in names for labels in known.values() for label in labels):
            what = f'none of its columns has a label that is known for {self.table} in "{self.labels}"'
            raise SourceError(where, what, f"its header reads {_told(cells)}; check `labels` in its `form`, or declare {self.key}")

    def _take_cut_labels(self, cells: list[str], names: list[str | None], cut: Sequence[str]) -> None:
        """A label that its column cuts off is recognised where all labels that begin so are one and the same."""
        taken = {name for name in names if name}
        labels = [label for label in labels_of(self.table, self.labels) if label.column not in taken]
        alike: dict[str, list[int]] = {}
        for place, cell in enumerate(cells):
            if names[place] is None and cut[place] and len(cell) >= MIN_CUT:
                alike.setdefault(cut[place].casefold(), []).append(place)
        for start, places in alike.items():
            meant = {label: {text for text in label.texts if text.startswith(start)} for label in labels}
            meant = {label: texts for label, texts in meant.items() if texts}
            if meant and set.intersection(*meant.values()):
                for place, label in zip(places, _in_order(list(meant), len(places)), strict=False):
                    names[place] = label.column


def _in_order(columns: list[Label], count: int) -> list[Label]:
    """The columns that `count` equal labels stand for, from left to right: all of them, or all but those that never stand alone; else none is certain."""
    return next((chosen for chosen in (columns, [label for label in columns if not label.repeats]) if len(chosen) == count), [])


def too_many_columns(count: int, where: str) -> SourceError:
    """What to say of a header beyond MAX_COLUMNS."""
    return SourceError(where, f"has {count:,} columns; recon takes up to {MAX_COLUMNS:,}", "check that it is what its name says, and its delimiter")


def check_names(names: list[str], where: str) -> None:
    """Raises SourceError for names that cannot stand beside each other in one table: SQL does not tell `a` from `A`."""
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.get(name.lower())
        seen[name.lower()] = name
        if name.lower() in ("_row", "_part"):
            raise SourceError(where, f"has a column named {name}, which recon keeps for where a row was read", "rename it in the extract")
        if twin is not None:
            other = f", once as {twin!r}" if twin != name else ""
            todo = "export technical field names, or declare in its `form` the language of its labels"
            raise SourceError(where, f"has the column {name!r} twice{other}", todo)


def _begins(cell: str, known: Iterable[str]) -> bool:
    """Whether the cell is a known label or name, or what a narrow column leaves of one."""
    start = plain(cell)
    return any(text.casefold() == start or (len(start) >= MIN_CUT and text.casefold().startswith(start)) for text in known)


def _is_technical(cell: str) -> bool:
    return cell.replace("_", "").replace("/", "").isalnum() and cell == cell.upper() and not cell[0].isdigit() and cell.isascii()


def _numbered(chosen: list[str], known: Sequence[str | None]) -> list[str]:
    """Unknown labels that come again, or that read like a name that is taken, get a number behind."""
    seen = Counter(name.lower() for name in known if name)
    result = []
    for name, given in zip(chosen, known, strict=True):
        if given is None:
            seen[name.lower()] += 1
            if seen[name.lower()] > 1:
                name = f"{name} ({seen[name.lower()]})"
        result.append(name)
    return result


def _times(count: int) -> str:
    return {0: "nowhere", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _told(cells: Sequence[str]) -> str:
    shown = [cell for cell in cells if cell]
    return ", ".join(shown[:40]) + (" …" if len(shown) > 40 else "")
