"""Which items of a quiz tell good reviewers from weak ones: point-biserial with the rest of the quiz."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

BAD = 0.1
"""Below this an item is flagged: those who are right elsewhere are not right more often here."""
FEWEST = 3
"""Reviewers below which nothing is said of an item."""


def point_biserial(right: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Pearson's correlation of an item with the score on the other items; None without variation."""
    n = len(right)
    if n < FEWEST:
        return None
    hits = [float(one) for one in right]
    mean_hit, mean_rest = math.fsum(hits) / n, math.fsum(rest) / n
    over = math.fsum((a - mean_hit) * (b - mean_rest) for a, b in zip(hits, rest, strict=True))
    spread = math.fsum((a - mean_hit) ** 2 for a in hits) * math.fsum(
        (b - mean_rest) ** 2 for b in rest
    )
    return over / math.sqrt(spread) if spread > 1e-18 else None


def discriminations(answers: Mapping[str, Mapping[str, bool]]) -> dict[str, float | None]:
    """For each item its point-biserial with the rest; `answers` is reviewer -> item -> right or not.

    The rest of a reviewer is the share of right answers among their other items.
    """
    items = dict.fromkeys(item for own in answers.values() for item in own)
    found = {}
    for item in items:
        right, rest = [], []
        for own in answers.values():
            others = [good for other, good in own.items() if other != item]
            if item in own and others:
                right.append(own[item])
                rest.append(sum(others) / len(others))
        found[item] = point_biserial(right, rest)
    return found
