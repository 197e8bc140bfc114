"""A few lines of short pieces: the bar on top, the titles of panes, the reason, the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from hitl_tui.model.text import Shown
from hitl_tui.tui.paint import Piece, row


class Line(NamedTuple):
    """Pieces from the left edge, and pieces at the right edge."""

    left: Sequence[Piece] = ()
    right: Sequence[Piece] = ()


class Rows(Widget):
    """Lines of pieces, cut to the width; repaints only when something changed."""

    def __init__(
        self, styles: Mapping[str, Style], ground: Style, *, rows_id: str, indent: int = 1
    ) -> None:
        super().__init__(id=rows_id)
        self._looks = styles
        self._ground = ground
        self._indent: tuple[Piece, ...] = ((Shown(" " * indent), "text"),) if indent else ()
        self._lines: tuple[Line, ...] = ()

    def set(self, *lines: Line) -> None:
        """Show these lines from the top."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        line = self._lines[y] if y < len(self._lines) else Line()
        left = (*self._indent, *line.left)
        return row(left, self.size.width, self._looks, self._ground, line.right)
