"""A queue file of one's own for each test, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.places import store_at
from tests.queue.world import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hitl.db"


@pytest.fixture
def queue(path: Path, clock: FakeClock) -> Iterator[SqliteQueue]:
    opened = store_at(path, clock)
    assert isinstance(opened, SqliteQueue)
    yield opened
    opened.close()
