"""A process is killed at the worst points of a change in a database: the change is whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlsplit

import pytest

from hitl_tui.model.clock import utc_now
from hitl_tui.queue.postgres.line import Line
from hitl_tui.queue.postgres.queue import PostgresQueue, violations
from tests.postgres.databases import drop, new_database, server
from tests.proof.sizes import LONG, SIZE
from tests.proof.test_killed_at_points import CHANGES
from tests.queue.world import fill, verdict

fork = multiprocessing.get_context("fork")
POINTS = {
    "with the lock": False,
    "before COMMIT": False,
    "COMMIT on its way": True,
    "after COMMIT": True,
}
"""Where the process dies, and whether its change has happened then."""
KILLS = SIZE.kills_a_point if LONG else len(CHANGES)


def die_at(url: str, point: str, change: Callable[[Any], object]) -> None:
    """Make the change, and be killed at the point of its first transaction."""
    queue = PostgresQueue(url)
    send = Line.send

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def dying(self: Line, statements: Any) -> Any:
        ends = statements[-1][0] == "COMMIT"
        if ends and point == "before COMMIT":
            die()
        if ends and point == "COMMIT on its way":
            self.conn.wait = die  # type: ignore[method-assign]
        answers = send(self, statements)
        if ends or point == "with the lock":
            die()
        return answers

    Line.send = dying  # type: ignore[method-assign]
    change(queue)


@pytest.fixture(scope="module")
def worked() -> Iterator[str]:
    """A database in which each of the changes can be made."""
    url = new_database()
    queue = PostgresQueue(url, create=True)
    fill(queue, "c1", "c2", "c3", "c4")
    queue.claim("alice")
    queue.submit(verdict(queue.claim("bob")[0], "bob"))
    fill(queue, "d", overlap=2)
    for reviewer, decision in (("erin", "approve"), ("frank", "reject")):
        queue.submit(verdict(queue.claim(reviewer, case_id="d")[0], reviewer, decision))
    fill(queue, "overdue", due=utc_now())
    queue.close()
    yield url
    drop(url)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point_a_change_is_whole_or_not_at_all(worked: str, point: str) -> None:
    template = urlsplit(worked).path.removeprefix("/")
    for number, name in enumerate(islice(cycle(CHANGES), KILLS)):
        url = server().create(f"{template}_{number}", template)
        before = trail_length(url)
        worker = fork.Process(target=die_at, args=(url, point, CHANGES[name]))
        worker.start()
        worker.join()
        assert worker.exitcode == -signal.SIGKILL, name
        assert (trail_length(url) > before) == POINTS[point], name
        assert violations(url) == [], name
        drop(url)


def trail_length(url: str) -> int:
    """How many entries there are, once whoever held the lock has gone."""
    queue = PostgresQueue(url)
    length = queue._store.change(lambda tx: tx.seq)
    queue.close()
    return length
