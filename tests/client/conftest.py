"""A server for each module of tests, and a token of the role `producer` for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.served import Served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that runs as long as the module's tests."""
    served = Served(tmp_path_factory.mktemp("served"))
    try:
        yield served.start()
    finally:
        served.close()


@pytest.fixture(scope="module")
def token(server: Served) -> str:
    """The secret of a producer's token."""
    return server.token("producer", "chat")
