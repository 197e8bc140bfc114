"""Finds the words around a negation again, in a row, in another text that may lack the negation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hitl_tui.grounding.negations import CUES
from hitl_tui.grounding.normalise import STOP_KEYS, prefix
from hitl_tui.grounding.synonyms import groups

_REACH = 12
_MOST = 3
_FAMILY_LENGTH = 5


class Bridge(NamedTuple):
    """How many words of matter before and after a negation stand in a row elsewhere, and the place after it."""

    before: int
    after: int
    place: int

    @property
    def size(self) -> int:
        return self.before + self.after if self.after else 0


def bridge_between(keys: Sequence[str], cue: int, others: Sequence[str]) -> Bridge:
    """Find the words around a negation in a row in `others`, with or without a negation between them."""
    before = [key for key in keys[max(0, cue - _REACH) : cue] if is_matter(key)][-_MOST:]
    after = [key for key in keys[cue + 1 : cue + 1 + _REACH] if is_matter(key)][:_MOST]
    places = [at for at, key in enumerate(others) if is_matter(key)]
    best = Bridge(0, 0, 0)
    for at, place in enumerate(places):
        if not after or not alike(others[place], after[0]):
            continue
        right = 1
        while right < len(after) and at + right < len(places):
            if not alike(others[places[at + right]], after[right]):
                break
            right += 1
        left = 0
        while left < len(before) and left < at:
            if not alike(others[places[at - 1 - left]], before[-1 - left]):
                break
            left += 1
        if left + right > best.size:
            best = Bridge(left, right, place)
    return best


def alike(a: str, b: str) -> bool:
    """Tell whether two keys are the same word, of one family, or synonyms."""
    if a == b:
        return True
    kin = len(a) >= _FAMILY_LENGTH and len(b) >= _FAMILY_LENGTH and prefix(a) == prefix(b)
    return kin or not groups(a).isdisjoint(groups(b))


def is_matter(key: str) -> bool:
    """Tell whether a key carries matter: neither a stop word nor a negation."""
    return key not in STOP_KEYS and key not in CUES
