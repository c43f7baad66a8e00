"""What a site's own codes mean: crosswalks/<source>.csv of the workspace, one line a code.

A pack names the code lists of which it wants to know, and what a code of each may mean (`code_lists` in pack.yaml); its mappings ask
meaning('<code list>', <code>).
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from recon.canonical.packs import Pack
from recon.errors import ConfigurationError, ManyErrors, ReconError

FOLDER = "crosswalks"
COLUMNS = ("code_list", "code", "canonical_code")
REMARK = "text"
"""A column for people, which may be left out."""

Crosswalk = Mapping[str, Mapping[str, str]]
"""Code list → code of the site → what it means."""
NO_CROSSWALK: Crosswalk = MappingProxyType({})

_HEADER = f"its first line is {','.join(COLUMNS)} or {','.join((*COLUMNS, REMARK))}"


def read(workspace: Path, source: str, pack: Pack) -> Crosswalk:
    """What the site says of a source's codes; nothing where it has no file. Raises ConfigurationError, or ManyErrors with one for every wrong line."""
    file = workspace / FOLDER / f"{source}.csv"
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = csv.reader(opened, strict=True)
            rows = [(lines.line_num, [value.strip() for value in line]) for line in lines if line]
    except FileNotFoundError:
        return NO_CROSSWALK
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(str(file), f"cannot be read: {error}", "a crosswalk is a CSV file in UTF-8, delimited by commas") from None
    header, *entries = rows or [(1, [])]
    if tuple(header[1]) not in (COLUMNS, (*COLUMNS, REMARK)):
        raise ConfigurationError(str(file), f"has the header {','.join(header[1]) or '(none)'}", _HEADER)
    crosswalk: dict[str, dict[str, str]] = {}
    errors: list[ReconError] = []
    for number, values in entries:
        where = f"{file}:{number}"
        try:
            code_list, code, meant = _entry(where, values, len(header[1]), pack)
            if code in crosswalk.setdefault(code_list, {}):
                raise ConfigurationError(where, f"says a second time what {code_list} {code} means", "a code has one meaning")
        except ConfigurationError as error:
            errors.append(error)
            continue
        crosswalk[code_list][code] = meant
    if errors:
        raise errors[0] if len(errors) == 1 else ManyErrors(errors)
    return crosswalk


def strays(workspace: Path, sources: Mapping[str, object]) -> Iterator[ConfigurationError]:
    """Files of no source: what they say would be known to nobody."""
    for file in sorted((workspace / FOLDER).glob("*.csv")):
        if file.stem not in sources:
            near = difflib.get_close_matches(file.stem, list(sources), n=1, cutoff=0.5)
            todo = f"did you mean {near[0]}.csv?" if near else f"a crosswalk is called after its source: {', '.join(sources)}"
            yield ConfigurationError(str(file), "is a crosswalk of no source", todo)


def _entry(where: str, values: list[str], width: int, pack: Pack) -> tuple[str, str, str]:
    if len(values) != width:
        raise ConfigurationError(where, f"has {len(values)} value{'' if len(values) == 1 else 's'} where the header has {width}")
    code_list, code, meant = values[:3]
    if code_list not in pack.code_lists:
        known = ", ".join(pack.code_lists)
        raise ConfigurationError(where, f"names the code list {code_list!r}, of which the pack {pack.name} asks nothing", f"it asks of: {known or 'none'}")
    if not code:
        raise ConfigurationError(where, "has no code")
    if meant not in pack.code_lists[code_list]:
        todo = f"the pack {pack.name} knows {', '.join(pack.code_lists[code_list])}"
        raise ConfigurationError(where, f"says that {code_list} {code} means {meant!r}, of which the pack knows no meaning", todo)
    return code_list, code, meant
