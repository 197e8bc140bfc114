"""Turns shown text into strips of the terminal; nothing else in the workstation makes segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from hitl_tui.model.text import Shown
from hitl_tui.tui.cells import roomy, suspect

Piece = tuple[Shown, str]
"""A text and the name of its style."""

_LONG_WORD = 16
"""Cells from which a word may be cut."""
_SHADE = "\u2591"


class Cut(NamedTuple):
    """A style on a half-open range of display offsets; a hidden one shows that there is text, not which."""

    start: int
    end: int
    style: Style
    hidden: bool = False


def piece(text: str, style: str = "text") -> Piece:
    """Our own words as a piece. Text of a case goes through `reveal_line` first."""
    return Shown(text), style


def row(
    pieces: Sequence[Piece],
    width: int,
    styles: Mapping[str, Style],
    ground: Style,
    right: Sequence[Piece] = (),
) -> Strip:
    """One line of `width` cells: `pieces` from the left, `right` at the right edge if there is room.

    What does not fit is cut with an ellipsis, never in the middle of a wide character.
    """
    right = [(Shown(roomy(text)), style) for text, style in right]
    tail = sum(cell_len(text) for text, _ in right)
    room = width - tail - 2 if right else width
    if right and room < 20:
        right, tail, room = (), 0, width
    segments, used = _fit(pieces, room, styles, ground)
    if right:
        segments.append(Segment(" " * (width - used - tail), ground))
        segments.extend(Segment(text, ground + styles[style]) for text, style in right)
        used = width
    if used < width:
        segments.append(Segment(" " * (width - used), ground))
    return Strip(segments, width)


def _fit(
    pieces: Sequence[Piece], room: int, styles: Mapping[str, Style], ground: Style
) -> tuple[list[Segment], int]:
    segments: list[Segment] = []
    used = 0
    for given, style in pieces:
        text = Shown(roomy(given))
        cells = cell_len(text)
        if used + cells > room:
            if room - used > 1:
                words = shortened(text, room - used)
                segments.append(Segment(words, ground + styles[style]))
                used += cell_len(words)
            break
        segments.append(Segment(text, ground + styles[style]))
        used += cells
    return segments, used


def shortened(text: Shown, cells: int) -> Shown:
    """The text in at most `cells` (2 or more): whole, or up to the end of a word and an ellipsis.

    Within a word it is cut only when that is long, such as an id or a text without spaces.
    """
    if cell_len(text) <= cells:
        return text
    kept = set_cell_size(text, cells - 1)
    head, blank, tail = kept.rpartition(" ")
    if blank and head.strip() and cell_len(tail) < _LONG_WORD and not text[len(kept)].isspace():
        kept = head
    return Shown(f"{kept.rstrip(' ')}…")


def line_strip(
    text: Shown,
    start: int,
    end: int,
    cuts: Sequence[Cut],
    before: Sequence[tuple[Shown, Style]],
    after: Sequence[tuple[Shown, Style]],
    width: int,
    ground: Style,
) -> Strip:
    """One line of a document: `text[start:end]` in pieces by `cuts`, a gutter before, padded to width.

    `cuts` are ascending, non-overlapping display ranges with their style; the rest has `ground`.
    """
    segments = [Segment(roomy(words), style) for words, style in before]
    at = start
    for first, last, style, folded in cuts:
        if first > at:
            segments.append(Segment(roomy(text[at:first]), ground))
        words = roomy(text[first:last])
        segments.append(Segment(roomy(_SHADE * cell_len(words)) if folded else words, style))
        at = last
    if at < end:
        segments.append(Segment(roomy(text[at:end]), ground))
    after = [(Shown(roomy(words)), style) for words, style in after]
    edge = width - sum(cell_len(words) for words, _ in after)
    room = edge - sum(cell_len(segment.text) for segment in segments)
    if room < 0:
        segments = list(Strip(segments).crop(0, edge))
        room = edge - sum(cell_len(segment.text) for segment in segments)
    if room:
        segments.append(Segment(" " * room, ground))
    segments.extend(Segment(words, style) for words, style in after)
    return Strip(segments, width)


def roomy_strip(strip: Strip, width: int) -> Strip:
    """A strip that was not made here, with room for what the terminal draws wider than it is counted."""
    if not any(suspect(text) for text, *_ in strip):
        return strip
    return Strip(Segment(roomy(text), style) for text, style, _ in strip).crop(0, width)
