"""Every store under the same tests: a factory of queues on an injected clock, checked at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.invariants import violations
from hitl_tui.queue.protocol import Queue
from hitl_tui.queue.sqlite import SqliteQueue
from tests.conformance.over_http import KNOWN, without_what_is_otherwise
from tests.queue.everybody import Everybody
from tests.queue.serving import Served
from tests.queue.world import FakeClock

MakeQueue = Callable[..., Queue]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave away what `over_http.OTHERWISE` names, with its reasons there."""
    wanted = without_what_is_otherwise(items)
    gone = [item for item in items if item not in set(wanted)]
    config.hook.pytest_deselected(items=gone)
    items[:] = wanted


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sqlite", "http"])
def make_queue(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> Iterator[MakeQueue]:
    """Opens the same queue anew at each call; afterwards its invariants must hold."""
    opened: list[Queue] = []
    path = tmp_path / "hitl.db"

    def make(**options: Any) -> Queue:
        if request.param == "http":
            opened.append(Everybody(Served(path, clock, **options), KNOWN))
        else:
            opened.append(SqliteQueue(path, clock=clock, create=True, **options))
        return opened[-1]

    yield make
    for queue in opened:
        queue.close()
    assert violations(path) == []


@pytest.fixture
def queue(make_queue: MakeQueue) -> Queue:
    return make_queue()
