"""What is to be judged: the case, its passages and signals, and the form it is handed over in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NewType, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from hitl_tui.model.fields import (
    Duration,
    Int,
    Name,
    Number,
    Offset,
    Record,
    Text,
    Time,
    contradiction,
    encodable,
)
from hitl_tui.model.text import RawText as _RawText

Kind = Literal["response", "preference", "demonstration", "redteam", "critique", "action"]
_CaseId = NewType("_CaseId", str)
CaseId = Annotated[_CaseId, Field(min_length=1, max_length=512), AfterValidator(encodable)]
RawText = Annotated[_RawText, AfterValidator(encodable)]
DEFAULT_PRIORITY = 50
DEFAULT_POOL = "general"


class Message(Record):
    """One turn of the conversation that led to the output."""

    role: Literal["system", "user", "assistant", "tool", "developer"]
    content: RawText


class Passage(Record):
    """One source of the context, in the rank order of the retriever."""

    id: Text | None = None
    title: RawText | None = None
    text: RawText
    uri: RawText | None = None
    score: Number | None = None


class Signal(Record):
    """One finding of one guardrail. `spans` are half-open code points of `output`."""

    name: Name
    score: Number | None = None
    threshold: Number | None = None
    label: Text | None = None
    spans: tuple[tuple[Offset, Offset], ...] = ()
    source: Text | None = None
    version: Text | None = None


class Candidate(Record):
    """One of the answers of a preference case."""

    id: Name
    text: RawText
    model: Text | None = None


class Attack(Record):
    """What a red-team case tried."""

    goal: RawText
    technique: Text | None = None
    probe: Text | None = None


class Action(Record):
    """The tool call that an agent asks leave for."""

    name: Name
    arguments: dict[str, Any] = Field(default_factory=dict)


class GoldSpan(Record):
    """A stretch of the output that a trusted person marked; half-open code points."""

    start: Offset
    end: Offset
    label: Text | None = None
    note: Text | None = None


class Gold(Record):
    """The known right answer of a case. It has its own table and never reaches a reviewer."""

    decision: Name | None = None
    labels: tuple[Name, ...] = ()
    spans: tuple[GoldSpan, ...] = ()


def _messages(value: Any) -> Any:
    return ({"role": "user", "content": value},) if isinstance(value, str) else value


_CONTEXT = "a text, a list of texts, or a list of objects with text; put JSON in as a text"


def _passages(value: Any) -> Any:
    if isinstance(value, str):
        return ({"text": value},) if value else ()
    if not isinstance(value, list | tuple) or any(
        not isinstance(item, str | Mapping | Passage) for item in value
    ):
        raise ValueError(_CONTEXT)
    return tuple({"text": item} if isinstance(item, str) else item for item in value)


NEEDS: Mapping[str, tuple[str, ...]] = {
    "response": ("output",),
    "preference": ("candidates",),
    "demonstration": ("input",),
    "redteam": ("output", "attack"),
    "critique": ("output", "critique"),
    "action": ("action",),
}
"""Kind -> the fields that a case of it must have."""
ONLY: Mapping[str, tuple[str, ...]] = {
    "candidates": ("preference",),
    "critique": ("critique",),
    "revision": ("critique",),
    "principles": ("critique",),
    "attack": ("redteam",),
    "action": ("action",),
}
"""Field -> the kinds that may have it; a field that is not in here is everybody's."""


class Case(Record):
    """One thing to be judged, exactly as a reviewer may see it."""

    id: CaseId
    kind: Kind = "response"
    input: Annotated[tuple[Message, ...], BeforeValidator(_messages)] = ()
    output: RawText | None = None
    context: Annotated[tuple[Passage, ...], BeforeValidator(_passages)] = ()
    signals: tuple[Signal, ...] = ()
    model: Text | None = None
    domain: Text | None = None
    language: Text | None = None
    tags: tuple[Text, ...] = ()
    attributes: dict[str, Any] = Field(default_factory=dict)
    created_at: Time | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    critique: RawText | None = None
    revision: RawText | None = None
    principles: tuple[Name, ...] = ()
    attack: Attack | None = None
    action: Action | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        for name in NEEDS[self.kind]:
            if getattr(self, name) in (None, ()):
                raise ValueError(f"a case of kind {self.kind} needs `{name}`")
        for name, kinds in ONLY.items():
            if self.kind not in kinds and getattr(self, name) not in (None, ()):
                raise ValueError(f"`{name}` belongs to kind {kinds[0]}, this case is {self.kind}")
        if self.kind == "preference" and len({c.id for c in self.candidates}) < max(
            2, len(self.candidates)
        ):
            raise contradiction("a preference needs two or more candidates with different ids")
        self._check_spans()
        return self

    def _check_spans(self) -> None:
        length = len(self.output or "")
        for signal in self.signals:
            for start, end in signal.spans:
                if not start <= end <= length:
                    raise contradiction(
                        "a signal's span lies outside the output's {length} characters", length
                    )


class Submission(Case):
    """A case as a producer hands it over: with what it wishes of the queue, and gold if known."""

    overlap: Annotated[Int, Field(ge=1, le=100)] | None = None
    priority: Annotated[Int, Field(ge=0, le=1000)] | None = None
    pool: Name | None = None
    review_within: Duration | None = None
    fallback: Text | None = None
    gold: Gold | None = None

    @model_validator(mode="after")
    def _gold_fits(self) -> Self:
        length = len(self.output or "")
        for span in self.gold.spans if self.gold else ():
            if not span.start <= span.end <= length:
                raise contradiction(
                    "a gold span lies outside the output's {length} characters", length
                )
        return self

    def case(self) -> Case:
        """The part that a reviewer may see."""
        return Case.model_construct(**{name: getattr(self, name) for name in Case.model_fields})
