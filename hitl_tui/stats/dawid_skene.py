"""Dawid and Skene's model: the likely label of each item and every reviewer's confusion matrix, by EM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    from scipy.sparse import csr_matrix  # noqa: PLC0415  (only here)

    column = reviewer * q + label
    shape = (n_items, n_reviewers * q)
    # Everything by item stands in rows of q: sums over the few labels are then sums of long rows.
    votes = np.bincount(label * n_items + item, minlength=q * n_items).reshape(q, n_items)
    posterior = votes / votes.sum(axis=0)
    by_item = csr_matrix((np.ones(len(item)), (item, column)), shape=shape)
    by_column = by_item.T.tocsr()
    loglik, step, converged = -np.inf, 0, False
    while step < most_steps and not converged:
        step += 1
        prior, confusion = _maximise(by_column, posterior, n_reviewers, smoothing)
        posterior, found = _expect(by_item, prior, confusion)
        converged = abs(found - loglik) <= tolerance * n_items
        loglik = found
    return Skill(
        prior,
        confusion,
        np.ascontiguousarray(posterior.T),
        posterior.argmax(axis=0),
        float(loglik),
        step,
        converged,
    )


def _maximise(by_column: Any, posterior: Floats, r: int, smoothing: float) -> tuple[Floats, Floats]:
    """The prior (q,) and the confusion matrices (r, q, q) from the posterior (q, n)."""
    q = len(posterior)
    prior = posterior.sum(axis=1) / posterior.shape[1]
    seen = np.stack([by_column @ row for row in posterior])
    confusion = seen.reshape(q, r, q).transpose(1, 0, 2) + smoothing
    total = confusion.sum(axis=2, keepdims=True)
    even = np.full_like(confusion, 1 / q)
    return prior, np.divide(confusion, total, out=even, where=total > 0)


def _expect(by_item: Any, prior: Floats, confusion: Floats) -> tuple[Floats, float]:
    """The posterior (q, n) and the log likelihood."""
    r, q, _ = confusion.shape
    floor = np.finfo(np.float64).tiny
    logs = np.log(np.maximum(confusion, floor)).transpose(1, 0, 2).reshape(q, r * q)
    start = np.log(np.maximum(prior, floor))
    score = np.stack([by_item @ row for row in logs])
    score += start[:, None]
    top = score.max(axis=0)
    score -= top
    np.exp(score, out=score)
    total = score.sum(axis=0)
    score /= total
    return score, float(np.log(total).sum() + top.sum())
