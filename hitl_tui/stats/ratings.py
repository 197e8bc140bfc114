"""Ratings: who gave which label to which item, as arrays of codes, and the items folded to count rows."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger[Any]]
Floats = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval", "ratio")

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Ratings:
    """`n` ratings in three parallel arrays of codes: `item`, `reviewer`, `label`.

    At most one rating for each item and reviewer. `labels` are the declared ones and those that
    occur, in their order; `declared` says whether the first came from a schema, `ordered` whether
    the order means something. `empty_items` had no rating and are not among the items.
    """

    item: Ints
    reviewer: Ints
    label: Ints
    n_items: int
    reviewers: tuple[str, ...]
    labels: tuple[str, ...]
    undeclared: tuple[str, ...] = ()
    declared: bool = False
    ordered: bool = False
    empty_items: int = 0

    def __len__(self) -> int:
        return len(self.item)

    @property
    def q(self) -> int:
        """How many labels there are to choose from."""
        return len(self.labels)

    @cached_property
    def values(self) -> Floats | None:
        """The labels as numbers, shape (q,); None when one of them is none."""
        found = [number(label) for label in self.labels]
        if not found or None in found:
            return None
        return np.array(found, dtype=np.float64)

    @cached_property
    def counts(self) -> Ints:
        """How often each item got each label, shape (n_items, q)."""
        flat = np.bincount(self.item * self.q + self.label, minlength=self.n_items * self.q)
        return flat.reshape(self.n_items, self.q).astype(np.int64, copy=False)

    @cached_property
    def folded(self) -> Folded:
        """The items folded to their different count rows."""
        return fold(self.counts)


@dataclass(frozen=True)
class Folded:
    """Different count rows, shape (p, q), how many items have each (p,), and the row of each item (n,)."""

    rows: Ints
    times: Ints
    row_of: Ints


def fold(counts: Ints) -> Folded:
    """The different rows of a count matrix of shape (n, q). One item bootstrap is one draw over them."""
    n, q = counts.shape
    if n == 0:
        empty = np.zeros(0, np.int64)
        return Folded(np.zeros((0, q), np.int64), empty, empty)
    base = int(counts.max()) + 1
    if q * math.log2(base) < 62:
        code = np.zeros(n, np.int64)
        for column in range(q):
            code *= base
            code += counts[:, column]
        if base**q <= 4 * n + 1024:
            times = np.bincount(code, minlength=base**q)
            present = np.flatnonzero(times)
            place = np.zeros(len(times), np.int64)
            place[present] = np.arange(len(present))
            row_of = place[code]
            first = np.empty(len(present), np.int64)
            first[row_of] = np.arange(n)
            return Folded(counts[first], times[present], row_of)
        _, first, row_of, times = np.unique(
            code, return_index=True, return_inverse=True, return_counts=True
        )
        return Folded(counts[first], times, row_of)
    # With very many labels the rows are sorted by a sum of random 64-bit words, and those that have
    # one sum are held to be one row only if they are.
    words = np.random.default_rng(61).integers(0, 2**63, q, dtype=np.uint64)
    _, first, row_of, times = np.unique(
        counts.astype(np.uint64) @ words, return_index=True, return_inverse=True, return_counts=True
    )
    if (counts[first][row_of] == counts).all():
        return Folded(counts[first], times, row_of)
    rows, row_of, times = np.unique(counts, axis=0, return_inverse=True, return_counts=True)
    return Folded(rows, times, row_of.reshape(-1))


def number(label: str) -> float | None:
    """The number that a label spells in plain decimal form, or None; `nan` and `inf` are words."""
    if _NUMBER.fullmatch(label) is None:
        return None
    value = float(label)
    return value if math.isfinite(value) else None


def arranged(
    occurring: Iterable[str], declared: Sequence[str], level: Level
) -> tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]:
    """All labels in their order, which label stands for each that occurs, and the undeclared ones.

    Labels that spell the same number as a declared one are that one, and at any level but the nominal
    so are all that spell one number: `1` and `1.0`. Numbers stand in their order, words as declared
    and then by their letters.
    """
    labels = list(dict.fromkeys(declared))
    by_number = {number(label): label for label in reversed(labels) if number(label) is not None}
    same: dict[str, str] = {}
    undeclared = []
    for label in sorted(set(occurring)):
        value = number(label)
        if label in labels:
            same[label] = label
        elif value is not None and value in by_number:
            same[label] = by_number[value]
        else:
            same[label] = label
            undeclared.append(label)
            if level != "nominal" and value is not None:
                by_number[value] = label
    everything = labels + undeclared
    if everything and all(number(label) is not None for label in everything):
        everything.sort(key=lambda label: (cast(float, number(label)), label))
    return tuple(everything), same, tuple(undeclared)


def from_codes(
    item: Ints,
    reviewer: Ints,
    label: Ints,
    *,
    reviewers: Sequence[str],
    labels: Sequence[str],
    declared: Sequence[str] = (),
    level: Level = "nominal",
    n_items: int | None = None,
) -> Ratings:
    """Ratings from codes; `label` of -1 is no rating. Reviewers and items without one are left out.

    `reviewers` and `labels` name the codes. `n_items` is how many items there are, those without any
    rating included.
    """
    rated = label >= 0
    if not rated.all():
        item, reviewer, label = item[rated], reviewer[rated], label[rated]
    total = n_items if n_items is not None else int(item.max(initial=-1)) + 1
    item, kept_items = _dense(item, total)
    reviewer, kept = _dense(reviewer, len(reviewers))
    kept, reviewer = _by_name(kept, reviewer, reviewers)
    seen = np.flatnonzero(np.bincount(label, minlength=len(labels)))
    names, same, undeclared = arranged((labels[int(code)] for code in seen), declared, level)
    place = {name: at for at, name in enumerate(names)}
    recode = np.array(
        [place[same[name]] if name in same else -1 for name in labels], dtype=np.int64
    )
    numeric = bool(names) and all(number(name) is not None for name in names)
    return Ratings(
        item,
        reviewer,
        recode[label] if len(label) else label,
        len(kept_items),
        tuple(reviewers[int(code)] for code in kept),
        names,
        undeclared if declared else (),
        bool(declared),
        numeric or (bool(declared) and not undeclared),
        total - len(kept_items),
    )


class Collector:
    """Ratings as they come, one by one; labels, items and reviewers get their codes in order of arrival."""

    def __init__(self) -> None:
        self.items: dict[str | int, int] = {}
        self.reviewers: dict[str, int] = {}
        self.labels: dict[str, int] = {}
        self._item, self._reviewer, self._label = array("q"), array("q"), array("q")

    def add(self, item: str | int, reviewer: str, label: str | None) -> None:
        """Take one rating; a label of None is none, but its item and reviewer were there."""
        items, people, labels = self.items, self.reviewers, self.labels
        self._item.append(items.setdefault(item, len(items)))
        self._reviewer.append(people.setdefault(reviewer, len(people)))
        self._label.append(-1 if label is None else labels.setdefault(label, len(labels)))

    def __len__(self) -> int:
        return len(self._item)

    def codes(self) -> tuple[Ints, Ints, Ints]:
        """Item, reviewer and label of every rating that was added, in that order."""
        columns = (self._item, self._reviewer, self._label)
        item, reviewer, label = (np.array(column, dtype=np.int64) for column in columns)
        return item, reviewer, label

    def ratings(
        self, declared: Sequence[str] = (), level: Level = "nominal", kept: Ints | None = None
    ) -> Ratings:
        """What was collected, or those places of it that are `kept`."""
        item, reviewer, label = self.codes()
        if kept is not None:
            item, reviewer, label = item[kept], reviewer[kept], label[kept]
        return from_codes(
            item,
            reviewer,
            label,
            reviewers=tuple(self.reviewers),
            labels=tuple(self.labels),
            declared=declared,
            level=level,
            n_items=len(self.items),
        )


def from_rows(
    rows: Iterable[tuple[str, str, str | None]],
    *,
    declared: Sequence[str] = (),
    level: Level = "nominal",
) -> Ratings:
    """Ratings from `(item, reviewer, label)`; a label of None is no rating."""
    collected = Collector()
    for item, reviewer, label in rows:
        collected.add(item, reviewer, label)
    return collected.ratings(declared, level)


def _by_name(kept: Ints, codes: Ints, names: Sequence[str]) -> tuple[Ints, Ints]:
    """The kept codes in the order of their names, and the codes that point to them."""
    order = np.array(sorted(range(len(kept)), key=lambda at: names[int(kept[at])]), dtype=np.int64)
    if (np.diff(order) > 0).all():
        return kept, codes
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return kept[order], place[codes]


def _dense(codes: Ints, total: int) -> tuple[Ints, Ints]:
    """The codes without gaps, and which of the old ones are kept."""
    kept = np.flatnonzero(np.bincount(codes, minlength=total))
    if len(kept) == total:
        return codes, kept
    place = np.full(total, -1, np.int64)
    place[kept] = np.arange(len(kept))
    return place[codes], kept
