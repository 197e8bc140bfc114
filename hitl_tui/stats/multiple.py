"""Many tests at once: the false discovery rate of Benjamini and Hochberg."""

from __future__ import annotations

from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The adjusted p-values, in the order given (Benjamini and Hochberg 1995): reject those <= q.

    ValueError for a p-value outside 0 to 1.
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies in 0 to 1")
    m = len(p_values)
    adjusted = [0.0] * m
    least = 1.0
    for rank, at in enumerate(sorted(range(m), key=lambda i: p_values[i], reverse=True)):
        least = min(least, p_values[at] * m / (m - rank))
        adjusted[at] = least
    return adjusted
