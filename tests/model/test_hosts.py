"""Which hosts may be spoken to in the clear: this machine, under any of its names, and no other."""

from __future__ import annotations

import pytest

from hitl_tui.model.hosts import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_told(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "localhost.example.org", "127.0.0.1.nip.io", "10.0.0.1", "[::1]"],  # noqa: S104
)
def test_nothing_else_is_taken_for_it(host: str) -> None:
    assert not is_loopback(host)
