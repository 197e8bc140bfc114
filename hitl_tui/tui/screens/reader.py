"""A page over the review, to read: all keys, the guideline, the queue, my day, a dispute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.tui.document import Document, Mark
from hitl_tui.tui.keymap import Action, key_name
from hitl_tui.tui.layout import AIRY_FROM
from hitl_tui.tui.paint import Piece, piece
from hitl_tui.tui.search import Found, search
from hitl_tui.tui.widgets.rows import Line, Rows
from hitl_tui.tui.widgets.text_pane import TextPane


class Reader(ModalScreen[str | None], inherit_bindings=False):
    """Scrolls and searches one document; `]` and `[` go from stop to stop.

    `extra` are keys of its own with what they do: pressing one closes the page with that key. The other
    leaving keys close it with None.
    """

    CSS_PATH = "../panels.tcss"
    leaving: ClassVar[frozenset[str]] = frozenset({"escape", "enter", "space"})

    def __init__(
        self,
        title: Shown,
        document: Document,
        keymap: Mapping[str, Action],
        looks: Mapping[str, Style],
        ground: Style,
        *,
        stops: Sequence[int] = (),
        start: int = 0,
        opened_by: str = "",
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._document = document
        self._keymap = keymap
        self._stops = sorted(stops)
        self._start = start
        self._opened_by = opened_by
        self._extra = extra or {}
        self._query: str | None = None
        self._found: Found | None = None
        self._head = Rows(looks, ground, rows_id="reader-title")
        self.pane = TextPane(looks, ground, pane_id="reader-text")

    def compose(self) -> ComposeResult:
        with Vertical(id="reader-box"):
            yield self._head
            yield self.pane

    def on_resize(self) -> None:
        self.set_class(self.app.size.height < AIRY_FROM, "low")

    def on_mount(self) -> None:
        self.set_class(self.app.size.height < AIRY_FROM, "low")
        self.pane.show(self._document)
        self._paint_title()
        if self._start:
            self.call_after_refresh(self._go_to, self._start)

    def _go_to(self, offset: int) -> None:
        self.pane.show_line(self.pane.lines.line_of(offset))

    def _paint_title(self, words: Shown | None = None) -> None:
        left: list[Piece] = [(self._title, "head"), piece("   ")]
        if self._query is not None:
            left += [piece("/", "key"), (reveal_line(self._query), "strong"), piece("▏", "link")]
        elif words is not None:
            left.append((words, "look"))
        right: list[Piece] = []
        for key, what in self._extra.items():
            right += [(reveal_line(key), "key"), (reveal_line(f" {what}  "), "dim")]
        right += [piece("/", "key"), piece(" search  ", "dim")]
        if self._stops:
            right += [piece("] [", "key"), piece(" section  ", "dim")]
        right += [piece("escape", "key"), piece(" back ", "dim")]
        self._head.set(Line(left, right))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "ctrl+z":
            self.app.action_suspend_process()
            return
        key = key_name(event.key, event.character)
        if self._query is not None:
            self._type(key)
            return
        action = self._keymap.get(key)
        name = action.id if action else ""
        if key in self._extra:
            self.dismiss(key)
        elif key in self.leaving or name in {"quit", self._opened_by}:
            self.dismiss(None)
        elif name == "search":
            self._query = ""
            self._paint_title()
        elif name in {"next-hit", "previous-hit"} and self._found is not None:
            self._found = self._found.step(1 if name == "next-hit" else -1)
            self._show_hit()
        elif self._scroll(name):
            self._paint_title()
        else:
            self._paint_title(message("{key} does nothing here", key=reveal_line(key, 12)))

    def _scroll(self, name: str) -> bool:
        """Move as an action says; False when it is none that moves a page."""
        pane, half = self.pane, max(1, self.pane.size.height // 2)
        steps = {"down": 1, "up": -1, "half-down": half, "half-up": -half}
        if name in steps:
            pane.scroll_lines(steps[name])
        elif name in {"top", "bottom"}:
            pane.show_line(0 if name == "top" else pane.last_top)
        elif name in {"next-claim", "previous-claim"} and self._stops:
            lines = [pane.lines.line_of(stop) for stop in self._stops]
            if name == "next-claim":
                pane.show_line(next((line for line in lines if line > pane.top), lines[-1]))
            else:
                pane.show_line(next((line for line in reversed(lines) if line < pane.top), 0))
        else:
            return False
        return True

    def _type(self, key: str) -> None:
        assert self._query is not None, "a search is being typed"
        if key == "escape":
            self._query = None
        elif key == "enter":
            words, self._query = self._query, None
            self._found = search(self._document.text, words, self.pane.offset_in_view)
            if self._found is None:
                self.pane.overlay(())
                self._paint_title(message("{words} is not here", words=words))
            else:
                self._show_hit()
            return
        elif key == "backspace":
            self._query = self._query[:-1]
        elif key == "space" or len(key) == 1:
            self._query += " " if key == "space" else key
        self._paint_title()

    def _show_hit(self) -> None:
        assert self._found is not None, "something was found"
        found = self._found
        hits = [Mark(*span, "hit") for span in found.places]
        self.pane.overlay([*hits, Mark(*found.now, "hit-now")], found.now[0])
        self.pane.bring(*found.now)
        self._paint_title(message("{at} of {all}", at=found.at + 1, all=found.count_words))
