"""The files that `hitl ingest` is given: checked before anything is read, opened as bytes."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from hitl_tui.cli.trouble import Stop

STDIN = "-"
_PEEK = 100
_ARRAY = (b"[", b"[{")
"""First lines of a file that holds its cases in one array, printed over many lines."""


@dataclass(frozen=True, slots=True)
class Source:
    """One input. `size` is None for a pipe, which can be read only once."""

    name: str
    path: Path | None
    size: int | None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The input's bytes from the start."""
        if self.path is None:
            yield sys.stdin.buffer
            return
        with self.path.open("rb") as stream:
            yield cast(BinaryIO, stream)


def sources(names: Sequence[str]) -> list[Source]:
    """The inputs of these names; Stop for one that is missing, a directory, empty or not readable."""
    if len(names) > len(set(names)):
        raise Stop("the same file is named twice")
    return [_source(name) for name in names]


def total(inputs: Sequence[Source]) -> int | None:
    """Bytes of all inputs, or None when one is a pipe."""
    sizes = [source.size for source in inputs]
    return None if None in sizes else sum(size or 0 for size in sizes)


@contextmanager
def rereadable(inputs: Sequence[Source]) -> Iterator[list[Source]]:
    """The same inputs, pipes copied to temporary files, so that they can be read twice."""
    with tempfile.TemporaryDirectory(prefix="hitl-") as directory:
        yield [
            source if source.size is not None else _spooled(source, Path(directory) / str(number))
            for number, source in enumerate(inputs)
        ]


def _source(name: str) -> Source:
    if name == STDIN:
        return Source("stdin", None, None)
    path = Path(name)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise Stop("{file} is a directory; name the files in it", file=name)
        if not stat.S_ISREG(status.st_mode):
            return Source(name, path, None)
        with path.open("rb") as stream:
            first = stream.readline(_PEEK).strip()
    except FileNotFoundError:
        raise Stop("{file} is not there", file=name) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Stop("{file} cannot be read: {why}", file=name, why=why) from None
    if status.st_size == 0:
        raise Stop("{file} is empty: there is nothing in it to read", file=name)
    if first in _ARRAY:
        raise Stop("{file} is one JSON array, not JSON Lines; `jq -c '.[]'` makes it so", file=name)
    return Source(name, path, status.st_size)


def _spooled(source: Source, place: Path) -> Source:
    with source.open() as stream, place.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
    return Source(source.name, place, place.stat().st_size)
