"""How many items are needed: for a pass mark, for an interval of a wanted width, for a difference."""

from __future__ import annotations

import math

from hitl_tui.stats.intervals import quantile, wilson

MOST = 1_000_000


def least_right(n: int, mark: float, level: float = 0.95) -> int | None:
    """How many of `n` must be right so that Wilson's lower bound reaches `mark`; None when not even all."""
    low, high = 0, n
    if wilson(n, n, level)[0] < mark:
        return None
    while low < high:
        middle = (low + high) // 2
        if wilson(middle, n, level)[0] >= mark:
            high = middle
        else:
            low = middle + 1
    return low


def items_for_mark(mark: float, accuracy: float, level: float = 0.95) -> int:
    """How many items a quiz needs so that a reviewer of this accuracy, right as often as that, passes.

    The least n whose Wilson bound at `floor(accuracy * n)` reaches the mark, and at every larger n of
    which that stays so is not asked. ValueError unless 0 < mark < accuracy <= 1.
    """
    if not 0 < mark < accuracy <= 1:
        raise ValueError("the accuracy lies above the mark")
    n = 1
    while n < MOST:
        if wilson(math.floor(accuracy * n + 1e-9), n, level)[0] >= mark:
            return n
        n += 1
    raise ValueError("the accuracy is too near to the mark")


def items_for_width(rate: float, half_width: float, level: float = 0.95) -> int:
    """How many items give Wilson's interval of this rate at most this half width. ValueError outside 0-1."""
    if not (0 <= rate <= 1 and 0 < half_width < 0.5):
        raise ValueError("a rate lies in 0 to 1, half a width above 0 and below 0.5")
    low, high = 1, MOST
    while low < high:
        middle = (low + high) // 2
        bottom, top = wilson(rate * middle, middle, level)
        if (top - bottom) / 2 <= half_width:
            high = middle
        else:
            low = middle + 1
    return low


def items_for_agreement(se: float, n: int, half_width: float, level: float = 0.95) -> int:
    """How many items would give a coefficient this half width, when `n` items gave it this error.

    A standard error over items falls with the root of their number. ValueError unless both are above 0.
    """
    if not (se >= 0 and n > 0 and half_width > 0):
        raise ValueError("a width and a number of items lie above 0")
    return max(2, math.ceil(n * (quantile(level) * se / half_width) ** 2))
