"""Lays what another detector found over a grounding: its spans mark clauses like ours, under its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from hitl_tui.grounding.reasons import NOT_FOUND_FROM
from hitl_tui.grounding.types import Clause, Grounding


class Opinion(NamedTuple):
    """A part of the output that a detector doubts: `score` 0..1, None where it gives none."""

    name: str
    start: int
    end: int
    score: float | None


def with_opinions(grounding: Grounding, opinions: Sequence[Opinion]) -> Grounding:
    """Return the grounding with each doubted clause scored as high as the detector does, with its name.

    A doubt without a score counts as certain. Our own reasons, evidence and flags stay; so do the risks.
    """
    if not opinions:
        return grounding
    return replace(
        grounding, clauses=tuple(_doubted(clause, opinions) for clause in grounding.clauses)
    )


def _doubted(clause: Clause, opinions: Sequence[Opinion]) -> Clause:
    about = [one for one in opinions if one.start < clause.end and clause.start < one.end]
    if not about:
        return clause
    worst = max(1.0 if one.score is None else one.score for one in about)
    words = dict.fromkeys(f"{one.name} doubts it" for one in about)
    score = max(clause.score, worst)
    return replace(
        clause,
        score=score,
        grade="not_found" if score >= NOT_FOUND_FROM else "weak",
        reasons=(*words, *clause.reasons),
    )
