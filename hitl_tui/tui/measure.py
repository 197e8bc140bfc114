"""Asks the terminal how many cells it really gives a text, by looking where its cursor ends up."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

SAMPLES: Mapping[str, str] = {
    "ideographs": "\u4e2d\u6587",
    "emoji": "\U0001f600",
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "skin tone": "\U0001f44d\U0001f3fd",
    "flags": "\U0001f1e9\U0001f1ea",
    "emoji by selector": "\u2764\ufe0f",
    "combining marks": "e\u0301",
    "right-to-left": "\u05e9\u05dc\u05d5\u05dd",
    "joined Arabic": "\u0644\u0627",
    "Devanagari": "\u0915\u093f",
    "ambiguous": "\u2026\u03b1\u2460",
    "box drawing": "\u2500\u2502",
}
"""What -> a text of it. Terminals differ most in these."""

PATIENCE_S = 0.15
"""How long after the question the answers are waited for; the program is still being loaded for most of it."""
WIDEST = 16
"""More cells than a terminal could give a sample: such an answer is none."""

_ANSWER = re.compile(rb"\x1b\[(\d+);(\d+)R")
_BEGUN = re.compile(rb"\x1b\[[\d;]*\Z")
_WRITES_UTF8 = frozenset({"utf8", "utf-8"})


def measure(
    write: Callable[[bytes], object], read: Callable[[], bytes], texts: Sequence[str]
) -> list[int] | None:
    """The cells that each text takes; None when the terminal does not say where its cursor is.

    Each is written at the start of a line, which is cleared again. `read` gives what the terminal
    answers to DSR 6 (ECMA-48 8.3.35), or nothing in time.
    """
    found = []
    for text in texts:
        write(b"\r\x1b[2K" + text.encode() + b"\x1b[6n")
        answer = _ANSWER.search(read())
        write(b"\r\x1b[2K")
        if answer is None:
            return None
        found.append(int(answer[2]) - 1)
    return found


def measured(handle: int, seconds: float = 1.0) -> dict[str, tuple[int, int]] | None:
    """Sample -> the cells that we count and that the terminal on `handle` gives; None without an answer."""

    def read() -> bytes:
        got = b""
        while not got.endswith(b"R"):
            ready, _, _ = select.select([handle], [], [], seconds)
            if not ready:
                break
            got += os.read(handle, 64)
        return got

    with _raw(handle):
        cells = measure(lambda data: os.write(handle, data), read, list(SAMPLES.values()))
    return None if cells is None else beside_counted(cells)


def beside_counted(cells: Sequence[int]) -> dict[str, tuple[int, int]]:
    """Sample -> the cells that we count, and those that the terminal gives."""
    from rich.cells import cell_len  # noqa: PLC0415  (the question goes out before this is loaded)

    return {
        name: (cell_len(text), given)
        for (name, text), given in zip(SAMPLES.items(), cells, strict=True)
    }


class Asked:
    """A terminal that was asked for every sample at once, and has its time to answer.

    Until `hear` or `leave` it echoes nothing, so that no answer is seen.
    """

    def __init__(self, handle: int, out: int) -> None:
        """Send the question. Raises termios.error, OSError where that is no terminal."""
        self._handle = handle
        self._before: list[Any] | None = termios.tcgetattr(handle)
        self._until = monotonic() + PATIENCE_S
        self._got = b""
        self.late = 0
        """Answers that have not come; they may still, and are no keys then."""
        self.begun = b""
        """The part of an answer that has come."""
        self.typed = b""
        """What somebody typed meanwhile."""
        quiet = termios.tcgetattr(handle)
        quiet[tty.LFLAG] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(handle, termios.TCSANOW, quiet)
        try:
            os.write(out, _question())
        except OSError:
            self.leave()
            raise

    def hear(self) -> dict[str, tuple[int, int]] | None:
        """What `measured` says, once: None when not every answer came in time."""
        while len(answers := _ANSWER.findall(self._got)) < len(SAMPLES):
            left = max(0.0, self._until - monotonic())
            if not select.select([self._handle], [], [], left)[0]:
                break
            more = os.read(self._handle, 1024)
            if not more:
                break
            self._got += more
        self.leave()
        self.late = len(SAMPLES) - len(answers)
        rest = _ANSWER.sub(b"", self._got)
        if self.late and (begun := _BEGUN.search(rest)):
            rest, self.begun = rest[: begun.start()], begun[0]
        self.typed = rest
        cells = [int(column) - 1 for _, column in answers]
        if self.late or not all(0 < given <= WIDEST for given in cells):
            return None
        return beside_counted(cells)

    def leave(self) -> None:
        """Give the terminal back as it was; a second time does nothing."""
        if self._before is not None:
            termios.tcsetattr(self._handle, termios.TCSANOW, self._before)
            self._before = None


def ask() -> Asked | None:
    """Ask the terminal of this program; None where there is none, or one that does not write UTF-8."""
    given, shown = sys.__stdin__, sys.__stdout__
    if given is None or shown is None or shown.encoding.lower() not in _WRITES_UTF8:
        return None
    try:
        if not (given.isatty() and shown.isatty()):
            return None
        return Asked(given.fileno(), shown.fileno())
    except (termios.error, OSError, ValueError):
        return None  # what cannot be asked is laid out for as it is counted


def _question() -> bytes:
    # Concealed (SGR 8) and cleared at once: what a terminal draws of it is not there long enough to see.
    asked = b"".join(b"\r\x1b[2K" + text.encode() + b"\x1b[6n" for text in SAMPLES.values())
    return b"\x1b[8m" + asked + b"\r\x1b[2K\x1b[28m"


@contextmanager
def _raw(handle: int) -> Iterator[None]:
    before = termios.tcgetattr(handle)
    try:
        tty.setraw(handle, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(handle, termios.TCSANOW, before)
