"""The formats that `hitl export` writes: one module each, and the table that names them.

A writer turns records into the lines of one file, streaming and with deterministic bytes. To add one,
write a module beside `jsonl.py` and add its line to `WRITERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from hitl_tui.formats.writers import jsonl
from hitl_tui.queue.protocol import Record


@dataclass(frozen=True, slots=True)
class Writer:
    """One format: a sentence about it, the name of its file, and the lines of that file."""

    about: str
    file: str
    lines: Callable[[Iterable[Record]], Iterator[bytes]]


WRITERS: dict[str, Writer] = {
    "jsonl": Writer(
        "every case with its route, verdicts and resolution, one JSON object a line",
        "cases.jsonl",
        jsonl.lines,
    ),
}
