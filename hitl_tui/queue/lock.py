"""The fair lock: one writer at a time on a queue file, asked for again every millisecond.

SQLite's own busy handler backs off ever longer, so a process can starve behind luckier ones. A lock
on a side file that all ask for at the same pace does not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hitl_tui.queue.protocol import StoreBusy

try:
    import fcntl
except ImportError:  # pragma: no cover  (no flock here: BEGIN IMMEDIATE and SQLite's retry remain)
    fcntl = None  # type: ignore[assignment]

RETRY_S = 0.001


class FairLock:
    """The lock of one open store. Not for several threads at once: the store's mutex sees to that."""

    def __init__(self, path: Path, wait_s: float) -> None:
        self._path = path
        self._wait_s = wait_s
        self._depth = 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for a block; StoreBusy when another program keeps it beyond the deadline."""
        if self._depth == 0:
            self._acquire()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0 and fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the side file's descriptor back."""
        os.close(self._file)

    def _acquire(self) -> None:
        if fcntl is None:
            return
        deadline = time.monotonic() + self._wait_s
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise locked(self._path, self._wait_s) from None
                time.sleep(RETRY_S)
            else:
                return


def locked(path: Path, wait_s: float) -> StoreBusy:
    """The refusal when somebody else holds the file."""
    return StoreBusy(
        "{path} has been locked by another program for {seconds} s: close it there and try again",
        path=path,
        seconds=round(wait_s, 1),
    )
