"""Whole files or none: written beside their place, synced, then renamed into it."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hitl_tui.model.text import Shown, message

_SAFE = re.compile(r"[A-Za-z0-9._-]{1,100}")


class FileTrouble(Exception):
    """A file that could not be written, in one sentence that says what to do."""

    def __init__(self, template: str, /, **values: object) -> None:
        self.sentence: Shown = message(template, **values)
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file: its name, its lines, and the SHA-256 of its bytes in hexadecimal."""

    name: str
    rows: int
    sha256: str


def safe_name(wish: str, ending: str) -> str:
    """A file name of `[A-Za-z0-9._-]{1,100}` made from `wish`, with `ending` kept whole."""
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", wish).lstrip(".-")[: 100 - len(ending)]
    return (stem or "file") + ending


def make_directory(path: Path) -> None:
    """Make `path` and its parents where they are missing, readable by their owner only."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise FileTrouble("{path} is a file; name a directory", path=path) from None
    except OSError as error:
        raise FileTrouble("{path} cannot be made: {why}", path=path, why=error.strerror) from None


def write_whole(
    directory: Path, name: str, lines: Iterable[bytes], *, replace: bool = False
) -> Written:
    """Write `lines` to `directory/name`, which appears only when it is complete and on the disk.

    Raises FileTrouble when the name is taken (unless `replace`) or the disk refuses; whatever happens,
    no half-written file stays behind.
    """
    if not _SAFE.fullmatch(name):
        raise FileTrouble("{name} is not a safe file name", name=name)
    target = directory / name
    if target.is_dir():
        raise FileTrouble("{path} is a directory", path=target)
    if not replace and os.path.lexists(target):
        raise FileTrouble("{path} is there already; --force replaces it", path=target)
    try:
        return _write(directory, target, lines)
    except OSError as error:
        raise FileTrouble(
            "{path} cannot be written: {why}", path=target, why=error.strerror
        ) from None


def _write(directory: Path, target: Path, lines: Iterable[bytes]) -> Written:
    descriptor, temporary = tempfile.mkstemp(prefix=".hitl-", dir=directory)
    digest, rows = hashlib.sha256(), 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            for line in lines:
                file.write(line)
                digest.update(line)
                rows += 1
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync(directory)
    return Written(target.name, rows, digest.hexdigest())


def sync(directory: Path) -> None:
    """Make the renaming itself durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
