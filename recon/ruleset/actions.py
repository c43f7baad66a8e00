"""rules/actions/*.yaml → actions, checked alone and against the rules that name them. A site's own take the place of shipped ones."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from recon.action import ALWAYS_FILLED, RELEASING, Action, ActionFront, placeholders
from recon.canonical.schema import SCHEMAS, canonical_tables
from recon.errors import ReconError, RuleError
from recon.frontmatter import yaml_of
from recon.rule import Correction, FromRows, Rule, Way
from recon.wrong_values import explained

FOLDER = "actions"


def load(folders: Iterable[Path]) -> tuple[dict[str, Action], list[ReconError], set[Path]]:
    """Actions by name, everything wrong in any of their files, and the files themselves; of two with one name that of the later folder holds."""
    actions: dict[str, Action] = {}
    errors: list[ReconError] = []
    files: set[Path] = set()
    for folder in folders:
        seen: dict[str, Path] = {}
        for file in sorted((folder / FOLDER).glob("*.yaml")):
            try:
                action = _read(file)
                if action.name in seen:
                    raise RuleError(str(file), f"declares {action.name}, which {seen[action.name].name} declares already")
                found = list(_wrong(action))
                if found:
                    errors += found
                    continue
                seen[action.name] = file
                actions[action.name] = action
                files.add(file)
            except ReconError as error:
                errors.append(error)
    return dict(sorted(actions.items())), errors, files


def _read(file: Path) -> Action:
    try:
        text = file.read_text(encoding="utf-8")
        data = yaml_of(text)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(str(file), f"cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise RuleError(f"{file}:{mark.line + 1}" if mark else str(file), f"is not YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(data, dict):
        raise RuleError(str(file), "is not a list of `key: value` lines")
    try:
        front = ActionFront.model_validate(data)
    except ValidationError as error:
        said = [_said(problem) for problem in error.errors()]
        raise RuleError(str(file), "; ".join(said), f"its keys are {', '.join(sorted(ActionFront.model_fields))}; docs/rules.md explains them") from None
    return Action(front, file, hashlib.sha256(text.encode()).hexdigest()[:12])


def _said(problem: Mapping[str, object]) -> str:
    name = ".".join(str(part) for part in problem["loc"])  # type: ignore[attr-defined]  # pydantic's loc is a tuple
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, ActionFront.model_fields, n=1)
        return f"`{name}` is not a known key" + (f" (did you mean `{near[0]}`?)" if near else "")
    if problem["type"] == "missing":
        return f"`{name}` is missing"
    return f"`{name}`: {explained(problem)[0]}"


def _wrong(action: Action) -> list[ReconError]:
    """What an action says and cannot mean."""
    front, where = action.front, str(action.file)
    problems: list[ReconError] = []
    if action.file.stem != front.action:
        problems.append(RuleError(where, f"declares {front.action}, so its name must be {front.action}.yaml"))
    known = {*front.fields, *ALWAYS_FILLED}
    for part, text, more in (
        ("words", front.words, ()),
        ("checks", front.checks, ()),
        ("interface.payload", [front.interface.payload, *(call.payload for call in front.interface.by_order_type.values())], ("items",)),
    ):
        problems += _strange(where, part, text, known | set(more if front.items else ()))
    if front.items:
        own = known | set(front.items.fields)
        problems += _strange(where, "items.words", front.items.words, own) + _strange(where, "items.payload", front.items.payload, own)
        problems += _no_table(where, "items", front.items.rows, front.items.fields.values())
        if "items" not in set(placeholders(front.interface.payload)):
            problems.append(RuleError(where, "has `items` that its payload does not hold", 'write "{items}" where the list of lines belongs'))
    for name, field in front.fields.items():
        for given in field.rows:
            problems += _no_table(where, f"fields.{name}", given.rows, [given.column, *given.match.values()])
    releasing = sorted(RELEASING.intersection(front.movement_types))
    if releasing and front.effect != "release":
        problems.append(
            RuleError(where, f"posts {', '.join(releasing)}, which makes stock usable, and calls its effect {front.effect}", "its effect is release")
        )
    return problems


def _strange(where: str, part: str, value: object, known: set[str]) -> list[ReconError]:
    unknown = sorted(set(placeholders(value)) - known)
    near = [match for name in unknown for match in difflib.get_close_matches(name, known, n=1)]
    todo = f"did you mean {{{near[0]}}}?" if near else "declare it under `fields`"
    return [RuleError(where, f"{part}: {{{'}, {'.join(unknown)}}} is no field of the action", todo)] if unknown else []


def _no_table(where: str, part: str, table: str, columns: Iterable[str]) -> list[ReconError]:
    schema, _, name = table.partition(".")
    if schema not in SCHEMAS or name not in canonical_tables():
        return [RuleError(where, f"{part}: {table} is not a canonical table", "docs/canonical.md lists them")]
    strange = [column for column in columns if column not in canonical_tables()[name].all_columns]
    return [RuleError(where, f"{part}: {table} has no column {', '.join(strange)}", "docs/canonical.md lists them")] if strange else []


def contradictions(rules: Iterable[Rule], actions: Mapping[str, Action]) -> list[ReconError]:
    """What rules say of actions and cannot mean. `actions` are those that could be read."""
    problems: list[ReconError] = []
    for rule in rules:
        correction = rule.front.correction
        if isinstance(correction, Correction):
            if rule.front.authority == "-":
                todo = "authority - means that a person decides: write the correction as a text"
                problems.append(RuleError(str(rule.file), "believes no side and names an action", todo))
            for way in correction.tried:
                problems += _misled(rule, correction, way, actions)
    return problems


def _misled(rule: Rule, correction: Correction, way: Way, actions: Mapping[str, Action]) -> list[ReconError]:
    where = str(rule.file)
    if way.action not in actions:
        near = difflib.get_close_matches(way.action, actions, n=1)
        todo = f"did you mean {near[0]}?" if near else "rules/actions has one file for each"
        return [RuleError(where, f"correction: {way.action!r} is not an action", todo)]
    action = actions[way.action]
    problems: list[ReconError] = []
    unknown = sorted(set(way.fields) - set(action.front.fields))
    if unknown:
        problems.append(RuleError(where, f"correction: {way.action} has no field {', '.join(unknown)}", f"its fields are {', '.join(action.front.fields)}"))
    if action.front.effect == "release" and correction.released_by is None:
        todo = "name in `released_by` the column with the decision that releases it; that no hold is there releases nothing"
        problems.append(RuleError(where, f"correction: {way.action} releases stock, and nothing says on whose decision", todo))
    shown = {evidence.table for evidence in rule.pairing.front.evidence}
    given = {name: value.rows for name, value in way.fields.items() if isinstance(value, FromRows)}
    if action.front.items:
        given["items"] = action.front.items.rows
    problems += [
        RuleError(
            where, f"correction: {way.action} takes {name} from rows of {table}, of which the rule shows none", "they are those of its pairing's evidence"
        )
        for name, table in given.items()
        if table not in shown
    ]
    return problems
