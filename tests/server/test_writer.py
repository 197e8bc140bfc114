"""The writer's promise: what is asked for together is committed together, and nobody suffers for another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hitl_tui.model.case import Submission
from hitl_tui.model.work import Route
from hitl_tui.queue.admit import contents
from hitl_tui.queue.operations import Operations
from hitl_tui.queue.protocol import Invalid, StoreFull
from hitl_tui.queue.sqlite import SqliteQueue
from hitl_tui.queue.transaction import Transaction
from hitl_tui.server.writer import MOST_TOGETHER, Operation, Writer
from tests.queue.world import FakeClock
from tests.server.asgi import Site, code


def admitting(queue: SqliteQueue, case_id: str) -> Operation[str]:
    batch = [(Submission(id=case_id, output="o"), Route())]
    texts = contents(batch)

    def admit(tx: Transaction) -> str:
        return queue.operations.admit(tx, batch, texts)[0].outcome

    return admit


async def test_many_changes_share_few_commits(path: Path, clock: FakeClock) -> None:
    commits: list[int] = []
    queue = SqliteQueue(path, clock=clock, create=True)
    writer = Writer(queue, commits.append)
    asked = [writer.do(admitting(queue, f"c{number}")) for number in range(200)]
    assert set(await asyncio.gather(*asked)) == {"queued"}
    await writer.close()
    queue.close()
    assert sum(commits) == 200
    assert max(commits) <= MOST_TOGETHER
    assert len(commits) < 100


async def test_one_that_fails_does_not_disturb_the_others(path: Path, clock: FakeClock) -> None:
    queue = SqliteQueue(path, clock=clock, create=True)
    writer = Writer(queue, lambda operations: None)

    def half_done(tx: Transaction) -> None:
        admitting(queue, "half")(tx)
        raise Invalid("no")

    asked = [
        writer.do(admitting(queue, "c1")),
        writer.do(half_done),
        writer.do(admitting(queue, "c2")),
    ]
    found = await asyncio.gather(*asked, return_exceptions=True)
    await writer.close()
    assert (found[0], found[2]) == ("queued", "queued")
    assert isinstance(found[1], Invalid)
    assert [record.case.id for record in queue.records()] == ["c1", "c2"]
    assert queue.verify().chain.fault is None
    queue.close()


async def test_what_was_asked_for_before_the_end_is_done(path: Path, clock: FakeClock) -> None:
    queue = SqliteQueue(path, clock=clock, create=True)
    writer = Writer(queue, lambda operations: None)
    asked = [asyncio.ensure_future(writer.do(admitting(queue, f"c{n}"))) for n in range(100)]
    await asyncio.sleep(0)
    await writer.close()
    assert queue.status().pending == 100
    await asyncio.gather(*asked)
    queue.close()


async def test_a_full_disk_is_507_and_nothing_of_the_server_is_named(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Operations, *given: object, **more: object) -> None:
        raise StoreFull("the disk of {path} is full", path="/secret/place")

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "admit", full)
        answer = await site.hand_over("c1")
    assert code(answer) == (507, "store-full")
    assert "secret" not in answer.text
    assert (await site.hand_over("c1")).status_code == 201


async def test_what_nobody_expected_is_a_problem_without_its_words(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Operations, *given: object, **more: object) -> None:
        raise RuntimeError("MARK")

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "admit", broken)
        answer = await site.hand_over("c1")
    assert code(answer) == (500, "error")
    assert "MARK" not in answer.text
