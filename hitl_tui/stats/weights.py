"""How near two labels are: Gwet's fixed weights, and the differences of Krippendorff's alpha."""

from __future__ import annotations

import numpy as np

from hitl_tui.stats.ratings import Floats

SCHEMES = ("linear", "quadratic", "gwetordinal")
"""The weighting schemes beside the unweighted one."""


def identity(q: int) -> Floats:
    """Only equal labels agree; shape (q, q)."""
    return np.eye(q)


def weights(scheme: str, places: Floats) -> Floats:
    """Agreement of each pair of labels, 0 to 1, shape (q, q), 1 on the diagonal; q of at least 2.

    `places` (q,) are the labels' values, or their ranks where only the order is known. `linear` is
    `1 - |a-b|/range`, `quadratic` its square law, `gwetordinal` Gwet's ordinal weights
    `1 - C(m,2)/max C(m,2)` with m the number of labels from a to b, which look at the order alone
    (Gwet, Handbook of Inter-Rater Reliability, 4th ed., ch. 3). KeyError for another scheme.
    """
    if scheme == "gwetordinal":
        order = np.argsort(np.argsort(places, kind="stable"), kind="stable")
        apart = np.abs(order[:, None] - order[None, :]) + 1.0
        pairs = apart * (apart - 1) / 2
        return np.asarray(1 - pairs / pairs.max())
    apart = np.abs(places[:, None] - places[None, :])
    if scheme == "linear":
        return np.asarray(1 - apart / apart.max())
    if scheme == "quadratic":
        return np.asarray(1 - (apart / apart.max()) ** 2)
    raise KeyError(scheme)


def nominal_difference(q: int) -> Floats:
    """0 for equal labels, 1 for others; shape (q, q)."""
    return 1 - np.eye(q)


def interval_difference(values: Floats) -> Floats:
    """The squared distance of the values; shape (q, q)."""
    return np.asarray((values[:, None] - values[None, :]) ** 2)


def ratio_difference(values: Floats) -> Floats:
    """`((a-b)/(a+b))**2` of values that are not negative, 0 for two zeros; shape (q, q)."""
    total = values[:, None] + values[None, :]
    apart = values[:, None] - values[None, :]
    return np.asarray(np.divide(apart, total, out=np.zeros_like(total), where=total != 0) ** 2)


def mid_ranks(marginals: Floats) -> Floats:
    """Where each label stands when every rating is one step: `sum(n_g, g<k) + n_k/2`; shape (..., q).

    Krippendorff's ordinal difference `(sum(n_g, k<=g<=l) - (n_k+n_l)/2)**2` is the squared distance
    of these places (Krippendorff 2011, section D).
    """
    return np.asarray(np.cumsum(marginals, axis=-1) - marginals / 2)
