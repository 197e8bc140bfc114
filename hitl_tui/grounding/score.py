"""Turns the features of clauses into scores and risks, with the learnt weights that ship in the package."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hitl_tui.grounding.features import Features
from hitl_tui.grounding.model import Line, forest_sum, model

_FLAGGED_AT_LEAST = 0.5
_AGREED = 0.35
_MOST_LOGIT = 8.0
_DIGITS = 6


def clause_score(facts: Features, *, style: bool, agrees: bool = False) -> float:
    """Return the score of a clause, 0..1, higher is worse; 0.5 is where it counts as not found.

    A sum over small decision trees, through a logistic function. A clause that carries a flag that
    a value or its polarity differs scores at least 0.5: a contradiction weighs more than any likeness.
    One that a fact of a structured source agrees with scores much less: there, wording says little.
    """
    learnt = model()
    score = _logistic(forest_sum(learnt.clause if style else learnt.clause_without_style, facts))
    if facts.differs or facts.contrary:
        return max(score, _FLAGGED_AT_LEAST)
    return round(_AGREED * score, _DIGITS) if agrees else score


def output_risk(
    scores: Sequence[float], lengths: Sequence[int], facts: Sequence[Features], *, style: bool
) -> float:
    """Return the risk of a whole output, 0..1, higher is worse; at 0.5 it is as likely bad as not.

    A logistic function of `summary` of its clauses, without them 0.0.
    """
    if not scores:
        return 0.0
    learnt = model()
    line = learnt.risk if style else learnt.risk_without_style
    return _logistic(line_sum(line, summary(scores, lengths, facts[0])))


def line_sum(line: Line, values: Sequence[float]) -> float:
    """Return bias plus the weighted sum of the values."""
    total = line.bias
    for weight, value in zip(line.weights, values, strict=True):
        total += weight * value
    return total


SUMMARY = (
    "worst", "worst_two", "worst_three", "worst_five", "mean", "expected", "share", "several",
    "output_unseen", "output_reworded",
)  # fmt: skip
"""Names of what `summary` returns."""


def summary(scores: Sequence[float], lengths: Sequence[int], first: Features) -> tuple[float, ...]:
    """Return what the risk of an output is made of, from the scores of its clauses.

    The log-odds of the worst, the mean log-odds of the worst two, three, five and of all; the sum of
    -ln(1 - score); the mean score by length; ln(1 + clauses over 0.3); the output's own shares.
    """
    odds = sorted((_log_odds(score) for score in scores), reverse=True)
    return (
        odds[0],
        _mean(odds[:2]),
        _mean(odds[:3]),
        _mean(odds[:5]),
        _mean(odds),
        sum(-math.log(1 - min(score, 0.999)) for score in scores),
        sum(score * length for score, length in zip(scores, lengths, strict=True))
        / (sum(lengths) or 1),
        math.log(1 + sum(score > 0.3 for score in scores)),
        first.output_unseen,
        first.output_reworded,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _log_odds(score: float) -> float:
    score = min(max(score, 0.0005), 0.9995)
    return math.log(score / (1 - score))


def _logistic(odds: float) -> float:
    odds = min(max(odds, -_MOST_LOGIT), _MOST_LOGIT)
    return round(1 / (1 + math.exp(-odds)), _DIGITS)
