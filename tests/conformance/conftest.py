"""Every store under the same tests: a factory of queues on an injected clock, checked at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.queue.protocol import Queue
from tests.conformance.over_http import KNOWN, without_what_is_otherwise
from tests.queue.everybody import Everybody
from tests.queue.places import a_place, store_at, violations
from tests.queue.serving import Served
from tests.queue.world import FakeClock

MakeQueue = Callable[..., Queue]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave away what `over_http.OTHERWISE` names, with its reasons there."""
    wanted = without_what_is_otherwise(items)
    kept = set(wanted)
    gone = [item for item in items if item not in kept]
    config.hook.pytest_deselected(items=gone)
    items[:] = wanted


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sqlite", "http", "postgres", "http-postgres"])
def make_queue(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> Iterator[MakeQueue]:
    """Opens the same queue anew at each call; afterwards its invariants must hold."""
    opened: list[Queue] = []
    over_http = request.param.startswith("http")
    engine = "postgres" if request.param.endswith("postgres") else "sqlite"
    with a_place(engine, tmp_path) as place:

        def make(**options: Any) -> Queue:
            if over_http:
                opened.append(Everybody(Served(place, clock, **options), KNOWN))
            else:
                opened.append(store_at(place, clock, **options))
            return opened[-1]

        yield make
        for queue in opened:
            queue.close()
        assert violations(place) == []


@pytest.fixture
def queue(make_queue: MakeQueue) -> Queue:
    return make_queue()
