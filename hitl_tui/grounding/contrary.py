"""A negation on one side only: what the facts about a claim's and those about a source's have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hitl_tui.grounding.index import Index, Sentence
from hitl_tui.grounding.link import Claim, Link
from hitl_tui.grounding.negations import DENYING
from hitl_tui.grounding.types import Span

_WORTH_READING = 0.15


@dataclass(frozen=True, slots=True)
class Contrast:
    """A negation on one side only: `ours` and `theirs` are first and last key on each side."""

    facts: tuple[float, ...]
    ours: Span
    theirs: Span
    sentence: Sentence
    """The sentence of the sources that `theirs` are keys of."""


def deniers(claim: Claim, links: Sequence[Link], index: Index, most: int) -> list[Sentence]:
    """The linked sentences with a word that denies, then up to `most` others that hold most of the claim."""
    found = {
        link.sentence.number: link.sentence
        for link in links
        if not DENYING.isdisjoint(link.sentence.words)
    }
    shared: dict[int, float] = {}
    for key, weight in claim.weights.items():
        for number in index.postings.get(key, ()):
            if number in index.denying:
                shared[number] = shared.get(number, 0.0) + weight
    worth = _WORTH_READING * claim.weight
    ranked = sorted((-share, number) for number, share in shared.items() if share >= worth)
    for _, number in ranked[:most]:
        found.setdefault(number, index.sentence(number))
    return list(found.values())


def quoted(claim: Claim, pairs: frozenset[tuple[str, str]]) -> float:
    """The share of the claim's pairs of neighbouring words that are among the pairs."""
    own = list(pairwise(claim.keys))
    return round(sum(pair in pairs for pair in own) / (len(own) or 1), 4)
