"""Which part of a data set a case goes into: never apart from what it shares, and never elsewhere later."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from hitl_tui.formats.likeness import View, alike
from hitl_tui.queue.protocol import SPLITS

DEFAULT = (0.8, 0.1, 0.1)
BETWEEN = len(SPLITS) + 1
"""The mark of a case that is alike to cases of two splits."""
_BLOCK = 512
"""Groups that are shuffled among each other before they are dealt out."""


class BadSplit(ValueError):
    """What was given for `--split` is no division into train, validation and test."""


def shares(text: str) -> tuple[float, float, float]:
    """`0.8/0.1/0.1` (or two of them, without validation) as shares that add up to 1. BadSplit."""
    try:
        parts = [float(part) for part in text.split("/")]
    except ValueError:
        raise BadSplit("a split is written as shares, such as 0.8/0.1/0.1") from None
    if len(parts) == 2:
        parts.insert(1, 0.0)
    if len(parts) != 3 or not all(0 <= part <= 1 for part in parts):
        raise BadSplit("a split has shares of 0 to 1 for train, validation and test: 0.8/0.1/0.1")
    if abs(sum(parts) - 1) > 1e-6:
        raise BadSplit("the shares of a split add up to 1, such as 0.8/0.1/0.1")
    return parts[0], parts[1], parts[2]


class Scratch(Protocol):
    """What has been met so far, on disk, so that memory does not grow with the texts."""

    def first(self, key: int, seq: int) -> int:
        """Who came first with this key; `seq` itself when nobody had it before."""

    def like(self, view: View) -> Iterator[tuple[int, str]]:
        """Places and texts that share a key of the view's sketch."""

    def keep(self, seq: int, view: View) -> None:
        """Remember a view."""

    def name(self, seq: int, case_id: str) -> None:
        """Remember whose place this is."""

    def names(self, seqs: Sequence[int]) -> list[str]:
        """The ids of these places."""


@dataclass(slots=True)
class Placement:
    """Where each case goes, by its place: 0 nowhere, 1 to 3 into a split, BETWEEN into none."""

    marks: bytearray

    def split(self, seq: int) -> str | None:
        """The split of a case, None when it has none."""
        mark = self.marks[seq] if seq < len(self.marks) else 0
        return SPLITS[mark - 1] if 0 < mark < BETWEEN else None

    def between(self, seq: int) -> bool:
        """Whether it is alike to cases of two splits."""
        return seq < len(self.marks) and self.marks[seq] == BETWEEN


class Groups:
    """Cases that belong together, found one case at a time. About 20 bytes a case in memory.

    `wanted` cases are those of the data set that is made; others are there as they were put into a
    split before and others must not be torn from them.
    """

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._parents = array("q", [0])
        self._marks = bytearray(1)
        self._wanted = bytearray(1)

    def add(
        self,
        seq: int,
        case_id: str,
        keys: Iterator[int],
        views: Iterator[View],
        split: str | None,
        *,
        wanted: bool,
    ) -> None:
        """Take a case in. Places rise from call to call."""
        grown = seq + 1 - len(self._parents)
        self._parents.extend(range(len(self._parents), len(self._parents) + grown))
        self._marks.extend(bytes(grown))
        self._wanted.extend(bytes(grown))
        self._marks[seq] = SPLITS.index(split) + 1 if split else 0
        self._wanted[seq] = wanted
        self._scratch.name(seq, case_id)
        for key in set(keys):
            self._join(self._scratch.first(key, seq), seq)
        for view in views:
            for other, text in self._scratch.like(view):
                if self._find(other) != self._find(seq) and alike(view.text, text):
                    self._join(other, seq)
            self._scratch.keep(seq, view)

    def place(self, wish: tuple[float, float, float]) -> Placement:
        """Deal the wanted cases out so that the sizes come as near to `wish` as groups allow.

        A group goes where some of it is already; else to the split that lacks most. Groups are dealt
        out in an order that depends on the ids alone, not on the order of arrival.
        """
        sizes, places = self._sizes()
        counts = [0, 0, 0]
        for seq in range(1, len(self._parents)):
            if self._wanted[seq] and 0 < self._marks[seq] < BETWEEN:
                counts[self._marks[seq] - 1] += 1
        for roots in self._blocks(sizes):
            for root in roots:
                if places[root] == 0:
                    places[root] = self._emptiest(counts, wish, sizes[root]) + 1
                if places[root] < BETWEEN:
                    counts[places[root] - 1] += sizes[root]
        for seq in range(1, len(self._parents)):
            if self._wanted[seq] and self._marks[seq] == 0:
                self._marks[seq] = places[self._find(seq)]
        return Placement(self._marks)

    def largest(self) -> tuple[int, int]:
        """The cases of the largest group of wanted ones, and of all of them."""
        counted = array("q", bytes(8 * len(self._parents)))
        for seq in range(1, len(self._parents)):
            counted[self._find(seq)] += self._wanted[seq]
        return max(counted, default=0), sum(self._wanted)

    def _sizes(self) -> tuple[array[int], bytearray]:
        """By the root of a group: its wanted cases without a split, and where it is (see Placement)."""
        sizes = array("q", bytes(8 * len(self._parents)))
        places = bytearray(len(self._parents))
        for seq in range(1, len(self._parents)):
            root, mark = self._find(seq), self._marks[seq]
            if mark:
                places[root] = mark if places[root] in (0, mark) else BETWEEN
            elif self._wanted[seq]:
                sizes[root] += 1
        return sizes, places

    def _blocks(self, sizes: array[int]) -> Iterator[list[int]]:
        """The roots of groups that have something to place, shuffled block by block by their ids."""
        block: list[int] = []
        for root, size in enumerate(sizes):
            if size:
                block.append(root)
            if len(block) == _BLOCK:
                yield self._shuffled(block)
                block = []
        yield self._shuffled(block)

    def _shuffled(self, roots: list[int]) -> list[int]:
        names = dict(zip(roots, self._scratch.names(roots), strict=True))
        return sorted(roots, key=lambda root: hashlib.sha256(names[root].encode()).digest())

    def _emptiest(self, counts: list[int], wish: tuple[float, float, float], size: int) -> int:
        total = sum(counts) + size
        lack = [wish[at] * total - counts[at] for at in range(3)]
        return max(range(3), key=lambda at: (wish[at] > 0, lack[at], wish[at]))

    def _find(self, seq: int) -> int:
        parents = self._parents
        while parents[seq] != seq:
            parents[seq] = parents[parents[seq]]
            seq = parents[seq]
        return seq

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._find(one), self._find(other)))
        self._parents[second] = first
