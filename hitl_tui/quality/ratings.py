"""Ratings out of a queue: what reviewers gave, before any adjudication, ready for the statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from hitl_tui.model.case import Kind
from hitl_tui.model.clock import from_micros, to_micros
from hitl_tui.model.verdict import DECISIONS, Verdict
from hitl_tui.queue.calibration import Sittings
from hitl_tui.queue.protocol import Forbidden, Queue
from hitl_tui.queue.ratings import RatingRow, RatingStore
from hitl_tui.stats.ratings import Collector, Ints, Level, Ratings

Group = Literal["pool", "week"]
SEVERITIES = tuple(str(n) for n in range(5))
PAGE = 1000


@dataclass(frozen=True, slots=True)
class What:
    """What of a verdict is the rating: its decision, its severity, or whether it has a label."""

    on: Literal["decision", "severity", "label"] = "decision"
    label: str = ""

    def of(self, verdict: Verdict) -> str | None:
        """The rating in a verdict, None when it has none."""
        if self.on == "decision":
            return verdict.decision
        if self.on == "severity":
            return None if verdict.severity is None else str(verdict.severity)
        return "yes" if self.label in verdict.labels else "no"


@dataclass(frozen=True)
class Gathered:
    """The ratings of a queue. `group` is the code of each one's pool or week in `groups`."""

    collector: Collector
    kinds: tuple[Kind, ...]
    group: list[int] = field(default_factory=list)
    groups: tuple[str, ...] = ()

    def ratings(self, declared: Sequence[str], level: Level) -> Ratings:
        """All of them."""
        return self.collector.ratings(declared, level)

    def by_group(self, declared: Sequence[str], level: Level) -> Iterator[tuple[str, Ratings]]:
        """Each group's, by name."""
        codes = np.array(self.group, dtype=np.int64)
        for at in np.argsort(np.array(self.groups)):
            kept: Ints = np.flatnonzero(codes == at)
            found = self.collector.ratings(declared, level, kept)
            yield self.groups[at], found


def gather(
    queue: Queue, what: What, *, by: Group | None = None, kind: Kind | None = None
) -> Gathered:
    """Every standing verdict of the queue that is a rating; escalations and quizzes are none."""
    collector = Collector()
    codes: list[int] = []
    groups: dict[str, int] = {}
    if isinstance(queue, RatingStore):
        rows = queue.ratings(what.on, what.label, kind=kind, placed=by is not None)
        kinds = tuple(queue.rated_kinds())
    else:
        places = _places(queue) if by == "pool" or kind is not None else {}
        rows = _paged(queue, what, places, kind, copies(queue))
        kinds = tuple(sorted({found for found, _ in places.values()}))
    add = collector.add
    for item, reviewer, label, pool, micros in rows:
        add(item, reviewer, label)
        if by is not None:
            name = pool if by == "pool" else week(micros)
            codes.append(groups.setdefault(name, len(groups)))
    return Gathered(collector, kinds, codes, tuple(groups))


def declared_labels(what: What, gathered: Gathered, kind: Kind | None) -> tuple[str, ...]:
    """The labels that there are to choose from: the decisions of the kinds in the queue, without
    handing the case on.
    """
    if what.on == "severity":
        return SEVERITIES
    if what.on == "label":
        return ("yes", "no")
    kinds = [kind] if kind is not None else [*gathered.kinds] or _kinds_of(gathered.collector)
    found = [decision for one in kinds for decision in DECISIONS[one] if decision != "escalate"]
    return tuple(dict.fromkeys(found))


def copies(queue: Queue) -> frozenset[str]:
    """The cases that are copies in a quiz: each has one taker, so nobody could agree on it."""
    if not isinstance(queue, Sittings):
        return frozenset()
    return frozenset(
        answer.case_id for quiz in queue.quizzes() for answer in queue.quiz(quiz.name).answers
    )


def week(micros: int) -> str:
    """The ISO week of a moment in UTC, such as 2026-W48."""
    year, number, _ = from_micros(micros).isocalendar()
    return f"{year}-W{number:02d}"


def _kinds_of(collector: Collector) -> list[Kind]:
    """The kinds whose decisions occur, when nobody says which kinds there are."""
    occurring = set(collector.labels)
    fitting = [kind for kind, decisions in DECISIONS.items() if occurring <= set(decisions)]
    return list(fitting[:1]) or [
        kind for kind, decisions in DECISIONS.items() if occurring & set(decisions)
    ]


def _places(queue: Queue) -> dict[str, tuple[Kind, str]]:
    """Case -> its kind and pool."""
    found: dict[str, tuple[Kind, str]] = {}
    cursor = None
    while True:
        try:
            page = queue.listing(cursor=cursor, limit=PAGE)
        except Forbidden:
            raise Forbidden(
                "pools and kinds of the cases are a lead's to see: leave --by pool and --kind away"
            ) from None
        found.update((row.case_id, (row.kind, row.pool)) for row in page.rows)
        cursor = page.cursor
        if cursor is None:
            return found


def _paged(
    queue: Queue,
    what: What,
    places: dict[str, tuple[Kind, str]],
    kind: Kind | None,
    left_out: frozenset[str],
) -> Iterator[RatingRow]:
    """The ratings of a store that gives whole verdicts, page by page."""
    cases: dict[str, int] = {}
    after = 0
    while page := queue.verdict_page(after, PAGE):
        for _, stored in page:
            verdict = stored.verdict
            if stored.late or stored.undone_at is not None or verdict.decision == "escalate":
                continue
            if verdict.case_id in left_out:
                continue
            found = places.get(verdict.case_id)
            if kind is not None and (found is None or found[0] != kind):
                continue
            item = cases.setdefault(verdict.case_id, len(cases))
            at = to_micros(verdict.decided_at) if verdict.decided_at else 0
            yield item, verdict.reviewer, what.of(verdict), found[1] if found else "", at
        after = page[-1][0]
