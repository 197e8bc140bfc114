"""The last gate before the terminal: lets through text and Textual's own sequences, counts the rest."""

from __future__ import annotations

import re

from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from hitl_tui.tui.cells import aligned
from hitl_tui.tui.pasting import PastingParser

linux_driver.XTermParser = PastingParser  # type: ignore[attr-defined]
# The driver makes its parser itself and takes none; this name is the one place where it asks for it.

# What Textual 8 writes for us: CSI sequences, two-character escapes, text. No OSC, DCS, APC, C1, BEL.
_ALLOWED = (
    r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
    r"|[\r\n]+"
    r"|\x1b\[[<=>?]?[0-9;:]*[ $]?[a-zA-Z]"
    r"|\x1b[78=>]"
)
_CLEAN = re.compile(rf"(?:{_ALLOWED})*+")
_PIECE = re.compile(_ALLOWED)

_CLIPBOARD = re.compile(r"\x1b\]52;c;[A-Za-z0-9+/=]*\x1b\\")

dropped = 0
"""How many characters were held back since the start. Anything but 0 is a bug of ours."""


def admitted(data: str) -> str:
    """`data` without any character outside the allowed sequences; counts what it takes out."""
    global dropped  # noqa: PLW0603  (one terminal, one count)
    if _CLEAN.fullmatch(data):
        return data
    clean = "".join(match[0] for match in _PIECE.finditer(data))
    dropped += len(data) - len(clean)
    return clean


class GatedDriver(LinuxDriver):
    """Textual's terminal driver behind the gate."""

    typed: tuple[Message, ...] = ()
    """What was typed before the screen was there."""

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        typed, GatedDriver.typed = GatedDriver.typed, ()
        for event in typed:
            self.process_message(event)

    def write(self, data: str) -> None:
        super().write(aligned(admitted(data)))

    def send_clipboard(self, sequence: str) -> None:
        """Let one sequence for the clipboard (OSC 52 with base64) through, and nothing else."""
        if _CLIPBOARD.fullmatch(sequence):
            super().write(sequence)
            self.flush()
