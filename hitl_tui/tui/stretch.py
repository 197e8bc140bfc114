"""Choosing a stretch of a text by keys: two ends that move by words and lines. Values only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hitl_tui.tui.wrap import Lines

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Display offsets `anchor` and `head` (half-open once ordered); moving moves the head."""

    anchor: int
    head: int

    @property
    def span(self) -> tuple[int, int]:
        """The stretch in order, half-open."""
        return min(self.anchor, self.head), max(self.anchor, self.head)

    def swapped(self) -> Stretch:
        """The same stretch, to be moved at its other end."""
        return Stretch(self.head, self.anchor)


def words_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The words of `text[start:end]`, as half-open offsets of `text`."""
    return [match.span() for match in _WORD.finditer(text, start, end)]


def begin(words: Sequence[tuple[int, int]], near: tuple[int, int]) -> Stretch | None:
    """A stretch over the words in `near`, or over the first word behind its start; None without words."""
    inside = [word for word in words if word[0] >= near[0] and word[1] <= near[1]]
    if inside:
        return Stretch(inside[0][0], inside[-1][1])
    behind = [word for word in words if word[1] > near[0]] or list(words[-1:])
    return Stretch(*behind[0]) if behind else None


def by_word(stretch: Stretch, words: Sequence[tuple[int, int]], step: int) -> Stretch:
    """The head moved by a word; it never meets the anchor, so that at least one word is chosen."""
    forward = stretch.head >= stretch.anchor
    edges = [word[1] if forward else word[0] for word in words]
    if step > 0:
        found = next((edge for edge in edges if edge > stretch.head), None)
    else:
        found = next((edge for edge in reversed(edges) if edge < stretch.head), None)
    return _moved(stretch, found, forward)


def by_line(stretch: Stretch, words: Sequence[tuple[int, int]], lines: Lines, step: int) -> Stretch:
    """The head moved by a line, to the word nearest to its place there."""
    forward = stretch.head >= stretch.anchor
    line = lines.line_of(stretch.head - 1 if forward else stretch.head)
    wanted = line + step
    if not 0 <= wanted < len(lines):
        return stretch
    column = stretch.head - lines.starts[line]
    target = lines.starts[wanted] + column
    edges = [word[1] if forward else word[0] for word in words]
    found = min(edges, key=lambda edge: abs(edge - target), default=None)
    return _moved(stretch, found, forward)


def _moved(stretch: Stretch, head: int | None, forward: bool) -> Stretch:
    if head is None or (head <= stretch.anchor if forward else head >= stretch.anchor):
        return stretch
    return replace(stretch, head=head)
