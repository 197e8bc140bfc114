"""The workstation's application: the terminal, the theme, and an end that never spills a case's text."""

from __future__ import annotations

import gc
import os
import shutil
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.style import Style
from textual import events
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.worker import WorkerFailed

from hitl_tui.config.settings import Settings
from hitl_tui.model.clock import utc_now
from hitl_tui.model.text import Shown, message, reveal_line
from hitl_tui.queue.protocol import Queue
from hitl_tui.tui import cells, clipboard, pasting
from hitl_tui.tui import driver as gate
from hitl_tui.tui.desk import Desk
from hitl_tui.tui.drafts import DraftBox, SeatLock
from hitl_tui.tui.handbook import Handbook
from hitl_tui.tui.keymap import build_keymap
from hitl_tui.tui.kinds import Seat
from hitl_tui.tui.layout import Layout
from hitl_tui.tui.measure import Asked
from hitl_tui.tui.screens.review import Review
from hitl_tui.tui.theme import PALETTES, css_variables, styles


class Workstation(App[None], inherit_bindings=False):
    """One review screen over one desk. Textual's own keys, palette and text selection are off."""

    CSS_PATH = "hitl.tcss"
    TITLE = "hitl"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        desk: Desk,
        drafts: DraftBox,
        settings: Settings,
        driver_class: type[Driver] | None = None,
        when_shown: Callable[[], None] = lambda: None,
        handbook: Handbook | None = None,
    ) -> None:
        """`when_shown` is called once the first case, or the empty queue, is on the screen."""
        self.palette = PALETTES["none" if "NO_COLOR" in os.environ else settings.review.theme]
        super().__init__(driver_class=driver_class, ansi_color=self.palette.own)
        self.animation_level = "none"
        self._drafts = drafts.directory
        self.environ: Mapping[str, str] = os.environ
        looks = styles(self.palette)
        self.review = Review(
            when_shown,
            desk=desk,
            handbook=handbook or Handbook(),
            drafts=drafts,
            settings=settings,
            keymap=build_keymap(settings.keys, settings.review.keymap),
            looks=looks,
            grounds=self._grounds(),
        )
        self.crash: list[Shown] = []

    def _grounds(self) -> Mapping[str, Style]:
        palette = self.palette
        return {
            name: Style(color=palette.text or None, bgcolor=colour or None)
            for name, colour in (
                ("bar", palette.bar),
                ("pane", palette.pane),
                ("page", palette.page),
            )
        }

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, self._paint_all, immediate=True)

    def _paint_all(self, resumed: App[None]) -> None:
        # The terminal comes back empty after `fg`, and Textual sends only what has changed meanwhile.
        self.screen.refresh()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return css_variables(self.palette)

    def get_default_screen(self) -> Screen[Any]:
        return self.review

    async def on_event(self, event: events.Event) -> None:
        # By one way only: a field that has just got the focus would take the keys of this moment before
        # those that the screen has yet to hand it, and a text would lose letters.
        if isinstance(event, events.Key) and not event.is_forwarded and self.screen is self.review:
            self.app_focus = True
            self.review._forward_event(event)
            return
        await super().on_event(event)

    def bell(self) -> None:
        """Silent: a reviewer may share a room."""

    def copy_to_clipboard(self, text: str) -> None:
        """Kept inside, for pasting in the fields; `send_out` is what lets a text leave."""
        self._clipboard = text

    def send_out(self, text: str) -> Shown:
        """Send a text to the terminal's clipboard, or into a file; where it went."""
        self._clipboard = text
        return clipboard.send(text, self._past_the_gate, self._drafts, self.environ)

    def _past_the_gate(self, sequence: str) -> None:
        if isinstance(self._driver, gate.GatedDriver):
            self._driver.send_clipboard(sequence)

    def _set_pointer_shape(self, shape: str) -> None:
        """Not sent: terminals that do not know the sequence would print it."""

    def _fatal_error(self) -> None:
        # Textual would print the locals of every frame, and those hold the texts of cases.
        error: BaseException | None = self._exception
        if isinstance(error, WorkerFailed):
            error = error.error
        self.crash = crash_lines(error) if error is not None else []
        self._close_messages_no_wait()


def crash_lines(error: BaseException) -> list[Shown]:
    """Where the program failed, without any value: type, then file, line and function of each frame."""
    frames = traceback.extract_tb(error.__traceback__, limit=-8)
    return [
        message(
            "hitl: {kind} inside the program; verdicts and drafts are safe",
            kind=type(error).__name__,
        ),
        *(
            message(
                "  {file}:{line} in {name}",
                file=reveal_line(Path(frame.filename).name),
                line=frame.lineno or 0,
                name=reveal_line(frame.name),
            )
            for frame in frames
        ),
    ]


def _settle_memory() -> None:
    # What start-up made stays for good: a full collection need not look at it again under a key.
    gc.freeze()
    gc.enable()


def _heed(asked: Asked) -> None:
    """Lay out as the terminal draws, if it has said so; what it says later, or was typed, goes its way."""
    found = asked.hear()
    if found is not None:
        cells.use(cells.widths_of(found))
    typed = asked.typed.decode("utf-8", "replace")
    gate.GatedDriver.typed = tuple(pasting.PastingParser().feed(typed)) if typed else ()
    pasting.expect(asked.late, asked.begun.decode("ascii"))


def run(
    open_queue: Callable[[], Queue],
    settings: Settings,
    reviewer: str,
    pools: tuple[str, ...],
    batch: int,
    lease_s: float,
    drafts: DraftBox,
    handbook: Handbook,
    asked: Asked | None = None,
) -> tuple[int, list[Shown]]:
    """Run the workstation until the reviewer leaves: the exit code and lines to print after it.

    `asked` is the terminal's question how wide it draws. Raises QueueError when the store cannot be had.
    """
    desk = Desk(open_queue, reviewer, pools, batch, lease_s)
    seat = SeatLock(drafts.directory)
    resume_before = utc_now() if seat.alone else None
    desk.seat = Seat(reviewer, handbook.principles, settings.review.mark_budget)
    desk.layout = Layout(*shutil.get_terminal_size())
    desk.open(resume_before=resume_before)
    if asked is not None:
        _heed(asked)
    app = Workstation(desk, drafts, settings, gate.GatedDriver, _settle_memory, handbook)
    try:
        app.run()
    finally:
        seat.close()
        desk.abandon()
    if app.review.failure is not None:
        raise app.review.failure
    lines = list(app.crash)
    if gate.dropped:
        lines.append(
            message(
                "hitl: {count} characters were kept from the terminal; please report this",
                count=gate.dropped,
            )
        )
    return (1 if app.crash else app.return_code or 0), lines
