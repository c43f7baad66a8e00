"""SQL files that say about themselves what they are: YAML between /* --- and --- */, then one statement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from recon.errors import RuleError

_OPEN, _CLOSE = "/* ---", "--- */"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # which of the two is there is known at run time
    """Refuses a key that stands twice: YAML would let the last one win, and nobody would see what the first one said."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set[str]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"`{key.value}` stands there twice", key.start_mark)
                seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def yaml_of(text: str) -> Any:
    """What YAML says, in its safe form. Raises yaml.YAMLError. Rules, cases and packs are hundreds of files: libyaml reads them in an eighth of the time."""
    return yaml.load(text, _Loader)  # noqa: S506 - both are safe loaders


def split(file: Path) -> tuple[dict[str, Any], str]:
    """Front matter and SQL of `file`. Raises RuleError naming the line where the front matter goes wrong."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(str(file), f"cannot be read: {error}") from None
    head, closed, sql = text.partition(_CLOSE)
    if not head.startswith(_OPEN) or not closed:
        raise RuleError(f"{file}:1", "has no front matter", f"begin the file with {_OPEN} and YAML, and end that with {_CLOSE}")
    try:
        front = yaml_of(head.removeprefix(_OPEN))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        problem = getattr(error, "problem", error)
        if isinstance(error, yaml.constructor.ConstructorError):
            raise RuleError(where, f"front matter: {problem}", "write each key once, and values as plain YAML") from None
        raise RuleError(where, f"front matter is not YAML: {problem}", "quote texts that contain a colon") from None
    if not isinstance(front, dict):
        raise RuleError(f"{file}:1", "front matter is not a list of `key: value` lines")
    if not sql.strip():
        raise RuleError(str(file), "has no SQL after its front matter")
    return front, sql.strip()
