"""The only part of the command line that prints: text that may reach a terminal, and ASCII JSON."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitl_tui.model.text import Shown

NARROWEST = 40


def prepare() -> None:
    """Let no character that the terminal's encoding lacks end the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")


def say(*lines: Shown) -> None:
    """Print lines on standard output."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def note(sentence: Shown) -> None:
    """Print one sentence on standard error, under the program's name."""
    sys.stdout.flush()
    sys.stderr.write(f"hitl: {sentence}\n")


def detail(line: Shown) -> None:
    """Print a line on standard error as it is, below a `note`."""
    sys.stderr.write(f"{line}\n")


def emit_json(value: Any) -> None:
    """Print one JSON value on one line, in ASCII without any control character."""
    sys.stdout.write(_one_line(value))


def log_json(value: Any) -> None:
    """Print one JSON value on standard error at once, in the same form."""
    sys.stderr.write(_one_line(value))
    sys.stderr.flush()


def _one_line(value: Any) -> str:
    import json  # noqa: PLC0415  (as below: the program's help prints none)

    return json.dumps(value).replace("\x7f", "\\u007f") + "\n"


def ask(question: Shown) -> str | None:
    """Print a question and read one line, without its line end; None at the end of the input."""
    if question:
        sys.stdout.write(f"{question}\n")
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None


def finish() -> None:
    """Hand over what is buffered; BrokenPipeError when nobody reads any more."""
    sys.stdout.flush()
    sys.stderr.flush()


def abandon() -> None:
    """After a broken pipe: let the interpreter's last flush go nowhere, quietly."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def width() -> int:
    """Columns to print in: `COLUMNS`, else the terminal's, else 120."""
    return max(NARROWEST, shutil.get_terminal_size((120, 40)).columns)


def on_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def progress(total: int | None) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal's standard error, nothing elsewhere.

    Yields a function of the bytes (of `total`) and the records done so far.
    """
    if not sys.stderr.isatty():
        yield lambda done, records: None
        return
    from rich.console import Console  # noqa: PLC0415  (25 ms that a pipe need not pay)
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (BarColumn(), TextColumn("{task.fields[said]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, started = bar.add_task("", total=total, said="0 cases"), time.monotonic()

        def update(done: int, records: int) -> None:
            rate = records / max(time.monotonic() - started, 0.001)
            bar.update(task, completed=done, said=f"{records:,} cases, {rate:,.0f} a second")

        yield update


def trace(text: str) -> None:
    """Print a traceback for `--debug`, each of its lines revealed."""
    from hitl_tui.model.text import message  # noqa: PLC0415

    for line in text.splitlines():
        detail(message("{line}", line=line))
