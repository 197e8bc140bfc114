"""A process is killed at the worst points of a change: the change is whole or not at all, never half."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.invariants import violations
from hitl_tui.queue.sqlite import SqliteQueue
from tests.proof.sizes import SIZE
from tests.queue.test_processes import opened
from tests.queue.world import fill, verdict

fork = multiprocessing.get_context("fork")
POINTS = ["after BEGIN", "before COMMIT", "after COMMIT"]
CHANGES: dict[str, Callable[[SqliteQueue], object]] = {
    "admit": lambda queue: fill(queue, "c9"),
    "claim": lambda queue: queue.claim("carol", batch=2),
    "resume": lambda queue: queue.resume("alice"),
    "skip": lambda queue: queue.release("alice", token_of(queue), reason="skip"),
    "submit": lambda queue: queue.submit(verdict(queue.claim("dave")[0], "dave")),
    "undo": lambda queue: queue.undo("bob", queue.history("bob")[0].verdict.id),
    "deliver": lambda queue: queue.resolution("c2", deliver=True),
    "withdraw": lambda queue: queue.withdraw("lead", "c1"),
    "change": lambda queue: queue.change("lead", "c3", priority=90, pool="other"),
    "fallback": lambda queue: queue.tick(),
    "adjudicate": lambda queue: queue.adjudicate("lead", "d", "approve", cause="error"),
    "token": lambda queue: queue.create_token("reviewer", "alice"),
}


def token_of(queue: SqliteQueue) -> int:
    return queue.leases()[0].token


def die_at(path: Path, point: str, change: Callable[[SqliteQueue], object]) -> None:
    """Make the change, and be killed at the point of its last transaction."""
    queue = opened(path)
    store = queue._store

    def die(statement: str = "") -> None:
        wanted = "SELECT seq, hash FROM events" if point == "after BEGIN" else "COMMIT"
        if statement.startswith(wanted):
            os.kill(os.getpid(), signal.SIGKILL)

    if point == "after COMMIT":
        store._trim_log = lambda: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    else:
        store._conn.set_trace_callback(die)
    change(queue)


@pytest.fixture
def worked(tmp_path: Path) -> Path:
    """A queue file in which each of the changes can be made."""
    path = tmp_path / "worked.db"
    queue = opened(path)
    fill(queue, "c1", "c2", "c3", "c4")
    queue.claim("alice")
    queue.submit(verdict(queue.claim("bob")[0], "bob"))
    fill(queue, "d", overlap=2)
    for reviewer, decision in (("erin", "approve"), ("frank", "reject")):
        queue.submit(verdict(queue.claim(reviewer, case_id="d")[0], reviewer, decision))
    fill(queue, "overdue", due=utc_now())
    queue.close()
    return path


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point_a_change_is_whole_or_not_at_all(
    worked: Path, tmp_path: Path, point: str
) -> None:
    for number, name in enumerate(islice(cycle(CHANGES), SIZE.kills_a_point)):
        path = tmp_path / f"{number}.db"
        shutil.copy(worked, path)
        before = trail_length(path)
        worker = fork.Process(target=die_at, args=(path, point, CHANGES[name]))
        worker.start()
        worker.join()
        assert worker.exitcode == -signal.SIGKILL, name
        assert violations(path) == [], name
        assert (trail_length(path) > before) == (point == "after COMMIT"), name


def trail_length(path: Path) -> int:
    queue = opened(path)
    length = len(list(queue.trail()))
    queue.close()
    return length
