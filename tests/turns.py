"""Which tests run beside each other when several processes share the suite.

A test marked `alone` measures how long something takes: it waits until the other processes have finished the
test that they are at, and they wait for its end before they begin another.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_DIRECTORY = pytest.StashKey[tempfile.TemporaryDirectory[str]]()
_TURNS = pytest.StashKey["Turns"]()


class Turns:
    """A room for many or for one, and a gate before it, so that nobody overtakes the one who waits."""

    def __init__(self, directory: Path) -> None:
        self._gate, self._room = (
            os.open(directory / name, os.O_RDWR | os.O_CREAT, 0o600) for name in ("gate", "room")
        )

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """The turn of one test. The locks of a process that dies are free."""
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._gate)
        os.close(self._room)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "alone: no other test runs meanwhile; for what is measured")
    given = getattr(config, "workerinput", {}).get("turns")
    if given is not None:
        config.stash[_TURNS] = Turns(Path(given))


def pytest_unconfigure(config: pytest.Config) -> None:
    if _TURNS in config.stash:
        config.stash[_TURNS].close()
    if _DIRECTORY in config.stash:
        config.stash[_DIRECTORY].cleanup()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before a process begins: it is told where the turns are taken."""
    if _DIRECTORY not in node.config.stash:
        node.config.stash[_DIRECTORY] = tempfile.TemporaryDirectory(prefix="hitl-turns-")
    node.workerinput["turns"] = node.config.stash[_DIRECTORY].name


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if _TURNS not in item.config.stash:
        return (yield)
    with item.config.stash[_TURNS].taken(alone=item.get_closest_marker("alone") is not None):
        return (yield)
