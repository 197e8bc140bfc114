"""The values that the grounding of one output is made of, as every screen and report sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["found", "weak", "not_found"]
FlagKind = Literal["number", "date", "unit", "entity", "negation", "name"]
Span = tuple[int, int]
"""Half-open range of code points: ``text[start:end]``."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the sources: ``context[passage][start:end]``; `score` 0..1, higher is stronger."""

    passage: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Clause:
    """One claim of the output, ``output[start:end]``, and what was found for it in the sources.

    `score` is 0..1, higher is worse. `score_without_style` leaves out what the wording and place of
    the clause alone suggest. `reasons` are fixed phrases of ours; `evidence` is best first, at most three.
    """

    start: int
    end: int
    score: float
    score_without_style: float
    grade: Grade
    reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """One value in the output that the sources contradict or lack.

    ``output[start:end]`` is the offending value ("60 days"), `clause` the index of its clause, `source`
    the differing value in the sources ("30 days") where there is one.
    """

    start: int
    end: int
    kind: FlagKind
    note: str
    clause: int
    source: Evidence | None


@dataclass(frozen=True, slots=True)
class Grounding:
    """How far an output is found in its sources.

    `risk` is 0..1, higher is worse. `note` is empty, or says why nothing could be compared; then
    there are no clauses and no flags, and `risk` is 0.0 and means nothing.
    """

    risk: float
    risk_without_style: float
    clauses: tuple[Clause, ...]
    flags: tuple[Flag, ...]
    note: str

    def marked(self, budget: float = 0.15) -> tuple[int, ...]:
        """Indices of the clauses to check, in the order of the text.

        A clause with a flag is always there. Besides these, the worst-scored clauses that fit into `budget`
        (0..1) of the clauses' characters, at least one, but none graded "found". A larger budget never
        drops a clause.
        """
        flagged = {flag.clause for flag in self.flags}
        room = budget * sum(clause.end - clause.start for clause in self.clauses)
        doubtful = [
            i
            for i, clause in enumerate(self.clauses)
            if clause.grade != "found" and i not in flagged
        ]
        chosen: set[int] = set()
        for i in sorted(doubtful, key=lambda i: (-self.clauses[i].score, i)):
            room -= self.clauses[i].end - self.clauses[i].start
            if room < 0 and chosen:
                break
            chosen.add(i)
        return tuple(sorted(chosen | flagged))
