"""Every coefficient of agreement from count rows, for many weightings of the rows at once.

One set of functions serves the estimate (the items as they are) and the bootstrap (each replicate is
a multinomial weighting of the different count rows): nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hitl_tui.stats.ratings import Floats, Folded, Level, Ratings
from hitl_tui.stats.weights import (
    SCHEMES,
    identity,
    interval_difference,
    mid_ranks,
    nominal_difference,
    ratio_difference,
    weights,
)

Reason = Literal[
    "no_items",
    "one_reviewer",
    "no_pairable_items",
    "no_variation",
    "not_two_reviewers",
    "not_numeric",
    "no_order",
    "negative_labels",
    "n_items<2",
]
FAMILIES = ("percent", "fleiss_kappa", "conger_kappa", "ac", "bp")
ALPHAS = ("alpha_nominal", "alpha_ordinal", "alpha_interval", "alpha_ratio")
_TINY = 1e-12
_CELLS = 4_000_000
"""Numbers that are held at once."""


@dataclass(frozen=True)
class Pattern:
    """The different count rows in numbers: `rows` (p, q), their sizes (p,), which have two or more."""

    rows: Floats
    size: Floats
    two: Floats
    share: Floats

    @classmethod
    def of(cls, folded: Folded) -> Pattern:
        """From folded items."""
        rows = folded.rows.astype(np.float64)
        size = rows.sum(axis=1)
        return cls(rows, size, (size >= 2).astype(np.float64), rows / size[:, None])

    def agreement(self, weight: Floats) -> Floats:
        """How far the pairs of ratings of each row agree, (p,); 0 for rows with a single rating."""
        pairs = self.size * (self.size - 1)
        near = ((self.rows @ weight - 1) * self.rows).sum(axis=1)
        return np.asarray(np.divide(near, pairs, out=np.zeros_like(near), where=pairs > 0))

    def disagreement(self, difference: Floats) -> Floats:
        """The summed differences of each row's pairs over `size - 1`, (p,)."""
        apart = ((self.rows @ difference) * self.rows).sum(axis=1)
        return np.asarray(
            np.divide(apart, self.size - 1, out=np.zeros_like(apart), where=self.size >= 2)
        )


@dataclass(frozen=True)
class Scale:
    """What the level makes of the labels: weights by scheme, differences by alpha, or why there are none.

    The scheme of the unweighted coefficients is "". A difference of None is the data's own: ordinal.
    """

    weights: Mapping[str, Floats | Reason]
    differences: Mapping[str, Floats | Reason | None]


def scale_of(ratings: Ratings, level: Level) -> Scale:
    """The weights and differences that the level gives these labels.

    At the ordinal level the places of the labels are their ranks, at the interval and ratio levels
    their values: an order says nothing of distances.
    """
    q = ratings.q
    found: dict[str, Floats | Reason] = {"": identity(q)}
    differences: dict[str, Floats | Reason | None] = {"alpha_nominal": nominal_difference(q)}
    if level == "nominal":
        return Scale(found, differences)
    values = ratings.values
    ranks = np.arange(q, dtype=np.float64) if ratings.ordered else None
    for scheme in SCHEMES:
        by_rank = scheme == "gwetordinal" or level == "ordinal"
        where = ranks if by_rank else values
        lack: Reason = "no_order" if by_rank else "not_numeric"
        if q < 2:
            found[scheme] = "no_variation"
        else:
            found[scheme] = lack if where is None else weights(scheme, where)
    differences["alpha_ordinal"] = "no_order" if ranks is None else None
    if values is None:
        differences |= {"alpha_interval": "not_numeric", "alpha_ratio": "not_numeric"}
    else:
        differences["alpha_interval"] = interval_difference(values)
        negative = bool((values < 0).any())
        differences["alpha_ratio"] = "negative_labels" if negative else ratio_difference(values)
    return Scale(found, differences)


def names(level: Level) -> list[str]:
    """Every coefficient that the level defines, in the order in which they are printed."""
    schemes = ("",) if level == "nominal" else ("", *SCHEMES)
    alphas = ALPHAS[:1] if level == "nominal" else ALPHAS
    found = list(alphas)
    for scheme in schemes:
        found += [named(family, scheme) for family in (*FAMILIES, "cohen_kappa")]
    return [*found, "scott_pi"]


def named(family: str, scheme: str) -> str:
    """The name of a coefficient: `fleiss_kappa_linear`, `ac1`, `ac2_linear`."""
    if family == "ac":
        family = "ac2" if scheme else "ac1"
    return f"{family}_{scheme}" if scheme else family


def chance_corrected(pattern: Pattern, times: Floats, weight: Floats) -> dict[str, Floats]:
    """percent, fleiss_kappa, ac and bp for each weighting of the rows; `times` is (k, p), values (k,).

    Gwet's treatment of missing ratings: every rating counts for the shares of the labels, items with
    two ratings or more for the agreement (Gwet 2014, ch. 2-4). NaN where it is undefined.
    """
    q = len(weight)
    n = times.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = (times @ (pattern.agreement(weight) * pattern.two)) / (times @ pattern.two)
        share = (times @ pattern.share) / n[:, None]
        total = weight.sum()
        fleiss = ((share @ weight) * share).sum(axis=1)
        gwet = total * (share * (1 - share)).sum(axis=1) / (q * (q - 1)) if q > 1 else n * np.nan
        uniform = np.full(len(n), total / q**2)
        return {
            "percent": seen,
            "fleiss_kappa": corrected(seen, fleiss),
            "ac": corrected(seen, gwet),
            "bp": corrected(seen, uniform),
        }


def alpha(pattern: Pattern, times: Floats, difference: Floats | None) -> Floats:
    """Krippendorff's alpha for each weighting of the rows, (k,); NaN without variation.

    `difference` (q, q) is squared and symmetric; None is the ordinal one, which depends on the
    ratings themselves (Krippendorff 2011).
    """
    paired = times * pattern.two
    marginals = paired @ pattern.rows
    n = marginals.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if difference is None:
            observed, expected = _ordinal(pattern, paired, marginals)
        else:
            observed = paired @ pattern.disagreement(difference)
            expected = ((marginals @ difference) * marginals).sum(axis=1)
        value = 1 - (n - 1) * observed / expected
    return np.asarray(np.where(expected > _TINY, value, np.nan))


def corrected(seen: Floats, chance: Floats) -> Floats:
    """`(seen - chance) / (1 - chance)`, NaN where chance leaves no room."""
    room = 1 - chance
    return np.asarray(
        np.divide(seen - chance, room, out=np.full_like(seen, np.nan), where=room > _TINY)
    )


def _ordinal(pattern: Pattern, paired: Floats, marginals: Floats) -> tuple[Floats, Floats]:
    """Observed and expected summed squared distances of the mid-ranks, each (k,)."""
    place = mid_ranks(marginals)
    n = marginals.sum(axis=1)
    expected = 2 * (n * (marginals * place**2).sum(axis=1) - ((marginals * place).sum(axis=1)) ** 2)
    per_pair = np.divide(
        1.0, pattern.size - 1, out=np.zeros_like(pattern.size), where=pattern.size >= 2
    )
    linear = (paired * (pattern.size * per_pair)) @ pattern.rows
    # sum(row row') about the places is the sum of (row . places)**2: no (q, q) matrix is needed.
    crossed = np.empty(len(place))
    step = max(1, _CELLS // max(1, len(pattern.rows)))
    for start in range(0, len(place), step):
        part = slice(start, start + step)
        reached = place[part] @ pattern.rows.T
        crossed[part] = (paired[part] * per_pair * reached**2).sum(axis=1)
    return 2 * ((linear * place**2).sum(axis=1) - crossed), expected
