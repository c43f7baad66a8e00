"""The forms of dates and times that recon.toml declares: strptime patterns, taken to the letter.

The engine's strptime is generous: it reads 26 as the year 26 and 2026031 as the first of March. What a text has to look like is therefore said as well.
"""

from __future__ import annotations

import re

_PADDED = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "j": 3}
_WITHOUT_ZERO = "mdHI"
"""What people write without its leading zero, where something stands between it and the next number."""
_TEXTS = {"f": r"\d{1,6}", "p": "[AaPp][Mm]", "b": "[A-Za-z]+", "B": "[A-Za-z]+", "a": "[A-Za-z]+", "A": "[A-Za-z]+", "%": "%"}
DIRECTIVES = "".join((*_PADDED, *_TEXTS))
"""What may stand behind a percent sign."""


def look(form: str) -> str:
    """Regular expression (RE2) of the texts that are in `form`. Raises ValueError where it has a directive that is not one of DIRECTIVES."""
    parts = re.findall(r"%.|[^%]|%$", form, flags=re.DOTALL)
    unknown = [part for part in parts if part[0] == "%" and part[1:] not in (*_PADDED, *_TEXTS)]
    if unknown:
        raise ValueError(f"{form!r} has {unknown[0]!r}, and after a percent sign stands one of {' '.join(DIRECTIVES)}")
    number = [(part[0] == "%" and part[1] in (*_PADDED, "f")) or part.isdigit() for part in parts]
    pattern = ""
    for place, part in enumerate(parts):
        kind = part[1:]
        if part[0] != "%":
            pattern += re.escape(part)
        elif kind in _TEXTS:
            pattern += _TEXTS[kind]
        elif kind in _WITHOUT_ZERO and not any(number[max(place - 1, 0) : place]) and not any(number[place + 1 : place + 2]):
            pattern += r"\d{1,2}"
        else:
            pattern += rf"\d{{{_PADDED[kind]}}}"
    return pattern
