"""The policy of this run: the default one, told what the configuration asks of each pool."""

from __future__ import annotations

from hitl_tui.cli.intake import Router
from hitl_tui.config.settings import Settings
from hitl_tui.model.case import Submission
from hitl_tui.model.clock import Clock
from hitl_tui.model.work import Route
from hitl_tui.routing.policy import PoolRule, default_route


def router(settings: Settings, clock: Clock) -> Router:
    """A function from a submission to its route, at the time that `clock` says."""
    pools = {
        name: PoolRule(pool.overlap, pool.review_within) for name, pool in settings.pools.items()
    }
    house = PoolRule(review_within=settings.sla.review_within)

    def route(submission: Submission) -> Route:
        return default_route(submission, pools, house, clock())

    return route
