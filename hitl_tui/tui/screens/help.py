"""All keys with a sentence each, built from the live key table."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from hitl_tui.model.text import Shown, reveal_line
from hitl_tui.tui.document import Document, Mark
from hitl_tui.tui.keymap import ACTIONS, Action, key_name, keys_of
from hitl_tui.tui.widgets.rows import Line, Rows
from hitl_tui.tui.widgets.text_pane import TextPane

_GROUPS = (("decide", "Decide"), ("read", "Read"), ("write", "Write"), ("go", "Go"))
_FIXED = (
    ("1-9 0 p f", "After reject: the reason. Enter writes a note, . repeats the last reason."),
    ("F2", "In a text: save it (ctrl+enter too, where the terminal sends it)."),
    ("escape", "In a text: leave it, the draft is kept. Anywhere: back."),
    ("ctrl+z", "Suspend the program; fg brings it back."),
)


def key_document(keymap: Mapping[str, Action]) -> Document:
    """The key table as a document, from the keys that are in force."""
    pieces: list[str] = []
    marks: list[Mark] = []
    at = 0

    def add(text: str, style: str | None = None) -> None:
        nonlocal at
        if style:
            marks.append(Mark(at, at + len(text), style))
        pieces.append(text)
        at += len(text)

    for group, heading in _GROUPS:
        add(f"{heading}\n", "head")
        for action in ACTIONS:
            if action.group != group:
                continue
            keys = "  ".join(reveal_line(key) for key in keys_of(keymap, action.id))
            add(f"{keys:<16} ", "key")
            add(f"{action.sentence}\n")
        if group == "go":
            for keys, sentence in _FIXED:
                add(f"{keys:<16} ", "key")
                add(f"{sentence}\n")
        add("\n")
    return Document(Shown("".join(pieces)), (), tuple(marks))


class Help(ModalScreen[None], inherit_bindings=False):
    """The key table over the review; any of the leaving keys closes it."""

    def __init__(
        self, keymap: Mapping[str, Action], looks: Mapping[str, Style], ground: Style
    ) -> None:
        super().__init__()
        self._keymap = keymap
        self._title = Rows(looks, ground, rows_id="help-title")
        self._pane = TextPane(looks, ground, pane_id="help-text")

    def compose(self) -> ComposeResult:
        with Vertical(id="help-box"):
            yield self._title
            yield self._pane

    def on_mount(self) -> None:
        self._title.set(Line([(Shown("All keys"), "head"), (Shown("   escape back"), "dim")]))
        self._pane.show(key_document(self._keymap))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        key = key_name(event.key, event.character)
        action = self._keymap.get(key)
        if key in {"escape", "enter", "space"} or (action and action.id in {"help", "quit"}):
            self.dismiss()
        elif action and action.id in {"down", "up"}:
            self._pane.scroll_lines(1 if action.id == "down" else -1)
        elif action and action.id in {"half-down", "half-up"}:
            half = max(1, self._pane.size.height // 2)
            self._pane.scroll_lines(half if action.id == "half-down" else -half)
        elif action and action.id in {"top", "bottom"}:
            self._pane.show_line(0 if action.id == "top" else self._pane.last_top)
