"""What the waiting application may show once a case is decided, for every kind of case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hitl_tui.model.verdict import WRITES_TEXT


def released_text(case: Mapping[str, Any], decision: str, written: str | None) -> str | None:
    """The text that a decision lets out of `case` (its JSON), or None when it lets nothing out.

    The original output when it was approved or found harmless, or when the critique of it was found
    wrong; the revision when the critique was found right; the reviewer's own text when they wrote
    one, also over the candidate they preferred; the preferred candidate, the first one on a tie. A
    route counts as a decision too.
    """
    if decision in WRITES_TEXT:
        return written
    if decision in ("approve", "harmless", "disagree", "allow"):
        return case.get("output")
    if decision == "agree":
        return case.get("revision")
    if decision in _CHOSEN:
        if written is not None:
            return written
        text: str = case["candidates"][_CHOSEN[decision]]["text"]
        return text
    return None


_CHOSEN = {"a": 0, "b": 1, "tie": 0}
