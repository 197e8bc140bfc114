"""Writes records of Argilla: the texts as fields, guardrail scores as suggestions, verdicts as responses.

The nested form of `argilla/records/_resource.py`, in one JSON array, as `dataset.records.from_json`
reads it. The settings in the guide make a data set with these fields and questions.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from hitl_tui.formats.columns import Field
from hitl_tui.formats.lessons import judged_text, marks
from hitl_tui.formats.prompts import plain, prompt
from hitl_tui.formats.samples import Judged, Row, Sample
from hitl_tui.formats.writers.contract import Writer

_NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
FIELDS = {
    "id": Field("text", "the case"),
    "fields": Field("free", "prompt, output, and the critique of a critique case: texts"),
    "metadata": Field("free", "kind, state, pool, policy, split, verdict ids, reviewers"),
    "suggestions": Field(
        "free", "signals: the names of those that fired, with the first one's score"
    ),
    "responses": Field(
        "free",
        "decision, labels, spans, rationale, edited_output, strength, harm, severity, confidence:"
        " one a reviewer",
    ),
    "vectors": Field("free", "empty"),
    "_server_id": Field("text", "null: no server has it yet"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One record a case that somebody judged."""
    if not sample.judged:
        return
    case, record, answers = sample.case, sample.record, _answers(sample)
    fields = {"prompt": plain(prompt(sample) or []), "output": judged_text(case)}
    if case.critique is not None:
        fields["critique"] = case.critique
    yield {
        "id": case.id,
        "fields": fields,
        "metadata": {
            "case_id": case.id,
            "kind": case.kind,
            "state": record.state,
            "pool": record.route.pool,
            "policy": record.route.rule,
            "split": sample.split or "none",
            "verdict_ids": [one.verdict.id for one in answers],
            "reviewers": [one.reviewer for one in answers],
        },
        "suggestions": _suggestions(sample),
        "responses": _responses(sample, answers),
        "vectors": {},
        "_server_id": None,
    }


def user_id(pseudonym: str) -> str:
    """The UUID that stands for a reviewer: Argilla's users have one."""
    return str(uuid.uuid5(_NAMESPACE, pseudonym))


def _suggestions(sample: Sample) -> dict[str, Any]:
    fired = [signal for signal in sample.case.signals if signal.name]
    if not fired:
        return {}
    first = fired[0]
    agent = " ".join(part for part in (first.source, first.version) if part) or None
    return {"signals": {"value": [one.name for one in fired], "score": first.score, "agent": agent}}


def _answers(sample: Sample) -> list[Judged]:
    """One verdict of each reviewer, as Argilla takes no more: the one that counts, else the last late one."""
    by_time = sorted(sample.judged, key=lambda one: not one.late)
    return list({one.reviewer: one for one in by_time}.values())


def _responses(sample: Sample, answers: list[Judged]) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in answers:
        for question, value in _values(sample, one).items():
            found.setdefault(question, []).append(
                {"value": value, "user_id": user_id(one.reviewer), "status": "submitted"}
            )
    return found


def _values(sample: Sample, one: Judged) -> dict[str, Any]:
    verdict = one.verdict
    values = {
        "decision": verdict.decision,
        "labels": list(verdict.labels),
        "spans": [
            {"start": span.start, "end": span.end, "label": span.label or "marked"}
            for span in marks(sample, verdict)
        ],
        "rationale": verdict.rationale,
        "edited_output": verdict.edited_output,
        "strength": verdict.strength,
        "harm": verdict.harm,
        "severity": verdict.severity,
        "confidence": verdict.confidence,
    }
    return {name: value for name, value in values.items() if value not in (None, [], "")}


WRITER = Writer(
    about="records with suggestions and responses, for Argilla",
    fields=FIELDS,
    rows=rows,
    layout="array",
    splits=False,
    file="records.json",
)
