"""Breaks display text into the lines of a pane: own wrap table, offsets kept, cost linear."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TypeAlias

from rich.cells import split_graphemes

from hitl_tui.tui.cells import in_use, room_for

# Characters that every terminal draws in one cell; a text of only these is cut by one regex.
_ONE_CELL = (
    r"\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u03ff\u0400-\u0482\u048a-\u052f"
    r"\u2010-\u2027\u2030-\u2038\u203b\u203d-\u2048\u20a0-\u20bf\u2400-\u2426"
)
_ODD = re.compile(rf"[^\n{_ONE_CELL}]")
_NOT_ASCII = re.compile(r"[^\n\x20-\x7e]")
"""The same where the terminal draws characters of ambiguous width wide."""
_WIDE = (
    r"\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3"
    r"\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)
# A picture such as ‹U+200B› is a word of its own, so that no line ends within it.
_WORD = rf"\n| +|(?P<wide>[{_WIDE}]+)|‹[^› \n]*›?|[^ \n‹{_WIDE}]+"
_NOT_FIRST = frozenset("、。，．：；！？）」』】〉》〕｝・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
"""Wide characters that a line does not begin with."""

Offsets: TypeAlias = "array[int]"
"""Growing ascending display offsets: a quarter of the memory of a list of them."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text at one width: half-open display offsets; white space at a break hangs off."""

    starts: Sequence[int]
    ends: Sequence[int]
    indents: Mapping[int, int] = field(default_factory=dict)
    """Line to the blank cells before it, where it goes on with an entry of a list."""

    def __len__(self) -> int:
        return len(self.starts)

    def line_of(self, offset: int) -> int:
        """The line that shows the character at `offset` (clamped to the text)."""
        return max(0, bisect_right(self.starts, offset) - 1)


def wrap(
    text: str, width: int, breaks: Sequence[int] = (), hangs: Sequence[tuple[int, int]] = ()
) -> Lines:
    """The lines of `text` in `width` cells (at least 2); a line also starts at each of `breaks`.

    Lines break at newlines, then at spaces, between wide characters, and inside a word only when
    the word alone is wider than a line. `breaks` are ascending offsets into `text`. `hangs` are entries of
    lists, ascending: the offset at which a line of the text begins, and by how many cells it is indented
    where it is broken. A text has one or the other.
    """
    width = max(2, width)
    if hangs:
        return _wrap_entries(text, width, hangs)
    starts, ends = array("q"), array("q")
    position = 0
    for stop in (*breaks, len(text)):
        if stop > position or not starts:
            _wrap_piece(text, position, stop, width, starts, ends)
            position = stop
    return Lines(starts, ends)


_STEP = 100_000
SKETCHED = 65_536
"""Characters at the beginning that a sketch breaks as they will stay."""
_PARAGRAPH = 4_096
"""Characters of a line of a sketch behind them at most."""


def sketch(
    text: str, width: int, breaks: Sequence[int] = (), hangs: Sequence[tuple[int, int]] = ()
) -> Lines:
    """What `wrap` would give for the beginning of a long text; behind it every paragraph is one line.

    Made in a fraction of the time, to stand in until all of it is broken. A line never reaches over a
    newline, and what a pane cuts off of a paragraph is nowhere else.
    """
    head = text.rfind("\n", 0, SKETCHED) + 1 or min(SKETCHED, len(text))
    first = wrap(
        text[:head],
        width,
        [at for at in breaks if at < head],
        [hang for hang in hangs if hang[0] < head],
    )
    starts, ends = array("q", first.starts), array("q", first.ends)
    if head == len(text):
        return first
    if starts[-1] == head:
        del starts[-1], ends[-1]  # the first of those that follow
    newline = 0
    while newline >= 0:
        newline = text.find("\n", head)
        stop = len(text) if newline < 0 else newline
        while stop - head > _PARAGRAPH:
            starts.append(head)
            head += _PARAGRAPH
            ends.append(head)
        starts.append(head)
        ends.append(stop)
        head = stop + 1
    return Lines(starts, ends, first.indents)


def _wrap_entries(text: str, width: int, hangs: Sequence[tuple[int, int]]) -> Lines:
    """The lines of a text with entries of lists; one that is broken goes on under its own first word."""
    starts, ends = array("q"), array("q")
    indents: dict[int, int] = {}
    position = 0
    for start, lead in hangs:
        if start > position:
            _wrap_piece(text, position, start - 1, width, starts, ends)
        newline = text.find("\n", start)
        stop = len(text) if newline < 0 else newline
        indent, first = min(lead, width // 2), len(starts)
        _wrap_piece(text, start, stop, width, starts, ends)
        if len(starts) > first + 1:
            rest = starts[first + 1]
            del starts[first + 1 :], ends[first + 1 :]
            _wrap_piece(text, rest, stop, max(2, width - indent), starts, ends)
            indents |= dict.fromkeys(range(first + 1, len(starts)), indent)
        position = stop + 1
    if position <= len(text):
        _wrap_piece(text, position, len(text), width, starts, ends)
    return Lines(starts, ends, indents)


def _wrap_piece(
    text: str, begin: int, stop: int, width: int, starts: Offsets, ends: Offsets
) -> None:
    strange = _ODD if in_use().ambiguous == 1 else _NOT_ASCII
    odd = _first(strange, text, begin, stop)
    if odd is None:
        _wrap_plain(text, begin, stop, width, starts, ends)
        return
    # Paragraph by paragraph: one emoji does not make a long plain text slow.
    while begin < stop:
        newline = text.find("\n", begin, stop)
        end = stop if newline < 0 else newline + 1
        if odd is None or odd.start() >= end:
            until = stop if odd is None else text.rfind("\n", begin, odd.start()) + 1 or end
            end = max(end, until)
            _wrap_plain(text, begin, end, width, starts, ends, last=end == stop)
        else:
            _wrap_odd(text, begin, end, width, starts, ends, last=end == stop)
        begin = end
        if odd is not None and odd.start() < begin:
            odd = _first(strange, text, begin, stop)


def _first(strange: re.Pattern[str], text: str, begin: int, stop: int) -> re.Match[str] | None:
    """The first such character. A long text is searched in steps: a thread that paints is let in between."""
    for start in range(begin, stop, _STEP):
        if found := strange.search(text, start, min(start + _STEP, stop)):
            return found
    return None


@cache
def _word() -> re.Pattern[str]:
    return re.compile(_WORD)


@lru_cache(maxsize=32)
def _plain_line(width: int) -> re.Pattern[str]:
    return re.compile(
        rf"([^\n]{{0,{width}}})(?:\n|\Z)|([^\n]{{1,{width}}})(?<! ) +\n?|([^\n]{{1,{width}}})"
    )


def _wrap_plain(
    text: str,
    begin: int,
    stop: int,
    width: int,
    starts: Offsets,
    ends: Offsets,
    last: bool = True,
) -> None:
    piece = text[begin:stop]
    size = len(piece)
    for match in _plain_line(width).finditer(piece):
        start, end = match.span(match.lastindex or 1)
        if start == size and size and (not last or not piece.endswith("\n")):
            break
        starts.append(begin + start)
        ends.append(begin + end)


def _wrap_odd(
    text: str, begin: int, stop: int, width: int, starts: Offsets, ends: Offsets, *, last: bool
) -> None:
    filler = _Filler(begin, width, starts, ends)
    for match in _word().finditer(text, begin, stop):
        start, end = match.span()
        words = match[0]
        if words == "\n":
            filler.close(end)
            if end == stop and not last:
                return
        elif words[0] == " ":
            filler.spaces(start, end)
        elif match["wide"]:
            filler.wide(words, start)
        else:
            filler.word(words, start, end)
    if filler.end > filler.start or last:
        filler.close(stop)


class _Filler:
    """The line that is being filled: `start` and `end` offsets, `used` cells."""

    def __init__(self, begin: int, width: int, starts: Offsets, ends: Offsets) -> None:
        self.start = self.end = begin
        self.used = 0
        self._width = width
        self._starts = starts
        self._ends = ends

    def close(self, next_start: int) -> None:
        self._starts.append(self.start)
        self._ends.append(self.end)
        self.start = self.end = next_start
        self.used = 0

    def spaces(self, start: int, end: int) -> None:
        room = self._width - self.used
        if end - start <= room:
            self.used += end - start
            self.end = end
        else:
            self.end = min(end, start + max(0, room))
            self.close(end)

    def wide(self, words: str, start: int) -> None:
        at, end = 0, len(words)
        while at < end:
            room = (self._width - self.used) // 2
            if room <= 0:
                self.close(start + at)
                continue
            taken = min(end, at + room)
            if taken < end and words[taken] in _NOT_FIRST and taken - at > 1:
                taken -= 1
            self.used += 2 * (taken - at)
            at = taken
            self.end = start + at
            if at < end:
                self.close(start + at)

    def word(self, words: str, start: int, end: int) -> None:
        cells = room_for(words)
        if self.used and self.used + cells > self._width:
            self.close(start)
        if cells <= self._width - self.used:
            self.used += cells
            self.end = end
            return
        for left, right, _ in split_graphemes(words)[0]:
            size = room_for(words[left:right])
            if self.used + size > self._width and self.used:
                self.close(start + left)
            self.used += size
            self.end = start + right
