"""A list to choose from: one line an entry, a cursor, only what is visible is painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from hitl_tui.tui.document import EMPTY, Document
from hitl_tui.tui.paint import Piece, piece, row
from hitl_tui.tui.widgets.rows import Line


class Entry(NamedTuple):
    """One line, the value that choosing it gives, and what belongs to it below the list."""

    line: Line
    value: str
    detail: Document = EMPTY
    words: str = ""
    """What a filter looks at."""


class Listing(Widget):
    """The entries with a cursor that moves; what is chosen is up to the screen."""

    class Picked(Message):
        """Somebody clicked an entry that had the cursor already."""

    class Moved(Message):
        """The cursor is on another entry."""

    def __init__(self, looks: Mapping[str, Style], ground: Style, *, listing_id: str) -> None:
        super().__init__(id=listing_id)
        self._looks = looks
        self._ground = ground
        self.entries: Sequence[Entry] = ()
        self.at = 0
        self._top = 0

    def set(self, entries: Sequence[Entry], at: int = 0) -> None:
        """Show these entries, the cursor on the one at `at`."""
        self.entries = entries
        self.at = max(0, min(at, len(entries) - 1))
        self._top = 0
        self._follow()

    @property
    def current(self) -> Entry | None:
        """The entry with the cursor; None when there is none."""
        return self.entries[self.at] if self.entries else None

    def move(self, step: int) -> None:
        """Move the cursor, stopping at the ends."""
        self.at = max(0, min(self.at + step, len(self.entries) - 1))
        self._follow()

    def _follow(self) -> None:
        height = max(1, self.size.height)
        if self.at < self._top:
            self._top = self.at
        elif self.at >= self._top + height:
            self._top = self.at - height + 1
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        place = self._top + y
        if place >= len(self.entries):
            return row((), self.size.width, self._looks, self._ground)
        now = place == self.at
        ground = self._ground + self._looks["cursor"] if now else self._ground
        line = self.entries[place].line
        left, right = [piece("▌" if now else " ", "link"), *line.left], line.right
        if now and ground.reverse:
            # Reversed, colours of the text would be grounds: the bar would fall into pieces.
            left, right = self._plain(left), self._plain(right)
        return row(left, self.size.width, self._looks, ground, right)

    def _plain(self, pieces: Sequence[Piece]) -> list[Piece]:
        return [(text, "strong" if self._looks[style].bold else "text") for text, style in pieces]

    def on_resize(self) -> None:
        self._follow()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = self._top + event.y
        if place >= len(self.entries):
            return
        if place == self.at:
            self.post_message(self.Picked())
        else:
            self.move(place - self.at)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)
