"""The one widget that shows text: line API, own wrap table, marks, gutter signs, cost by what is visible."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from rich.cells import cell_len, split_graphemes
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from hitl_tui.model.text import Shown
from hitl_tui.tui.cells import roomy
from hitl_tui.tui.document import EMPTY, Document, Layer, Mark, Over, Sign, unmarked
from hitl_tui.tui.layout import text_width
from hitl_tui.tui.paint import Cut, line_strip
from hitl_tui.tui.wrap import Lines

_THUMB = Shown("▐")
_POINTER = "›"
WHEEL_LINES = 3


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
        self._sought: tuple[int, int] | None = None
        """The display range that was last brought into view, if nobody has moved since."""
        self._at_end = False
        """Whether somebody went to the end of the text."""
        self._wrapping = 0
        """The width that a thread is breaking lines for; 0 for none."""
        self._gutter = 2
        self._over: Over = unmarked
        self._overlay: tuple[Mark, ...] = ()
        self._overlaid = Layer[Mark](())
        self._placed = range(0)
        """The lines whose marks and signs have been placed: those in view and some around them."""
        self._by_line: dict[int, list[Mark]] = {}
        self._pointed: int | None = None
        """The display offset whose line has a pointer in its gutter."""
        self._sign_lines: dict[int, Sign] = {}

    # -- what is shown --------------------------------------------------------------------------------

    def show(self, document: Document, *, gutter: int = 2) -> None:
        """Show another document from its first line, without marks or signs."""
        self.document = document
        self._gutter = gutter
        self.top = self._anchor = 0
        self._sought, self._at_end = None, False
        self._wrapping = 0
        self._overlay, self._overlaid = (), Layer(())
        self._pointed = None
        self.mark(unmarked)

    def exchange(self, document: Document, *, gutter: int = 2) -> None:
        """Show the same text laid out anew: what stood at the top stays there, and overlays stay too."""
        anchor = self._anchor
        self.document = document
        self._gutter = gutter
        self._wrapping = 0
        if anchor:
            self._keep_place()

    def mark(self, over: Over) -> None:
        """Lay other marks and signs over the text; `over` is asked for the lines that are painted."""
        self._over = over
        self._placed = range(0)
        self.refresh()

    def overlay(self, marks: Sequence[Mark], pointed: int | None = None) -> None:
        """Lay marks over all others, such as what a search found; they stay when those change.

        The line of the display offset `pointed` has a pointer in its gutter.
        """
        if self._overlay or marks:
            self._overlay, self._overlaid = tuple(marks), Layer(marks)
            self._placed = range(0)
            self._pointed = pointed
            self.refresh()

    @property
    def text_width(self) -> int:
        """Cells of a line of text."""
        return text_width(self.size.width, self._gutter)

    @property
    def lines(self) -> Lines:
        """The line table. For a long text at a new width it is one that comes near until a thread is done."""
        width = self.text_width
        document = self.document
        if document.ready(width) or not document.long:
            return document.lines(width)
        self._wrap_later(width)
        return document.nearest(width)

    def _wrap_later(self, width: int) -> None:
        if self._wrapping != width:
            self._wrapping = width
            # The painting comes first: two threads that both compute share one interpreter.
            self.call_after_refresh(self._wrap_beside, self.document, width)

    def _wrap_beside(self, document: Document, width: int) -> None:
        """Break the lines of a long text in a thread, unless they are not wanted any more."""
        if document is not self.document or self._wrapping != width:
            return

        def work() -> None:
            document.lines(width)
            self.app.call_from_thread(self._wrapped, document, width)

        self.run_worker(work, thread=True, group="wrap", exclusive=True, exit_on_error=True)

    def _wrapped(self, document: Document, width: int) -> None:
        """A thread has broken the lines for a width: show them, the same text at the top."""
        if document is not self.document or self._wrapping != width:
            return
        self._wrapping = 0
        sought, at_end = self._sought, self._at_end
        self._keep_place()
        if at_end:
            self.show_line(self.last_top)
        elif sought is not None:
            self.bring(*sought)

    def _keep_place(self) -> None:
        anchor = self._anchor
        self._placed = range(0)
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
        last = self.last_top
        top = max(0, min(line, last))
        self._sought, self._at_end = None, 0 < last <= line
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
        self._sought, self._at_end = (start, end), False

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
        thumb = self._thumb(y, height, len(lines))
        after = [(thumb, self._ground + self._looks["faint"])]
        if number >= len(lines):
            return line_strip(Shown(""), 0, 0, (), (), after, width, self._ground)
        if number not in self._placed:
            near = max(1, height)
            self._place(lines, range(max(0, number - near), min(number + near, len(lines))))
        start, end = lines.starts[number], lines.ends[number]
        cuts = self._cuts(start, end, self._by_line.get(number, ()))
        sign = self._sign_lines.get(number)
        gutter = f"{sign.text if sign else '':<{self._gutter}}"[: self._gutter]
        if self._pointed is not None and lines.line_of(self._pointed) == number:
            gutter = f"{gutter[:-1]}{_POINTER}"
        style = self._ground + self._looks[sign.style if sign else "faint"]
        before = [(Shown(gutter), style)]
        if indent := lines.indents.get(number):
            before.append((Shown(" " * indent), self._ground))
        return line_strip(self.document.text, start, end, cuts, before, after, width, self._ground)

    def _place(self, lines: Lines, numbers: range) -> None:
        """Find what lies over these lines, and nothing else: a long text is no dearer than a short one."""
        below = numbers[-1] + 1
        end = lines.starts[below] if below < len(lines) else len(self.document.text) + 1
        start = lines.starts[numbers[0]]
        marks, signs = self._over(start, end)
        own = self.document.own.between(start, end)
        top = self._overlaid.between(start, end)
        by_line: dict[int, list[Mark]] = {}
        for mark in (*own, *marks, *top):
            if mark.start >= mark.end or mark.start >= end or mark.end <= start:
                continue
            first = max(numbers[0], lines.line_of(mark.start))
            last = min(numbers[-1], lines.line_of(mark.end - 1))
            for number in range(first, last + 1):
                by_line.setdefault(number, []).append(mark)
        self._placed, self._by_line = numbers, by_line
        self._sign_lines = {lines.line_of(sign.offset): sign for sign in reversed(signs)}

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
        cells = x - self._gutter - lines.indents.get(number, 0)
        line = self.document.text[start:end]
        for first, last, _ in split_graphemes(line)[0]:
            cells -= cell_len(roomy(line[first:last]))
            if cells < 0:
                return start + first
        return max(start, end - 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-WHEEL_LINES)
