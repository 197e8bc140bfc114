"""A server for each test; afterwards the file behind it must hold its invariants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from hitl_tui.queue.invariants import violations
from tests.queue.world import FakeClock
from tests.server import asgi
from tests.server.asgi import Site
from tests.server.processes import Server, serving


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hitl.db"


@pytest_asyncio.fixture
async def site(path: Path, clock: FakeClock) -> AsyncIterator[Site]:
    async with asgi.site(path, clock) as opened:
        yield opened
    assert violations(path) == []


@pytest.fixture
def server(path: Path) -> Iterator[Server]:
    """`hitl serve` as a process."""
    with serving(path) as running:
        yield running
    assert violations(path) == []
