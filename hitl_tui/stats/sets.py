"""Agreement over label sets: MASI and Jaccard distances, alpha under any distance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)
Distance = Callable[[T, T], float]


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """One minus the shared part of the union; 0 for two empty sets."""
    union = len(a | b)
    return 1 - len(a & b) / union if union else 0.0


def masi(a: frozenset[str], b: frozenset[str]) -> float:
    """Passonneau's distance (2006): `1 - jaccard index * m`.

    m is 1 for equal sets, 2/3 when one holds the other, 1/3 when they only share something, else 0.
    Two empty sets are equal: 0.
    """
    if a == b:
        return 0.0
    shared = len(a & b)
    if not shared:
        return 1.0
    measure = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1 - shared / len(a | b) * measure


def alpha_of(items: Sequence[Sequence[T]], distance: Distance[T]) -> float | None:
    """Krippendorff's alpha of the values that each item got, under a distance.

    None when no item has two values, or when no two values differ.
    """
    paired = [Counter(values) for values in items if len(values) >= 2]
    marginals: Counter[T] = Counter()
    for counts in paired:
        marginals.update(counts)
    n = sum(marginals.values())
    if not n:
        return None
    known: dict[tuple[T, T], float] = {}

    def apart(counts: Counter[T]) -> float:
        total = 0.0
        values = list(counts.items())
        for at, (one, often) in enumerate(values):
            for other, times in values[at + 1 :]:
                if (one, other) not in known:
                    known[one, other] = distance(one, other)
                total += 2 * often * times * known[one, other]
        return total

    expected = apart(marginals)
    if expected <= 0:
        return None
    observed = sum(apart(counts) / (counts.total() - 1) for counts in paired)
    return 1 - (n - 1) * observed / expected
