"""A server of each proof's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.served import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server that is not started yet; it is ended after the test."""
    found = Served(tmp_path)
    yield found
    found.close()
