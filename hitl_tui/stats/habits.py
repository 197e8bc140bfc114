"""How each reviewer works, from their verdicts: pace, flips after a reveal, position bias, haste."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from hitl_tui.model.verdict import Verdict
from hitl_tui.stats.intervals import Rate, rate

TOO_FAST_MS = 2000
"""Active time below which a verdict is called too fast to have read anything."""
CHOICES = ("a", "b")
"""The preferences for the first and the second candidate of a case."""


@dataclass(frozen=True, slots=True)
class Habits:
    """One reviewer. Seconds are active ones; `seconds` is the quartiles, None without times.

    `flips`: of the decisions that were made before the scores were revealed, how many were changed
    afterwards (automation bias). `first_shown`: of the preferences for one of two, how many went to
    the answer that was shown first; .5 without a bias. `too_fast`: of the verdicts with a time.
    """

    reviewer: str
    verdicts: int
    late: int
    decisions: Mapping[str, int]
    seconds: tuple[float, float, float] | None
    per_hour: float | None
    flips: Rate
    first_shown: Rate
    too_fast: Rate
    revealed: Rate


def habits(
    verdicts: Iterable[tuple[Verdict, bool]], candidates: Callable[[str], Sequence[str]]
) -> list[Habits]:
    """Everybody's, by name, from standing verdicts, each with whether it came late.

    `candidates` gives the ids of a preference case's answers in their own order.
    """
    found: dict[str, _Tally] = {}
    for verdict, late in verdicts:
        tally = found.get(verdict.reviewer)
        if tally is None:
            tally = found[verdict.reviewer] = _Tally(candidates)
        tally.add(verdict, late)
    return [tally.habits(name) for name, tally in sorted(found.items())]


class _Tally:
    def __init__(self, candidates: Callable[[str], Sequence[str]]) -> None:
        self._candidates = candidates
        self.late = self.flips = self.kept = self.first = self.second = self.revealed = 0
        self.decisions: Counter[str] = Counter()
        self.times: list[int] = []

    def add(self, verdict: Verdict, late: bool) -> None:
        self.late += late
        self.decisions[verdict.decision] += 1
        self.revealed += verdict.revealed
        if verdict.active_ms is not None:
            self.times.append(verdict.active_ms)
        if verdict.revealed and verdict.first_decision is not None:
            changed = verdict.first_decision != verdict.decision
            self.flips += changed
            self.kept += not changed
        shown = _shown_first(verdict, self._candidates)
        if shown is not None:
            self.first += shown
            self.second += not shown

    def habits(self, name: str) -> Habits:
        n, spent = self.decisions.total(), sum(self.times)
        fast = sum(time < TOO_FAST_MS for time in self.times)
        return Habits(
            name,
            n,
            self.late,
            dict(self.decisions.most_common()),
            _quartiles(self.times),
            len(self.times) / (spent / 3_600_000) if spent else None,
            rate(self.flips, self.flips + self.kept),
            rate(self.first, self.first + self.second),
            rate(fast, len(self.times)),
            rate(self.revealed, n),
        )


def _shown_first(verdict: Verdict, candidates: Callable[[str], Sequence[str]]) -> bool | None:
    """Whether a preference is for the answer that was shown first; None when that is not known."""
    if verdict.decision not in CHOICES or not verdict.order:
        return None
    ids = candidates(verdict.case_id)
    place = CHOICES.index(verdict.decision)
    return verdict.order[0] == ids[place] if place < len(ids) else None


def _quartiles(times: list[int]) -> tuple[float, float, float] | None:
    if not times:
        return None
    if len(times) == 1:
        return (times[0] / 1000,) * 3
    low, middle, high = quantiles(times, n=4, method="inclusive")
    return low / 1000, middle / 1000, high / 1000
