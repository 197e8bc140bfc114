"""Writes examples for classifiers: whether an output was bad by each signal, and which labels it got.

One row for each signal of a case (`target` is the signal's name, the label whether people did not
let the output stand) and one for each label of the selection (whether it was given).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hitl_tui.formats.columns import Field
from hitl_tui.formats.lessons import call
from hitl_tui.formats.prompts import plain, prompt
from hitl_tui.formats.samples import Judged, Row, Sample, provenance, settled
from hitl_tui.formats.writers.contract import Writer, training

BAD = frozenset(("reject", "edit", "deny", "harmful", "agree", "revise", "neither"))
"""Decisions under which the output did not stand as it was."""
FIELDS = {
    "text": Field("text", "the output that was judged"),
    "prompt": Field("text", "what was asked, or empty"),
    "target": Field("text", "the name of the signal, or the label"),
    "of": Field("text", "signal or label"),
    "label": Field("integer", "1 or 0: what most of the verdicts say, the answer on a tie"),
    "soft_label": Field("number", "the share of the verdicts that say 1, 0 to 1"),
    "score": Field("number", "the signal's own score; 0 where `scored` is false"),
    "scored": Field("flag", "whether a signal with a score is behind `score`"),
}


def rows(sample: Sample) -> Iterator[Row]:
    """The rows of a case with one output."""
    case, text = sample.case, _text(sample)
    if text is None:
        return
    own = {"text": text, "prompt": plain(prompt(sample) or [])}
    said = _said(sample)
    bad = settled(sample).decision in BAD
    share = _share([one.verdict.decision in BAD for one in said], bad)
    scores = {signal.name: signal.score for signal in case.signals}
    for name, score in scores.items():
        yield {**own, **_target(name, "signal", bad, share, score), **provenance(sample)}
    for label in sample.labels:
        given = [label in _labels(one) for one in said]
        share = _share(given, False)
        hard = share > 0.5
        yield {
            **own,
            **_target(label, "label", hard, share, scores.get(label)),
            **provenance(sample),
        }


def labels(sample: Sample) -> set[str]:
    """The labels that somebody gave a case with one output."""
    if _text(sample) is None:
        return set()
    return {label for one in _said(sample) for label in _labels(one)}


def _text(sample: Sample) -> str | None:
    """What is classified; None where there is not one output, or people could not tell."""
    case = sample.case
    if case.kind in ("preference", "demonstration") or settled(sample).decision == "unclear":
        return None
    return call(case.action) if case.action is not None else case.output


def _said(sample: Sample) -> list[Judged]:
    return [one for one in sample.judged if one.verdict.decision not in ("escalate", "unclear")]


def _target(name: str, of: str, hard: bool, soft: float, score: float | None) -> dict[str, Any]:
    return {
        "target": name,
        "of": of,
        "label": int(hard),
        "soft_label": soft,
        "score": score or 0.0,
        "scored": score is not None,
    }


def _share(votes: list[bool], otherwise: bool) -> float:
    return sum(votes) / len(votes) if votes else float(otherwise)


def _labels(one: Judged) -> set[str]:
    spans = {span.label for span in one.verdict.spans if span.label}
    harm = {one.verdict.harm} if one.verdict.harm else set()
    return {*one.verdict.labels, *spans, *harm}


WRITER = Writer(
    about="outputs with a hard and a soft label for each signal and each reason",
    fields=training(FIELDS),
    rows=rows,
    labels=labels,
)
