"""Turns the features of clauses into scores and risks, with the learnt weights that ship in the package."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice
from operator import mul

from hitl_tui.grounding.features import SOURCE, Features
from hitl_tui.grounding.model import model

_FLAGGED_AT_LEAST = 0.5
_AGREED = 0.2
_MOST_LOGIT = 8.0
_DIGITS = 6
_SUMMARY_DIGITS = 4


def clause_score(facts: Features, *, style: bool, agrees: bool = False) -> float:
    """Return the score of a clause, 0..1, higher is worse; 0.5 is where it counts as not found.

    A sum over small decision trees, through a logistic function. A clause that carries a flag that
    a value or its polarity differs scores at least 0.5: a contradiction weighs more than any likeness.
    One that a fact of a structured source agrees with scores much less: there, wording says little.
    """
    learnt = model()
    forest = learnt.clause if style else learnt.clause_without_style
    score = _logistic(forest.odds(facts))
    if facts.differs or facts.contrary:
        return max(score, _FLAGGED_AT_LEAST)
    return round(_AGREED * score, _DIGITS) if agrees else score


def output_risk(
    scores: Sequence[float], lengths: Sequence[int], facts: Sequence[Features], *, style: bool
) -> float:
    """Return the risk of a whole output, 0..1, higher is worse; at 0.5 it is best called bad.

    Small trees over `summary` of its clauses, through a logistic function; without clauses 0.0.
    """
    if not scores:
        return 0.0
    learnt = model()
    forest = learnt.risk if style else learnt.risk_without_style
    return _logistic(forest.odds(summary(scores, lengths, facts, style=style)))


SUMMARY = (
    "worst", "worst_two", "worst_three", "worst_five", "mean", "expected", "share", "several",
)  # fmt: skip
"""Names of the first values that `summary` returns; the names of the features follow."""


def summary(
    scores: Sequence[float], lengths: Sequence[int], facts: Sequence[Features], *, style: bool
) -> tuple[float, ...]:
    """Return what the risk of an output is made of: the scores and the features of its clauses.

    The log-odds of the worst, the mean log-odds of the worst two, three, five and of all; the sum of
    -ln(1 - score); the mean score by length; ln(1 + clauses over 0.3). Then the mean of each feature by
    length, of those of style only with `style`. All rounded, so that the trees read the same everywhere.
    """
    odds = sorted((_log_odds(score) for score in scores), reverse=True)
    total = sum(lengths) or 1
    of_scores = (
        odds[0],
        _mean(odds[:2]),
        _mean(odds[:3]),
        _mean(odds[:5]),
        _mean(odds),
        sum(-math.log(1 - min(score, 0.999)) for score in scores),
        sum(map(mul, scores, lengths)) / total,
        math.log(1 + sum(score > 0.3 for score in scores)),
    )
    columns = islice(zip(*facts, strict=True), len(Features._fields if style else SOURCE))
    means = (sum(map(mul, column, lengths)) / total for column in columns)
    return tuple(round(value, _SUMMARY_DIGITS) for value in (*of_scores, *means))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _log_odds(score: float) -> float:
    score = min(max(score, 0.0005), 0.9995)
    return math.log(score / (1 - score))


def _logistic(odds: float) -> float:
    odds = min(max(odds, -_MOST_LOGIT), _MOST_LOGIT)
    return round(1 / (1 + math.exp(-odds)), _DIGITS)
