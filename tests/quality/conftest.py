"""A queue of each engine on a clock that stands still; afterwards its invariants must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.stored import StoredQueue
from tests.queue.places import a_place, store_at, violations
from tests.queue.world import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sqlite", "postgres"])
def open_queue(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> Iterator[Callable[..., StoredQueue]]:
    opened: list[StoredQueue] = []
    with a_place(request.param, tmp_path) as place:

        def make(**options: Any) -> StoredQueue:
            opened.append(store_at(place, clock, **options))
            return opened[-1]

        yield make
        for queue in opened:
            queue.close()
        assert violations(place) == []


@pytest.fixture
def queue(open_queue: Callable[..., StoredQueue]) -> StoredQueue:
    return open_queue()
