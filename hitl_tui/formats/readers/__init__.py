"""The formats that `hitl ingest` reads: one module each, and the table that names them.

A reader turns one JSON value into a submission. To add one, write a module beside `native.py` and add
its line to `READERS`; the first reader that recognises a file's first record reads the whole file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from pydantic import ValidationError

from hitl_tui.formats.readers import native, ragtruth
from hitl_tui.formats.readers.read import Read
from hitl_tui.model.load import Refused, explain, read_lines
from hitl_tui.model.text import Shown


@dataclass(frozen=True, slots=True)
class Reader:
    """One format. `read` raises Refused, or pydantic's ValidationError, for a value it cannot take."""

    about: str
    recognise: Callable[[Any], bool]
    read: Callable[[Any], Read]


READERS: dict[str, Reader] = {
    "ragtruth": Reader(
        "RAGTruth responses joined with their sources; human spans become gold",
        ragtruth.recognise,
        ragtruth.read,
    ),
    "native": Reader("the format of hitl itself, one case a line", native.recognise, native.read),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A line that became a submission. `raw` is what stood there."""

    line: int
    read: Read
    raw: bytes


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that did not. `raw` is what stood there; `json` says whether it was JSON at all."""

    line: int
    reason: Shown
    raw: bytes
    json: bool


def read_cases(stream: BinaryIO, name: str | None = None) -> Iterator[Taken | Reject]:
    """The cases in a JSON Lines stream, one at a time, in constant memory.

    `name` is a key of READERS; without it the first record that a reader recognises decides, and
    records before it are read as native ones (so that they are refused with a reason).
    """
    reader = READERS[name] if name else None
    for line in read_lines(stream):
        if line.refusal is not None:
            yield Reject(line.number, line.refusal, line.raw, json=False)
            continue
        reader = reader or _recognise(line.value)
        try:
            read = (reader or READERS["native"]).read(line.value)
        except Refused as refused:
            yield Reject(line.number, refused.reason, line.raw, json=True)
        except ValidationError as error:
            yield Reject(line.number, explain(error), line.raw, json=True)
        else:
            yield Taken(line.number, read, line.raw)


def _recognise(value: Any) -> Reader | None:
    return next((reader for reader in READERS.values() if reader.recognise(value)), None)
