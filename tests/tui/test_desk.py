"""The desk without a screen: what it says of a queue that cannot be had, and that it says it once."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from hitl_tui.queue.protocol import Queue, Unreachable
from hitl_tui.tui.desk import Desk


async def test_a_queue_that_cannot_be_had_is_told_to_whoever_waits_and_to_nobody_else() -> None:
    def closed() -> Queue:
        raise Unreachable("the door is closed")

    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    desk = Desk(closed, "alice", (), 1, 60.0)
    desk.open(resume_before=None)
    assert await desk.warm(30.0)
    with pytest.raises(Unreachable, match="the door is closed"):
        await desk.begin()
    desk.abandon()
    del desk
    gc.collect()
    await asyncio.sleep(0)
    assert told == []
