"""The check of tokens: beside the event loop, one read for many, and a revoked token is out at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.protocol import Unreachable
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.tokens import Identity
from hitl_tui.server.gate import MOST, Gate


class Watched(SqliteQueue):
    """A queue that notes how many tokens each read was for, and waits until it may."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, clock=utc_now, create=True)
        self.reads: list[int] = []
        self.may = threading.Event()
        self.may.set()

    def identify_all(self, secrets: Sequence[str]) -> list[Identity | None]:
        self.reads.append(len(secrets))
        self.may.wait()
        return super().identify_all(secrets)


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[Watched]:
    found = Watched(tmp_path / "hitl.db")
    yield found
    found.close()


@pytest.fixture
async def gate(queue: Watched) -> AsyncIterator[Gate]:
    found = Gate(queue)
    yield found
    await found.close()


async def test_those_who_ask_together_are_looked_up_together(queue: Watched, gate: Gate) -> None:
    made = [queue.create_token("reviewer", f"r{n}") for n in range(5)]
    secrets = [secret for _, secret in made]
    asked = [*secrets, "hitl_nobody", "", *secrets]
    found = await asyncio.gather(*map(gate.identify, asked))
    known = [identity for identity, _ in made]
    assert found == [*known, None, None, *known]
    assert queue.reads == [7]


async def test_a_crowd_is_looked_up_by_and_by(queue: Watched, gate: Gate) -> None:
    found = await asyncio.gather(*(gate.identify(f"hitl_{n}") for n in range(2 * MOST + 1)))
    assert set(found) == {None}
    assert queue.reads == [MOST, MOST, 1]


async def test_the_loop_goes_on_and_a_revoked_token_is_out_from_the_next_question_on(
    queue: Watched, gate: Gate
) -> None:
    identity, secret = queue.create_token("reviewer", "alice")
    queue.may.clear()
    first = asyncio.create_task(gate.identify(secret))
    while not queue.reads:
        await asyncio.sleep(0)
    queue.revoke_token(identity.id)
    second = asyncio.create_task(gate.identify(secret))
    await asyncio.sleep(0)
    queue.may.set()
    await first
    assert await second is None
    assert queue.reads == [1, 1]


async def test_one_who_hangs_up_takes_it_from_nobody(queue: Watched, gate: Gate) -> None:
    identity, secret = queue.create_token("reviewer", "alice")
    queue.may.clear()
    gone, stays = (asyncio.create_task(gate.identify(secret)) for _ in range(2))
    while not queue.reads:
        await asyncio.sleep(0)
    gone.cancel()
    queue.may.set()
    assert await stays == identity


async def test_a_store_that_fails_says_so_to_each_and_is_asked_again(
    queue: Watched, gate: Gate
) -> None:
    queue.close()
    for reads in (1, 2):
        both = (gate.identify("hitl_a"), gate.identify("hitl_b"))
        answers = await asyncio.gather(*both, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unreachable, Unreachable]
        assert len(queue.reads) == reads
