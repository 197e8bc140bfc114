"""Drift: a Bernoulli CUSUM with the average run length it has, and the threshold that gives a wanted one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

STATES = 2000
"""Steps in which the Markov chain holds the statistic, at least."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that looks for a rise of the error rate from `p0` to `p1`; it signals at `h` and above."""

    p0: float
    p1: float
    h: float

    def __post_init__(self) -> None:
        if not (0 < self.p0 < self.p1 < 1 and self.h > 0):
            raise ValueError("a chart needs 0 < p0 < p1 < 1 and a threshold above 0")

    @property
    def up(self) -> float:
        """What an error adds: `log(p1/p0)`."""
        return math.log(self.p1 / self.p0)

    @property
    def down(self) -> float:
        """What a right answer adds, negative: `log((1-p1)/(1-p0))`."""
        return math.log((1 - self.p1) / (1 - self.p0))

    def path(self, errors: Iterable[bool]) -> list[float]:
        """The statistic after each item: `max(0, s + log likelihood ratio)` (Reynolds and Stoumbos 1999).

        It starts at 0 and again after each signal.
        """
        found = []
        at = 0.0
        for error in errors:
            at = max(0.0, (at if at < self.h else 0.0) + (self.up if error else self.down))
            found.append(at)
        return found

    def signals(self, errors: Iterable[bool]) -> list[int]:
        """The places, from 0, at which the chart signals."""
        return [at for at, value in enumerate(self.path(errors)) if value >= self.h]


def run_length(chart: Chart, p: float) -> float:
    """How many items it takes on average to a signal when each is an error with probability `p`.

    The Markov chain of Brook and Evans (1972) on a grid fitted to the step down, so that only the step
    up is rounded, and that between its two neighbours, which keeps its mean.
    """
    if not 0 < p < 1:
        raise ValueError("an error rate lies between 0 and 1")
    down = -chart.down
    finer = max(1, math.ceil(STATES * down / chart.h)) if down < chart.h else 1
    while chart.h / (down / finer) < STATES:
        finer *= 2
    step = down / finer
    n = math.ceil(chart.h / step - 1e-9)
    jump = chart.up / step
    whole = math.floor(jump)
    part = jump - whole
    return _solve(n, finer, whole, part, p)


def _solve(n: int, fall: int, rise: int, part: float, p: float) -> float:
    """The mean absorption time from 0 of the walk `-fall` or `+rise` (and `+1` more with `part`)."""
    from scipy.sparse import csc_matrix  # noqa: PLC0415  (only where a chart is set up)
    from scipy.sparse.linalg import spsolve  # noqa: PLC0415

    at = np.arange(n)
    rows, cols, data = [at], [at], [np.ones(n)]
    for target, weight in (
        (np.maximum(at - fall, 0), 1 - p),
        (at + rise, p * (1 - part)),
        (at + rise + 1, p * part),
    ):
        inside = target < n
        rows.append(at[inside])
        cols.append(target[inside])
        data.append(np.full(int(inside.sum()), -weight))
    matrix = csc_matrix(
        (np.concatenate(data), (np.concatenate(rows), np.concatenate(cols))), shape=(n, n)
    )
    return float(spsolve(matrix, np.ones(n))[0])


def threshold(p0: float, p1: float, wanted: float) -> Chart:
    """The chart that gives one false alarm per about `wanted` items (at least that many).

    ValueError when even the smallest threshold gives fewer alarms, or for rates out of order.
    """
    low, high = 0.05, 1.0
    if wanted < 2:
        raise ValueError("a run length is at least 2 items")
    while run_length(Chart(p0, p1, high), p0) < wanted:
        low, high = high, high * 1.5
    for _ in range(40):
        middle = (low + high) / 2
        if run_length(Chart(p0, p1, middle), p0) < wanted:
            low = middle
        else:
            high = middle
        if high - low < 1e-4:
            break
    return Chart(p0, p1, high)


def simulated_run_length(chart: Chart, p: float, *, runs: int, seed: int) -> float:
    """The mean number of items to a signal over `runs` simulated sequences."""
    random = np.random.default_rng(seed)
    at = np.zeros(runs)
    length = np.zeros(runs, np.int64)
    live = np.arange(runs)
    while len(live):
        errors = random.random(len(live)) < p
        at[live] = np.maximum(0.0, at[live] + np.where(errors, chart.up, chart.down))
        length[live] += 1
        live = live[at[live] < chart.h]
    return float(length.mean())
