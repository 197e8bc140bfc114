"""Agreement over marked spans: F1 between two reviewers, exact or by overlap, and alpha by character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hitl_tui.stats.sets import alpha_of, jaccard

Mark = tuple[int, int, str]
"""Start and end, half-open code points, and the label."""
LEAST_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class SpanScore:
    """How far two sets of spans meet. `f1` is None when both are empty: nothing was to be found."""

    matched: int
    first: int
    second: int
    f1: float | None


def span_f1(first: Sequence[Mark], second: Sequence[Mark], least: float | None = None) -> SpanScore:
    """The F1 of two reviewers' spans on one item, symmetric; each span is matched at most once.

    Without `least` spans match when they and their labels are equal; else when labels are equal and
    the intersection over union of their characters is at least `least`. The most matches there can be.
    """
    mine, theirs = sorted(set(first)), sorted(set(second))
    fits = [[at for at, other in enumerate(theirs) if _match(one, other, least)] for one in mine]
    matched = _pairing(fits, len(theirs))
    total = len(mine) + len(theirs)
    return SpanScore(matched, len(mine), len(theirs), 2 * matched / total if total else None)


def pooled_f1(scores: Sequence[SpanScore]) -> float | None:
    """The F1 over many items, by counts (micro); None when no item has a span."""
    total = sum(score.first + score.second for score in scores)
    return 2 * sum(score.matched for score in scores) / total if total else None


def character_alpha(texts: Sequence[tuple[int, Sequence[Sequence[Mark]]]]) -> float | None:
    """Alpha over the characters of texts, each with its length and one list of marks a reviewer.

    A character's value is the set of labels on it, compared by Jaccard's distance, so labels that
    overlap count in part. None when nothing is marked or everything alike.
    """
    items: list[list[frozenset[str]]] = []
    for length, marks in texts:
        layers = [_layer(length, own) for own in marks]
        items.extend([layer[at] for layer in layers] for at in range(length))
    return alpha_of(items, jaccard)


def overlap(a: Mark, b: Mark) -> float:
    """The intersection over union of two spans' characters, 0 to 1."""
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return shared / (max(a[1], b[1]) - min(a[0], b[0])) if shared > 0 else 0.0


def _match(one: Mark, other: Mark, least: float | None) -> bool:
    if one[2] != other[2]:
        return False
    return one == other if least is None else overlap(one, other) >= least


def _pairing(fits: Sequence[Sequence[int]], width: int) -> int:
    """The size of the largest matching (augmenting paths, Kuhn 1955)."""
    taken = [-1] * width

    def place(at: int, tried: set[int]) -> bool:
        for seat in fits[at]:
            if seat not in tried:
                tried.add(seat)
                if taken[seat] < 0 or place(taken[seat], tried):
                    taken[seat] = at
                    return True
        return False

    return sum(place(at, set()) for at in range(len(fits)))


def _layer(length: int, marks: Sequence[Mark]) -> list[frozenset[str]]:
    layer: list[frozenset[str]] = [frozenset()] * length
    for start, end, label in marks:
        for at in range(max(0, start), min(length, end)):
            layer[at] = layer[at] | {label}
    return layer
