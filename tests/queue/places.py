"""Where a store under test is: a file, or a database of the test server; opened and examined alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hitl_tui.model.text import Shown
from hitl_tui.queue import invariants
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.stored import StoredQueue

Place = Path | str
"""The path of a file, or the address of a database."""


@contextmanager
def a_place(engine: str, directory: Path) -> Iterator[Place]:
    """A place of one's own on this engine, `sqlite` or `postgres`; nothing of it stays."""
    if engine == "sqlite":
        yield directory / "hitl.db"
        return
    from tests.postgres.databases import a_queue

    with a_queue() as url:
        yield url


def store_at(place: Place, clock: Any, **options: Any) -> StoredQueue:
    """The store at a place; a file is made when it is not there."""
    if isinstance(place, Path):
        return SqliteQueue(place, clock=clock, **{"create": True, **options})
    from hitl_tui.queue.postgres.queue import PostgresQueue

    return PostgresQueue(place, clock=clock, **options)


def violations(place: Place) -> list[Shown]:
    """The invariants that the queue at a place breaks."""
    if isinstance(place, Path):
        return invariants.violations(place)
    from hitl_tui.queue.postgres.queue import violations as of_database

    return of_database(place)
