"""Breaks display text into the lines of a pane: own wrap table, offsets kept, cost linear."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from unicodedata import category

from rich.cells import cell_len, get_character_cell_size, split_graphemes

# Characters that every terminal draws in one cell; a text of only these is cut by one regex.
_ONE_CELL = (
    r"\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u03ff\u0400-\u0482\u048a-\u052f"
    r"\u2010-\u2027\u2030-\u2038\u203b\u203d-\u2048\u20a0-\u20bf\u2400-\u2426"
)
_ODD = re.compile(rf"[^\n{_ONE_CELL}]")
_WIDE = (
    r"\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3"
    r"\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)
# A picture such as ‹U+200B› is a word of its own, so that no line ends within it.
_WORD = rf"\n| +|(?P<wide>[{_WIDE}]+)|‹[^› \n]*›?|[^ \n‹{_WIDE}]+"
_NOT_FIRST = frozenset("、。，．：；！？）」』】〉》〕｝・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
"""Wide characters that a line does not begin with."""
_MAY_SPACE = re.compile(r"[\u0900-\u0dff\u0f3e\u0f3f\u102b-\u109d\u17b6-\u17c8]")


def _cells(words: str) -> int:
    """The most cells that a terminal takes for a word.

    Spacing vowel signs (category Mc) take a cell in some terminals and none in others; a line that is
    counted too short there would run under the next pane and hide its end.
    """
    cells = cell_len(words)
    if _MAY_SPACE.search(words):
        cells += sum(category(char) == "Mc" for char in words if get_character_cell_size(char) == 0)
    return cells


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text at one width: half-open display offsets; white space at a break hangs off."""

    starts: Sequence[int]
    ends: Sequence[int]

    def __len__(self) -> int:
        return len(self.starts)

    def line_of(self, offset: int) -> int:
        """The line that shows the character at `offset` (clamped to the text)."""
        return max(0, bisect_right(self.starts, offset) - 1)


def wrap(text: str, width: int, breaks: Sequence[int] = ()) -> Lines:
    """The lines of `text` in `width` cells (at least 2); a line also starts at each of `breaks`.

    Lines break at newlines, then at spaces, between wide characters, and inside a word only when
    the word alone is wider than a line. `breaks` are ascending offsets into `text`.
    """
    width = max(2, width)
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for stop in (*breaks, len(text)):
        if stop > position or not starts:
            _wrap_piece(text, position, stop, width, starts, ends)
            position = stop
    return Lines(starts, ends)


def _wrap_piece(
    text: str, begin: int, stop: int, width: int, starts: list[int], ends: list[int]
) -> None:
    odd = _ODD.search(text, begin, stop)
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
            odd = _ODD.search(text, begin, stop)


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
    starts: list[int],
    ends: list[int],
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
    text: str, begin: int, stop: int, width: int, starts: list[int], ends: list[int], *, last: bool
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

    def __init__(self, begin: int, width: int, starts: list[int], ends: list[int]) -> None:
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
        cells = _cells(words)
        if self.used and self.used + cells > self._width:
            self.close(start)
        if cells <= self._width - self.used:
            self.used += cells
            self.end = end
            return
        for left, right, _ in split_graphemes(words)[0]:
            size = _cells(words[left:right])
            if self.used + size > self._width and self.used:
                self.close(start + left)
            self.used += size
            self.end = start + right
