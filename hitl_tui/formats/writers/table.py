"""Writes a report for spreadsheets: one row a case and verdict. No cell can be run as a formula."""

from __future__ import annotations

from collections.abc import Iterator

from hitl_tui.formats.columns import Field
from hitl_tui.formats.lessons import judged_text
from hitl_tui.formats.prompts import plain, prompt
from hitl_tui.formats.samples import Judged, Row, Sample
from hitl_tui.formats.writers.contract import Writer
from hitl_tui.model.clock import rfc3339

FIELDS = {
    "case_id": Field("text", "the case"),
    "kind": Field("text", "its kind"),
    "state": Field("text", "its state"),
    "resolution": Field("text", "what it was settled as"),
    "source": Field("text", "who settled it"),
    "pool": Field("text", "where it is"),
    "input": Field("text", "what was asked"),
    "output": Field(
        "text", "what was judged: the output, the tool call, or every candidate under its id"
    ),
    "verdict_id": Field("text", "the verdict"),
    "reviewer": Field("text", "the reviewer's pseudonym"),
    "decision": Field("text", "what they decided"),
    "labels": Field("text", "the reasons they gave"),
    "spans": Field("text", "what they marked: start-end label"),
    "edited_output": Field("text", "what they wrote"),
    "rationale": Field("text", "the reason in words"),
    "confidence": Field("integer", "1 to 5"),
    "strength": Field("integer", "1 to 3 of a preference"),
    "harm": Field("text", "the category of harm"),
    "severity": Field("integer", "0 to 4 of an attack"),
    "active_s": Field("number", "seconds of work"),
    "decided_at": Field("text", "when it was decided"),
    "late": Field("flag", "it came after the case was closed"),
    "split": Field("text", "the case's part of the data sets"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """One row a verdict, and one for a case without any."""
    record, case = sample.record, sample.case
    told = {
        "case_id": case.id,
        "kind": case.kind,
        "state": record.state,
        "resolution": record.resolution.decision if record.resolution else None,
        "source": record.resolution.source if record.resolution else None,
        "pool": record.route.pool,
        "input": plain(prompt(sample) or []) if sample.context == "omit" else _asked(sample),
        "output": judged_text(case),
    }
    for one in sample.judged or (None,):
        row = {**told, **(_verdict(one) if one else {}), "split": sample.split}
        yield {name: row.get(name) for name in FIELDS}


def _asked(sample: Sample) -> str:
    return "\n\n".join(turn.content for turn in sample.case.input)


def _verdict(one: Judged) -> Row:
    verdict = one.verdict
    return {
        "verdict_id": verdict.id,
        "reviewer": one.reviewer,
        "decision": verdict.decision,
        "labels": ", ".join(verdict.labels),
        "spans": ", ".join(f"{s.start}-{s.end} {s.label or ''}".strip() for s in verdict.spans),
        "edited_output": verdict.edited_output,
        "rationale": verdict.rationale,
        "confidence": verdict.confidence,
        "strength": verdict.strength,
        "harm": verdict.harm,
        "severity": verdict.severity,
        "active_s": None if verdict.active_ms is None else verdict.active_ms / 1000,
        "decided_at": rfc3339(verdict.decided_at) if verdict.decided_at else None,
        "late": one.late,
    }


WRITER = Writer(
    about="a report for spreadsheets, in which no cell is a formula; not training data",
    fields=FIELDS,
    rows=rows,
    layout="table",
    splits=False,
    file="verdicts.csv",
)
