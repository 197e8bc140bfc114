"""The policy that holds when nobody wrote one: every case goes to a human."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hitl_tui.model.case import DEFAULT_POOL, DEFAULT_PRIORITY, Submission
from hitl_tui.model.clock import parse_duration
from hitl_tui.model.work import Route


@dataclass(frozen=True, slots=True)
class PoolRule:
    """What a pool, or the house as a whole, asks of its cases. `review_within` as in `90s`, `5m`."""

    overlap: int | None = None
    review_within: str | None = None


def default_route(
    submission: Submission, pools: Mapping[str, PoolRule], house: PoolRule, now: datetime
) -> Route:
    """Escalate `submission`: its own wishes come first, then its pool's, then the house's.

    Without any of them: pool `general`, priority 50, overlap 1 and no due time. `now` is aware; the
    route's `due` is `now` plus the time within which the answer is wanted.
    """
    pool = submission.pool or DEFAULT_POOL
    rule = pools.get(pool, PoolRule())
    within = submission.review_within or rule.review_within or house.review_within
    return Route(
        action="escalate",
        rule="default",
        reasons=("no policy: every case is reviewed",),
        pool=pool,
        priority=DEFAULT_PRIORITY if submission.priority is None else submission.priority,
        overlap=submission.overlap or rule.overlap or house.overlap or 1,
        due=now + parse_duration(within) if within else None,
    )
