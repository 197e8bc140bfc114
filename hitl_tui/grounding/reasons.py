"""Puts into words why a clause has its grade."""

from __future__ import annotations

from hitl_tui.grounding.features import Features
from hitl_tui.grounding.types import Grade

FOUND_BELOW = 0.17
NOT_FOUND_FROM = 0.5
"""Scores from which a clause counts as "weak" and as "not_found"."""


def grade_of(score: float, facts: Features, *, flagged: bool) -> Grade:
    """Return the grade of a clause.

    What only says that the sources are silent is never "not_found", what carries a flag never "found".
    """
    if score >= NOT_FOUND_FROM and not facts.silent:
        return "not_found"
    return "weak" if score >= FOUND_BELOW or facts.content == 0 or flagged else "found"


def reason(grade: Grade, facts: Features, *, agrees: bool = False, left_open: bool = False) -> str:
    """Return in a few words what the grade comes from.

    `agrees` tells that a fact of a structured source says the same, `left_open` that one is null.
    """
    if facts.silent:
        return "says that the sources do not tell"
    if left_open:
        return "the sources leave it open"
    if agrees:
        return "the same value is in the sources"
    if facts.content == 0:
        return "too few words to compare"
    if grade == "found":
        if facts.reworded < 0.5:
            return "wording found"
        if facts.apart < 0.5:
            return "most of its words are in one place"
        return "its words are in the sources"
    if facts.unseen >= 0.5:
        return "few of its words are in the sources"
    if facts.unseen >= 0.2:
        return "some of its words are not in the sources"
    return "its words are scattered over the sources" if facts.apart > 0.4 else "reworded"
