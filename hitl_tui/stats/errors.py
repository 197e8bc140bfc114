"""Standard errors of the coefficients: linearised over items, reviewers taken as fixed (Gwet 2014)."""

from __future__ import annotations

import math

import numpy as np

from hitl_tui.stats.coefficients import Pattern
from hitl_tui.stats.ratings import Floats, Ratings


def standard_errors(
    pattern: Pattern, times: Floats, weight: Floats, values: dict[str, float]
) -> dict[str, float]:
    """Of percent, fleiss_kappa, ac and bp; `values` are the estimates, `times` (p,) the rows' numbers.

    Gwet, Handbook of Inter-Rater Reliability, 4th ed., section 5.3; two items with two ratings or more.
    """
    n, paired = times.sum(), times @ pattern.two
    q = len(weight)
    share = times @ pattern.share / n
    agreed = pattern.agreement(weight)
    near = weight @ share
    chances = {
        "fleiss_kappa": (float(share @ near), pattern.share @ near),
        "bp": (float(weight.sum() / q**2), None),
    }
    if q > 1:
        scale = weight.sum() / (q * (q - 1))
        chances["ac"] = (
            float(scale * (share * (1 - share)).sum()),
            scale * (pattern.share @ (1 - share)),
        )
    found = {"percent": _se(agreed * (n / paired), values["percent"], times)}
    for name, (chance, each) in chances.items():
        value = values[name]
        if math.isnan(value):
            continue
        per_item = (n / paired) * (agreed - chance * pattern.two) / (1 - chance)
        if each is not None:
            per_item = per_item - 2 * (1 - value) * (each - chance) / (1 - chance)
        found[name] = _se(per_item, value, times)
    return found


def alpha_error(pattern: Pattern, times: Floats, difference: Floats) -> float:
    """Of Krippendorff's alpha with a fixed difference, over the items with two ratings or more.

    The linearisation of the ratio, Gwet 2014, section 5.3.4.
    """
    kept = (pattern.two > 0) & (times > 0)
    rows, size, times = pattern.rows[kept], pattern.size[kept], times[kept]
    n = times.sum()
    most = difference.max()
    weight = 1 - difference / most
    mean = float(times @ size / n)
    share = times @ rows / (n * mean)
    agreed = ((rows @ weight - 1) * rows).sum(axis=1) / (mean * (size - 1))
    observed = float(times @ agreed / n)
    chance = float(share @ weight @ share)
    value = (observed - chance) / (1 - chance)
    larger = (size - mean) / mean
    per_item = (agreed - observed * larger - chance) / (1 - chance)
    each = rows @ (weight @ share) / mean - chance * larger
    per_item = per_item - 2 * (1 - value) * (each - chance) / (1 - chance)
    return _se(per_item, value, times)


def conger(ratings: Ratings, pattern: Pattern, weight: Floats) -> tuple[float, float | None]:
    """Conger's kappa and its standard error; NaN without variation.

    Chance is the mean over all pairs of reviewers of the agreement that their own shares of labels
    give (Conger 1980; with missing ratings Gwet 2014, ch. 2). The error is linearised: each item
    moves the shares of the reviewers who rated it.
    """
    r, q, n = len(ratings.reviewers), ratings.q, ratings.n_items
    flat = np.bincount(ratings.reviewer * q + ratings.label, minlength=r * q).reshape(r, q)
    of_each = flat.sum(axis=1)
    share = flat / of_each[:, None]
    others = share.sum(axis=0) - share
    each = others @ weight
    chance = float((share * each).sum() / (r * (r - 1)))
    folded = ratings.folded
    times = folded.times.astype(np.float64)
    agreed = pattern.agreement(weight)
    paired = times @ pattern.two
    seen = float(times @ (agreed * pattern.two) / paired)
    if 1 - chance <= 1e-12:
        return math.nan, None
    value = (seen - chance) / (1 - chance)
    if paired < 2:
        return value, None
    moves = (each - (each * share).sum(axis=1)[:, None]) * (n / of_each)[:, None]
    moved = np.bincount(
        ratings.item, weights=moves.ravel()[ratings.reviewer * q + ratings.label], minlength=n
    ) * (2 / (r * (r - 1)))
    per_item = ((n / paired) * (agreed - chance * pattern.two) / (1 - chance))[folded.row_of]
    per_item -= (1 - value) * moved / (1 - chance)
    return value, _spread(float(((per_item - value) ** 2).sum()), n)


def cohen(table: Floats, weight: Floats) -> tuple[float, float]:
    """Cohen's kappa of two reviewers from their table (q, q), and its large-sample standard error.

    Weighted by `weight`; Fleiss, Cohen and Everitt 1969. NaN without variation.
    """
    n = table.sum()
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    seen, chance = float((p * weight).sum()), float(rows @ weight @ columns)
    if 1 - chance <= 1e-12:
        return math.nan, math.nan
    value = (seen - chance) / (1 - chance)
    lean = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    moment = float((p * (weight - lean * (1 - value)) ** 2).sum())
    variance = (moment - (value - chance * (1 - value)) ** 2) / (n * (1 - chance) ** 2)
    return value, math.sqrt(max(0.0, variance))


def _se(per_row: Floats, value: float, times: Floats) -> float:
    return _spread(float(times @ (per_row - value) ** 2), float(times.sum()))


def _spread(squares: float, n: float) -> float:
    return math.sqrt(squares / (n * (n - 1)))
