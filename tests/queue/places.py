"""Where a store under test is: a file, or a database of the test server; opened and examined alike."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from hitl_tui.model.clock import Clock, utc_now
from hitl_tui.model.text import Shown
from hitl_tui.queue import invariants
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.stored import StoredQueue
from tests.queue.world import FakeClock

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
        options = {"create": True, **options}
        if options["create"] and not options.get("bare") and not place.exists():
            a_file(place, clock)
        return SqliteQueue(place, clock=clock, **options)
    from hitl_tui.queue.postgres.queue import PostgresQueue

    return PostgresQueue(place, clock=clock, **options)


def a_file(path: Path, clock: Clock) -> None:
    """Put an empty queue at `path`, as old as this run or, on a clock of the tests, as their morning."""
    made = _queue_of_9() if isinstance(clock, FakeClock) else _queue_of_now()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(made)


@cache
def _queue_of_9() -> bytes:
    """What a new queue has in its file: a copy is sooner made than another, and nothing else differs."""
    return _new_queue(FakeClock())


@cache
def _queue_of_now() -> bytes:
    return _new_queue(utc_now)


def _new_queue(clock: Clock) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "hitl.db"
        SqliteQueue(path, clock=clock, create=True).close()
        return path.read_bytes()


def violations(place: Place) -> list[Shown]:
    """The invariants that the queue at a place breaks."""
    if isinstance(place, Path):
        return invariants.violations(place)
    from hitl_tui.queue.postgres.queue import violations as of_database

    return of_database(place)
