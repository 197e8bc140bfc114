"""Reads what the terminal sends: a pasted text stays in one piece, and a late answer of its is no key."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

START = "\x1b[200~"
END = "\x1b[201~"
_SURE = 3
"""Characters of `START` after which no key can be meant; a lone escape must not wait for more."""


_ANSWER = re.compile(r"\x1b\[\d+;\d+R")
_BEGUN = re.compile(r"\x1b\[\d[\d;]*\Z")

_late = 0
"""Answers to where the cursor is that may still come; they are taken out, wherever they stand."""
_begun = ""


def expect(late: int, begun: str) -> None:
    """Take out so many answers from what is read from now on; of the first one `begun` was read before."""
    global _late, _begun
    _late, _begun = late, begun


class PastingParser(XTermParser):
    """Textual's parser of what the terminal sends, with pastes taken out before it sees them.

    Textual's own takes the characters behind an escape inside a paste for keys, so that a line with
    colour codes would decide the case.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasted: list[str] | None = None
        """What has come of the paste that is going on."""
        self._held = ""
        """The end of what was read, which may be the beginning of a marker."""

    def feed(self, data: str) -> Iterable[Message]:
        """The messages for what was read; an empty string is the end of the input."""
        if not data:
            yield from super().feed(data)
            return
        data, self._held = self._held + data, ""
        if _late:
            data = _without_answers(data)
        while data:
            if self._pasted is None:
                before, start, data = data.partition(START)
                if start:
                    self._pasted = []
                else:
                    before, self._held = _cut(before, START, _SURE)
                if before:
                    yield from super().feed(before)
            else:
                text, end, data = data.partition(END)
                if not end:
                    text, self._held = _cut(text, END, 1)
                self._pasted.append(text)
                if end:
                    whole = "".join(self._pasted).replace("\x00", "")
                    self._pasted = None
                    yield events.Paste(whole)


def _without_answers(data: str) -> str:
    """What is left when late answers are taken out; one that has only begun waits for its end."""
    data, found = _ANSWER.subn("", _begun + data, count=_late)
    late = _late - found
    begun = _BEGUN.search(data) if late else None
    expect(late, begun[0] if begun else "")
    return data[: begun.start()] if begun else data


def _cut(text: str, marker: str, least: int) -> tuple[str, str]:
    """The text without the `least` or more characters at its end that a marker begins with, and those."""
    for length in range(len(marker) - 1, least - 1, -1):
        if text.endswith(marker[:length]):
            return text[:-length], text[-length:]
    return text, ""
