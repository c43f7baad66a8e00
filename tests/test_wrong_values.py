"""A wrong value of recon.toml is told with its key, as it stands there, and with what to write instead."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from recon import config
from recon.errors import ReconError

SOUND = {
    "": 'site = "Lindau"',
    "plants.1000": 'name = "Lindau"\ntime_zone = "UTC"\ncurrency = "EUR"',
    "sources.mes": 'kind = "sql"\npack = "mes-tables"\nsystem = "P01/100"\nplants = ["1000"]\nurl = "sqlite:///mes.db"',
}


def _toml(section: str, line: str) -> str:
    """The sound file with one line more, in place of that of the same key."""
    key = line.partition(" ")[0]
    sections = dict(SOUND)
    kept = [old for old in sections.get(section, "").splitlines() if old.partition(" ")[0] != key]
    sections[section] = "\n".join([*kept, line])
    return "\n".join((f"[{name}]\n" if name else "") + text for name, text in sections.items())


@pytest.mark.parametrize(
    ("section", "line", "said"),
    [
        ("", "site = 5", 'site: 5 is not a text\n  Tip: write a text in quotes, such as "name"'),
        ("workspace", "threads = 0", "workspace.threads: 0 is too small\n  Tip: it must be at least 1"),
        ("workspace", 'keep_logs = "many"', 'workspace.keep_logs: "many" is not a whole number\n  Tip: write digits alone, such as 10'),
        ("workspace", "threads = 1.5", "workspace.threads: 1.5 is not a whole number\n  Tip: write digits alone, such as 10"),
        ("workspace", "memory_limit = true", 'workspace.memory_limit: true is not a text\n  Tip: write a text in quotes, such as "name"'),
        ("gates", 'run = "nope"', 'gates.run: "nope" is neither true nor false\n  Tip: write true or false'),
        ("rules", 'on = "STK-001"', 'rules.on: "STK-001" is not a list\n  Tip: write it in brackets, such as ["a", "b"]'),
        ("rules.off", 'STK-001 = ""', 'rules.off.STK-001: "" is empty\n  Tip: say it in words'),
        ("corrections", "value_limit = 1.234", "corrections.value_limit: 1.234 has too many digits\n  Tip: write at most 2 after the point"),
        ("corrections", "value_limit = 0", "corrections.value_limit: 0 is too small\n  Tip: it must be more than 0"),
        ("parameters", "CON-001 = 4", "parameters.CON-001: 4 is not a table\n  Tip: write keys with their values under it"),
        ("plants.1000", "working_days = []", "plants.1000.working_days: [] is empty\n  Tip: name at least one"),
        ("plants.1000", 'working_days = ["mon", "Tue"]', "plants.1000.working_days.2: \"Tue\" is none of 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'"),
        ("plants.1000", "calendar = 4", 'plants.1000.calendar: 4 is not the name of a file, such as "calendars/hamburg.csv"'),
        ("sources.mes", 'kind = "sqll"', "sources.mes.kind: \"sqll\" is none of 'files', 'sql'\n  Tip: did you mean \"sql\"?"),
        ("sources.mes", 'client = "1"', 'sources.mes.client: "1" is not the number of a client: three digits in quotes, such as "100"'),
        ("sources.mes", 'complete_from = "yesterday"', 'complete_from: "yesterday" is not a moment\n  Tip: write day and time, such as 2026-03-01T00:00:00Z'),
        ("sources.mes.tables.batch", 'accept_rows_from = "1.3."', 'batch.accept_rows_from: "1.3." is not a day\n  Tip: write it as 2026-03-01'),
        ("sources.mes.tables.batch", "columns = {a = 3}", "batch.columns.a: 3 is neither a name in quotes nor a list of such names"),
        ("sources.mes", 'url = ["postgresql://recon:pw@db"]', 'sources.mes.url: does not fit\n  Tip: write a reference in quotes, such as "env:NAME"'),
        ("sources.mes", 'kind = "postgresql://recon:pw@db"', "sources.mes.kind: an address is none of 'files', 'sql'"),
        ("sources.mes.tables", 'batch = "postgresql://recon:pw@db"', "sources.mes.tables.batch: an address is not a table"),
        ("sources.mes", "statement_timeout = 90", 'sources.mes.statement_timeout: 90 is not a duration such as "30m", "2h" or "1d", in quotes'),
        ("workflows.genealogy", "settle = 3.5", 'workflows.genealogy.settle: 3.5 is not a duration such as "30m", "2h" or "1d", in quotes'),
    ],
)
def test_a_wrong_value_is_one_message(tmp_path: Path, section: str, line: str, said: str) -> None:
    """Where, what stands there, and what to write: nothing besides, and nothing in the words of the library that checks it."""
    with pytest.raises(ReconError) as error:
        config.settings_of(tmp_path, tomllib.loads(_toml(section, line)))
    assert said in str(error.value)
    assert str(error.value).count("recon.toml: ") == 1, "one wrong value is told once"
    assert "Input should" not in str(error.value)
    assert "recon:pw" not in str(error.value), "what may hold a secret is not shown"


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    """The file that the wrong lines are put into is right without them."""
    assert config.settings_of(tmp_path, tomllib.loads(_toml("", SOUND[""]))).site == "Lindau"
