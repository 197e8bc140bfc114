"""Dawid and Skene's model: the likely label of each item and every reviewer's confusion matrix, by EM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hitl_tui.stats.ratings import Floats, Ints


@dataclass(frozen=True)
class Skill:
    """A fitted model. `posterior` (n, q) sums to 1 by row; `labels` (n,) are its largest.

    `confusion` (r, q, q) is true by observed, each row a distribution; `prior` (q,). `steps` of EM
    were made; `converged` says whether the log likelihood came to rest.
    """

    prior: Floats
    confusion: Floats
    posterior: Floats
    labels: Ints
    loglik: float
    steps: int
    converged: bool


def dawid_skene(
    item: Ints,
    reviewer: Ints,
    label: Ints,
    *,
    n_items: int,
    n_reviewers: int,
    q: int,
    smoothing: float = 0.01,
    tolerance: float = 1e-7,
    most_steps: int = 500,
) -> Skill:
    """Fit by EM from the vote fractions (Dawid and Skene 1979, equations 2.3 to 2.5).

    The codes are parallel arrays; a reviewer may rate an item several times. `smoothing` is added to
    every cell of a confusion matrix before it is normalised; 0 is the published estimator. Rest is a
    change of the log likelihood below `tolerance` an item. Every item needs a rating.
    """
    patterns, times, row_of = _patterns(item, reviewer * q + label, n_items, n_reviewers * q)
    posterior = _votes(patterns, q, len(times))
    loglik, step, converged = -np.inf, 0, False
    while step < most_steps and not converged:
        step += 1
        prior, confusion = _maximise(patterns, times, posterior, n_reviewers, q, smoothing)
        posterior, found = _expect(patterns, times, prior, confusion)
        converged = abs(found - loglik) <= tolerance * n_items
        loglik = found
    return Skill(
        prior,
        confusion,
        posterior[row_of],
        posterior.argmax(axis=1)[row_of],
        float(loglik),
        step,
        converged,
    )


@dataclass(frozen=True)
class _Patterns:
    """The different sets of ratings: `row` and `column` (reviewer and label) of each rating in them."""

    row: Ints
    column: Ints
    often: Floats
    matrix: object


def _patterns(item: Ints, column: Ints, n_items: int, width: int) -> tuple[_Patterns, Floats, Ints]:
    """Items with the same ratings are one pattern: EM gives them the same posterior."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  (only here)

    key, often = np.unique(item * width + column, return_counts=True)
    row, col = key // width, key % width
    size = np.bincount(row, minlength=n_items)
    # Two sums of random 64-bit words tell the sets apart; the chance of an error is below 1e-20.
    words = np.random.default_rng(79).integers(0, 2**63, (width, 2), dtype=np.uint64)
    heavy = words[col] * often.astype(np.uint64)[:, None]
    ends = np.concatenate([[0], np.cumsum(size)])
    code = np.stack(
        [np.add.reduceat(heavy[:, k], ends[:-1]) if len(heavy) else heavy[:, k] for k in (0, 1)],
        axis=1,
    )
    mixed = code[:, 0] ^ (code[:, 1] * np.uint64(0x9E3779B97F4A7C15))
    _, first, row_of, times = np.unique(
        mixed, return_index=True, return_inverse=True, return_counts=True
    )
    chosen = np.zeros(n_items, np.int64) - 1
    chosen[first] = np.arange(len(first))
    kept = chosen[row] >= 0
    row, col, weight = chosen[row[kept]], col[kept], often[kept].astype(np.float64)
    matrix = csr_matrix((weight, (row, col)), shape=(len(first), width))
    return _Patterns(row, col, weight, matrix), times.astype(np.float64), row_of


def _votes(patterns: _Patterns, q: int, n: int) -> Floats:
    flat = np.bincount(
        patterns.row * q + patterns.column % q, weights=patterns.often, minlength=n * q
    )
    votes = flat.reshape(n, q)
    return np.asarray(votes / votes.sum(axis=1, keepdims=True))


def _maximise(
    patterns: _Patterns, times: Floats, posterior: Floats, r: int, q: int, smoothing: float
) -> tuple[Floats, Floats]:
    heavy = posterior * times[:, None]
    prior = heavy.sum(axis=0) / times.sum()
    seen = np.asarray(patterns.matrix.T @ heavy)  # type: ignore[attr-defined]
    confusion = seen.reshape(r, q, q).transpose(0, 2, 1) + smoothing
    total = confusion.sum(axis=2, keepdims=True)
    return prior, np.divide(confusion, total, out=np.full_like(confusion, 1 / q), where=total > 0)


def _expect(
    patterns: _Patterns, times: Floats, prior: Floats, confusion: Floats
) -> tuple[Floats, float]:
    r, q, _ = confusion.shape
    floor = np.finfo(np.float64).tiny
    logs = np.log(np.maximum(confusion, floor)).transpose(0, 2, 1).reshape(r * q, q)
    score = np.asarray(patterns.matrix @ logs) + np.log(np.maximum(prior, floor))
    top = score.max(axis=1, keepdims=True)
    weight = np.exp(score - top)
    total = weight.sum(axis=1, keepdims=True)
    return weight / total, float(times @ (np.log(total[:, 0]) + top[:, 0]))
