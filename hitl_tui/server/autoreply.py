"""The reviewer that is none: answers every case at once, for a producer's own tests."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from hitl_tui.model.case import Kind, Submission
from hitl_tui.model.ids import new_id
from hitl_tui.model.verdict import Verdict
from hitl_tui.model.work import Route
from hitl_tui.queue.protocol import NotAvailable

if TYPE_CHECKING:
    from hitl_tui.queue.operations import Operations
    from hitl_tui.queue.transaction import Transaction
    from hitl_tui.server.house import House

NAME = "auto-reply"
DECISIONS: Mapping[str, Mapping[Kind, str]] = {
    "approve": {
        "response": "approve",
        "preference": "a",
        "redteam": "harmless",
        "critique": "agree",
        "action": "approve",
    },
    "reject": {
        "response": "reject",
        "preference": "neither",
        "redteam": "harmful",
        "critique": "disagree",
        "action": "deny",
    },
}
"""What it decides about which kind. It writes no text: a demonstration waits for its SLA."""


async def reply(
    house: House, submission: Submission, route: Route, tone: Literal["approve", "reject"]
) -> None:
    """Give as many verdicts as the case needs, under names that say what they are."""
    decision = DECISIONS[tone].get(submission.kind)
    if decision is None:
        return
    case_id = submission.id

    def judge(do: Operations, tx: Transaction) -> None:
        for place in range(route.overlap):
            name = f"{NAME}-{place + 1}"
            (claim,) = do.claim(tx, name, case_id=case_id)
            fields = {"id": new_id(), "case_id": case_id, "reviewer": name, "lease": claim.token}
            rationale = "nobody looked: the server runs with --auto-reply"
            given = {**fields, "decision": decision, "rationale": rationale}
            do.submit(tx, Verdict.model_validate(given))

    with suppress(NotAvailable):
        await house.change(judge)
    house.resolutions.wake(case_id)
