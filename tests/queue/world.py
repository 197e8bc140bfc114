"""Cases, verdicts and a clock for the tests of every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hitl_tui.model.case import Submission
from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Claim, Route
from hitl_tui.queue.protocol import Queue

NINE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def item(case_id: str, /, **route: Any) -> tuple[Submission, Route]:
    """A response case with a route of these fields."""
    return Submission(id=case_id, output=f"the answer of {case_id}"), Route(**route)


def fill(queue: Queue, *case_ids: str, **route: Any) -> None:
    """Queue response cases, all with the same route."""
    outcomes = queue.admit([item(case_id, **route) for case_id in case_ids])
    assert [outcome.outcome for outcome in outcomes] == ["queued"] * len(case_ids)


def verdict(claim: Claim, reviewer: str, decision: str = "approve", **fields: Any) -> Verdict:
    """A verdict on a claimed case."""
    given = {"id": new_id(), "case_id": claim.case.id, "reviewer": reviewer, "lease": claim.token}
    return Verdict.model_validate({**given, "decision": decision, **fields})


def judge(queue: Queue, reviewer: str, decision: str = "approve", **fields: Any) -> Verdict:
    """Claim the next case and submit a verdict on it."""
    given = verdict(queue.claim(reviewer)[0], reviewer, decision, **fields)
    queue.submit(given)
    return given


def ids(claims: list[Claim]) -> list[str]:
    return [claim.case.id for claim in claims]


def events(queue: Queue) -> list[str]:
    """The types of the trail's events behind the first, with the case: `lease.claimed c1`."""
    from hitl_tui.audit.chain import decode_entry

    decoded = [decode_entry(row.entry) for row in queue.trail(after=1)]
    return [f"{event.type} {event.case_id}" for event in decoded]
