"""The one widget that shows text: line API, own wrap table, marks, gutter signs, cost by what is visible."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from rich.cells import get_character_cell_size
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from hitl_tui.model.text import Shown
from hitl_tui.tui.document import EMPTY, Document, Mark, Sign
from hitl_tui.tui.layout import text_width
from hitl_tui.tui.paint import Cut, line_strip
from hitl_tui.tui.wrap import Lines

_THUMB = Shown("▐")
WHEEL_LINES = 3
AT_ONCE = 1_000_000
"""Display characters whose lines are broken at once; for more a thread does it."""


class TextPane(Widget):
    """Shows a `Document`. It never changes the text; marks and signs are laid over by the screen."""

    class Resized(Message):
        """The pane has another width: whoever prepares documents may lay out for it."""

    class Clicked(Message):
        """Somebody clicked into the text; `offset` is the display offset there."""

        def __init__(self, pane: TextPane, offset: int) -> None:
            super().__init__()
            self.pane = pane
            self.offset = offset

    def __init__(self, styles: Mapping[str, Style], ground: Style, *, pane_id: str) -> None:
        super().__init__(id=pane_id)
        self._looks = styles
        self._ground = ground
        self.document = EMPTY
        self.top = 0
        """The first visible line."""
        self._anchor = 0
        """The display offset at the top, which stays there when the width changes."""
        self._wrapping = 0
        """The width that a thread is breaking lines for; 0 for none."""
        self._gutter = 2
        self._marks: tuple[Mark, ...] = ()
        self._signs: tuple[Sign, ...] = ()
        self._overlay: tuple[Mark, ...] = ()
        self._by_line: dict[int, list[Mark]] | None = None
        self._sign_lines: dict[int, Sign] = {}

    # -- what is shown --------------------------------------------------------------------------------

    def show(self, document: Document, *, gutter: int = 2) -> None:
        """Show another document from its first line, without marks or signs."""
        self.document = document
        self._gutter = gutter
        self.top = self._anchor = 0
        self._wrapping = 0
        self._overlay = ()
        self.mark((), ())

    def exchange(self, document: Document, *, gutter: int = 2) -> None:
        """Show the same text laid out anew: what stood at the top stays there, and overlays stay too."""
        anchor = self._anchor
        self.document = document
        self._gutter = gutter
        self._wrapping = 0
        if anchor:
            self._keep_place()

    def mark(self, marks: Sequence[Mark], signs: Sequence[Sign]) -> None:
        """Lay other marks and signs over the text."""
        self._marks, self._signs = tuple(marks), tuple(signs)
        self._by_line = None
        self.refresh()

    def overlay(self, marks: Sequence[Mark]) -> None:
        """Lay marks over all others, such as what a search found; they stay when those change."""
        if self._overlay or marks:
            self._overlay = tuple(marks)
            self._by_line = None
            self.refresh()

    @property
    def text_width(self) -> int:
        """Cells of a line of text."""
        return text_width(self.size.width, self._gutter)

    @property
    def lines(self) -> Lines:
        """The line table. For a long text at a new width it is the nearest known one until a thread is done."""
        width = self.text_width
        document = self.document
        if document.ready(width) or len(document.text) <= AT_ONCE:
            return document.lines(width)
        known = document.nearest(width)
        if known is None:
            return document.lines(width)
        self._wrap_later(width)
        return known

    def _wrap_later(self, width: int) -> None:
        if self._wrapping == width:
            return
        self._wrapping = width
        document = self.document

        def work() -> None:
            document.lines(width)
            self.app.call_from_thread(self._wrapped, document, width)

        self.run_worker(work, thread=True, group="wrap", exclusive=True, exit_on_error=True)

    def _wrapped(self, document: Document, width: int) -> None:
        """A thread has broken the lines for a width: show them, the same text at the top."""
        if document is not self.document or self._wrapping != width:
            return
        self._wrapping = 0
        self._keep_place()

    def _keep_place(self) -> None:
        anchor = self._anchor
        self._by_line = None
        self.top = max(0, min(self.lines.line_of(anchor), self.last_top))
        self._anchor = anchor
        self.refresh()

    # -- where it is ------------------------------------------------------------------------------------

    @property
    def last_top(self) -> int:
        """The highest first line: the end of the text stands at the end of the pane."""
        return max(0, len(self.lines) - self.size.height)

    def scroll_lines(self, lines: int) -> None:
        """Move by so many lines, stopping at the ends."""
        self.show_line(self.top + lines)

    def show_line(self, line: int) -> None:
        """Make `line` the first visible line, as far as the text goes."""
        top = max(0, min(line, self.last_top))
        if top != self.top:
            self.top = top
            self._anchor = self.offset_in_view
            self.refresh()

    def bring(self, start: int, end: int) -> None:
        """Scroll as little as needed so that a display range is in view, with a line to spare."""
        if not self.size.height:
            return
        lines = self.lines
        first, last = lines.line_of(start), lines.line_of(max(start, end - 1))
        height = self.size.height
        spare = 1 if height > 3 else 0
        if first - spare < self.top or last + spare >= self.top + height:
            room = height - (last - first + 1)
            self.show_line(first - (max(spare, room // 3) if room > 0 else 0))

    @property
    def offset_in_view(self) -> int:
        """The display offset at the top of the pane."""
        lines = self.lines
        return lines.starts[min(self.top, len(lines) - 1)] if len(lines) else 0

    # -- painting -----------------------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.document.lines(text_width(width, self._gutter)))

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        lines = self.lines
        number = self.top + y
        if self._by_line is None:
            self._place(lines)
        thumb = self._thumb(y, height, len(lines))
        after = [(thumb, self._ground + self._looks["faint"])]
        if number >= len(lines):
            return line_strip(Shown(""), 0, 0, (), (), after, width, self._ground)
        start, end = lines.starts[number], lines.ends[number]
        assert self._by_line is not None, "marks are placed"
        cuts = self._cuts(start, end, self._by_line.get(number, ()))
        sign = self._sign_lines.get(number)
        gutter = f"{sign.text if sign else '':<{self._gutter}}"[: self._gutter]
        style = self._ground + self._looks[sign.style if sign else "faint"]
        before = [(Shown(gutter), style)]
        return line_strip(self.document.text, start, end, cuts, before, after, width, self._ground)

    def _place(self, lines: Lines) -> None:
        by_line: dict[int, list[Mark]] = {}
        for mark in (*self.document.marks, *self._marks, *self._overlay):
            if mark.start >= mark.end:
                continue
            for number in range(lines.line_of(mark.start), lines.line_of(mark.end - 1) + 1):
                by_line.setdefault(number, []).append(mark)
        self._by_line = by_line
        self._sign_lines = {lines.line_of(sign.offset): sign for sign in reversed(self._signs)}

    def _cuts(self, start: int, end: int, marks: Sequence[Mark]) -> list[Cut]:
        """The marks of one line as non-overlapping pieces; where they overlap their styles add up."""
        if not marks:
            return []
        edges = {start, end}
        for mark in marks:
            edges.add(max(start, min(end, mark.start)))
            edges.add(max(start, min(end, mark.end)))
        ordered = sorted(edges)
        pieces = [self._ground] * (len(ordered) - 1)
        touched = [False] * len(pieces)
        folded = [False] * len(pieces)
        for mark in marks:
            look = self._looks[mark.style]
            first = bisect_right(ordered, max(start, mark.start)) - 1
            for at in range(first, len(pieces)):
                if ordered[at] >= mark.end:
                    break
                pieces[at] += look
                touched[at] = True
                folded[at] |= mark.style == "folded"
        return [
            Cut(ordered[at], ordered[at + 1], self._ground + self._looks["folded"] if folded[at] else look,
                folded[at])
            for at, look in enumerate(pieces)
            if touched[at]
        ]  # fmt: skip

    def _thumb(self, y: int, height: int, count: int) -> Shown:
        if count <= height or height < 2:
            return Shown(" ")
        size = max(1, height * height // count)
        first = round(self.top / max(1, count - height) * (height - size))
        return _THUMB if first <= y < first + size else Shown(" ")

    # -- events -------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._keep_place()
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self, self.offset_at(event.x, event.y)))

    def offset_at(self, x: int, y: int) -> int:
        """The display offset of the character at a cell of the pane, the nearest one beside the text."""
        lines = self.lines
        number = max(0, min(self.top + y, len(lines) - 1))
        start, end = lines.starts[number], lines.ends[number]
        cells = x - self._gutter
        for at in range(start, end):
            cells -= get_character_cell_size(self.document.text[at])
            if cells < 0:
                return at
        return max(start, end - 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL_LINES)
