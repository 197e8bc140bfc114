"""Small decision trees that are asked all at once: every feature strikes out the leaves that it rules out.

Walking a tree costs Python a step a node. Here each leaf is one bit of a whole number. A feature's value
lies somewhere among the thresholds that the trees compare it with, and for each such place there is a mask
without the leaves that the value cannot reach; what is left of a tree after all features begins with its leaf.
The method is that of QuickScorer (Lucchese et al., SIGIR 2015).
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import getitem
from typing import Literal

_FIELDS: dict[int, Literal["B", "H", "I", "Q"]] = {8: "B", 16: "H", 32: "I", 64: "Q"}
"""Bits that a tree may have, and how `memoryview` names such a number."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees as they are stored; leaves are whole numbers, in units of 1/`scale`, so that sums are exact.

    The nodes of all trees stand one after the other; `roots` are the first of each tree. Per node: the
    feature's place, the threshold, the node for "at most" and the one for "more". A node below zero is
    a leaf, counted from -1 down.
    """

    bias: int
    scale: int
    roots: list[int]
    features: bytes
    thresholds: list[float]
    at_most: list[int]
    more: list[int]
    leaves: list[int]


class Forest:
    """Trees ready to be asked: the sum of their leaves, as log-odds.

    ValueError if a tree has more than 64 leaves.
    """

    __slots__ = ("_bias", "_bytes", "_cuts", "_field", "_leaves", "_scale", "_whole")

    def __init__(self, trees: Trees) -> None:
        grown = [list(_struck(trees, root)) for root in trees.roots]
        most = max((len(_below(trees, root)) for root in trees.roots), default=1)
        width = next((bits for bits in _FIELDS if bits >= most), 0)
        if not width:
            raise ValueError(f"a tree has {most} leaves; 64 are the most")
        count = len(grown)
        self._bias, self._scale = trees.bias, trees.scale
        self._whole = (1 << width * count) - 1
        self._bytes, self._field = width * count // 8, _FIELDS[width]
        self._leaves = [_by_length(_below(trees, root), width) for root in trees.roots]
        if sys.byteorder == "big":
            self._leaves.reverse()
        struck: dict[int, dict[float, int]] = {}
        for number, nodes in enumerate(grown):
            for place, threshold, first, last in nodes:
                # The leftmost leaf is a tree's highest bit, so that the bit length tells which is left.
                bits = ((1 << last - first) - 1) << width - last
                at = struck.setdefault(place, {})
                at[threshold] = at.get(threshold, 0) | bits << width * number
        self._cuts = [(place, *self._masks(at)) for place, at in sorted(struck.items())]

    def _masks(self, struck: dict[float, int]) -> tuple[list[float], list[int]]:
        """The thresholds of a feature in order; what is left up to each, and above the last."""
        thresholds = sorted(struck)
        masks = [self._whole]
        for threshold in thresholds:
            masks.append(masks[-1] & ~struck[threshold])
        return thresholds, masks

    @property
    def features(self) -> frozenset[int]:
        """The places of the features that the trees read."""
        return frozenset(place for place, _, _ in self._cuts)

    def odds(self, facts: Sequence[float]) -> float:
        """Return the log-odds that the trees give to the features."""
        left = self._whole
        for place, thresholds, masks in self._cuts:
            left &= masks[bisect_left(thresholds, facts[place])]
        trees = memoryview(left.to_bytes(self._bytes, sys.byteorder)).cast(self._field)
        found = map(getitem, self._leaves, map(int.bit_length, trees))
        return (self._bias + sum(found)) / self._scale


def _below(trees: Trees, node: int) -> list[int]:
    """The leaves under a node, from the left: "at most" stands left of "more"."""
    if node < 0:
        return [trees.leaves[~node]]
    return _below(trees, trees.at_most[node]) + _below(trees, trees.more[node])


def _struck(trees: Trees, node: int, first: int = 0) -> Iterator[tuple[int, float, int, int]]:
    """For each node under `node`: feature, threshold, and the range of leaves that "more" rules out.

    `first` is the number of the leaf that is furthest left under it.
    """
    if node >= 0:
        middle = first + len(_below(trees, trees.at_most[node]))
        yield trees.features[node], trees.thresholds[node], first, middle
        yield from _struck(trees, trees.at_most[node], first)
        yield from _struck(trees, trees.more[node], middle)


def _by_length(leaves: Sequence[int], width: int) -> tuple[int, ...]:
    """The leaves by the bit length of what is left of the tree, the highest bit being the first leaf."""
    return (0,) * (width - len(leaves) + 1) + tuple(reversed(leaves))
