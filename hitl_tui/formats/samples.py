"""What an export makes rows of: one case, what people decided about it, and the part of the data it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hitl_tui.formats.encode import text_of
from hitl_tui.model.case import Case
from hitl_tui.model.clock import rfc3339
from hitl_tui.model.verdict import Verdict
from hitl_tui.queue.protocol import Record

Row = Mapping[str, Any]
ContextUse = Literal["system", "omit"]
Settler = Literal["reviewer", "consensus", "adjudication", "late"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A standing verdict; `reviewer` is the pseudonym of whoever gave it."""

    verdict: Verdict
    reviewer: str
    late: bool
    adopted: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What people settled on. `text` is what they wrote, None for a decision that writes nothing.

    `source` is `reviewer`, `consensus`, `adjudication`, or `late`: the fallback had gone out before
    anybody decided. `agreement` is the share of the verdicts that say the same, 0 to 1.
    """

    decision: str
    text: str | None
    source: Settler
    agreement: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A case on its way into a data set. `record` has only the verdicts of the selection.

    Without an `answer` the case is there for formats that take everything. `split` is None for a
    case that no data set has put anywhere.
    """

    record: Record
    judged: tuple[Judged, ...]
    answer: Answer | None
    split: str | None = None
    planted: bool = False
    context: ContextUse = "system"
    standard: bool = False
    labels: tuple[str, ...] = ()
    """All labels of the selection that its format has rows for, sorted: what a case can lack."""

    @property
    def case(self) -> Case:
        """What was judged."""
        return self.record.case


def settled(sample: Sample) -> Answer:
    """The answer of a sample that has one, as all have that reach a writer of training data."""
    assert sample.answer is not None, "selected for its answer"
    return sample.answer


def provenance(sample: Sample) -> dict[str, Any]:
    """Where a row comes from, under the names of `columns.PROVENANCE`: never null, never empty lists.

    `datasets` gives a column the type that it finds in the first split it reads, and refuses the next
    split when it was null there: so there is no null in the rows of training data.
    """
    answer = settled(sample)
    guidelines = dict.fromkeys(g for one in sample.judged for g in one.verdict.guidelines)
    return {
        "case_id": sample.case.id,
        "verdict_ids": [one.verdict.id for one in sample.judged],
        "reviewers": [one.reviewer for one in sample.judged],
        "split": sample.split or "",
        "policy": sample.record.route.rule,
        "guidelines": " ".join(guidelines),
        "decision": answer.decision,
        "source": answer.source,
        "agreement": answer.agreement,
        "late": any(one.late for one in sample.judged),
        "verdicts": [told(one) for one in sample.judged],
    }


def told(one: Judged) -> dict[str, Any]:
    """One verdict inside a row of training data; labels and spans as JSON texts."""
    verdict = one.verdict
    return {
        "id": verdict.id,
        "reviewer": one.reviewer,
        "decision": verdict.decision,
        "labels": text_of(list(verdict.labels)),
        "spans": text_of([span.model_dump() for span in verdict.spans]),
        "edited_output": verdict.edited_output or "",
        "rationale": verdict.rationale or "",
        "late": one.late,
        "decided_at": rfc3339(verdict.decided_at) if verdict.decided_at else "",
    }
