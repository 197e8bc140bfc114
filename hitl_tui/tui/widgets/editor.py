"""The field for writing: shows revealed text only, and takes what is pasted as text, never as keys."""

from __future__ import annotations

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from hitl_tui.model.text import Shown, reveal
from hitl_tui.tui.paint import roomy_strip


class Editor(TextArea):
    """A text area over display text. `one_line`: Enter submits instead of starting a line."""

    class Submitted(Message):
        """The reviewer is done with the text."""

        def __init__(self, editor: Editor) -> None:
            super().__init__()
            self.editor = editor

    class Left(Message):
        """The reviewer leaves the field; what was typed is kept as a draft."""

        def __init__(self, editor: Editor) -> None:
            super().__init__()
            self.editor = editor

    def __init__(self, text: Shown, *, editor_id: str, one_line: bool = False) -> None:
        super().__init__(text, id=editor_id, soft_wrap=True, tab_behavior="indent", theme="css")
        self.one_line = one_line
        self.show_line_numbers = False
        self.cursor_blink = False

    def place_cursor(self, offset: int) -> None:
        """Put the cursor at an offset of the text."""
        before = self.text[:offset]
        self.move_cursor((before.count("\n"), offset - (before.rfind("\n") + 1)))

    def render_lines(self, crop: Region) -> list[Strip]:
        # A removed field may be painted once more before the next layout, when its styles are gone.
        if not self.is_attached:
            return [Strip.blank(crop.width)] * crop.height
        return [roomy_strip(strip, crop.width) for strip in super().render_lines(crop)]

    def take(self, event: events.Key) -> None:
        """Take a key that was pressed in the moment before the field had the focus."""
        self._forward_event(events.Key(event.key, event.character))

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "ctrl+z":
            return
        event.stop()
        if self.read_only:
            return
        if event.key == "escape":
            event.prevent_default()
            self._close(self.Left(self))
        elif event.key in {"f2", "ctrl+enter"} or (self.one_line and event.key == "enter"):
            event.prevent_default()
            self._close(self.Submitted(self))
        elif event.key in {"ctrl+home", "ctrl+end"}:
            event.prevent_default()
            self.move_cursor((0, 0) if event.key == "ctrl+home" else self.document.end)
        elif bound := self._bindings.key_to_bindings.get(event.key):
            # By way of the app it would act after the letters that were typed after it.
            event.prevent_default()
            await self.run_action(bound[0].action)

    def _close(self, farewell: Message) -> None:
        # What is pressed from here on is not meant for the text, which is read a moment later.
        self.read_only = True
        self.post_message(farewell)

    async def _on_paste(self, event: events.Paste) -> None:
        pasted = reveal(event.text.replace("\r\n", "\n").replace("\r", "\n")).text
        if self.one_line:
            pasted = Shown(" ".join(pasted.split("\n")))
        await super()._on_paste(events.Paste(pasted))
        event.stop()
        event.prevent_default()
