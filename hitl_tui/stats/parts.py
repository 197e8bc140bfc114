"""Agreement by label and by reviewer: which label is unsure, who pulls the agreement down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hitl_tui.stats.intervals import Interval, t_quantile
from hitl_tui.stats.ratings import Floats, Ints, Ratings

_CELLS = 20_000_000
"""The longest table of counts that is made."""


@dataclass(frozen=True, slots=True)
class LabelPart:
    """One label. `agreement`: given that one reviewer chose it, how often another does (specific agreement).

    `n` is how many ratings it has, `share` of all; `fleiss_kappa` is that of this label against the
    rest. A value is None where it is undefined.
    """

    n: int
    share: float
    agreement: float | None
    ci: Interval | None
    fleiss_kappa: float | None


@dataclass(frozen=True, slots=True)
class ReviewerPart:
    """One reviewer: ratings, how often a co-rating of another was equal, nominal alpha without them."""

    n: int
    shared_items: int
    agreement: float | None
    ci: Interval | None
    alpha_nominal_without: float | None
    varied: bool
    labels: tuple[int, ...]


def label_parts(ratings: Ratings) -> dict[str, LabelPart]:
    """Every label of the schema, by its name. Intervals: linearised t of the ratio, over items."""
    folded = ratings.folded
    rows = folded.rows.astype(np.float64)
    times = folded.times.astype(np.float64)
    size = rows.sum(axis=1)
    two = size >= 2
    others = np.where(two, size - 1, 1)[:, None]
    met = rows * (rows - 1) / others
    base = rows * two[:, None]
    items = float(times @ two)
    n = times.sum()
    found = {}
    totals = times @ rows
    share = (times @ (rows / size[:, None])) / n
    for at, label in enumerate(ratings.labels):
        hits, chances = float(times @ met[:, at]), float(times @ base[:, at])
        value = hits / chances if chances else None
        part = LabelPart(
            int(totals[at]),
            float(totals[at] / max(1.0, totals.sum())),
            value,
            _ratio_interval(met[:, at], base[:, at], times * two, value, items),
            _against_rest(rows[:, at], size, two, times, float(share[at])),
        )
        found[label] = part
    return found


def _ratio_interval(
    over: Floats, under: Floats, times: Floats, value: float | None, items: float
) -> Interval | None:
    if value is None or items < 2:
        return None
    mean = float(times @ under / items)
    squares = float(times @ (over - value * under) ** 2)
    half = t_quantile(items - 1) * math.sqrt(squares / (items * (items - 1))) / mean
    return max(0.0, value - half), min(1.0, value + half)


def _against_rest(
    hits: Floats, size: Floats, two: Floats, times: Floats, share: float
) -> float | None:
    """Fleiss' kappa of one label against all others (Fleiss 1971)."""
    rest = size - hits
    pairs = np.where(two, size * (size - 1), 1)
    agreed = (hits * (hits - 1) + rest * (rest - 1)) / pairs
    items = float(times @ two)
    room = 2 * share * (1 - share)
    if items == 0 or room <= 1e-12:
        return None
    seen = float(times @ (agreed * two)) / items
    return (seen - (1 - room)) / room


def reviewer_parts(ratings: Ratings) -> dict[str, ReviewerPart]:
    """Every reviewer by name, from one pass over the ratings."""
    r, q = len(ratings.reviewers), ratings.q
    folded = ratings.folded
    rows = folded.rows.astype(np.float64)
    size = rows.sum(axis=1)
    row, who, label = folded.row_of[ratings.item], ratings.reviewer, ratings.label
    counted = np.bincount(who * q + label, minlength=r * q).reshape(r, q)
    # Each (reviewer, row, label) is looked at once, however often it occurs.
    at, often = _counted((who * len(rows) + row) * q + label, r * len(rows) * q)
    times = often.astype(np.float64)
    g, p, k = at // (len(rows) * q), at // q % len(rows), at % q
    two = size[p] >= 2
    same = np.where(two, (rows[p, k] - 1) / np.maximum(size[p] - 1, 1), 0.0)
    met = np.bincount(g, weights=times * two, minlength=r)
    agreed = np.bincount(g, weights=times * same, minlength=r)
    squares = np.bincount(g, weights=times * same**2, minlength=r)
    without = _alphas_without(rows, folded.times.astype(np.float64), r, g, p, k, times)
    found = {}
    for at_, name in enumerate(ratings.reviewers):
        shared = int(met[at_])
        value = float(agreed[at_] / shared) if shared else None
        found[name] = ReviewerPart(
            int(counted[at_].sum()),
            shared,
            value,
            _mean_interval(value, float(squares[at_]), shared),
            without[at_],
            bool((counted[at_] > 0).sum() > 1),
            tuple(int(n) for n in counted[at_]),
        )
    return found


def _counted(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """The different codes below `size`, and how often each occurs."""
    if size > _CELLS:
        at, often = np.unique(codes, return_counts=True)
        return at, often
    cells = np.bincount(codes, minlength=size)
    at = np.flatnonzero(cells)
    return at, cells[at]


def _mean_interval(value: float | None, squares: float, n: int) -> Interval | None:
    if value is None or n < 2:
        return None
    half = t_quantile(n - 1) * math.sqrt(max(0.0, squares / n - value**2) / (n - 1))
    return max(0.0, value - half), min(1.0, value + half)


def _alphas_without(
    rows: Floats, times: Floats, r: int, g: Ints, p: Ints, k: Ints, cells: Floats
) -> list[float | None]:
    """Nominal alpha with all ratings of one reviewer taken away, for each of the r reviewers.

    Only the items of that reviewer change: their part of the sums is taken out and put back smaller.
    """
    size = rows.sum(axis=1)
    two = size >= 2
    met = np.where(two, (rows * (rows - 1)).sum(axis=1) / np.maximum(size - 1, 1), 0.0)
    total_met = float(times @ met)
    marginals = times @ (rows * two[:, None])
    left = size[p] - 1
    raw = (rows[p] * (rows[p] - 1)).sum(axis=1) - 2 * (rows[p, k] - 1)
    fewer = np.where(left >= 2, raw / np.maximum(left - 1, 1), 0.0)
    change = np.bincount(g, weights=cells * (fewer - met[p]), minlength=r)
    q = rows.shape[1]
    own = np.zeros((r, q))
    np.add.at(own, (g, k), cells * (left >= 2))
    alone = left == 1
    for label in range(q):
        own[:, label] += np.bincount(
            g[alone], weights=cells[alone] * rows[p[alone], label], minlength=r
        )
    found: list[float | None] = []
    for at in range(r):
        share = marginals - own[at]
        n = share.sum()
        apart = n * n - float(share @ share)
        if n < 2 or apart <= 1e-9:
            found.append(None)
            continue
        observed = n - (total_met + change[at])
        found.append(float(1 - (n - 1) * observed / apart))
    return found
