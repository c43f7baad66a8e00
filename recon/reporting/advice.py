"""What the reader of a finding does next, in a sentence. The rule knows; where a run does not carry its rules, the state still tells something."""

from __future__ import annotations

from collections.abc import Mapping


def advice(rule: Mapping[str, str], explanation: str | None, state: str) -> str:
    """From the rule's own correction, what explains the finding, and its state."""
    if state == "in flight":
        return "wait: a posting is on its way; tomorrow's run will know"
    if state in ("resolved", "retired"):
        return "nothing: it is no longer there"
    if explanation:
        return f"see to what explains it first, never post a second time: {explanation}"
    return rule.get("correction", "")
