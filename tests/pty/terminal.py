"""A real pseudo-terminal with the program in it: keys go in, the bytes it sends draw a screen."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import termios
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte
from wcwidth import wcwidth

from hitl_tui.model.case import Submission
from hitl_tui.model.clock import utc_now
from hitl_tui.queue.open import open_queue
from hitl_tui.routing.policy import PoolRule, default_route

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "sample_data").glob("*.jsonl"))
HITL = (sys.executable, "-m", "hitl_tui")
WIDE, NARROW = (120, 40), (80, 24)
DEADLINE_S = 120.0
"""For what normally takes a moment, a dozen programs in one terminal for example; machines are shared."""

KEYS = {
    "escape": "\x1b",
    "enter": "\r",
    "tab": "\t",
    "space": " ",
    "right": "\x1b[C",
    "F2": "\x1bOQ",
}
QUICK = "[review]\nguard_ms = 0\nrepeat_ms = 0\n"
"""A hitl.toml under which verdict keys count at once."""

_PIECE = re.compile(
    r"\x1b\[(?P<private>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b(?P<escape>[^\[])"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<control>.)",
    re.DOTALL,
)
_CSI = re.compile(rb"\x1b\[[<=>?]?[0-9;:]*[ -/]*[@-~]")
_CLOCK = r"SLA \d\d:\d\d"
_PAINTS = frozenset("mHABCDEFGJKX")
"""Finals of what only paints or moves: there the numbers make no other kind of sequence."""
_SHELL_MODES = frozenset({"7", "25"})
"""The private modes that a shell expects: long lines wrap, the cursor is seen."""
_BIDI = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def environment(home: Path) -> dict[str, str]:
    """The environment of somebody whose every file is below `home`."""
    (home / "tmp").mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TMPDIR": str(home / "tmp"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "LOGNAME": "alice",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
    }


def hitl(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `hitl` in `home` without a terminal, to its end."""
    return subprocess.run(
        [*HITL, *map(str, arguments)],
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=DEADLINE_S,
    )


def printed_json(home: Path, *arguments: object) -> list[Any]:
    """The JSON values, one a line, that a command of `hitl` prints."""
    ran = hitl(home, *arguments)
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def fill(home: Path, cases: Sequence[Mapping[str, Any]]) -> None:
    """A queue of these cases at `home`/hitl.db, and a configuration without key guards."""
    (home / "hitl.toml").write_text(QUICK)
    submissions = [Submission.model_validate(case) for case in cases]
    with closing(open_queue(str(home / "hitl.db"), create=True)) as queue:
        queue.admit([(one, default_route(one, {}, PoolRule(), utc_now())) for one in submissions])


def exported(home: Path, place: str) -> dict[str, dict[str, Any]]:
    """The rows of `hitl export jsonl` by case id; `place` is a new directory below `home`."""
    ran = hitl(home, "export", "jsonl", "--out", place)
    assert ran.returncode == 0, ran.stderr
    rows = map(json.loads, (home / place / "cases.jsonl").read_text("ascii").splitlines())
    return {row["id"]: row for row in rows}


class _Unjoining(pyte.Screen):
    """A terminal that draws code point by code point: it joins nothing, and knows no selectors."""

    def draw(self, data: str) -> None:
        # pyte forgets the rest of a text behind a character without a cell that is no combining mark.
        for character in data:
            super().draw(character)

    @property
    def display(self) -> list[str]:
        # A terminal blanks the half that is left of a wide character; pyte keeps it and trips over it.
        for row in self.buffer.values():
            for x in range(self.columns):
                wide = x > 0 and wcwidth(row[x - 1].data[:1]) == 2
                if (row[x].data == "") != wide:
                    half = x if row[x].data == "" else x - 1
                    row[half] = row[half]._replace(data=" ")
        return super().display


class Terminal:
    """One program in one pseudo-terminal. Leaving the block ends the program if it still runs."""

    def __init__(
        self,
        home: Path,
        *arguments: object,
        size: tuple[int, int] = WIDE,
        program: Sequence[str] = HITL,
        answers: bool = False,
    ) -> None:
        """Start `program` with `arguments` in `home`; `size` is columns and lines.

        A terminal that `answers` says where its cursor is, by the widths that it draws with.
        """
        self.sent = bytearray()
        self._screen = _Unjoining(*size) if answers else pyte.Screen(*size)
        self._answers = answers
        self.answered = 0
        """How often it was asked where its cursor is."""
        self.held: str | None = None
        """Answers that are held back, for a terminal that is slow; None for one that is not."""
        if answers:
            self._screen.write_process_input = self._answer
        self._stream = pyte.ByteStream(self._screen)
        self._drawn, self._shown = 0, ""
        self._child = pexpect.spawn(
            program[0],
            [*program[1:], *map(str, arguments)],
            cwd=str(home),
            env=environment(home),
            dimensions=(size[1], size[0]),
            timeout=DEADLINE_S,
        )
        self._child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
            self._child.wait()
        self._child.close(force=True)

    @property
    def screen(self) -> str:
        """What stands on the screen now, line by line."""
        if self._drawn < len(self.sent):
            self._stream.feed(bytes(self.sent[self._drawn :]))
            self._drawn = len(self.sent)
            self._shown = "\n".join(self._screen.display)
        return self._shown

    def _answer(self, data: str) -> None:
        self.answered += 1
        if self.held is None:
            self._child.send(data.encode())
        else:
            self.held += data

    def column_of(self, words: str) -> dict[int, int]:
        """Row -> the cell in which the words begin there, as the terminal has drawn it."""
        assert self.screen
        found = {}
        for y in range(self._screen.lines):
            row = self._screen.buffer[y]
            for x in range(self._screen.columns - len(words) + 1):
                if all(row[x + at].data == char for at, char in enumerate(words)):
                    found[y] = x
        return found

    def press(self, *keys: str) -> None:
        """Send keys by name, and everything else as it is."""
        self._child.send("".join(KEYS.get(key, key) for key in keys).encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size, as somebody who drags its corner."""
        self._child.setwinsize(lines, columns)
        self._screen.resize(lines, columns)

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Read until `true()` holds; fails with `what` when it does not in time, or the program ends."""
        deadline = time.monotonic() + DEADLINE_S
        while not true():
            left = deadline - time.monotonic()
            try:
                self.sent += self._child.read_nonblocking(65536, timeout=max(0.01, left))
                if self._answers:
                    _ = self.screen
            except pexpect.TIMEOUT:
                raise AssertionError(f"no {what} on the screen:\n{self.screen}") from None
            except pexpect.EOF:
                assert true(), f"the program ended before {what} stood there:\n{self.screen}"

    def until_shows(self, words: str) -> None:
        """Read until the words stand on the screen."""
        self.until(lambda: words in self.screen, repr(words))

    def until_gone(self, words: str) -> None:
        """Read until the words no longer stand on the screen, as of a field that has been left."""
        self.until(lambda: words not in self.screen, f"screen without {words!r}")

    def until_says(self, pattern: str) -> re.Match[str]:
        """Read until something on the screen matches, and return the match."""
        self.until(lambda: re.search(pattern, self.screen) is not None, repr(pattern))
        match = re.search(pattern, self.screen)
        assert match is not None
        return match

    def until_sends(self, words: str, after: int) -> None:
        """Read until the words have been sent, colours apart, in what came `after` so many bytes."""
        self.until(lambda: words in words_of(self.sent[after:]), repr(words))

    def until_a_second_passed(self) -> None:
        """Read until the clock in the workstation's bar, which counts seconds, has moved on twice."""
        for _ in range(2):
            before = self.until_says(_CLOCK)[0]
            self.until_says(rf"(?!{before}){_CLOCK}")

    def end(self) -> int:
        """Read to the end of the program; its exit code, or minus the signal that ended it."""
        # A clock on the screen says something every second: what counts is the time in all.
        deadline = time.monotonic() + DEADLINE_S
        while True:
            left = max(0.0, deadline - time.monotonic())
            try:
                self.sent += self._child.read_nonblocking(65536, timeout=left)
            except pexpect.EOF:
                break
            except pexpect.TIMEOUT:
                raise AssertionError(f"the program does not end:\n{self.screen}") from None
        self._child.wait()
        signalled = self._child.signalstatus
        code = self._child.exitstatus if signalled is None else -signalled
        assert code is not None
        return int(code)

    def send_signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self._child.kill(number)

    def suspend(self) -> None:
        """Press ctrl+z and wait until the program has stopped; the terminal shows none of it any more."""
        self.press("\x1a")
        self.until(lambda: b"\x1b[?1049l" in self.sent[self._drawn :], "given back screen")
        os.waitpid(self._child.pid, os.WUNTRACED)
        assert self.screen
        self._screen.erase_in_display(
            2
        )  # pyte has one screen, on which nothing of the first one stands
        self._shown = ""

    def resume(self) -> None:
        """`fg`: let the program go on."""
        self.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)
        assert self.end() == -signal.SIGKILL

    def as_found(self) -> bool:
        """Whether a workstation left the terminal as a shell wants it: echo, lines, the first screen."""
        local = termios.tcgetattr(self._child.child_fd)[3]
        cooked = bool(local & termios.ECHO and local & termios.ICANON)
        return cooked and modes_left_on(self.sent) == _SHELL_MODES

    def after_the_screen(self) -> str:
        """The words that stand on the terminal once the workstation has given it back."""
        return words_of(self.sent.rpartition(b"\x1b[?1049l")[2]).strip()


def words_of(sent: bytes | bytearray) -> str:
    """The text in what was sent, without the sequences of the workstation."""
    return _CSI.sub(b"", sent).decode("utf-8", "replace")


def modes_left_on(sent: bytes | bytearray) -> set[str]:
    """The private modes of the terminal that were set and not reset."""
    on: set[str] = set()
    for match in re.finditer(rb"\x1b\[\?([0-9;]+)([hl])", sent):
        modes = set(match[1].decode().split(";"))
        on = on | modes if match[2] == b"h" else on - modes
    return on


def shapes(sent: bytes | bytearray) -> set[str]:
    """Every kind of thing that a stream asks of a terminal, besides showing plain characters.

    Sequences that paint lose their numbers, all others keep them; each control or direction character
    is a kind of its own. Raises UnicodeDecodeError: bytes that are not UTF-8 may be 8-bit controls.
    """
    found: set[str] = set()
    for match in _PIECE.finditer(sent.decode("utf-8")):
        if match["text"]:
            found.update(f"U+{ord(c):04X}" for c in set(match["text"]) if _acts(c))
        elif match["control"]:
            found.add(f"U+{ord(match['control']):04X}")
        elif match["escape"]:
            found.add(f"ESC {match['escape']}")
        else:
            numbers = "#" if match["final"] in _PAINTS else match["numbers"]
            found.add(f"CSI {match['private']}{numbers}{match['between']}{match['final']}")
    return found


def _acts(character: str) -> bool:
    return unicodedata.bidirectional(character) in _BIDI or unicodedata.category(character) in {
        "Zl",
        "Zp",
        "Co",
        "Cs",
    }
