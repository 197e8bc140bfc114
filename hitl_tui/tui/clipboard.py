"""Text on its way to the clipboard: by the terminal (OSC 52) where it can be, else into a file."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from hitl_tui.model.text import Shown, message

MOST_BYTES = 74_994
"""Bytes of text in one OSC 52: xterm's limit of 100,000 for the whole sequence, in base64."""
_NO_CLIPBOARD = frozenset({"dumb", "linux", "vt100", "vt220", "unknown", ""})


def sequence(text: str) -> str:
    """OSC 52 (xterm's ctlseqs, "Manipulate Selection Data"): base64 only, so no text can end it early."""
    data = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    return f"\x1b]52;c;{data}\x1b\\"


def send(text: str, write: Callable[[str], None], state: Path, environ: Mapping[str, str]) -> Shown:
    """Send `text` on its way and say where; a terminal gives no answer, so never "copied".

    A text that is too long, or a terminal without a clipboard, gets the file `copied.txt` in `state`,
    readable by its owner only.
    """
    size = len(text.encode("utf-8", "replace"))
    if size <= MOST_BYTES and environ.get("TERM", "") not in _NO_CLIPBOARD:
        write(sequence(text))
        return message("{size} bytes sent to the terminal", size=f"{size:,}")
    path = state / "copied.txt"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        return message("it could not be written to {path}: {why}", path=path, why=error.strerror)
    return message("written to {path}", path=path)
