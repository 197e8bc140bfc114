"""Writes tasks of Label Studio with verdicts as annotations and guardrail findings as predictions.

The task form of its export guide and SDK (`label_interface/objects.py`). The labelling configuration
that the names refer to is in the guide: choices `decision`, `labels` and `harm`, labels `span`, text
areas `rationale` and `edited_output`, ratings `confidence` and `strength`, and the number `severity`
(a rating of 0 is none there) over the text `output`; for preferences a pairwise choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hitl_tui.formats.columns import Field
from hitl_tui.formats.lessons import call, marks
from hitl_tui.formats.prompts import plain, prompt
from hitl_tui.formats.samples import Judged, Row, Sample
from hitl_tui.formats.writers.contract import Writer
from hitl_tui.model.clock import rfc3339

FIELDS = {
    "data": Field("free", "the texts, and where they come from"),
    "annotations": Field("free", "one a verdict, in the order of data.reviewers"),
    "predictions": Field("free", "one a signal: model_version, score, result"),
}
_SIDES = {"a": "left", "b": "right"}


def rows(sample: Sample) -> Iterator[Row]:
    """One task a case that somebody judged."""
    if not sample.judged:
        return
    text = _text(sample)
    yield {
        "data": {
            "case_id": sample.case.id,
            "kind": sample.case.kind,
            "prompt": plain(prompt(sample) or []),
            "output": text,
            "a": sample.case.candidates[0].text if sample.case.candidates else "",
            "b": sample.case.candidates[1].text if sample.case.candidates else "",
            "critique": sample.case.critique or "",
            "verdict_ids": [one.verdict.id for one in sample.judged],
            "reviewers": [one.reviewer for one in sample.judged],
            "policy": sample.record.route.rule,
            "split": sample.split or "",
        },
        "annotations": [_annotation(sample, one, text) for one in sample.judged],
        "predictions": _predictions(sample, text),
    }


def _annotation(sample: Sample, one: Judged, text: str) -> dict[str, Any]:
    verdict = one.verdict
    at = rfc3339(verdict.decided_at) if verdict.decided_at else None
    result = list(_result(sample, one, text))
    return {
        "result": result,
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": at,
        "updated_at": at,
        "lead_time": None if verdict.active_ms is None else verdict.active_ms / 1000,
        "result_count": len(result),
        "unique_id": verdict.id,
        # A server takes only ids and addresses of its own users here; null is whoever imports.
        "completed_by": None,
    }


def _result(sample: Sample, one: Judged, text: str) -> Iterator[dict[str, Any]]:
    verdict = one.verdict
    yield _region("decision", "choices", {"choices": [verdict.decision]}, verdict.id, 0)
    if verdict.decision in _SIDES:
        side = {"selected": _SIDES[verdict.decision]}
        region = _region("preference", "pairwise", side, verdict.id, 1)
        yield {**region, "to_name": "preference"}
    if verdict.labels:
        yield _region("labels", "choices", {"choices": list(verdict.labels)}, verdict.id, 2)
    for place, span in enumerate(marks(sample, verdict), 10):
        value = {
            "start": span.start,
            "end": span.end,
            "text": text[span.start : span.end],
            "labels": [span.label or "marked"],
        }
        yield _region("span", "labels", value, verdict.id, place)
    if verdict.rationale:
        yield _region("rationale", "textarea", {"text": [verdict.rationale]}, verdict.id, 3)
    if verdict.edited_output is not None:
        yield _region("edited_output", "textarea", {"text": [verdict.edited_output]}, verdict.id, 4)
    if verdict.confidence is not None:
        yield _region("confidence", "rating", {"rating": verdict.confidence}, verdict.id, 5)
    if verdict.strength is not None:
        yield _region("strength", "rating", {"rating": verdict.strength}, verdict.id, 6)
    if verdict.harm is not None:
        yield _region("harm", "choices", {"choices": [verdict.harm]}, verdict.id, 7)
    if verdict.severity is not None:
        yield _region("severity", "number", {"number": verdict.severity}, verdict.id, 8)


def _region(name: str, type_: str, value: dict[str, Any], of: str, place: int) -> dict[str, Any]:
    return {
        "id": f"{of[-12:]}-{place}",
        "from_name": name,
        "to_name": "output",
        "type": type_,
        "value": value,
        "origin": "manual",
    }


def _predictions(sample: Sample, text: str) -> list[dict[str, Any]]:
    return [
        {
            "model_version": " ".join(p for p in (s.name, s.source, s.version) if p),
            "score": s.score if s.score is not None and 0 <= s.score <= 1 else None,
            "result": [
                _region(
                    "span",
                    "labels",
                    {
                        "start": start,
                        "end": end,
                        "text": text[start:end],
                        "labels": [s.label or s.name],
                    },
                    s.name,
                    place,
                )
                for place, (start, end) in enumerate(s.spans if sample.case.action is None else ())
            ],
        }
        for s in sample.case.signals
    ]


def _text(sample: Sample) -> str:
    case = sample.case
    return call(case.action) if case.action is not None else case.output or ""


WRITER = Writer(
    about="tasks with annotations and predictions, for Label Studio",
    fields=FIELDS,
    rows=rows,
    layout="array",
    splits=False,
    file="tasks.json",
)
