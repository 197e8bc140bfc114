"""The SQLite store of a queue: one file."""

from __future__ import annotations

from pathlib import Path

from hitl_tui.model.clock import Clock
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.store import Store
from hitl_tui.queue.stored import StoredQueue


class SqliteQueue(StoredQueue):
    """A queue in a file."""

    _store: Store

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        create: bool = False,
        rules: Rules | None = None,
        wait_s: float = 10.0,
        bare: bool = False,
    ) -> None:
        """Open `path`; `wait_s` is how long another writer is waited for. Raises Unreachable."""
        super().__init__(Store(path, clock, create=create, wait_s=wait_s, bare=bare), rules)
