"""Who a finding is: a digest over the rule and the key of the thing it judges, the same every night, on every engine.

docs/findings.md publishes the encoding. `identity_sql` is for set work; `finding_id` is the same function for one key, and a test holds the two
together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from recon.errors import RuleError

IDENTITY_VERSION = "1"
"""Part of every identity: another encoding is another version, and never changes an identity unseen."""

_NAMES = (
    "system plant material batch input_material input_batch output_material output_batch order_no operation_no component storage_location bin stock_type "
    "lot characteristic delivery serial_no handling_unit case_no capa_no chart point message_id queue interface record workflow source table column reason "
    "side view resource code_list code unit_from unit_to activity activity_class confirmation reference ancestor_material ancestor_batch place equipment "
    "object revision"
)
KEY_FIELDS = frozenset(_NAMES.split())
"""Every name that a key may be made of, besides a site's own `x_*` columns."""

_SITE_FIELD = re.compile(r"x_[a-z0-9_]{1,60}")
_ABSENT = "-"


def key_order(rule_id: str, names: Iterable[str]) -> tuple[str, ...]:
    """The fields of a key in the order in which they enter the identity: system, plant, then the rule's own by name.

    By name, so that rearranging the key in a rule file leaves its findings who they were. Raises RuleError for a name that is no key field or comes
    twice.
    """
    given = list(names)
    for name in given:
        if name not in KEY_FIELDS and not _SITE_FIELD.fullmatch(name):
            raise RuleError(f"rule {rule_id}: key", f"{name!r} is not a key field", "docs/findings.md lists them; a site's own begin with x_")
        if given.count(name) > 1:
            raise RuleError(f"rule {rule_id}: key", f"names {name!r} twice")
    return ("system", "plant", *sorted(name for name in given if name not in ("system", "plant")))


def _token(text: str | None) -> str:
    """Length in bytes, colon, text; an absent value (NULL or blank) is a mark that no length can be."""
    return f"{len(text.encode())}:{text}" if text else _ABSENT


def finding_id(rule_id: str, key: Mapping[str, str | None]) -> str:
    """64 hex digits for the finding of `rule_id` about `key`, which holds system and plant too (missing ones count as absent).

    Raises RuleError for a name that is no key field.
    """
    tokens = [_token(IDENTITY_VERSION), _token(rule_id)]
    for name in key_order(rule_id, key):
        tokens += [_token(name), _token(key.get(name))]
    return hashlib.sha256("".join(tokens).encode()).hexdigest()


def identity_sql(rule_id: str, key_columns: Iterable[str]) -> str:
    """DuckDB expression for the identity, over a relation that has `system`, `plant` and `key_columns` (which may name those two as well).

    A column that is not text enters as DuckDB writes it as text. Raises RuleError for a name that is no key field.
    """
    parts = [_literal(_token(IDENTITY_VERSION) + _token(rule_id))]
    for name in key_order(rule_id, key_columns):
        text = f'CAST("{name}" AS VARCHAR)'
        parts.append(_literal(_token(name)))
        parts.append(f"CASE WHEN {text} <> '' THEN strlen({text}) || ':' || {text} ELSE '{_ABSENT}' END")
    return f"sha256({' || '.join(parts)})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
