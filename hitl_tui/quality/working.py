"""Verdicts out of a queue for the report on reviewers: everybody's for a lead, one's own for a reviewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.protocol import Forbidden, Queue, StoredVerdict

PAGE = 1000
LONGEST_OWN = 1000


def standing(queue: Queue, only: str | None = None) -> Iterator[tuple[Verdict, bool]]:
    """Every verdict that was not undone, each with whether it came late, in order of acceptance.

    With `only` this reviewer's; where the whole record is not theirs to see, their latest ones.
    """
    try:
        page = queue.verdict_page(0, PAGE)
    except Forbidden:
        if only is None:
            raise
        own = queue.history(only, LONGEST_OWN)
        yield from ((stored.verdict, stored.late) for stored in reversed(own))
        return
    while page:
        for _, stored in page:
            if _stands(stored, only):
                yield stored.verdict, stored.late
        page = queue.verdict_page(page[-1][0], PAGE)


def candidates_of(queue: Queue) -> Callable[[str], tuple[str, ...]]:
    """A function from a case's id to the ids of its candidates."""

    @lru_cache(maxsize=10_000)
    def ids(case_id: str) -> tuple[str, ...]:
        return tuple(one.id for one in queue.case(case_id).candidates)

    return ids


def _stands(stored: StoredVerdict, only: str | None) -> bool:
    return stored.undone_at is None and only in (None, stored.verdict.reviewer)
