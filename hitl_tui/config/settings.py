"""What `hitl.toml` may say, as types: every table with its fields, their defaults and their limits."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hitl_tui.model.case import Kind
from hitl_tui.model.fields import Boolean, Duration, Int, Name, Number, Text
from hitl_tui.model.verdict import DECISIONS
from hitl_tui.stats.consensus import Rule

ReasonKey = Annotated[str, Field(pattern=r"^[0-9a-z]$")]


class Section(BaseModel):
    """One table of the file. Unknown keys are refused, types never coerced."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )


class QueueSettings(Section):
    """`[queue]`: which store, and how cases are leased from it."""

    address: Name = "hitl.db"
    """A path or `sqlite:///path`; a relative path in a file starts at that file's directory."""

    lease: Duration = "5m"
    """How long a claimed case stays with a reviewer who gives no sign of life."""

    batch: Annotated[Int, Field(ge=1, le=500)] = 10
    """How many cases are leased together."""

    consensus: Rule = "majority"
    """When several verdicts settle a case: more than half agree, or all; a pool may say otherwise."""


class ReviewerSettings(Section):
    """`[reviewer]`: who sits here."""

    name: Name | None = None
    """The reviewer's name; without it the login name. A local name is claimed, not proven."""

    pools: tuple[Name, ...] = ()
    """The pools this reviewer works for; empty means all."""


class Reason(Section):
    """`[[labels.reason]]`: one reason that a reviewer can give for a decision."""

    id: Name
    """What is stored in the verdict."""

    text: Text
    """What the reviewer reads."""

    key: ReasonKey | None = None
    """The digit or letter that gives this reason on the screen; without one only a script can give it."""

    kinds: tuple[Kind, ...] = ()
    """The kinds of case it is for; empty means every kind."""

    decisions: tuple[Name, ...] = ()
    """The decisions it is for; empty means every decision."""

    @model_validator(mode="after")
    def _decisions_exist(self) -> Self:
        known = {decision for decisions in DECISIONS.values() for decision in decisions}
        for decision in self.decisions:
            if decision not in known:
                raise ValueError(f"`decisions` takes only: {', '.join(sorted(known))}")
        return self


_REASONS = (
    ("unsupported", "1", "The sources do not say this"),
    ("contradicts", "2", "The sources say otherwise"),
    ("wrong_number", "3", "A number, date or unit is wrong"),
    ("incomplete", "4", "Something that matters is missing"),
    ("off_topic", "5", "It does not answer the question"),
    ("unsafe", "6", "Following it could do harm"),
    ("pii", "7", "It gives away personal data"),
    ("tone", "8", "The tone is wrong for the reader"),
    ("bias", "9", "It treats a group of people unfairly"),
    ("injection", "p", "It obeyed an instruction hidden in a source"),
    ("refusal", "f", "It refuses although it could answer"),
    ("other", "0", "Another reason, given in the rationale"),
)


def default_reasons() -> tuple[Reason, ...]:
    """The reasons that hold when the file names none."""
    return tuple(Reason.model_validate({"id": i, "key": k, "text": t}) for i, k, t in _REASONS)


class LabelSettings(Section):
    """`[labels]`: the versioned schema of reasons."""

    version: Name = "1"
    """Change it whenever the meaning of a reason changes."""

    closed: Boolean = False
    """Whether labels outside the schema are refused instead of taken with a warning."""

    reason: tuple[Reason, ...] = Field(default_factory=default_reasons)
    """The reasons, in the order in which they are listed. Naming one replaces all defaults."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name, values in (
            ("id", [reason.id for reason in self.reason]),
            ("key", [reason.key for reason in self.reason if reason.key]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"two reasons have the same `{name}`; each needs its own")
        return self

    def outside(self, labels: tuple[str, ...], kind: Kind, decision: str) -> tuple[str, ...]:
        """The `labels` that the schema does not have for this kind of case and decision."""
        known = {
            reason.id
            for reason in self.reason
            if (not reason.kinds or kind in reason.kinds)
            and (not reason.decisions or decision in reason.decisions)
        }
        return tuple(label for label in labels if label not in known)


class PoolSettings(Section):
    """`[pools.NAME]`: one set of reviewers with one expertise."""

    title: Text | None = None
    """What the screen calls the pool."""

    review_within: Duration | None = None
    """How soon a case of this pool wants its answer; overrides `[sla]`."""

    fallback: Text | None = None
    """The safe answer when nobody was there in time; overrides `[sla]`."""

    overlap: Annotated[Int, Field(ge=1, le=100)] | None = None
    """How many independent verdicts a case of this pool needs; without it one."""

    consensus: Rule | None = None
    """`majority` or `unanimous`; overrides `[queue]`."""

    reviewers: tuple[Name, ...] = ()
    """Who serves this pool; empty means everybody."""

    escalates_to: Name | None = None
    """The pool that gets the cases escalated here; without it `lead`."""


class SlaSettings(Section):
    """`[sla]`: what holds for every pool that does not say otherwise."""

    review_within: Duration | None = None
    """How soon a case wants its answer; without it there is no clock."""

    fallback: Text | None = None
    """The safe answer when nobody was there in time."""


class AgreementSettings(Section):
    """`[agreement]`: how `hitl agreement` puts figures into words."""

    words: dict[Name, Annotated[Number, Field(ge=-1, le=1)]] = Field(default_factory=dict)
    """Word -> the value that the lower bound of an interval must reach to earn it; empty means the
    bands of Landis and Koch."""


def _keys(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Keys = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], BeforeValidator(_keys)
]


class ReviewSettings(Section):
    """`[review]`: how the workstation behaves."""

    guard_ms: Annotated[Int, Field(ge=0, le=5000)] = 250
    """Milliseconds for which verdict keys are ignored after a case appears."""

    repeat_ms: Annotated[Int, Field(ge=0, le=5000)] = 150
    """The same verdict key within so many milliseconds counts as a repeat and is ignored."""

    scores_hidden: Boolean = True
    """Whether guardrail scores stay hidden until the first decision."""

    mark_budget: Annotated[Number, Field(gt=0, le=1)] = 0.15
    """The share of the output's characters that is marked as worth checking."""


class Settings(Section):
    """The whole file. `Settings()` is what holds without one."""

    queue: QueueSettings = QueueSettings()
    """`[queue]`"""

    reviewer: ReviewerSettings = ReviewerSettings()
    """`[reviewer]`"""

    labels: LabelSettings = Field(default_factory=LabelSettings)
    """`[labels]`"""

    pools: dict[Name, PoolSettings] = Field(default_factory=dict)
    """`[pools.NAME]`"""

    sla: SlaSettings = SlaSettings()
    """`[sla]`"""

    keys: dict[Name, Keys] = Field(default_factory=dict)
    """`[keys]`: action id -> its key or keys, replacing that action's defaults."""

    review: ReviewSettings = ReviewSettings()
    """`[review]`"""

    agreement: AgreementSettings = AgreementSettings()
    """`[agreement]`"""
