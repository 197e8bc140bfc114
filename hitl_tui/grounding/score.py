"""Turns what was found for a clause into a score: how likely it is that the sources do not hold it."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from hitl_tui.grounding.index import Index
from hitl_tui.grounding.link import Claim, Link, covered
from hitl_tui.grounding.normalise import prefix


class Features(NamedTuple):
    """What is known of one clause; all 0..1."""

    unseen: float
    """Share of its weight that stands nowhere in the sources."""
    apart: float
    """Share that the best linked sentence lacks."""
    sentence_apart: float
    """Share of the weight of its whole sentence that the best linked sentence lacks."""
    reworded: float
    """Share of its pairs of neighbouring words that the linked sentences lack."""
    sentence_reworded: float
    """The same share for its whole sentence."""
    much_unseen: float
    """0 if every word of weight in its sentence stands in the sources, towards 1 with each that does not."""
    asked: float
    """Share of its weight that the question holds."""
    thin: float
    """1 for a clause without words of weight, falling to 0 with more of them."""
    output_unseen: float
    """Share of the whole output's weight that stands nowhere in the sources."""
    silent: float
    """1 if it says that the sources do not tell."""
    framed: float
    """1 if it speaks of the sources."""
    flagged: float
    """1 if it carries a flag."""
    late: float
    """Style: its place in the output, 0 first."""


def features(
    claim: Claim,
    sentence: Sequence[Claim],
    links: Sequence[Link],
    index: Index,
    *,
    output_unseen: float,
    silent: bool,
    framed: bool,
    flagged: bool,
    late: float,
) -> Features:
    """Gather the features of one clause of the sentence that the claims `sentence` make up."""
    total = claim.weight or 1.0
    pairs = frozenset[tuple[str, str]]().union(*(link.sentence.pairs for link in links))
    own_pairs = list(pairwise(claim.keys))
    whole = {key: weight for part in sentence for key, weight in part.weights.items()}
    all_pairs = [pair for part in sentence for pair in pairwise(part.keys)]
    foreign = sum(key not in index.counts for key in whole)
    best = covered(whole, links[0].sentence) if links else 0.0
    return Features(
        unseen=unseen_weight(claim.weights, index) / total,
        apart=1 - (links[0].coverage if links else 0.0),
        sentence_apart=1 - best / (sum(whole.values()) or 1.0),
        reworded=1 - sum(pair in pairs for pair in own_pairs) / (len(own_pairs) or 1),
        sentence_reworded=1 - sum(pair in pairs for pair in all_pairs) / (len(all_pairs) or 1),
        much_unseen=foreign / (2.0 + foreign),
        asked=sum(w for key, w in claim.weights.items() if key in index.question_keys) / total,
        thin=1 / (1 + len(claim.weights)),
        output_unseen=output_unseen,
        silent=float(silent),
        framed=float(framed),
        flagged=float(flagged),
        late=late,
    )


def unseen_weight(weights: dict[str, float], index: Index) -> float:
    """Return the weight of the words that stand nowhere in the sources; of a known family, half."""
    total = 0.0
    for key, weight in weights.items():
        if key not in index.counts:
            total += weight * (0.5 if len(key) >= 5 and prefix(key) in index.families else 1.0)
    return total


_BIAS, _WEIGHTS = -5.0, Features(
    unseen=0.6,
    apart=0.4,
    sentence_apart=0.65,
    reworded=1.4,
    sentence_reworded=0.8,
    much_unseen=0.75,
    asked=-1.4,
    thin=-1.75,
    output_unseen=2.9,
    silent=-1.2,
    framed=-1.1,
    flagged=1.5,
    late=0.85,
)  # fmt: skip
_PLAIN_BIAS, _PLAIN_WEIGHTS = -4.6, Features(
    unseen=0.65,
    apart=0.35,
    sentence_apart=0.75,
    reworded=1.45,
    sentence_reworded=0.85,
    much_unseen=0.9,
    asked=-1.7,
    thin=-2.1,
    output_unseen=2.65,
    silent=-1.0,
    framed=-1.25,
    flagged=1.5,
    late=0.0,
)  # fmt: skip
# Rounded from a logistic regression on the clauses of RAGTruth's QA training responses; the bias is
# that of clauses held and not held in equal numbers, so that 0.5 means "as likely as not" there.

_FLAGGED_AT_LEAST = 0.7


def clause_score(found: Features, *, style: bool) -> float:
    """Return the score of a clause, 0..1, higher is worse: a logistic function of its features.

    A clause with a flag scores at least 0.7: a contradiction weighs more than any likeness of words.
    """
    bias, weights = (_BIAS, _WEIGHTS) if style else (_PLAIN_BIAS, _PLAIN_WEIGHTS)
    score = 1 / (1 + math.exp(-bias - sum(map(operator.mul, weights, found))))
    return max(score, _FLAGGED_AT_LEAST) if found.flagged else score


def output_risk(scores: Sequence[float]) -> float:
    """Return the risk of the whole output, 0..1: its worst clause, tempered by the mean of its three worst."""
    if not scores:
        return 0.0
    worst = sorted(scores, reverse=True)[:3]
    return 0.6 * worst[0] + 0.4 * sum(worst) / len(worst)
