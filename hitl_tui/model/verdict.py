"""What a reviewer decides: the verdict, which decisions each kind takes, what makes one valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from hitl_tui.model.case import CaseId, Kind, RawText
from hitl_tui.model.fields import Boolean, Int, Name, Offset, Record, Text, Time, contradiction

DECISIONS: Mapping[Kind, tuple[str, ...]] = {
    "response": ("approve", "reject", "edit", "escalate"),
    "preference": ("a", "b", "tie", "neither", "escalate"),
    "demonstration": ("write", "escalate"),
    "redteam": ("harmful", "harmless", "unclear", "escalate"),
    "critique": ("agree", "disagree", "revise", "escalate"),
    "action": ("approve", "deny", "edit", "escalate"),
}
WRITES_TEXT = frozenset({"edit", "write", "revise"})
"""Decisions that carry a text of the reviewer's in `edited_output`."""
MAY_WRITE = frozenset({"a", "b"})
"""Decisions that may carry one: the preferred answer with the reviewer's corrections."""


class Span(Record):
    """A stretch of the output that the reviewer marked; half-open code points of the raw text."""

    start: Offset
    end: Offset
    label: Name | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start >= self.end:
            raise contradiction("a span ends after it starts")
        return self


class EvidenceRef(Record):
    """A stretch of `context[passage]` that the reviewer judged by; half-open code points of the raw text.

    A workstation names what it showed beside a claim; whether it lies within the passage is its to know.
    """

    passage: Offset
    start: Offset
    end: Offset

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start >= self.end:
            raise contradiction("evidence ends after it starts")
        return self


class Verdict(Record):
    """One reviewer's decision on one case. Append-only: an undo is a further event, not a change.

    `decided_at` is the store's time; `client_decided_at` is that of a client which was offline then.
    `order` has the ids of the candidates of a preference as the reviewer saw them, first one first.
    """

    id: Name
    case_id: CaseId
    reviewer: Name
    decision: Name
    labels: tuple[Name, ...] = ()
    spans: tuple[Span, ...] = ()
    edited_output: RawText | None = None
    rationale: RawText | None = None
    guidelines: tuple[Name, ...] = ()
    evidence: tuple[EvidenceRef, ...] = ()
    confidence: Annotated[Int, Field(ge=1, le=5)] | None = None
    strength: Annotated[Int, Field(ge=1, le=3)] | None = None
    severity: Annotated[Int, Field(ge=0, le=4)] | None = None
    harm: Name | None = None
    order: tuple[Name, ...] = ()
    opened_at: Time | None = None
    decided_at: Time | None = None
    client_decided_at: Time | None = None
    active_ms: Annotated[Int, Field(ge=0)] | None = None
    revealed: Boolean = False
    first_decision: Name | None = None
    lease: Annotated[Int, Field(ge=1)] | None = None
    client: Text | None = None


def misfit(verdict: Verdict, kind: Kind, output_length: int) -> str | None:
    """Why `verdict` does not fit a case of `kind` with an output of so many code points, or None.

    The sentence is in our own words: no text of the case or the verdict is in it.
    """
    decisions = DECISIONS[kind]
    if verdict.decision not in decisions:
        return f"a {kind} case takes one of: {', '.join(decisions)}"
    if verdict.decision in WRITES_TEXT and verdict.edited_output is None:
        return f"the decision {verdict.decision} needs the new text"
    may_write = verdict.decision in WRITES_TEXT | MAY_WRITE
    if not may_write and verdict.edited_output is not None:
        return f"the decision {verdict.decision} takes no edited text"
    if any(span.end > output_length for span in verdict.spans):
        return f"a span ends outside the output's {output_length} characters"
    return None
