"""Whose turn it is to deliver: a lock on a file, held by one process until it ends, however it ends."""

from __future__ import annotations

import os
from pathlib import Path

try:
    import fcntl
except (
    ImportError
):  # pragma: no cover  (no flock here: two workstations of one reviewer would race)
    fcntl = None  # type: ignore[assignment]


class Turn:
    """One process's wish for the lock. The system gives it on when its holder dies."""

    def __init__(self, path: Path) -> None:
        self.mine = False
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> bool:
        """Take the lock if it is free; whether it is ours."""
        if self.mine or fcntl is None:
            self.mine = True
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        self.mine = True
        return True

    def give_up(self) -> None:
        """Let another have it."""
        self.mine = False
        os.close(self._file)
