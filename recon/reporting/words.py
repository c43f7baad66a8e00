"""Numbers, money, moments and spans of time as people read them; the same words in the terminal and in HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

_HIDDEN = dict.fromkeys((*range(32), *range(127, 160)), " ") | dict.fromkeys((*range(8203, 8208), *range(8234, 8239), *range(8294, 8298)), "�")
"""Control characters, which a terminal would obey, and marks that turn the reading direction or are invisible."""


def plain(text: object) -> str:
    """Text of a source system, safe for a terminal: nothing in it can move the cursor, colour, or hide."""
    return "" if text is None else str(text).translate(_HIDDEN)


def number(value: Decimal | int | None) -> str:
    """12480.500000 → '12,480.5': every digit that is not a trailing zero."""
    if value is None:
        return ""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: Decimal | None, unit: str | None) -> str:
    """'1,201.125 KG'."""
    return " ".join(part for part in (number(value), unit if value is not None else None) if part)


def money(value: Decimal | None, currency: str | None) -> str:
    """'2,739.25 EUR'."""
    return "" if value is None else f"{value:,.2f} {currency or ''}".strip()


def about(value: Decimal, currency: str) -> str:
    """For headlines: '468 k EUR', '1.2 M EUR', '913 EUR'."""
    for size, letter in ((Decimal(1_000_000), " M"), (Decimal(1_000), " k")):
        if abs(value) >= size:
            scaled = value / size
            return f"{scaled.quantize(Decimal('0.1') if abs(scaled) < 10 else Decimal(1), ROUND_HALF_EVEN)}{letter} {currency}"
    return f"{value.quantize(Decimal(1), ROUND_HALF_EVEN)} {currency}"


def span(minutes: int) -> str:
    """95 → '1 h 35 min'; 3840 → '2 d 16 h'."""
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{rest} min" if rest and not days else ""]
    return " ".join(part for part in parts if part) or "0 min"


def lag(minutes: int | None) -> str:
    """How far a source was behind the night's reference."""
    if minutes is None:
        return "not read"
    return "on time" if minutes == 0 else f"{span(minutes)} behind" if minutes > 0 else f"{span(-minutes)} after"


def local(value: datetime | None, time_zone: str, form: str = "%Y-%m-%d %H:%M") -> str:
    """A UTC moment on the clock of a plant."""
    return "" if value is None else value.astimezone(ZoneInfo(time_zone)).strftime(form)


def utc(value: datetime | None) -> str:
    """A moment for the reader who compares plants."""
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def many(count: int, one: str, several: str | None = None) -> str:
    """'1 finding', '1,204 findings'."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def rules_in_short(ids: Sequence[str]) -> str:
    """'GEN-001', 'CON-001 to -012, GEN-007': what follows one another is named by its ends; in the order of the ids."""
    spans: list[list[str]] = []
    for rule_id in sorted(ids):
        family, _, digits = rule_id.rpartition("-")
        before, _, last = spans[-1][-1].rpartition("-") if spans else ("", "", "")
        if spans and before == family and int(digits) == int(last) + 1:
            spans[-1].append(rule_id)
        else:
            spans.append([rule_id])
    return ", ".join(ids[0] if len(ids) == 1 else f"{ids[0]} to -{ids[-1].rpartition('-')[2]}" if len(ids) > 2 else ", ".join(ids) for ids in spans)


_REMEDIES = {
    "before history": "lawful: the source's history begins later; it ends as the history grows",
    "ambiguous": "equal keys, different rows: find out in the source which one holds",
    "only an average": "have the source tell what it weighed beside what it counted (catch_quantity)",
    "no conversion": "maintain the conversion in the material's master data (MARM)",
    "unreadable": "correct the value in the source; `recon sql` shows it under problems",
}
"""Beginning of a reason why a key was not judged → what to do about it."""


def remedy(reason: str) -> str:
    """What to do about a key that could not be judged; '' where nothing is known."""
    return next((todo for beginning, todo in _REMEDIES.items() if reason.startswith(beginning)), "")


KEY_WORDS = {
    "order_no": "order", "operation_no": "operation", "storage_location": "location", "case_no": "case", "capa_no": "CAPA", "serial_no": "serial",
}  # fmt: skip


def key_words(key: Mapping[str, object], without: tuple[str, ...] = ()) -> str:
    """A key in words, leaving out the fields in `without`: 'order 1000042 · component 100234'."""
    return " · ".join(f"{KEY_WORDS.get(name, name.replace('_', ' '))} {value}" for name, value in key.items() if name not in without and value is not None)


def change(what: str | None, before: str | None, after: str | None) -> str:
    """What a night stands on and is not as it was: 'recon.toml: parameters.CON-001.rel_tol: 0.01 → 0.02'."""
    if before is None:
        return f"{what}: {after}, not there before"
    return f"{what}: {before} → {'not there any more' if after is None else after}"


def site_file(kind: str, name: str, instead: bool, waits: str | None, approved_by: str | None) -> str:
    """'rule CON-001 of the site, in place of the shipped one, approved by K. Weber'."""
    place = ("stands in place of" if not waits else "does not stand yet in place of") + " the shipped one" if instead else "is the site's own"
    approved = f"approved by {approved_by}" if approved_by else "nobody is named who has approved it"
    return f"{kind} {name}: {place}, {approved}" + (f" ({waits})" if waits else "")
