"""How a store decides what the configuration may change: consensus, escalation, who serves a pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hitl_tui.stats.consensus import Rule


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one queue.

    `escalates_to` names for a pool the one that its escalated cases go to; `reviewers` names for a
    pool everybody who serves it, and a pool that is not in it is served by all.
    """

    consensus: Rule = "majority"
    escalates_to: Mapping[str, str] = field(default_factory=dict)
    reviewers: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def escalated(self, pool: str) -> str:
        """The pool that a case of `pool` goes to: `lead` when nothing else is said."""
        return self.escalates_to.get(pool, "lead")

    def serves(self, reviewer: str, pool: str) -> bool:
        """Whether a reviewer may judge the cases of a pool."""
        return pool not in self.reviewers or reviewer in self.reviewers[pool]
