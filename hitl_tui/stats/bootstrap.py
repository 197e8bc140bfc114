"""The item bootstrap, exact and cheap: one multinomial draw over the different count rows a replicate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hitl_tui.stats.intervals import Interval
from hitl_tui.stats.ratings import Floats, Ints

REPLICATES = 1000
SEED = 20_260_101
FEWEST = 100
_CELLS = 20_000_000
"""Rows times replicates that are drawn at most: with more different rows there are fewer replicates."""
_AT_ONCE = 2_000_000


def replicates_for(rows: int, wanted: int = REPLICATES) -> int:
    """How many replicates so many different rows get."""
    return max(FEWEST, min(wanted, _CELLS // max(1, rows)))


def bootstrap(
    times: Ints,
    statistic: Callable[[Floats], dict[str, Floats]],
    *,
    replicates: int = REPLICATES,
    seed: int = SEED,
    level: float = 0.95,
) -> dict[str, tuple[Interval, float]]:
    """For each statistic its percentile interval and its standard error over resampled items.

    `times` (p,) says how many items have each row; `statistic` takes weightings (k, p) and gives
    arrays (k,). A replicate in which a statistic is undefined does not count for it; one that is
    undefined in more than half of them has no interval and is left out.
    """
    random = np.random.default_rng(seed)
    n = int(times.sum())
    step = max(1, _AT_ONCE // max(1, len(times)))
    parts: list[dict[str, Floats]] = []
    for start in range(0, replicates, step):
        drawn = random.multinomial(n, times / n, size=min(step, replicates - start))
        parts.append(statistic(drawn.astype(np.float64)))
    found = {}
    tail = (1 - level) / 2
    for name in parts[0] if parts else ():
        values = np.concatenate([part[name] for part in parts])
        values = values[np.isfinite(values)]
        if len(values) * 2 > replicates:
            low, high = np.quantile(values, [tail, 1 - tail])
            found[name] = ((float(low), float(high)), float(values.std(ddof=1)))
    return found
