"""Two terminals of one person at one file: what a starting one takes over, and what it leaves."""

from __future__ import annotations

import pytest

from hitl_tui.queue.protocol import Invalid
from hitl_tui.queue.sqlite import SqliteQueue
from tests.queue.world import NINE, FakeClock, fill, ids, verdict


def test_only_what_was_claimed_before_the_moment_is_taken_over(
    queue: SqliteQueue, clock: FakeClock
) -> None:
    fill(queue, "c1", "c2")
    queue.claim("alice")
    clock.advance(10)
    began = clock.now
    [other] = queue.claim("alice")
    assert ids(queue.resume("alice", claimed_before=began)) == ["c1"]
    assert queue.submit(verdict(other, "alice")).accepted


def test_the_moment_needs_its_zone(queue: SqliteQueue) -> None:
    with pytest.raises(Invalid, match="zone"):
        queue.resume("alice", claimed_before=NINE.replace(tzinfo=None))
