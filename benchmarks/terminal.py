"""Runs a program on a pseudo-terminal: keys in, whole frames out, and what they cost the program.

A frame is what a program that was told of synchronised output (mode 2026) writes before it ends the
update. CPU is the whole process's, ended threads included, from the kernel's clock of that process.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import clock_gettime, monotonic, perf_counter

from measure import Cost

HITL = str(Path(sys.executable).with_name("hitl"))
MINIMAL = (sys.executable, str(Path(__file__).with_name("minimal_app.py")))
PATIENCE_S = 120.0
QUIET_S = 0.1
STILL_S = 0.0005
"""CPU that a process at rest may use between two looks."""

_QUERY, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_FRAME_END = b"\x1b[?2026l"
_STYLE = re.compile(rb"\x1b\[[0-9;:]*m")
_OTHER = re.compile(rb"\x1b\[[0-9;:<=>?]*[ $]?[@-~]|\x1b[78=>]")

Seen = Callable[[str], bool]


class Silent(Exception):
    """The program ended, or did not show what was waited for."""


class Terminal:
    """One running program. Use it in a `with`, which ends the program whatever happens."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int = 120,
        lines: int = 40,
    ) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._pending = b""
        self._asked = False
        self._text = ""
        self._since = perf_counter()
        self._cpu_before = 0.0
        self.pid = os.posix_spawn(
            command[0],
            list(command),
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
            setsid=True,
        )
        os.close(slave)
        self._alive = True

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self._alive:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self._alive = False
        os.close(self._master)

    def wait(self, seen: Seen) -> Cost:
        """The cost from the start, or the last key, to the end of the frame that completes `seen`.

        `seen` is asked with everything painted since, without styles; a move of the cursor is a new
        line. Raises Silent when the program ends or shows no such thing.
        """
        patience = monotonic() + PATIENCE_S
        while True:
            chunk = self._read(patience - monotonic())
            if not chunk:
                last = self._text[-2000:] or self._pending[-2000:]
                raise Silent(f"waited in vain; the program wrote last: {last!r}")
            moment = Cost(perf_counter() - self._since, self.cpu() - self._cpu_before)
            if self._take(chunk) and seen(self._text):
                return moment

    def press(self, keys: str, seen: Seen) -> Cost:
        """Wait for rest, press keys, and return the cost until `seen` is painted."""
        self.settle()
        self._pending, self._text = b"", ""
        self._since, self._cpu_before = perf_counter(), self.cpu()
        os.write(self._master, keys.encode())
        return self.wait(seen)

    def settle(self) -> None:
        """Wait until the program has painted all and does nothing more."""
        before, quiet_since = self.cpu(), monotonic()
        patience = monotonic() + PATIENCE_S
        while monotonic() - quiet_since < QUIET_S:
            if monotonic() > patience:
                raise Silent("the program does not come to rest")
            chunk = self._read(0.02)
            now = self.cpu()
            if chunk:
                self._take(chunk)
            if chunk or now - before > STILL_S:
                quiet_since = monotonic()
            before = now

    def leave(self, keys: str) -> None:
        """Press the keys that end the program and wait for its end."""
        self.settle()
        os.write(self._master, keys.encode())
        while self._read(PATIENCE_S):
            pass
        os.waitpid(self.pid, 0)
        self._alive = False

    def cpu(self) -> float:
        """Seconds of CPU that the process and its threads have used."""
        # Linux: the clock id of another process, as clock_getcpuclockid(3) makes it.
        return clock_gettime((~self.pid << 3) | 2)

    def resident_mb(self) -> float:
        """Megabytes of memory in use now (VmRSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024

    def _read(self, timeout: float) -> bytes:
        """What the program wrote, b"" at its end or when nothing came in time."""
        if not select.select([self._master], [], [], max(0.0, timeout))[0]:
            return b""
        with suppress(OSError):
            return os.read(self._master, 1 << 20)
        return b""

    def _take(self, chunk: bytes) -> bool:
        """Add what was written; whether that ended a frame."""
        self._pending += chunk
        if not self._asked and _QUERY in self._pending:
            self._asked = True
            os.write(self._master, _ANSWER)
        frames, end, rest = self._pending.rpartition(_FRAME_END)
        if not end:
            return False
        self._text += _OTHER.sub(b"\n", _STYLE.sub(b"", frames)).decode("utf-8", "replace")
        self._pending = rest
        return True


def environment(home: Path) -> dict[str, str]:
    """What the program finds around it: a true-colour terminal and a home of its own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }


def review(queue: Path, batch: int = 10) -> list[str]:
    """The command that opens the workstation on a queue, with `hitl.toml` beside it."""
    config = str(queue.with_name("hitl.toml"))
    options = ["--queue", str(queue), "--reviewer", "bench", "--batch", str(batch)]
    return [HITL, "--config", config, "review", *options]


def whole_run(command: Sequence[str], surroundings: Mapping[str, str]) -> Cost:
    """What a program takes from start to end, its output thrown away."""
    start = perf_counter()
    pid = os.posix_spawn(
        command[0],
        list(command),
        dict(surroundings),
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, f"{command} ended with status {status}"
    return Cost(perf_counter() - start, usage.ru_utime + usage.ru_stime)
