"""What goes wrong with a queue file, said in a sentence that helps; no sqlite3 error leaves the store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from hitl_tui.queue.protocol import Invalid, StoreBusy, StoreFull, Unreachable

P = ParamSpec("P")
T = TypeVar("T")
_SENTENCES = {
    "SQLITE_BUSY": "{path} is locked by another program: close it there and try again",
    "SQLITE_LOCKED": "{path} is locked by another program: close it there and try again",
    "SQLITE_FULL": "the disk of {path} is full: nothing was written; make room and try again",
    "SQLITE_READONLY": "{path} cannot be written: check the permissions of the file and its directory",
    "SQLITE_PERM": "{path} cannot be written: check the permissions of the file and its directory",
    "SQLITE_CANTOPEN": "{path} cannot be opened: check the permissions of the file and its directory",
    "SQLITE_NOTADB": "{path} is not a queue: it is not a SQLite database",
    "SQLITE_CORRUPT": "{path} is damaged: stop writing to it and restore a copy, or save what is "
    "readable with the sqlite3 command .recover",
    "SQLITE_IOERR": "{path} could not be read or written: the disk may be full or failing; nothing was "
    "accepted",
    "SQLITE_CONSTRAINT": "{path} was changed by another program, the queue contradicts itself: see "
    "`hitl audit verify`",
}
_KINDS = {"SQLITE_BUSY": StoreBusy, "SQLITE_LOCKED": StoreBusy, "SQLITE_FULL": StoreFull}
_DAMAGED = _SENTENCES["SQLITE_CORRUPT"]
_OTHER = "{path} could not be used ({code}): see `hitl audit verify`"


class Damaged(Exception):
    """What the store keeps cannot be read back."""


def stored(read: Callable[P, T]) -> Callable[P, T]:
    """A function that reads back a stored value: what does not parse any more was damaged, as the store
    wrote it.
    """

    @wraps(read)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            raise Damaged from error

    return guarded


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn whatever SQLite, the file system or a damaged record raises in the block into Unreachable."""
    try:
        yield
    except sqlite3.Error as error:
        raise _refusal(path, error) from None
    except UnicodeEncodeError:
        raise Invalid("half of a surrogate pair is not text: it cannot be stored") from None
    except (Damaged, UnicodeDecodeError):
        # sqlite3 decodes what it reads, its own error messages too, in which a damaged name may stand.
        raise Unreachable(_DAMAGED, path=path) from None
    except OSError as error:
        raise Unreachable(
            "{path}: {reason}", path=path, reason=error.strerror or "failed"
        ) from None


def check_path(path: Path, create: bool) -> None:
    """Refuse, before anything is touched, a path that cannot be a queue."""
    if path.is_dir():
        raise Unreachable("{path} is a directory: name a file in it, such as hitl.db", path=path)
    if not path.parent.is_dir():
        raise Unreachable("there is no directory {parent}: make it first", parent=path.parent)
    if not path.exists():
        if not create:
            raise Unreachable(
                "there is no queue at {path}: `hitl init` or `hitl ingest` makes one", path=path
            )
    elif not os.access(path, os.R_OK | os.W_OK):
        raise Unreachable(_SENTENCES["SQLITE_READONLY"], path=path)
    elif not path.is_file():
        raise Unreachable("{path} is not a file: a queue is an ordinary file", path=path)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise Unreachable(
            "{path} needs a directory that can be written: SQLite keeps its log there", path=path
        )


def closed(path: Path) -> Unreachable:
    """The refusal of a store that was closed."""
    return Unreachable("the queue {path} was closed: open it again", path=path)


def _refusal(path: Path, error: sqlite3.Error) -> Unreachable:
    if isinstance(error, sqlite3.ProgrammingError):
        return closed(path)
    name: str | None = getattr(error, "sqlite_errorname", None)
    if name is None:
        return Unreachable(_DAMAGED, path=path)
    code = "_".join(name.split("_")[:2])
    kind = _KINDS.get(code, Unreachable)
    return kind(_SENTENCES.get(code, _OTHER), path=path, code=name)
