"""Documentation is complete: every key of recon.toml, every command and option of the command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import typer.main
from pydantic import BaseModel

from recon.canonical.page import page
from recon.config import Settings
from recon.findings import views
from recon.rule import SELECTORS

ROOT = Path(__file__).parent.parent
CONFIGURATION = (ROOT / "docs" / "recon.toml.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

# What the page calls the names that a site gives itself, by the table they stand in.
_NAMES = {
    "plants": "<plant>",
    "sources": "<source>",
    "tables": "<table>",
    "workflows": "<workflow>",
    "parameters": "<rule>",
    "off": "<rule>",
    "owners": "<rule>",
    "authority": "<rule>",
    "columns": "<label>",
}


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Dotted keys of a model as the page writes them; a form is documented once, under the source."""
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        section = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if get_origin(field.annotation) is dict:
            inner = get_args(field.annotation)[1]
            path = f"{prefix}{name}.{_NAMES[name]}"
            if section:
                yield from _keys(section, f"{path}.")
            else:
                yield f"{path}.<name>" if get_origin(inner) is dict else path
        elif section and "tables" not in prefix:
            yield from _keys(section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


ENTRIES = {"parameters.<rule>.where", *(f"parameters.<rule>.where.{selector}" for selector in SELECTORS)}
"""Keys that stand among a rule's parameters, and that its own file does not name."""


@pytest.mark.parametrize("key", [*_keys(Settings), *sorted(ENTRIES)])
def test_every_key_of_the_configuration_has_its_row(key: str) -> None:
    """A key that config.py knows stands in a table of docs/recon.toml.md."""
    assert f"| `{key}` |" in CONFIGURATION


def test_no_row_describes_a_key_that_is_gone() -> None:
    """The page names nothing that config.py does not know; sections of their own may have a row as well."""
    rows = set(re.findall(r"^\| `([^`]+)` \|", CONFIGURATION, flags=re.MULTILINE))
    assert rows - set(_keys(Settings)) <= {"sources.<source>.form", "sources.<source>.tables", *ENTRIES}


def test_the_complete_example_is_valid_and_complete() -> None:
    """The example loads, and it shows every key that a row describes."""
    example = re.search(r"```toml\n(.*?)```", CONFIGURATION, flags=re.DOTALL)
    assert example
    data = tomllib.loads(example[1])
    Settings.model_validate(data)
    shown = {re.sub(r"<\w+>", "*", key) for key in _keys(Settings)}
    assert shown <= set(_shown(data))


def _shown(data: Any, prefix: str = "") -> Iterator[str]:
    for name, value in data.items():
        parent = prefix.rstrip(".").split(".")[-1]
        path = f"{prefix}{'*' if parent in _NAMES or prefix.startswith('parameters.') else name}"
        yield path
        if isinstance(value, dict):
            yield from _shown(value, f"{path}.")


def _commands(command: Any, path: str = "recon") -> Iterator[tuple[str, Any]]:
    """('recon rules list', the command) for every command that can be called."""
    children = getattr(command, "commands", {})
    for name, child in children.items():
        if not child.hidden:
            yield from _commands(child, f"{path} {name}")
    if not children:
        yield path, command


def _command_line() -> list[tuple[str, Any]]:
    from recon.cli import app

    return list(_commands(typer.main.get_command(app)))


def _options(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if parameter.param_type_name == "option" and "--help" not in parameter.opts]


def _section(path: str) -> str:
    """The README's text about a command: from the heading that names it to the next heading."""
    found = re.search(rf"^### .*`{re.escape(path)}\b[^`]*`.*?(?=^##)", README, flags=re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize(("path", "command"), _command_line())
def test_every_command_and_option_is_in_the_readme(path: str, command: Any) -> None:
    """Each command has a heading of its own there, and its section names each of its options."""
    section = _section(path)
    assert section, f"README.md has no heading for `{path}`"
    names = {name for option in _options(command) for name in option.opts if name.startswith("--")}
    assert [name for name in sorted(names) if f"`{name}" not in section] == []


@pytest.mark.parametrize(("path", "command"), _command_line())
def test_every_command_and_option_says_what_it_does(path: str, command: Any) -> None:
    """`--help` leaves nothing unexplained."""
    assert command.help, path
    assert [option.name for option in _options(command) if not option.help] == []


def test_the_readme_names_no_command_that_is_gone() -> None:
    """Every heading of a command is one that can be called."""
    headings = re.findall(r"^### .*?`(recon [a-z ]+?)(?: [A-Z\[].*?)?`", README, flags=re.MULTILINE)
    assert set(headings) <= {path for path, _ in _command_line()}


def test_the_readme_names_every_view_of_a_night() -> None:
    """What `recon sql` answers over, beside the canonical tables."""
    assert [name for name in views.FILES if f"`{name}`" not in _section("recon sql")] == []


def test_the_page_of_the_canonical_tables_is_the_schema() -> None:
    """docs/canonical.md is made from schema.sql and changes with it: python -m recon.canonical.page > docs/canonical.md"""
    assert (ROOT / "docs" / "canonical.md").read_text(encoding="utf-8") == page()


def test_every_canonical_column_has_its_meaning() -> None:
    """There, or in the list of names that mean the same everywhere."""
    assert [line for line in page().splitlines() if re.fullmatch(r"\| `.*` \| .* \| *\|", line)] == []
