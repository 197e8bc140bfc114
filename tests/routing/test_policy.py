"""Without a policy every case goes to a human; wishes come before the pool's rules, then the house's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hitl_tui.model.case import Submission
from hitl_tui.model.work import Route
from hitl_tui.routing.policy import PoolRule, default_route

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
POOLS = {"medical": PoolRule(overlap=2, review_within="30m"), "legal": PoolRule(overlap=3)}


def route(house: PoolRule | None = None, **wishes: Any) -> Route:
    submission = Submission.model_validate({"id": "a", "output": "o", **wishes})
    return default_route(submission, POOLS, house or PoolRule(), NOON)


def test_by_default_everything_is_escalated_to_the_general_pool() -> None:
    made = route()
    assert (made.action, made.pool, made.priority, made.overlap) == ("escalate", "general", 50, 1)
    assert made.due is None


def test_a_pool_asks_for_its_overlap_and_its_time() -> None:
    made = route(pool="medical")
    assert (made.overlap, made.due) == (2, NOON + timedelta(minutes=30))


def test_the_case_s_own_wishes_come_first() -> None:
    made = route(pool="medical", overlap=1, review_within="5m", priority=0)
    assert (made.overlap, made.priority, made.due) == (1, 0, NOON + timedelta(minutes=5))


def test_the_house_fills_in_what_the_pool_leaves_open() -> None:
    house = PoolRule(review_within="4h")
    assert route(house, pool="legal").due == NOON + timedelta(hours=4)
    assert route(house, pool="medical").due == NOON + timedelta(minutes=30)
