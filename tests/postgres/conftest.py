"""A database of one's own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres.databases import a_queue, drop, new_database
from tests.queue.world import FakeClock


@pytest.fixture
def url() -> Iterator[str]:
    """A database with an empty queue."""
    with a_queue() as found:
        yield found


@pytest.fixture
def empty() -> Iterator[str]:
    """A database without a queue."""
    found = new_database()
    yield found
    drop(found)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
