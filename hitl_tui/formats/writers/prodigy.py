"""Writes examples as Prodigy keeps them: accept, reject or ignore, with labels and marked spans.

Field names as in prodigy-recipes' example data and the docs: `text`, `spans`, `answer`, `meta`,
`options`, `accept`, `_input_hash`, `_task_hash`, `_session_id`, `_annotator_id`, `_timestamp`, `_view_id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

from hitl_tui.formats.columns import Field
from hitl_tui.formats.lessons import call, marks
from hitl_tui.formats.samples import Judged, Row, Sample
from hitl_tui.formats.writers.contract import Writer
from hitl_tui.model.clock import rfc3339, to_micros

ANSWERS: Mapping[str, str] = {
    **dict.fromkeys(("approve", "harmless", "write", "a", "b", "agree"), "accept"),
    **dict.fromkeys(
        ("reject", "edit", "deny", "harmful", "neither", "disagree", "revise"), "reject"
    ),
    **dict.fromkeys(("escalate", "tie", "unclear"), "ignore"),
}
FIELDS = {
    "text": Field("text", "the output that was judged, or the question of a case without one"),
    "spans": Field("free", "what the reviewer marked: start, end, label, text"),
    "label": Field("text", "the first reason, or the decision"),
    "options": Field("free", "the candidates of a preference: id, text"),
    "accept": Field(["text"], "the reasons, or the preferred candidate"),
    "answer": Field("text", "accept, reject or ignore"),
    "meta": Field(
        "free",
        "case, verdict, reviewer, decision, rationale, edited text, split; the critique of a"
        " critique case; strength, harm, severity, confidence where they were given",
    ),
    "_input_hash": Field("integer", "the same for the same text"),
    "_task_hash": Field("integer", "the same for the same case"),
    "_session_id": Field("text", "the reviewer's pseudonym"),
    "_annotator_id": Field("text", "the same"),
    "_timestamp": Field("integer", "seconds since 1970"),
    "_view_id": Field("text", "spans, choice or text"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One example a verdict, as Prodigy has one an annotator."""
    for one in sample.judged:
        yield _example(sample, one)


def _example(sample: Sample, one: Judged) -> dict[str, Any]:
    case, verdict = sample.case, one.verdict
    text = _text(sample)
    spans = [
        {"start": s.start, "end": s.end, "label": s.label or "", "text": text[s.start : s.end]}
        for s in marks(sample, verdict)
    ]
    picked = list(verdict.labels)
    if case.candidates and verdict.decision in ("a", "b"):
        picked = [case.candidates[0 if verdict.decision == "a" else 1].id]
    at = verdict.decided_at
    graded = {
        "critique": case.critique,
        "strength": verdict.strength,
        "harm": verdict.harm,
        "severity": verdict.severity,
        "confidence": verdict.confidence,
    }
    return {
        "text": text,
        "spans": spans,
        "label": verdict.labels[0] if verdict.labels else verdict.decision,
        "options": [{"id": option.id, "text": option.text} for option in case.candidates],
        "accept": picked,
        "answer": ANSWERS.get(verdict.decision, "ignore"),
        "meta": {
            "case_id": case.id,
            "kind": case.kind,
            "verdict_id": verdict.id,
            "reviewer": one.reviewer,
            "decision": verdict.decision,
            "rationale": verdict.rationale or "",
            "edited_output": verdict.edited_output or "",
            "decided_at": rfc3339(at) if at else "",
            "late": one.late,
            "policy": sample.record.route.rule,
            "guidelines": " ".join(verdict.guidelines),
            "split": sample.split or "",
            **{name: value for name, value in graded.items() if value is not None},
        },
        "_input_hash": _hash(text),
        "_task_hash": _hash(f"{case.id}\0{text}"),
        "_session_id": one.reviewer,
        "_annotator_id": one.reviewer,
        "_timestamp": to_micros(at) // 1_000_000 if at else 0,
        "_view_id": "choice" if case.candidates else "spans" if spans else "text",
    }


def _text(sample: Sample) -> str:
    case = sample.case
    if case.action is not None:
        return call(case.action)
    if case.output is not None:
        return case.output
    return "\n\n".join(turn.content for turn in case.input)


def _hash(text: str) -> int:
    """32 bits, signed, as Prodigy's hashes are."""
    number = crc32(text.encode("utf-8", "surrogatepass"))
    return number - 2**32 if number >= 2**31 else number


WRITER = Writer(
    about="examples with accept, reject or ignore, for Prodigy",
    fields=FIELDS,
    rows=rows,
    splits=False,
    file="examples.jsonl",
)
