"""Pairs of reviewers: who met whom on which items, their tables from one sparse product, their kappas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hitl_tui.stats.errors import cohen
from hitl_tui.stats.ratings import Floats, Ints, Ratings


@dataclass(frozen=True)
class PairMatrix:
    """Every pair of reviewers who rated an item together, in arrays of the same length.

    `first` and `second` are codes, first < second; `n` the items together; `percent` the share of
    equal labels; `kappa` Cohen's, NaN without variation. `weighted` holds kappa under other weights.
    """

    first: Ints
    second: Ints
    n: Ints
    percent: Floats
    kappa: Floats
    weighted: dict[str, Floats]
    tables: Floats | None
    """(pairs, q, q), label of the first by label of the second; None when that would be too much."""


_MOST_CELLS = 20_000_000


def pair_matrix(ratings: Ratings, schemes: dict[str, Floats] | None = None) -> PairMatrix:
    """All pairs. One product of the sparse indicators `item x (reviewer, label)` gives every table."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  (a file without pairs need not pay for it)

    r, q = len(ratings.reviewers), ratings.q
    order, start = _by_item(ratings)
    columns = (ratings.reviewer * q + ratings.label)[order].astype(np.int32, copy=False)
    hits = csr_matrix(
        (np.ones(len(columns), np.int32), columns, start), shape=(ratings.n_items, r * q)
    )
    together = (hits.T @ hits).tocoo()
    first, second = together.row // q, together.col // q
    upper = first < second
    first, second = first[upper].astype(np.int64), second[upper].astype(np.int64)
    a, b = together.row[upper] % q, together.col[upper] % q
    count = together.data[upper].astype(np.float64)
    key = first * r + second
    present, place = np.unique(key, return_inverse=True)
    pairs = len(present)
    n = np.bincount(place, weights=count, minlength=pairs)
    same = np.bincount(place, weights=count * (a == b), minlength=pairs) / np.maximum(n, 1)
    rows = np.bincount(place * q + a, weights=count, minlength=pairs * q).reshape(pairs, q)
    cols = np.bincount(place * q + b, weights=count, minlength=pairs * q).reshape(pairs, q)
    left, right = rows / n[:, None], cols / n[:, None]
    weighted = {}
    for name, weight in (schemes or {}).items():
        seen = np.bincount(place, weights=count * weight[a, b], minlength=pairs) / n
        weighted[name] = _kappa(seen, ((left @ weight) * right).sum(axis=1))
    tables: Floats | None = None
    if pairs * q * q <= _MOST_CELLS:
        flat = (place * q + a) * q + b
        cells = np.bincount(flat, weights=count, minlength=pairs * q * q)
        tables = cells.reshape(pairs, q, q).astype(np.float64, copy=False)
    kappa = _kappa(same, (left * right).sum(axis=1))
    return PairMatrix(present // r, present % r, n.astype(np.int64), same, kappa, weighted, tables)


def two_way(ratings: Ratings) -> Floats:
    """The table of exactly two reviewers over the items that both rated, (q, q)."""
    q = ratings.q
    label = np.full((2, ratings.n_items), -1, np.int64)
    label[ratings.reviewer, ratings.item] = ratings.label
    both = (label >= 0).all(axis=0)
    flat = np.bincount(label[0, both] * q + label[1, both], minlength=q * q)
    return flat.reshape(q, q).astype(np.float64)


def kappa_interval(table: Floats, weight: Floats, z: float) -> tuple[float, float] | None:
    """The large-sample interval of one pair's kappa, None when it has none."""
    value, se = cohen(table, weight)
    if not np.isfinite(value) or table.sum() < 2:
        return None
    return value - z * se, min(1.0, value + z * se)


def _kappa(seen: Floats, chance: Floats) -> Floats:
    room = 1 - chance
    return np.asarray(
        np.divide(seen - chance, room, out=np.full_like(seen, np.nan), where=room > 1e-12)
    )


def _by_item(ratings: Ratings) -> tuple[Ints | slice, Ints]:
    """An order of the ratings by item, and where each item starts in it."""
    size = np.bincount(ratings.item, minlength=ratings.n_items)
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int32)
    if (np.diff(ratings.item) >= 0).all():
        return slice(None), start
    return np.argsort(ratings.item, kind="stable"), start
