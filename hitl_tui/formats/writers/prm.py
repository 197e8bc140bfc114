"""Writes stepwise supervision: the clauses of an output, each with whether it is right.

TRL's stepwise type for PRMTrainer: `prompt`, `completions`, `labels`. Approved: all are right.
Otherwise the clauses that a marked span touches are not; without a span nobody knows which, so there
is no row.
"""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import Field
from hitl_tui.formats.prompts import plain, prompt
from hitl_tui.formats.samples import Row, Sample, provenance, settled
from hitl_tui.formats.writers.contract import Writer, training

FIELDS = {
    "prompt": Field("text", "what was asked"),
    "completions": Field(["text"], "the output's clauses, in order"),
    "labels": Field(["flag"], "whether each of them is right"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row for a response that was approved, or of which the wrong parts were marked."""
    case, decision = sample.case, settled(sample).decision
    asked = prompt(sample)
    if case.kind != "response" or asked is None or decision not in ("approve", "reject", "edit"):
        return
    from hitl_tui.grounding.segment import clauses, sentences  # noqa: PLC0415  (only here)

    output = case.output or ""
    steps = [clause for sentence in sentences(output) for clause in clauses(output, sentence)]
    spans = [
        (span.start, span.end)
        for one in sample.judged
        if one.verdict.decision == decision
        for span in one.verdict.spans
    ]
    if not steps or (decision != "approve" and not spans):
        return
    marked = [] if decision == "approve" else spans
    yield {
        "prompt": plain(asked),
        "completions": [output[start:end] for start, end in steps],
        "labels": [
            not any(start < span[1] and span[0] < end for span in marked) for start, end in steps
        ],
        **provenance(sample),
    }


WRITER = Writer(
    about="the clauses of an output with whether each is right (TRL PRMTrainer)",
    fields=training(FIELDS),
    rows=rows,
)
