"""Reminds of a break: how long somebody has worked without one, from the signs of life they give."""

from __future__ import annotations

PAUSE_S = 300.0
"""A silence of so many seconds is a break."""
AGAIN_S = 600.0
"""After a reminder the next one comes so many seconds later, if no break was made."""


class Breaks:
    """Times are seconds of one monotonic clock. Without `after_s` nothing is ever due."""

    def __init__(self, after_s: float | None) -> None:
        self._after_s = after_s
        self._since: float | None = None
        self._last = 0.0
        self._told = -AGAIN_S

    def alive(self, moment: float) -> None:
        """Note a sign of life."""
        if self._since is None or moment - self._last >= PAUSE_S:
            self._since = moment
            self._told = moment - AGAIN_S
        self._last = moment

    def due(self, moment: float) -> float | None:
        """How long this stretch of work is by now, in seconds, when it is time to say so; once, then later."""
        if self._after_s is None or self._since is None or moment - self._last >= PAUSE_S:
            return None
        worked = moment - self._since
        if worked < self._after_s or moment - self._told < AGAIN_S:
            return None
        self._told = moment
        return worked
