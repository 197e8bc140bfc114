"""A queue in a file on a clock that stands still; afterwards its invariants must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.invariants import violations
from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.world import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_queue(tmp_path: Path, clock: FakeClock) -> Iterator[Callable[..., SqliteQueue]]:
    path = tmp_path / "hitl.db"
    opened: list[SqliteQueue] = []

    def make(**options: Any) -> SqliteQueue:
        opened.append(SqliteQueue(path, clock=clock, create=True, **options))
        return opened[-1]

    yield make
    for queue in opened:
        queue.close()
    assert violations(path) == []


@pytest.fixture
def queue(open_queue: Callable[..., SqliteQueue]) -> SqliteQueue:
    return open_queue()
