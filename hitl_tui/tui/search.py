"""Finds words in the text of a pane: small letters find both cases, a capital only itself."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import Layer

MOST = 5000
"""Places that are kept; a text with more of them is told as `5,000+`."""


class Found(NamedTuple):
    """The places where the words stand, as half-open display offsets in order, and which one is shown."""

    places: tuple[tuple[int, int], ...]
    at: int = 0
    more: bool = False
    pane: str = ""

    @property
    def now(self) -> tuple[int, int]:
        return self.places[self.at]

    @property
    def count_words(self) -> Shown:
        """How many places there are."""
        return Shown(f"{len(self.places):,}{'+' if self.more else ''}")

    def step(self, step: int) -> Found:
        """The next (+1) or previous (-1) place, around the ends."""
        return self._replace(at=(self.at + step) % len(self.places))


def search(
    text: Shown, words: str, start: int, folded: Sequence[tuple[int, int]] = ()
) -> Found | None:
    """The places of `words` in `text`, the first one at or behind `start` shown; None without any.

    What touches a `folded` range is no place: neither where it stands nor that it is there is told.
    """
    if not words:
        return None
    flags = re.NOFLAG if words != words.lower() else re.IGNORECASE
    hits = (match.span() for match in re.finditer(re.escape(words), text, flags))
    hidden = Layer([(*span, None) for span in folded])
    told = (span for span in hits if not folded or not hidden.between(*span))
    places = tuple(islice(told, MOST + 1))
    if not places:
        return None
    shown = places[:MOST]
    at = bisect_left(shown, (start, 0))
    return Found(shown, at if at < len(shown) else 0, len(places) > MOST)
