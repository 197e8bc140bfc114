"""What the real program sends: no colour when none is wanted, one clipboard sequence when one is asked for."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from tests.pty.terminal import Terminal, fill

CASE = {
    "id": "c1",
    "input": "How long?",
    "output": "It takes 60 days.",
    "context": ["It takes 30 days."],
}
_STYLE = re.compile(rb"\x1b\[([0-9;]*)m")
_COLOURS = {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}


def colours(sent: bytes | bytearray) -> set[int]:
    """The parameters of SGR (ECMA-48 8.3.117) that set a colour."""
    numbers = {int(n) for found in _STYLE.finditer(sent) for n in found[1].split(b";") if n}
    return numbers & _COLOURS


def test_with_no_color_not_one_colour_is_sent(tmp_path: Path) -> None:
    fill(tmp_path, [CASE])
    with Terminal(tmp_path, "--no-color", "review") as terminal:
        terminal.until_shows("60 days")
        for key, then in (("x", "escape back"), ("escape", "all keys"), ("b", "cases at hand")):
            terminal.press(key)
            terminal.until_shows(then)
        terminal.press("escape")
        terminal.until(lambda: "cases at hand" not in terminal.screen, "no panel")
        terminal.press("e")
        terminal.until_shows("save and decide")
        assert colours(terminal.sent) == set()
        assert b"\x1b[1" in terminal.sent, "bold is no colour"


def test_a_copy_is_one_sequence_of_base64_and_the_rest_is_as_before(tmp_path: Path) -> None:
    fill(tmp_path, [CASE])
    with Terminal(tmp_path, "review") as terminal:
        terminal.until_shows("60 days")
        assert colours(terminal.sent)
        terminal.press("y")
        terminal.until_shows("sent to the terminal")
        (found,) = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x1b\\", terminal.sent)
        assert base64.b64decode(found).decode() == CASE["output"]
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.after_the_screen() == ""
        assert terminal.as_found()
