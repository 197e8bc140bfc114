"""Choosing a stretch of a text by keys: two ends that move by words and lines. Values only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hitl_tui.tui.wrap import Lines

_WORD = re.compile(r"\S+")
_FIRST = re.compile(r"(?<!\S)\S")
_LAST = re.compile(r"\S(?!\S)")
_REACH = 64
"""How far back an edge is looked for at first; four times as far each time there is none."""


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


@dataclass(frozen=True, slots=True)
class Words:
    """The words of `text[start:end]`, each found when it is wanted: a step in a long text is a short one.

    An edge is an offset of `text`: where a word starts, or the offset behind its end.
    """

    text: str
    start: int
    end: int

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return (match.span() for match in _WORD.finditer(self.text, self.start, self.end))

    def start_from(self, offset: int) -> int | None:
        """The first start at or behind an offset."""
        found = _FIRST.search(self.text, max(offset, self.start), self.end)
        return found.start() if found else None

    def end_behind(self, offset: int) -> int | None:
        """The first end behind an offset."""
        found = _LAST.search(self.text, max(offset, self.start), self.end)
        return found.end() if found else None

    def start_before(self, offset: int) -> int | None:
        """The last start before an offset."""
        found = self._last(_FIRST, offset)
        return found.start() if found else None

    def end_up_to(self, offset: int) -> int | None:
        """The last end at or before an offset."""
        found = self._last(_LAST, offset)
        return found.end() if found else None

    def _last(self, edge: re.Pattern[str], offset: int) -> re.Match[str] | None:
        """The last edge whose character stands before the offset."""
        stop, reach = min(offset, self.end), _REACH
        while True:
            begin = max(self.start, stop - reach)
            found = None
            for match in edge.finditer(self.text, begin, self.end):
                if match.start() >= stop:
                    break
                found = match
            if found is not None or begin == self.start:
                return found
            reach *= 4


def words_of(text: str, start: int, end: int) -> Words:
    """The words of `text[start:end]`, as half-open offsets of `text`."""
    return Words(text, start, end)


def begin(words: Words, near: tuple[int, int]) -> Stretch | None:
    """A stretch over the words in `near`, or over the first word behind its start; None without words."""
    first, last = words.start_from(near[0]), words.end_up_to(near[1])
    if first is not None and last is not None and first < last:
        return Stretch(first, last)
    end = words.end_behind(near[0])
    if end is None:
        end = words.end_up_to(words.end)
    start = None if end is None else words.start_before(end)
    return None if start is None or end is None else Stretch(start, end)


def by_word(stretch: Stretch, words: Words, step: int) -> Stretch:
    """The head moved by a word; it never meets the anchor, so that at least one word is chosen."""
    head, forward = stretch.head, stretch.head >= stretch.anchor
    if forward:
        found = words.end_behind(head) if step > 0 else words.end_up_to(head - 1)
    else:
        found = words.start_from(head + 1) if step > 0 else words.start_before(head)
    return _moved(stretch, found, forward)


def by_line(stretch: Stretch, words: Words, lines: Lines, step: int) -> Stretch:
    """The head moved by a line, to the word nearest to its place there."""
    forward = stretch.head >= stretch.anchor
    line = lines.line_of(stretch.head - 1 if forward else stretch.head)
    wanted = line + step
    if not 0 <= wanted < len(lines):
        return stretch
    target = lines.starts[wanted] + stretch.head - lines.starts[line]
    if forward:
        edges = (words.end_up_to(target), words.end_behind(target))
    else:
        edges = (words.start_before(target + 1), words.start_from(target + 1))
    known = [edge for edge in edges if edge is not None]
    found = min(known, key=lambda edge: abs(edge - target), default=None)
    return _moved(stretch, found, forward)


def _moved(stretch: Stretch, head: int | None, forward: bool) -> Stretch:
    if head is None or (head <= stretch.anchor if forward else head >= stretch.anchor):
        return stretch
    return replace(stretch, head=head)
