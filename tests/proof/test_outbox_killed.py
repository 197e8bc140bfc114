"""A workstation is killed between its outbox and the server's answer: every verdict arrives, once."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.model.ids import new_id
from hitl_tui.queue.courier import Courier
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.letters import Letter, Letters, outbox_path
from hitl_tui.queue.outbox import OutboxQueue
from hitl_tui.queue.wire import Wire
from tests.client.served import Served
from tests.proof.sizes import SIZE
from tests.queue.world import fill, verdict

fork = multiprocessing.get_context("fork")
POINTS = ["after the outbox", "before the acknowledgement"]


def desk(url: str, secret: str, state: Path) -> OutboxQueue:
    letters = Letters(outbox_path(state, url), "alice", utc_now)
    return OutboxQueue(Wire(url, secret), letters, clock=utc_now)


def judge_and_die(url: str, secret: str, state: Path, point: str, verdict_id: str) -> None:
    """Judge one case, and be killed at the point of that verdict's way."""
    # After the outbox: its letter is committed, and nothing of it was sent. Before the
    # acknowledgement: the server has recorded it, and nothing here knows.
    name = "_deliver" if point == POINTS[0] else "_taken"
    real: Callable[..., None] = getattr(Courier, name)

    def step(courier: Courier, letter: Letter, *rest: Any) -> None:
        if letter.body.get("id") == verdict_id:
            os.kill(os.getpid(), signal.SIGKILL)
        real(courier, letter, *rest)

    setattr(Courier, name, step)
    queue = desk(url, secret, state)
    claims = queue.resume("alice") or queue.claim("alice")
    queue.submit(verdict(claims[0], "alice", id=verdict_id))


@pytest.mark.parametrize("point", POINTS)
def test_a_verdict_whose_workstation_is_killed_arrives_once(
    served: Served, tmp_path: Path, point: str
) -> None:
    secret, state = served.token("reviewer", "alice"), tmp_path / "state"
    store = served.open()
    fill(store, *(f"c{number}" for number in range(SIZE.kills_a_point)))
    served.start()
    given = [new_id() for _ in range(SIZE.kills_a_point)]
    for verdict_id in given:
        worker = fork.Process(
            target=judge_and_die, args=(served.url, secret, state, point, verdict_id)
        )
        worker.start()
        worker.join(60)
        assert worker.exitcode == -signal.SIGKILL
    queue = desk(served.url, secret, state)
    assert queue.flush(30)
    assert queue.connection().parked == 0
    queue.close()
    assert served.stop() == 0
    there = Counter(one.verdict.id for record in store.records() for one in record.verdicts)
    store.close()
    assert there == Counter(given)
    assert violations(served.path) == []
