"""How far scores are probabilities: Brier, the expected calibration error, isotonic regression."""

from __future__ import annotations

import numpy as np

from hitl_tui.stats.ratings import Floats


def brier(y: Floats, p: Floats) -> float:
    """The mean squared distance of probabilities `p` from outcomes `y` (0 or 1); both (n,), n >= 1."""
    return float(np.mean((p - y) ** 2))


def calibration_error(y: Floats, p: Floats, bins: int = 10) -> float:
    """The expected calibration error over bins of equal width, the last closed (Naeini et al. 2015)."""
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    size = np.bincount(place, minlength=bins)
    gap = np.bincount(place, weights=p - y, minlength=bins)
    return float(np.abs(gap[size > 0]).sum() / len(y))


def isotonic(y: Floats, weight: Floats | None = None) -> Floats:
    """The non-decreasing sequence nearest to `y` in weighted squares: pool adjacent violators."""
    weight = np.ones(len(y)) if weight is None else weight
    means: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    for value, heavy in zip(y.tolist(), weight.tolist(), strict=True):
        means.append(value)
        weights.append(heavy)
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            value2, weight2, size2 = means.pop(), weights.pop(), sizes.pop()
            total = weights[-1] + weight2
            means[-1] = (means[-1] * weights[-1] + value2 * weight2) / total
            weights[-1] = total
            sizes[-1] += size2
    return np.repeat(np.array(means, dtype=np.float64), sizes)
