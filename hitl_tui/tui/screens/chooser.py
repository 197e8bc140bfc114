"""A list over the review, to choose from: the batch, my history, the disputes, every action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.tui.document import Document, Mark
from hitl_tui.tui.keymap import Action, key_name
from hitl_tui.tui.layout import AIRY_FROM, text_width
from hitl_tui.tui.paint import Piece, piece
from hitl_tui.tui.widgets.listing import Entry, Listing
from hitl_tui.tui.widgets.rows import Line, Rows
from hitl_tui.tui.widgets.text_pane import TextPane

DETAIL_LINES = 6
GUTTER = 1
BOX = 110
"""Cells of the list, as the style sheet has them."""


class Chosen(NamedTuple):
    """The key that chose, and the value of the entry that had the cursor."""

    key: str
    value: str


class Chooser(ModalScreen[Chosen | None], inherit_bindings=False):
    """One decision: which entry. `verbs` are the keys that choose, with what they do; escape leaves.

    With `typing` letters filter the list instead of acting.
    """

    CSS_PATH = "../panels.tcss"

    def __init__(
        self,
        title: Shown,
        entries: Sequence[Entry],
        keymap: Mapping[str, Action],
        looks: Mapping[str, Style],
        ground: Style,
        *,
        verbs: Mapping[str, str],
        empty: Shown,
        at: int = 0,
        opened_by: str = "",
        typing: bool = False,
    ) -> None:
        super().__init__()
        self._title = title
        self._entries = entries
        self._keymap = keymap
        self._verbs = verbs
        self._empty = empty
        self._at = at
        self._opened_by = opened_by
        self._query: str | None = "" if typing else None
        self._head = Rows(looks, ground, rows_id="chooser-title")
        self.listing = Listing(looks, ground, listing_id="chooser-list")
        self._detail = TextPane(looks, ground, pane_id="chooser-detail")

    def compose(self) -> ComposeResult:
        with Vertical(id="chooser-box"):
            yield self._head
            yield self.listing
            yield self._detail

    def on_mount(self) -> None:
        self._arrange()
        self.listing.set(self._entries, self._at)
        self._paint()

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """As high as its entries and what belongs to them, as far as the terminal goes."""
        low = self.app.size.height < AIRY_FROM
        self.set_class(low, "low")
        width = text_width(min(BOX, self.app.size.width), GUTTER)
        details = [len(one.detail.lines(width)) for one in self._entries if one.detail.text]
        may_be_empty = not self._entries or self._query is not None
        below = min(DETAIL_LINES, max(details, default=int(may_be_empty)))
        self._detail.display = below > 0
        self._detail.styles.height = below
        height = self.app.size.height if low else self.app.size.height * 4 // 5
        room = height - (1 if low else 3) - (below + 1 if below else 0)
        self.listing.styles.height = max(1, min(len(self._entries), room))

    def _paint(self, words: Shown | None = None) -> None:
        left: list[Piece] = [(self._title, "head"), piece("   ")]
        if words is not None:
            left.append((words, "look"))
        if self._query is not None:
            left += [(reveal_line(self._query), "strong"), piece("▏", "link")]
        right: list[Piece] = []
        for what in dict.fromkeys(self._verbs.values()):
            keys = " ".join(key for key, verb in self._verbs.items() if verb == what)
            right += [(reveal_line(keys), "key"), (reveal_line(f" {what}  "), "dim")]
        right += [piece("escape", "key"), piece(" back ", "dim")]
        self._head.set(Line(left, right))
        current = self.listing.current
        nothing = Document(self._empty, (), (Mark(0, len(self._empty), "dim"),))
        self._detail.show(nothing if current is None else current.detail, gutter=GUTTER)

    def on_listing_moved(self, event: Listing.Moved) -> None:
        event.stop()
        self._paint()

    def on_listing_picked(self, event: Listing.Picked) -> None:
        event.stop()
        self._choose("enter")

    def _choose(self, key: str) -> None:
        current = self.listing.current
        if current is not None:
            self.dismiss(Chosen(key, current.value))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "ctrl+z":
            self.app.action_suspend_process()
            return
        key = key_name(event.key, event.character)
        if key == "escape":
            self.dismiss(None)
        elif key in self._verbs and (self._query is None or key == "enter"):
            self._choose(key)
        elif key in {"down", "up", "pagedown", "pageup"}:
            page = max(1, self.listing.size.height - 1)
            self.listing.move({"down": 1, "up": -1, "pagedown": page, "pageup": -page}[key])
        elif self._query is not None:
            self._type(key)
        else:
            self._act(key)

    def _act(self, key: str) -> None:
        action = self._keymap.get(key)
        name = action.id if action else ""
        far = len(self._entries)
        half = max(1, self.listing.size.height // 2)
        steps = {
            "down": 1,
            "up": -1,
            "half-down": half,
            "half-up": -half,
            "top": -far,
            "bottom": far,
        }
        if name in steps:
            self.listing.move(steps[name])
            self._paint()
        elif name in {"quit", self._opened_by}:
            self.dismiss(None)
        else:
            self._paint(message("{key} does nothing here", key=reveal_line(key, 12)))

    def _type(self, key: str) -> None:
        assert self._query is not None, "this list is filtered"
        if key == "backspace":
            self._query = self._query[:-1]
        elif key == "space" or len(key) == 1:
            self._query += " " if key == "space" else key
        else:
            return
        wanted = self._query.lower().split()
        kept = [one for one in self._entries if all(word in one.words.lower() for word in wanted)]
        self.listing.set(kept)
        self._paint()
