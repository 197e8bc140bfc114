"""How a store decides what the configuration may change: consensus, escalation, who serves a pool."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from hitl_tui.model.work import Rule


class Qualifying(NamedTuple):
    """What lets a reviewer into a pool: one of `quizzes`, passed with `mark` (0 to 1) or more.

    `valid_s` is how many seconds that lasts, None for good; `with_guideline` lets it end when another
    version of the guideline is published.
    """

    quizzes: tuple[str, ...]
    mark: float = 0.8
    valid_s: float | None = None
    with_guideline: bool = True


class Rules(NamedTuple):
    """The rules of one queue.

    `consensus_by_pool` overrides `consensus` for the pool that a case is in. `escalates_to` names for
    a pool the one that its escalated cases go to; `reviewers` names for a pool everybody who serves
    it, and a pool that is not in it is served by all. `fallbacks` are the safe answers of the pools,
    `fallback` that of all others. `qualifying` names for a pool the quizzes that let one in.
    """

    consensus: Rule = "majority"
    consensus_by_pool: Mapping[str, Rule] = MappingProxyType({})
    fallbacks: Mapping[str, str] = MappingProxyType({})
    fallback: str | None = None
    escalates_to: Mapping[str, str] = MappingProxyType({})
    reviewers: Mapping[str, frozenset[str]] = MappingProxyType({})
    qualifying: Mapping[str, Qualifying] = MappingProxyType({})

    def consensus_of(self, pool: str) -> Rule:
        """The rule by which the verdicts of a case in this pool agree."""
        return self.consensus_by_pool.get(pool, self.consensus)

    def fallback_of(self, pool: str, home: str) -> str | None:
        """The safe answer of a case that is in `pool` and was put into `home`, when it names none."""
        return self.fallbacks.get(pool, self.fallbacks.get(home, self.fallback))

    def escalated(self, pool: str) -> str:
        """The pool that a case of `pool` goes to: `lead` when nothing else is said."""
        return self.escalates_to.get(pool, "lead")

    def serves(self, reviewer: str, pool: str) -> bool:
        """Whether a reviewer is on the list of a pool; `choosing.may_serve` says the rest."""
        return pool not in self.reviewers or reviewer in self.reviewers[pool]
