"""What several independent verdicts on one case settle: a resolution, a dispute, or nothing yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hitl_tui.model.work import Rule


@dataclass(frozen=True, slots=True)
class Ballot:
    """What of a verdict decides agreement: the decision and, for edits, the exact text."""

    decision: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`winner` is what was agreed when the state is resolved, None otherwise."""

    state: Literal["pending", "resolved", "disputed"]
    winner: Ballot | None = None


def settle(ballots: Sequence[Ballot], overlap: int, rule: Rule = "majority") -> Outcome:
    """The outcome of the ballots that count, in any order.

    Below `overlap` (at least 1) the case is pending. Then ballots agree when decision and text are
    equal, code point for code point; `majority` asks that more than half agree, `unanimous` that all
    do. Everything else is a dispute. ValueError when there are more ballots than the overlap asks for.
    """
    if overlap < 1 or len(ballots) > overlap:
        raise ValueError(f"{len(ballots)} verdicts count for an overlap of {overlap}")
    if len(ballots) < overlap:
        return Outcome("pending")
    winner, votes = Counter(ballots).most_common(1)[0]
    needed = overlap if rule == "unanimous" else overlap // 2 + 1
    return Outcome("resolved", winner) if votes >= needed else Outcome("disputed")
