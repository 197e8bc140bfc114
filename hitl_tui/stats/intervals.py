"""Intervals for rates and their differences: Wilson, Clopper-Pearson, Newcombe, Horvitz-Thompson, t."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rate:
    """`x` of `n` with its Wilson interval; `value` and `ci` are None when there is nothing to divide."""

    x: int
    n: int
    value: float | None
    ci: Interval | None


def rate(x: int, n: int, level: float = 0.95) -> Rate:
    """A rate with its interval."""
    if n == 0:
        return Rate(x, n, None, None)
    return Rate(x, n, x / n, wilson(x, n, level))


def quantile(level: float = 0.95) -> float:
    """The two-sided normal quantile: 1.96 for .95. ValueError outside 0 to 1."""
    if not 0 < level < 1:
        raise ValueError("a level of confidence lies between 0 and 1")
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(x: float, n: float, level: float = 0.95) -> Interval:
    """The score interval of a binomial rate (Wilson 1927; Newcombe 1998, method 3).

    `x` of `n`, 0 <= x <= n, n > 0; both may be effective numbers. ValueError otherwise.
    """
    _check(x, n)
    z = quantile(level)
    p = x / n
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if x == 0 else max(0.0, (centre - half) / scale)
    high = 1.0 if x == n else min(1.0, (centre + half) / scale)
    return low, high


def clopper_pearson(x: int, n: int, level: float = 0.95) -> Interval:
    """The exact interval of a binomial rate (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv  # noqa: PLC0415  (most callers want Wilson and no scipy)

    _check(x, n)
    tail = (1 - level) / 2
    low = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, tail))
    high = 1.0 if x == n else float(betaincinv(x + 1, n - x, 1 - tail))
    return low, high


def newcombe(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Interval:
    """The interval of the difference `x1/n1 - x2/n2` of independent rates (Newcombe 1998, method 10)."""
    low1, high1 = wilson(x1, n1, level)
    low2, high2 = wilson(x2, n2, level)
    p1, p2 = x1 / n1, x2 / n2
    below = math.hypot(p1 - low1, high2 - p2)
    above = math.hypot(high1 - p1, p2 - low2)
    return max(-1.0, p1 - p2 - below), min(1.0, p1 - p2 + above)


def t_quantile(df: float, level: float = 0.95) -> float:
    """The two-sided quantile of Student's t."""
    from scipy.special import stdtrit  # noqa: PLC0415  (scipy.stats would cost ten times the import)

    return float(stdtrit(df, (1 + level) / 2))


@dataclass(frozen=True, slots=True)
class Weighted:
    """A rate estimated from a sample of known probabilities. `n` sampled, `effective` after weighting."""

    value: float | None
    ci: Interval | None
    n: int
    effective: float
    se: float | None


def horvitz_thompson(
    outcomes: Sequence[float], probabilities: Sequence[float], level: float = 0.95
) -> Weighted:
    """The rate in the population behind a sample, each outcome (0 or 1) weighted by 1/probability.

    The total of Horvitz and Thompson (1952) over the estimated size (Hajek 1971), its linearised
    standard error, and Wilson's interval at the effective sample size (Korn and Graubard 1998).
    Probabilities lie in (0, 1]; ValueError otherwise.
    """
    if len(outcomes) != len(probabilities):
        raise ValueError("each outcome needs its probability")
    if any(not 0 < p <= 1 for p in probabilities):
        raise ValueError("a sampling probability lies above 0 and is at most 1")
    n = len(outcomes)
    if n == 0:
        return Weighted(None, None, 0, 0.0, None)
    weight = [1 / p for p in probabilities]
    total = math.fsum(weight)
    value = math.fsum(w * y for w, y in zip(weight, outcomes, strict=True)) / total
    kish = total**2 / math.fsum(w * w for w in weight)
    se = None
    if n > 1:
        spread = math.fsum((w * (y - value)) ** 2 for w, y in zip(weight, outcomes, strict=True))
        se = math.sqrt(n / (n - 1) * spread) / total
    effective = kish
    if se and 0 < value < 1:
        effective = min(kish, value * (1 - value) / se**2)
    return Weighted(value, wilson(value * effective, effective, level), n, effective, se)


def _check(x: float, n: float) -> None:
    if not (n > 0 and 0 <= x <= n * (1 + 1e-12)):
        raise ValueError("a rate needs 0 <= x <= n and n above 0")
