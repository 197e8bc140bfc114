"""Writes one row for each verdict that stands, with its rationale, spans and times.

It is the record, not training data: cases that are not settled are in it too, with their state.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hitl_tui.formats.columns import EVIDENCE, SPANS, Field
from hitl_tui.formats.samples import Row, Sample
from hitl_tui.formats.writers.contract import Writer
from hitl_tui.model.clock import rfc3339

FIELDS = {
    "id": Field("text", "the verdict"),
    "case_id": Field("text", "the case, as its producer named it"),
    "kind": Field("text", "the kind of the case"),
    "reviewer": Field("text", "the reviewer's pseudonym"),
    "decision": Field("text", "what they decided"),
    "labels": Field(["text"], "the reasons they gave"),
    "spans": Field(SPANS, "what they marked in the output: half-open code points"),
    "edited_output": Field("text", "what they wrote, or null"),
    "rationale": Field("text", "the reason in words, or null"),
    "guidelines": Field(["text"], "what they cited, with its version"),
    "evidence": Field(EVIDENCE, "the places of the sources that were shown beside claims"),
    "confidence": Field("integer", "1 to 5, or null"),
    "strength": Field("integer", "1 to 3 of a preference, or null"),
    "severity": Field("integer", "0 to 4 of an attack, or null"),
    "harm": Field("text", "the category of harm, or null"),
    "order": Field(["text"], "the candidates in the order they were shown"),
    "opened_at": Field("text", "when the case came up, or null"),
    "decided_at": Field("text", "when it was decided"),
    "active_ms": Field("integer", "milliseconds of work, or null"),
    "revealed": Field("flag", "whether scores were shown before"),
    "first_decision": Field("text", "the decision before a change, or null"),
    "late": Field("flag", "it came after the case was closed and counts for nothing"),
    "adopted": Field("flag", "it came after its lease and counts"),
    "state": Field("text", "the state of the case"),
    "resolution": Field("text", "what the case was settled as, or null"),
    "source": Field("text", "who settled it, or null"),
    "pool": Field("text", "where the case is"),
    "policy": Field("text", "the rule that sent the case to people"),
    "split": Field("text", "the case's part of the data sets, or null"),
    "planted": Field("flag", "whether the case is gold"),
}
_AS_IT_IS = (
    "decision",
    "labels",
    "edited_output",
    "rationale",
    "guidelines",
    "confidence",
    "strength",
    "severity",
    "harm",
    "order",
    "active_ms",
    "revealed",
    "first_decision",
)
_TIMES = ("opened_at", "decided_at")


def rows(sample: Sample) -> Iterator[Row]:
    """One row a verdict, in the order of their acceptance."""
    record = sample.record
    for one in sample.judged:
        verdict = one.verdict
        row = {
            "id": verdict.id,
            "case_id": record.case.id,
            "kind": record.case.kind,
            "reviewer": one.reviewer,
            "spans": [span.model_dump() for span in verdict.spans],
            "evidence": [place.model_dump() for place in verdict.evidence],
            **{name: getattr(verdict, name) for name in _AS_IT_IS},
            **{name: _time(getattr(verdict, name)) for name in _TIMES},
            "late": one.late,
            "adopted": one.adopted,
            "state": record.state,
            "resolution": record.resolution.decision if record.resolution else None,
            "source": record.resolution.source if record.resolution else None,
            "pool": record.route.pool,
            "policy": record.route.rule,
            "split": sample.split,
            "planted": sample.planted,
        }
        yield {name: row[name] for name in FIELDS}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


WRITER = Writer(
    about="one row a verdict, with rationale, spans and times",
    fields=FIELDS,
    rows=rows,
    splits=False,
    file="verdicts.jsonl",
)
