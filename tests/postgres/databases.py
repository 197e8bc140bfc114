"""A database of one's own for each test, on one server for the whole run of the tests."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from urllib.parse import urlsplit

import psycopg

from hitl_tui.queue.postgres.queue import PostgresQueue
from tests.postgres.cluster import Cluster
from tests.queue.world import FakeClock

_NUMBERS = count(1)
_TEMPLATE = "hitl_template"
_FREE: list[str] = []


@cache
def server() -> Cluster:
    """The server of this run, started when first asked for."""
    cluster = Cluster()
    atexit.register(cluster.remove)
    return cluster.start()


@cache
def _template() -> str:
    """A database with an empty queue of 9 o'clock: a copy is sooner made than another."""
    url = server().create(_TEMPLATE)
    PostgresQueue(url, clock=FakeClock(), create=True).close()
    return _TEMPLATE


def _name() -> str:
    return f"hitl_{os.getpid()}_{next(_NUMBERS)}"


def new_queue() -> str:
    """The address of a database with an empty queue, made at 9 o'clock."""
    return _FREE.pop() if _FREE else server().create(_name(), _template())


def _emptied(url: str) -> None:
    """Make a queue as it was at 9 o'clock: a fifth of the time that another database takes."""
    with psycopg.connect(url, autocommit=True) as conn:
        tables = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'hitl'::regnamespace"
            " AND relkind = 'r' AND relname NOT IN ('head', 'events', 'migrations', 'secrets')"
        ).fetchall()
        deletes = "; ".join(f"DELETE FROM hitl.{name}" for (name,) in tables)
        conn.execute(
            f"SET session_replication_role = replica; {deletes};"
            " DELETE FROM hitl.events WHERE seq > 1;"
            " UPDATE hitl.head SET seq = 1, hash = (SELECT hash FROM hitl.events)".encode()
        )


def new_database() -> str:
    """The address of an empty database."""
    return server().create(_name())


def drop(url: str) -> None:
    """Remove a database."""
    server().drop(urlsplit(url).path.removeprefix("/"))


@contextmanager
def a_queue() -> Iterator[str]:
    """The address of a database with an empty queue; another test gets it afterwards, emptied."""
    url = new_queue()
    try:
        yield url
    finally:
        _emptied(url)
        _FREE.append(url)
