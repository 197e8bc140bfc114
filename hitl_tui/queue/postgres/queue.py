"""The PostgreSQL store of a queue: one schema of one database, for as many programs as like."""

from __future__ import annotations

from hitl_tui.model.clock import Clock
from hitl_tui.model.text import Shown
from hitl_tui.queue.invariants import broken
from hitl_tui.queue.postgres import errors
from hitl_tui.queue.postgres.store import Engine, PostgresStore, reading
from hitl_tui.queue.rules import Rules
from hitl_tui.queue.stored import StoredQueue


class PostgresQueue(StoredQueue):
    """A queue in a database."""

    _store: PostgresStore

    def __init__(
        self,
        url: str,
        *,
        clock: Clock | None = None,
        create: bool = False,
        rules: Rules | None = None,
        wait_s: float = 10.0,
        engine: Engine | None = None,
        bare: bool = False,
    ) -> None:
        """Open the database at `url`, without a `clock` under its own. Raises Unreachable.

        `wait_s` is how long a lost connection or another program's lock is waited for.
        """
        store = PostgresStore(url, clock, create=create, wait_s=wait_s, engine=engine, bare=bare)
        super().__init__(store, rules)


def violations(url: str) -> list[Shown]:
    """A sentence for each invariant that the queue of a database breaks. Raises Unreachable."""
    with errors.translated(errors.shown(url)), reading(url) as database:
        return broken(database)
