"""What the queue knows of a case's way: route, claim, lease, resolution, event."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from hitl_tui.model.case import DEFAULT_POOL, DEFAULT_PRIORITY, Case, CaseId, RawText
from hitl_tui.model.fields import Int, Name, Record, Text, Time

CaseState = Literal["pending", "disputed", "resolved", "withdrawn"]
Source = Literal["reviewer", "consensus", "adjudication", "fallback", "policy"]
ReleaseReason = Literal["skip", "snooze", "quit"]
Cause = Literal["ambiguous", "guideline_gap", "error", "values"]
Rule = Literal["majority", "unanimous"]
"""When verdicts agree: more than half of them, or all."""
"""Why verdicts disagreed: the case is unclear, the guideline silent, one erred, or people differ."""


class Route(Record):
    """Where the policy sent a case, by which rule, and why."""

    action: Literal["allow", "block", "escalate"] = "escalate"
    rule: Text = "default"
    reasons: tuple[Text, ...] = ()
    pool: Name = DEFAULT_POOL
    priority: Int = DEFAULT_PRIORITY
    overlap: Annotated[Int, Field(ge=1)] = 1
    due: Time | None = None


class Lease(Record):
    """A reviewer's time-limited claim; `token` rises with every lease and fences off late writers."""

    token: Annotated[Int, Field(ge=1)]
    case_id: CaseId
    reviewer: Name
    claimed_at: Time
    until: Time


class Claim(Record):
    """A leased case as the reviewer gets it. `server_time` is the store's clock, for countdowns."""

    token: Annotated[Int, Field(ge=1)]
    case: Case
    route: Route
    lease_until: Time
    server_time: Time


class Resolution(Record):
    """The final answer of a case. `output` is what the waiting application may show, or None."""

    case_id: CaseId
    decision: Name
    output: RawText | None = None
    source: Source
    verdicts: tuple[Name, ...] = ()
    resolved_at: Time
    version: Annotated[Int, Field(ge=1)] = 1


class Event(Record):
    """One entry of the audit trail. It holds no content: only ids, names, digests and numbers."""

    seq: Annotated[Int, Field(ge=1)]
    at: Time
    type: Name
    actor: Name
    case_id: CaseId | None = None
    data: dict[str, Any] = Field(default_factory=dict)
