"""Asks the terminal how many cells it really gives a text, by looking where its cursor ends up."""

from __future__ import annotations

import os
import re
import select
import termios
import tty
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.cells import cell_len

SAMPLES: Mapping[str, str] = {
    "ideographs": "\u4e2d\u6587",
    "emoji": "\U0001f600",
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "flags": "\U0001f1e9\U0001f1ea",
    "emoji by selector": "\u2764\ufe0f",
    "combining marks": "e\u0301",
    "right-to-left": "\u05e9\u05dc\u05d5\u05dd",
    "joined Arabic": "\u0644\u0627",
    "Devanagari": "\u0915\u093f",
    "box drawing": "\u2500\u2502",
}
"""What -> a text of it. Terminals differ most in these."""

_ANSWER = re.compile(rb"\x1b\[(\d+);(\d+)R")


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
    if cells is None:
        return None
    counted = {name: cell_len(text) for name, text in SAMPLES.items()}
    return {name: (counted[name], given) for name, given in zip(SAMPLES, cells, strict=True)}


@contextmanager
def _raw(handle: int) -> Iterator[None]:
    before = termios.tcgetattr(handle)
    try:
        tty.setraw(handle, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(handle, termios.TCSANOW, before)
